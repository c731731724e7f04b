package ui

import (
	"encoding/base64"
	"unicode/utf8"
)

// maxCopy is the longest text that is copied, in bytes before base64: terminals and multiplexers drop
// longer OSC 52 sequences than about 100 kB whole.
const maxCopy = 74_000

// CopySequence returns the control sequence that makes the terminal, also a remote one, put text into
// its clipboard (OSC 52, xterm's "Manipulate Selection Data"). Longer text than 74,000 bytes is cut.
func CopySequence(text string) string {
	if len(text) > maxCopy {
		cut := maxCopy
		for cut > maxCopy-utf8.UTFMax && !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut]
	}
	return "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(text)) + "\a"
}
