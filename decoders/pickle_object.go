package decoders

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// object names classes and shows calls.
func (r *pickleReader) object(s pickleStep) {
	switch s.code {
	case 'c':
		r.push(s, kindName, r.global(r.data[s.from:s.from+s.size]))
	case 0x93:
		r.stackGlobal(s)
	case 0x82, 0x83, 0x84:
		var room [4]byte
		copy(room[:], r.data[s.from:s.end])
		at, size := r.intern("extension " + strconv.FormatUint(uint64(binary.LittleEndian.Uint32(room[:])), 10))
		r.push(s, kindName, facet{at: at, size: size, form: formExtension})
	case 'R', 0x81:
		r.call(s, partArgs)
	case 0x92:
		r.call(s, partArgs, partKeywords)
	case 'b':
		r.build(s)
	case 'i', 'o':
		r.instance(s)
	default:
		r.persistent(s)
	}
}

// global is the name of "module\nname".
func (r *pickleReader) global(lines []byte) facet {
	module, name, _ := bytes.Cut(lines, []byte{'\n'})
	return r.qualified(module, name)
}

func (r *pickleReader) qualified(module, name []byte) facet {
	at, size := r.intern(string(cutText(module, maxName)) + "." + string(cutText(name, maxName)))
	return facet{at: at, size: size, form: formFunction}
}

func (r *pickleReader) stackGlobal(s pickleStep) {
	name, ok := r.pop(s)
	if !ok {
		return
	}
	module, ok := r.pop(s)
	if !ok {
		return
	}
	m, n := &r.values[module], &r.values[name]
	if m.kind != kindText || n.kind != kindText {
		r.wrong(s.at, "STACK_GLOBAL expects two strings")
		return
	}
	f := r.qualified(r.side.content(r.data, m.f), r.side.content(r.data, n.f))
	if v, ok := r.make(int(m.start), s.end, kindName, f); ok {
		r.stack = append(r.stack, v)
	}
}

// call shows a call of what is below the arguments.
func (r *pickleReader) call(s pickleStep, parts ...part) {
	args := make([]uint32, len(parts))
	for i := len(parts) - 1; i >= 0; i-- {
		v, ok := r.pop(s)
		if !ok {
			return
		}
		args[i] = v
	}
	callable, ok := r.pop(s)
	if !ok {
		return
	}
	if v, ok := r.newObject(s, callable); ok {
		for i, as := range parts {
			if a := &r.values[args[i]]; a.first == 0 && (a.kind == kindArray || a.kind == kindMap) {
				continue // no arguments
			}
			r.hang(v, args[i], as)
		}
		r.values[v].end = uint32(s.end)
		r.stack = append(r.stack, v)
	}
}

// newObject is an object of the class that callable names, or with what is called as its first part.
func (r *pickleReader) newObject(s pickleStep, callable uint32) (uint32, bool) {
	c := r.values[callable]
	f := facet{form: formObject}
	if c.kind == kindName {
		f.at, f.size = c.f.at, c.f.size
	}
	v, ok := r.make(int(c.start), s.end, kindObject, f)
	if ok && c.kind != kindName {
		r.hang(v, callable, partCallable)
	}
	return v, ok
}

// build gives a state to what is below it.
func (r *pickleReader) build(s pickleStep) {
	state, ok := r.pop(s)
	if !ok {
		return
	}
	to, ok := r.pop(s)
	if !ok {
		return
	}
	if k := r.values[to].kind; k != kindObject && k != kindRef {
		inner := to
		if to, ok = r.make(int(r.values[inner].start), s.end, kindObject, facet{form: formObject}); !ok {
			return
		}
		r.hang(to, inner, partValue)
	}
	r.hang(to, state, partState)
	r.values[to].end = uint32(s.end)
	r.stack = append(r.stack, to)
}

