package keys

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

const (
	// pageRows is how many keys are asked for at once, nearEnd how close to the last row the
	// marker comes before more are.
	pageRows, nearEnd = 100, 20
	// maxRows bounds the keys kept on screen.
	maxRows = 20_000
)

// shapeScreen lists the keys of one shape, page by page.
type shapeScreen struct {
	deps    *views.Deps
	item    item
	table   *ui.Table[backends.Key]
	filter  *views.Filter
	keys    []backends.Key
	have    map[string]bool
	next    string
	loading bool
	begun   bool
	page    backends.KeyPage
	failure error
	at      time.Time
	now     time.Time
	// rows is how many keys fill the screen, a guess before it is drawn.
	rows int
}

func newShape(d *views.Deps, it item) *shapeScreen {
	s := &shapeScreen{deps: d, item: it, filter: views.NewFilter(), now: d.Now(), have: map[string]bool{}, rows: pageRows / 4}
	s.table = ui.NewTable(func(k backends.Key) string { return k.Name }, keyColumns(d.Theme)...)
	return s
}

func keyColumns(t *ui.Theme) []ui.Column[backends.Key] {
	return []ui.Column[backends.Key]{
		{
			Title: "KEY", Width: 20, Flex: 2, Most: 80,
			Cell: func(k backends.Key) string { return ui.Clean(k.Name) },
			Less: func(a, b backends.Key) bool { return a.Name < b.Name },
		},
		{
			Title: "TYPE", Width: 8,
			Cell: func(k backends.Key) string { return ui.Clean(k.Type) },
			Less: func(a, b backends.Key) bool { return a.Type < b.Type },
		},
		{
			Title: "LENGTH", Width: 8, Right: true,
			Cell: func(k backends.Key) string { return views.Count(k.Length) },
			Less: func(a, b backends.Key) bool { return a.Length.Value < b.Length.Value },
		},
		{
			Title: "MEMORY", Width: 9, Right: true, Hide: 1,
			Cell: func(k backends.Key) string { return views.Bytes(k.Bytes) },
			Less: func(a, b backends.Key) bool { return a.Bytes.Value < b.Bytes.Value },
		},
		{
			Title: "TTL", Width: 7, Right: true, Hide: 2,
			Cell: func(k backends.Key) string { return expiry(t, k.TTL, k.NoExpiry) },
			Less: func(a, b backends.Key) bool { return a.TTL.Value < b.TTL.Value },
		},
		{
			Title: "IDLE", Width: 7, Right: true, Hide: 3,
			Cell: func(k backends.Key) string { return views.Span(k.Idle) },
			Less: func(a, b backends.Key) bool { return a.Idle.Value < b.Idle.Value },
		},
		{Title: "ENCODING", Width: 10, Hide: 4, Cell: func(k backends.Key) string { return t.Dim.Paint(ui.Clean(k.Encoding)) }},
	}
}

func expiry(t *ui.Theme, ttl backends.Span, never bool) string {
	if never {
		return t.Dim.Paint("never")
	}
	return views.Span(ttl)
}

// Start implements views.Starter.
func (s *shapeScreen) Start() tea.Cmd { return s.load() }

// load asks for the next page.
func (s *shapeScreen) load() tea.Cmd {
	browser, ok := s.item.Source.Roles().Keys.(backends.KeyBrowser)
	if !ok || s.loading || (s.begun && s.next == "") || len(s.keys) >= maxRows {
		return nil
	}
	s.loading = true
	shape, cursor := s.item.Value.Form, s.next
	return views.Work(s.deps, "list keys",
		func(ctx context.Context) (backends.KeyPage, error) {
			return browser.ShapeKeys(ctx, shape, cursor, pageRows)
		}, s.loaded)
}

func (s *shapeScreen) loaded(page backends.KeyPage, err error) {
	s.loading, s.failure = false, err
	if err != nil {
		return
	}
	s.begun, s.page, s.next, s.at = true, page, page.Next, s.deps.Now()
	for _, k := range page.Items {
		if !s.have[k.Name] { // SCAN may give a name twice
			s.have[k.Name] = true
			s.keys = append(s.keys, k)
		}
	}
	s.table.SetRows(s.keys)
	if len(s.keys) < max(s.rows, 1) {
		s.deps.Nav.Run(s.load()) // the first screen is to be full
	}
}

// Title implements views.Screen.
func (s *shapeScreen) Title() string { return "keys " + ui.Clean(s.item.Value.Form) }

