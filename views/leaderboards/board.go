package leaderboards

import (
	"context"
	"fmt"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// boardRows is how many places are watched.
const boardRows = 100

// row is a place with what happened to it.
type row struct {
	backends.Place
	// before is the place ahead of the last change, first when the screen was opened; nil when the
	// member was not among the watched places then.
	before, first *backends.Place
}

// board shows the places of one leaderboard, kept live, with their movement.
type board struct {
	deps   *views.Deps
	item   item
	feed   *backends.Feed[[]backends.Place]
	last   backends.Snapshot[[]backends.Place]
	table  *ui.Table[row]
	filter *views.Filter
	moves  movement
	frozen time.Time
	now    time.Time
}

func newBoard(d *views.Deps, it item) *board {
	b := &board{deps: d, item: it, filter: views.NewFilter(), now: d.Now()}
	b.feed = backends.NewFeed(it.Source.Pace(), func(ctx context.Context) ([]backends.Place, error) {
		return it.Source.Roles().Leaderboards.ReadLeaderboard(ctx, it.Value.Name, 1, boardRows)
	})
	b.table = ui.NewTable(func(r row) string { return r.Member }, b.columns()...)
	return b
}

// movement remembers where members stood before.
type movement struct {
	first, before, now map[string]backends.Place
}

// note takes in new places. Before moves on only when the order or a score changed, so that a
// movement stays on screen until the next one.
func (m *movement) note(places []backends.Place) []row {
	now := make(map[string]backends.Place, len(places))
	for _, p := range places {
		now[p.Member] = p
	}
	if m.first == nil {
		m.first, m.now = now, now
		m.before = now
	}
	if !same(m.now, now) {
		m.before, m.now = m.now, now
	}
	rows := make([]row, 0, len(places))
	for _, p := range places {
		rows = append(rows, row{Place: p, before: find(m.before, p.Member), first: find(m.first, p.Member)})
	}
	return rows
}

func same(a, b map[string]backends.Place) bool {
	if len(a) != len(b) {
		return false
	}
	for member, p := range a {
		if b[member] != p {
			return false
		}
	}
	return true
}

func find(places map[string]backends.Place, member string) *backends.Place {
	if p, ok := places[member]; ok {
		return &p
	}
	return nil
}

func (b *board) columns() []ui.Column[row] {
	t := b.deps.Theme
	return []ui.Column[row]{
		{
			Title: "RANK", Width: 6, Right: true,
			Cell: func(r row) string { return strconv.FormatInt(r.Rank, 10) },
			Less: func(a, b row) bool { return a.Rank < b.Rank },
		},
		{Title: "MOVED", Width: 6, Cell: func(r row) string { return moved(t, r.Rank, r.before) }},
		{
			Title: "MEMBER", Width: 16, Flex: 1, Most: 64,
			Cell: func(r row) string { return ui.Clean(r.Member) },
			Less: func(a, b row) bool { return a.Member < b.Member },
		},
		{
			Title: "SCORE", Width: 14, Right: true,
			Cell: func(r row) string { return score(r.Score) },
			Less: func(a, b row) bool { return a.Score < b.Score },
		},
		{Title: "GAINED", Width: 12, Right: true, Hide: 2, Cell: func(r row) string { return gained(t, r.Score, r.before) }},
		{Title: "SINCE OPENED", Width: 14, Right: true, Hide: 3, Cell: func(r row) string {
			return moved(t, r.Rank, r.first) + " " + gained(t, r.Score, r.first)
		}},
	}
}

// moved says how many ranks a member rose or fell; "new" when it was not in sight before.
func moved(t *ui.Theme, rank int64, before *backends.Place) string {
	switch {
	case before == nil:
		return t.Accent.Paint("new")
	case before.Rank > rank:
		return t.Good.Paint(fmt.Sprintf("▲%d", before.Rank-rank))
	case before.Rank < rank:
		return t.Bad.Paint(fmt.Sprintf("▼%d", rank-before.Rank))
	}
	return t.Dim.Paint("·")
}

func gained(t *ui.Theme, now float64, before *backends.Place) string {
	if before == nil || before.Score == now {
		return ""
	}
	if delta := now - before.Score; delta > 0 {
		return t.Good.Paint("+" + score(delta))
	}
	return t.Bad.Paint(score(now - before.Score))
}

// Title implements views.Screen.
func (b *board) Title() string { return "leaderboard " + ui.Clean(b.item.Value.Name) }

// Sync implements views.Screen.
func (b *board) Sync(now time.Time) bool {
	b.now = now
	if !b.frozen.IsZero() {
		return false
	}
	snap := b.feed.Look()
	if snap.Revision == b.last.Revision {
		return false
	}
	b.last = snap
	if snap.Err == nil {
		b.table.SetRows(b.moves.note(snap.Value))
	}
	return true
}

// Render implements views.Screen.
func (b *board) Render(w, h int) []string {
	t := b.deps.Theme
	facts := " " + t.Bold.Paint(views.Things(b.item.Value.Size, "member", "members")) + t.Dim.Paint(" · "+views.Ago(b.last.At, b.now)+" old")
	switch {
	case b.filter.Editing():
		facts = " " + b.filter.Render(t, w-1)
	case !b.frozen.IsZero():
		facts += t.Warn.Paint(" · FROZEN " + views.Ago(b.frozen, b.now))
	case b.last.Err != nil:
		facts += t.Bad.Paint(" · " + views.ShortError(b.last.Err))
	}
	return append([]string{ui.Fit(facts, w)}, b.table.Render(t, w, max(h-1, 0), true)...)[:h]
}

// Bindings implements views.Screen.
func (b *board) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"/"}, Help: "find a member (! inverts)", Hint: "find", Category: "Here", Do: views.Do(b.filter.Begin)},
		{Keys: []string{" "}, Help: "freeze", Category: "Here", Do: views.Do(b.freeze)},
		{Keys: []string{"s"}, Help: "sort by next column", Hint: "sort", Category: "Here", Do: views.Do(b.table.NextSort)},
		{Keys: []string{"S"}, Help: "reverse order", Category: "Here", Do: views.Do(b.table.ReverseSort)},
		{Keys: []string{"y"}, Help: "copy the member", Category: "Here", Do: views.Do(b.copyMember)},
	}
	if !b.filter.Empty() {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "drop the filter", Category: "Here", Do: views.Do(b.dropFilter)})
	}
	return append(bs, views.Moves(b.table.Move, b.table.Page, b.table.Home, b.table.End)...)
}

func (b *board) freeze() {
	if b.frozen.IsZero() {
		b.frozen = b.now
	} else {
		b.frozen = time.Time{}
	}
}

func (b *board) copyMember() {
	if r, ok := b.table.Selected(); ok {
		b.deps.Nav.Copy(ui.CleanPlain(r.Member))
	}
}

// Capturing implements views.Screen.
func (b *board) Capturing() bool { return b.filter.Editing() }

// Type implements views.Screen.
func (b *board) Type(key tea.KeyMsg) tea.Cmd {
	if b.filter.Type(key) {
		b.refilter()
	}
	return nil
}

func (b *board) dropFilter() {
	b.filter.Clear()
	b.refilter()
}

func (b *board) refilter() {
	if b.filter.Empty() {
		b.table.SetFilter(nil)
		return
	}
	b.table.SetFilter(func(r row) bool { return b.filter.Match(r.Member) })
}

// Close implements views.Screen.
func (b *board) Close() { b.feed.Close() }

var _ views.Screen = (*board)(nil)
