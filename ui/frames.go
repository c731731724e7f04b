package ui

import "strconv"

// What stands around a frame. In synchronized output (private mode 2026) the terminal shows what comes
// between the two at once, and terminals that do not know the mode ignore it. Without autowrap (DECAWM,
// private mode 7) a line with a character that the terminal takes for wider than it is stays a line.
const (
	frameBegin = "\x1b[?2026h\x1b[?7l"
	frameEnd   = "\x1b[?7h\x1b[?2026l"

	eraseRight = "\x1b[K" // to the end of the line
)

// appendFrame appends what turns a terminal that shows the lines shown into one that shows lines: nothing
// if they are the same. Shown is nil when it is not known.
func appendFrame(dst []byte, shown, lines []string) []byte {
	begin := len(dst)
	dst = append(dst, frameBegin...)
	empty := len(dst)
	if shown == nil && lines != nil {
		dst = append(dst, eraseScreen...)
	}
	for i := range max(len(shown), len(lines)) {
		line := ""
		if i < len(lines) {
			line = lines[i]
		}
		if i < len(shown) && shown[i] == line {
			continue
		}
		dst = append(dst, "\x1b["...) // CUP: row; the column is 1
		dst = strconv.AppendInt(dst, int64(i)+1, 10)
		dst = append(dst, 'H')
		if shown != nil {
			// Before the line: behind one that fills the row, the cursor is still on its last cell.
			dst = append(dst, eraseRight...)
		}
		dst = append(dst, line...)
	}
	if len(dst) == empty {
		return dst[:begin]
	}
	return append(dst, frameEnd...)
}
