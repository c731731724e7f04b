package decoders

import (
	"fmt"
	"strings"
	"testing"
)

// rows writes a tree as "depth key = value : type" lines.
func rows(r *Result) string {
	var b strings.Builder
	for i := range r.Tree.Len() {
		fmt.Fprintf(&b, "%d %s = %s : %s\n", r.Tree.Depth(i), r.Tree.Key(i), r.Tree.Value(i), r.Tree.Type(i))
	}
	return b.String()
}

func TestTreeRows(t *testing.T) {
	for _, tt := range []struct{ name, as, hex, want string }{
		{"msgpack widths", "msgpack", "96 05 cc05 d1fff6 ca3dcccccd d90178 c4020102", `
0  = [6] : fixarray
1 [0] = 5 : fixint
1 [1] = 5 : uint8
1 [2] = -10 : int16
1 [3] = 0.1 : float32
1 [4] = x : str8
1 [5] = h'0102' : bin8
`},
		{"msgpack keys", "msgpack", "86 01 c3 c0 02 a131 03 c40161 04 920102 a5 68656c6c6f a161 05", `
0  = {6} : fixmap
1 1 = true : bool
1 null = 2 : fixint
1 "1" = 3 : fixint
1 h'61' = 4 : fixint
1 [1, 2] = hello : entry
2 key = [2] : fixarray
3 [0] = 1 : fixint
3 [1] = 2 : fixint
2 value = hello : fixstr
1 a = 5 : fixint
`},
		{"msgpack extensions", "msgpack", "92 d6ff5a4af6a5 c70305010203", `
0  = [2] : fixarray
1 [0] = 2018-01-02T03:04:05Z : ext -1 timestamp
1 [1] = ext 5 h'010203' : ext 5
`},
		{"cbor", "cbor", "bf 6161 f7 6162 5f42010243030405ff 61 63 c249010000000000000000 6164 f93e00 ff", `
0  = {4} : map (indefinite)
1 a = undefined : undefined
1 b = h'0102030405' : bytes (indefinite)
2 [0] = h'0102' : bytes
2 [1] = h'030405' : bytes
1 c = 18446744073709551616 : tag 2 bignum
2 content = h'010000000000000000' : bytes
1 d = 1.5 : float16
`},
		{"cut", "msgpack", "83 a161 01 a162 93 01 02", `
0  = {2 of 3} : fixmap
1 a = 1 : fixint
1 b = [2 of 3] : fixarray
2 [0] = 1 : fixint
2 [1] = 2 : fixint
`},
		{"text that reads as something else", "msgpack", "95 a0 a3313233 a474727565 a2c328 a3610a62", `
0  = [5] : fixarray
1 [0] = "" : fixstr
1 [1] = "123" : fixstr
1 [2] = "true" : fixstr
1 [3] = "�(" : fixstr, not UTF-8
1 [4] = "a\nb" : fixstr
`},
	} {
		r := Decode(unhex(t, tt.hex), Options{As: tt.as})
		if got := "\n" + rows(r); got != tt.want {
			t.Errorf("%s:%s\nwant%s", tt.name, got, tt.want)
		}
	}
	r := Decode([]byte(`{"a\"b": "x\u00e4\n", "n": 12345678901234567890, "f": [1.50, null]}`), Options{})
	if got := rows(r); got != `0  = {3} : object
1 a"b = "xä\n" : string
1 n = 12345678901234567890 : number
1 f = [2] : array
2 [0] = 1.50 : number
2 [1] = null : null
` {
		t.Error(got)
	}
}

func TestLongValuesAreCut(t *testing.T) {
	r := Decode(packed(t, []any{strings.Repeat("ü", 1<<16), make([]byte, 1<<16), map[string]any{strings.Repeat("k", 9999): 1}}), Options{})
	tree := r.Tree
	if v := tree.Value(1); len(v) > maxText+8 || !strings.HasSuffix(v, "ü…") {
		t.Errorf("%d bytes: %q", len(v), v[len(v)-8:])
	}
	if v := tree.Value(2); !strings.HasSuffix(v, "00…' (65536 bytes)") || len(v) > 200 {
		t.Error(v)
	}
	if k := tree.Key(4); len(k) > maxLabel+8 || !strings.HasSuffix(k, "k…") {
		t.Error(k)
	}
	if s, ok := tree.Text(1); !ok || len(s) != 1<<17 {
		t.Error(len(s), ok)
	}
}

