package decoders

import "encoding/binary"

// facet is what stands behind a node of a format whose items do not all tell in their first byte how
// to read them: the serialisations of languages, XML, Avro. Labels are made from it when they are
// asked for, as everywhere.
type facet struct {
	at, size uint32 // the content: text, digits, bytes of a number, the name of a class; see foreign.content
	ref      uint32 // where a reference leads: the offset of the item; the truth of a bool
	kind     kind   // of a key; the kind of a node is in the node
	code     coding
	form     form
}

// coding is how the content of an item is written.
type coding uint8

const (
	codeRaw        coding = iota
	codeIntLE             // two's complement, 1 to 8 bytes
	codeIntBE             //
	codeUintLE            //
	codeFloatLE           // IEEE 754 of 4 or 8 bytes
	codeFloatBE           //
	codeDigits            // a number as text
	codeBigLE             // two's complement of any length
	codeMagnitude         // magnitude, the least byte first; facet.ref is the offset of its sign
	codeFixnum            // Ruby Marshal's packed integer
	codeZigzag            // Avro's variable length
	codeEscaped           // backslash escapes of Python
	codeRawUnicode        // Python's raw-unicode-escape: Latin-1 with \u and \U
	codeXML               // entities of XML
	codeXMLValue          // the same in an attribute
	codeAttribute         // a name that is shown with @ before it
)

// foreign is the side of a tree that has facets.
type foreign struct {
	nodes []facet // one for each node
	keys  []facet // node.ref of a roleValue is an index
	extra []byte  // names that do not stand in the data as a whole; facet.at counts on from the data's end
}

// content is the bytes a facet points at.
func (s *foreign) content(data []byte, f facet) []byte {
	if n := uint32(len(data)); f.at >= n && f.size > 0 {
		return s.extra[f.at-n : f.at-n+f.size]
	}
	return data[f.at : f.at+f.size]
}

// Limits of what a side may hold beside the facets. Names in extra can be named by a few bytes, so
// they are short and few.
const (
	maxExtra = 1 << 20
	maxName  = 128
	// maxShared is the longest text that a reference shows in its own place, in bytes.
	maxShared = 64
)

// place is where the next value hangs.
type place struct {
	ref uint32
	as  role
}

// foreignWalker builds a tree with facets.
type foreignWalker struct {
	walker
	side     foreign
	interned map[string]uint32
}

// newForeign begins a walk. A node with its facet takes nearly twice the room of a node.
func newForeign(data []byte, limits Limits) foreignWalker {
	limits.Nodes = max(limits.Nodes/5, 1) // what stands beside a node takes several times its room
	return foreignWalker{walker: walker{data: data, grammar: gForeign, limits: limits, stack: make([]frame, 0, shallow)}}
}

// put adds a node with its facet to the innermost container.
func (w *foreignWalker) put(n node, f facet, p place) bool {
	n.ref, n.flags = p.ref, n.flags|uint8(p.as)
	if !w.add(n) {
		return false
	}
	w.side.nodes = append(roomFor(w.side.nodes, w.limits.Nodes), f)
	if len(w.stack) > 0 {
		w.stack[len(w.stack)-1].have++
	}
	return true
}

// leaf adds a whole item from start to the current offset.
func (w *foreignWalker) leaf(start int, k kind, f facet, p place) bool {
	return w.put(node{start: uint32(start), end: uint32(w.off), kind: k}, f, p)
}

// open adds a container that begins at start and goes into it.
func (w *foreignWalker) open(start int, k kind, f facet, p place) bool {
	if w.deep(start) || !w.put(node{start: uint32(start), end: uint32(w.off), kind: k}, f, p) {
		return false
	}
	w.push(endless, true)
	return true
}

// shut closes the innermost container when all is well; finish closes it otherwise.
func (w *foreignWalker) shut() {
	if w.why == breakNone {
		w.pop()
	}
}

// key remembers a key and returns where its value hangs.
func (w *foreignWalker) key(k kind, f facet) place {
	f.kind = k
	w.keys++
	w.oddKeys = w.oddKeys || k != kindText
	w.side.keys = append(roomFor(w.side.keys, w.limits.Nodes), f)
	return place{ref: uint32(len(w.side.keys) - 1), as: roleValue}
}

