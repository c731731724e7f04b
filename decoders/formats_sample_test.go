package decoders

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"google.golang.org/protobuf/encoding/protowire"
)

// protoOf encodes a value as a message without a schema: names become field numbers in their order.
func protoOf(v any) []byte {
	var b []byte
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for i, k := range keys {
			b = protoField(b, protowire.Number(i+1), v[k])
		}
	case []any:
		for _, item := range v {
			b = protoField(b, 1, item)
		}
	}
	return b
}

func protoField(b []byte, n protowire.Number, v any) []byte {
	varint := func(v uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
	}
	switch v := v.(type) {
	case nil:
		return b
	case int:
		return varint(uint64(v))
	case int64:
		return varint(uint64(v))
	case uint64:
		return protowire.AppendFixed64(protowire.AppendTag(b, n, protowire.Fixed64Type), v)
	case bool:
		return varint(protowire.EncodeBool(v))
	case float64:
		return protowire.AppendFixed64(protowire.AppendTag(b, n, protowire.Fixed64Type), math.Float64bits(v))
	case string:
		return protowire.AppendString(protowire.AppendTag(b, n, protowire.BytesType), v)
	case []byte:
		return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
	case []string:
		for _, s := range v {
			b = protoField(b, n, s)
		}
		return b
	case []any:
		for _, item := range v {
			b = protoField(b, n, item)
		}
		return b
	case map[string]any:
		return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), protoOf(v))
	}
	panic(fmt.Sprintf("%T", v))
}

// bsoned encodes a value as a BSON document (bsonspec.org), independent of the reader.
func bsoned(v any) []byte {
	b := make([]byte, 4)
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			b = bsonField(b, k, item)
		}
	case []any:
		for i, item := range v {
			b = bsonField(b, fmt.Sprint(i), item)
		}
	}
	b = append(b, 0)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	return b
}

func bsonField(b []byte, name string, v any) []byte {
	put := func(c byte) []byte { return append(append(append(b, c), name...), 0) }
	switch v := v.(type) {
	case nil:
		return put(0x0a)
	case int:
		return binary.LittleEndian.AppendUint32(put(0x10), uint32(v))
	case int64:
		return binary.LittleEndian.AppendUint64(put(0x12), uint64(v))
	case uint64:
		return binary.LittleEndian.AppendUint64(put(0x12), v)
	case bool:
		return append(put(0x08), map[bool]byte{true: 1}[v])
	case float64:
		return binary.LittleEndian.AppendUint64(put(0x01), math.Float64bits(v))
	case string:
		return append(append(binary.LittleEndian.AppendUint32(put(0x02), uint32(len(v)+1)), v...), 0)
	case []byte:
		return append(append(binary.LittleEndian.AppendUint32(put(0x05), uint32(len(v))), 0), v...)
	case []string:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		return append(put(0x04), bsoned(list)...)
	case []any:
		return append(put(0x04), bsoned(v)...)
	case map[string]any:
		return append(put(0x03), bsoned(v)...)
	}
	panic(fmt.Sprintf("%T", v))
}

// xmled writes a value as XML.
func xmled(b *strings.Builder, name string, v any) {
	fmt.Fprintf(b, "<%s>", name)
	switch v := v.(type) {
	case map[string]any:
		for k, item := range v {
			xmled(b, k, item)
		}
	case []any:
		for _, item := range v {
			xmled(b, "item", item)
		}
	default:
		_ = xml.EscapeText(b, fmt.Append(nil, v))
	}
	fmt.Fprintf(b, "</%s>", name)
}

// prose is a line as people write it, in Latin-1's part of Unicode.
func prose(r *rand.Rand, words int) string {
	list := strings.Fields("der Auftrag für Köln ist bezahlt und größer als señor García dachte where the café opens early on naïve Tuesdays")
	out := make([]string, words)
	for i := range out {
		out[i] = list[r.IntN(len(list))]
	}
	return strings.Join(out, " ")
}

func utf16Of(s string, order binary.AppendByteOrder) []byte {
	b := order.AppendUint16(nil, 0xfeff)
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return b
}

