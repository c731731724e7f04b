package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is shown of one foreign string.
const (
	maxField   = 4 << 10  // bytes shown of a field of one line
	maxLine    = 64 << 10 // bytes shown of one line of a text view
	maxLines   = 5000     // lines of a text view
	maxCluster = 128      // bytes of one grapheme cluster that is kept
	maxMarks   = 2        // combining marks on one base character that are kept
)

// Escapes are drawn faint and underlined: a style that nothing else uses, so that the two letters
// "\e" in a payload and an escape character in it look different. Reverse marks the selection.
const (
	escapeOn  = "\x1b[2;4m"
	escapeOff = "\x1b[22;24m"
)

// Clean makes one line that is safe to draw of bytes from outside. Every undecodable byte, control
// character, invisible, combining or direction-changing character becomes a visible escape in the
// reserved style; nothing is dropped. At most 4 KiB of s are shown, then a mark with the number of
// bytes left out. A string of printable ASCII is returned as it is.
func Clean(s string) string {
	if len(s) <= maxField && printableASCII(s) {
		return s
	}
	c := cleaner{styled: true}
	return c.field(s)
}

// CleanPlain is Clean without styling, for pipes, logs and error texts. Because no style sets the
// escapes off there, a backslash of the text itself is doubled.
func CleanPlain(s string) string {
	if len(s) <= maxField && printableASCII(s) && !strings.Contains(s, `\`) {
		return s
	}
	var c cleaner
	return c.field(s)
}

// CleanASCII is Clean for terminals whose fonts or widths cannot be trusted: it escapes every
// character beyond ASCII too.
func CleanASCII(s string) string {
	c := cleaner{styled: true, ascii: true}
	return c.field(s)
}

// A cleaner turns foreign bytes into pieces that are safe to draw.
type cleaner struct {
	styled bool // escapes in the reserved style; otherwise backslashes are doubled
	rtl    bool // keep letters of right-to-left scripts
	ascii  bool // escape everything beyond ASCII

	joined int // bytes at the start of the input that join on the base before them: to be escaped
}

// A piece is the visible form of the next bytes of a foreign string.
type piece struct {
	text    string // empty when the bytes are shown as they are
	size    int    // bytes taken from the input, at least 1
	escaped bool
}

// field cleans one field of one line.
func (c *cleaner) field(s string) string {
	in := cutRunes(s, maxField)
	var b strings.Builder
	b.Grow(len(in) + 32)
	escaped := false
	for i := 0; i < len(in); {
		p := c.next(in[i:])
		escaped = c.style(&b, escaped, p.escaped)
		if p.text == "" {
			b.WriteString(in[i : i+p.size])
		} else {
			b.WriteString(p.text)
		}
		i += p.size
	}
	if left := len(s) - len(in); left > 0 {
		escaped = c.style(&b, escaped, true)
		b.WriteString(leftOut(left))
	}
	c.style(&b, escaped, false)
	return b.String()
}

// style switches the reserved style on or off where it changes and returns the new state.
func (c *cleaner) style(b *strings.Builder, was, now bool) bool {
	if c.styled && was != now {
		if now {
			b.WriteString(escapeOn)
		} else {
			b.WriteString(escapeOff)
		}
	}
	return now
}

// next returns the piece that stands at the start of s, which is not empty.
func (c *cleaner) next(s string) piece {
	if s[0] < utf8.RuneSelf && (len(s) == 1 || s[1] < utf8.RuneSelf) {
		c.joined = 0
		return c.nextASCII(s[0])
	}
	r, size := utf8.DecodeRuneInString(s)
	if c.joined > 0 {
		c.joined -= min(c.joined, size)
		return escapePiece(s[0], r, size)
	}
	if !c.keeps(r, s[:size]) {
		return escapePiece(s[0], r, size)
	}
	n := size
	if !c.ascii {
		n = clusterLen(s, r, size)
	}
	if n > size && r != '\\' && harmless(s[:n], size) {
		return piece{size: n}
	}
	c.joined = n - size
	if r < utf8.RuneSelf {
		return c.nextASCII(s[0])
	}
	return piece{size: size}
}

func (c *cleaner) nextASCII(b byte) piece {
	switch {
	case b < 0x20 || b == 0x7f:
		return piece{text: escapeByte(b), size: 1, escaped: true}
	case b == '\\' && !c.styled:
		return piece{text: `\\`, size: 1}
	}
	return piece{size: 1}
}

// keeps tells whether r, whose bytes are s, may be drawn as a character of its own.
func (c *cleaner) keeps(r rune, s string) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= 0x20 && r != 0x7f
	case c.ascii, r == utf8.RuneError, !unicode.IsPrint(r), unicode.IsMark(r):
		return false
	case r < 0x300:
		return true
	case !c.rtl && rightToLeft(r):
		return false
	}
	return !deceptive(r) && runeWidth(s) > 0
}