// Sync implements views.Screen.
func (s *shapeScreen) Sync(now time.Time) bool {
	changed := s.now.Unix() != now.Unix()
	s.now = now
	if shown, _ := s.table.Len(); s.begun && s.failure == nil && s.filter.Empty() && s.table.Index() >= shown-nearEnd {
		s.deps.Nav.Run(s.load())
	}
	return changed || s.loading
}

// Render implements views.Screen.
func (s *shapeScreen) Render(w, h int) []string {
	s.rows = h
	lines := []string{ui.Fit(" "+s.facts(), w)}
	if s.failure != nil {
		lines = append(lines, views.ErrorLines(s.deps.Theme, s.failure, w)...)
	}
	return ui.Pad(append(lines, s.table.Render(s.deps.Theme, w, max(h-len(lines), 1), true)...), w, h)
}

func (s *shapeScreen) facts() string {
	t := s.deps.Theme
	if s.filter.Editing() {
		return s.filter.Render(t, 60)
	}
	shown, _ := s.table.Len()
	parts := []string{t.Bold.Paint(views.Things(backends.ExactCount(int64(shown)), "key", "keys"))}
	switch {
	case s.next != "" || !s.begun:
		parts[0] += " of " + views.Count(s.item.Value.Count)
		if s.page.SeenOf > 0 {
			parts = append(parts, t.Dim.Paint("scanned "+ui.Count(s.page.Seen)+" of "+ui.Count(s.page.SeenOf)+" keys"))
		}
	default:
		parts = append(parts, t.Dim.Paint("all"))
	}
	if len(s.keys) >= maxRows {
		parts = append(parts, t.Warn.Paint("more are not kept"))
	}
	if !s.filter.Empty() {
		parts = append(parts, t.Accent.Paint("/"+ui.Clean(s.filter.Value())))
	}
	if s.begun {
		parts = append(parts, t.Dim.Paint("as of "+s.at.Local().Format("15:04:05")))
	}
	return strings.Join(parts, t.Dim.Paint(" · "))
}

// Bindings implements views.Screen.
func (s *shapeScreen) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "open the key", Hint: "open", Category: "Here", Do: s.open, Disabled: s.needsRow},
		{Keys: []string{"n"}, Help: "load more keys", Hint: "more", Category: "Here", Do: s.load, Disabled: s.complete},
		{Keys: []string{"/"}, Help: "filter (! inverts)", Hint: "filter", Category: "Here", Do: views.Do(s.filter.Begin)},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Here", Do: views.Do(s.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Here", Do: views.Do(s.table.ReverseSort)},
		{Keys: []string{"y"}, Help: "copy the name", Category: "Here", Do: views.Do(s.copyName), Disabled: s.needsRow},
	}
	if b, ok := views.NotThis(s.deps.Nav, ruleOf(s.item), "Here", s.deps.Nav.Back); ok {
		bs = append(bs, b)
	}
	if !s.filter.Empty() {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Here", Do: views.Do(s.dropFilter)})
	}
	return append(bs, views.Moves(s.table.Move, s.table.Page, s.table.Home, s.table.End)...)
}

func (s *shapeScreen) open() tea.Cmd {
	if k, ok := s.table.Selected(); ok {
		s.deps.Nav.Push(newValue(s.deps, s.item.Source, k))
	}
	return nil
}

func (s *shapeScreen) needsRow() string {
	if _, ok := s.table.Selected(); !ok {
		return "nothing is selected"
	}
	return ""
}

func (s *shapeScreen) complete() string {
	if s.begun && s.next == "" {
		return "all keys of this shape are here"
	}
	return ""
}

func (s *shapeScreen) copyName() {
	if k, ok := s.table.Selected(); ok {
		s.deps.Nav.Copy(ui.CleanPlain(k.Name))
	}
}

// Capturing implements views.Screen.
func (s *shapeScreen) Capturing() bool { return s.filter.Editing() }

// Type implements views.Screen.
func (s *shapeScreen) Type(key tea.KeyMsg) tea.Cmd {
	if s.filter.Type(key) {
		s.refilter()
	}
	return nil
}

func (s *shapeScreen) dropFilter() {
	s.filter.Clear()
	s.refilter()
}

func (s *shapeScreen) refilter() {
	if s.filter.Empty() {
		s.table.SetFilter(nil)
		return
	}
	s.table.SetFilter(func(k backends.Key) bool { return s.filter.Match(k.Name) })
}

// Close implements views.Screen.
func (s *shapeScreen) Close() {}

var (
	_ views.Screen  = (*shapeScreen)(nil)
	_ views.Starter = (*shapeScreen)(nil)
)
