package ui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const ellipsis = "…"

// Width returns the number of terminal cells that clean text takes. SGR sequences take none.
func Width(s string) int {
	n, _, dirty := measure(s)
	if dirty {
		return ansi.StringWidth(s)
	}
	return n
}

// Fit returns exactly w cells: s cut with "…" or padded with spaces on the right. Styles that are still
// on at the end of what is kept are closed. It returns "" when w is 0 or less.
func Fit(s string, w int) string {
	if w > 0 && len(s) == w && printableASCII(s) {
		return s
	}
	return string(appendFit(make([]byte, 0, max(w, 0)+16), s, w, false))
}

// FitLeft is Fit with the padding on the left, for numbers.
func FitLeft(s string, w int) string {
	if w > 0 && len(s) == w && printableASCII(s) {
		return s
	}
	return string(appendFit(make([]byte, 0, max(w, 0)+16), s, w, true))
}

// Middle is Fit, but cuts in the middle, so that both ends of a long name stay readable.
func Middle(s string, w int) string {
	s = scrub(s)
	n := Width(s)
	if n <= w || w < 3 {
		return Fit(s, w)
	}
	left := w / 2
	dst := appendCells(make([]byte, 0, w+16), s, 0, left)
	dst = append(dst, ellipsis...)
	return string(appendCells(dst, s, n-(w-left-1), n))
}

// Scrolled is Fit for the part of s from a cell on, with "…" where cells before it are left out.
func Scrolled(s string, from, w int) string {
	s = scrub(s)
	n := Width(s)
	if from <= 0 || n == 0 {
		return Fit(s, w)
	}
	dst := append(make([]byte, 0, len(s)), ellipsis...)
	return Fit(string(appendCells(dst, s, min(from+1, n), n)), w)
}

// leastAround are the cells from which Around shows three parts of a name.
const leastAround = 8

// Around is Fit, but cuts a long name so that the cell at stays readable with what is beside it, for names
// that differ from others there: the beginning, and a part around that cell or the end.
func Around(s string, w, at int) string {
	s = scrub(s)
	n := Width(s)
	if n <= w || w < leastAround || at < w/2 {
		return Middle(s, w)
	}
	head := w / 4
	rest := w - head - 1
	from := max(min(at-rest*2/3, n-rest), head+1)
	dst := appendCells(make([]byte, 0, w+16), s, 0, head)
	dst = append(dst, ellipsis...)
	if from+rest >= n {
		return string(appendCells(dst, s, from, from+rest))
	}
	return string(append(appendCells(dst, s, from, from+rest-1), ellipsis...))
}

// appendFit appends exactly w cells made of s to dst.
func appendFit(dst []byte, s string, w int, right bool) []byte {
	if w <= 0 {
		return dst
	}
	n, style, dirty := measure(s)
	if dirty {
		s = scrub(s)
		n, style, _ = measure(s)
	}
	if n > w {
		return appendCut(dst, s, w)
	}
	if right {
		dst = appendSpaces(dst, w-n)
	}
	dst = append(dst, s...)
	if style != 0 {
		dst = append(dst, sgrReset...)
	}
	if !right {
		dst = appendSpaces(dst, w-n)
	}
	return dst
}

// appendCut appends w cells: as much of s as goes into w-1, and an ellipsis. s is wider than w.
func appendCut(dst []byte, s string, w int) []byte {
	var style sgrState
	col := 0
	for i := 0; i < len(s); {
		n, cells, kind := token(s, i)
		if kind == tokenSGR {
			style = style.after(s[i : i+n])
		} else if col+cells > w-1 {
			break
		}
		dst = append(dst, s[i:i+n]...)
		col += cells
		i += n
	}
	dst = append(dst, ellipsis...)
	if style != 0 {
		dst = append(dst, sgrReset...)
	}
	return appendSpaces(dst, w-1-col)
}

