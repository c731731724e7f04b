package decoders

// span is what a skip over one item found, without building anything.
type span struct {
	end   int  // offset after the item
	nodes int  // items but for keys of maps: the nodes a tree will have, but for keys that are no scalars
	ok    bool // the item is whole and well-formed
}

// msgpackSkip passes over one MessagePack item at off. It needs no stack: what is still to come is
// one number, since all lengths are definite. A count that exceeds the bytes left ends it at once.
func msgpackSkip(d []byte, off int) span {
	need, nodes := uint64(1), 0
	for ; need > 0; need-- {
		if off >= len(d) {
			return span{}
		}
		c := d[off]
		switch {
		case c < 0x80 || c >= 0xe0:
			off++
		case c >= 0xa0 && c < 0xc0:
			off += 1 + int(c&31)
		case c < 0x90:
			need += 2 * uint64(c&15)
			nodes -= int(c & 15)
			off++
		case c < 0xa0:
			need += uint64(c & 15)
			off++
		default:
			h := msgpackLong(d[off:])
			off += h.size
			switch h.kind {
			case kindShort, kindInvalid:
				return span{}
			case kindArray:
				need += h.arg
			case kindMap:
				need += 2 * h.arg
				nodes -= int(h.arg)
			case kindText, kindBytes, kindExt:
				if h.arg > uint64(len(d)) {
					return span{}
				}
				off += int(h.arg)
			default:
			}
		}
		nodes++
		if off > len(d) || need-1 > uint64(len(d)-off) {
			return span{}
		}
	}
	return span{end: off, nodes: nodes, ok: true}
}

// maxOpen is how many indefinite items may be open inside each other while skipping.
const maxOpen = 1 << 12

// cborLevel is an indefinite item that cborSkip is in.
type cborLevel struct {
	need uint64 // what is still to come outside
	kind kind
	odd  bool // a map that has a key without its value so far
}

// cborSkip passes over one CBOR item at off. Only indefinite items need a stack.
func cborSkip(d []byte, off int) span {
	s := skipper{d: d, off: off, need: 1}
	s.open = s.few[:0]
	for {
		if s.need == 0 {
			if len(s.open) == 0 {
				return span{end: s.off, nodes: s.nodes, ok: true}
			}
			if s.off < len(d) && d[s.off] == 0xff && s.leave() {
				continue
			}
			if !s.next() {
				return span{}
			}
		}
		if !s.item() {
			return span{}
		}
	}
}

// skipper is the state of cborSkip.
type skipper struct {
	d     []byte
	off   int
	nodes int
	need  uint64 // items still to come in the innermost open item, but for those of its own level
	open  []cborLevel
	few   [8]cborLevel
}

// leave passes over a break; a map that waits for a value must not end.
func (s *skipper) leave() bool {
	top := &s.open[len(s.open)-1]
	if top.odd {
		return false
	}
	s.need, s.open = top.need, s.open[:len(s.open)-1]
	s.off++
	return true
}

// next prepares for one more item in the innermost open item.
func (s *skipper) next() bool {
	top := &s.open[len(s.open)-1]
	s.need = 1
	switch top.kind {
	case kindMap:
		if top.odd = !top.odd; top.odd {
			s.nodes--
		}
	case kindText, kindBytes:
		if s.off >= len(s.d) {
			return false
		}
		h := cborHead(s.d[s.off:])
		return h.kind == top.kind && !h.open
	default:
	}
	return true
}

// item passes over one head and the content of a string.
func (s *skipper) item() bool {
	if s.off >= len(s.d) {
		return false
	}
	h := cborHead(s.d[s.off:])
	s.off += h.size
	s.need--
	s.nodes++
	switch h.kind {
	case kindShort, kindInvalid, kindBreak:
		return false
	case kindTag:
		s.need++
	case kindText, kindBytes, kindArray, kindMap:
		if h.open {
			s.open = append(s.open, cborLevel{need: s.need, kind: h.kind})
			s.need = 0
			return len(s.open) <= maxOpen
		}
		if h.arg > uint64(len(s.d)) {
			return false
		}
		s.content(h)
	default:
	}
	return s.off <= len(s.d) && s.need <= uint64(len(s.d)-s.off)
}

// content counts what belongs to a definite item.
func (s *skipper) content(h head) {
	switch h.kind {
	case kindArray:
		s.need += h.arg
	case kindMap:
		s.need += 2 * h.arg
		s.nodes -= int(h.arg)
	default:
		s.off += int(h.arg)
	}
}

// skip passes over one item at off.
func (g grammar) skip(d []byte, off int) span {
	if g == gCBOR {
		return cborSkip(d, off)
	}
	return msgpackSkip(d, off)
}
