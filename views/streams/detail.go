package streams

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui"
	"bustop/views"
	"bustop/views/messages"
)

const (
	// historyCount is how many of the newest entries are read before following, pageCount how many are
	// read at once elsewhere in the stream.
	historyCount = 100
	pageCount    = 200
)

// detail shows one stream: its groups, kept live, and its entries as they come, or a part of it that
// was jumped to.
type detail struct {
	*messages.Screen
	deps    *views.Deps
	item    item
	feed    *backends.Feed[backends.Stream]
	last    backends.Snapshot[backends.Stream]
	now     time.Time
	failure error
	opening bool
	stop    context.CancelFunc
	// turn tells what was asked for last; an answer to something older is dropped.
	turn uint64
	// browsing says that a part of the stream is shown and not its end.
	browsing bool
}

func newDetail(d *views.Deps, it item) *detail {
	role, name := it.Source.Roles().Streams, it.Value.Name
	s := &detail{deps: d, item: it, stop: func() {}, now: d.Now()}
	s.Screen = messages.New(d, s.options(nil, nil))
	s.feed = backends.NewFeed(it.Source.Pace(), views.Refreshing(d, "stream", func(ctx context.Context) (backends.Stream, error) {
		return role.DescribeStream(ctx, name)
	}))
	return s
}

func (s *detail) options(tail *backends.Tail, history []backends.Message) messages.Options {
	return messages.Options{
		Title: "stream " + ui.Clean(s.item.Value.Name), Source: s.item.Source.Identity().Name,
		Tail: tail, History: history, Fields: true,
	}
}

// opened is a tail together with what was in the stream before it.
type opened struct {
	tail    *backends.Tail
	history []backends.Message
}

// Start follows the stream, then reads what was there before. In this order nothing is missed;
// the screen drops what it sees twice.
func (s *detail) Start() tea.Cmd {
	role, name := s.item.Source.Roles().Streams, s.item.Value.Name
	ctx, stop := context.WithCancel(context.Background())
	s.stop()
	s.stop, s.opening, s.browsing = stop, true, false
	s.turn++
	turn := s.turn
	return views.Work(s.deps, "open stream "+ui.CleanPlain(name),
		func(deadline context.Context) (opened, error) {
			tail, err := role.TailStream(spans.Under(ctx, deadline), name)
			if err != nil {
				return opened{}, err
			}
			history, err := role.ReadStream(deadline, name, "last", historyCount)
			return opened{tail, history}, err
		},
		func(o opened, err error) {
			if s.turn != turn {
				if o.tail != nil {
					go o.tail.Close()
				}
				return
			}
			s.failure, s.opening = err, false
			if o.tail != nil {
				s.Restart(s.options(o.tail, o.history))
			}
		})
}

// Sync implements views.Screen.
func (s *detail) Sync(now time.Time) bool {
	changed := s.Screen.Sync(now) || now.Unix() != s.now.Unix()
	s.now = now
	snap := s.feed.Look()
	if snap.Revision != s.last.Revision {
		s.last, changed = snap, true
		if !snap.At.IsZero() {
			s.item.Value, s.item.At = snap.Value, snap.At
		}
		if snap.Err == nil && !s.opening && !s.browsing && backends.ReasonOf(s.failure) == backends.Unreachable {
			s.deps.Nav.Run(s.Start()) // the server is back
		}
	}
	return changed
}

// Close implements views.Screen.
func (s *detail) Close() {
	s.stop()
	s.feed.Close()
	s.Screen.Close()
}

// Render implements views.Screen.
func (s *detail) Render(w, h int) []string {
	lines := append(s.facts(w), s.groups(w, max(h/3, 2))...)
	return append(lines, s.Screen.Render(w, h-len(lines))...)[:h]
}

func (s *detail) facts(w int) []string {
	t, v := s.deps.Theme, s.item.Value
	parts := []string{
		t.Bold.Paint(views.Things(v.Length, "entry", "entries")),
		views.Count(v.EntriesAdded) + " ever", "in " + views.Rate(v.InRate),
		t.Dim.Paint("from " + when(v.FirstTime, v.FirstID, s.now)), t.Dim.Paint("to " + when(v.LastTime, v.LastID, s.now)),
	}
	if !v.EndsAt.IsZero() {
		parts = append(parts, t.Warn.Paint("ends of "+views.Ago(v.EndsAt, s.now)+" ago")+t.Dim.Paint(", r reads them"))
	}
	if v.Library != "" {
		parts = append(parts, t.Dim.Paint("envelopes of "+ui.Clean(v.Library)))
	}
	lines := []string{ui.Fit(" "+strings.Join(parts, t.Dim.Paint(" · ")), w)}
	for _, err := range []error{s.failure, s.last.Err} {
		if err != nil {
			return append(lines, views.ErrorLines(t, err, w)...)
		}
	}
	return lines
}

// when writes the time of an entry, with its day unless that is today's; the id where it tells none.
func when(t time.Time, id string, now time.Time) string {
	t, now = t.Local(), now.Local()
	switch {
	case t.IsZero() && id == "":
		return views.Unknown
	case t.IsZero():
		return ui.Clean(id)
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format(time.TimeOnly)
	}
	return t.Format(time.DateTime)
}

// Bindings implements views.Screen.
func (s *detail) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"p"}, Help: "what is pending in a group", Hint: "pending", Category: "Stream", Do: s.openPending, Disabled: s.needsGroup},
		{Keys: []string{"@"}, Help: "jump to an id or a time", Hint: "jump", Category: "Stream", Do: s.promptJump},
		{Keys: []string{"["}, Help: "older entries", Hint: "older", Category: "Stream", Do: s.older, Disabled: s.needsPager},
		{Keys: []string{"]"}, Help: "newer entries", Hint: "newer", Category: "Stream", Do: s.newer, Disabled: s.needsBrowsing},
	}
	if b, ok := views.NotThis(s.deps.Nav, ruleOf(s.item), "Stream", s.deps.Nav.Back); ok {
		bs = append(bs, b)
	}
	own := s.Screen.Bindings()
	if s.browsing && !bound(own, "esc") {
		bs = append(bs, ui.Binding{Keys: []string{"esc"}, Help: "follow the end again", Hint: "follow", Category: "Stream", Do: s.Start})
	}
	again := ui.Binding{Keys: []string{"r"}, Help: "refresh now", Category: "Stream", Do: views.Do(s.feed.Refresh)}
	if s.failure != nil {
		again.Help, again.Do = "try again", s.Start
	}
	return append(append(bs, own...), again)
}

// bound reports whether a key has a binding.
func bound(bs []ui.Binding, key string) bool {
	for _, b := range bs {
		for _, k := range b.Keys {
			if k == key {
				return true
			}
		}
	}
	return false
}
