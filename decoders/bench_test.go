package decoders

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"
)

// BenchmarkDecode compares detection with the tree against the libraries' decoding into any.
func BenchmarkDecode(b *testing.B) {
	for _, lines := range []int{2, 20, 1600} {
		v := order(lines)
		for _, c := range []struct {
			name string
			data []byte
			ref  func([]byte, *any) error
		}{
			{"msgpack", packed(b, v), func(d []byte, v *any) error { return msgpack.Unmarshal(d, v) }},
			{"cbor", cbored(b, v), func(d []byte, v *any) error { return cbor.Unmarshal(d, v) }},
			{"json", jsoned(b, v), func(d []byte, v *any) error { return json.Unmarshal(d, v) }},
		} {
			b.Run(fmt.Sprintf("%s/%d/tree", c.name, len(c.data)), func(b *testing.B) {
				b.SetBytes(int64(len(c.data)))
				b.ReportAllocs()
				for b.Loop() {
					if r := Decode(c.data, Options{}); r.Format != c.name || r.Fault != nil {
						b.Fatal(r.Format, r.Fault)
					}
				}
			})
			b.Run(fmt.Sprintf("%s/%d/library", c.name, len(c.data)), func(b *testing.B) {
				b.SetBytes(int64(len(c.data)))
				b.ReportAllocs()
				for b.Loop() {
					var v any
					if err := c.ref(c.data, &v); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkPreview is a row of a list: detection, tree and one line of 80 characters.
func BenchmarkPreview(b *testing.B) {
	data := packed(b, order(20))
	b.ReportAllocs()
	for b.Loop() {
		Decode(data, Options{}).Preview(80)
	}
}

// BenchmarkSkip is the pass over an item that decides the format.
func BenchmarkSkip(b *testing.B) {
	v := order(1600)
	for _, g := range []grammar{gMsgpack, gCBOR} {
		data := packed(b, v)
		if g == gCBOR {
			data = cbored(b, v)
		}
		b.Run(g.name(), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if s := g.skip(data, 0); s.end != len(data) {
					b.Fatal(s)
				}
			}
		})
	}
}
