package ui

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// cutRunes returns the first n bytes of s, less the part of a character that the cut went through.
func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for back := range utf8.UTFMax {
		if i := n - back; i > 0 && utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s[:n]
}

// leftOut is the mark for n bytes that are not shown.
func leftOut(n int) string {
	return "… +" + strconv.Itoa(n) + " bytes"
}

func escapePiece(first byte, r rune, size int) piece {
	p := piece{size: size, escaped: true}
	switch {
	case r == utf8.RuneError && size == 1:
		p.text = escapeByte(first)
	case r <= 0x9f && (r < 0x20 || r >= 0x7f):
		p.text = escapeByte(byte(r))
	default:
		p.text = `\u{` + strconv.FormatInt(int64(r), 16) + `}`
	}
	return p
}

func escapeByte(b byte) string {
	switch b {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	case 0x1b:
		return `\e`
	}
	const hex = "0123456789abcdef"
	return string([]byte{'\\', 'x', hex[b>>4], hex[b&15]})
}

// clusterLen returns the length of the grapheme cluster (UAX #29) that starts with r, which is kept
// and takes the first size bytes of s.
func clusterLen(s string, r rune, size int) int {
	if len(s) == size || s[size] < utf8.RuneSelf {
		return size // ASCII joins on nothing that is kept
	}
	next, _ := utf8.DecodeRuneInString(s[size:])
	if standsAlone(next) && standsAlone(r) {
		return size
	}
	cluster, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return max(len(cluster), size)
}

// standsAlone tells quickly of common letters that two of them never form one cluster.
func standsAlone(r rune) bool {
	return r >= 0x20 && r < 0x300 && r != 0xad || r >= 0x4e00 && r <= 0x9fff ||
		r >= 0x3041 && r <= 0x3096 || r >= 0x30a1 && r <= 0x30fa || r >= 0xac00 && r <= 0xd7a3
}

// harmless tells whether a cluster of more than one character, whose first takes size bytes, is a base
// with few plain marks that all terminals draw in the cells of the base.
func harmless(cluster string, size int) bool {
	if len(cluster) > maxCluster {
		return false
	}
	sum, marks := runeWidth(cluster[:size]), 0
	for i := size; i < len(cluster); marks++ {
		r, n := utf8.DecodeRuneInString(cluster[i:])
		if marks == maxMarks || !unicode.Is(unicode.Mn, r) || deceptive(r) {
			return false
		}
		sum += runeWidth(cluster[i : i+n])
		i += n
	}
	_, w := ansi.FirstGraphemeCluster(cluster, ansi.GraphemeWidth)
	return w == sum
}

func runeWidth(s string) int {
	if len(s) == 1 {
		return 1
	}
	_, w := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
	return w
}

// rightToLeft tells whether r belongs to a block whose default direction is right to left
// (UAX #9, table of default Bidi_Class values).
func rightToLeft(r rune) bool {
	return r >= 0x590 && r <= 0x8ff || r >= 0xfb1d && r <= 0xfdff || r >= 0xfe70 && r <= 0xfeff ||
		r >= 0x10800 && r <= 0x10fff || r >= 0x1e800 && r <= 0x1efff
}

// deceptive tells whether r is printable by its category but is invisible, changes its neighbours,
// is drawn in a width that terminals disagree on, or looks like a part of our own frames.
func deceptive(r rune) bool {
	switch {
	case r == 0x34f, // combining grapheme joiner
		r >= 0x1100 && r <= 0x11ff, r >= 0xa960 && r <= 0xa97f, r >= 0xd7b0 && r <= 0xd7ff, // conjoining jamo and fillers
		r == 0xe33, r == 0xeb3, r == 0xff9e, r == 0xff9f, // letters that join on the one before them
		r == 0x17b4, r == 0x17b5, // Khmer inherent vowels
		r >= 0x180b && r <= 0x180f, // Mongolian variation selectors
		r == 0x20e3,                // enclosing keycap
		r >= 0x2500 && r <= 0x259f, // box drawing and blocks: fake frames
		r == 0x2800,                // empty Braille pattern
		r == 0x3164, r == 0xffa0,   // Hangul fillers
		r == 0xfffd,                  // the replacement character: tells nothing of the byte it stands for
		r >= 0xfe00 && r <= 0xfe0f,   // variation selectors
		r >= 0xe0100 && r <= 0xe01ef, // variation selectors
		r >= 0x1f1e6 && r <= 0x1f1ff, // regional indicators
		r >= 0x1f3fb && r <= 0x1f3ff: // skin tones
		return true
	}
	return prepends(r)
}

// prepends tells whether r joins on what follows it (Grapheme_Cluster_Break=Prepend) and is printable.
func prepends(r rune) bool {
	switch r {
	case 0xd4e, 0x111c2, 0x111c3, 0x113d1, 0x1193f, 0x11941, 0x11a3a, 0x11d46, 0x11f02:
		return true
	}
	return r >= 0x11a84 && r <= 0x11a89
}