func TestRanges(t *testing.T) {
	data := unhex(t, "82 a161 93010203 a162 a178")
	tree := Decode(data, Options{As: "msgpack"}).Tree
	for i, want := range [][4]int{{0, 11, 0, 0}, {3, 7, 1, 3}, {4, 5, 4, 4}, {5, 6, 5, 5}, {6, 7, 6, 6}, {9, 11, 7, 9}} {
		s, e := tree.Range(i)
		ks, ke := tree.KeyRange(i)
		if got := [4]int{s, e, ks, ke}; got != want {
			t.Errorf("node %d: %v, want %v", i, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	v := map[string]any{"a": map[string]any{"TraceParent": "00-0af7-b7ad-01", "long" + strings.Repeat("x", 99): 1}, "z": 2}
	for _, data := range [][]byte{packed(t, v), cbored(t, v), jsoned(t, v)} {
		tree := Decode(data, Options{}).Tree
		i, ok := tree.Find("traceparent")
		if !ok || tree.Value(i) != "00-0af7-b7ad-01" {
			t.Errorf("%x: %d %v", data, i, ok)
		}
		if _, ok := tree.Find("trace"); ok {
			t.Error("a part of a key is found")
		}
	}
}

func TestPreview(t *testing.T) {
	r := Decode(packed(t, order(2)), Options{})
	want := `{address: {city: London, zip: N1 9GU}, created: 2026-03-21T20:04:00Z, customer: …`
	if got := r.Preview(len([]rune(want))); got != want {
		t.Errorf("%q", got)
	}
	for in, want := range map[string]string{"a\nb\tc": "a b c", "üüüüü": "üüüüü", "12345678": "12345678", "123456789": "1234567…"} {
		if got := Decode([]byte(in), Options{}).Preview(8); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Decode(unhex(t, "ff00ff00"), Options{}).Preview(8); got != "ff 00 f…" {
		t.Errorf("%q", got)
	}
}

func TestAppendJSONMapping(t *testing.T) {
	for _, tt := range []struct{ as, hex, want string }{
		{"cbor", "a2 01 02 03 04", `{"$map":[[1,2],[3,4]]}`},
		{"cbor", "a2 6161 01 6161 02", `{"$map":[["a",1],["a",2]]}`},
		{"cbor", "a1 820102 f6", `{"$map":[[[1,2],null]]}`},
		{"cbor", "a1 66 246279746573 6178", `{"$map":[["$bytes","x"]]}`},
		{"cbor", "a2 6162 01 6161 02", `{"b":1,"a":2}`},
		{"cbor", "d825 42 0102", `{"$tag":37,"value":{"$bytes":"AQI="}}`},
		{"cbor", "c074323031332d30332d32315432303a30343a30305a", `{"$time":"2013-03-21T20:04:00Z"}`},
		{"cbor", "c1fb41d452d9ec200000", `{"$time":"2013-03-21T20:04:00.5Z"}`},
		{"cbor", "c1 6161", `{"$tag":1,"value":"a"}`},
		{"cbor", "f7", `{"$simple":23}`},
		{"cbor", "f97e00", `{"$float":"NaN"}`},
		{"cbor", "1b0020000000000001", `{"$number":"9007199254740993"}`},
		{"cbor", "1b0020000000000000", `9007199254740992`},
		{"cbor", "3bffffffffffffffff", `{"$number":"-18446744073709551616"}`},
		{"cbor", "0102", `[1,2]`},
		{"msgpack", "d7ff0000000000000001", `{"$time":"1970-01-01T00:00:01Z"}`},
		{"msgpack", "d7ffffffffff00000001", `{"$ext":-1,"value":{"$bytes":"/////wAAAAE="}}`},
		{"msgpack", "a2c328", `{"$bytes":"wyg="}`},
		{"msgpack", "93a161", `["a"]`},
		{"json", hexOf(`[1, 123456789012345678, 1e999, "\ud83d\ude00", 0.1]`), `[1,{"$number":"123456789012345678"},{"$number":"1e999"},"😀",0.1]`},
		{"json", hexOf(`{"a":1,"a":2}`), `{"$map":[["a",1],["a",2]]}`},
		{"text", hexOf("a\"b"), `"a\"b"`},
		{"binary", "ff", `{"$bytes":"/w=="}`},
	} {
		if got := string(Decode(unhex(t, tt.hex), Options{As: tt.as}).AppendJSON(nil)); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.as, tt.hex, got, tt.want)
		}
	}
}

func hexOf(s string) string { return fmt.Sprintf("%x", s) }

func TestDiagnostic(t *testing.T) {
	for _, tt := range []struct{ as, hex, want string }{
		{"cbor", "1805", `5_0`},
		{"cbor", "9a0000000101", `[_2 1]`},
		{"cbor", "7f657374726561646d696e67ff", `(_ "strea", "ming")`},
		{"cbor", "62c328", `h'c328' /text, not UTF-8/`},
		{"cbor", "a2 6161 01", `{"a": 1, ...} /offset 4: 1 of 2 entries, then the data ends/`},
		{"cbor", "c249010000000000000000", `18446744073709551616`},
		{"cbor", "c24101", `2(h'01')`},
		{"msgpack", "d6ff5a4af6a5", `dt'2018-01-02T03:04:05Z'`},
		{"msgpack", "c70305010203", `ext(5, h'010203')`},
		{"msgpack", "81 920102 c3", `{[1, 2]: true}`},
		{"json", hexOf(`{"a": 1}`), `{"a": 1}`},
		{"text", hexOf("a\"b"), `"a\"b"`},
		{"binary", "00ff", `h'00ff'`},
	} {
		if got := Decode(unhex(t, tt.hex), Options{As: tt.as}).Diagnostic(); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.as, tt.hex, got, tt.want)
		}
	}
	long := Decode(packed(t, order(40000)), Options{}).Diagnostic()
	if len(long) > maxDiagnostic+8 || !strings.HasSuffix(long, "…") {
		t.Errorf("%d bytes", len(long))
	}
}

