// Package inspector is the detail view of one message: its tree, its bytes, its JSON and its
// diagnostic notation, with the reason why the payload was taken for what it is shown as.
package inspector

import (
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/decoders"
	"bustop/ui"
	"bustop/views"
)

// tab is one way to show the payload.
type tab int

const (
	treeTab tab = iota
	hexTab
	jsonTab
	diagnosticTab
)

func (t tab) String() string {
	return [...]string{"tree", "hex", "json", "diagnostic"}[t]
}

// Screen inspects one message.
type Screen struct {
	deps *views.Deps
	msg  backends.Message
	// part is which payload is open: 0 the body, n the n-th header.
	part   int
	as     string
	result *decoders.Result
	tab    tab
	// treeless says that the tree is wanted and a part without one is open.
	treeless bool
	tree     *ui.Tree
	scroll   int // first line of the tabs that are text
	page     int // lines of the content when last drawn
	text     []string
	textAt   int // width the text was laid out for
}

// New returns the inspector of a message.
func New(d *views.Deps, m backends.Message) *Screen {
	s := &Screen{deps: d, msg: m}
	if len(m.Body) == 0 && len(m.Headers) > 0 {
		s.part = 1 + s.mostTelling()
	}
	s.decode("")
	s.showTree()
	return s
}

// fieldsTried bounds the fields that are decoded in search of the most telling one.
const fieldsTried = 16

// mostTelling is the index of the first field that holds something with parts, of the first one if none
// does: a stream entry is often an envelope around one encoded field.
func (s *Screen) mostTelling() int {
	fields := s.msg.Headers
	for i, f := range fields[:min(len(fields), fieldsTried)] {
		r := s.deps.Decoder.DecodeField(s.msg, f, "")
		if r.Tree != nil && r.Tree.Len() > 1 && !strings.EqualFold(f.Name, "traceparent") {
			return i
		}
	}
	return 0
}

// showTree turns to the tree, or to the best view of what has none.
func (s *Screen) showTree() {
	s.tab, s.treeless = treeTab, s.tree == nil
	if s.treeless {
		s.tab = s.firstTab()
	}
}

// firstTab shows text as text and everything unknown as bytes.
func (s *Screen) firstTab() tab {
	if s.result.Format == "text" {
		return diagnosticTab
	}
	return hexTab
}

// field is the header or field that is open, nil for the body.
func (s *Screen) field() *backends.Field {
	if s.part == 0 {
		return nil
	}
	return &s.msg.Headers[s.part-1]
}

func (s *Screen) decode(as string) {
	s.as = as
	s.result = views.DecodeTraced(s.deps, s.msg, s.field(), as)
	s.tree, s.text, s.scroll = nil, nil, 0
	if t := s.result.Tree; t != nil && t.Len() > 0 {
		s.tree = ui.NewTree(t.Len(), s.treeRow, t.End)
	}
}

func (s *Screen) treeRow(i int) ui.TreeRow {
	t := s.result.Tree
	return ui.TreeRow{
		Depth: t.Depth(i), Key: ui.Clean(t.Key(i)), Value: ui.Clean(t.Value(i)),
		Note: ui.Clean(t.Type(i)), Branch: t.Branch(i),
	}
}

// Title implements views.Screen.
func (s *Screen) Title() string {
	if s.msg.Position != "" {
		return "message " + ui.Clean(s.msg.Position)
	}
	return "message"
}

// Sync implements views.Screen. A message never changes.
func (s *Screen) Sync(time.Time) bool { return false }

// Close implements views.Screen.
func (s *Screen) Close() {}

// Capturing implements views.Screen.
func (s *Screen) Capturing() bool { return false }

// Type implements views.Screen.
func (s *Screen) Type(tea.KeyMsg) tea.Cmd { return nil }

// turn goes to the next or previous tab.
func (s *Screen) turn(by int) {
	s.tab = (s.tab + tab(by) + 4) % 4
	if s.tab == treeTab && s.tree == nil {
		s.tab = (s.tab + tab(by) + 4) % 4
	}
	s.text, s.scroll, s.treeless = nil, 0, false
}

