package decoders

import "fmt"

// frame is a container the walk is in.
type frame struct {
	left uint64 // items (entries of a map) still to come; endless for open ones
	node uint32
	have uint32 // children read
	kind kind
	open bool // ends with a break, or for kindSeq with the data

	record uint32 // 1 + index of a record, whose keys are known; 0 for all else
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
	limits  Limits
	grammar grammar
	keys    int  // scalar keys read
	oddKeys bool // some key is no text
	why     breakKind
	fault   Fault
	records *recordBook // nil when msgpackr's records are not looked for
}

// walked is what a walk has come to.
type walked struct {
	tree  Tree
	off   int // where the walk ended
	why   breakKind
	fault Fault
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
	w.nodes = append(roomFor(w.nodes, w.limits.Nodes), n)
	return true
}

// roomFor makes room for one more element: for twice as many, or for as many as the limit allows. All
// slices that a growing one leaves behind are then together no larger than its last one.
func roomFor[T any](s []T, limit int) []T {
	if len(s) < cap(s) {
		return s
	}
	room := min(max(2*len(s), 8), max(limit, len(s)+1))
	return append(make([]T, 0, room), s...)
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
	n.end, n.next, n.count = uint32(w.off), uint32(len(w.nodes)), f.have
}

// finish closes what a fault has left open and marks it.
func (w *walker) finish() walked {
	for len(w.stack) > 0 {
		w.nodes[w.stack[len(w.stack)-1].node].flags |= flagCut
		w.pop()
	}
	return walked{
		tree: Tree{data: w.data, nodes: w.nodes, grammar: w.grammar, keys: w.keys, oddKeys: w.oddKeys},
		off:  w.off, why: w.why, fault: w.fault,
	}
}

// shallow is the nesting of most messages.
const shallow = 6

// walkBinary reads MessagePack or CBOR from the start of data: one item, or with seq all items up
// to the end below a root of their own. nodes is how many nodes to make room for.
func walkBinary(g grammar, data []byte, seq bool, nodes int, limits Limits) walked {
	w := walker{data: data, grammar: g, limits: limits, stack: make([]frame, 0, shallow)}
	w.nodes = make([]node, 0, min(max(nodes, 1), limits.Nodes))
	if seq {
		w.add(node{kind: kindSeq})
		w.push(endless, true)
	} else {
		w.item(0, roleRoot)
	}
	for len(w.stack) > 0 && w.why == breakNone {
		if w.plain(); len(w.stack) > 0 {
			w.fill()
		}
	}
	return w.finish()
}

// fill reads the children of the innermost container up to its end or the next container.
func (w *walker) fill() {
	f := &w.stack[len(w.stack)-1]
	level := len(w.stack)
	for f.left > 0 && !w.ended(f) {
		ref, as := f.have, roleItem
		switch f.kind {
		case kindMap:
			ref, as = uint32(w.off), roleValue
			if f.record > 0 {
				ref = w.records.keys[f.record-1][f.have]
			} else if !w.key(f) {
				return
			}
		case kindSeq, kindArray:
		default:
			if as = w.special(f); w.why != breakNone {
				return
			}
		}
		f.left--
		f.have++
		if !w.item(ref, as) {
			f.have--
			if as == roleValue && f.record == 0 {
				w.off = int(ref) // the entry is not read, its key neither
			}
			return
		}
		if len(w.stack) != level {
			return
		}
	}
	if w.why == breakNone {
		w.pop()
	}
}

// ended reports whether an open container ends here, and passes over its break. The end of the data
// is a fault in any other place.
func (w *walker) ended(f *frame) bool {
	if w.off >= len(w.data) {
		if f.kind != kindSeq {
			w.fail(breakEnd, len(w.data), f.missing())
		}
		return true
	}
	if f.open && w.data[w.off] == 0xff && f.kind != kindSeq {
		w.off++
		return true
	}
	return false
}

