package views

import (
	"cmp"
	"context"
	"strings"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
)

// listLimit is how many rows a pane asks a source for. A source with more is filtered there.
const listLimit = 500

// Lister is the List method of a role.
type Lister[T any] func(context.Context, backends.Query) (backends.Page[T], error)

// Item is one row: an object, the source it is on, and when it was read.
type Item[T any] struct {
	Source backends.Source
	At     time.Time
	Value  T
	// Stale says that the source has not answered since: the row shows what was.
	Stale bool
}

// ListSpec describes a list pane.
type ListSpec[T any] struct {
	// Name is the pane's title and, in lower case, what its refreshes are called in traces.
	Name string
	// Rows is what the rows are called, "" for the name.
	Rows string
	// Columns of the table; a column with the source is added when there are several.
	Columns []ui.Column[Item[T]]
	// Sort is the column sorted by at first.
	Sort int
	Desc bool
	// Key tells objects of one source apart.
	Key func(T) string
	// Called is the name to copy, where Key is more than that; nil means Key.
	Called func(T) string
	// Text is what the filter searches, as raw bytes.
	Text func(T) string
	// Role returns how to list the objects of a source, nil when it has none of them.
	Role func(backends.Source) Lister[T]
	// Open is what Enter does.
	Open func(Item[T]) tea.Cmd
	// Rule, when set, is how a row was recognised: a wrong rule is one key from off.
	Rule func(Item[T]) Rule
	// More are bindings of this pane alone.
	More []ui.Binding
	// Absent is what to say when no source has the role.
	Absent string
	// Barred, when set, says what can be done where no source may be asked for the listing.
	Barred string
	// Hint, when set, says below the table how what it lacks can be had; "" for nothing.
	Hint func([]Item[T]) string
	// Survey asks sources with very many objects for all of them, with the rows in sight in full.
	Survey bool
	// Arrived, when set, sees all rows whenever new ones came, before they are shown.
	Arrived func([]Item[T])
}

// List is a live table over one role of all sources.
type List[T any] struct {
	deps   *Deps
	spec   ListSpec[T]
	feeds  []*listFeed[T]
	table  *ui.Table[Item[T]]
	filter *Filter
	frozen time.Time // zero while live
	now    time.Time
	// touched says that the person has pressed a key here. Until then the marker rests on the first
	// row, whichever source answers first; afterwards it stays on its object.
	touched bool
}

// listFeed is the feed of one source with what was last taken from it.
type listFeed[T any] struct {
	source backends.Source
	// shown are the names of the rows in sight, for the next fetch of a survey.
	shown atomic.Pointer[[]string]
	feed  *backends.Feed[backends.Page[T]]
	last  backends.Snapshot[backends.Page[T]]
	state backends.State
}

// NewList returns a list pane.
func NewList[T any](d *Deps, spec ListSpec[T]) *List[T] {
	l := &List[T]{deps: d, spec: spec, filter: NewFilter(), now: d.Now()}
	for _, src := range d.Sources {
		if role := spec.Role(src); role != nil {
			f := &listFeed[T]{source: src}
			f.feed = l.newFeed(f, role)
			l.feeds = append(l.feeds, f)
		}
	}
	l.table = ui.NewTable(l.key, l.columns()...)
	l.table.SortBy(spec.Sort, spec.Desc)
	return l
}

func (l *List[T]) newFeed(f *listFeed[T], list Lister[T]) *backends.Feed[backends.Page[T]] {
	return backends.NewFeed(f.source.Pace(), Refreshing(l.deps, strings.ToLower(l.spec.Name), func(ctx context.Context) (backends.Page[T], error) {
		q := backends.Query{Limit: listLimit, Match: l.filter.Pushed(), Survey: l.spec.Survey}
		if shown := f.shown.Load(); shown != nil {
			q.Shown = *shown
		}
		return list(ctx, q)
	}))
}

// rowsCalled is the plural of what a row is.
func (l *List[T]) rowsCalled() string { return strings.ToLower(cmp.Or(l.spec.Rows, l.spec.Name)) }

func (l *List[T]) key(it Item[T]) string {
	return it.Source.Identity().Address + "\x00" + it.Source.Identity().Namespace + "\x00" + l.spec.Key(it.Value)
}

