package ui

import (
	"encoding/base64"
	"os"
	"sync"
	"unicode/utf8"
)

// Synchronized output (private mode 2026): the terminal shows what comes between the two at once.
// Terminals that do not know the mode ignore it.
const (
	syncBegin = "\x1b[?2026h"
	syncEnd   = "\x1b[?2026l"
)

// A Screen is a terminal as the output of Bubble Tea, for tea.WithOutput. The renderer writes each frame
// with one Write, which Screen brackets so that a frame is never seen half drawn. Mode changes go by
// WriteString, which is the file's own and stays unbracketed; size and raw mode are the file's as well.
type Screen struct {
	*os.File

	mu  sync.Mutex
	buf []byte
}

// NewScreen returns a Screen that draws on f.
func NewScreen(f *os.File) *Screen { return &Screen{File: f} }

// Write writes one frame in a single system call, if the terminal takes it.
func (s *Screen) Write(frame []byte) (int, error) {
	if len(frame) == 0 {
		return 0, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buf = append(append(append(s.buf[:0], syncBegin...), frame...), syncEnd...)
	n, err := s.File.Write(s.buf)
	return min(max(n-len(syncBegin), 0), len(frame)), err
}

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
