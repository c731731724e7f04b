package keys

import (
	"context"
	"strconv"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/inspector"
)

// pageElements is how many elements of a key are asked for at once.
const pageElements = 100

// valueScreen shows one key: its facts and its elements, page by page, decoded as far as they are
// on screen.
type valueScreen struct {
	deps     *views.Deps
	source   backends.Source
	key      backends.Key
	elements []element
	table    *ui.Table[element]
	notes    []string
	plan     backends.Plan
	next     string
	begun    bool
	loading  bool
	failure  error
	at, now  time.Time
}

// element is one of a key's, with its place among those loaded.
type element struct {
	backends.KeyElement
	n  int
	at time.Time // when it was asked for
}

// Open returns the screen of one key; its type is found out.
func Open(d *views.Deps, src backends.Source, name string) views.Screen {
	return newValue(d, src, loadedKey{Key: backends.Key{Name: name}, at: d.Now()})
}

func newValue(d *views.Deps, src backends.Source, k loadedKey) *valueScreen {
	s := &valueScreen{deps: d, source: src, key: k.Key, at: k.at, now: d.Now()}
	s.table = ui.NewTable(func(e element) string { return strconv.Itoa(e.n) }, s.columns()...)
	return s
}

// columns are those that elements of the key's type have.
func (s *valueScreen) columns() []ui.Column[element] {
	t := s.deps.Theme
	place := func(title string, width int) ui.Column[element] {
		return ui.Column[element]{Title: title, Width: width, Cell: func(e element) string { return t.Dim.Paint(ui.Clean(e.Position)) }}
	}
	var cols []ui.Column[element]
	value := "VALUE"
	switch s.key.Type {
	case "hash":
		cols = append(cols, ui.Column[element]{
			Title: "FIELD", Width: 14, Flex: 1, Most: 40, Cell: func(e element) string { return ui.Clean(e.Field) },
			Less: func(a, b element) bool { return a.Field < b.Field },
		}, ui.Column[element]{Title: "TTL", Width: 7, Right: true, Hide: 3, Cell: func(e element) string {
			return expiry(t, backends.Key{TTL: e.TTL, NoExpiry: e.NoExpiry}, s.now.Sub(e.at))
		}})
	case "zset":
		value = "MEMBER"
		cols = append(cols, place("RANK", 6), ui.Column[element]{
			Title: "SCORE", Width: 18, Right: true, Cell: func(e element) string { return views.Score(e.Score) },
			Less: func(a, b element) bool { return a.Score < b.Score },
		})
	case "stream":
		value = "FIELDS"
		cols = append(cols, place("ID", 17))
	case "set":
		value = "MEMBER"
	case "string":
		cols = append(cols, place("FROM", 8))
	default:
		cols = append(cols, place("INDEX", 7))
	}
	return append(cols,
		ui.Column[element]{Title: "BYTES", Width: 9, Right: true, Hide: 2, Cell: func(e element) string { return ui.Bytes(int64(e.Size)) }, Less: func(a, b element) bool { return a.Size < b.Size }},
		ui.Column[element]{Title: "FORMAT", Width: 12, Hide: 1, Cell: s.format},
		ui.Column[element]{Title: value, Width: 20, Flex: 4, Cell: s.preview},
	)
}

// message is an element as the inspector and the decoder take it.
func (s *valueScreen) message(e element) backends.Message {
	position := e.Position
	if e.Field != "" {
		position = e.Field
	}
	size := e.Size
	if s.key.Type == "string" && e.Position == "0" && s.key.Length.Known() {
		size = int(s.key.Length.Value) // it is cut here
	}
	return backends.Message{
		Source: s.source.Identity().Name, Target: backends.Target{Kind: backends.KindKey, Name: s.key.Name},
		Position: position, Time: s.at, TimeReceived: true, Headers: e.Fields, Body: e.Value, Size: size,
	}
}

func (s *valueScreen) format(e element) string {
	if len(e.Fields) > 0 {
		return "fields"
	}
	return s.deps.Decoder.Decode(s.message(e), "").Chain()
}

// previewWidth is how much of a payload is made a line of; the table cuts it further.
const previewWidth = 200

func (s *valueScreen) preview(e element) string {
	m := s.message(e)
	if len(e.Fields) == 0 {
		return ui.Clean(s.deps.Decoder.Decode(m, "").Preview(previewWidth))
	}
	var b strings.Builder
	for _, f := range e.Fields {
		if b.Len() > previewWidth {
			break
		}
		b.WriteString(f.Name + "=" + s.deps.Decoder.DecodeField(m, f, "").Preview(previewWidth) + "  ")
	}
	return ui.Clean(b.String())
}

func (s *valueScreen) browser() backends.KeyBrowser {
	browser, _ := s.source.Roles().Keys.(backends.KeyBrowser)
	return browser
}

// Start implements views.Starter: it finds out what opening would do, then opens.
func (s *valueScreen) Start() tea.Cmd {
	name := s.key.Name
	return views.Work(s.deps, "plan open key",
		func(ctx context.Context) (backends.Plan, error) { return s.browser().PlanOpen(ctx, name) },
		func(plan backends.Plan, err error) {
			s.plan, s.failure = plan, err
			if err == nil {
				s.deps.Nav.Run(s.deps.Nav.Ask(plan, pageElements, func(backends.Look) tea.Cmd { return s.load() }))
			}
		})
}

func (s *valueScreen) load() tea.Cmd {
	if s.loading || (s.begun && s.next == "") {
		return nil
	}
	s.loading = true
	name, cursor := s.key.Name, s.next
	return views.Work(s.deps, "open key",
		func(ctx context.Context) (backends.KeyContent, error) {
			return s.browser().OpenKey(ctx, name, cursor, pageElements)
		}, s.loaded)
}

