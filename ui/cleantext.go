package ui

import (
	"strings"
	"unicode/utf8"
)

// tabWidth is the distance of tab stops in a text view, in cells.
const tabWidth = 8

// CleanText makes the lines of a text view, at most width cells each: newlines split, tabs expand to
// multiples of eight, long lines wrap between words where they can, all else is as Clean does it. Letters
// of right-to-left scripts are kept, because nothing follows them on their line. A line shows at most 64 KiB of input and the
// view at most lines lines (5000 if that is 0 or more); the last one then says how many bytes were
// left out.
func CleanText(s string, width, lines int) []string {
	if lines <= 0 || lines > maxLines {
		lines = maxLines
	}
	w := wrapper{cleaner: cleaner{styled: true, rtl: true}, width: max(width, 1), limit: lines, total: len(s)}
	for {
		line, rest, more := strings.Cut(s, "\n")
		if !w.line(line, w.total-len(s)) {
			break
		}
		if !more {
			break
		}
		s = rest
	}
	return w.out
}

// A wrapper breaks cleaned text into lines of at most width cells.
type wrapper struct {
	cleaner
	width, limit, total int

	out     []string
	row     strings.Builder
	col     int  // cells in row
	escaped bool // the reserved style is on at the end of row
	start   int  // offset in the input of the first byte of row
	blank   gap  // after the last blank of row

	lastStart int // the same for the last line of out
}

// A gap is a place in a row where it may end: its byte, cells and offset in the input. The reserved
// style is off there. The zero gap is none.
type gap struct{ byte, col, at int }

// line adds one line of the input that starts at offset at. It returns false when the view is full.
func (w *wrapper) line(s string, at int) bool {
	in := cutRunes(s, maxLine)
	w.start, w.joined = at, 0
	for i := 0; i < len(in); {
		p := w.next(in[i:])
		if !w.add(in[i:], p, at+i) {
			return false
		}
		i += p.size
	}
	if left := len(s) - len(in); left > 0 && !w.put(leftOut(left), true, at+len(in)) {
		return false
	}
	return w.flush(at + len(s) + 1)
}

// add appends the piece p, which stands for the first bytes of s at offset at.
func (w *wrapper) add(s string, p piece, at int) bool {
	switch {
	case p.escaped && s[0] == '\t':
		n := min(tabWidth-w.col%tabWidth, max(w.width-w.col, 1))
		return w.space("        "[:n], at)
	case !p.escaped && s[0] == ' ' && p.size == 1:
		return w.space(" ", at)
	case p.text != "":
		return w.put(p.text, p.escaped, at)
	}
	return w.put(s[:p.size], false, at)
}

// space appends blanks, which a row that is full goes without, and notes that the row may end behind
// them.
func (w *wrapper) space(text string, at int) bool {
	if w.col+len(text) <= w.width && !w.put(text, false, at) {
		return false
	}
	w.escaped = w.style(&w.row, w.escaped, false)
	w.blank = gap{w.row.Len(), w.col, at + 1}
	return true
}

// wrap ends the row, before the word that stands at its end if that is short, else where it is.
func (w *wrapper) wrap(at int) bool {
	row, b := w.row.String(), w.blank
	if b.byte == 0 || (w.col-b.col)*2 > w.width || strings.TrimSpace(row[:b.byte]) == "" {
		return w.flush(at)
	}
	word, cells, escaped := row[b.byte:], w.col-b.col, w.escaped
	w.row, w.escaped = strings.Builder{}, false
	w.row.WriteString(row[:b.byte])
	if !w.flush(b.at) {
		return false
	}
	w.row.WriteString(word)
	w.col, w.escaped = cells, escaped
	return true
}

// put appends text that is not to be broken, unless it is wider than a whole line.
func (w *wrapper) put(text string, escaped bool, at int) bool {
	n := Width(text)
	if w.col > 0 && w.col+n > w.width && !w.wrap(at) {
		return false
	}
	if w.col > 0 && w.col+n > w.width && !w.flush(at) { // the word and this are wider than a row
		return false
	}
	for n > w.width && len(text) > 1 && text[0] < utf8.RuneSelf {
		w.escaped = w.style(&w.row, w.escaped, escaped)
		cut := min(w.width, len(text))
		w.row.WriteString(text[:cut])
		w.col += cut
		text, n = text[cut:], n-cut
		if !w.flush(at) {
			return false
		}
	}
	if n > w.width { // one wide character on a line of one cell
		text, n = "…", 1
	}
	w.escaped = w.style(&w.row, w.escaped, escaped)
	w.row.WriteString(text)
	w.col += n
	return true
}

// flush ends the row; the next one starts at offset next. When the view is full and input is left,
// the last row gives way to a mark and flush returns false.
func (w *wrapper) flush(next int) bool {
	w.escaped = w.style(&w.row, w.escaped, false)
	if len(w.out) == w.limit {
		mark := leftOut(w.total - w.lastStart)
		w.out[w.limit-1] = escapeOn + Fit(mark, min(Width(mark), w.width)) + escapeOff
		return false
	}
	w.out = append(w.out, w.row.String())
	w.lastStart = w.start
	w.row = strings.Builder{}
	w.col, w.start, w.blank = 0, next, gap{}
	return true
}
