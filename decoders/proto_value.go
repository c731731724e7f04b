package decoders

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// field is what a schema says of node i, nil when there is none or it does not know the field.
func (t *Tree) field(i int) *fieldType {
	if t.typed == nil {
		return nil
	}
	return t.typed[i]
}

// scalarHead reads a value of a field that is no message, from what stands behind its tag: a number,
// or a length and what it counts. No bytes stand for the default.
func scalarHead(f *fieldType, d []byte) head {
	h := head{kind: leafKind(f.kind)}
	v, width := uvarint(d, 0, len(d))
	switch f.kind {
	case protoreflect.StringKind, protoreflect.BytesKind:
		h.size = max(width, 0)
		h.arg = min(v, uint64(len(d)-h.size))
	case protoreflect.BoolKind:
		if v != 0 {
			h.arg = 1
		}
	case protoreflect.EnumKind:
		h.integer(int64(int32(v)))
		switch _, known := f.enum.values[int32(v)]; {
		case f.enum.name == "google.protobuf.NullValue":
			h.kind = kindNull
		case known:
			h.kind = kindExt
		}
	case protoreflect.Int32Kind:
		h.integer(int64(int32(v)))
	case protoreflect.Int64Kind:
		h.integer(int64(v))
	case protoreflect.Sint32Kind:
		h.integer(int64(int32(protowire.DecodeZigZag(v & math.MaxUint32))))
	case protoreflect.Sint64Kind:
		h.integer(protowire.DecodeZigZag(v))
	case protoreflect.Uint32Kind:
		h.arg = uint64(uint32(v))
	case protoreflect.Uint64Kind:
		h.arg = v
	default:
		fixedHead(&h, f.kind, d)
	}
	return h
}

// fixedHead reads a value of 4 or 8 bytes.
func fixedHead(h *head, k protoreflect.Kind, d []byte) {
	if h.width = 8; wireOf(k) == wireFixed32 {
		h.width = 4
	}
	if len(d) >= int(h.width) {
		if h.arg = uint64(binary.LittleEndian.Uint32(d)); h.width == 8 {
			h.arg = binary.LittleEndian.Uint64(d)
		}
	}
	switch k {
	case protoreflect.Sfixed32Kind:
		h.integer(int64(int32(h.arg)))
	case protoreflect.Sfixed64Kind:
		h.integer(int64(h.arg))
	default:
	}
}

// typedHead reads the head of a node with a field of a schema back.
func (t *Tree) typedHead(i int, f *fieldType) head {
	n := &t.nodes[i]
	switch n.kind {
	case kindMap, kindArray:
		return head{kind: n.kind, arg: uint64(n.count)}
	default:
	}
	f, off := t.scalarAt(i, f)
	h := head{kind: n.kind}
	if f.message == nil {
		h = scalarHead(f, t.data[off:n.end])
	}
	if h.kind == kindText || h.kind == kindBytes {
		h.size += off - int(n.start)
	}
	return h
}

// scalarAt is the field and the place of the scalar that a leaf shows: its own, or that of the
// message that it is shown for. The place is the end of the node for a default.
func (t *Tree) scalarAt(i int, f *fieldType) (*fieldType, int) {
	n := &t.nodes[i]
	if n.flags&flagUnset != 0 {
		if f.message != nil && f.message.means == meansWrapped {
			f = f.message.fields[1]
		}
		return f, int(n.end)
	}
	if f.message == nil || f.message.means != meansWrapped && f.message.means != meansValue {
		return f, int(n.start)
	}
	from := t.contentStart(i)
	inner, off, _ := oneField(f.message, t.data[:n.end], from)
	if inner == nil {
		return f.message.fields[1], int(n.end)
	}
	return inner, off
}

// contentStart is where the content of a message begins, behind its length if it has one.
func (t *Tree) contentStart(i int) int {
	n := &t.nodes[i]
	if n.role() == roleRoot || n.flags&flagUnset != 0 {
		return int(n.start)
	}
	_, width := uvarint(t.data, int(n.start), int(n.end))
	return int(n.start) + max(width, 0)
}

// typedKey is the key of a node: the name of its field, or the key in an entry of a map.
func (t *Tree) typedKey(i int, f *fieldType) (head, []byte) {
	n := &t.nodes[i]
	if f.key == nil {
		return head{kind: kindText, arg: uint64(len(f.name))}, []byte(f.name)
	}
	if n.flags&flagNoKey != 0 {
		return scalarHead(f.key, nil), nil
	}
	d := t.data[n.ref:]
	h := scalarHead(f.key, d)
	if h.kind != kindText {
		return h, nil
	}
	return h, d[h.size : h.size+int(h.arg)]
}

// typedKeySize is the length of a tag, or of the key in an entry of a map.
func (t *Tree) typedKeySize(i int, f *fieldType) int {
	n := &t.nodes[i]
	switch {
	case f.key == nil:
		_, _, size := protoTag(t.data, int(n.ref), len(t.data))
		return max(size, 0)
	case n.flags&flagNoKey != 0:
		return 0
	}
	end, _ := protoValue(t.data, int(n.ref), wireOf(f.key.kind))
	return end - int(n.ref)
}

