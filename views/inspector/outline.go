package inspector

import (
	"fmt"
	"slices"

	"bustop/decoders"
	"bustop/ui"
)

// The bounds of opening payloads in payloads.
const (
	maxNesting = 4    // payloads inside each other, below the message's own
	maxOpened  = 256  // payloads opened in one message
	maxLooked  = 1024 // rows of one payload of which it is remembered what they hold
)

// outline is a payload as rows: the nodes of its tree in their order, and behind a node the rows of the
// payload inside it, when a person has opened that. A payload without a tree has one row.
type outline struct {
	result *decoders.Result
	depth  int // payloads around this one
	opened []opened
	// looked remembers what rows hold that were in sight, nil for those that hold nothing.
	looked map[int]*decoders.Result
}

// opened is a payload inside a node. An outline has them in the order of the nodes.
type opened struct {
	node int
	sub  *outline
}

func (o *outline) own() int {
	if o.result.Tree == nil {
		return 1
	}
	return o.result.Tree.Len()
}

func (o *outline) len() int {
	n := o.own()
	for _, op := range o.opened {
		n += op.sub.len()
	}
	return n
}

// count is the number of payloads that are opened in it.
func (o *outline) count() int {
	n := len(o.opened)
	for _, op := range o.opened {
		n += op.sub.count()
	}
	return n
}

// spot is where a row is.
type spot struct {
	o      *outline
	node   int
	indent int // depth of the payload's root among all rows
}

// at finds a row.
func (o *outline) at(row int) spot {
	s := spot{o: o, node: row}
	for {
		inner, above := s.o.hit(s.node)
		if inner == nil {
			s.node -= above
			return s
		}
		s.node -= inner.node + 1 + above
		s.indent += s.o.depthOf(inner.node) + 1
		s.o = inner.sub
	}
}

// hit finds the opened payload that a row is in, nil for rows of o itself, and how many rows of other
// payloads are above.
func (o *outline) hit(row int) (in *opened, above int) {
	for i := range o.opened {
		op := &o.opened[i]
		first, n := op.node+1+above, op.sub.len()
		if row < first {
			break
		}
		if row < first+n {
			return op, above
		}
		above += n
	}
	return nil, above
}

func (o *outline) depthOf(node int) int {
	if o.result.Tree == nil {
		return 0
	}
	return o.result.Tree.Depth(node)
}

// end is the row after all that is below a row.
func (o *outline) end(row int) int {
	s := o.at(row)
	next := s.node + 1
	if t := s.o.result.Tree; t != nil {
		next = t.End(s.node)
	}
	end := row + next - s.node
	for _, op := range s.o.opened {
		if s.node <= op.node && op.node < next {
			end += op.sub.len()
		}
	}
	return end
}

// holds is the payload inside a node, nil when there is none or it is too deep. Only leaves hold one:
// what is inside of others is in the tree.
func (o *outline) holds(node int) *decoders.Result {
	if o.depth >= maxNesting || o.result.Tree == nil || o.result.Tree.Branch(node) {
		return nil
	}
	in, known := o.looked[node]
	if known {
		return in
	}
	if o.looked == nil || len(o.looked) >= maxLooked {
		o.looked = make(map[int]*decoders.Result)
	}
	in = o.result.Inside(node)
	o.looked[node] = in
	return in
}

func (o *outline) isOpen(node int) bool {
	_, found := slices.BinarySearchFunc(o.opened, node, func(op opened, node int) int { return op.node - node })
	return found
}

// open opens the payload inside a node and returns how many rows came with it, 0 when there is none or it
// is open already.
func (o *outline) open(node int) int {
	in := o.holds(node)
	i, found := slices.BinarySearchFunc(o.opened, node, func(op opened, node int) int { return op.node - node })
	if in == nil || found {
		return 0
	}
	sub := &outline{result: in, depth: o.depth + 1}
	o.opened = slices.Insert(o.opened, i, opened{node, sub})
	return sub.len()
}

// row describes a row; only those in sight are asked for.
func (o *outline) row(i int) ui.TreeRow {
	s := o.at(i)
	t := s.o.result.Tree
	if t == nil {
		return ui.TreeRow{
			Depth: s.indent, Key: s.o.name(), Value: ui.Clean(s.o.result.Preview(previewWidth)),
			Note: fmt.Sprintf("%d bytes", len(s.o.result.Data)),
		}
	}
	row := ui.TreeRow{
		Depth: s.indent + t.Depth(s.node), Key: ui.Clean(t.Key(s.node)), Value: ui.Clean(t.Value(s.node)),
		Note: ui.Clean(t.Type(s.node)), Branch: t.Branch(s.node),
	}
	if s.node == 0 && s.o.depth > 0 {
		row.Key = s.o.name()
	}
	if in := s.o.holds(s.node); in != nil {
		row.Branch, row.Closed = true, !s.o.isOpen(s.node)
		row.Value = "⟨" + ui.Clean(in.Chain()) + "⟩ " + row.Value
	}
	return row
}

// previewWidth bounds what a row shows of a payload without a tree.
const previewWidth = 400

// name is what the first row of an opened payload is called.
func (o *outline) name() string { return "⟨" + ui.Clean(o.result.Format) + "⟩" }

// search finds rows, at most most of them, in the payload and in those opened inside it.
func (o *outline) search(query string, most int) []int {
	var own []int
	if t := o.result.Tree; t != nil {
		own = t.SearchAll(query, most)
	} else if offsets := findBytes(o.result.Data, query, 1); len(offsets) > 0 {
		own = []int{0}
	}
	if len(o.opened) == 0 {
		return own
	}
	var all []int
	above := 0
	for _, op := range o.opened {
		for len(own) > 0 && own[0] <= op.node {
			all, own = append(all, own[0]+above), own[1:]
		}
		first := op.node + 1 + above
		for _, row := range op.sub.search(query, most) {
			all = append(all, first+row)
		}
		above += op.sub.len()
	}
	for _, node := range own {
		all = append(all, node+above)
	}
	return all[:min(len(all), most)]
}
