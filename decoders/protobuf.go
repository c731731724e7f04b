package decoders

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// Protocol Buffers without a schema (protobuf.dev/programming-guides/encoding): a message is a
// sequence of fields, each a tag (field number and wire type, a varint) and a value. The wire tells
// neither names nor whether a length-delimited value is text, bytes or another message: the one
// that explains its bytes best is taken.

// Wire types.
const (
	wireVarint     = 0
	wireFixed64    = 1
	wireBytes      = 2
	wireGroup      = 3
	wireGroupEnd   = 4
	wireFixed32    = 5
	maxProtoField  = 1<<29 - 1
	maxProtoNested = 16 // messages and groups inside each other
)

// protoWalker builds the tree of a message and sums the evidence for it. Each field is a node that
// hangs on its tag as on a key.
type protoWalker struct {
	walker
	bits   float32
	budget int // bytes whose evidence may still be weighed, so that nesting costs no more than that
}

// walkProto reads a message from the start of data and returns the evidence that it is one.
func walkProto(data []byte, nodes int, limits Limits) (walked, float32) {
	w := protoWalker{
		walker: walker{data: data, grammar: gProtobuf, limits: limits, stack: make([]frame, 0, shallow)},
		budget: maxProtoNested * evidenceBytes,
	}
	w.nodes = make([]node, 0, min(max(nodes, 4), 1<<12, limits.Nodes))
	if w.add(node{kind: kindMap}) {
		w.push(endless, true)
		if w.fields(len(data), 0, 0) {
			w.pop()
		}
	}
	return w.finish(), w.bits
}

// fields reads fields up to end, or to the end of the group of that number. It returns false after
// a fault.
func (w *protoWalker) fields(end, level int, group uint32) bool {
	before := uint32(0)
	for w.off < end {
		at := w.off
		field, wire, n := protoTag(w.data, at, end)
		switch {
		case n == 0:
			w.fail(breakEnd, at, "expected a tag, the data ends")
			return false
		case n < 0, wire == wireGroupEnd && field != group:
			w.fail(breakSyntax, at, fmt.Sprintf("expected the tag of a field, %02x is none", w.data[at]))
			return false
		case wire == wireGroupEnd:
			w.off += n
			w.bits += float32(8*n - 1)
			return true
		}
		w.bits += tagBits(before, field, wire, n)
		before = field
		w.off += n
		if !w.field(at, end, level, field, wire) {
			return false
		}
	}
	if group != 0 {
		w.fail(breakEnd, w.off, fmt.Sprintf("expected the end of group %d, the data ends", group))
	}
	return group == 0
}

// tagBits is what a tag of size bytes saves: encoders write fields in the order of their numbers,
// and most numbers are small.
func tagBits(before, field uint32, wire uint8, size int) float32 {
	cost := 1.2
	switch {
	case field == before:
		cost = 2
	case field > before:
		cost += 2.2 * math.Log2(float64(field-before))
	default:
		cost = 6 + 2*math.Log2(float64(field))
	}
	switch wire {
	case wireVarint:
		cost += 1.4
	case wireBytes:
		cost += 1.1
	case wireGroup:
		cost += 8
	default:
		cost += 3.3
	}
	return float32(float64(8*size) - cost)
}

// lossLong is what a varint loses that is longer than it needs to be.
const lossLong = -8

// field reads the value of the field whose tag is at an offset.
func (w *protoWalker) field(at, end, level int, field uint32, wire uint8) bool {
	n := node{start: uint32(w.off), ref: uint32(at), flags: uint8(roleValue)}
	switch wire {
	case wireBytes:
		return w.delimited(n, end, level)
	case wireGroup:
		n.kind, n.end = kindMap, n.start
		if level >= maxProtoNested {
			w.fail(breakLimit, at, fmt.Sprintf("nested deeper than %d", maxProtoNested))
			return false
		}
		if w.deep(at) || !w.addField(n) {
			return false
		}
		w.push(endless, true)
		if !w.fields(end, level+1, field) {
			return false
		}
		w.pop()
		return true
	}
	off, state := protoValue(w.data[:end], w.off, wire)
	if state <= 0 {
		w.fail(shortOr(state), at, fmt.Sprintf("expected the value of field %d", field)+endsText(state))
		return false
	}
	if wire == wireVarint && off-w.off > 1 && w.data[off-1] == 0 {
		w.bits += lossLong
	}
	w.bits += numberBits(w.data[w.off:off], wire)
	w.off = off
	n.end = uint32(off)
	n.kind = protoNumber(w.data[n.start:off], wire).kind
	return w.addField(n)
}

// numberBits is what the bytes of a number save: a double has a middling exponent, and a negative
// number as a varint ten bytes, of which those that repeat the sign are known.
func numberBits(d []byte, wire uint8) float32 {
	switch {
	case wire == wireFixed64:
		v := binary.LittleEndian.Uint64(d)
		return max(0, float32(64-6-bits.Len64(v)), floatBits(head{kind: kindFloat, width: 8, arg: v}))
	case wire == wireFixed32:
		v := binary.LittleEndian.Uint32(d)
		return max(0, float32(32-6-bits.Len32(v)), floatBits(head{kind: kindFloat, width: 4, arg: uint64(v)}))
	case wire == wireVarint && len(d) == 10 && d[9] == 1:
		sign := 0
		for i := 8; i > 0 && d[i] == 0xff; i-- {
			sign++
		}
		return float32(8*sign) - 6
	}
	return 0
}