func (s *valueScreen) loaded(c backends.KeyContent, err error) {
	s.loading, s.failure = false, err
	if err != nil {
		return
	}
	if c.Key.Type != s.key.Type { // it has become another thing
		s.key = c.Key
		s.elements = nil
		s.table = ui.NewTable(func(e element) string { return strconv.Itoa(e.n) }, s.columns()...)
	}
	s.begun, s.key, s.next, s.at = true, c.Key, c.Next, s.deps.Now()
	if len(c.Notes) > 0 {
		s.notes = c.Notes
	}
	for _, e := range c.Elements {
		if s.key.Type == "string" {
			e.Size = len(e.Value) // a piece; the whole stands above
		}
		s.elements = append(s.elements, element{e, len(s.elements), s.at})
	}
	s.table.SetRows(s.elements)
}

// Title implements views.Screen.
func (s *valueScreen) Title() string { return "key " + ui.Clean(s.key.Name) }

// Sync implements views.Screen.
func (s *valueScreen) Sync(now time.Time) bool {
	changed := s.now.Unix() != now.Unix()
	s.now = now
	return changed || s.loading
}

// Render implements views.Screen.
func (s *valueScreen) Render(w, h int) []string {
	t, k := s.deps.Theme, s.key
	lines := views.Flow(t, w-1, 2,
		t.Bold.Paint(ui.Clean(k.Type)), s.length(), views.Bytes(k.Bytes)+" in memory", ui.Clean(k.Encoding),
		s.expires(), "idle "+views.Span(k.Idle), s.loadedFact())
	for i := range lines {
		lines[i] = ui.Fit(" "+lines[i], w)
	}
	for _, n := range append(s.plan.Effects, s.notes...) {
		lines = append(lines, ui.Fit(" "+t.Warn.Paint(ui.Clean(n)), w))
	}
	if s.failure != nil {
		lines = append(lines, views.ErrorLines(t, s.failure, w)...)
	}
	lines = append(lines, s.table.Render(t, w, max(h-len(lines), 1), true)...)
	return ui.Pad(lines[:min(len(lines), h)], w, h)
}

func (s *valueScreen) length() string {
	if s.key.Type == "string" {
		return views.Bytes(s.key.Length)
	}
	return views.Things(s.key.Length, "element", "elements")
}

func (s *valueScreen) expires() string {
	if s.key.NoExpiry {
		return "never expires"
	}
	left := expiry(s.deps.Theme, s.key, s.now.Sub(s.at))
	if s.key.TTL.Known() && s.now.Sub(s.at) >= s.key.TTL.Value {
		return left
	}
	return "expires in " + left
}

// refresh begins anew.
func (s *valueScreen) refresh() tea.Cmd {
	if s.loading || !s.begun {
		return nil
	}
	s.elements, s.next, s.begun, s.notes = nil, "", false, nil
	return s.load()
}

func (s *valueScreen) loadedFact() string {
	switch {
	case s.begun && s.next != "" && s.key.Type == "string":
		loaded := 0
		for _, e := range s.elements {
			loaded += len(e.Value)
		}
		return s.deps.Theme.Accent.Paint(ui.Bytes(int64(loaded)) + " loaded, n loads more")
	case !s.begun:
		return s.deps.Theme.Dim.Paint("opening …")
	case s.next != "":
		return s.deps.Theme.Accent.Paint(strconv.Itoa(len(s.elements)) + " loaded, n loads more")
	}
	return s.deps.Theme.Dim.Paint("as of " + s.at.Local().Format("15:04:05"))
}

// Bindings implements views.Screen.
func (s *valueScreen) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "inspect", Category: "Here", Do: s.inspect, Disabled: s.needsRow},
		{Keys: []string{"n"}, Help: "load more elements", Hint: "more", Category: "Here", Do: s.load, Disabled: s.complete},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Here", Do: views.Do(s.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Here", Do: views.Do(s.table.ReverseSort)},
		{Keys: []string{"r"}, Help: "read it anew", Category: "Here", Do: s.refresh},
		{Keys: []string{"t"}, Help: "its trace", Category: "Here", Do: views.Do(s.openTrace), Disabled: s.needsRow},
		{Keys: []string{"y"}, Help: "copy the name", Category: "Here", Do: views.Do(func() { s.deps.Nav.Copy(ui.CleanPlain(s.key.Name)) })},
	}
	return append(bs, views.Moves(s.table.Move, s.table.Page, s.table.Home, s.table.End)...)
}

func (s *valueScreen) inspect() tea.Cmd {
	if e, ok := s.table.Selected(); ok {
		s.deps.Nav.Push(inspector.New(s.deps, s.message(e)))
	}
	return nil
}

// openTrace opens the trace of the selected element; a hash is one object, whose fields are looked at
// together.
func (s *valueScreen) openTrace() {
	e, ok := s.table.Selected()
	if !ok {
		return
	}
	m := s.message(e)
	if s.key.Type == "hash" {
		m.Body = nil
		for _, field := range s.elements {
			m.Headers = append(m.Headers, backends.Field{Name: field.Field, Value: field.Value})
		}
	}
	views.OpenTraceOf(s.deps, m)
}

func (s *valueScreen) needsRow() string {
	if _, ok := s.table.Selected(); !ok {
		return "nothing is selected"
	}
	return ""
}

func (s *valueScreen) complete() string {
	if s.begun && s.next == "" {
		return "all of it is here"
	}
	return ""
}

// Capturing implements views.Screen.
func (s *valueScreen) Capturing() bool { return false }

// Type implements views.Screen.
func (s *valueScreen) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (s *valueScreen) Close() {}

var (
	_ views.Screen  = (*valueScreen)(nil)
	_ views.Starter = (*valueScreen)(nil)
)
