package decoders

// plain reads what most messages consist of: whole items of definite length, under text keys where
// they are in a map. It is fill for the frequent case, with its state in registers, and does nothing
// that fill does not do. Before anything else (another key, an open item, a break, a fault, a limit,
// a slice that has to grow) it stops, in a state from which fill goes on.
func (w *walker) plain() {
	d, off, nodes, stack := w.data, w.off, w.nodes, w.stack
	room, deepest := min(cap(nodes), w.limits.Nodes), min(cap(stack), w.limits.Depth)
	f := &stack[len(stack)-1]
	for f.left > 0 && off < len(d) && len(nodes) < room && f.plain() {
		at, ref, as, keys := off, f.have, f.role(), 0
		if as == roleValue {
			if at = w.grammar.plainKey(d, off); at >= len(d) {
				break
			}
			ref, keys = uint32(off), 1
		}
		k, end, items := w.grammar.plainItem(d, at)
		if k == kindInvalid || k.container() && len(stack) >= deepest {
			break
		}
		nodes = nodes[:len(nodes)+1]
		n := &nodes[len(nodes)-1] // field by field: a copy of a whole node takes longer than all the rest
		n.start, n.end, n.ref, n.next = uint32(at), uint32(end), ref, uint32(len(nodes))
		n.depth, n.kind, n.flags = uint16(len(stack)), k, uint8(as)
		f.left--
		f.have++
		off = end
		w.keys += keys
		if k.container() {
			stack = append(stack, frame{node: uint32(len(nodes) - 1), kind: k, left: items})
			f = &stack[len(stack)-1]
		}
		for f.left == 0 {
			n := &nodes[f.node]
			n.end, n.next, n.count = uint32(off), uint32(len(nodes)), f.have
			if stack = stack[:len(stack)-1]; len(stack) == 0 {
				break
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

// plainKey is the end of the text that begins at off, the length of d or more when it is no text in
// one piece with more behind it.
func (g grammar) plainKey(d []byte, off int) int {
	if size := g.shortText(d[off]); size > 0 {
		return off + size
	}
	k, size, arg := g.lead(d, off)
	if k != kindText || arg >= uint64(len(d)) {
		return len(d)
	}
	return off + size + int(arg)
}

// plainItem is the kind of the item at off, the end of a scalar or of a container's head, and how many
// items the latter announces. It is kindInvalid unless it is whole and of definite length.
func (g grammar) plainItem(d []byte, off int) (k kind, end int, items uint64) {
	if size := g.shortText(d[off]); size > 0 {
		k, end = kindText, off+size
	} else {
		k, size, items = g.lead(d, off)
		end = off + size
		switch k { //nolint:exhaustive // all else is a scalar of which the head is the whole
		case kindText, kindBytes, kindExt:
			end += int(min(items, uint64(len(d))))
		case kindTag:
			items = 1
		}
	}
	if k <= kindBreak || k&kindOpen != 0 || end > len(d) {
		return kindInvalid, 0, 0
	}
	return k, end, items
}

// shortText is the length, head included, of a text that tells it in its initial byte; 0 for all else.
func (g grammar) shortText(c byte) int {
	if g == gCBOR {
		if n := c - 0x60; n < 24 {
			return int(n) + 1
		}
	} else if n := c - 0xa0; n < 32 {
		return int(n) + 1
	}
	return 0
}
