// Package topology shows the ways of messages from exchanges to consumers, as a tree and as a picture:
// where they flow, how fast, and where they are lost. It tells where a message would go without sending it.
package topology

import (
	"context"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// screen is the topology of one source: all of it, or what leads to and from one place.
type screen struct {
	deps   *views.Deps
	source backends.Source
	focus  backends.Target
	watch  views.Watch[backends.Topology]

	graph   graph
	tree    tree
	picture picture
	asTree  bool
	filter  *views.Filter
	frozen  time.Time // zero while live
	now     time.Time
	flaw    int // the one that was gone to last, counted from 1
	arrived bool
	sight   sight
}

// Router returns the part of a source that knows ways, nil when it knows none.
func Router(s backends.Source) backends.Router {
	router, _ := s.Roles().Channels.(backends.Router)
	return router
}

// New returns the topology of a source. The zero focus shows all.
func New(d *views.Deps, source backends.Source, focus backends.Target) views.Screen {
	if focus.Kind == backends.KindStream {
		focus.Kind = backends.KindQueue // a stream is a queue to exchanges
	}
	s := &screen{deps: d, source: source, focus: focus, filter: views.NewFilter(), now: d.Now()}
	s.picture.whole = map[string]bool{}
	if focus.Kind == backends.KindExchange {
		s.picture.whole[focus.Name] = true
	}
	router := Router(source)
	s.watch.Feed = backends.NewFeed(source.Pace(), views.Refreshing(d, "topology", func(ctx context.Context) (backends.Topology, error) {
		ways, err := router.ReadTopology(ctx, focus)
		if meter, ok := router.(backends.WayMeter); ok && err == nil {
			ways = meter.MeasureWays(ctx, ways, s.sight.get())
		}
		return ways, err
	}))
	s.arrange()
	return s
}

// Title implements views.Screen.
func (s *screen) Title() string {
	if s.focus.Name == "" {
		return "topology"
	}
	return "topology of " + ui.Clean(s.focus.String())
}

// Close implements views.Screen.
func (s *screen) Close() { s.watch.Close() }

// Sync implements views.Screen.
func (s *screen) Sync(now time.Time) bool {
	s.now = now
	if !s.frozen.IsZero() || !s.watch.Look() {
		return false
	}
	s.arrange()
	return true
}

// arrange draws what was read last.
func (s *screen) arrange() {
	match := func(string) bool { return true }
	if !s.filter.Empty() {
		match = s.filter.Match
	}
	s.graph = newGraph(s.watch.Last.Value, s.focus, match)
	s.tree.set(nodesOf(&s.graph, s.deps.Theme))
	s.picture.set(&s.graph, s.deps.Theme)
	if !s.arrived && len(s.graph.blocks) > 0 {
		s.arrived = true
		s.mark(s.focus)
	}
}

// selected is what the marker is on.
func (s *screen) selected() (backends.Target, bool) {
	if s.asTree {
		return s.tree.target()
	}
	return s.picture.target()
}

// Capturing implements views.Screen.
func (s *screen) Capturing() bool { return s.filter.Editing() }

// Type implements views.Screen.
func (s *screen) Type(key tea.KeyMsg) tea.Cmd {
	if s.filter.Type(key) {
		s.arrange()
	}
	return nil
}

// Render implements views.Screen: a line of facts, the drawing, and what is to say of the place marked.
func (s *screen) Render(w, h int) []string {
	t := s.deps.Theme
	lines := []string{ui.Fit(" "+s.facts(), w)}
	if s.watch.Last.At.IsZero() {
		return ui.Pad(append(lines, s.before(w)...), w, h)
	}
	below := s.below(w, h)
	room := max(h-1-len(below), 1)
	switch {
	case len(s.graph.blocks) == 0:
		lines = append(lines, ui.Pad([]string{"", "  " + t.Dim.Paint(s.nothing())}, w, room)...)
	case s.asTree:
		lines = append(lines, s.tree.Render(t, w, room, true)...)
		s.sight.set(s.tree.near(room))
	default:
		lines = append(lines, s.picture.render(&s.graph, t, w, room)...)
		s.sight.set(s.picture.inSight(room))
	}
	return ui.Pad(append(lines, below...), w, h)
}

// before is what is shown until there is an answer.
func (s *screen) before(w int) []string {
	if err := s.watch.Last.Err; err != nil {
		return append([]string{""}, views.ErrorLines(s.deps.Theme, err, w)...)
	}
	return []string{"", "  " + s.deps.Theme.Dim.Paint("waiting for the first answer")}
}

func (s *screen) nothing() string {
	if !s.filter.Empty() {
		return "nothing matches the filter"
	}
	if s.focus.Name != "" {
		return "there is no " + ui.Clean(s.focus.String())
	}
	return "there are no exchanges"
}

// The lines under the drawing.
const (
	belowFrom = 10 // of height, from which there are any
	wayFrom   = 16 // from which the way under the marker is among them
	belowMost = 4
)

// below tells of the place that is marked, and what is missing from the drawing.
func (s *screen) below(w, h int) []string {
	if h < belowFrom {
		return nil
	}
	t := s.deps.Theme
	lines := []string{t.Border.Paint(strings.Repeat("─", w))}
	if target, ok := s.selected(); ok {
		for _, line := range s.graph.about(t, target) {
			lines = append(lines, wrapped(line, w)...)
		}
	}
	if text := s.wayText(); text != "" && h >= wayFrom {
		lines = append(lines, wrapped(text, w)...)
	}
	if err := s.watch.Last.Err; err != nil && s.source.Status().State == backends.Live {
		lines = append(lines, ui.Fit(" "+t.Warn.Paint("! "+views.ShortError(err)), w))
	}
	for _, n := range s.watch.Last.Value.Notes {
		lines = append(lines, ui.Fit(" "+t.Dim.Paint(ui.Clean(n)), w))
	}
	return lines[:min(len(lines), max(belowMost, h/5)+1)]
}

// wrapped is a styled sentence in at most two lines.
func wrapped(text string, w int) []string {
	if ui.Width(text)+2 <= w {
		return []string{ui.Fit(" "+text, w)}
	}
	words := strings.Split(text, " ")
	first := ""
	for len(words) > 0 && ui.Width(first)+1+ui.Width(words[0])+1 <= w {
		first += " " + words[0]
		words = words[1:]
	}
	return []string{ui.Fit(first, w), ui.Fit(" "+strings.Join(words, " "), w)}
}

// facts is the line above the drawing.
func (s *screen) facts() string {
	t := s.deps.Theme
	if s.filter.Editing() {
		return s.filter.Render(t, 60)
	}
	last := s.watch.Last
	parts := []string{t.Bold.Paint(views.Things(backends.ExactCount(int64(len(last.Value.Exchanges))), "exchange", "exchanges")) + ", " +
		views.Things(backends.ExactCount(int64(len(last.Value.Queues))), "queue", "queues")}
	if s.deps.Several() {
		parts = append([]string{s.deps.ShortName(s.source)}, parts...)
	}
	if text := flawsText(t, last.Value.Flaws); text != "" {
		parts = append(parts, text)
	}
	if !s.filter.Empty() {
		parts = append(parts, t.Accent.Paint("/"+ui.Clean(s.filter.Value())))
	}
	switch state := s.source.Status().State; {
	case !s.frozen.IsZero():
		parts = append(parts, t.Warn.Paint("FROZEN "+views.Ago(s.frozen, s.now)))
	case last.At.IsZero():
	case state != backends.Live:
		parts = append(parts, t.Warn.Paint("as of "+views.Ago(last.At, s.now)+" ago"))
	default:
		parts = append(parts, t.Dim.Paint(views.Ago(last.At, s.now)+" old"))
	}
	if s.graph.idle > 0 {
		parts = append(parts, t.Dim.Paint(fmt.Sprintf("%d unused amq.* left out", s.graph.idle)))
	}
	return strings.Join(parts, t.Dim.Paint(" · "))
}
