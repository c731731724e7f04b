package decoders

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/dynamicpb"
)

// TestMessagesAgreeWithLibrary compares what the tree says with the JSON that the library writes of the
// same message.
func TestMessagesAgreeWithLibrary(t *testing.T) {
	t.Parallel()
	files := compiled(t)
	schema := NewSchema(files)
	types := dynamicpb.NewTypes(files)
	m := protoMaker{r: rand.New(rand.NewPCG(7, 1)), files: files}
	for n := range rounds(1500) {
		m.share = []float64{0.1, 0.3, 0.9}[n%3]
		name := []string{"shop.v1.All", "shop.v1.Order", "old.Record"}[n%7%3]
		msg := m.message(messageOfType(t, files, name), 0)
		data := marshalled(t, msg)
		want, err := protojson.MarshalOptions{UseProtoNames: true, Resolver: types, AllowPartial: true}.Marshal(msg)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) == 0 {
			continue
		}
		r := Decode(data, Options{As: "protobuf:" + name, Schema: schema})
		if r.Fault != nil {
			t.Fatalf("%s %x: %+v", name, data, r.Fault)
		}
		got := r.AppendJSON(nil)
		if diff := cmp.Diff(plainJSON(t, want), plainJSON(t, got), cmp.Comparer(sameNumber)); diff != "" {
			t.Fatalf("%s %x\n%s\n%s\n%s", name, data, got, want, diff)
		}
		checkResult(t, r, data)
	}
}

// plainJSON reads JSON of either mapping into what both mean: every scalar a text, the objects that
// stand for what JSON has not resolved, the message in an Any beside its type.
func plainJSON(t *testing.T, s []byte) any {
	dec := json.NewDecoder(bytes.NewReader(s))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return plainValue(v)
}

func plainValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case []any:
		for i := range v {
			v[i] = plainValue(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = plainValue(v[k])
		}
		if len(v) == 1 {
			for _, name := range []string{"$bytes", "$number", "$float", "$time"} {
				if s, ok := v[name]; ok {
					return s
				}
			}
		}
		if url, ok := v["@type"]; ok { // the library puts the fields of the message beside its type
			delete(v, "@type")
			v = map[string]any{"type_url": url, "value": v}
		}
		if held, ok := v["value"].(map[string]any); ok && len(held) == 0 && v["type_url"] != nil {
			delete(v, "value") // an empty message may be written or not
		}
		return v
	default:
		return v
	}
}

// sameNumber compares scalars; floats of 32 bits have fewer digits to the library.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil || !strings.ContainsAny(a+b, ".eE") {
		return strings.TrimSuffix(a, "Z") == strings.TrimSuffix(b, "Z") && a != "" || sameTime(a, b)
	}
	return x == y && math.Signbit(x) == math.Signbit(y) || float32(x) == float32(y)
}

// sameTime compares times with and without the zeros behind the second.
func sameTime(a, b string) bool {
	cut := func(s string) string { return strings.TrimRight(strings.TrimSuffix(s, "Z"), "0") }
	return strings.HasSuffix(a, "Z") && strings.HasSuffix(b, "Z") && strings.Contains(a+b, ".") && cut(a) == cut(b)
}

// TestMessageRows holds what a typed tree looks like, wire type by wire type.
func TestMessageRows(t *testing.T) {
	schema := NewSchema(compiled(t))
	for _, tt := range []struct{ name, as, hex, want string }{
		{"scalars", "shop.v1.All", "18 ffffffffffffffffff01 38 03 6801 7203 616263 7a02 0102 8001 01 8001 09", `
0  = {7} : shop.v1.All
1 i32 = -1 : int32
1 s32 = -2 : sint32
1 b = true : bool
1 s = abc : string
1 raw = h'0102' : bytes
1 status = ACTIVE : shop.v1.Status = 1
1 status = 9 : shop.v1.Status = 9
`},
		{"packed, loose and mixed", "shop.v1.All", "8a01 03 01 9601 8801 07 9001 01 9001 02", `
0  = {2} : shop.v1.All
1 packed = [3] : repeated int32
2 [0] = 1 : int32
2 [1] = 150 : int32
2 [2] = 7 : int32
1 loose = [2] : repeated sint64
2 [0] = -1 : sint64
2 [1] = 1 : sint64
`},
		{"maps", "shop.v1.All", "c201 07 0a0161 1202 1005 c201 03 0a0162 ca01 05 1201 78 0805 ca01 00", `
0  = {2} : shop.v1.All
1 by_name = {2} : map<string, shop.v1.Item>
2 a = {1} : shop.v1.Item
3 quantity = 5 : int32
2 b = {0} : shop.v1.Item
1 by_number = {2} : map<int32, string>
2 5 = x : string
2 0 = "" : string
`},
		{"an entry that has more", "shop.v1.All", "ca01 07 0801 1201 61 1801", `
0  = {1} : shop.v1.All
1 by_number = [1] : repeated shop.v1.All.ByNumberEntry
2 [0] = {3} : shop.v1.All.ByNumberEntry
3 key = 1 : int32
3 value = a : string
3 3 = 1 : varint (sint -1, bool true)
`},
		{"unknown fields", "shop.v1.Item", "0a0161 2005 0801", `
0  = {3} : shop.v1.Item
1 sku = a : string
1 4 = 5 : varint (sint -3)
1 1 = 1 : varint (sint -1, bool true)
`},
		{"well-known types", "shop.v1.All", "9a02 02 0801 a202 08 0802 1080cab5ee01 aa02 09 0a07 0a0161 1202 0800 b202 02 2001 c202 02 0805 c202 00 ca02 03 0a0178", `
0  = {7} : shop.v1.All
1 at = 1970-01-01T00:00:01Z : google.protobuf.Timestamp
1 took = 2.500s : google.protobuf.Duration
1 object = {1} : google.protobuf.Struct
2 a = null : google.protobuf.Value
1 value = true : google.protobuf.Value
1 count = 5 : google.protobuf.Int64Value
1 count = 0 : google.protobuf.Int64Value
1 note = x : google.protobuf.StringValue
`},
		{"oneof and any", "shop.v1.All", "ea01 0161 8203 29 0a20" + hexOf("type.googleapis.com/shop.v1.Item") + "1205 0a0178 1007", `
0  = {2} : shop.v1.All
1 email = a : string (oneof contact)
1 any = {2} : google.protobuf.Any
2 type_url = type.googleapis.com/shop.v1.Item : string
2 value = {2} : shop.v1.Item
3 sku = x : string
3 quantity = 7 : int32
`},
		{"groups and extensions", "old.Record", "0801 13 0a0161 13 0805 14 14 1803 a206 0168 a806 05", `
0  = {5} : old.Record
1 id = 1 : int32
1 Detail = {2} : old.Record.Detail
2 name = a : string
2 Part = [1] : repeated old.Record.Detail.Part
3 [0] = {1} : old.Record.Detail.Part
4 n = 5 : int32
1 colour = BLUE : old.Record.Colour = 3
1 [old.remark] = h : string
1 [old.marks] = [1] : repeated int32
2 [0] = 5 : int32
`},
	} {
		data := unhex(t, tt.hex)
		r := Decode(data, Options{As: "protobuf:" + tt.as, Schema: schema})
		if got := "\n" + rows(r); got != tt.want || r.Fault != nil {
			t.Errorf("%s:%s\nwant%s%v", tt.name, got, tt.want, r.Fault)
		}
		checkResult(t, r, data)
	}
}

