package inspector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"bustop/decoders"
	"bustop/ui"
	"bustop/views"
)

// headersShown bounds the header lines above the payload.
const headersShown = 6

// wide is from how many cells on the bytes are shown beside the tree.
const wide = 120

// Render implements views.Screen: what the message is, its headers, the payload.
func (s *Screen) Render(w, h int) []string {
	lines := append(s.facts(w, h), s.headers(w, h)...)
	lines = append(lines, s.tabs(w))
	s.page = max(h-len(lines), 0)
	if s.tab == treeTab && w >= wide {
		left := s.tree.Render(s.deps.Theme, w-hexWidth-1, s.page, true)
		lines = append(lines, ui.Zip(left, s.hex(hexWidth, s.page, true), 1)...)
	} else {
		lines = append(lines, s.content(w, s.page)...)
	}
	return ui.Pad(lines, w, h)
}

// roomy is from how many lines on the facts may take two lines and all headers have theirs.
const roomy = 16

func (s *Screen) facts(w, h int) []string {
	lines := views.Flow(s.deps.Theme, w-1, min(1+h/roomy, 2), s.about()...)
	lines = append(lines, s.verdict())
	for i, l := range lines {
		lines[i] = ui.Fit(" "+l, w)
	}
	return lines
}

// about is what is known of the message beside its payload.
func (s *Screen) about() []string {
	t := s.deps.Theme
	m := s.msg
	parts := []string{t.Bold.Paint(ui.Clean(m.Target.String()))}
	if m.Route != "" && m.Route != m.Target.Name {
		parts = append(parts, "via "+ui.Clean(m.Route))
	}
	if !m.Time.IsZero() {
		word := "made "
		if m.TimeReceived {
			word = "received "
		}
		parts = append(parts, t.Dim.Paint(word+m.Time.Local().Format("2006-01-02 15:04:05.000")))
	}
	parts = append(parts, ui.Bytes(int64(m.Size)))
	if !m.Complete() {
		parts = append(parts, t.Warn.Paint("first "+ui.Bytes(int64(len(m.Body)))+" fetched"))
	}
	if m.Redelivered {
		parts = append(parts, t.Warn.Paint("redelivered"))
	}
	if m.ContentType != "" {
		parts = append(parts, t.Dim.Paint(ui.Clean(m.ContentType)))
	}
	return parts
}

// verdict says what the payload is, how sure that is and why.
func (s *Screen) verdict() string {
	t := s.deps.Theme
	r := s.result
	text := t.Accent.Paint(ui.Clean(r.Chain()))
	if s.as != "" {
		text += t.Warn.Paint(" as you said")
	} else {
		text += fmt.Sprintf(" %.2f", r.Confidence())
	}
	if n := len(r.Layers); n > 0 && r.Layers[n-1].Reason != "" {
		text += t.Dim.Paint(" " + ui.Clean(r.Layers[n-1].Reason))
	}
	if r.Fault != nil {
		text += t.Bad.Paint(fmt.Sprintf(" broken at byte %d: %s", r.Fault.Offset, ui.Clean(r.Fault.Text)))
	}
	for _, g := range r.Also {
		text += t.Dim.Paint(fmt.Sprintf(" · %s %.2f", ui.Clean(g.Format), g.Confidence))
	}
	return text
}

func (s *Screen) headers(w, h int) []string {
	t := s.deps.Theme
	limit := headersShown
	if h < roomy {
		limit = 1
	}
	var lines []string
	for i, f := range s.msg.Headers {
		if len(lines) == limit && len(s.msg.Headers) > limit {
			lines = append(lines, t.Dim.Paint(ui.Fit(fmt.Sprintf("   … and %d more, n opens them one by one", len(s.msg.Headers)-i), w)))
			break
		}
		mark := "  "
		if s.part == i+1 {
			mark = t.Accent.Paint("▸ ")
		}
		value := s.deps.Decoder.DecodeField(s.msg, f, "").Preview(w)
		lines = append(lines, ui.Fit(" "+mark+t.Key.Paint(ui.Clean(f.Name))+" "+ui.Clean(value), w))
	}
	return lines
}

func (s *Screen) tabs(w int) string {
	t := s.deps.Theme
	var b strings.Builder
	b.WriteString(" ")
	for i := treeTab; i <= diagnosticTab; i++ {
		if i == treeTab && s.tree == nil {
			continue
		}
		if i == s.tab {
			b.WriteString(t.Title.Paint("[" + i.String() + "]"))
		} else {
			b.WriteString(t.Dim.Paint(" " + i.String() + " "))
		}
		b.WriteString(" ")
	}
	if s.tab == treeTab {
		i := s.tree.Index()
		from, to := s.result.Tree.Range(i)
		b.WriteString(t.Dim.Paint(" " + ui.Clean(s.result.Tree.Type(i)) + ", " + byteRange(from, to)))
	}
	return ui.Fit(b.String(), w)
}

// byteRange words the bytes from from up to, not including, to.
func byteRange(from, to int) string {
	if to-from == 1 {
		return fmt.Sprintf("byte %d", from)
	}
	return fmt.Sprintf("bytes %d–%d", from, max(to-1, from))
}

func (s *Screen) content(w, h int) []string {
	switch s.tab {
	case treeTab:
		return s.tree.Render(s.deps.Theme, w, h, true)
	case hexTab:
		return s.hex(w, h, false)
	case jsonTab, diagnosticTab:
	}
	if s.text == nil || s.textAt != w {
		s.text, s.textAt = ui.CleanText(s.block(), max(w-2, 1), textLines), w
	}
	s.scroll = min(s.scroll, max(len(s.text)-h, 0))
	lines := make([]string, 0, h)
	for _, line := range s.text[s.scroll:min(s.scroll+h, len(s.text))] {
		lines = append(lines, " "+line)
	}
	return lines
}

// block is the whole payload as text, one of the two textual tabs.
func (s *Screen) block() string {
	if s.tab == diagnosticTab {
		if s.result.Format == "text" {
			return string(s.result.Data)
		}
		return s.result.Diagnostic()
	}
	var indented bytes.Buffer
	compact := s.result.AppendJSON(nil)
	if err := json.Indent(&indented, compact, "", "  "); err != nil {
		return string(compact)
	}
	return indented.String()
}

// hexWidth is "00000000  " + 16 × "xx " + gap + " " + 16 characters.
const hexWidth = 8 + 2 + 3*16 + 1 + 1 + 16

// hex draws bytes; beside the tree it scrolls to the selected node and marks its bytes.
func (s *Screen) hex(w, h int, beside bool) []string {
	from, to := 0, 0
	if s.tree != nil {
		from, to = s.result.Tree.Range(s.tree.Index())
	}
	rows := (len(s.result.Data) + 15) / 16
	if beside {
		s.scroll = from/16 - h/3
	}
	s.scroll = min(max(s.scroll, 0), max(rows-h, 0))
	lines := make([]string, 0, h)
	for _, row := range decoders.HexRows(s.result.Data, s.scroll*16, h, from, to) {
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

// Close over views so that the contract is checked when this package is built.
var _ views.Screen = (*Screen)(nil)
