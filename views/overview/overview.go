// Package overview is the first pane: how every source is, what its server says of itself, and
// the deepest queues and the groups that lag most.
package overview

import (
	"context"
	"sort"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/health"
)

// queryLimit bounds the listings the overview picks its worst rows from.
const queryLimit = 500

// Pane is the overview.
type Pane struct {
	deps  *views.Deps
	cards []*card
	now   time.Time
	drawn int64 // second of the last redraw: ages are shown
	at    int   // the source that Enter opens, of cards
}

// card is what the overview knows of one source.
type card struct {
	source  backends.Source
	health  views.Watch[backends.HealthReport]
	queues  views.Watch[backends.Page[backends.Queue]]
	streams views.Watch[backends.Page[backends.Stream]]
}

// New returns the overview.
func New(d *views.Deps) *Pane {
	p := &Pane{deps: d, now: d.Now()}
	for _, s := range d.Sources {
		p.cards = append(p.cards, newCard(d, s))
	}
	return p
}

func newCard(d *views.Deps, s backends.Source) *card {
	c := &card{source: s}
	roles := s.Roles()
	if roles.Health != nil {
		c.health.Feed = backends.NewFeed(s.Pace(), traced(d, roles.Health.ReadHealth))
	}
	if roles.Queues != nil {
		c.queues.Feed = backends.NewFeed(s.Pace(), traced(d, func(ctx context.Context) (backends.Page[backends.Queue], error) {
			return roles.Queues.ListQueues(ctx, backends.Query{Limit: queryLimit, Survey: true})
		}))
	}
	if roles.Streams != nil {
		c.streams.Feed = backends.NewFeed(s.Pace(), traced(d, func(ctx context.Context) (backends.Page[backends.Stream], error) {
			return roles.Streams.ListStreams(ctx, backends.Query{Limit: queryLimit})
		}))
	}
	return c
}

func traced[T any](d *views.Deps, fetch func(context.Context) (T, error)) func(context.Context) (T, error) {
	return views.Refreshing(d, "overview", fetch)
}

// Title implements views.Screen.
func (p *Pane) Title() string { return "Overview" }

// Sync implements views.Screen.
func (p *Pane) Sync(now time.Time) bool {
	p.now = now
	changed := now.Unix() != p.drawn
	p.drawn = now.Unix()
	for _, c := range p.cards {
		// Every feed has to be looked at, or it falls asleep.
		health, queues, streams := c.health.Look(), c.queues.Look(), c.streams.Look()
		changed = changed || health || queues || streams
	}
	return changed
}

// Render implements views.Screen.
func (p *Pane) Render(w, h int) []string {
	if len(p.cards) == 0 {
		return p.welcome(w, h)
	}
	var lines []string
	for i, c := range p.cards {
		lines = append(lines, p.box(c, w, h, i == p.at && len(p.cards) > 1)...)
	}
	lines = append(lines, p.joining(w)...)
	left := h - len(lines)
	if left >= 4 {
		half := w / 2
		lines = append(lines, ui.Zip(
			ui.Box(p.deps.Theme, "Deepest queues", p.deepest(half-4, left-2), half, left, false),
			ui.Box(p.deps.Theme, "Groups that lag", p.lagging(w-half-4, left-2), w-half, left, false), 0)...)
	}
	return ui.Pad(lines, w, h)
}

// joining says where other clients can connect, when that is known.
func (p *Pane) joining(w int) []string {
	if len(p.deps.Join) == 0 {
		return nil
	}
	t := p.deps.Theme
	parts := []string{t.Dim.Paint("join in")}
	for _, j := range p.deps.Join {
		text := t.Accent.Paint(ui.Clean(j.Text))
		if !strings.HasPrefix(j.Text, j.Name+"://") {
			text = t.Dim.Paint(ui.Clean(j.Name)+" ") + text
		}
		parts = append(parts, text)
	}
	lines := views.Flow(t, max(w-2, 1), joinLines, parts...)
	for i, l := range lines {
		lines[i] = " " + l
	}
	return lines
}

// joinLines bounds the lines that the addresses take.
const joinLines = 2

// welcome is shown when no source is open.
func (p *Pane) welcome(w, h int) []string {
	t := p.deps.Theme
	return ui.Pad([]string{
		"", "  " + t.Bold.Paint("No server to look at."), "",
		"  Give one:    " + t.Key.Paint("bustop redis://localhost:6379 amqp://localhost"),
		"  or in the environment: REDIS_URL, AMQP_URL",
		"  or see bustop move with servers and traffic of its own:",
		"               " + t.Key.Paint("bustop demo"),
	}, w, h)
}

// roomy is from how many lines on a card takes more than one line for what it says.
const roomy = 16

// box is the card of one source.
func (p *Pane) box(c *card, w, h int, chosen bool) []string {
	t := p.deps.Theme
	most := 1
	if h >= roomy {
		most = 3
	}
	inner := max(w-2, 1)
	lines := append(views.Flow(t, inner, most, p.figures(c)...), views.Flow(t, inner, most, p.holdings(c)...)...)
	report := c.health.Last.Value
	for _, a := range report.Alarms {
		style := t.Warn
		if a.Severity == backends.Critical {
			style = t.Bad
		}
		for _, l := range wrapped("! "+a.Text, inner, most) {
			lines = append(lines, style.Paint(l))
		}
	}
	if err := c.health.Last.Err; err != nil {
		lines = append(lines, t.Warn.Paint("! "+views.ShortError(err)))
	}
	for _, n := range c.source.Status().Notes {
		for _, l := range wrapped(n, inner, most) {
			lines = append(lines, t.Dim.Paint(l))
		}
	}
	title := views.StatusLine(t, c.source, p.now)
	if chosen {
		title = t.Accent.Paint("▸ ") + title
	}
	return ui.Box(t, title, lines, w, len(lines)+2, chosen)
}