// appendCells appends the cells from (included) to to (excluded) of s, with the styles that are on
// there. A wide character that one of the ends goes through becomes spaces; so does what s lacks.
func appendCells(dst []byte, s string, from, to int) []byte {
	var style sgrState
	col, want := 0, to-from
	for i := 0; i < len(s) && col <= to; {
		n, cells, kind := token(s, i)
		switch {
		case kind == tokenSGR:
			style = style.after(s[i : i+n])
			dst = append(dst, s[i:i+n]...)
		case col >= from && col+cells <= to && (cells > 0 || col > from):
			dst = append(dst, s[i:i+n]...)
			want -= cells
		case col < to && col+cells > from:
			half := min(col+cells, to) - max(col, from)
			dst = appendSpaces(dst, half)
			want -= half
		}
		col += cells
		i += n
	}
	if style != 0 {
		dst = append(dst, sgrReset...)
	}
	return appendSpaces(dst, want)
}

func appendSpaces(dst []byte, n int) []byte {
	const blank = "                                                                "
	for n > len(blank) {
		dst = append(dst, blank...)
		n -= len(blank)
	}
	if n > 0 {
		dst = append(dst, blank[:n]...)
	}
	return dst
}

// measure returns the cells of s, the style that is on at its end, and whether s holds anything but
// printable characters and SGR sequences.
func measure(s string) (cells int, style sgrState, dirty bool) {
	for i := 0; i < len(s); {
		if b := s[i]; b >= 0x20 && b < 0x7f {
			cells++
			i++
			continue
		}
		n, w, kind := token(s, i)
		if kind == tokenControl {
			return 0, 0, true
		}
		if kind == tokenSGR {
			style = style.after(s[i : i+n])
		}
		cells += w
		i += n
	}
	return cells, style, false
}

// scrub is the second line of defence behind Clean: it escapes what is neither printable nor SGR.
func scrub(s string) string {
	if _, _, dirty := measure(s); !dirty {
		return s
	}
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); {
		n, _, kind := token(s, i)
		if kind == tokenSGR {
			b.WriteString(Clean(s[from:i]))
			b.WriteString(s[i : i+n])
			from = i + n
		}
		i += n
	}
	b.WriteString(Clean(s[from:]))
	return b.String()
}

type tokenKind uint8

const (
	tokenText tokenKind = iota
	tokenSGR
	tokenControl
)

// token returns the bytes, cells and kind of what stands at s[i]: a character, a grapheme cluster or
// an SGR sequence.
func token(s string, i int) (size, cells int, kind tokenKind) {
	b := s[i]
	switch {
	case b >= 0x20 && b < 0x7f:
		return 1, 1, tokenText
	case b == 0x1b:
		if n := sgrLen(s[i:]); n > 0 {
			return n, 0, tokenSGR
		}
		return 1, 0, tokenControl
	case b < utf8.RuneSelf:
		return 1, 0, tokenControl
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if r <= 0x9f || r == utf8.RuneError && n == 1 {
		return n, 0, tokenControl
	}
	if w := commonWidth(r); w > 0 && (len(s) == i+n || s[i+n] < utf8.RuneSelf || commonNext(s[i+n:])) {
		return n, w, tokenText
	}
	cluster, w := ansi.FirstGraphemeCluster(s[i:i+textRun(s[i:], n)], ansi.GraphemeWidth)
	return max(len(cluster), n), w, tokenText
}

// textRun returns how many bytes at the start of s, of which the first n are known to be, are characters
// beyond ASCII and no controls. The library takes undecodable bytes and what follows them into a cluster.
func textRun(s string, n int) int {
	for n < len(s) && n < maxCluster {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r <= 0x9f || r == utf8.RuneError && size == 1 {
			break
		}
		n += size
	}
	return n
}

// commonWidth returns the cells of characters that need no look at tables: those of our own frames and
// charts, and common letters. It returns 0 for all others.
func commonWidth(r rune) int {
	switch {
	case r >= 0x2500 && r <= 0x259f, r >= 0xc0 && r < 0x300, r == '…', r == '·', r == '–', r == '▲', r == '▼', r == '▸', r == '▾':
		return 1
	case r >= 0x4e00 && r <= 0x9fff, r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa, r >= 0xac00 && r <= 0xd7a3:
		return 2
	}
	return 0
}

func commonNext(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return commonWidth(r) > 0
}