func TestHexRows(t *testing.T) {
	data := []byte("0123456789abcdefXYZ\x00")
	got := HexRows(data, 3, 5, 14, 18)
	if len(got) != 2 || got[0] != (HexRow{
		0, "30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66", "0123456789abcdef", 14, 16,
	}) || got[1] != (HexRow{16, "58 59 5a 00", "XYZ.", 0, 2}) {
		t.Errorf("%+v", got)
	}
	if got := HexRows(data, 16, 1, 2, 5); len(got) != 1 || got[0].MarkFrom != got[0].MarkTo {
		t.Errorf("%+v", got)
	}
	if HexRows(data, 99, 1, 0, 0) != nil || HexRows(nil, 0, 1, 0, 0) != nil || len(HexRows(data, -5, 1, 0, 0)) != 1 {
		t.Error("rows outside the data")
	}
}

// TestBrokenKeysAreCut holds the room of a key's label where its bytes are no UTF-8.
func TestBrokenKeysAreCut(t *testing.T) {
	for format, data := range map[string]string{
		"json": `{"` + strings.Repeat("\xac", 4000) + `":1}`, "msgpack": "\x81\xda\x0f\xa0" + strings.Repeat("\xac", 4000) + "\x01",
		"cbor": "\xa1\x79\x0f\xa0" + strings.Repeat("\xac", 4000) + "\x01",
	} {
		r := Decode([]byte(data), Options{As: format})
		if k := r.Tree.Key(1); r.Tree.Len() != 2 || len(k) > 4*maxLabel {
			t.Errorf("%s: %d nodes, a label of %d bytes", format, r.Tree.Len(), len(k))
		}
	}
}
