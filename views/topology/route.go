package topology

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// route shows the way of one message. It is as of when it was asked.
type route struct {
	deps   *views.Deps
	source backends.Source
	asked  backends.Posting
	way    backends.Route
	at     time.Time
	now    time.Time
	err    error
	top    int
	lines  int // of the drawing
	page   int
	left   int // cells of the drawing that are left out on the left
	beyond int // cells of it that have no room, whatever is left out
}

// sideways is how many cells a key moves the drawing to the side.
const sideways = 16

func newRoute(d *views.Deps, source backends.Source, p backends.Posting, r backends.Route) *route {
	return &route{deps: d, source: source, asked: p, way: r, at: d.Now(), now: d.Now()}
}

// Title implements views.Screen.
func (*route) Title() string { return "where it would go" }

// Sync implements views.Screen.
func (r *route) Sync(now time.Time) bool {
	changed := now.Sub(r.now) >= time.Second
	if changed {
		r.now = now
	}
	return changed
}

// Capturing implements views.Screen.
func (*route) Capturing() bool { return false }

// Type implements views.Screen.
func (*route) Type(tea.KeyMsg) tea.Cmd { return nil }

// Close implements views.Screen.
func (*route) Close() {}

// Bindings implements views.Screen.
func (r *route) Bindings() []ui.Binding {
	bs := []ui.Binding{
		{Keys: []string{"d"}, Help: "another message", Category: "Here", Do: views.Do(func() { Ask(r.deps, r.source, r.asked) })},
		{Keys: []string{"r"}, Help: "ask again", Category: "Here", Do: r.again},
		{Keys: []string{"enter"}, Help: "the topology around the exchange", Hint: "topology", Category: "Here", Do: views.Do(r.around)},
		{Keys: []string{"y"}, Help: "copy the way", Hint: "copy", Category: "Here", Do: views.Do(r.copyWay)},
	}
	move := func(by int) { r.top = max(min(r.top+by, r.lines-r.page), 0) }
	bs = append(bs,
		ui.Binding{Keys: []string{"left", "h"}, Help: "what is further left", Category: "Move", Hidden: true, Do: views.Do(func() { r.shift(-sideways) })},
		ui.Binding{Keys: []string{"right", "l"}, Help: "what is further right", Category: "Move", Hidden: true, Do: views.Do(func() { r.shift(sideways) })},
	)
	return append(bs, views.Moves(move, func(by int) { move(by * r.page) }, func() { r.top = 0 }, func() { move(r.lines) })...)
}

// shift moves the drawing to the side as far as there is anything.
func (r *route) shift(by int) { r.left = max(min(r.left+by, r.beyond), 0) }

// again asks once more: bindings may have changed.
func (r *route) again() tea.Cmd {
	router := Router(r.source)
	return views.Work(r.deps, "route a message", func(ctx context.Context) (backends.Route, error) { return router.Route(ctx, r.asked) },
		func(way backends.Route, err error) {
			if r.err = err; err == nil {
				r.way, r.at = way, r.deps.Now()
			}
		})
}

func (r *route) around() {
	name := r.asked.Exchange
	if name == "" {
		name = defaultExchange
	}
	r.deps.Nav.Push(New(r.deps, r.source, exchangeNamed(name)))
}

func (r *route) copyWay() {
	plain := ui.NewTheme(true)
	lines := append([]string{postingText(plain, r.asked)}, r.path(plain)...)
	text := make([]string, 0, len(lines)+1)
	for _, l := range append(lines, r.verdict(plain)) {
		text = append(text, plain.Selected.Line(l, ui.Width(l)))
	}
	r.deps.Nav.Copy(ui.CleanPlain(strings.Join(text, "\n")))
}

// Render implements views.Screen.
func (r *route) Render(w, h int) []string {
	t := r.deps.Theme
	lines := append(wrapped(postingText(t, r.asked), w), wrapped(r.verdict(t)+t.Dim.Paint(" · as of "+views.Ago(r.at, r.now)+" ago"), w)...)
	if r.err != nil {
		lines = append(lines, views.ErrorLines(t, r.err, w)...)
	}
	for _, n := range r.way.Notes {
		lines = append(lines, " "+t.Dim.Paint(ui.Clean(n)))
	}
	path, longest := r.path(t), 0
	for _, l := range path {
		longest = max(longest, ui.Width(l)+1)
	}
	r.beyond = max(longest-w, 0)
	r.shift(0)
	lines = append(lines, " "+r.sides(t))
	r.lines, r.page = len(path), max(h-len(lines), 1)
	r.top = max(min(r.top, r.lines-r.page), 0)
	for _, l := range path[r.top:] {
		lines = append(lines, " "+ui.Scrolled(l, r.left, w-1))
	}
	return ui.Pad(lines, w, h)
}

