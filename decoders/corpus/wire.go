package corpus

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// protobuf writes a message without a schema: fields in ascending order, strings, numbers, messages.
func (m *maker) protobuf(fields, depth int) []byte {
	var b []byte
	number := protowire.Number(1)
	for range fields {
		switch m.IntN(6) {
		case 0, 1:
			b = protowire.AppendTag(b, number, protowire.BytesType)
			b = protowire.AppendString(b, pick(m, m.word(), m.uuid(), m.prose(3), m.name()))
		case 2, 3:
			b = protowire.AppendTag(b, number, protowire.VarintType)
			b = protowire.AppendVarint(b, m.Uint64()>>(20+m.IntN(44)))
		case 4:
			b = protowire.AppendTag(b, number, protowire.Fixed64Type)
			b = protowire.AppendFixed64(b, math.Float64bits(float64(m.IntN(1e6))/100))
		default:
			inner := []byte(m.word())
			if depth > 0 {
				inner = m.protobuf(1+m.IntN(4), depth-1)
			}
			b = protowire.AppendTag(b, number, protowire.BytesType)
			b = protowire.AppendBytes(b, inner)
		}
		number += protowire.Number(pick(m, 1, 1, 1, 1, 2, 0))
	}
	return b
}

// bson writes a document (bsonspec.org, version 1.1), keys in order.
func bson(doc map[string]any) []byte {
	b := make([]byte, 4)
	for _, k := range slices.Sorted(maps.Keys(doc)) {
		b = bsonElement(b, k, doc[k])
	}
	b = append(b, 0)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	return b
}

func bsonElement(b []byte, key string, v any) []byte {
	head := func(kind byte) []byte { return append(append(append(b, kind), key...), 0) }
	switch v := v.(type) {
	case nil:
		return head(0x0a)
	case bool:
		if v {
			return append(head(0x08), 1)
		}
		return append(head(0x08), 0)
	case int:
		if v == int(int32(v)) {
			return binary.LittleEndian.AppendUint32(head(0x10), uint32(int32(v)))
		}
		return binary.LittleEndian.AppendUint64(head(0x12), uint64(v))
	case int64:
		return binary.LittleEndian.AppendUint64(head(0x12), uint64(v))
	case uint64:
		return binary.LittleEndian.AppendUint64(head(0x12), v)
	case float64:
		return binary.LittleEndian.AppendUint64(head(0x01), math.Float64bits(v))
	case string:
		b = binary.LittleEndian.AppendUint32(head(0x02), uint32(len(v)+1))
		return append(append(b, v...), 0)
	case []byte:
		b = binary.LittleEndian.AppendUint32(head(0x05), uint32(len(v)))
		return append(append(b, 0), v...)
	case []any:
		list := make([]byte, 4)
		for i, e := range v {
			list = bsonElement(list, fmt.Sprint(i), e)
		}
		list = append(list, 0)
		binary.LittleEndian.PutUint32(list, uint32(len(list)))
		return append(head(0x04), list...)
	case map[string]any:
		return append(head(0x03), bson(v)...)
	}
	panic(fmt.Sprintf("corpus: no BSON for %T", v))
}
