package decoders

import "fmt"

// frame is a container the walk is in.
type frame struct {
	left uint64 // items (entries of a map) still to come; endless for open ones
	node uint32
	kind kind
	open bool // ends with a break, or for kindSeq with the data
}

const endless = 1 << 63

// breakKind tells why a walk ended before its time.
type breakKind uint8

const (
	breakNone   breakKind = iota
	breakEnd              // the data ended
	breakLimit            // a limit was reached
	breakSyntax           // the grammar forbids what is there
)

// walker builds a Tree. Every grammar has its own loop; opening, closing, limits and faults are
// common.
type walker struct {
	data    []byte
	off     int
	nodes   []node
	stack   []frame
	few     [16]frame // the stack of all but deep payloads, without allocation
	limits  Limits
	grammar grammar
	why     breakKind
	fault   Fault
}

// fail ends the walk. The first fault stays.
func (w *walker) fail(why breakKind, off int, text string) {
	if w.why == breakNone {
		w.why, w.fault = why, Fault{Offset: off, Text: text}
	}
}

// add appends a node for the item at start and tells whether the limit let it.
func (w *walker) add(n node) bool {
	if len(w.nodes) >= w.limits.Nodes {
		w.fail(breakLimit, int(n.start), fmt.Sprintf("more than %d nodes", w.limits.Nodes))
		return false
	}
	n.depth = uint16(len(w.stack))
	n.next = uint32(len(w.nodes) + 1)
	w.nodes = append(w.nodes, n)
	return true
}

// push makes the node added last a container of left items.
func (w *walker) push(left uint64, open bool) {
	n := &w.nodes[len(w.nodes)-1]
	w.stack = append(w.stack, frame{node: uint32(len(w.nodes) - 1), kind: n.kind, left: left, open: open})
}

// deep reports, as a fault, that one more container would nest too deep.
func (w *walker) deep(off int) bool {
	if len(w.stack) < w.limits.Depth {
		return false
	}
	w.fail(breakLimit, off, fmt.Sprintf("nested deeper than %d", w.limits.Depth))
	return true
}

// pop closes the innermost container at the current offset.
func (w *walker) pop() {
	f := w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
	n := &w.nodes[f.node]
	n.end, n.next = uint32(w.off), uint32(len(w.nodes))
}

// finish closes what a fault has left open and marks it.
func (w *walker) finish() *Tree {
	for len(w.stack) > 0 {
		w.nodes[w.stack[len(w.stack)-1].node].flags |= flagCut
		w.pop()
	}
	if len(w.nodes) == 0 {
		return nil
	}
	return &Tree{data: w.data, nodes: w.nodes, grammar: w.grammar}
}

// walkBinary reads MessagePack or CBOR from the start of data: one item, or with seq all items up
// to the end below a root of their own. nodes is how many nodes to make room for.
func walkBinary(g grammar, data []byte, seq bool, nodes int, limits Limits) *walker {
	w := &walker{data: data, grammar: g, limits: limits}
	w.stack = w.few[:0]
	w.nodes = make([]node, 0, min(max(nodes, 0)+1, limits.Nodes))
	if seq {
		w.add(node{kind: kindSeq})
		w.push(endless, true)
	} else {
		w.item(uint32(roleRoot), roleRoot)
	}
	for len(w.stack) > 0 && w.why == breakNone {
		w.step()
	}
	return w
}

// step reads the next child of the innermost container, or closes it.
func (w *walker) step() {
	f := &w.stack[len(w.stack)-1]
	n := &w.nodes[f.node]
	switch {
	case f.left == 0:
		w.pop()
		return
	case w.off >= len(w.data):
		if f.kind == kindSeq {
			w.pop()
			return
		}
		w.fail(breakEnd, len(w.data), f.missing(n.count))
		return
	case f.open && w.data[w.off] == 0xff && w.grammar == gCBOR && f.kind != kindSeq:
		w.off++
		w.pop()
		return
	}
	ref, as := n.count, roleItem
	switch f.kind {
	case kindMap:
		w.entry(f)
		return
	case kindTag:
		as = roleContent
	case kindEntry:
		as = roleKey
		if n.count == 1 {
			as = roleOf
		}
	case kindText, kindBytes:
		if !w.chunk(f.kind) {
			return
		}
	default:
	}
	node := f.node
	f.left--
	if w.item(ref, as) {
		w.nodes[node].count++
	}
}