// columns are the pane's own with stale rows dimmed, and the source's where there are several.
func (l *List[T]) columns() []ui.Column[Item[T]] {
	cols := make([]ui.Column[Item[T]], 0, len(l.spec.Columns)+1)
	for _, c := range l.spec.Columns {
		cell, cellIn := c.Cell, c.CellIn
		if cellIn == nil {
			cellIn = func(it Item[T], _ int) string { return cell(it) }
		}
		c.CellIn = func(it Item[T], w int) string {
			if it.Stale {
				return l.deps.Theme.Dim.Paint(cellIn(it, w))
			}
			return cellIn(it, w)
		}
		cols = append(cols, c)
	}
	if l.deps.Several() {
		cols = append(cols, ui.Column[Item[T]]{
			Title: "SOURCE", Width: 10, Hide: 9,
			Cell: func(it Item[T]) string { return l.deps.Theme.Dim.Paint(l.deps.ShortName(it.Source)) },
			Less: func(a, b Item[T]) bool { return l.deps.ShortName(a.Source) < l.deps.ShortName(b.Source) },
		})
	}
	return cols
}

// Title implements Screen.
func (l *List[T]) Title() string { return l.spec.Name }

// Close implements Screen.
func (l *List[T]) Close() {
	for _, f := range l.feeds {
		f.feed.Close()
	}
}

// Sync implements Screen.
func (l *List[T]) Sync(now time.Time) bool {
	l.now = now
	if !l.frozen.IsZero() {
		return false
	}
	changed := false
	for _, f := range l.feeds {
		snap, state := f.feed.Look(), f.source.Status().State
		if snap.Revision != f.last.Revision && snap.Value.Soon && snap.Err == nil {
			f.feed.Refresh()
		}
		changed = changed || snap.Revision != f.last.Revision || state != f.state
		f.last, f.state = snap, state
	}
	l.noteShown()
	if changed {
		l.reload()
	}
	return changed
}

// noteShown tells the feeds of a survey which rows are in sight.
func (l *List[T]) noteShown() {
	if !l.spec.Survey {
		return
	}
	names := map[backends.Source][]string{}
	for _, it := range l.table.InSight() {
		names[it.Source] = append(names[it.Source], l.spec.Key(it.Value))
	}
	for _, f := range l.feeds {
		shown := append([]string{}, names[f.source]...)
		f.shown.Store(&shown)
	}
}

// reload fills the table from what the feeds gave last.
func (l *List[T]) reload() {
	var rows []Item[T]
	for _, f := range l.feeds {
		stale := f.state != backends.Live
		for _, v := range f.last.Value.Items {
			rows = append(rows, Item[T]{Source: f.source, At: f.last.At, Value: v, Stale: stale})
		}
	}
	if l.spec.Arrived != nil {
		l.spec.Arrived(rows)
	}
	l.table.SetRows(rows)
	if !l.touched {
		l.table.Home()
	}
}

// Selected returns the row under the marker.
func (l *List[T]) Selected() (Item[T], bool) { return l.table.Selected() }

// Refresh asks all sources now.
func (l *List[T]) Refresh() {
	for _, f := range l.feeds {
		f.feed.Refresh()
	}
}

// Capturing implements Screen.
func (l *List[T]) Capturing() bool { return l.filter.Editing() }

// Type implements Screen.
func (l *List[T]) Type(key tea.KeyMsg) tea.Cmd {
	l.touched = true
	if l.filter.Type(key) {
		l.applyFilter()
	}
	return nil
}

func (l *List[T]) applyFilter() {
	if l.filter.Empty() {
		l.table.SetFilter(nil)
	} else {
		l.table.SetFilter(func(it Item[T]) bool { return l.filter.Match(l.spec.Text(it.Value)) })
	}
	// A source that holds more rows than were fetched has to filter by itself.
	if l.filter.Push(l.partial() || l.filter.Pushed() != "") {
		l.Refresh()
	}
}

// partial reports whether a source has more objects than were fetched.
func (l *List[T]) partial() bool {
	for _, f := range l.feeds {
		if int64(len(f.last.Value.Items)) < f.last.Value.Total.Value {
			return true
		}
	}
	return false
}

func (l *List[T]) toggleFreeze() {
	if l.frozen.IsZero() {
		l.frozen = l.now
	} else {
		l.frozen = time.Time{}
	}
}

func (l *List[T]) open() tea.Cmd {
	if it, ok := l.table.Selected(); ok {
		return l.spec.Open(it)
	}
	return nil
}

// copyName puts the exact name of the selected object on the clipboard, made safe.
func (l *List[T]) copyName() {
	if it, ok := l.table.Selected(); ok {
		name := l.spec.Key
		if l.spec.Called != nil {
			name = l.spec.Called
		}
		l.deps.Nav.Copy(ui.CleanPlain(name(it.Value)))
	}
}