// nextPart opens the next header, after the last one the body again.
func (s *Screen) nextPart() {
	s.part = (s.part + 1) % (len(s.msg.Headers) + 1)
	s.decode("")
	if s.tab == treeTab || s.treeless {
		s.showTree()
	}
}

// decodeAs lets a person say what the payload is.
func (s *Screen) decodeAs() {
	options := append([]string{"detect"}, decoders.Formats()...)
	s.deps.Nav.Choose("Decode as", options, func(i int) tea.Cmd {
		as := options[i]
		if i == 0 {
			as = ""
		}
		s.decode(as)
		s.showTree()
		return nil
	})
}

func (s *Screen) copyShown() {
	switch s.tab {
	case treeTab, jsonTab:
		s.deps.Nav.Copy(cleanBlock(string(s.result.AppendJSON(nil))))
	case diagnosticTab:
		s.deps.Nav.Copy(cleanBlock(s.result.Diagnostic()))
	case hexTab:
		var b strings.Builder
		for _, row := range decoders.HexRows(s.result.Data, 0, hexCopyRows, 0, 0) {
			b.WriteString(row.Hex + "\n")
		}
		s.deps.Nav.Copy(b.String())
	}
}

// The bounds of what is laid out or copied at once.
const (
	hexCopyRows = 4096
	textLines   = 5000
)

func cleanBlock(text string) string {
	return strings.Join(ui.CleanText(text, 1<<20, textLines), "\n")
}

func (s *Screen) openTrace() {
	if id, ok := views.TraceOf(s.msg, s.result); ok {
		s.deps.Nav.OpenTrace(id)
	}
}

func (s *Screen) noTrace() string {
	if _, ok := views.TraceOf(s.msg, s.result); !ok {
		return "this message carries no traceparent"
	}
	return ""
}

func (s *Screen) move(by int) {
	if s.tab == treeTab {
		s.tree.Move(by)
		return
	}
	s.scroll = max(s.scroll+by, 0)
}

func (s *Screen) pages(by int) { s.move(by * max(s.page-1, 1)) }

func (s *Screen) home() { s.move(-1 << 30) }

func (s *Screen) end() { s.move(1 << 30) }

// Bindings implements views.Screen.
func (s *Screen) Bindings() []ui.Binding {
	turn := func(by int) func() tea.Cmd { return views.Do(func() { s.turn(by) }) }
	fold := func(f func(*ui.Tree)) func() tea.Cmd { return views.Do(func() { f(s.tree) }) }
	bs := []ui.Binding{
		{Keys: []string{"]"}, Help: "next view", Category: "Inspector", Do: turn(1)},
		{Keys: []string{"["}, Help: "previous view", Category: "Inspector", Hidden: true, Do: turn(-1)},
		{Keys: []string{"o"}, Help: "decode as", Category: "Inspector", Do: views.Do(s.decodeAs)},
		{Keys: []string{"n"}, Help: "next header or body", Hint: "next part", Category: "Inspector", Do: views.Do(s.nextPart), Disabled: s.noParts},
		{Keys: []string{"t"}, Help: "its trace", Category: "Inspector", Do: views.Do(s.openTrace), Disabled: s.noTrace},
		{Keys: []string{"y"}, Help: "copy as shown", Hint: "copy", Category: "Inspector", Do: views.Do(s.copyShown)},
	}
	if s.tab == treeTab && s.tree != nil {
		bs = append(bs,
			ui.Binding{Keys: []string{"right", "l"}, Help: "unfold", Category: "Tree", Hidden: true, Do: fold((*ui.Tree).Unfold)},
			ui.Binding{Keys: []string{"left", "h"}, Help: "fold", Category: "Tree", Hidden: true, Do: fold((*ui.Tree).Fold)},
			ui.Binding{Keys: []string{"enter"}, Help: "fold or unfold", Category: "Tree", Do: fold((*ui.Tree).Toggle)},
		)
	}
	return append(bs, views.Moves(s.move, s.pages, s.home, s.end)...)
}

func (s *Screen) noParts() string {
	if len(s.msg.Headers) == 0 {
		return "the message has no headers"
	}
	return ""
}
