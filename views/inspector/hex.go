package inspector

import (
	"fmt"

	"bustop/decoders"
	"bustop/ui"
)

// hexRow is the number of bytes on a line.
const hexRow = 16

// hexWidth is "00000000  " + 16 × "xx " + gap + " " + 16 characters.
const hexWidth = 8 + 2 + 3*16 + 1 + 1 + 16

// hexBeside draws the bytes beside the tree: it goes along with the selected row and marks its bytes.
func (s *Screen) hexBeside(w, h int) []string {
	here := s.here()
	from, to := here.bytes()
	return s.hexLines(here.o.result.Data, from/hexRow-h/3, w, h, from, to)
}

// hexTab draws the bytes of the payload that the selected row is in: those of the row are marked, in a
// search those found.
func (s *Screen) hexTab(w, h int) []string {
	here := s.here()
	data := here.o.result.Data
	from, to := here.bytes()
	if s.tree == nil {
		from, to = 0, 0
	}
	if match, ok := s.search.current(); ok {
		from, to = match, match+s.search.width
	}
	s.scroll = min(max(s.scroll, 0), max(hexRows(data)-h, 0))
	return s.hexLines(data, s.scroll, w, h, from, to)
}

func hexRows(data []byte) int { return (len(data) + hexRow - 1) / hexRow }

func (s *Screen) hexLines(data []byte, first, w, h, from, to int) []string {
	first = min(max(first, 0), max(hexRows(data)-h, 0))
	lines := make([]string, 0, h)
	for _, row := range decoders.HexRows(data, first*hexRow, h, from, to) {
		lines = append(lines, ui.Fit(s.hexLine(row), w))
	}
	return ui.Pad(lines, w, h)
}

// hexLine marks the bytes of the selected node in both halves of a row.
func (s *Screen) hexLine(row decoders.HexRow) string {
	t := s.deps.Theme
	hexFrom, hexTo := hexColumn(row.MarkFrom), hexColumn(row.MarkTo)-1
	if hexTo > len(row.Hex) {
		hexTo = len(row.Hex)
	}
	return t.Dim.Paint(fmt.Sprintf("%08x  ", row.Offset)) +
		marked(t, ui.Fit(row.Hex, 3*16), hexFrom, hexTo) + " " +
		marked(t, row.ASCII, row.MarkFrom, row.MarkTo)
}

// hexColumn is where byte i of a row starts in its hex text, which has a gap after eight bytes.
func hexColumn(i int) int {
	if i > 8 {
		return 3*i + 1
	}
	return 3 * i
}

func marked(t *ui.Theme, text string, from, to int) string {
	from, to = max(from, 0), min(to, len(text))
	if from >= to {
		return text
	}
	return text[:from] + t.Accent.Paint(text[from:to]) + text[to:]
}