// instance shows INST and OBJ, which call a class with what is above the mark.
func (r *pickleReader) instance(s pickleStep) {
	start, items, ok := r.toMark(s)
	if !ok {
		return
	}
	f := facet{form: formObject}
	switch {
	case s.code == 'i':
		name := r.global(r.data[s.from : s.from+s.size])
		f.at, f.size = name.at, name.size
	case len(items) == 0:
		r.underflow(s)
		return
	case r.values[items[0]].kind == kindName:
		f.at, f.size = r.values[items[0]].f.at, r.values[items[0]].f.size
		items = items[1:]
	}
	v, ok := r.make(start, s.end, kindObject, f)
	if !ok {
		return
	}
	if len(items) > 0 {
		args, ok := r.make(int(r.values[items[0]].start), int(r.values[items[0]].end), kindArray, facet{form: formTuple})
		if !ok {
			return
		}
		for _, item := range items {
			r.hang(args, item, partItem)
		}
		r.hang(v, args, partArgs)
	}
	r.values[v].end = uint32(s.end)
	r.stack = append(r.stack, v)
}

// persistent shows an object that is kept outside the pickle by its id.
func (r *pickleReader) persistent(s pickleStep) {
	at, size := r.intern("persistent_load")
	f := facet{at: at, size: size, form: formPersistent}
	var id uint32
	ok := false
	if s.code == 'P' {
		id, ok = r.make(s.at, s.end, kindText, facet{at: uint32(s.from), size: uint32(s.size), form: formString})
	} else {
		id, ok = r.pop(s)
	}
	if !ok {
		return
	}
	if v, ok := r.make(int(r.values[id].start), s.end, kindObject, f); ok {
		r.hang(v, id, partID)
		r.values[v].end = uint32(s.end)
		r.stack = append(r.stack, v)
	}
}

// fold puts what a break has left on the stack where it would have gone.
func (r *pickleReader) fold() {
	for {
		at := -1
		for i := len(r.stack) - 1; i >= 0; i-- {
			if r.values[r.stack[i]].kind == kindBreak {
				at = i
				break
			}
		}
		if at < 0 {
			break
		}
		r.foldMark(at)
	}
	for n := len(r.stack); n > 1; n = len(r.stack) {
		below := r.stack[n-2]
		switch k := r.values[below].kind; {
		case k == kindArray && r.values[below].f.form == formList:
			r.partly(below, r.stack[n-1:])
			r.stack = r.stack[:n-1]
		case n > 2 && r.values[r.stack[n-3]].kind == kindMap:
			r.partly(r.stack[n-3], r.stack[n-2:])
			r.stack = r.stack[:n-2]
		case n > 2 && r.values[r.stack[n-3]].kind == kindObject:
			r.into(r.stack[n-3], r.stack[n-2:], true)
			r.values[r.stack[n-3]].cut = true
			r.stack = r.stack[:n-2]
		case k == kindMap:
			r.partly(below, r.stack[n-1:])
			r.stack = r.stack[:n-1]
		case k == kindObject:
			r.hang(below, r.stack[n-1], partState)
			r.values[below].cut = true
			r.stack = r.stack[:n-1]
		case k == kindName && r.values[r.stack[n-1]].kind == kindArray:
			r.foldCall(n)
		default:
			return
		}
	}
}

// foldCall makes a call of a name and the tuple above it.
func (r *pickleReader) foldCall(n int) {
	args := r.stack[n-1]
	v, ok := r.newObject(pickleStep{end: int(r.values[args].end)}, r.stack[n-2])
	if r.stack = r.stack[:n-1]; ok {
		r.hang(v, args, partArgs)
		r.values[v].cut = true
		r.stack[n-2] = v
	}
}

