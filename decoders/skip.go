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
			k, size, arg := msgpackLong(d, off)
			off += size
			switch k {
			case kindShort, kindInvalid:
				return span{}
			case kindArray:
				need += arg
			case kindMap:
				need += 2 * arg
				nodes -= int(arg)
			case kindText, kindBytes, kindExt:
				if arg > uint64(len(d)) {
					return span{}
				}
				off += int(arg)
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
		k, _, _ := cborLead(s.d, s.off)
		return k == top.kind
	default:
	}
	return true
}

// item passes over one head and the content of a string, and over all that follows it in the same
// open item.
func (s *skipper) item() bool {
	d, off, need, nodes := s.d, s.off, s.need, s.nodes
	for need > 0 {
		if off >= len(d) {
			return false
		}
		k, size, arg := kindText, 1, uint64(d[off]-0x60)
		if arg >= 24 { // no short text, which is every second item of most messages
			k, size, arg = cborLead(d, off)
		}
		off += size
		need--
		nodes++
		switch k {
		case kindShort, kindInvalid, kindBreak:
			return false
		case kindTag:
			need++
		case kindText, kindBytes:
			if arg > uint64(len(d)) {
				return false
			}
			off += int(arg)
		case kindArray, kindMap:
			if arg > uint64(len(d)) {
				return false
			}
			need += arg
			if k == kindMap {
				need += arg
				nodes -= int(arg)
			}
		default:
			if k&kindOpen != 0 {
				s.open = append(s.open, cborLevel{need: need, kind: k &^ kindOpen})
				s.off, s.need, s.nodes = off, 0, nodes
				return len(s.open) <= maxOpen
			}
		}
		if off > len(d) || need > uint64(len(d)-off) {
			return false
		}
	}
	s.off, s.need, s.nodes = off, 0, nodes
	return true
}

// skip passes over one item at off.
func (g grammar) skip(d []byte, off int) span {
	if g == gCBOR {
		return cborSkip(d, off)
	}
	return msgpackSkip(d, off)
}
