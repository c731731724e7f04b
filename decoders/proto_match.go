package decoders

import (
	"bytes"
	"math"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// matcher holds a payload against a type.
type matcher struct {
	data   []byte
	budget int
	off    int
	bits   float64
	known  int
}

// message reports whether the bytes up to the end of a region, or of the group of that number, are a
// message of a type.
func (m *matcher) message(t *messageType, reg region, level int, group uint32) bool {
	if level > maxProtoNested {
		return false
	}
	var seen seenFields
	for m.off < reg.end {
		at := m.off
		number, wire, size := protoTag(m.data, at, reg.end)
		if size <= 0 {
			return size == 0 && reg.cut
		}
		if wire == wireGroupEnd && number == group {
			m.off += size
			return seen.judge(m, t, false)
		}
		f := t.fields[number]
		if f == nil || !f.carried(wire) {
			return false
		}
		m.off += size
		m.known++
		m.bits += bitsKnown
		if seen.add(number) && !f.repeated {
			m.bits += lossTwice
		}
		if !m.value(f, wire, reg, level) {
			return false
		}
		if m.budget -= m.off - at; m.budget <= 0 {
			return false
		}
	}
	return (group == 0 || reg.cut) && seen.judge(m, t, reg.cut)
}

// value reports whether the value of a field is as it must be.
func (m *matcher) value(f *fieldType, wire uint8, reg region, level int) bool {
	if wire == wireGroup {
		return m.message(f.message, reg, level+1, f.number)
	}
	end, state := protoValue(m.data[:reg.end], m.off, wire)
	if state < 0 || state == 0 && !reg.cut {
		return false
	}
	d := m.data[m.off:end]
	if wire != wireBytes {
		m.off = end
		return state == 0 || m.scalar(f, d)
	}
	_, width := uvarint(d, 0, len(d))
	inner := region{end: end, cut: state == 0}
	m.off += max(width, 0)
	switch {
	case f.message != nil && !f.message.missing:
		m.bits += bitsMessage
		if !m.message(f.message, inner, level+1, 0) {
			return false
		}
		if f.message.means == meansTime || f.message.means == meansDuration {
			if _, ok := momentOf(f.message.means, m.data[end-len(d)+width:end]); !ok {
				return inner.cut
			}
			m.bits += bitsMeaning
		}
	case f.kind == protoreflect.StringKind:
		if !m.text(d[max(width, 0):], inner.cut) {
			return false
		}
	case f.packable():
		return m.packed(f, inner)
	default:
		m.bits += lossBytes
	}
	m.off = end
	return true
}

// text reports whether a string is UTF-8. One of control characters is no text that anyone has written.
func (m *matcher) text(d []byte, cut bool) bool {
	if cut {
		d = wholeRunes(d)
	}
	if len(d) > 0 {
		m.bits += min(bitsString, float64(stringBits(d)))
	}
	return firstInvalid(d) < 0
}

// packed reports whether a block holds values of a field.
func (m *matcher) packed(f *fieldType, inner region) bool {
	for m.off < inner.end {
		end, state := protoValue(m.data[:inner.end], m.off, wireOf(f.kind))
		if state <= 0 {
			m.off = inner.end
			return state == 0 && inner.cut
		}
		if !m.scalar(f, m.data[m.off:end]) {
			return false
		}
		m.off = end
	}
	return true
}

// scalar judges a number that is whole; false when it cannot be one of the field's type.
func (m *matcher) scalar(f *fieldType, d []byte) bool {
	v, _ := uvarint(d, 0, len(d))
	switch f.kind {
	case protoreflect.BoolKind:
		if v > 1 {
			return false
		}
		m.bits += bitsBool
	case protoreflect.EnumKind:
		if _, named := f.enum.values[int32(v)]; !named || int64(int32(v)) != int64(v) {
			return false
		}
		m.bits += bitsEnum
	case protoreflect.Int32Kind, protoreflect.Uint32Kind, protoreflect.Sint32Kind:
		if v > math.MaxUint32 && (f.kind != protoreflect.Int32Kind || int64(int32(v)) != int64(v)) {
			m.bits += lossWide
		}
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		m.bits += max(lossWide, min(bitsEnum, float64(floatBits(scalarHead(f, d)))))
	default:
	}
	if f.implicit && len(bytes.Trim(d, "\x00")) == 0 {
		m.bits += lossDefault
	}
	return true
}

// seenFields is the numbers of the fields that a message has.
type seenFields struct {
	low  uint64 // 1 to 63
	high map[uint32]bool
	n    int
}

// add remembers a number and reports whether it was there before.
func (s *seenFields) add(number uint32) (twice bool) {
	if number < 64 {
		twice = s.low>>number&1 == 1
		s.low |= 1 << number
	} else {
		if s.high == nil {
			s.high = map[uint32]bool{}
		}
		twice = s.high[number]
		s.high[number] = true
	}
	if !twice {
		s.n++
	}
	return twice
}

func (s *seenFields) has(number uint32) bool {
	return number < 64 && s.low>>number&1 == 1 || s.high[number]
}

// judge counts what is not there against a type, and reports whether the required fields are there;
// of a message that is cut they may come.
func (s *seenFields) judge(m *matcher, t *messageType, cut bool) bool {
	if absent := t.plain - s.n; absent > 0 && !cut {
		m.bits += lossAbsent * math.Log2(1+float64(absent))
	}
	return cut || !slices.ContainsFunc(t.must, func(n uint32) bool { return !s.has(n) })
}
