package decoders

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"
)

// The names of the benchmarks have keys, so that benchstat puts side by side what one run has
// measured:
//
//	go test -run '^$' -bench Decode -count 10 ./decoders | benchstat -row /format,/size -col /by -
//	go test -run '^$' -bench Encode -count 10 ./decoders | benchstat -col /format -

// sizes are those that the messages of the benchmarks come close to, in bytes of MessagePack.
func sizes() []benchSize {
	return []benchSize{{"187B", 2}, {"1KB", 25}, {"64KB", 1870}, {"1MB", 29800}}
}

type benchSize struct {
	name  string
	lines int // of the order
}

// library decodes a format into any, as a program does that uses it.
func library(format string) func([]byte, any) error {
	return map[string]func([]byte, any) error{
		"msgpack": func(d []byte, v any) error { return msgpack.Unmarshal(d, v) },
		"cbor":    cbor.Unmarshal,
		"json":    json.Unmarshal,
	}[format]
}

// encoded is a message in a format.
func encoded(t testing.TB, format string, v any) []byte {
	t.Helper()
	switch format {
	case "msgpack":
		return packed(t, v)
	case "cbor":
		return cbored(t, v)
	default:
		return jsoned(t, v)
	}
}

// BenchmarkDecode compares detection with the tree against the libraries' decoding into any.
func BenchmarkDecode(b *testing.B) {
	for _, format := range []string{"msgpack", "cbor", "json"} {
		unmarshal := library(format)
		for _, size := range sizes() {
			data := encoded(b, format, order(size.lines))
			name := fmt.Sprintf("format=%s/size=%s/by=", format, size.name)
			b.Run(name+"bustop", func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if r := Decode(data, Options{}); r.Format != format || r.Fault != nil {
						b.Fatal(r.Format, r.Fault)
					}
				}
			})
			b.Run(name+"library", func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					var v any
					if err := unmarshal(data, &v); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkEncode reports the time and the bytes that the same message takes in each format.
func BenchmarkEncode(b *testing.B) {
	for _, size := range sizes() {
		v := order(size.lines)
		for _, format := range []string{"msgpack", "cbor", "json"} {
			b.Run(fmt.Sprintf("size=%s/format=%s", size.name, format), func(b *testing.B) {
				marshal := map[string]func(any) ([]byte, error){
					"msgpack": msgpack.Marshal, "cbor": cbor.Marshal, "json": json.Marshal,
				}[format]
				var data []byte
				var err error
				for b.Loop() {
					if data, err = marshal(v); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(data)), "bytes")
			})
		}
	}
}

// screenRows is what a screen shows of a mixed source: 50 payloads of about 1 KB, a tenth of them in
// each of ten formats.
func screenRows(t testing.TB) [][]byte {
	t.Helper()
	var rows [][]byte
	for i := range 5 {
		v, line := order(24+i), fmt.Sprintf("2026-03-21 20:04:%02d worker[%d]: order %d shipped to London\n", i, 100+i, 4711+i)
		rows = append(rows,
			packed(t, v), cbored(t, v), jsoned(t, v), protoOf(v), bsoned(v), gzipped(t, jsoned(t, order(3+i))),
			[]byte(strings.Repeat(line, 18)),
			bytes.Repeat(append(jsoned(t, order(1)), '\n'), 5),
			[]byte("<order id=\"4711\">"+strings.Repeat("<line sku=\"SKU-00100\" qty=\"3\">Widget</line>", 23)+"</order>"),
			[]byte("sku,qty,price\n"+strings.Repeat("SKU-00100,3,19.9\n", 60)),
		)
	}
	return rows
}

// BenchmarkScreen is what it takes to show a screen: 50 rows detected, read and written on a line of
// 80 characters. The sub-benchmarks are one format's share of it, alone.
func BenchmarkScreen(b *testing.B) {
	rows := screenRows(b)
	show := func(b *testing.B, rows [][]byte) {
		b.ReportAllocs()
		for b.Loop() {
			for _, data := range rows {
				if Decode(data, Options{}).Preview(80) == "" {
					b.Fatal("an empty row")
				}
			}
		}
	}
	b.Run("format=mixed", func(b *testing.B) { show(b, rows) })
	for i, data := range rows[:10] {
		b.Run("format="+strings.ReplaceAll(Decode(data, Options{}).Chain(), " ", ""), func(b *testing.B) {
			var same [][]byte
			for j := i; j < len(rows); j += 10 {
				same = append(same, rows[j])
			}
			show(b, same)
		})
	}
}

// BenchmarkPreview is one row of a list: detection, tree and one line of 80 characters.
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