func endsText(state int) string {
	if state == 0 {
		return ", the data ends"
	}
	return ""
}

// addField adds a child to the message that is being read.
func (w *protoWalker) addField(n node) bool {
	level := len(w.stack) - 1
	if !w.add(n) {
		return false
	}
	w.keys++
	w.oddKeys = true
	w.stack[level].have++
	return true
}

// delimited reads a length-delimited value.
func (w *protoWalker) delimited(n node, end, level int) bool {
	size, width := uvarint(w.data, w.off, end)
	if width <= 0 || size > math.MaxInt32 {
		if width > 0 {
			width = -1
		}
		w.fail(shortOr(width), int(n.ref), "expected the length of a value"+endsText(width))
		return false
	}
	from := w.off + width
	left := uint64(end - from)
	cut := size > left
	if width > 1 && w.data[from-1] == 0 {
		w.bits += lossLong
	}
	to := from + int(min(size, left))
	if cut {
		n.flags |= flagCut
	}
	if !w.content(n, from, to, level, cut) {
		return false
	}
	if cut {
		w.fail(breakEnd, int(n.ref), fmt.Sprintf("needs %d bytes, %d left", size, left))
		return false
	}
	return true
}

// content adds the node of a length-delimited value as what fits it best: text, a message or bytes.
// Beyond the budget text is what reads as text, and a message what is one from end to end.
func (w *protoWalker) content(n node, from, to, level int, cut bool) bool {
	d := w.data[from:to]
	leaf, bits := kindBytes, float32(0)
	readable := isText(d)
	weighed := len(d) <= w.budget
	if weighed {
		w.budget -= len(d)
		bits = nullBits(d) - 1
		if t := stringBits(wholeIf(d, cut)); t >= bits || len(d) == 0 {
			leaf, bits = kindText, t
		}
	} else if readable {
		leaf = kindText
	}
	before := w.bits
	if (weighed || !readable) && w.message(n, from, to, level, cut, bits) {
		return w.why == breakNone
	}
	w.bits = before + bits
	w.off = to
	n.kind, n.end = leaf, uint32(to)
	return w.addField(n)
}

// wholeIf drops a rune that the end has cut.
func wholeIf(d []byte, cut bool) []byte {
	if cut {
		return wholeRunes(d)
	}
	return d
}

// message reads a value as a message; false, and nothing read, when it is none or saves less than
// atLeast. After a fault inside it is true.
func (w *protoWalker) message(n node, from, to, level int, cut bool, atLeast float32) bool {
	if to == from || level+1 >= maxProtoNested || len(w.stack) >= w.limits.Depth {
		return false
	}
	if _, why := protoSkip(w.data[from:to]); why == breakSyntax || why == breakEnd && !cut {
		return false
	}
	level0, nodes, keys, before := len(w.stack), len(w.nodes), w.keys, w.bits
	flags := n.flags
	n.kind, n.end = kindMap, uint32(from)
	if !w.addField(n) {
		return true
	}
	w.push(endless, true)
	w.off = from
	done := w.fields(to, level+1, 0)
	if w.why == breakLimit || w.bits-before >= atLeast {
		if done {
			w.pop()
			w.nodes[nodes].flags = flags
		}
		return true
	}
	w.stack = w.stack[:level0]
	w.stack[level0-1].have--
	w.nodes, w.keys, w.bits = w.nodes[:nodes], keys, before
	w.why, w.fault = breakNone, Fault{}
	return false
}

// protoNumber reads a number of a wire type as a head. 64 and 32 bits are a double and a float when
// that gives a number as people send them, and negative integers when they are near zero; else they
// are unsigned.
func protoNumber(d []byte, wire uint8) head {
	h := head{kind: kindUint}
	switch wire {
	case wireVarint:
		h.arg, _ = uvarint(d, 0, len(d))
		if h.arg > math.MaxInt64 {
			h.kind, h.arg = kindNegint, ^h.arg
		}
		return h
	case wireFixed64:
		h.arg, h.width = binary.LittleEndian.Uint64(d), 8
	default:
		h.arg, h.width = uint64(binary.LittleEndian.Uint32(d)), 4
	}
	float := h
	float.kind = kindFloat
	signed := h.arg
	if h.width == 4 {
		signed = uint64(int64(int32(h.arg)))
	}
	switch {
	case h.arg != 0 && floatBits(float) > 0 && !math.IsInf(float.float(), 0):
		return float
	case int64(signed) < 0 && int64(signed) > -1<<24:
		h.kind, h.arg = kindNegint, ^signed
	}
	return h
}

// protoKey reads a tag as the head of a key: an integer, the field number.
func protoKey(d []byte) head {
	field, _, n := protoTag(d, 0, len(d))
	return head{kind: kindUint, arg: uint64(field), size: max(n, 0)}
}
