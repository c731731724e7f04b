package topology

import (
	"cmp"
	"slices"
	"strings"

	"bustop/backends"
)

// defaultExchange is how the exchange with the empty name is called.
const defaultExchange = "amq.default"

// graph is a topology as it is drawn: blocks of one exchange and its ways, and what is known of places.
type graph struct {
	blocks []block
	// idle is how many of the server's own exchanges are left out because nothing leads to or from them.
	idle int

	exchanges map[string]backends.Channel
	queues    map[string]backends.Queue
	consumers map[string][]backends.Subscriber
	deaths    map[string]backends.Edge // by queue
	// publishers are by exchange, those who publish most first.
	publishers map[string][]backends.Publisher
	flaws      map[backends.Target][]backends.Flaw
	// onward are the ways that leave exchanges, without those of the default one.
	onward map[string][]backends.Edge
	// differ is where the names of exchanges differ.
	differ map[string]int
}

// block is one exchange with the ways that leave it.
type block struct {
	exchange backends.Channel
	edges    []backends.Edge
}

func exchangeNamed(name string) backends.Target {
	return backends.Target{Kind: backends.KindExchange, Name: name}
}

func queueNamed(name string) backends.Target {
	return backends.Target{Kind: backends.KindQueue, Name: name}
}

// newGraph arranges a topology: all of it, or what leads to and from the focus; of that what the filter
// lets pass.
func newGraph(t backends.Topology, focus backends.Target, match func(string) bool) graph {
	g := graph{
		exchanges: map[string]backends.Channel{}, queues: map[string]backends.Queue{}, consumers: map[string][]backends.Subscriber{},
		deaths: map[string]backends.Edge{}, flaws: map[backends.Target][]backends.Flaw{},
		publishers: map[string][]backends.Publisher{}, onward: map[string][]backends.Edge{},
	}
	for _, p := range t.Publishers {
		g.publishers[p.Exchange] = append(g.publishers[p.Exchange], p)
	}
	for _, all := range g.publishers {
		slices.SortStableFunc(all, func(a, b backends.Publisher) int { return cmp.Compare(b.Rate.Value, a.Rate.Value) })
	}
	for _, x := range t.Exchanges {
		g.exchanges[x.Name] = x
	}
	for _, q := range t.Queues {
		g.queues[q.Name] = q
	}
	for _, c := range t.Subscribers {
		g.consumers[c.Queue] = append(g.consumers[c.Queue], c)
	}
	for _, f := range t.Flaws {
		g.flaws[f.Target] = append(g.flaws[f.Target], f)
	}
	edges := append(slices.Clone(t.Edges), byName(t, focus)...)
	for _, e := range t.Edges {
		if e.Way == backends.ByDeath {
			g.deaths[e.From.Name] = e
		} else {
			g.onward[e.From.Name] = append(g.onward[e.From.Name], e)
		}
	}
	if focus != (backends.Target{}) {
		edges = around(focus, edges)
	}
	g.fill(t, edges, focus, match)
	return g
}

// byName are the default exchange's ways: to the queues that no binding leads to, and to the focus. Its
// others would only hide the rest.
func byName(t backends.Topology, focus backends.Target) []backends.Edge {
	bound := map[string]bool{}
	for _, e := range t.Edges {
		if e.Way == backends.ByBinding && e.To.Kind == backends.KindQueue {
			bound[e.To.Name] = true
		}
	}
	var edges []backends.Edge
	for _, q := range t.Queues {
		to := queueNamed(q.Name)
		if !bound[q.Name] || to == focus || focus == exchangeNamed(defaultExchange) {
			edges = append(edges, backends.Edge{From: exchangeNamed(defaultExchange), To: to, Way: backends.ByName, Rate: t.Direct[q.Name]})
		}
	}
	return edges
}

// around keeps the edges on ways that lead to the focus or away from it.
func around(focus backends.Target, edges []backends.Edge) []backends.Edge {
	before := closure(focus, edges, func(e backends.Edge) (from, to backends.Target) { return e.To, e.From })
	after := closure(focus, edges, func(e backends.Edge) (from, to backends.Target) { return e.From, e.To })
	var out []backends.Edge
	for _, e := range edges {
		if before[e.From] && before[e.To] || after[e.From] && after[e.To] {
			out = append(out, e)
		}
	}
	return out
}

// closure is what can be reached from a place in the given direction, itself included.
func closure(start backends.Target, edges []backends.Edge, direction func(backends.Edge) (from, to backends.Target)) map[backends.Target]bool {
	next := map[backends.Target][]backends.Target{}
	for _, e := range edges {
		from, to := direction(e)
		next[from] = append(next[from], to)
	}
	seen := map[backends.Target]bool{start: true}
	for work := []backends.Target{start}; len(work) > 0; work = work[1:] {
		for _, to := range next[work[0]] {
			if !seen[to] {
				seen[to] = true
				work = append(work, to)
			}
		}
	}
	return seen
}

// fill makes the blocks, the exchange of the focus first and the default exchange last.
func (g *graph) fill(t backends.Topology, edges []backends.Edge, focus backends.Target, match func(string) bool) {
	from, touched := map[string][]backends.Edge{}, map[string]bool{}
	for _, e := range edges {
		if e.From.Kind == backends.KindExchange {
			from[e.From.Name] = append(from[e.From.Name], e)
			touched[e.From.Name] = true
		}
		if e.To.Kind == backends.KindExchange {
			touched[e.To.Name] = true
		}
	}
	focused := focus != (backends.Target{})
	var first, rest, last []block
	for _, x := range t.Exchanges {
		target := exchangeNamed(x.Name)
		switch {
		case focused && target != focus && !touched[x.Name]:
			continue
		case !focused && !touched[x.Name] && strings.HasPrefix(x.Name, "amq.") && x.InRate.Value == 0:
			g.idle++
			continue
		}
		b, ok := g.filtered(block{x, from[x.Name]}, match)
		switch {
		case !ok:
		case target == focus:
			first = append(first, b)
		case x.Name == defaultExchange:
			last = append(last, b)
		default:
			rest = append(rest, b)
		}
	}
	g.blocks = slices.Concat(first, rest, last)
	names := make([]string, len(g.blocks))
	for i, b := range g.blocks {
		names[i] = b.exchange.Name
	}
	g.differ = differ(names)
}

// filtered keeps of a block what the filter lets pass: all of it when the exchange's name does.
func (g *graph) filtered(b block, match func(string) bool) (block, bool) {
	if match(b.exchange.Name + " " + b.exchange.Type) {
		return b, true
	}
	var kept []backends.Edge
	for _, e := range b.edges {
		text := []string{e.To.Name}
		for _, binding := range e.Bindings {
			text = append(text, binding.RoutingKey)
		}
		for _, c := range g.consumersOf(e) {
			text = append(text, c.Tag, c.Client)
		}
		if match(strings.Join(text, " ")) {
			kept = append(kept, e)
		}
	}
	b.edges = kept
	return b, len(kept) > 0
}

func (g *graph) consumersOf(e backends.Edge) []backends.Subscriber {
	if e.To.Kind == backends.KindQueue {
		return g.consumers[e.To.Name]
	}
	return nil
}
