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
	diagnosticTab
	jsonTab
	hexTab
)

func (t tab) String() string {
	return [...]string{"tree", "diagnostic", "JSON", "hex"}[t]
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
	outline  *outline
	tree     *ui.Tree // over outline; nil when the payload has no tree
	scroll   int      // first line of the tabs that are text
	page     int      // lines of the content when last drawn
	text     []string
	textAt   int // width the text was laid out for
	form     decoders.Notation
	search   search
	previews previews
	words    words
	// traced is whether the message says which trace it belongs to, nil until somebody asks.
	traced *bool
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

// decode opens the payload anew. As is what a person says it is, views.Detect, or "".
func (s *Screen) decode(as string) {
	s.as = as
	s.result = views.DecodeTraced(s.deps, s.msg, s.field(), as)
	s.tree, s.text, s.scroll = nil, nil, 0
	s.outline = &outline{result: s.result}
	if t := s.result.Tree; t != nil && t.Len() > 0 {
		s.tree = ui.NewTree(t.Len(), s.treeRow, s.outline.end)
	}
	s.search.end()
}

func (s *Screen) treeRow(i int) ui.TreeRow {
	row := s.outline.row(i)
	row.Mark = s.tab == treeTab && s.search.has(i)
	return row
}

// here is the payload and the node that are selected: those of the message when nothing else is.
func (s *Screen) here() spot {
	if s.tree == nil {
		return spot{o: s.outline}
	}
	return s.outline.at(s.tree.Index())
}

// unfold opens the payload inside the selected row, when one is there and not open yet, and does fold
// otherwise.
func (s *Screen) unfold(fold func(*ui.Tree)) {
	at, row := s.here(), s.tree.Index()
	if at.o.holds(at.node) == nil || at.o.isOpen(at.node) {
		fold(s.tree)
		return
	}
	if s.outline.count() >= maxOpened {
		s.deps.Nav.Toast("no more payloads are opened inside this one")
		return
	}
	s.tree.Insert(row+1, at.o.open(at.node))
	s.find(false)
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

// turn goes to the next or previous tab.
func (s *Screen) turn(by int) {
	const tabs = hexTab + 1
	s.tab = (s.tab + tab(by) + tabs) % tabs
	if s.tab == treeTab && s.tree == nil {
		s.tab = (s.tab + tab(by) + tabs) % tabs
	}
	s.text, s.scroll, s.treeless = nil, 0, false
	if s.tab == hexTab {
		from, _ := s.here().bytes()
		s.scroll = max(from/hexRow-2, 0)
	}
	s.find(false)
}

// nextPart opens the next header, after the last one the body again.
func (s *Screen) nextPart() {
	s.part = (s.part + 1) % (len(s.msg.Headers) + 1)
	s.decode("")
	if s.tab == treeTab || s.treeless {
		s.showTree()
	}
}

func (s *Screen) copyShown() {
	switch s.tab {
	case treeTab, jsonTab:
		s.deps.Nav.Copy(cleanBlock(string(s.result.AppendJSON(nil))))
	case diagnosticTab:
		s.deps.Nav.Copy(cleanBlock(s.result.Notate(s.form)))
	case hexTab:
		var b strings.Builder
		for _, row := range decoders.HexRows(s.here().o.result.Data, 0, hexCopyRows, 0, 0) {
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
	if ref, ok := views.TraceOf(s.deps.Decoder, s.msg); ok {
		s.deps.Nav.OpenTrace(ref)
	}
}

func (s *Screen) noTrace() string {
	if s.traced == nil { // a message never changes
		_, ok := views.TraceOf(s.deps.Decoder, s.msg)
		s.traced = &ok
	}
	if !*s.traced {
		return views.NoTrace
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
	bs := []ui.Binding{
		{Keys: []string{"]"}, Help: "next view", Category: "Inspector", Do: turn(1)},
		{Keys: []string{"["}, Help: "previous view", Category: "Inspector", Hidden: true, Do: turn(-1)},
		{Keys: []string{"/"}, Help: "find a key, a value, a path or bytes", Hint: "find", Category: "Inspector", Do: views.Do(s.beginSearch)},
		{Keys: []string{"o"}, Help: "decode as", Category: "Inspector", Do: views.Do(s.decodeAs)},
		{Keys: []string{"a"}, Help: "always decode so: keep or forget a pin", Hint: "keep", Category: "Inspector", Do: views.Do(s.keep), Disabled: s.nothingToKeep},
		{Keys: []string{"p"}, Help: "next header or body", Hint: "next part", Category: "Inspector", Do: views.Do(s.nextPart), Disabled: s.noParts},
		{Keys: []string{"t"}, Help: "its trace", Category: "Inspector", Do: views.Do(s.openTrace), Disabled: s.noTrace},
		{Keys: []string{"y"}, Help: "copy as shown", Hint: "copy", Category: "Inspector", Do: views.Do(s.copyShown)},
	}
	switch {
	case s.tab == treeTab && s.tree != nil:
		bs = append(bs, s.treeBindings()...)
	case s.tab == diagnosticTab && s.tree != nil:
		bs = append(bs, ui.Binding{Keys: []string{"w"}, Help: "widths, offsets, both, neither", Hint: "widths", Category: "Inspector", Do: views.Do(s.nextForm)})
	}
	if s.search.active() {
		bs = append(s.searchBindings(), bs...)
	}
	return append(bs, views.Moves(s.move, s.pages, s.home, s.end)...)
}

func (s *Screen) treeBindings() []ui.Binding {
	return []ui.Binding{
		{Keys: []string{"right", "l"}, Help: "unfold, open what is inside", Category: "Tree", Hidden: true, Do: views.Do(func() { s.unfold((*ui.Tree).Unfold) })},
		{Keys: []string{"left", "h"}, Help: "fold", Category: "Tree", Hidden: true, Do: views.Do(func() { s.tree.Fold() })},
		{Keys: []string{"enter"}, Help: "fold or unfold, open what is inside", Hint: "unfold", Category: "Tree", Do: views.Do(func() { s.unfold((*ui.Tree).Toggle) })},
	}
}

// nextForm goes on to the next way to write diagnostic notation: with widths, with offsets, with both,
// with neither.
func (s *Screen) nextForm() {
	if s.form.Widths {
		s.form.Offsets = !s.form.Offsets
	}
	s.form.Widths = !s.form.Widths
	s.text = nil
	s.find(false)
}

func (s *Screen) noParts() string {
	if len(s.msg.Headers) == 0 {
		return "the message has no headers"
	}
	return ""
}