// wrapped is a foreign text in up to most lines; the box cuts a single one.
func wrapped(text string, w, most int) []string {
	if most == 1 {
		return []string{ui.Clean(text)}
	}
	return ui.CleanText(text, w, most)
}

// figures is what the server says of itself.
func (p *Pane) figures(c *card) []string {
	t, r := p.deps.Theme, c.health.Last.Value
	switch {
	case c.health.Last.At.IsZero() && c.health.Last.Err != nil:
		return nil // the reason stands below
	case c.health.Last.At.IsZero():
		return []string{t.Dim.Paint("waiting for the first answer")}
	}
	memory := views.Bytes(r.MemoryUsed)
	if r.MemoryLimit.Known() {
		memory += " of " + views.Bytes(r.MemoryLimit)
	}
	parts := []string{t.Bold.Paint(ui.Clean(r.Product + " " + r.Version))}
	if r.Role != "" {
		parts = append(parts, ui.Clean(r.Role))
	}
	return append(parts, "up "+views.Span(r.Uptime), views.Rate(r.Operations), views.Things(r.Connections, "client", "clients"), memory)
}

// holdings is what was found on the server.
func (p *Pane) holdings(c *card) []string {
	t := p.deps.Theme
	var parts []string
	if c.queues.Feed != nil {
		var ready, lonely int64
		for _, q := range c.queues.Last.Value.Items {
			ready += q.Ready.Value
			if q.Consumers.Known() && q.Consumers.Value == 0 && q.Ready.Value > 0 {
				lonely++
			}
		}
		parts = append(parts, views.Things(c.queues.Last.Value.Total, "queue", "queues"))
		if !c.queues.Last.At.IsZero() {
			parts = append(parts, ui.Count(ready)+" ready")
		}
		if lonely > 0 {
			parts = append(parts, t.Warn.Paint(ui.Count(lonely)+" that nobody reads"))
		}
	}
	if c.streams.Feed != nil {
		parts = append(parts, views.Things(c.streams.Last.Value.Total, "stream", "streams"))
	}
	cost := c.source.Status().Cost
	if cost.Slowest > 0 {
		parts = append(parts, t.Dim.Paint("slowest answer "+ui.Duration(cost.Slowest)))
	}
	return append(parts, t.Dim.Paint(ui.Bytes(int64(cost.BytesIn))+" read by bustop"))
}

// entry is a line of one of the two rankings.
type entry struct {
	name   string
	figure int64
	text   string
}

func ranking(entries []entry, w, n int) []string {
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].figure > entries[j].figure })
	var lines []string
	for _, e := range entries[:min(n, len(entries))] {
		lines = append(lines, ui.Middle(e.name, max(w-10, 4))+" "+ui.FitLeft(e.text, 9))
	}
	return lines
}

func (p *Pane) deepest(w, n int) []string {
	var entries []entry
	for _, c := range p.cards {
		for _, q := range c.queues.Last.Value.Items {
			if q.Total.Value > 0 {
				entries = append(entries, entry{ui.Clean(q.Name), q.Total.Value, views.Count(q.Total)})
			}
		}
	}
	return ranking(entries, w, n)
}

func (p *Pane) lagging(w, n int) []string {
	var entries []entry
	for _, c := range p.cards {
		for _, s := range c.streams.Last.Value.Items {
			for _, g := range s.Groups {
				if g.Lag.Value > 0 {
					entries = append(entries, entry{ui.Clean(s.Name) + " ▸ " + ui.Clean(g.Name), g.Lag.Value, views.Count(g.Lag)})
				}
			}
		}
	}
	return ranking(entries, w, n)
}

// Bindings implements views.Screen.
func (p *Pane) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"enter"}, Help: "open a source's health", Hint: "health", Category: "Here", Do: views.Do(p.open), Disabled: p.unable},
		{Keys: []string{"r"}, Help: "refresh now", Category: "Here", Do: views.Do(p.refresh)},
	}
	if len(p.deps.Join) > 0 {
		bs = append(bs, ui.Binding{Keys: []string{"y"}, Help: "copy an address", Category: "Here", Do: views.Do(p.copyAddress)})
	}
	end := func() { p.move(len(p.cards)) }
	return append(bs, views.Moves(p.move, p.move, func() { p.move(-len(p.cards)) }, end)...)
}

// move marks another source.
func (p *Pane) move(delta int) { p.at = max(min(p.at+delta, len(p.cards)-1), 0) }

// open shows how the marked source is in detail.
func (p *Pane) open() { p.deps.Nav.Push(health.New(p.deps, p.cards[p.at].source)) }

func (p *Pane) unable() string {
	if p.at >= len(p.cards) || p.cards[p.at].source.Roles().Health == nil {
		return "no source here tells of its health"
	}
	return ""
}

// copyAddress offers the addresses that other clients can use.
func (p *Pane) copyAddress() {
	options := make([]string, len(p.deps.Join))
	for i, j := range p.deps.Join {
		options[i] = j.Name + "  " + j.Text
	}
	p.deps.Nav.Choose("Copy an address", options, func(i int) tea.Cmd {
		p.deps.Nav.Copy(p.deps.Join[i].Text)
		return nil
	})
}

func (p *Pane) refresh() {
	for _, c := range p.cards {
		c.health.Refresh()
		c.queues.Refresh()
		c.streams.Refresh()
	}
}

// Capturing implements views.Screen.
func (p *Pane) Capturing() bool { return false }

// Type implements views.Screen.
func (p *Pane) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (p *Pane) Close() {
	for _, c := range p.cards {
		c.health.Close()
		c.queues.Close()
		c.streams.Close()
	}
}

var _ views.Screen = (*Pane)(nil)