func latin1(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}

func table(r *rand.Rand) []byte {
	var b strings.Builder
	comma := string(csvCommas[r.IntN(3)])
	columns := 2 + r.IntN(5)
	for range 3 + r.IntN(10) {
		for i := range columns {
			if i > 0 {
				b.WriteString(comma)
			}
			switch r.IntN(4) {
			case 0:
				fmt.Fprintf(&b, "%d", r.IntN(10000))
			case 1:
				fmt.Fprintf(&b, "%.2f", 100*r.Float64())
			case 2:
				fmt.Fprintf(&b, "\"%s%s \"\"x\"\"\"", prose(r, 2), comma)
			default:
				b.WriteString(prose(r, 1))
			}
		}
		b.WriteString([]string{"\n", "\r\n"}[r.IntN(2)])
	}
	return []byte(b.String())
}

// TestFormatRate holds the rate of right answers for the formats that TestDetectionRate leaves out.
func TestFormatRate(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	var all, prefixes tallies
	for range 3000 {
		v := message(r)
		p := protoOf(v)
		all.try(t, "protobuf", "protobuf", p, Options{})
		if cut := 12 + r.IntN(len(p)); cut < len(p) {
			prefixes.try(t, "protobuf prefix", "protobuf", p[:cut], Options{Partial: true})
		}
		if document, ok := v.(map[string]any); ok {
			all.try(t, "bson", "bson", bsoned(document), Options{})
			var b strings.Builder
			xmled(&b, "root", document)
			all.try(t, "xml", "xml", []byte(b.String()), Options{})
		}
		all.try(t, "csv", "csv", table(r), Options{})
		line := prose(r, 1+r.IntN(12))
		all.try(t, "text", "text", []byte(line), Options{})
		all.try(t, "utf-16", "utf-16 → text", utf16Of(line, binary.LittleEndian), Options{})
		all.try(t, "utf-16", "utf-16 → text", utf16Of(line, binary.BigEndian), Options{})
		if old := latin1(line); !isText(old) && 3*(len(line)-len(old)) < len(old) {
			all.try(t, "latin-1", "latin-1 → text", old, Options{})
		}
		if len(p) > 0 {
			frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(p)))
			all.try(t, "grpc", "grpc → protobuf", append(frame, p...), Options{})
		}
	}
	all.hold(t, 0.995, 0.96)
	prefixes.hold(t, 0.96, 0.85)
}

// tally counts answers by the size of the payload: below 8 bytes, 8 to 15, and more.
type tally struct {
	right, all      [3]int
	sure, wrongSure int
}

type tallies map[string]*tally

func (all *tallies) try(t *testing.T, class, want string, data []byte, opt Options) {
	if *all == nil {
		*all = tallies{}
	}
	c := (*all)[class]
	if c == nil {
		c = &tally{}
		(*all)[class] = c
	}
	size := min(len(data)/8, 2)
	c.all[size]++
	r := Decode(data, opt)
	right := r.Chain() == want
	if right {
		c.right[size]++
	} else if testing.Verbose() {
		t.Logf("%s: %s %.2f also %v: %q", class, r.Chain(), r.Confidence(), r.Also, data)
	}
	if r.Confidence() >= 0.95 {
		c.sure++
		if !right {
			c.wrongSure++
		}
	}
}

// hold fails where less than the shares long (16 bytes and more) and short (8 to 15) are right, or
// more than one in 200 of the sure answers is wrong.
func (all tallies) hold(t *testing.T, long, short float64) {
	for class, c := range all {
		t.Logf("%-17s right %v of %v, sure %d, wrong though sure %d", class, c.right, c.all, c.sure, c.wrongSure)
		if float64(c.right[2]) < long*float64(c.all[2]) || float64(c.right[1]) < short*float64(c.all[1]) {
			t.Errorf("%s: %v of %v right", class, c.right, c.all)
		}
		if 200*c.wrongSure > c.sure {
			t.Errorf("%s: %d of %d sure answers wrong", class, c.wrongSure, c.sure)
		}
	}
}
