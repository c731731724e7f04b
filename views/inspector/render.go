package inspector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"bustop/backends"
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
	lines := append(s.facts(w, h), s.inWords(w, h)...)
	lines = append(lines, s.headers(w, h)...)
	lines = append(lines, s.tabs(w))
	s.page = max(h-len(lines), 0)
	if s.tab == treeTab && w >= wide {
		left := s.tree.Render(s.deps.Theme, w-hexWidth-1, s.page, true)
		lines = append(lines, ui.Zip(left, s.hexBeside(hexWidth, s.page), 1)...)
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

// sure is from which confidence on what else a payload may be is of no interest.
const sure = 0.90

// verdict says what the payload is, how sure that is and why.
func (s *Screen) verdict() string {
	t := s.deps.Theme
	r := s.result
	text := t.Accent.Paint(ui.Clean(r.Chain()))
	reason := ""
	if n := len(r.Layers); n > 0 {
		reason = r.Layers[n-1].Reason
	}
	said := s.as != "" && s.as != views.Detect
	pin, pinned := s.pin()
	switch {
	case said:
		text, reason = text+t.Warn.Paint(" as you said"), ""
	case pinned:
		text, reason = text+t.Warn.Paint(" as pinned for "+ui.Clean(pin.Match)), ""
	case r.Confidence() < sure:
		text += t.Warn.Paint("?") + fmt.Sprintf(" %.2f", r.Confidence())
		for _, g := range r.Also {
			text += fmt.Sprintf(" · %s %.2f", ui.Clean(g.Format), g.Confidence)
		}
	default:
		text += fmt.Sprintf(" %.2f", r.Confidence())
	}
	if reason != "" {
		text += t.Dim.Paint(" " + ui.Clean(reason))
	}
	if r.Fault != nil {
		text += t.Bad.Paint(fmt.Sprintf(" broken at byte %d: %s", r.Fault.Offset, ui.Clean(r.Fault.Text)))
	}
	return text
}

func (s *Screen) headers(w, h int) []string {
	t := s.deps.Theme
	limit := headersShown
	if h < roomy {
		limit = 1
	}
	from := max(min(s.part, len(s.msg.Headers))-limit, 0) // the one that is open is in sight
	var lines []string
	for i := from; i < min(from+limit, len(s.msg.Headers)); i++ {
		f := s.msg.Headers[i]
		mark := "  "
		if s.part == i+1 {
			mark = t.Accent.Paint("▸ ")
		}
		lines = append(lines, ui.Fit(" "+mark+t.Key.Paint(ui.Clean(f.Name))+" "+s.typeOf(f)+s.preview(i, w), w))
	}
	if more := len(s.msg.Headers) - len(lines); more > 0 {
		lines = append(lines, t.Dim.Paint(ui.Fit(fmt.Sprintf("   … and %d more, p opens them one by one", more), w)))
	}
	return lines
}

// typeOf is what a header is on the wire, where that is not what it looks like anyway.
func (s *Screen) typeOf(f backends.Field) string {
	if f.Type == "" || f.Type == "text" {
		return ""
	}
	return s.deps.Theme.Dim.Paint("("+ui.Clean(f.Type)+")") + " "
}

// previews remembers what the lines of headers show.
type previews struct {
	width   int
	changes uint64 // of the pins
	texts   map[int]string
}

// preview is a header on one line.
func (s *Screen) preview(i, w int) string {
	p := &s.previews
	if changes := s.deps.Decoder.Changes(); p.texts == nil || p.width != w || p.changes != changes {
		*p = previews{width: w, changes: changes, texts: map[int]string{}}
	}
	text, known := p.texts[i]
	if !known {
		text = ui.Clean(s.deps.Decoder.DecodeField(s.msg, s.msg.Headers[i], "").Preview(w))
		p.texts[i] = text
	}
	return text
}

func (s *Screen) tabs(w int) string {
	t := s.deps.Theme
	if s.search.editing {
		return " " + s.search.input.Render(t, max(w-1-searchRoom, 0)) + ui.Fit(s.search.count(), min(searchRoom, max(w-1, 0)))
	}
	var b strings.Builder
	b.WriteString(" ")
	for i := treeTab; i <= hexTab; i++ {
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
	if s.search.active() {
		b.WriteString(t.Accent.Paint("/"+ui.Clean(s.search.input.Value())) + " " + s.search.count() + " ")
	}
	switch {
	case s.tab == treeTab || s.tab == hexTab && s.tree != nil:
		b.WriteString(t.Dim.Paint(" " + s.here().describe()))
	case s.tab == diagnosticTab && (s.form.Widths || s.form.Offsets):
		b.WriteString(t.Dim.Paint(" " + formName(s.form)))
	}
	return ui.Fit(b.String(), w)
}

func formName(n decoders.Notation) string {
	switch {
	case n.Widths && n.Offsets:
		return "with widths and offsets"
	case n.Widths:
		return "with widths"
	}
	return "with offsets"
}

// describe says what a row is on the wire and where its bytes are.
func (s spot) describe() string {
	from, to := s.bytes()
	text := byteRange(from, to)
	if t := s.o.result.Tree; t != nil {
		text = ui.Clean(t.Type(s.node)) + ", " + text
	}
	if s.o.depth > 0 {
		text += " of the " + ui.Clean(s.o.result.Format) + " inside"
	}
	return text
}

// bytes is where a row's bytes are in the content of its own payload.
func (s spot) bytes() (from, to int) {
	if t := s.o.result.Tree; t != nil {
		return t.Range(s.node)
	}
	return 0, len(s.o.result.Data)
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
		return s.hexTab(w, h)
	case jsonTab, diagnosticTab:
	}
	s.layOut(w)
	s.scroll = min(s.scroll, max(len(s.text)-h, 0))
	lines := make([]string, 0, h)
	for i, line := range s.text[s.scroll:min(s.scroll+h, len(s.text))] {
		mark := " "
		switch n := s.scroll + i; {
		case s.search.at(n):
			mark = s.deps.Theme.Accent.Paint("▌")
		case s.search.has(n):
			mark = s.deps.Theme.Warn.Paint("•")
		}
		lines = append(lines, mark+line)
	}
	return lines
}

// layOut makes the lines of a tab that is text.
func (s *Screen) layOut(w int) {
	if s.text != nil && s.textAt == w {
		return
	}
	s.text, s.textAt = ui.CleanText(s.block(), max(w-2, 1), textLines), w
	s.search.again(s)
}

// block is the whole payload as text, one of the two textual tabs.
func (s *Screen) block() string {
	if s.tab == diagnosticTab {
		if s.result.Format == "text" {
			return string(s.result.Data)
		}
		return s.result.Notate(s.form)
	}
	var indented bytes.Buffer
	compact := s.result.AppendJSON(nil)
	if err := json.Indent(&indented, compact, "", "  "); err != nil {
		return string(compact)
	}
	return indented.String()
}

// Close over views so that the contract is checked when this package is built.
var _ views.Screen = (*Screen)(nil)