// TestMessagePrefixes: a cut changes no node before it, and is told as the end of the data.
func TestMessagePrefixes(t *testing.T) {
	t.Parallel()
	files := compiled(t)
	schema := NewSchema(files)
	m := protoMaker{r: rand.New(rand.NewPCG(3, 9)), files: files, share: 0.3}
	for n := range rounds(60) {
		name := []string{"shop.v1.All", "shop.v1.Order", "old.Record"}[n%3]
		data := marshalled(t, m.message(messageOfType(t, files, name), 0))
		opt := Options{As: "protobuf:" + name, Schema: schema}
		whole := Decode(data, opt)
		for cut := 1; cut < len(data); cut++ {
			part := Decode(data[:cut], opt)
			if part.Fault != nil && !part.Truncated {
				t.Fatalf("%x cut at %d: %+v", data, cut, part.Fault)
			}
			if _, why := protoSkip(data[:cut]); (part.Fault == nil) != (why == breakNone) {
				t.Fatalf("%x cut at %d: %+v, %v", data, cut, part.Fault, why)
			}
			for i := range whole.Tree.Len() {
				_, end := whole.Tree.Range(i)
				if start, _ := whole.Tree.Range(i); start >= cut {
					break
				}
				if end > cut || end == cut && whole.Tree.Branch(i) {
					continue
				}
				if i >= part.Tree.Len() || part.Tree.Key(i) != whole.Tree.Key(i) || part.Tree.Value(i) != whole.Tree.Value(i) ||
					part.Tree.Type(i) != whole.Tree.Type(i) || part.Tree.Depth(i) != whole.Tree.Depth(i) {
					t.Fatalf("%x cut at %d: node %d\n%s\n%s", data, cut, i, rows(part), rows(whole))
				}
			}
			checkResult(t, part, data[:cut])
		}
	}
}

func TestMessageFaults(t *testing.T) {
	schema := NewSchema(compiled(t))
	checkFaults(t, Options{As: "protobuf:shop.v1.Order", Schema: schema}, []broken{
		{"a string longer than its message", "1a 03 0a05 61 0801", 2, "needs 5 bytes, 1 left in the message around it", false, 3},
		{"a number longer than its message", "1a 02 1080", 2, "expected a value of quantity, the message around it ends", false, 3},
		{"an unknown field longer than its message", "1a 02 2080", 2, "field 4 is longer than the message around it", false, 3},
		{"a cut message", "1a 09 0a01 61", 0, "needs 9 bytes, 3 left", true, 4},
		{"a cut map", "2a 09 0a0161 12", 0, "expected the length", true, 2},
		{"field 0", "0a0161 0001", 3, "expected the tag", false, 2},
	})
}

// TestMessageNesting: a message that contains itself ends at the limit, not in the stack.
func TestMessageNesting(t *testing.T) {
	schema := NewSchema(compiled(t))
	data := []byte{0x18, 1}
	for range 300 {
		data = protowire.AppendBytes(protowire.AppendTag(nil, 33, protowire.BytesType), data)
	}
	r := Decode(data, Options{As: "protobuf:All", Schema: schema})
	if r.Fault == nil || !strings.Contains(r.Fault.Text, "nested deeper than 128") || r.Tree.Len() != 128 {
		t.Errorf("%+v, %d nodes", r.Fault, r.Tree.Len())
	}
	checkResult(t, r, data)
}