// appendTyped appends what a leaf of a schema stands for that is no scalar of other formats: the name
// of an enum's value, a duration as the JSON mapping of Protocol Buffers writes it.
func (t *Tree) appendTyped(dst []byte, i int, f *fieldType) []byte {
	if f.message != nil && f.message.means == meansDuration {
		m, _ := momentOf(meansDuration, t.data[t.contentStart(i):t.nodes[i].end])
		return m.appendDuration(dst)
	}
	f, off := t.scalarAt(i, f)
	v, _ := uvarint(t.data, off, int(t.nodes[i].end))
	return append(dst, f.enum.values[int32(v)]...)
}

// typed writes such a leaf: an enum's value with its name as a comment.
func (p *printer) typed(i int, f *fieldType) {
	said := p.t.appendTyped(nil, i, f)
	switch {
	case p.brief:
		p.out = append(p.out, said...)
	case f.message != nil:
		p.out = appendQuoted(p.out, said)
	default:
		_, off := p.t.scalarAt(i, f)
		v, _ := uvarint(p.t.data, off, int(p.t.nodes[i].end))
		p.out = fmt.Appendf(p.out, "%d /%s/", int32(v), said)
	}
}

// moment is the content of a Timestamp or a Duration.
type moment struct {
	sec  int64
	nano int32
}

// momentOf reads a Timestamp or a Duration, whose content is d; false when it is out of the range
// that its definition gives, or more than the two fields.
func momentOf(means meaning, d []byte) (m moment, ok bool) {
	for off, before := 0, uint32(0); off < len(d); {
		number, wire, size := protoTag(d, off, len(d))
		if size <= 0 || wire != wireVarint || number <= before || number > 2 {
			return m, false
		}
		v, width := uvarint(d, off+size, len(d))
		if width <= 0 {
			return m, false
		}
		if number == 1 {
			m.sec = int64(v)
		} else {
			m.nano = int32(v)
		}
		before = number
		off += size + width
	}
	return m, m.within(means)
}

// within reports whether a moment is in the range of a type.
func (m moment) within(means meaning) bool {
	const firstYear, most = -62135596800, 315_576_000_000 // the year 1; 10,000 years
	if means == meansTime {
		_, ok := plainTime(m.sec, uint64(m.nano))
		return ok && m.sec >= firstYear
	}
	return m.nano > -1e9 && m.nano < 1e9 && m.sec >= -most && m.sec <= most &&
		(m.sec <= 0 || m.nano >= 0) && (m.sec >= 0 || m.nano <= 0)
}

// protoTime reads a Timestamp.
func (t *Tree) protoTime(i int) (time.Time, bool) {
	f := t.field(i)
	if f == nil || t.nodes[i].kind != kindExt || f.message == nil || f.message.means != meansTime {
		return time.Time{}, false
	}
	m, ok := momentOf(meansTime, t.data[t.contentStart(i):t.nodes[i].end])
	if !ok {
		return time.Time{}, false
	}
	return plainTime(m.sec, uint64(m.nano))
}

// appendDuration appends seconds with 0, 3, 6 or 9 digits behind the point, and "s".
func (m moment) appendDuration(dst []byte) []byte {
	if m.sec < 0 || m.nano < 0 {
		dst = append(dst, '-')
		m.sec, m.nano = -m.sec, -m.nano
	}
	dst = strconv.AppendInt(dst, m.sec, 10)
	switch {
	case m.nano == 0:
	case m.nano%1e6 == 0:
		dst = fmt.Appendf(dst, ".%03d", m.nano/1e6)
	case m.nano%1e3 == 0:
		dst = fmt.Appendf(dst, ".%06d", m.nano/1e3)
	default:
		dst = fmt.Appendf(dst, ".%09d", m.nano)
	}
	return append(dst, 's')
}

// typeName is the declared type of node i: "repeated int32", "map<string, shop.v1.Item>",
// "shop.v1.Status = 2", and the oneof that it is of.
func (t *Tree) typeName(i int, f *fieldType) string {
	n := &t.nodes[i]
	name := f.typeName()
	switch {
	case n.kind == kindMap && f.value != nil && n.role() == roleValue:
		return "map<" + f.value.key.typeName() + ", " + f.value.typeName() + ">"
	case f.repeated && n.kind == kindArray && n.role() == roleValue:
		return "repeated " + name
	case f.enum != nil:
		v, _ := uvarint(t.data, int(n.start), int(n.end))
		name += " = " + strconv.Itoa(int(int32(v)))
	}
	if f.oneof != "" {
		name += " (oneof " + f.oneof + ")"
	}
	return name
}

func (f *fieldType) typeName() string {
	switch {
	case f.message != nil:
		return f.message.name
	case f.enum != nil:
		return f.enum.name
	default:
		return f.kind.String()
	}
}