// sides tells of what has no room beside what is shown.
func (r *route) sides(t *ui.Theme) string {
	switch {
	case r.beyond == 0:
		return ""
	case r.left == 0:
		return t.Dim.Paint("→ shows what goes on to the right")
	case r.left == r.beyond:
		return t.Dim.Paint("← shows what is to the left")
	}
	return t.Dim.Paint("← and → show what is to both sides")
}

// verdict is the answer in a line.
func (r *route) verdict(t *ui.Theme) string {
	names := make([]string, len(r.way.Queues))
	doubt := false
	for i, q := range r.way.Queues {
		names[i] = ui.Clean(q.Queue)
		if !q.Sure {
			names[i] += "?"
			doubt = true
		}
	}
	list := strings.Join(names, ", ")
	switch {
	case r.way.Fate == backends.Dropped:
		return t.Bad.Paint("✗ would be dropped") + ": no queue gets it; a publisher that sets mandatory gets it back (312 NO_ROUTE)"
	case r.way.Fate == backends.Perhaps:
		return t.Warn.Paint("? may go") + " to " + list
	case doubt:
		return t.Good.Paint("● would go") + " to " + list + t.Dim.Paint(" – ? marks those of which one or none gets it")
	}
	return t.Good.Paint("● would go") + " to " + list
}

// path is the way as a tree, hop by hop. An exchange is followed where it is met first.
func (r *route) path(t *ui.Theme) []string {
	stops := map[string]backends.RouteStop{}
	for _, s := range r.way.Stops {
		stops[s.Exchange] = s
	}
	if len(r.way.Stops) == 0 {
		return nil
	}
	p := pathWriter{theme: t, stops: stops, met: map[string]bool{}}
	p.stop(r.way.Stops[0], "", "")
	return p.lines
}

type pathWriter struct {
	theme *ui.Theme
	stops map[string]backends.RouteStop
	met   map[string]bool
	lines []string
}

// stop writes an exchange and what follows from it.
func (p *pathWriter) stop(s backends.RouteStop, before, indent string) {
	t := p.theme
	name := s.Exchange
	if name == "" {
		name = defaultExchange
	}
	head := before + t.Bold.Paint(ui.Clean(name)) + t.Dim.Paint(" ("+ui.Clean(s.Type)+")")
	if why := p.matched(s); why != "" {
		head += "  " + why
	}
	p.lines = append(p.lines, head)
	p.met[s.Exchange] = true
	for i, step := range s.Steps {
		joint, below := "├", "│   "
		if i == len(s.Steps)-1 {
			joint, below = "└", "    "
		}
		p.step(s, step, indent+t.Border.Paint(joint), indent+t.Border.Paint(below))
	}
	if len(s.Steps) == 0 {
		p.lines = append(p.lines, indent+t.Border.Paint("└─ ")+t.Bad.Paint("✗ dropped")+t.Dim.Paint(", and there is no alternate exchange"))
	}
}

// matched says how many bindings take the message.
func (p *pathWriter) matched(s backends.RouteStop) string {
	if s.Exchange == "" {
		return p.theme.Dim.Paint("leads to each queue by its name")
	}
	n := 0
	for _, step := range s.Steps {
		n += len(step.Bindings)
	}
	text := fmt.Sprintf("%d of %s", n, views.Things(backends.ExactCount(int64(s.Bindings)), "binding matches", "bindings match"))
	switch {
	case s.Bindings == 0:
		text = "nothing is bound"
	case s.Choice == backends.ToOne:
		text = fmt.Sprintf("gives it to one of %s", views.Things(backends.ExactCount(int64(s.Bindings)), "binding", "bindings"))
	case s.Choice == backends.ToUnknown:
		text = "how exchanges of this type choose is not known here"
	}
	return p.theme.Dim.Paint(text)
}

func (p *pathWriter) step(s backends.RouteStop, step backends.RouteStep, before, indent string) {
	t := p.theme
	dash := "─ "
	if step.Way == backends.ByAlternate {
		dash = "╌ "
	}
	edge := backends.Edge{Way: step.Way, Bindings: step.Bindings}
	text := before + t.Border.Paint(dash) + t.Accent.Paint(keysText(s.Type, edge)) + t.Border.Paint(" ─▶ ")
	if !step.Sure {
		text += t.Warn.Paint("? ")
	}
	name := ui.Clean(step.To.Name)
	next, known := p.stops[step.To.Name]
	switch {
	case step.Missing:
		p.lines = append(p.lines, text+t.Bad.Paint("✗ "+string(step.To.Kind)+" "+name+" does not exist: dropped here"))
	case step.To.Kind == backends.KindQueue:
		p.lines = append(p.lines, text+"queue "+t.Good.Paint(name))
	case known && !step.Again && !p.met[step.To.Name]:
		p.stop(next, text+"exchange ", indent)
	default:
		p.lines = append(p.lines, text+"exchange "+name+t.Dim.Paint(" (passed already: a message goes through an exchange once)"))
	}
}

func sortedNames(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
