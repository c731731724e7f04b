package decoders

import (
	"fmt"
)

// messageWalker builds the tree of a message whose type is known. Fields that the type does not know,
// or that come with another wire type, are read as without a schema.
//
// The tree has what is on the wire, in its order. Values of a repeated field that follow each other,
// packed or not, are one array, and entries of a map one map; a value of the field that comes later,
// after other fields, begins another node of the same name. Of the well-known types a Timestamp, a
// Duration and the wrappers are leaves, and a Struct, Value or ListValue is what it holds.
type messageWalker struct {
	protoWalker
	schema *Schema
	typed  []*fieldType // of the nodes, as far as they are
}

// walkMessage reads a message of a type from the start of data.
func walkMessage(data []byte, m *messageType, s *Schema, limits Limits) walked {
	w := messageWalker{schema: s, protoWalker: protoWalker{
		walker: walker{data: data, grammar: gProtobuf, limits: limits, stack: make([]frame, 0, shallow)},
		budget: maxProtoNested * evidenceBytes,
	}}
	w.nodes = make([]node, 0, min(max(len(data)/8, 4), 1<<12, limits.Nodes))
	_, why := protoSkip(data)
	w.message(node{}, m.asValue, region{end: len(data), cut: why == breakEnd})
	out := w.finish()
	w.reach(len(out.tree.nodes))
	out.tree.typed = w.typed
	return out
}

// region is the bytes that a message, or a block of packed values, may use.
type region struct {
	end   int
	cut   bool // the data ends before the region does
	whole bool // the region has a length, and all of it is there: what does not fit is an error
}

// reach makes room in typed for n nodes.
func (w *messageWalker) reach(n int) {
	for len(w.typed) < n {
		w.typed = append(w.typed, nil)
	}
}

// addTyped adds a child, of a field, to what is being read.
func (w *messageWalker) addTyped(n node, f *fieldType) bool {
	at := len(w.nodes)
	if len(w.stack) == 0 {
		if !w.add(n) {
			return false
		}
	} else if !w.addField(n) {
		return false
	}
	w.reach(at)
	w.typed = append(w.typed[:at], f)
	return true
}

// openTyped adds a container and opens it.
func (w *messageWalker) openTyped(n node, f *fieldType, at int) bool {
	if w.deep(at) || !w.addTyped(n, f) {
		return false
	}
	w.push(endless, true)
	return true
}

// run is the array or map that the next value of a field may go on with.
type run struct {
	field *fieldType
	kind  kind
}

// members reads the fields of a message up to the end of its region, or of the group.
func (w *messageWalker) members(m *messageType, reg region, group uint32) bool {
	var open run
	for w.off < reg.end {
		at := w.off
		number, wire, size := protoTag(w.data, at, reg.end)
		if size <= 0 || wire == wireGroupEnd {
			w.leave(&open)
			if size > 0 && number == group {
				w.off += size
				return true
			}
			return w.noTag(at, size, reg)
		}
		w.off += size
		if !w.member(m, &open, at, number, wire, reg) {
			return false
		}
	}
	w.leave(&open)
	if group != 0 {
		w.short(w.off, fmt.Sprintf("expected the end of group %d", group), reg)
	}
	return group == 0
}

// leave closes the array or map that is open.
func (w *messageWalker) leave(open *run) {
	if open.field != nil {
		w.pop()
		*open = run{}
	}
}

// member reads the value of a field whose tag, at an offset, is read.
func (w *messageWalker) member(m *messageType, open *run, at int, number uint32, wire uint8, reg region) bool {
	f, next := w.carrier(m, number, wire, reg)
	if next != *open {
		from := w.off
		w.off = at // the end of what is open
		w.leave(open)
		w.off = from
	}
	n := node{start: uint32(w.off), end: uint32(w.off), ref: uint32(at), flags: uint8(roleValue)}
	switch {
	case f == nil:
		return w.unknown(at, number, wire, reg)
	case !f.repeated:
		return w.value(n, w.asOpened(f, m), at, reg)
	case open.field == nil:
		n.kind = next.kind
		if !w.openTyped(n, f, at) {
			return false
		}
		*open = next
	}
	return w.repeated(f, next.kind, at, wire, reg)
}

// carrier is the field of a number, nil when the type does not know it with this wire type, and what
// its value, at the current offset, is part of.
func (w *messageWalker) carrier(m *messageType, number uint32, wire uint8, reg region) (*fieldType, run) {
	f := m.fields[number]
	if f == nil || !f.carried(wire) {
		return nil, run{}
	}
	if !f.repeated {
		return f, run{}
	}
	return f, run{f, w.runKind(f, w.off, reg)}
}

// carried reports whether values of a field may come with a wire type.
func (f *fieldType) carried(wire uint8) bool {
	return wire == wireOf(f.kind) || wire == wireBytes && f.packable()
}

// noTag reports what stands where a tag is expected.
func (w *messageWalker) noTag(at, size int, reg region) bool {
	if size == 0 {
		return w.short(at, "expected a tag", reg)
	}
	w.fail(breakSyntax, at, fmt.Sprintf("expected the tag of a field, %02x is none", w.data[at]))
	return false
}

// short reports that a region has ended too soon: the data too, or the message around.
func (w *messageWalker) short(at int, expected string, reg region) bool {
	if reg.whole {
		w.fail(breakSyntax, at, expected+", the message around it ends")
	} else {
		w.fail(breakEnd, at, expected+", the data ends")
	}
	return false
}

