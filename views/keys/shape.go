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
	deps   *views.Deps
	item   item
	table  *ui.Table[loadedKey]
	filter *views.Filter
	// all is the listing of the whole shape, found that of the names that pass the filter, which goes on
	// where the other has not come yet; nil while nobody searches.
	all, found *listing
	loading    bool
	failure    error
	now        time.Time
	// rows is how many keys fill the screen, a guess before it is drawn.
	rows int
}

// listing is what was loaded of a listing.
type listing struct {
	keys  []loadedKey
	have  map[string]bool
	next  string
	begun bool
	page  backends.KeyPage
	at    time.Time
}

func newListing() *listing { return &listing{have: map[string]bool{}} }

// complete reports whether nothing follows.
func (l *listing) complete() bool { return l.begun && l.next == "" }

func (l *listing) add(page backends.KeyPage, at time.Time) {
	l.begun, l.page, l.next, l.at = true, page, page.Next, at
	for _, k := range page.Items {
		if !l.have[k.Name] { // SCAN may give a name twice
			l.have[k.Name] = true
			l.keys = append(l.keys, loadedKey{k, at})
		}
	}
}

// loadedKey is a key with when it was asked for.
type loadedKey struct {
	backends.Key
	at time.Time
}

func newShape(d *views.Deps, it item) *shapeScreen {
	s := &shapeScreen{deps: d, item: it, filter: views.NewFilter(), now: d.Now(), all: newListing(), rows: pageRows / 4}
	s.table = ui.NewTable(func(k loadedKey) string { return k.Name }, s.columns()...)
	return s
}

// shown is the listing on screen.
func (s *shapeScreen) shown() *listing {
	if s.found != nil {
		return s.found
	}
	return s.all
}

func (s *shapeScreen) columns() []ui.Column[loadedKey] {
	t := s.deps.Theme
	return []ui.Column[loadedKey]{
		ui.Names(ui.Column[loadedKey]{Title: "KEY", Width: 20, Flex: 2, Most: 80}, func(k loadedKey) string { return k.Name }),
		{
			Title: "TYPE", Width: 8,
			Cell: func(k loadedKey) string { return ui.Clean(k.Type) },
			Less: func(a, b loadedKey) bool { return a.Type < b.Type },
		},
		{
			Title: "LENGTH", Width: 8, Right: true,
			Cell: func(k loadedKey) string { return views.Count(k.Length) },
			Less: func(a, b loadedKey) bool { return a.Length.Value < b.Length.Value },
		},
		{
			Title: "MEMORY", Width: 9, Right: true, Hide: 1,
			Cell: func(k loadedKey) string { return views.Bytes(k.Bytes) },
			Less: func(a, b loadedKey) bool { return a.Bytes.Value < b.Bytes.Value },
		},
		{
			Title: "TTL", Width: 7, Right: true, Hide: 2,
			Cell: func(k loadedKey) string { return expiry(t, k.Key, s.now.Sub(k.at)) },
			Less: func(a, b loadedKey) bool { return a.TTL.Value < b.TTL.Value },
		},
		{
			Title: "IDLE", Width: 7, Right: true, Hide: 3,
			Cell: func(k loadedKey) string { return views.Span(k.Idle) },
			Less: func(a, b loadedKey) bool { return a.Idle.Value < b.Idle.Value },
		},
		{Title: "ENCODING", Width: 10, Hide: 4, Cell: func(k loadedKey) string { return t.Dim.Paint(ui.Clean(k.Encoding)) }},
	}
}

// expiry is how long a key has left, so long after it was asked for.
func expiry(t *ui.Theme, k backends.Key, since time.Duration) string {
	switch {
	case k.NoExpiry:
		return t.Dim.Paint("never")
	case k.TTL.Known() && k.TTL.Value <= since:
		return t.Warn.Paint("expired")
	case k.TTL.Known():
		k.TTL.Value -= max(since, 0)
	}
	return views.Span(k.TTL)
}

// Start implements views.Starter.
func (s *shapeScreen) Start() tea.Cmd { return s.load() }

// load asks for the next page.
func (s *shapeScreen) load() tea.Cmd {
	l := s.shown()
	browser, ok := s.item.Source.Roles().Keys.(backends.KeyBrowser)
	if !ok || s.loading || l.complete() || len(l.keys) >= maxRows {
		return nil
	}
	s.loading = true
	form, cursor, text := s.item.Value.Form, l.next, s.filter.Value()
	searcher, _ := browser.(backends.KeySearcher)
	search := l == s.found && searcher != nil
	return views.Work(s.deps, "list keys",
		func(ctx context.Context) (backends.KeyPage, error) {
			if search {
				return searcher.SearchKeys(ctx, form, text, cursor, pageRows)
			}
			return browser.ShapeKeys(ctx, form, cursor, pageRows)
		}, func(page backends.KeyPage, err error) { s.loaded(l, page, err) })
}

