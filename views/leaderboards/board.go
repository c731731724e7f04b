package leaderboards

import (
	"context"
	"slices"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
)

const (
	// boardRows is the size of a page, beside how many neighbours of the pinned member are shown on
	// either side of it.
	boardRows = 100
	beside    = 5
)

// seen is one look at the board with what it saw.
type seen struct {
	look backends.BoardLook
	// turn is the number of the page that was asked for.
	turn uint64
	view backends.BoardView
}

// wanted is what the feed is to look at; the event loop changes it.
type wanted struct {
	mu   sync.Mutex
	look backends.BoardLook
	turn uint64
}

// pick says which row is to be selected when a page arrives.
type pick struct {
	last   bool
	member *string
}

// board shows one leaderboard page by page, kept live, with the movement of its members.
type board struct {
	deps   *views.Deps
	item   item
	reader backends.BoardReader
	want   wanted
	feed   *backends.Feed[seen]
	last   backends.Snapshot[seen]
	view   backends.BoardView
	look   backends.BoardLook
	table  *ui.Table[row]
	around *ui.Table[row]
	filter *views.Filter
	moves  movement
	pick   *pick
	search search
	spread spread
	pinned *string
	frozen time.Time
	now    time.Time
}

func newBoard(d *views.Deps, it item) *board {
	b := &board{deps: d, item: it, filter: views.NewFilter(), now: d.Now()}
	role := it.Source.Roles().Leaderboards
	if reader, ok := role.(backends.BoardReader); ok {
		b.reader = reader
	} else {
		b.reader = plain{role, it.Value.Size}
	}
	b.want.look = backends.BoardLook{Rank: 1, N: boardRows, Beside: beside}
	b.look = b.want.look
	b.feed = backends.NewFeed(it.Source.Pace(), b.fetch)
	key := func(r row) string { return r.Member }
	b.table = ui.NewTable(key, b.columns()...)
	b.around = ui.NewTable(key, b.neighbourColumns()...)
	return b
}

// fetch looks at what is wanted now. It runs beside the event loop.
func (b *board) fetch(ctx context.Context) (seen, error) {
	ctx, span := spans.Root(ctx, b.deps.Tracer, "refresh leaderboard", spans.TriggerPoll)
	defer span.End()
	b.want.mu.Lock()
	s := seen{look: b.want.look, turn: b.want.turn}
	b.want.mu.Unlock()
	var err error
	s.view, err = b.reader.ReadBoard(ctx, b.item.Value.Name, s.look)
	return s, err
}

// ask changes what is looked at, and looks at once. Another page is another turn: what is under way
// for the one before is not shown any more.
func (b *board) ask(turn bool, change func(*backends.BoardLook)) {
	b.want.mu.Lock()
	change(&b.want.look)
	if turn {
		b.want.turn++
	}
	b.want.mu.Unlock()
	b.feed.Refresh()
}

// Title implements views.Screen.
func (b *board) Title() string { return "leaderboard " + ui.Clean(b.item.Value.Name) }

// Sync implements views.Screen.
func (b *board) Sync(now time.Time) bool {
	changed := b.now.Unix() != now.Unix()
	b.now = now
	if !b.frozen.IsZero() {
		return changed
	}
	snap := b.feed.Look()
	if snap.Revision == b.last.Revision {
		return changed
	}
	b.last = snap
	if snap.Err == nil {
		b.take(snap.Value)
	}
	return true
}

// take shows what a look saw, unless another page was asked for since.
func (b *board) take(s seen) {
	b.want.mu.Lock()
	turn := b.want.turn
	b.want.mu.Unlock()
	if s.turn != turn {
		return
	}
	page, around, missing := b.moves.note(s.look, s.view)
	b.view, b.look = s.view, s.look
	b.around.SetRows(around)
	if b.pinned != nil {
		b.around.Select(*b.pinned)
	}
	if !b.search.on {
		b.table.SetRows(page)
		b.choose()
	}
	if len(missing) > 0 {
		b.ask(false, func(l *backends.BoardLook) { l.Members = missing })
	} else if len(s.look.Members) > 0 {
		b.want.mu.Lock()
		b.want.look.Members = nil // once is enough
		b.want.mu.Unlock()
	}
}

// choose selects the row for whose sake the page was asked for.
func (b *board) choose() {
	p := b.pick
	b.pick = nil
	switch {
	case p == nil:
	case p.member != nil:
		b.table.Select(*p.member)
	case p.last:
		b.table.End()
	default:
		b.table.Home()
	}
}