// named is the place of a part that has a name of ours.
func (w *foreignWalker) named(name string) place {
	at, size := w.intern(name)
	return w.key(kindText, facet{at: at, size: size})
}

// item is the place of the next item of the innermost container.
func (w *foreignWalker) item() place {
	if len(w.stack) == 0 {
		return place{as: roleRoot}
	}
	return place{ref: w.stack[len(w.stack)-1].have, as: roleItem}
}

// intern keeps a name that the data does not have in one piece, as far as there is room.
func (w *foreignWalker) intern(name string) (at, size uint32) {
	if len(name) > maxName {
		name = string(cutText([]byte(name), maxName-len("…")))
	}
	if at, ok := w.interned[name]; ok {
		return at, uint32(len(name))
	}
	if len(w.side.extra)+len(name) > maxExtra {
		return uint32(len(w.data)), 0
	}
	if w.interned == nil {
		w.interned = map[string]uint32{}
	}
	at = uint32(len(w.data) + len(w.side.extra))
	w.side.extra = append(w.side.extra, name...)
	w.interned[name] = at
	return at, uint32(len(name))
}

// finish closes what is open.
func (w *foreignWalker) finish() walked {
	out := w.walker.finish()
	side := w.side
	out.tree.side = &side
	return out
}

// need reports whether n more bytes are there; it is a fault of the item at start when they are not.
func (w *foreignWalker) need(start, n int) bool {
	if n >= 0 && n <= len(w.data)-w.off {
		return true
	}
	w.fail(breakEnd, start, "needs "+plural(n, "byte")+", "+plural(len(w.data)-w.off, "byte")+" left")
	return false
}

// ends reports, as a fault, that the data ends where what is expected.
func (w *foreignWalker) ends(what string) bool {
	if w.off < len(w.data) {
		return false
	}
	w.fail(breakEnd, len(w.data), "expected "+what+", the data ends")
	return true
}

// wrong is a fault of the grammar.
func (w *foreignWalker) wrong(off int, text string) {
	w.fail(breakSyntax, off, text)
}

// strip adds a text or bytes leaf of size bytes at the current offset, which may be cut by the end of
// the data; f.at and f.size are set.
func (w *foreignWalker) strip(start, size int, k kind, f facet, p place) bool {
	left := len(w.data) - w.off
	n := node{start: uint32(start), kind: k}
	if size > left {
		w.fail(breakEnd, start, "needs "+plural(size, "byte")+", "+plural(left, "byte")+" left")
		n.flags |= flagCut
		size = left
	}
	f.at, f.size = uint32(w.off), uint32(size)
	w.off += size
	n.end = uint32(w.off)
	return w.put(n, f, p) && w.why == breakNone
}

// extend makes the node at index i reach to the current offset.
func (w *foreignWalker) extend(i int) { w.nodes[i].end = uint32(w.off) }

// intOfCoding is the value of an integer of up to eight bytes.
func intOfCoding(d []byte, code coding) int64 {
	var room [8]byte
	size := min(len(d), 8)
	if size == 0 {
		return 0
	}
	switch code {
	case codeIntBE:
		copy(room[:], d[:size])
		return int64(binary.BigEndian.Uint64(room[:])) >> (64 - 8*size)
	case codeUintLE:
		copy(room[:], d[:size])
		return int64(binary.LittleEndian.Uint64(room[:]))
	case codeFixnum:
		v, _ := fixnum(d)
		return v
	case codeZigzag:
		v, _ := zigzag(d)
		return v
	default:
		copy(room[8-size:], d[:size])
		return int64(binary.LittleEndian.Uint64(room[:])) >> (64 - 8*size)
	}
}

// intKind is the kind of an integer.
func intKind(v int64) kind {
	if v < 0 {
		return kindNegint
	}
	return kindUint
}

// zigzag reads a number of variable length as Avro and protobuf's sint64 write it, and tells its
// length, 0 when there is none.
func zigzag(d []byte) (v int64, size int) {
	u, n := binary.Uvarint(d)
	if n <= 0 {
		return 0, 0
	}
	return int64(u>>1) ^ -int64(u&1), n
}
