package topology

import (
	"slices"

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
	from  int  // the cell of the place's name at which those of the block differ
	join  string
	who   string // consumer
	sub   *backends.Subscriber
	next  string // instead of a consumer: where the exchange leads on, in its style
	style ui.Style
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
	high := 0
	for i, block := range g.blocks {
		start := len(b.lines)
		b.block(block)
		lines := len(b.lines) - start
		if i > 0 && max(lines, high) > 1 { // blocks of one line stand close
			b.lines = slices.Insert(b.lines, start, stroke{})
		}
		high = lines
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
	names := make([]string, len(edges))
	for i := range edges {
		names[i] = edges[i].To.Name
	}
	from := differ(names)
	for i := range edges {
		last := i == len(edges)-1 && left == 0
		first := len(b.lines)
		b.edge(block, &edges[i])
		for at := first; at < len(b.lines); at++ {
			b.lines[at].fork = fork(at == start, at == first, last)
			b.lines[at].from = from[edges[i].To.Name]
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
		} else if !b.narrow {
			head.join = fork(true, true, true)
			head.next, head.style = b.onward(e.To.Name)
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
		line.who, line.sub, line.join, line.rate = who.who, who.sub, who.join, who.rate
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

// onward says where an exchange leads on that is drawn as the end of a way: its own block may be far away.
func (b *pictureBuilder) onward(exchange string) (text string, style ui.Style) {
	edges := b.g.onward[exchange]
	switch {
	case exchange == defaultExchange:
		return "by name", b.theme.Dim
	case len(edges) == 0:
		return "nothing is bound", b.theme.Warn
	case len(edges) > 1:
		return views.Things(backends.ExactCount(int64(len(edges))), "way", "ways"), b.theme.Dim
	case edges[0].To.Kind == backends.KindExchange:
		return "⇉ " + ui.Clean(edges[0].To.Name), b.theme.Dim
	}
	return ui.Clean(edges[0].To.Name), b.theme.Dim
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
		out = append(out, stroke{who: consumerName(c), sub: &c, rate: c.Rate})
	}
	if left := total - int64(len(out)); left > 0 {
		text := "+" + ui.Count(left) + " more"
		if len(out) == 0 {
			text = views.Things(q.Consumers, "consumer", "consumers")
		}
		out = append(out, stroke{who: text})
	}
	each := len(known) > 1 && !slices.ContainsFunc(known, func(c backends.Subscriber) bool { return !c.Rate.Known() })
	if !each {
		out[0].rate = b.g.queues[queue].OutRate // of all of them together
	}
	for i := range out {
		out[i].join = fork(i == 0, true, i == len(out)-1)
	}
	return out
}