// goTo asks for the page that begins at a rank.
func (b *board) goTo(rank int64, p pick) {
	b.search.end(b)
	b.pick = &p
	b.ask(true, func(l *backends.BoardLook) { l.Rank = max(rank, 1) })
}

// goToMember asks for the page around a member's rank.
func (b *board) goToMember(p backends.Place) {
	b.dropFilter()
	b.goTo(p.Rank-boardRows/2, pick{member: &p.Member})
}

// lastPage is the rank at which the last full page begins.
func (b *board) lastPage() int64 { return max(b.view.Size.Value-boardRows+1, 1) }

// more reports whether there are places after the page.
func (b *board) more() bool { return b.look.Rank+int64(len(b.view.Page)) <= b.view.Size.Value }

// move goes on to the next page at the end of this one, and back to the one before at its beginning.
func (b *board) move(delta int) { b.step(delta, func() { b.table.Move(delta) }) }

func (b *board) page(pages int) { b.step(pages, func() { b.table.Page(pages) }) }

func (b *board) step(delta int, within func()) {
	shown, _ := b.table.Len()
	at := b.table.Index()
	switch {
	case b.search.on || !b.filter.Empty() || b.pick != nil:
		within()
	case delta > 0 && at == shown-1 && b.more():
		b.goTo(b.look.Rank+int64(len(b.view.Page)), pick{})
	case delta < 0 && at <= 0 && b.look.Rank > 1:
		b.goTo(b.look.Rank-boardRows, pick{last: true})
	default:
		within()
	}
}

func (b *board) home() {
	if b.search.on || b.look.Rank == 1 {
		b.table.Home()
		return
	}
	b.goTo(1, pick{})
}

func (b *board) end() {
	if b.search.on || !b.more() {
		b.table.End()
		return
	}
	b.goTo(b.lastPage(), pick{last: true})
}

// turnRound shows the board from its other end.
func (b *board) turnRound() {
	b.search.end(b)
	b.pick = &pick{}
	b.ask(true, func(l *backends.BoardLook) { l.Ascending, l.Rank, l.Members = !l.Ascending, 1, nil })
}

// pin keeps the neighbours of the selected member in sight, or lets go of them.
func (b *board) pin() {
	r, ok := b.table.Selected()
	if !ok {
		return
	}
	if b.pinned != nil && *b.pinned == r.Member {
		b.pinned = nil
		b.around.SetRows(nil)
	} else {
		b.pinned = &r.Member
	}
	pinned := b.pinned
	b.ask(false, func(l *backends.BoardLook) { l.Pin = pinned })
}

// pinnedPlace is where the pinned member stands, for the distance of the others to it.
func (b *board) pinnedPlace() (backends.Place, bool) {
	if b.pinned == nil {
		return backends.Place{}, false
	}
	rows := b.around.Rows()
	i := slices.IndexFunc(rows, func(r row) bool { return r.Member == *b.pinned })
	if i < 0 {
		return backends.Place{}, false
	}
	return rows[i].Place, true
}

func (b *board) freeze() {
	if b.frozen.IsZero() {
		b.frozen = b.now
	} else {
		b.frozen = time.Time{}
	}
}

// Close implements views.Screen.
func (b *board) Close() { b.feed.Close() }

var _ views.Screen = (*board)(nil)

// plain offers what a source without a BoardReader knows: places.
type plain struct {
	backends.Leaderboards
	size backends.Count
}

// ReadBoard implements backends.BoardReader.
func (p plain) ReadBoard(ctx context.Context, name string, look backends.BoardLook) (backends.BoardView, error) {
	view := backends.BoardView{Size: p.size}
	if look.Ascending {
		return view, p.cannot(name, "read from its lowest score")
	}
	places, err := p.ReadLeaderboard(ctx, name, look.Rank, look.N)
	for _, place := range places {
		view.Page = append(view.Page, backends.Standing{Place: place})
	}
	return view, err
}

// SearchBoard implements backends.BoardReader.
func (p plain) SearchBoard(_ context.Context, name string, _ backends.BoardQuery) (backends.BoardMatches, error) {
	return backends.BoardMatches{}, p.cannot(name, "searched")
}

// MeasureBoard implements backends.BoardReader.
func (p plain) MeasureBoard(_ context.Context, name string) (backends.Spread, error) {
	return backends.Spread{}, p.cannot(name, "measured")
}

func (p plain) cannot(name, what string) error {
	return &backends.Error{Reason: backends.Unsupported, Object: name, What: "a leaderboard of this source cannot be " + what}
}
