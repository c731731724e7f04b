package streams

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/messages"
)

// historyCount is how many of the newest entries are read before following.
const historyCount = 100

// detail shows one stream: its groups, kept live, and its entries as they come.
type detail struct {
	*messages.Screen
	deps    *views.Deps
	item    item
	feed    *backends.Feed[backends.Stream]
	last    backends.Snapshot[backends.Stream]
	failure error
	opening bool
	stop    context.CancelFunc
}

func newDetail(d *views.Deps, it item) *detail {
	role, name := it.Source.Roles().Streams, it.Value.Name
	s := &detail{deps: d, item: it, stop: func() {}}
	s.Screen = messages.New(d, messages.Options{Title: "stream " + ui.Clean(name), Source: it.Source.Identity().Name})
	s.feed = backends.NewFeed(it.Source.Pace(), func(ctx context.Context) (backends.Stream, error) {
		return role.DescribeStream(ctx, name)
	})
	return s
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
	s.stop, s.opening = stop, true
	return views.Work(s.deps, "open stream "+ui.CleanPlain(name),
		func(deadline context.Context) (opened, error) {
			tail, err := role.TailStream(ctx, name)
			if err != nil {
				return opened{}, err
			}
			history, err := role.ReadStream(deadline, name, "last", historyCount)
			return opened{tail, history}, err
		},
		func(o opened, err error) {
			s.failure, s.opening = err, false
			if o.tail != nil {
				s.Restart(messages.Options{
					Title: s.Title(), Source: s.item.Source.Identity().Name, Tail: o.tail, History: o.history,
				})
			}
		})
}

// Sync implements views.Screen.
func (s *detail) Sync(now time.Time) bool {
	changed := s.Screen.Sync(now)
	snap := s.feed.Look()
	if snap.Revision != s.last.Revision {
		s.last, changed = snap, true
		if !snap.At.IsZero() {
			s.item.Value, s.item.At = snap.Value, snap.At
		}
		if snap.Err == nil && !s.opening && backends.ReasonOf(s.failure) == backends.Unreachable {
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
	text := strings.Join([]string{
		t.Bold.Paint(views.Things(v.Length, "entry", "entries")),
		views.Count(v.EntriesAdded) + " ever", "in " + views.Rate(v.InRate),
		t.Dim.Paint("from " + ui.Clean(v.FirstID)), t.Dim.Paint("to " + ui.Clean(v.LastID)),
	}, t.Dim.Paint(" · "))
	lines := []string{ui.Fit(" "+text, w)}
	for _, err := range []error{s.failure, s.last.Err} {
		if err != nil {
			return append(lines, views.ErrorLines(t, err, w)...)
		}
	}
	return lines
}

// Bindings implements views.Screen.
func (s *detail) Bindings() []ui.Binding {
	bs := s.Screen.Bindings()
	if s.failure == nil {
		return bs
	}
	again := ui.Binding{Keys: []string{"r"}, Help: "try again", Category: "Stream", Do: s.Start}
	return append([]ui.Binding{again}, bs...)
}

// groups are at most limit lines: one for each group, its consumers behind it.
func (s *detail) groups(w, limit int) []string {
	t := s.deps.Theme
	if len(s.item.Value.Groups) == 0 {
		return []string{ui.Fit(t.Dim.Paint(" no consumer group"), w)}
	}
	lines := []string{t.Header.Line("  "+groupRow("GROUP", "LAG", "PENDING", "OLDEST", "CONSUMERS (PENDING, IDLE)"), w)}
	for _, g := range s.item.Value.Groups {
		if len(lines) == limit {
			return append(lines, ui.Fit(t.Dim.Paint("  …"), w))
		}
		var consumers []string
		for _, c := range g.Consumers {
			consumers = append(consumers, ui.Clean(c.Name)+t.Dim.Paint(" ("+views.Count(c.Pending)+", "+views.Span(c.Idle)+")"))
		}
		if g.Consumers == nil {
			consumers = []string{views.Count(g.ConsumerCount)}
		}
		row := groupRow(ui.Clean(g.Name), lagText(t, g.Lag), views.Count(g.Pending), views.Span(g.OldestPending), strings.Join(consumers, " "))
		lines = append(lines, ui.Fit("  "+row, w))
	}
	return lines
}

func groupRow(name, lag, pending, oldest, consumers string) string {
	return ui.Fit(name, 18) + " " + ui.FitLeft(lag, 8) + " " + ui.FitLeft(pending, 8) + " " + ui.FitLeft(oldest, 7) + "  " + consumers
}

var (
	_ views.Screen  = (*detail)(nil)
	_ views.Starter = (*detail)(nil)
)
