package decoders

import "math"

// head is the start of an item, common to MessagePack and CBOR.
type head struct {
	arg   uint64 // value, float bits, count of items or pairs, bytes of content, tag or simple number
	size  int    // bytes of the head; with kindShort the bytes it would need
	kind  kind
	width uint8  // bytes of the argument after the initial byte: 0, 1, 2, 4, 8
	ext   int8   // type of a MessagePack extension
	open  bool   // indefinite length: the content ends with a break
	code  coding // how the content of an item with a facet is written
}

// content is the number of bytes that follow the head and belong to the same item.
func (h head) content() uint64 {
	switch h.kind {
	case kindText, kindBytes, kindExt:
		if !h.open {
			return h.arg
		}
	default:
	}
	return 0
}

// scalar reports whether the item is a leaf.
func (h head) scalar() bool {
	return !h.open && !h.kind.container()
}

// kindOpen marks, in a lead only, an item of indefinite length.
const kindOpen kind = 0x40

// container reports whether items follow that belong to the item.
func (k kind) container() bool {
	switch k &^ kindOpen {
	case kindArray, kindMap, kindTag:
		return true
	default:
		return false
	}
}

// lead is the part of a head that walking needs: kind, length of the head and, for containers and
// strings, the count. Three words in registers: it runs for every item.
func (g grammar) lead(d []byte, off int) (k kind, size int, arg uint64) {
	if g == gCBOR {
		return cborLead(d, off)
	}
	return msgpackLead(d, off)
}

// readHead reads the whole head at the start of d, which must not be empty.
func (g grammar) readHead(d []byte) head {
	switch g {
	case gProtobuf:
		return protoKey(d)
	case gBSON:
		return bsonKey(d)
	default:
	}
	k, size, arg := g.lead(d, 0)
	h := head{kind: k &^ kindOpen, size: size, arg: arg, open: k&kindOpen != 0}
	if !h.valid() {
		return h
	}
	if g == gCBOR {
		return cborHead(d[0], h)
	}
	return msgpackHead(d, h)
}

// valid reports whether the head is one of an item.
func (h head) valid() bool { return h.kind > kindBreak }

// bigEndian reads the first n bytes, n being 1, 2, 4 or 8.
func bigEndian(d []byte, n uint8) uint64 {
	switch n {
	case 1:
		return uint64(d[0])
	case 2:
		return uint64(d[0])<<8 | uint64(d[1])
	case 4:
		return uint64(d[0])<<24 | uint64(d[1])<<16 | uint64(d[2])<<8 | uint64(d[3])
	default:
		_ = d[7]
		return uint64(d[0])<<56 | uint64(d[1])<<48 | uint64(d[2])<<40 | uint64(d[3])<<32 |
			uint64(d[4])<<24 | uint64(d[5])<<16 | uint64(d[6])<<8 | uint64(d[7])
	}
}

// float is the value of a kindFloat head.
func (h head) float() float64 {
	switch h.width {
	case 2:
		return halfFloat(uint16(h.arg))
	case 4:
		return float64(math.Float32frombits(uint32(h.arg)))
	default:
		return math.Float64frombits(h.arg)
	}
}

// halfFloat widens an IEEE 754 binary16 (RFC 8949 appendix D).
func halfFloat(b uint16) float64 {
	exp, frac := int(b>>10&0x1f), float64(b&0x3ff)
	var v float64
	switch exp {
	case 0:
		v = math.Ldexp(frac, -24)
	case 31:
		v = math.Inf(1)
		if frac != 0 {
			return math.NaN()
		}
	default:
		v = math.Ldexp(frac+1024, exp-25)
	}
	if b&0x8000 != 0 {
		return math.Copysign(v, -1)
	}
	return v
}
