package topology

import (
	"cmp"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

const (
	// mostEdges and mostConsumers are drawn of an exchange and of a queue; the rest is "+37 more" until it
	// is asked for.
	mostEdges     = 8
	mostConsumers = 3
)

// The columns in which the marker moves.
const (
	columnExchange = iota
	columnQueue
)

// stroke is a line of the picture: an exchange, a way from it, a place, and who is there.
type stroke struct {
	id string
	// exchange is named in the first line of its block only; of is that of the block.
	of       string
	exchange string
	fork     string // where ways part: "─┬", " ├", " └", " │"
	edge     *backends.Edge
	kind     string // of the exchange, for the words of keys
	place    backends.Target
	// shown says that the place is named in this line.
	shown bool
	again bool // the place is drawn above, with its consumers
	join  string
	who   string // consumer
	rate  backends.Rate
	text  string // instead of place and consumer
	// more says that Enter draws what is left out of the block.
	more bool
}

// picture is the topology drawn in columns: exchange, binding, queue, consumer.
type picture struct {
	lines    []stroke
	sel, top int
	column   int
	page     int
	whole    map[string]bool // exchanges drawn whole
	narrow   bool            // there is no room for consumers
}

// set draws a graph anew. The marker stays where it was as far as that is still there.
func (p *picture) set(g *graph, theme *ui.Theme) {
	selected := ""
	if p.sel < len(p.lines) {
		selected = p.lines[p.sel].id
	}
	b := pictureBuilder{g: g, theme: theme, whole: p.whole, narrow: p.narrow, drawn: map[string]bool{}}
	for i, block := range g.blocks {
		if i > 0 {
			b.lines = append(b.lines, stroke{})
		}
		b.block(block)
	}
	p.lines = b.lines
	if i := slices.IndexFunc(p.lines, func(s stroke) bool { return s.id != "" && s.id == selected }); i >= 0 {
		p.sel = i
	}
	p.move(0)
}

// move moves the marker by lines that show something.
func (p *picture) move(by int) {
	p.sel = min(max(p.sel+by, 0), max(len(p.lines)-1, 0))
	if len(p.lines) == 0 || p.lines[p.sel].of != "" {
		return
	}
	if by < 0 {
		p.sel--
	} else {
		p.sel++
	}
}

func (p *picture) pages(by int) { p.move(by * max(p.page, 1)) }

// target is what the marker is on.
func (p *picture) target() (backends.Target, bool) {
	if p.sel >= len(p.lines) || p.lines[p.sel].of == "" {
		return backends.Target{}, false
	}
	if s := p.lines[p.sel]; p.column == columnQueue && s.place.Name != "" {
		return s.place, true
	}
	return exchangeNamed(p.lines[p.sel].of), true
}

// unfold draws the whole block when the marker is on what is left out.
func (p *picture) unfold() bool {
	if p.sel >= len(p.lines) || !p.lines[p.sel].more {
		return false
	}
	p.whole[p.lines[p.sel].of] = true
	return true
}

type pictureBuilder struct {
	g     *graph
	theme *ui.Theme
	whole map[string]bool
	// narrow says that consumers are left out.
	narrow bool
	drawn  map[string]bool // queues
	lines  []stroke
}

func (b *pictureBuilder) block(block block) {
	x := block.exchange
	edges, left := block.edges, 0
	if len(edges) > mostEdges+1 && !b.whole[x.Name] {
		edges, left = edges[:mostEdges], len(edges)-mostEdges
	}
	start := len(b.lines)
	for i := range edges {
		last := i == len(edges)-1 && left == 0
		first := len(b.lines)
		b.edge(block, &edges[i])
		for at := first; at < len(b.lines); at++ {
			b.lines[at].fork = fork(at == start, at == first, last)
		}
	}
	if left > 0 {
		b.lines = append(b.lines, stroke{
			id: x.Name + "\x00more", of: x.Name, fork: " └", more: true,
			text: "+" + views.Exactly(uint64(left)) + " more (enter shows them)", //nolint:gosec // left is positive
		})
	}
	if len(b.lines) == start {
		b.lines = append(b.lines, stroke{id: x.Name, of: x.Name, text: b.theme.Dim.Paint("nothing is bound")})
	}
	b.lines[start].exchange = x.Name
}

// fork is the joint of a line, by whether it is the first of its block and of its way, and whether that is
// the block's last.
func fork(top, first, last bool) string {
	switch {
	case top && last:
		return "──"
	case top:
		return "─┬"
	case first && last:
		return " └"
	case first:
		return " ├"
	case last:
		return "  "
	}
	return " │"
}

// edge draws one way: the place it leads to and who is there, each consumer in a line.
func (b *pictureBuilder) edge(block block, e *backends.Edge) {
	name := block.exchange.Name
	id := name + "\x00" + string(e.Way) + e.To.String()
	head := stroke{id: id, of: name, edge: e, kind: block.exchange.Type, place: e.To, shown: true}
	if e.To.Kind != backends.KindQueue || e.Broken {
		if e.Broken {
			head.text = b.theme.Bad.Paint("✗ " + ui.Clean(e.To.Name) + " does not exist")
		}
		b.lines = append(b.lines, head)
		return
	}
	if b.drawn[e.To.Name] {
		head.again = true
		b.lines = append(b.lines, head)
		return
	}
	b.drawn[e.To.Name] = true
	for i, who := range b.consumers(e.To.Name) {
		line := head
		if i > 0 {
			line = stroke{id: id + "\x00" + who.who, of: name, place: e.To}
		}
		line.who, line.join, line.rate = who.who, who.join, who.rate
		b.lines = append(b.lines, line)
	}
	if dead, ok := b.g.deaths[e.To.Name]; ok {
		text := "╰╌ dead letters ╌▶ " + ui.Clean(dead.To.Name)
		if dead.Broken {
			text = b.theme.Bad.Paint(text + " ✗ does not exist")
		} else {
			text = b.theme.Dim.Paint(text)
		}
		b.lines = append(b.lines, stroke{id: id + "\x00dead", of: name, place: dead.To, text: text})
	}
}

// consumers are the last parts of a queue's lines.
func (b *pictureBuilder) consumers(queue string) []stroke {
	q, known := b.g.queues[queue], b.g.consumers[queue]
	total := max(q.Consumers.Value, int64(len(known)))
	switch {
	case total == 0 && !q.Consumers.Known(), b.narrow:
		return []stroke{{}}
	case total == 0 && delays(q):
		return []stroke{{who: b.theme.Dim.Paint("delays, by time to live")}}
	case total == 0:
		return []stroke{{who: b.theme.Warn.Paint("✗ nobody reads")}}
	}
	var out []stroke
	for _, c := range known[:min(len(known), mostConsumers)] {
		out = append(out, stroke{who: consumerName(c), rate: c.Rate})
	}
	if left := total - int64(len(out)); left > 0 {
		text := "+" + ui.Count(left) + " more"
		if len(out) == 0 {
			text = views.Things(q.Consumers, "consumer", "consumers")
		}
		out = append(out, stroke{who: text})
	}
	out[0].rate = b.g.queues[queue].OutRate // of all of them together
	for i := range out {
		out[i].join = fork(i == 0, true, i == len(out)-1)
	}
	return out
}

// widths are the cells of the columns.
type widths struct{ exchange, edge, queue, who int }

// columns shares w cells out. Where there are few, consumers are left out.
func columns(w int) widths {
	w -= 2 // the marker and a blank
	if w < 60 {
		c := widths{exchange: w * 3 / 10, edge: w * 35 / 100}
		c.queue = w - c.exchange - c.edge
		return c
	}
	c := widths{exchange: min(w*22/100, 44), edge: min(w*31/100, 60), queue: min(w*23/100, 48)}
	c.who = w - c.exchange - c.edge - c.queue
	return c
}

// render draws the lines in sight.
func (p *picture) render(g *graph, t *ui.Theme, w, h int) []string {
	c := columns(w)
	if narrow := c.who == 0; narrow != p.narrow {
		p.narrow = narrow
		p.set(g, t)
	}
	p.page = h
	p.top = max(min(p.top, p.sel), p.sel-h+1, 0)
	p.top = max(min(p.top, len(p.lines)-h), 0)
	out := make([]string, 0, h)
	for i := p.top; i < min(p.top+h, len(p.lines)); i++ {
		out = append(out, ui.Fit(p.line(g, t, c, i), w))
	}
	return ui.Pad(out, w, h)
}

func (p *picture) line(g *graph, t *ui.Theme, c widths, i int) string {
	s := p.lines[i]
	if s.of == "" {
		return ""
	}
	mark := " "
	here := i == p.sel
	if here {
		mark = t.Accent.Paint("▌")
	}
	var b strings.Builder
	b.WriteString(mark + " ")
	b.WriteString(p.exchangeCell(g, t, c.exchange, s, here && p.column == columnExchange))
	if s.more || s.edge == nil && s.place.Name == "" {
		b.WriteString(" " + selectable(t, s.text, here))
		return b.String()
	}
	b.WriteString(edgeCell(t, c.edge, s))
	on := here && p.column == columnQueue
	if s.text != "" {
		b.WriteString(selectable(t, s.text, on))
		return b.String()
	}
	b.WriteString(queueCell(g, t, c.queue, s, on))
	if c.who > 0 {
		b.WriteString(whoCell(t, c.who, s))
	}
	return b.String()
}

func selectable(t *ui.Theme, text string, on bool) string {
	if on {
		return t.Selected.Line(text, ui.Width(text))
	}
	return text
}

// exchangeCell is the name of the exchange with what is published to it, and the joint.
func (p *picture) exchangeCell(g *graph, t *ui.Theme, w int, s stroke, on bool) string {
	room := w - 2
	joint := t.Border.Paint(s.fork)
	if s.fork == "" {
		joint = "  "
	}
	if s.exchange == "" {
		if on { // the name is above, perhaps out of sight
			name := ui.Fit(ui.Clean(s.of), min(ui.Width(ui.Clean(s.of)), room-1))
			return selectable(t, name, true) + ui.Fit("", room-ui.Width(name)) + joint
		}
		return ui.Fit("", room) + joint
	}
	x := g.exchanges[s.exchange]
	figure := rate(x.InRate)
	name := ui.Clean(s.exchange)
	sign := g.sign(t, exchangeNamed(s.exchange))
	if ui.Width(name)+ui.Width(sign)+ui.Width(figure)+2 > room {
		figure = "" // it is told below when the marker is here
	}
	name = ui.Fit(name, min(ui.Width(name), max(room-ui.Width(sign)-1, 1)))
	text := selectable(t, name, on) + sign
	if figure != "" {
		text += " " + t.Live.Paint(figure)
	}
	text = ui.Fit(text, min(ui.Width(text), room-1)) + " "
	fill := " "
	if strings.HasPrefix(s.fork, "─") {
		fill = "─"
	}
	return text + t.Border.Paint(strings.Repeat(fill, max(room-ui.Width(text), 0))) + joint
}

// leastKeys are the cells that keys need beside a rate.
const leastKeys = 6

// edgeCell is a way with its keys and rate: "─ order.* ── 12/s ─▶ ".
func edgeCell(t *ui.Theme, w int, s stroke) string {
	if s.edge == nil {
		return ui.Fit("", w)
	}
	dash, room := "─", w-ui.Width("─  ─▶ ")
	if s.edge.Way != backends.ByBinding {
		dash = "╌"
	}
	figure := rate(s.edge.Rate)
	if with := room - ui.Width(figure) - 2; figure != "" && with >= leastKeys {
		room = with
	} else {
		figure = ""
	}
	keys := keysText(s.kind, *s.edge)
	if n := len(s.edge.Bindings); n > 1 && ui.Width(keys) > room {
		more := " +" + ui.Count(int64(n-1))
		first := bindingsText(s.kind, s.edge.Bindings[:1])
		keys = ui.Fit(first, max(min(ui.Width(first), room-ui.Width(more)), 1)) + more
	}
	keys = ui.Fit(keys, max(min(ui.Width(keys), room), 1))
	text := t.Border.Paint(dash+" ") + t.Accent.Paint(keys) + " "
	tail := t.Border.Paint(dash+"▶") + " "
	if figure != "" {
		tail = " " + t.Live.Paint(figure) + " " + tail
	}
	fill := max(w-ui.Width(text)-ui.Width(tail), 0)
	return text + t.Border.Paint(strings.Repeat(dash, fill)) + tail
}

// queueCell is a queue with what waits in it, or an exchange that a binding leads to.
func queueCell(g *graph, t *ui.Theme, w int, s stroke, on bool) string {
	if !s.shown {
		return ui.Fit("", w)
	}
	name, figure := ui.Clean(s.place.Name), ""
	if s.place.Kind == backends.KindExchange {
		name = "⇉ " + name
	} else {
		figure = waiting(g.queues[s.place.Name])
	}
	sign := g.sign(t, s.place)
	name = ui.Fit(name, min(ui.Width(name), max(w-ui.Width(figure)-ui.Width(sign)-2, 1)))
	text := selectable(t, name, on) + sign
	if figure != "" {
		text += " " + t.Bold.Paint(figure)
	}
	text = ui.Fit(text, min(ui.Width(text), w-1)) + " "
	fill := " "
	if s.join != "" {
		fill = "─"
	}
	return text + t.Border.Paint(strings.Repeat(fill, max(w-ui.Width(text), 0)))
}

// whoCell is who takes messages out of the queue.
func whoCell(t *ui.Theme, w int, s stroke) string {
	switch {
	case s.again:
		return ui.Fit(t.Dim.Paint("(above)"), w)
	case s.join == "":
		return ui.Fit(" "+s.who, w)
	}
	figure := rate(s.rate)
	text := t.Border.Paint(cmp.Or(s.join, "  "))
	if figure != "" {
		text += t.Border.Paint(" ") + t.Live.Paint(figure) + " "
	}
	return ui.Fit(text+t.Border.Paint("─▶ ")+s.who, w)
}