// loaded takes in a page, unless another listing is on screen by now.
func (s *shapeScreen) loaded(l *listing, page backends.KeyPage, err error) {
	s.loading = false
	if l != s.all && l != s.found {
		return
	}
	if s.failure = err; err != nil {
		return
	}
	l.add(page, s.deps.Now())
	if l != s.shown() {
		return
	}
	s.table.SetRows(l.keys)
	if l == s.all && len(l.keys) < max(s.rows, 1) {
		s.deps.Nav.Run(s.load()) // the first screen is to be full; a search goes on with the next tick
	}
}

// search looks for names that pass the filter among the keys that are not here yet.
func (s *shapeScreen) search() tea.Cmd {
	_, able := s.item.Source.Roles().Keys.(backends.KeySearcher)
	if !able || s.filter.Empty() || strings.HasPrefix(s.filter.Value(), "!") || !s.all.begun || s.all.complete() {
		return nil
	}
	s.found = newListing()
	for _, k := range s.all.keys {
		if s.filter.Match(k.Name) {
			s.found.keys = append(s.found.keys, k)
			s.found.have[k.Name] = true
		}
	}
	s.found.begun, s.found.next, s.found.page, s.found.at = true, s.all.next, s.all.page, s.all.at
	s.table.SetRows(s.found.keys)
	return s.load()
}

// refresh begins anew.
func (s *shapeScreen) refresh() tea.Cmd {
	if s.loading {
		return nil
	}
	s.all, s.found, s.failure = newListing(), nil, nil
	return s.load()
}

// Title implements views.Screen.
func (s *shapeScreen) Title() string { return "keys " + ui.Clean(s.item.Value.Form) }

// Sync implements views.Screen.
func (s *shapeScreen) Sync(now time.Time) bool {
	changed := s.now.Unix() != now.Unix()
	s.now = now
	more := s.shown().begun && s.failure == nil && (s.filter.Empty() || s.found != nil)
	if shown, _ := s.table.Len(); more && s.table.Index() >= shown-nearEnd {
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
	l := s.shown()
	shown, _ := s.table.Len()
	parts := []string{t.Bold.Paint(views.Things(backends.ExactCount(int64(shown)), "key", "keys"))}
	verb := "scanned "
	if s.found != nil {
		verb = "searched "
	}
	switch {
	case l.complete():
		parts = append(parts, t.Dim.Paint("all"))
	default:
		parts[0] += " of " + views.Count(s.item.Value.Count)
		if l.page.SeenOf > 0 {
			parts = append(parts, t.Dim.Paint(verb+ui.Count(l.page.Seen)+" of "+ui.Count(l.page.SeenOf)+" keys"))
		}
	}
	if len(l.keys) >= maxRows {
		parts = append(parts, t.Warn.Paint("more are not kept"))
	}
	if !s.filter.Empty() {
		parts = append(parts, t.Accent.Paint("/"+ui.Clean(s.filter.Value())))
		if s.found == nil && s.all.begun && !s.all.complete() {
			parts = append(parts, t.Warn.Paint("among those loaded"))
		}
	}
	if l.begun {
		parts = append(parts, t.Dim.Paint("as of "+l.at.Local().Format("15:04:05")))
	}
	return strings.Join(parts, t.Dim.Paint(" · "))
}

// Bindings implements views.Screen.
func (s *shapeScreen) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "open the key", Hint: "open", Category: "Here", Do: s.open, Disabled: s.needsRow},
		{Keys: []string{"n"}, Help: "load more keys", Hint: "more", Category: "Here", Do: s.load, Disabled: s.complete},
		{Keys: []string{"/"}, Help: "search names (! inverts)", Hint: "search", Category: "Here", Do: views.Do(s.filter.Begin)},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Here", Do: views.Do(s.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Here", Do: views.Do(s.table.ReverseSort)},
		{Keys: []string{"r"}, Help: "load anew", Category: "Here", Do: s.refresh},
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
	if s.shown().complete() {
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
	if !s.filter.Editing() {
		return s.search()
	}
	return nil
}

func (s *shapeScreen) dropFilter() {
	s.filter.Clear()
	s.refilter()
}

func (s *shapeScreen) refilter() {
	if s.found != nil {
		s.found = nil
		s.table.SetRows(s.all.keys)
	}
	if s.filter.Empty() {
		s.table.SetFilter(nil)
		return
	}
	s.table.SetFilter(func(k loadedKey) bool { return s.filter.Match(k.Name) })
}

// Close implements views.Screen.
func (s *shapeScreen) Close() {}

var (
	_ views.Screen  = (*shapeScreen)(nil)
	_ views.Starter = (*shapeScreen)(nil)
)
