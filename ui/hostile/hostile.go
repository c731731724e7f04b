// Package hostile holds strings that try to act on a terminal or on its reader, for tests: whatever draws
// or prints foreign strings is fed with all of them, and its output must pass Live.
package hostile

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Live returns what in the output of a drawing function could still act: anything but printable
// characters, newlines and SGR sequences. It returns "" for output that is safe.
func Live(out string) string {
	for i := 0; i < len(out); {
		if n := sgr(out[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(out[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return fmt.Sprintf("undecodable byte %#02x at %d", out[i], i)
		case r != '\n' && !unicode.IsPrint(r):
			return fmt.Sprintf("character %U at %d", r, i)
		}
		i += n
	}
	return ""
}

// sgr returns the length of an SGR sequence at the start of s that holds plain parameters only, or 0.
func sgr(s string) int {
	if len(s) < 3 || s[:2] != "\x1b[" {
		return 0
	}
	for i := 2; i < len(s) && i < 32; i++ {
		switch b := s[i]; {
		case b == 'm':
			return i + 1
		case (b < '0' || b > '9') && b != ';':
			return 0
		}
	}
	return 0
}

// Strings returns the strings of all families.
func Strings() []string {
	var out []string
	for _, family := range [][]string{
		sequences(), commands(), strings8bit(), controls(), invisible(), clusters(), frames(), undecodable(), revived(), spoofs(),
	} {
		out = append(out, family...)
	}
	return out
}
