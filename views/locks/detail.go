package locks

import (
	"context"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

const (
	// namesakes bounds the listing in which the lock is found again: names that contain its own.
	namesakes = 500
	// wide is from how many cells on the history stands beside the facts.
	wide = 150
)

// detail shows everything known of one lock, kept live.
type detail struct {
	deps    *views.Deps
	item    item
	watches *watches
	// feeds read the lock: the first its own source, the others those of the same name elsewhere.
	feeds  []*lockFeed
	gone   time.Time // when the lock was first missing, zero while it is held
	now    time.Time
	offset int // lines scrolled away
	room   int // lines of the last drawing that did not fit

	// Close may be called while a look that was asked for begins.
	mu     sync.Mutex
	tries  *contention
	closed bool
}

// lockFeed reads one lock of one source.
type lockFeed struct {
	source backends.Source
	feed   *backends.Feed[backends.Lock]
	last   backends.Snapshot[backends.Lock]
}

func newDetail(d *views.Deps, it item, w *watches, others []backends.Source) *detail {
	l := &detail{deps: d, item: it, watches: w, now: d.Now()}
	for _, s := range append([]backends.Source{it.Source}, others...) {
		read := readerOf(s.Roles().Locks, it.Value.Name)
		l.feeds = append(l.feeds, &lockFeed{source: s, feed: backends.NewFeed(s.Pace(), views.Refreshing(d, "lock", read))})
	}
	return l
}

// readerOf reads a lock by itself where the source can, else out of a listing.
func readerOf(role backends.Locks, name string) func(context.Context) (backends.Lock, error) {
	if reader, ok := role.(backends.LockReader); ok {
		return func(ctx context.Context) (backends.Lock, error) { return reader.ReadLock(ctx, name) }
	}
	return func(ctx context.Context) (backends.Lock, error) {
		page, err := role.ListLocks(ctx, backends.Query{Match: name, Limit: namesakes})
		if err != nil {
			return backends.Lock{}, err
		}
		for _, v := range page.Items {
			if v.Name == name {
				return v, nil
			}
		}
		return backends.Lock{}, &backends.Error{Reason: backends.NotFound, Object: name, What: "not held"}
	}
}

// Title implements views.Screen.
func (l *detail) Title() string { return "lock " + ui.Clean(l.item.Value.Name) }

// Sync implements views.Screen: what is left of the lock drains when nothing new has come, too.
func (l *detail) Sync(now time.Time) bool {
	changed := now.Unix() != l.now.Unix()
	l.now = now
	l.watches.show([]item{l.item}, nil)
	if c := l.contention(); c != nil && c.pull() {
		changed = true
	}
	for i, f := range l.feeds {
		snap := f.feed.Look()
		if snap.Revision == f.last.Revision {
			continue
		}
		f.last, changed = snap, true
		if i == 0 {
			l.take(snap)
		}
	}
	return changed
}

// take takes in what the lock's own source said.
func (l *detail) take(snap backends.Snapshot[backends.Lock]) {
	switch {
	case snap.Err == nil:
		l.item.Value, l.item.At, l.gone = snap.Value, snap.At, time.Time{}
	case backends.ReasonOf(snap.Err) == backends.NotFound && l.gone.IsZero():
		l.gone = l.now
	}
}

// fault is why the lock cannot be read; that nobody holds it is none.
func (l *detail) fault() error {
	if err := l.feeds[0].last.Err; err != nil && backends.ReasonOf(err) != backends.NotFound {
		return err
	}
	return nil
}

// quorum compares the lock with those of its name on other servers, as far as they have answered.
func (l *detail) quorum() (backends.LockQuorum, bool) {
	if len(l.feeds) < 2 {
		return backends.LockQuorum{}, false
	}
	var sights []backends.LockSight
	for _, f := range l.feeds {
		held := f.last.Err == nil && f.last.Revision > 0
		if held || backends.ReasonOf(f.last.Err) == backends.NotFound {
			sights = append(sights, backends.LockSight{
				Server: backends.ServerOf(f.source.Identity()), At: f.last.At, Lock: f.last.Value, Held: held,
			})
		}
	}
	return backends.QuorumOf(sights), len(sights) > 1
}

// Render implements views.Screen.
func (l *detail) Render(w, h int) []string {
	left := l.facts()
	if c := l.contention(); c != nil {
		left = append(left, c.lines(l.deps.Theme, l.now)...)
	}
	if err := l.fault(); err != nil {
		left = append(left, views.ErrorLines(l.deps.Theme, err, w)...)
	}
	left = append(left, l.lists()...)
	lines := left
	if w >= wide {
		half := w / 2
		right := l.past(w - half - 2)
		n := max(len(left), len(right))
		lines = ui.Zip(ui.Pad(left, half, n), ui.Pad(right, w-half-2, n), 2)
	} else {
		lines = append(lines, l.past(w)...)
	}
	l.room = max(len(lines)-h, 0)
	l.offset = min(l.offset, l.room)
	return ui.Pad(lines[l.offset:], w, h)
}

// expiry says when the lock ends, counted on by the clock from when it was read.
func (l *detail) expiry() string {
	t, v := l.deps.Theme, l.item.Value
	switch left := v.TTL.Value - l.now.Sub(l.item.At); {
	case !l.gone.IsZero():
		return t.Bad.Paint("not held any more since " + l.gone.Local().Format("15:04:05"))
	case v.NoExpiry && v.Permits.Known():
		return "never, as permits are counted"
	case v.NoExpiry:
		return t.Bad.Paint("never: whoever holds it has to release it")
	case !v.TTL.Known():
		return views.Span(v.TTL)
	case left <= 0:
		return t.Warn.Paint("now, unless it has been renewed")
	default:
		return "in " + ui.Age(left)
	}
}

// Bindings implements views.Screen.
func (l *detail) Bindings() []ui.Binding {
	scroll := func(n int) { l.offset = min(max(l.offset+n, 0), l.room) }
	own := []ui.Binding{
		{
			Keys: []string{"c"}, Help: "who tries to take it", Category: "Lock",
			Disabled: l.mayContend, Do: l.contend,
		},
		{
			Keys: []string{"y"}, Help: "copy the holder", Category: "Lock",
			Do: views.Do(func() { l.deps.Nav.Copy(ui.CleanPlain(l.item.Value.Holder)) }),
		},
	}
	if b, ok := views.NotThis(l.deps.Nav, ruleOf(l.item), "Lock", l.deps.Nav.Back); ok {
		own = append(own, b)
	}
	return append(own, views.Moves(scroll, func(n int) { scroll(10 * n) }, func() { l.offset = 0 }, func() { l.offset = l.room })...)
}

// Capturing implements views.Screen.
func (l *detail) Capturing() bool { return false }

// Type implements views.Screen.
func (l *detail) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (l *detail) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	for _, f := range l.feeds {
		f.feed.Close()
	}
	if c := l.contention(); c != nil {
		c.tail.Close()
	}
}

var (
	_ views.Screen = (*detail)(nil)
	_ views.Screen = (*Pane)(nil)
)
