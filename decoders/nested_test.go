package decoders

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/snappy"
)

func TestNested(t *testing.T) {
	m, c, j := packed(t, order(1)), cbored(t, order(1)), jsoned(t, order(1))
	tagged := cbored(t, map[string]any{"in": cbor.Tag{Number: 24, Content: c}})
	ext := append([]byte{0x81, 0xa2, 'i', 'n'}, msgpackLZ4(t, m, 0)...)
	array := append([]byte{0x81, 0xa2, 'i', 'n'}, msgpackLZ4(t, m, 2)...)
	for _, tt := range []struct {
		name  string
		outer []byte
		want  string // "" is plain
	}{
		{"JSON in JSON", jsoned(t, map[string]any{"in": string(j)}), "json"},
		{"array in JSON", []byte(`{"in":"[1,2]"}`), "json"},
		{"JSON in msgpack", packed(t, map[string]any{"in": string(j)}), "json"},
		{"base64 in JSON", jsoned(t, map[string]any{"in": base64.StdEncoding.EncodeToString(gzipped(t, m))}), "base64 → gzip → msgpack"},
		{"text in base64", []byte(`{"in":"SGVsbG8sIGhvdyBhcmUgeW91IHRvZGF5Pw=="}`), "base64 → text"},
		{"token in JSON", []byte(`{"in":"` + token + `"}`), "jwt → json"},
		{"msgpack in CBOR", cbored(t, map[string]any{"in": m}), "msgpack"},
		{"CBOR in msgpack", packed(t, map[string]any{"in": c}), "cbor"},
		{"snappy in msgpack", packed(t, map[string]any{"in": snappy.Encode(nil, j)}), "snappy → json"},
		{"gzip in msgpack", packed(t, map[string]any{"in": gzipped(t, j)}), "gzip → json"},
		{"text in bytes", packed(t, map[string]any{"in": []byte("hello world")}), "text"},
		{"LZ4 extension", ext, "msgpack-lz4 → msgpack"},
		{"LZ4 array", array, "msgpack-lz4 → msgpack"},
		{"tag 24", tagged, "cbor"},

		{"text", []byte(`{"in":"hello world"}`), ""},
		{"number", []byte(`{"in":"123456"}`), ""},
		{"UUID", []byte(`{"in":"123e4567-e89b-12d3-a456-426614174000"}`), ""},
		{"word", []byte(`{"in":"cats and dogs"}`), ""},
		{"log line", []byte(`{"in":"[info] started"}`), ""},
		{"empty object", []byte(`{"in":"{}"}`), ""},
		{"hash", []byte(`{"in":"d41d8cd98f00b204e9800998ecf8427e"}`), ""},
		{"noise", packed(t, map[string]any{"in": []byte{0x8f, 0x11, 0x93, 0xfe, 0xc1, 0x55, 0x00, 0x12}}), ""},
		{"no bytes", packed(t, map[string]any{"in": []byte{}}), ""},
		{"bignum", unhex(t, "a162696e c24b 01000000 00000000 000000"), ""},
		{"time", unhex(t, "81a2696e d6ff5a4af6a5"), ""},
		{"integer", []byte(`{"in":17}`), ""},
	} {
		r := Decode(tt.outer, Options{})
		i, ok := r.Tree.Find("in")
		if !ok {
			t.Fatalf("%s: %s", tt.name, r.Diagnostic())
		}
		got := ""
		if in := r.Inside(i); in != nil {
			got = in.Chain()
			checkResult(t, in, in.Data)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	r := Decode([]byte(`{"a":1}`), Options{})
	for _, i := range []int{-1, 0, 1, 2} {
		if r.Inside(i) != nil {
			t.Errorf("node %d has something inside", i)
		}
	}
	if Decode([]byte("hello"), Options{}).Inside(0) != nil {
		t.Error("text without a tree has something inside")
	}
}

// TestNestedIsBounded: a bomb inside a node costs what the smaller limits allow.
func TestNestedIsBounded(t *testing.T) {
	r := Decode(packed(t, map[string]any{"in": gzipped(t, make([]byte, 8<<20))}), Options{})
	i, _ := r.Tree.Find("in")
	if got := allocated(func() { r.Inside(i) }); got > 12<<20 {
		t.Errorf("%d bytes allocated", got)
	}
	r = Decode(packed(t, map[string]any{"in": strings.Repeat("[", 1<<20)}), Options{})
	i, _ = r.Tree.Find("in")
	if got := allocated(func() { r.Inside(i) }); got > 12<<20 {
		t.Errorf("%d bytes allocated", got)
	}
}

// TestTextThatBreaksInsideBytes: the bytes are whole, and a text in them claims more than there is.
func TestTextThatBreaksInsideBytes(t *testing.T) {
	for _, claim := range []string{"7b3030303030303030", "7bffffffffffffffff", "7b7fffffffffffffff", "7affffffff", "79ffff"} {
		inner := append(unhex(t, claim), strings.Repeat("0", 60)...)
		r := Decode(cbored(t, []any{cbor.Tag{Number: 63, Content: inner}, "text"}), Options{})
		if r.Format != "cbor" || r.Fault != nil {
			t.Errorf("%s: %s %v", claim, r.Chain(), r.Fault)
		}
		checkResult(t, r, r.Data)
	}
}

func FuzzNested(f *testing.F) {
	m, c, j := packed(f, order(1)), cbored(f, order(1)), jsoned(f, order(1))
	for _, seed := range [][]byte{
		packed(f, map[string]any{"in": c}), cbored(f, map[string]any{"in": m}), jsoned(f, map[string]any{"in": string(j)}),
		append([]byte{0x91}, msgpackLZ4(f, m, 0)...), append([]byte{0x91}, msgpackLZ4(f, m, 2)...),
		cbored(f, cbor.Tag{Number: 24, Content: c}), cbored(f, []any{cbor.Tag{Number: 63, Content: append(c, c...)}}),
		packed(f, []any{gzipped(f, m), snappy.Encode(nil, j), token}),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := Decode(data, Options{Limits: Limits{Output: 1 << 20, Nodes: 1000}})
		if r.Tree == nil {
			return
		}
		for i := range min(r.Tree.Len(), 50) {
			if in := r.Inside(i); in != nil {
				checkResult(t, in, in.Data)
			}
		}
	})
}
