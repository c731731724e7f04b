package decoders

// plain reads what most messages consist of: whole items of definite length, under text keys where
// they are in a map. It is fill for the frequent case, with its state in registers, and does nothing
// that fill does not do. Before anything else (another key, an open item, a break, a fault, a limit,
// a slice that has to grow) it stops, in a state from which fill goes on.
func (w *walker) plain() {
	d, off, nodes, stack := w.data, w.off, w.nodes, w.stack
	room, deepest := min(cap(nodes), w.limits.Nodes), min(cap(stack), w.limits.Depth)
	first, lengths := w.grammar.shortText()
	f := &stack[len(stack)-1]
	for f.left > 0 && off < len(d) && len(nodes) < room && f.plain() {
		at, ref, as := off, f.have, f.role()
		if as == roleValue {
			k, size, arg := kindText, 1, uint64(d[off]-first)
			if arg >= uint64(lengths) {
				k, size, arg = w.grammar.lead(d, off)
			}
			if k != kindText || arg >= uint64(len(d)-off-size) {
				break
			}
			at, ref = off+size+int(arg), uint32(off)
		}
		k, size, arg := kindText, 1, uint64(d[at]-first)
		if arg >= uint64(lengths) {
			k, size, arg = w.grammar.lead(d, at)
		}
		end, opens := at+size, false
		switch k {
		case kindText, kindBytes, kindExt:
			end += int(min(arg, uint64(len(d))))
		case kindArray, kindMap, kindTag:
			opens = true
		}
		if k <= kindBreak || k&kindOpen != 0 || end > len(d) || opens && len(stack) >= deepest {
			break
		}
		if as == roleValue {
			w.keys++
		}
		nodes = nodes[:len(nodes)+1]
		n := &nodes[len(nodes)-1] // field by field: a copy of a whole node takes longer than all the rest
		n.start, n.end, n.ref, n.next = uint32(at), uint32(end), ref, uint32(len(nodes))
		n.depth, n.kind, n.flags = uint16(len(stack)), k, uint8(as)
		f.left--
		f.have++
		off = end
		if opens {
			if k == kindTag {
				arg = 1
			}
			stack = append(stack, frame{node: uint32(len(nodes) - 1), kind: k, left: arg})
			f = &stack[len(stack)-1]
		}
		for f.left == 0 {
			n := &nodes[f.node]
			n.end, n.next, n.count = uint32(off), uint32(len(nodes)), f.have
			stack = stack[:len(stack)-1]
			if len(stack) == 0 {
				w.off, w.nodes, w.stack = off, nodes, stack
				return
			}
			f = &stack[len(stack)-1]
		}
	}
	w.off, w.nodes, w.stack = off, nodes, stack
}

// plain reports whether the children of a frame may be plain: its keys are in the data, and it is no
// string in chunks and no entry.
func (f *frame) plain() bool {
	switch f.kind {
	case kindMap, kindArray, kindSeq, kindTag:
		return f.record == 0
	default:
		return false
	}
}

// role is how the children of a plain frame are named.
func (f *frame) role() role {
	switch f.kind {
	case kindMap:
		return roleValue
	case kindTag:
		return roleContent
	default:
		return roleItem
	}
}

// shortText is the initial byte of the empty text, and the number of lengths that its like tell in
// their initial byte.
func (g grammar) shortText() (first, lengths byte) {
	if g == gCBOR {
		return 0x60, 24
	}
	return 0xa0, 32
}