// special is the role of the next child of a tag, an entry or an open string.
func (w *walker) special(f *frame) role {
	switch f.kind {
	case kindTag:
		return roleContent
	case kindEntry:
		if f.have == 1 {
			return roleOf
		}
		return roleKey
	default:
		w.chunk(f.kind)
		return roleItem
	}
}

// missing says what the end of the data has cut off.
func (f *frame) missing() string {
	what := "items"
	if f.kind == kindMap {
		what = "entries"
	}
	switch {
	case f.kind == kindTag:
		return "expected the content of the tag, the data ends"
	case f.kind == kindEntry && f.have == 1:
		return "expected a value, the data ends"
	case f.open:
		return "expected an item or a break, the data ends"
	}
	return fmt.Sprintf("%d of %d %s, then the data ends", f.have, uint64(f.have)+f.left, what)
}

// key passes over a scalar key. For any other key it opens a node for the entry, and returns false
// as it does after a fault.
func (w *walker) key(f *frame) bool {
	start := w.off
	k, size, arg := w.grammar.lead(w.data, start)
	if k == kindText {
		if rest := uint64(len(w.data) - start - size); arg < rest {
			w.off = start + size + int(arg)
			w.keys++
			return true
		}
	}
	h := head{kind: k &^ kindOpen, size: size, arg: arg, open: k&kindOpen != 0}
	w.oddKeys = w.oddKeys || k != kindText
	switch {
	case !h.valid():
		w.broken(h, start)
		return false
	case !h.scalar():
		if !w.deep(start) && w.add(node{start: uint32(start), end: uint32(start), kind: kindEntry, flags: uint8(roleEntry)}) {
			f.left--
			f.have++
			w.push(2, false)
		}
		return false
	}
	if rest := uint64(len(w.data) - start - size); h.content() > rest {
		w.fail(breakEnd, start, fmt.Sprintf("the key needs %d bytes, %d left", h.content(), rest))
		return false
	}
	end := start + size + int(h.content())
	if end >= len(w.data) {
		w.fail(breakEnd, end, "expected the value of a key, the data ends")
		return false
	}
	w.off = end
	return true
}

// chunk checks that the next item may be part of an open string (RFC 8949 §3.2.3).
func (w *walker) chunk(want kind) {
	if k, _, _ := cborLead(w.data, w.off); k > kindBreak && k != want {
		w.fail(breakSyntax, w.off, "expected a chunk of the string, with a length, or a break")
	}
}

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

// item reads the item at the current offset as a node and reports whether it was added.
func (w *walker) item(ref uint32, as role) bool {
	start := w.off
	if start >= len(w.data) {
		w.fail(breakEnd, start, "expected an item, the data ends")
		return false
	}
	k, size, arg := w.grammar.lead(w.data, start)
	n := node{start: uint32(start), ref: ref, kind: k, flags: uint8(as)}
	end := start + size
	if w.records != nil && (k == kindExt || k == kindUint) {
		if opened, ok := w.record(n, k, size); ok {
			return opened
		}
	}
	switch k {
	case kindShort, kindInvalid, kindBreak:
		w.broken(head{kind: k, size: size}, start)
		return false
	case kindText, kindBytes, kindExt:
		if left := uint64(len(w.data) - end); arg > left {
			w.fail(breakEnd, start, fmt.Sprintf("needs %d bytes, %d left", arg, left))
			n.flags |= flagCut
			arg = left
		}
		end += int(arg)
	case kindArray, kindMap, kindTag:
		return w.container(n, end, arg, false)
	default:
		if k&kindOpen != 0 {
			n.kind = k &^ kindOpen
			return w.container(n, end, endless, true)
		}
	}
	w.off = end
	n.end = uint32(end)
	return w.add(n)
}

// container adds a node and opens it, its head ending at the offset.
func (w *walker) container(n node, off int, left uint64, open bool) bool {
	if w.deep(int(n.start)) {
		return false
	}
	w.off = off
	n.end = uint32(off)
	if !w.add(n) {
		return false
	}
	if n.kind == kindTag {
		left = 1
	}
	w.push(left, open)
	return true
}
