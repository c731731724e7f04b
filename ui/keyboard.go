package ui

import "os"

const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"

	// maxSequence is the longest unfinished control sequence that is held back, in bytes. Those that
	// terminals send are shorter.
	maxSequence = 32
)

// A Keyboard is a terminal as the input of Bubble Tea, for tea.WithInput. It mends two things of reading
// in blocks: a control sequence that a block would end in is held back until the rest comes, because its
// pieces would be taken for typed keys; and of a bracketed paste only the first 64 KiB and one byte go
// through, because parsing time grows with the square of its length. Input refuses such a paste.
//
// A program that is to have the terminal for a while (tea.ExecProcess) must be given the file itself.
type Keyboard struct {
	*os.File
	filter keyFilter
}

// NewKeyboard returns a Keyboard that reads f, which must be in raw mode.
func NewKeyboard(f *os.File) *Keyboard { return &Keyboard{File: f} }

// Read reads what the terminal has, less what is held back. It may return no bytes and no error.
func (k *Keyboard) Read(p []byte) (int, error) {
	room := len(p) - len(k.filter.held) - len(pasteEnd)
	if room <= 0 { // shorter than any block that is read in practice
		return k.File.Read(p)
	}
	n, err := k.File.Read(p[:room])
	if n <= 0 {
		return n, err
	}
	return copy(p, k.filter.pass(p[:n], n == room)), err
}

// A keyFilter does the work of Keyboard on the bytes of each block.
type keyFilter struct {
	held []byte // an unfinished sequence

	inPaste  bool
	dropping bool // the paste is too long: its rest goes
	content  int  // bytes of the paste so far
	matched  int  // bytes of pasteEnd that the paste's last bytes are
}

// pass takes a block and returns what to hand on, at most len(pasteEnd) bytes more than the block and
// what was held. Full tells that the block filled its buffer, so more is likely to follow at once.
func (f *keyFilter) pass(block []byte, full bool) []byte {
	in := append(f.held, block...) //nolint:gocritic // held is emptied next
	f.held = nil
	out := make([]byte, 0, len(in)+len(pasteEnd))
	for i := 0; i < len(in); {
		if f.inPaste {
			out = f.paste(out, in[i])
			i++
			continue
		}
		if in[i] != 0x1b {
			out = append(out, in[i])
			i++
			continue
		}
		n, whole := sequenceLen(in[i:])
		if !whole && n <= maxSequence && (n > 2 || full) {
			f.held = append([]byte(nil), in[i:]...)
			break
		}
		seq := in[i : i+n]
		out = append(out, seq...)
		if string(seq) == pasteBegin {
			f.inPaste, f.dropping, f.content, f.matched = true, false, 0, 0
		}
		i += n
	}
	return out
}

// paste handles one byte of a paste.
func (f *keyFilter) paste(out []byte, b byte) []byte {
	switch b {
	case pasteEnd[f.matched]:
		f.matched++
	case pasteEnd[0]:
		f.matched = 1
	default:
		f.matched = 0
	}
	ended := f.matched == len(pasteEnd)
	f.content++
	if !f.dropping {
		out = append(out, b)
		if !ended && f.content > maxPaste+len(pasteEnd) {
			f.dropping = true
			out = append(out, pasteEnd...)
		}
	}
	if ended {
		f.inPaste = false
	}
	return out
}

// sequenceLen returns the length of the control sequence (ESC [ …, ESC O x) at the start of b, which
// begins with ESC, and whether it is whole. Other bytes after ESC are keys of their own.
func sequenceLen(b []byte) (n int, whole bool) {
	switch {
	case len(b) == 1:
		return 1, false
	case b[1] == 'O':
		return min(len(b), 3), len(b) >= 3
	case b[1] != '[':
		return 1, true
	}
	for i := 2; i < len(b); i++ {
		switch c := b[i]; {
		case c >= 0x40 && c <= 0x7e:
			return i + 1, true
		case c < 0x20 || c > 0x7e:
			return i, true // broken off: what follows is something else
		}
	}
	return len(b), false
}