// foldMark hangs what is above the last mark into the container below it, or makes a tuple of it.
func (r *pickleReader) foldMark(at int) {
	items := r.stack[at+1:]
	if at > 0 {
		below := r.stack[at-1]
		if b := &r.values[below]; b.f.ref == emptyMade && (b.kind == kindMap || b.kind == kindArray) {
			r.partly(below, items)
			r.stack = r.stack[:at]
			return
		}
	}
	v := &r.values[r.stack[at]]
	v.kind, v.f = kindArray, facet{form: formTuple}
	r.partly(r.stack[at], items)
	r.stack = r.stack[:at+1]
}

// partly hangs what is there of the items of a container.
func (r *pickleReader) partly(to uint32, items []uint32) {
	for _, v := range items {
		r.hang(to, v, partItem)
	}
	r.values[to].cut = true
}

// holds reports whether a value is a node with others below it.
func (r *pickleReader) holds(i uint32) bool {
	v := &r.values[i]
	return v.first != 0 || v.kind == kindArray || v.kind == kindMap || v.kind == kindObject
}

// write makes the tree of what is on the stack.
func (r *pickleReader) write() walked {
	why, fault, end := r.why, r.fault, r.off
	r.why = breakNone
	if why != breakNone {
		r.fold()
	}
	r.off = 0
	r.nodes = make([]node, 0, len(r.values))
	r.side.nodes = make([]facet, 0, len(r.values))
	switch stack := r.stack; len(stack) {
	case 0:
	case 1:
		r.emit(stack[0], place{as: roleRoot})
	default:
		last := int(r.values[stack[len(stack)-1]].end)
		if r.open(0, kindSeq, facet{form: formStack}, place{as: roleRoot}) {
			for _, v := range stack {
				if !r.emit(v, r.item()) {
					break
				}
			}
			r.close(0, last, why != breakNone)
		}
	}
	if r.why == breakNone {
		r.why, r.fault, r.off = why, fault, end
	}
	return r.finish()
}

// close closes the container at a node.
func (r *pickleReader) close(at, end int, cut bool) {
	r.off = max(r.off, end)
	r.shut()
	if cut {
		r.nodes[at].flags |= flagCut
	}
}

// emit writes a value with what it holds into the tree.
func (r *pickleReader) emit(i uint32, p place) bool {
	v := &r.values[i]
	at := len(r.nodes)
	r.off = max(r.off, int(v.start))
	if !r.holds(i) {
		r.off = int(v.end)
		n := node{start: v.start, end: v.end, kind: v.kind}
		if v.cut {
			n.flags |= flagCut
		}
		return r.foreignWalker.put(n, v.f, p)
	}
	if !r.open(int(v.start), v.kind, v.f, p) {
		return false
	}
	ok := true
	for c := v.first; c != 0 && ok; c = r.values[c].next {
		switch v.kind {
		case kindArray:
			ok = r.emit(c, r.item())
		case kindMap:
			key := c
			if next := r.values[c].next; next != 0 {
				c = next
				ok = r.pair(key, c)
			} else {
				ok = r.loneKey(key)
			}
		default:
			ok = r.emit(c, r.named(r.values[c].part.String()))
		}
	}
	if !ok {
		return false
	}
	r.close(at, int(v.end), v.cut)
	return true
}

// pair writes an entry of a dict.
func (r *pickleReader) pair(key, value uint32) bool {
	k := &r.values[key]
	if r.holds(key) {
		at := len(r.nodes)
		if !r.open(int(k.start), kindEntry, facet{}, place{as: roleEntry}) ||
			!r.emit(key, place{as: roleKey}) || !r.emit(value, place{as: roleOf}) {
			return false
		}
		r.close(at, int(r.values[value].end), false)
		return true
	}
	return r.emit(value, r.key(k.kind, k.f))
}

// loneKey writes an entry that a break has left without its value.
func (r *pickleReader) loneKey(key uint32) bool {
	at, k := len(r.nodes), r.values[key]
	if !r.open(int(k.start), kindEntry, facet{}, place{as: roleEntry}) || !r.emit(key, place{as: roleKey}) {
		return false
	}
	r.close(at, int(k.end), true)
	return true
}
