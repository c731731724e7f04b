package decoders

import (
	"bytes"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The well-known types, and maps: messages that are shown as what they stand for. Whether one can be
// is decided by its own fields alone, without a look into what they hold, so that a walk stays linear.

// open reads a Struct as a map and a ListValue as an array: the values of field 1 of m are the
// children of node n itself.
func (w *messageWalker) open(n node, f *fieldType, k kind, m *messageType, reg region) bool {
	n.kind = k
	if !w.openTyped(n, f, w.off) {
		return false
	}
	item := m.fields[1]
	for w.off < reg.end {
		at := w.off
		_, _, size := protoTag(w.data, at, reg.end)
		if size <= 0 {
			return w.noTag(at, size, reg)
		}
		w.off += size
		ok := false
		if k == kindMap {
			ok = w.entry(item, at, reg)
		} else {
			ok = w.value(w.nextItem(), item, at, reg)
		}
		if !ok {
			return false
		}
	}
	w.pop()
	return true
}

// only reports whether d has no field but one, with values as they should be: of a map whole entries.
// cut says that d ends too soon.
func only(d []byte, cut bool, f *fieldType) bool {
	for off := 0; off < len(d); {
		number, wire, size := protoTag(d, off, len(d))
		if size == 0 && cut {
			return true
		}
		if size <= 0 || number != f.number || wire != wireBytes {
			return false
		}
		end, state := protoValue(d, off+size, wire)
		switch {
		case state == 0 && cut:
			return true
		case state <= 0:
			return false
		case f.value != nil:
			_, width := uvarint(d, off+size, len(d))
			if e := entryOf(f, d[:end], off+size+width, false); !e.plain {
				return false
			}
		}
		off = end
	}
	return true
}

// dynamic reads a google.protobuf.Value as the value it holds; done is false when it holds none, or
// several.
func (w *messageWalker) dynamic(n node, f *fieldType, reg region) (done, ok bool) {
	from := w.off
	inner, off, one := oneField(f.message, w.data[:reg.end], from)
	switch {
	case inner == nil, !one && !reg.cut, reg.cut && inner.message == nil:
		return false, false
	case inner.message == nil:
		return true, w.leaf(n, scalarHead(inner, w.data[off:reg.end]).kind, f, reg)
	}
	k, content := kindMap, inner.message
	if content.means == meansList {
		k = kindArray
	}
	w.off = off
	start, sub, fits := w.length(from, reg)
	if !fits || content.means != meansStruct && content.means != meansList || !only(w.data[start:sub.end], sub.cut, content.fields[1]) {
		w.off, w.why, w.fault = from, breakNone, Fault{}
		return false, false
	}
	w.off = start
	return true, w.open(n, f, k, content, sub)
}

// oneField finds the field that a message begins with, when it has the wire type of its kind, and the
// offset of its value. one says that it is whole and nothing follows.
func oneField(m *messageType, d []byte, from int) (f *fieldType, off int, one bool) {
	number, wire, size := protoTag(d, from, len(d))
	if size <= 0 {
		return nil, 0, false
	}
	f = m.fields[number]
	if f == nil || f.repeated || wire != wireOf(f.kind) {
		return nil, 0, false
	}
	end, state := protoValue(d, from+size, wire)
	return f, from + size, state > 0 && end == len(d)
}

// wrappedIn finds the value in a wrapper, whose content is d: the head that the node has, and the
// offset of the value, -1 when it is the default; false when d is not one value at most.
func wrappedIn(m *messageType, d []byte) (h head, off int, ok bool) {
	f := m.fields[1]
	if len(d) == 0 {
		return scalarHead(f, nil), -1, true
	}
	inner, off, one := oneField(m, d, 0)
	if inner == nil || !one {
		return h, 0, false
	}
	return scalarHead(f, d[off:]), off, true
}

// longestURL is the longest type_url that is looked up, in bytes.
const longestURL = 1 << 10

// asOpened is the type of a field of an Any that holds a message of the schema; f for all else. The
// field type_url must stand just before the value, as it does when the fields are in order.
func (w *messageWalker) asOpened(f *fieldType, m *messageType) *fieldType {
	if m.means != meansAny || f.number != 2 {
		return f
	}
	last := len(w.nodes) - 1
	n := &w.nodes[last]
	if last >= len(w.typed) || w.typed[last] != m.fields[1] || n.depth != uint16(len(w.stack)) || n.end-n.start > longestURL {
		return f
	}
	_, width := uvarint(w.data, int(n.start), int(n.end))
	url := w.data[int(n.start)+width : n.end]
	held := w.schema.messages[string(url[bytes.LastIndexByte(url, '/')+1:])]
	if held == nil || held.missing || held.entry {
		return f
	}
	if size, width := uvarint(w.data, w.off, len(w.data)); width > 0 && size <= uint64(len(w.data)-w.off-width) {
		if _, why := protoSkip(w.data[w.off+width : w.off+width+int(size)]); why != breakNone {
			return f
		}
	}
	return held.asValue
}

// entryShape is where the key and the value of a map's entry are.
type entryShape struct {
	plain      bool // a key and a value, each once at most, and nothing else
	key, value int  // offsets of what stands behind the tags, -1 when there is none
	end        int  // of the value
}

// entryOf finds the parts of the entry that begins at from and has the rest of d. Of one that is cut
// the value may be, when the key stands before it.
func entryOf(f *fieldType, d []byte, from int, cut bool) entryShape {
	e := entryShape{key: -1, value: -1, plain: true, end: len(d)}
	for off := from; off < len(d); {
		number, wire, size := protoTag(d, off, len(d))
		if size <= 0 {
			e.plain = cut && size == 0 && e.key >= 0 && e.value >= 0
			return e
		}
		off += size
		end, state := protoValue(d, off, wire)
		e.part(f.value, number, wire, off, end)
		if state <= 0 {
			e.plain = e.plain && state == 0 && cut && e.key >= 0 && e.value == off
			return e
		}
		if !e.plain {
			return e
		}
		off = end
	}
	e.plain = !cut || e.key >= 0 && e.value >= 0
	return e
}

// part takes a field of an entry as its key or its value.
func (e *entryShape) part(value *fieldType, number uint32, wire uint8, off, end int) {
	switch {
	case number == 1 && e.key < 0 && wire == wireOf(value.key.kind):
		e.key = off
	case number == 2 && e.value < 0 && wire == wireOf(value.kind):
		e.value, e.end = off, end
	default:
		e.plain = false
	}
}

// runKind is what a value of a repeated field is part of: a map when it is an entry with a key and a
// value at most, an array otherwise. from is where its length stands.
func (w *messageWalker) runKind(f *fieldType, from int, reg region) kind {
	if f.value == nil {
		return kindArray
	}
	size, width := uvarint(w.data, from, reg.end)
	if width <= 0 {
		return kindArray
	}
	left := reg.end - from - width
	cut := size > uint64(left)
	if e := entryOf(f, w.data[:from+width+min(int(size&maxData), left)], from+width, cut); e.plain {
		return kindMap
	}
	return kindArray
}

// entry reads an entry of a map as the node of its value.
func (w *messageWalker) entry(f *fieldType, at int, reg region) bool {
	from, inner, ok := w.length(at, reg)
	if !ok {
		return false
	}
	e := entryOf(f, w.data[:inner.end], from, inner.cut)
	if !e.plain {
		return w.short(at, "expected the key and the value of an entry", reg)
	}
	n := node{ref: uint32(e.key), flags: uint8(roleValue)}
	if e.key < 0 {
		n.ref = uint32(at)
		n.flags |= flagNoKey
	}
	if e.value < 0 {
		n.start, n.end = uint32(inner.end), uint32(inner.end)
		n.flags |= flagUnset
		n.kind = unsetKind(f.value)
		w.off = inner.end
		return w.addTyped(n, f.value)
	}
	n.start = uint32(e.value)
	w.off = e.value
	if !w.value(n, f.value, at, inner) {
		return false
	}
	w.off = inner.end
	if inner.cut {
		w.short(at, "expected the end of an entry", region{})
	}
	return !inner.cut
}

// unsetKind is the kind of a map's value that is not there.
func unsetKind(f *fieldType) kind {
	if f.message == nil {
		return scalarHead(f, nil).kind
	}
	switch f.message.means {
	case meansTime, meansDuration:
		return kindExt
	case meansWrapped:
		return scalarHead(f.message.fields[1], nil).kind
	case meansList:
		return kindArray
	default:
		return kindMap
	}
}

// leafKind is the kind of values of a kind, as far as it does not depend on them.
func leafKind(k protoreflect.Kind) kind {
	switch k {
	case protoreflect.StringKind:
		return kindText
	case protoreflect.BytesKind:
		return kindBytes
	case protoreflect.BoolKind:
		return kindBool
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return kindFloat
	default:
		return kindUint
	}
}
