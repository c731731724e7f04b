package topology

import (
	"slices"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
)

// node is a row of the tree. Its id stays the same from one reading to the next.
type node struct {
	id     string
	target backends.Target // what it stands for; of consumers and bindings the place that they belong to
	row    ui.TreeRow
	end    int
}

// tree is the topology as a tree: exchange, binding, queue, consumer.
type tree struct {
	*ui.Tree
	nodes []node
}

// set puts other nodes into the tree. While they are of the same places, what is folded and in sight stays.
func (t *tree) set(nodes []node) {
	same := func(a, b node) bool { return a.id == b.id && a.end == b.end }
	if t.Tree != nil && slices.EqualFunc(t.nodes, nodes, same) {
		t.nodes = nodes
		return
	}
	selected, folded := "", map[string]bool{}
	if t.Tree != nil {
		for i, n := range t.nodes {
			folded[n.id] = t.Folded(i)
		}
		if i := t.Index(); i >= 0 {
			selected = t.nodes[i].id
		}
	}
	t.nodes = nodes
	t.Tree = ui.NewTree(len(nodes), func(i int) ui.TreeRow { return t.nodes[i].row }, func(i int) int { return t.nodes[i].end })
	// From the end, so that no branch is folded yet when what is below it is selected.
	for i := range slices.Backward(nodes) {
		if folded[nodes[i].id] {
			t.SetIndex(i)
			t.Fold()
		}
	}
	t.SetIndex(max(slices.IndexFunc(nodes, func(n node) bool { return n.id == selected }), 0))
}

// target is what the selected row stands for.
func (t *tree) target() (backends.Target, bool) {
	if i := t.Index(); i >= 0 {
		return t.nodes[i].target, true
	}
	return backends.Target{}, false
}

// nodesOf writes a graph as a tree.
func nodesOf(g *graph, theme *ui.Theme) []node {
	b := treeBuilder{g: g, theme: theme}
	for _, block := range g.blocks {
		x := block.exchange
		target := exchangeNamed(x.Name)
		b.open(x.Name, target, ui.TreeRow{
			Key: ui.Clean(x.Name), Value: theme.Dim.Paint(ui.Clean(x.Type)) + figures(theme, x.InRate, x.OutRate), Note: b.note(target),
		})
		for _, e := range block.edges {
			b.edge(x, e)
		}
		b.close()
	}
	return b.nodes
}

type treeBuilder struct {
	g     *graph
	theme *ui.Theme
	nodes []node
	path  []int
}

// open begins a node; what is added until close is below it.
func (b *treeBuilder) open(id string, target backends.Target, row ui.TreeRow) {
	if len(b.path) > 0 {
		id = b.nodes[b.path[len(b.path)-1]].id + "\x00" + id
	}
	row.Depth, row.Mark = len(b.path), false
	b.path = append(b.path, len(b.nodes))
	b.nodes = append(b.nodes, node{id: id, target: target, row: row})
}

func (b *treeBuilder) close() {
	i := b.path[len(b.path)-1]
	b.path = b.path[:len(b.path)-1]
	b.nodes[i].end = len(b.nodes)
	b.nodes[i].row.Branch = len(b.nodes) > i+1
}

func (b *treeBuilder) leaf(id string, target backends.Target, row ui.TreeRow) {
	b.open(id, target, row)
	b.close()
}

func (b *treeBuilder) note(target backends.Target) string {
	for _, f := range b.g.flaws[target] {
		return "⚠ " + f.Rule
	}
	return ""
}

func (b *treeBuilder) edge(x backends.Channel, e backends.Edge) {
	t := b.theme
	id, keys := string(e.Way)+" "+e.To.String(), t.Accent.Paint(keysText(x.Type, e))
	if figure := rate(e.Rate); figure != "" {
		keys += "  " + figure
	}
	switch onward := keys + t.Border.Paint(" ─▶ "); { // an end here stands in the line of its way
	case e.Broken:
		b.leaf(id, e.To, ui.TreeRow{Value: onward + t.Bad.Paint("✗ "+ui.Clean(e.To.String())+" does not exist")})
	case e.To.Kind == backends.KindExchange:
		b.leaf(id, e.To, ui.TreeRow{Value: onward + "exchange " + ui.Clean(e.To.Name), Note: b.note(e.To)})
	default:
		b.open(id, exchangeNamed(x.Name), ui.TreeRow{Value: keys})
		b.queue(e.To.Name)
		b.close()
	}
}

func (b *treeBuilder) queue(name string) {
	t, q, target := b.theme, b.g.queues[name], queueNamed(name)
	b.open("queue", target, ui.TreeRow{
		Key: ui.Clean(name), Value: waiting(q) + t.Dim.Paint(" ready") + figures(t, q.InRate, q.OutRate), Note: b.note(target),
	})
	defer b.close()
	consumers := b.g.consumers[name]
	for _, c := range consumers {
		b.leaf("consumer "+c.Tag+c.Client, target, ui.TreeRow{Value: t.Good.Paint("◂ ") + consumerName(c), Note: rate(c.Rate)})
	}
	if more := q.Consumers.Value - int64(len(consumers)); q.Consumers.Known() && more > 0 {
		b.leaf("more", target, ui.TreeRow{Value: t.Good.Paint("◂ ") + views.Things(backends.ExactCount(more), "consumer", "consumers")})
	} else if q.Consumers.Known() && q.Consumers.Value == 0 && len(consumers) == 0 {
		text := t.Warn.Paint("no consumer")
		if delays(q) {
			text = t.Dim.Paint("delays, by time to live")
		}
		b.leaf("nobody", target, ui.TreeRow{Value: text})
	}
	if e, ok := b.g.deaths[name]; ok {
		text := "dead letters → " + ui.Clean(e.To.String())
		if e.Broken {
			text = t.Bad.Paint(text + ", which does not exist")
		}
		b.leaf("dead", e.To, ui.TreeRow{Value: text})
	}
}

// figures are the rates into a place and out of it.
func figures(t *ui.Theme, in, out backends.Rate) string {
	text := ""
	if in.Known() {
		text += t.Dim.Paint("  in ") + views.Rate(in)
	}
	if out.Known() {
		text += t.Dim.Paint("  out ") + views.Rate(out)
	}
	return text
}
