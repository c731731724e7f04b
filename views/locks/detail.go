package locks

import (
	"context"
	"strconv"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// namesakes bounds the listing in which the lock is found again: names that contain its own.
const namesakes = 500

type page = backends.Page[backends.Lock]

// detail shows everything known of one lock, kept live.
type detail struct {
	deps *views.Deps
	item item
	feed *backends.Feed[page]
	last backends.Snapshot[page]
	gone time.Time // when the lock was first missing, zero while it is held
	now  time.Time
}

func newDetail(d *views.Deps, it item) *detail {
	list, name := it.Source.Roles().Locks.ListLocks, it.Value.Name
	return &detail{deps: d, item: it, now: d.Now(), feed: backends.NewFeed(it.Source.Pace(), func(ctx context.Context) (page, error) {
		return list(ctx, backends.Query{Match: name, Limit: namesakes})
	})}
}

// Title implements views.Screen.
func (l *detail) Title() string { return "lock " + ui.Clean(l.item.Value.Name) }

// Sync implements views.Screen: what is left of the lock drains when nothing new has come, too.
func (l *detail) Sync(now time.Time) bool {
	changed := now.Unix() != l.now.Unix()
	l.now = now
	snap := l.feed.Look()
	if snap.Revision == l.last.Revision {
		return changed
	}
	l.last = snap
	if snap.Err == nil {
		l.find(snap)
	}
	return true
}

// find takes the lock out of a listing, or notes that it is not held any more.
func (l *detail) find(snap backends.Snapshot[page]) {
	for _, v := range snap.Value.Items {
		if v.Name == l.item.Value.Name {
			l.item.Value, l.item.At, l.gone = v, snap.At, time.Time{}
			return
		}
	}
	if l.gone.IsZero() && len(snap.Value.Items) < namesakes {
		l.gone = snap.At
	}
}

// Render implements views.Screen.
func (l *detail) Render(w, h int) []string {
	t, v := l.deps.Theme, l.item.Value
	lines := []string{""}
	add := func(name, value string) {
		lines = append(lines, " "+ui.FitLeft(t.Dim.Paint(name), 16)+"  "+value)
	}
	add("holder", ui.Clean(v.Holder))
	add("expires", l.expiry())
	add("read", views.Ago(l.item.At, l.now)+" ago")
	add("recognised as", library(v)+t.Dim.Paint(" confidence "+strconv.FormatFloat(v.Confidence, 'f', 2, 64)))
	if v.Mode != "" {
		add("mode", ui.Clean(v.Mode))
	}
	entered := views.Count(v.Reentrancy)
	if v.Reentrancy.Known() {
		entered = views.Things(v.Reentrancy, "time", "times")
	}
	add("entered", entered)
	add("fencing token", views.Count(v.FencingToken))
	add("waiters", views.Count(v.Waiters))
	add("source", views.SourceName(l.item.Source))
	if l.last.Err != nil {
		lines = append(lines, views.ErrorLines(t, l.last.Err, w)...)
	}
	return ui.Pad(lines, w, h)
}

// expiry says when the lock ends, counted on by the clock from when it was read.
func (l *detail) expiry() string {
	t, v := l.deps.Theme, l.item.Value
	switch left := v.TTL.Value - l.now.Sub(l.item.At); {
	case !l.gone.IsZero():
		return t.Bad.Paint("not held any more since " + l.gone.Local().Format("15:04:05"))
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
	return []ui.Binding{{
		Keys: []string{"y"}, Help: "copy the holder", Category: "Lock",
		Do: views.Do(func() { l.deps.Nav.Copy(ui.CleanPlain(l.item.Value.Holder)) }),
	}}
}

// Capturing implements views.Screen.
func (l *detail) Capturing() bool { return false }

// Type implements views.Screen.
func (l *detail) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (l *detail) Close() { l.feed.Close() }

var (
	_ views.Screen = (*detail)(nil)
	_ views.Screen = (*Pane)(nil)
)
