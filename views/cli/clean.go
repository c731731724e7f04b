package cli

import (
	"strings"
	"unicode/utf8"

	"bustop/ui"
)

// notationChunk is how much is cleaned at once; ui.CleanPlain cuts what is longer than its limit.
const notationChunk = 1 << 10

// cleanNotation cleans a text of any length in a notation that has its own backslash escapes,
// which are kept as they are. Line ends are escaped too.
func cleanNotation(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		piece := chunk(s)
		s = s[len(piece):]
		for i, part := range strings.Split(piece, `\`) {
			if i > 0 {
				b.WriteByte('\\')
			}
			b.WriteString(ui.CleanPlain(part))
		}
	}
	return b.String()
}

// chunk returns the beginning of s, cut between characters.
func chunk(s string) string {
	if len(s) <= notationChunk {
		return s
	}
	n := notationChunk
	for n > notationChunk-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