// unknown reads the value of a field that the schema does not know; its tag is read.
func (w *messageWalker) unknown(at int, number uint32, wire uint8, reg region) bool {
	ok := w.field(at, reg.end, 0, number, wire)
	if w.why == breakEnd && reg.whole {
		w.why = breakSyntax
		w.fault.Text = fmt.Sprintf("field %d is longer than the message around it", number)
	}
	return ok
}

// repeated reads one value of a repeated field, or a block of packed ones.
func (w *messageWalker) repeated(f *fieldType, k kind, at int, wire uint8, reg region) bool {
	switch {
	case k == kindMap:
		return w.entry(f, at, reg)
	case wire == wireBytes && f.packable():
		return w.packed(f, at, reg)
	default:
		return w.value(w.nextItem(), f, at, reg)
	}
}

// nextItem is the node of the next item of the innermost array.
func (w *messageWalker) nextItem() node {
	return node{start: uint32(w.off), ref: w.stack[len(w.stack)-1].have, flags: uint8(roleItem)}
}

// value reads a value of a field. n has its place.
func (w *messageWalker) value(n node, f *fieldType, at int, reg region) bool {
	switch wireOf(f.kind) {
	case wireBytes:
		return w.sized(n, f, at, reg)
	case wireGroup:
		n.kind, n.end = kindMap, n.start
		if !w.openTyped(n, f, at) || !w.members(f.message, reg, groupOf(w.data, at)) {
			return false
		}
		w.pop()
		return true
	}
	off, state := protoValue(w.data[:reg.end], w.off, wireOf(f.kind))
	switch {
	case state == 0:
		return w.short(at, "expected a value of "+f.name, reg)
	case state < 0:
		w.fail(breakSyntax, at, "expected a value of "+f.name)
		return false
	}
	w.off = off
	n.end = uint32(off)
	n.kind = scalarHead(f, w.data[n.start:off]).kind
	return w.addTyped(n, f)
}

// sized reads a value with a length: a message, text or bytes.
func (w *messageWalker) sized(n node, f *fieldType, at int, reg region) bool {
	from, inner, ok := w.length(at, reg)
	if !ok {
		return false
	}
	n.end = uint32(inner.end)
	if inner.cut {
		n.flags |= flagCut
	}
	if w.off = from; f.message != nil {
		ok = w.message(n, f, inner)
	} else {
		n.kind = leafKind(f.kind)
		w.off = inner.end
		ok = w.addTyped(n, f)
	}
	if ok && inner.cut {
		size, _ := uvarint(w.data, int(n.start), reg.end)
		w.fail(breakEnd, at, fmt.Sprintf("needs %d bytes, %d left", size, inner.end-from))
	}
	return ok && !inner.cut
}

// groupOf is the number of the group whose tag is at an offset.
func groupOf(d []byte, at int) uint32 {
	number, _, _ := protoTag(d, at, len(d))
	return number
}

// length reads the length of a value at the current offset and returns where its content begins and
// the region that it has.
func (w *messageWalker) length(at int, reg region) (from int, inner region, ok bool) {
	size, width := uvarint(w.data, w.off, reg.end)
	switch {
	case width == 0:
		return 0, inner, w.short(at, "expected the length of a value", reg)
	case width < 0, size > maxData:
		w.fail(breakSyntax, at, "expected the length of a value")
		return 0, inner, false
	}
	from = w.off + width
	left := reg.end - from
	if int(size) <= left {
		return from, region{end: from + int(size), whole: true}, true
	}
	if reg.whole {
		w.fail(breakSyntax, at, fmt.Sprintf("needs %d bytes, %d left in the message around it", size, left))
		return 0, inner, false
	}
	return from, region{end: reg.end, cut: true}, true
}

// packed reads a block of values; each is an item.
func (w *messageWalker) packed(f *fieldType, at int, reg region) bool {
	from, inner, ok := w.length(at, reg)
	if !ok {
		return false
	}
	for w.off = from; w.off < inner.end; {
		if !w.value(w.nextItem(), f, w.off, inner) {
			return false
		}
	}
	if inner.cut {
		w.short(at, "expected more values of "+f.name, region{})
	}
	return !inner.cut
}

// message reads a message from the current offset to the end of its region. n has its place.
func (w *messageWalker) message(n node, f *fieldType, reg region) bool {
	m, from := f.message, w.off
	d := w.data[from:reg.end]
	n.kind = kindMap
	switch m.means {
	case meansTime, meansDuration:
		if _, ok := momentOf(m.means, d); ok && !reg.cut {
			return w.leaf(n, kindExt, f, reg)
		}
	case meansWrapped:
		if inner, _, ok := wrappedIn(m, d); ok && !reg.cut {
			return w.leaf(n, inner.kind, f, reg)
		}
	case meansValue:
		if done, ok := w.dynamic(n, f, reg); done {
			return ok
		}
	case meansStruct:
		if only(d, reg.cut, m.fields[1]) {
			return w.open(n, f, kindMap, m, reg)
		}
	case meansList:
		if only(d, reg.cut, m.fields[1]) {
			return w.open(n, f, kindArray, m, reg)
		}
	default:
	}
	if !w.openTyped(n, f, from) || !w.members(m, reg, 0) {
		return false
	}
	w.pop()
	return true
}

// leaf adds a message that is shown as one value.
func (w *messageWalker) leaf(n node, k kind, f *fieldType, reg region) bool {
	n.kind, n.end = k, uint32(reg.end)
	w.off = reg.end
	return w.addTyped(n, f)
}
