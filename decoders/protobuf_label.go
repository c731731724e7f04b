package decoders

import (
	"fmt"
	"math"
	"strconv"
)

// protoWire is the wire type of the field at node i, which is not the root.
func (t *Tree) protoWire(i int) uint8 { return t.data[t.nodes[i].ref] & 7 }

// protoHead reads the head of a field's value back.
func (t *Tree) protoHead(i int) head {
	n := &t.nodes[i]
	if f := t.field(i); f != nil {
		return t.typedHead(i, f)
	}
	if n.role() != roleValue {
		return head{kind: n.kind, arg: uint64(n.count)}
	}
	wire := t.protoWire(i)
	switch wire {
	case wireGroup:
		return head{kind: n.kind, arg: uint64(n.count)}
	case wireBytes:
		size, width := uvarint(t.data, int(n.start), len(t.data))
		return head{kind: n.kind, size: width, arg: size}
	default:
		return protoNumber(t.data[n.start:n.end], wire)
	}
}

// protoType names the declared type of node i, or its wire type and what else the number may mean.
func (t *Tree) protoType(i int) string {
	n := &t.nodes[i]
	if f := t.field(i); f != nil {
		return t.typeName(i, f)
	}
	if n.role() != roleValue {
		return "message"
	}
	switch wire := t.protoWire(i); {
	case wire == wireGroup:
		return "group"
	case wire == wireBytes && n.kind == kindMap:
		return "message"
	case wire == wireBytes && n.kind == kindText:
		return "string"
	case wire == wireBytes:
		return "bytes"
	case wire == wireVarint:
		return "varint" + varintMeanings(t.protoHead(i))
	default:
		return fixedType(t.protoHead(i))
	}
}

// varintMeanings lists the other types that would give another value: sint64, bool, uint64.
func varintMeanings(h head) string {
	v := h.arg
	if h.kind == kindNegint {
		return " (uint64 " + strconv.FormatUint(^v, 10) + ")"
	}
	zigzag := " (sint " + strconv.FormatInt(int64(v>>1)^-int64(v&1), 10)
	switch v {
	case 0:
		return " (bool false)"
	case 1:
		return zigzag + ", bool true)"
	default:
		return zigzag + ")"
	}
}

// fixedType is "fixed64 (double)" for a value shown as a double; for integers the other meaning
// follows.
func fixedType(h head) string {
	name, float := "fixed64", "double"
	if h.width == 4 {
		name, float = "fixed32", "float"
	}
	if h.kind == kindFloat {
		signed := int64(h.arg)
		if h.width == 4 {
			signed = int64(int32(h.arg))
		}
		return fmt.Sprintf("%s (%s, integer %d)", name, float, signed)
	}
	v := h.arg
	if h.kind == kindNegint {
		if v = ^v; h.width == 4 {
			v &= math.MaxUint32
		}
		return fmt.Sprintf("%s (unsigned %d)", name, v)
	}
	if signed := int64(v << (64 - 8*h.width)); signed < 0 {
		return fmt.Sprintf("%s (signed %d)", name, signed>>(64-8*h.width))
	}
	return name
}