// missing says what the end of the data has cut off.
func (f *frame) missing(have uint32) string {
	what := "items"
	if f.kind == kindMap {
		what = "entries"
	}
	switch {
	case f.kind == kindTag:
		return "expected the content of the tag, the data ends"
	case f.kind == kindEntry && have == 1:
		return "expected a value, the data ends"
	case f.open:
		return "expected an item or a break, the data ends"
	}
	return fmt.Sprintf("%d of %d %s, then the data ends", have, uint64(have)+f.left, what)
}

// entry reads one entry of a map: a scalar key and its value as one node, any other key as a node
// with two children.
func (w *walker) entry(f *frame) {
	start, parent := w.off, f.node
	h := w.grammar.readHead(w.data[start:])
	if !h.valid() {
		w.broken(h, start)
		return
	}
	f.left--
	if !h.scalar() {
		if !w.deep(start) && w.add(node{start: uint32(start), end: uint32(start), kind: kindEntry, flags: uint8(roleEntry)}) {
			w.nodes[parent].count++
			w.push(2, false)
		}
		return
	}
	if rest := uint64(len(w.data) - start - h.size); h.content() > rest {
		w.fail(breakEnd, start, fmt.Sprintf("the key needs %d bytes, %d left", h.content(), rest))
		return
	}
	w.off = start + h.size + int(h.content())
	if w.off >= len(w.data) {
		w.fail(breakEnd, w.off, "expected the value of a key, the data ends")
		return
	}
	if w.item(uint32(start), roleValue) {
		w.nodes[parent].count++
	}
}

// chunk checks that the next item may be part of an open string (RFC 8949 §3.2.3).
func (w *walker) chunk(k kind) bool {
	h := cborHead(w.data[w.off:])
	if h.valid() && (h.kind != k || h.open) {
		w.fail(breakSyntax, w.off, "expected a chunk of the string, with a length, or a break")
		return false
	}
	return true
}

func (h head) valid() bool { return h.kind > kindBreak }

// broken reports a head that is no item.
func (w *walker) broken(h head, off int) {
	left := len(w.data) - off
	switch h.kind {
	case kindShort:
		w.fail(breakEnd, off, fmt.Sprintf("needs %d bytes, %d left", h.size, left))
	case kindBreak:
		w.fail(breakSyntax, off, "a break where an item is expected")
	default:
		w.fail(breakSyntax, off, fmt.Sprintf("expected an item, %02x is none", w.data[off:min(off+2, len(w.data))]))
	}
}

// item reads the item at the current offset as a node and reports whether it was added. The caller
// has made sure that a byte is there, or is at the root.
func (w *walker) item(ref uint32, as role) bool {
	start := w.off
	if start >= len(w.data) {
		w.fail(breakEnd, start, "expected an item, the data ends")
		return false
	}
	h := w.grammar.readHead(w.data[start:])
	if !h.valid() {
		w.broken(h, start)
		return false
	}
	n := node{start: uint32(start), ref: ref, kind: h.kind, flags: uint8(as)}
	if !h.scalar() {
		return w.container(n, h)
	}
	left := len(w.data) - start - h.size
	w.off = start + h.size
	if size := h.content(); size > uint64(left) {
		w.fail(breakEnd, start, fmt.Sprintf("needs %d bytes, %d left", size, left))
		n.flags |= flagCut
		w.off = len(w.data)
	} else {
		w.off += int(size)
	}
	n.end = uint32(w.off)
	return w.add(n)
}

func (w *walker) container(n node, h head) bool {
	start := int(n.start)
	if w.deep(start) {
		return false
	}
	w.off = start + h.size
	n.end = uint32(w.off)
	if !w.add(n) {
		return false
	}
	left := h.arg
	switch {
	case h.open:
		left = endless
	case h.kind == kindTag:
		left = 1
	}
	w.push(left, h.open)
	return true
}
