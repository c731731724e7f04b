// Package health is the screen of one source's own state: how its figures move, what its memory goes
// to, how safe its data are, who is connected and what keeps it busy. Each section is asked for only
// while it is shown; one that the user may not see says which right is missing.
package health

import (
	"context"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// Screen shows the health of one source.
type Screen struct {
	deps     *views.Deps
	source   backends.Source
	report   views.Watch[backends.HealthReport]
	details  views.Watch[[]backends.OfServer[backends.ServerDetail]]
	slow     views.Watch[[]backends.OfServer[backends.SlowLog]]
	latency  views.Watch[[]backends.OfServer[backends.Latency]]
	clients  views.Watch[[]backends.OfServer[backends.ClientList]]
	commands views.Watch[[]backends.OfServer[backends.CommandTable]]
	trends   trends
	sections []section
	at       int // of sections
	top      int // first line of the section in sight
	height   int // lines of the section that went in at the last drawing
	all      int // lines that it has
	ours     bool
	grouping grouping
	broker   broker
	now      time.Time
}

// section is one page of the screen.
type section struct {
	name string
	// look pulls what the section shows and reports whether it is new; nil when that is pulled anyway.
	look func() bool
	// lines draws all of it in w cells.
	lines func(w int) []string
}

// New returns the screen of a source that has the role of health.
func New(d *views.Deps, source backends.Source) *Screen {
	s := &Screen{deps: d, source: source, now: d.Now()}
	role := source.Roles().Health
	s.report.Feed = open(d, source, role.ReadHealth)
	s.sections = []section{{"Trends", nil, s.trendLines}}
	add := func(name string, look func() bool, lines func(int) []string) {
		s.sections = append(s.sections, section{name, look, lines})
	}
	if r, ok := role.(backends.ServerDetails); ok {
		s.details.Feed = open(d, source, r.Details)
		add("Memory", nil, s.memoryLines)
		add("Disk", nil, s.diskLines)
		add("Replicas", nil, s.replicaLines)
		add("Keys", nil, s.keyspaceLines)
	}
	if r, ok := role.(backends.CommandStats); ok {
		s.commands.Feed = open(d, source, r.Commands)
		add("Commands", s.commands.Look, s.commandLines)
	}
	if r, ok := role.(backends.SlowLogs); ok {
		s.slow.Feed = open(d, source, r.SlowLog)
		add("Slow", s.slow.Look, s.slowLines)
	}
	if r, ok := role.(backends.Latencies); ok {
		s.latency.Feed = open(d, source, r.Latency)
		add("Stalls", s.latency.Look, s.latencyLines)
	}
	if r, ok := role.(backends.ClientLists); ok {
		s.clients.Feed = open(d, source, r.Clients)
		add("Clients", s.clients.Look, s.clientLines)
	}
	s.brokerSections(d, source, role)
	if s.details.Feed != nil {
		add("Errors", nil, s.errorLines)
	}
	add("Facts", nil, told(s, &s.report, s.factLines))
	return s
}

func open[T any](d *views.Deps, source backends.Source, fetch func(context.Context) (T, error)) *backends.Feed[T] {
	return backends.NewFeed(source.Pace(), views.Refreshing(d, "health", fetch))
}

// Title implements views.Screen.
func (s *Screen) Title() string { return "health of " + views.SourceName(s.source) }

// Sync implements views.Screen. The report and the trends go on whatever section is shown; ages move
// with the second.
func (s *Screen) Sync(now time.Time) bool {
	changed := now.Unix() != s.now.Unix()
	s.now = now
	report := s.report.Look()
	details := s.details.Look()
	switch {
	case details && s.details.Last.Err == nil:
		s.trends.add(pointOf(s.details.Last))
	case s.details.Feed == nil && report && s.report.Last.Err == nil:
		s.trends.add(plainPoint(s.report.Last))
	}
	shown := false
	if look := s.sections[s.at].look; look != nil {
		shown = look()
	}
	return changed || report || details || shown
}

// Close implements views.Screen.
func (s *Screen) Close() {
	s.report.Close()
	s.details.Close()
	s.slow.Close()
	s.latency.Close()
	s.clients.Close()
	s.commands.Close()
	s.broker.close()
}

const (
	// wide is from how many cells on the trends stand beside the section, trendWidth how many they take.
	wide, trendWidth = 140, 56
	// alarmLines bounds the lines that alarms take.
	alarmLines = 4
)

// Render implements views.Screen.
func (s *Screen) Render(w, h int) []string {
	t := s.deps.Theme
	lines := []string{ui.Fit(" "+s.facts(), w)}
	lines = append(lines, s.alarms(w, h)...)
	lines = append(lines, s.bar(w))
	left := max(h-len(lines), 0)
	if w >= wide && left > 4 {
		side := trendWidth
		if s.at == 0 { // the trends themselves, which then need no place beside
			side = 0
		}
		s.height = left - 2
		body := ui.Box(t, s.sections[s.at].name, s.body(w-side-2), w-side, left, false)
		if side > 0 {
			body = ui.Zip(ui.Box(t, s.sections[0].name, s.trendLines(side-2), side, left, false), body, 0)
		}
		return ui.Pad(append(lines, body...), w, h)
	}
	s.height = left
	return ui.Pad(append(lines, s.body(w)...), w, h)
}

// body is the part of the section that is in sight.
func (s *Screen) body(w int) []string {
	lines := s.sections[s.at].lines(w)
	s.all = len(lines)
	s.top = min(max(s.top, 0), max(s.all-s.height, 0))
	return lines[s.top:min(s.top+max(s.height, 0), s.all)]
}

// facts is what the server says of itself, in a line.
func (s *Screen) facts() string {
	t, r := s.deps.Theme, s.report.Last.Value
	if s.report.Last.At.IsZero() {
		return views.StatusLine(t, s.source, s.now)
	}
	parts := append([]string{
		t.Bold.Paint(ui.Clean(r.Product + " " + r.Version)), ui.Clean(r.Role), "up " + views.Span(r.Uptime),
		t.Dim.Paint(views.Ago(s.report.Last.At, s.now) + " old"),
	}, s.notes()...)
	return strings.Join(parts, t.Dim.Paint(" · "))
}

// notes are what the source has to say of itself beside its state: where it was led to, how far behind
// its master it is, how the connection is kept secret.
func (s *Screen) notes() []string {
	var out []string
	for _, n := range s.source.Status().Notes {
		out = append(out, s.deps.Theme.Dim.Paint(ui.Clean(n)))
	}
	return out
}

// alarms are what is wrong, the worst first, or that nothing is.
func (s *Screen) alarms(w, h int) []string {
	t := s.deps.Theme
	if err := s.report.Last.Err; err != nil {
		return views.ErrorLines(t, err, w)
	}
	most := alarmLines
	if h < 20 {
		most = 2
	}
	var lines []string
	for _, severity := range []backends.Severity{backends.Critical, backends.Warning, backends.Info} {
		style := map[backends.Severity]ui.Style{backends.Critical: t.Bad, backends.Warning: t.Warn, backends.Info: t.Dim}[severity]
		for _, a := range s.report.Last.Value.Alarms {
			if a.Severity == severity {
				lines = append(lines, ui.Fit(" "+style.Paint("! "+string(severity)+": "+ui.Clean(a.Text)+lasting(a.For)), w))
			}
		}
	}
	if over := len(lines) - most; over > 0 {
		lines = append(lines[:most-1], ui.Fit(" "+t.Warn.Paint("! "+ui.Count(int64(over+1))+" more alarms"), w))
	}
	return lines
}

// lasting says for how long an alarm has been on, where that is known.
func lasting(on backends.Span) string {
	if !on.Known() || on.Value < time.Second {
		return ""
	}
	return ", for " + views.Span(on)
}

// bar names the sections, the present one marked; where they do not all go in, from as far to the right as
// it takes to show that one.
func (s *Screen) bar(w int) string {
	t := s.deps.Theme
	var parts []string
	first, end := 0, 0
	for i, sec := range s.sections {
		if i == s.at {
			parts = append(parts, t.Selected.Paint(sec.name))
		} else {
			parts = append(parts, t.Dim.Paint(sec.name))
		}
		if i <= s.at {
			end += 1 + ui.Width(sec.name)
		}
	}
	for ; first < s.at && end > w; first++ {
		end -= 1 + ui.Width(s.sections[first].name)
	}
	return ui.Fit(" "+strings.Join(parts[first:], " "), w)
}

func (s *Screen) turn(delta int) {
	s.at = (s.at + delta + len(s.sections)) % len(s.sections)
	s.top = 0
	if look := s.sections[s.at].look; look != nil {
		look()
	}
}

func (s *Screen) scroll(delta int) { s.top = min(max(s.top+delta, 0), max(s.all-s.height, 0)) }

func (s *Screen) refresh() {
	s.report.Refresh()
	s.details.Refresh()
	s.broker.refresh(s.sections[s.at].name)
	switch s.sections[s.at].name {
	case "Slow":
		s.slow.Refresh()
	case "Stalls":
		s.latency.Refresh()
	case "Clients":
		s.clients.Refresh()
	case "Commands":
		s.commands.Refresh()
	}
}

// Bindings implements views.Screen.
func (s *Screen) Bindings() []ui.Binding {
	by := func(delta int) func() tea.Cmd { return views.Do(func() { s.turn(delta) }) }
	bs := []ui.Binding{
		{Keys: []string{"right", "l"}, Help: "next section", Hint: "section", Category: "Health", Do: by(1)},
		{Keys: []string{"left", "h"}, Help: "section before", Category: "Health", Do: by(-1)},
		{Keys: []string{"r"}, Help: "refresh now", Hint: "refresh", Category: "Health", Do: views.Do(s.refresh)},
	}
	switch s.sections[s.at].name {
	case "Clients":
		bs = append(bs, ui.Binding{
			Keys: []string{"b"}, Help: "group clients by name, address, command or not", Hint: "group", Category: "Health",
			Do: views.Do(func() { s.grouping = (s.grouping + 1) % groupings; s.top = 0 }),
		})
		fallthrough
	case "Slow":
		bs = append(bs, ui.Binding{
			Keys: []string{"o"}, Help: "show or leave out bustop's own", Hint: "own", Category: "Health", Do: views.Do(func() { s.ours = !s.ours }),
		})
	}
	bs = append(bs, s.brokerBindings()...)
	page := func(pages int) { s.scroll(pages * max(s.height-1, 1)) }
	return append(bs, views.Moves(s.scroll, page, func() { s.top = 0 }, func() { s.scroll(s.all) })...)
}

// Capturing implements views.Screen.
func (s *Screen) Capturing() bool { return false }

// Type implements views.Screen.
func (s *Screen) Type(tea.KeyMsg) tea.Cmd { return nil }

var _ views.Screen = (*Screen)(nil)
