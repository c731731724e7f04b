package spans

import (
	"encoding/binary"
	"math"

	"go.opentelemetry.io/otel/attribute"
)

// The sorts of attribute values, the lowest three bits of an attribute's head. That of a text is 0, so that its head
// is as it stands.
const (
	sortText = iota
	sortInt
	sortFloat
	sortFalse
	sortTrue
	sortOther // the type as a byte, then the number of the text
	sortBits  = 3
)

// maxParts bounds the attributes, the events and the links of one span.
const maxParts = 128

// seen is an attribute of the last span of an operation: the next one often has the same at that place. Texts of a
// program's own mostly are the same string again, so that comparing them takes no look at their bytes.
type seen struct {
	key string
	// head is the number of the key, shifted by sortBits; 0 with an empty key where there was none yet.
	head uint64
	// text is the value, where it is one, and written the attribute as it stands in a record, of size bytes. Size is
	// 0 for no value.
	text    string
	written [8]byte
	size    int
	// changes is how many spans in a row had another text than the one before them.
	changes int
}

// The bounds of what seen holds on to: the operations of a segment, and the length of a text.
const (
	maxSeen     = 64
	maxSeenText = 128
)

// A text that changed in so many spans in a row is taken for one that always does, as an id: in the next so many
// spans it is not compared with what stands in the segment already, which would cost more than its bytes, if it is
// no longer than that.
const (
	varying     = 4
	varyingFor  = 60
	varyingText = 32
)

// seenOf returns the places for the attributes of an operation's spans, as many as its first one has.
func (s *segment) seenOf(operation uint32, attributes int) []seen {
	if int(operation) == len(s.seen) && operation < maxSeen {
		s.seen = append(s.seen, make([]seen, min(attributes, maxParts)))
	}
	if int(operation) < len(s.seen) {
		return s.seen[operation]
	}
	return nil
}

// writeAttributes appends the number of attributes, and of each its key with the sort of its
// value, and the value. Last is those of the last span of its kind, and takes these.
func (s *segment) writeAttributes(out []byte, list []attribute.KeyValue, last []seen) []byte {
	list = list[:min(len(list), maxParts)]
	out = binary.AppendUvarint(out, uint64(len(list)))
	for i := range list {
		if i < len(last) && len(list[i].Key) <= maxSeenText {
			out = s.writeLike(out, &list[i], &last[i])
			continue
		}
		out = s.writeValue(out, s.head(string(list[i].Key)), &list[i].Value)
	}
	return out
}

// head is what an attribute with a key begins with, but for its sort.
func (s *segment) head(key string) uint64 { return uint64(s.add(key)) << sortBits }

// writeLike appends an attribute that may be as it was in the last span.
func (s *segment) writeLike(out []byte, a *attribute.KeyValue, last *seen) []byte {
	if last.key != string(a.Key) || last.key == "" {
		*last = seen{key: string(a.Key), head: s.head(string(a.Key))}
	}
	if a.Value.Type() != attribute.STRING {
		return s.writeValue(out, last.head, &a.Value)
	}
	text, from := a.Value.AsString(), len(out)
	if last.varies(text) {
		return binary.AppendUvarint(binary.AppendUvarint(out, last.head), uint64(s.texts.append(text)))
	}
	if last.text == text && last.size > 0 {
		last.changes = 0
		return append(out, last.written[:]...)[:from+last.size] // of a fixed length: one store
	}
	out = s.writeValue(out, last.head, &a.Value)
	last.changes++
	last.text, last.size = "", 0
	if len(text) <= maxSeenText && len(out)-from <= len(last.written) {
		last.text, last.size = text, copy(last.written[:], out[from:])
	}
	return out
}

// varies reports whether a text is taken for new at a place where texts always are.
func (last *seen) varies(text string) bool {
	if last.changes < varying || len(text) > varyingText {
		return false
	}
	if last.changes++; last.changes > varying+varyingFor {
		last.changes = 0
	}
	return true
}

// writeValue appends an attribute with its head.
func (s *segment) writeValue(out []byte, head uint64, v *attribute.Value) []byte {
	switch v.Type() {
	case attribute.STRING:
		return binary.AppendUvarint(binary.AppendUvarint(out, head), uint64(s.add(v.AsString())))
	case attribute.INT64:
		return binary.AppendVarint(binary.AppendUvarint(out, head|sortInt), v.AsInt64())
	case attribute.FLOAT64:
		out = binary.AppendUvarint(out, head|sortFloat)
		return binary.LittleEndian.AppendUint64(out, math.Float64bits(v.AsFloat64()))
	case attribute.BOOL:
		if v.AsBool() {
			return binary.AppendUvarint(out, head|sortTrue)
		}
		return binary.AppendUvarint(out, head|sortFalse)
	default:
		out = append(binary.AppendUvarint(out, head|sortOther), byte(v.Type()))
		return binary.AppendUvarint(out, uint64(s.add(v.String())))
	}
}
