package decoders

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/snappy"
	"github.com/pierrec/lz4/v4"
)

// closed writes b through a compressor.
func closed(t testing.TB, out *bytes.Buffer, w interface {
	Write([]byte) (int, error)
	Close() error
}, b []byte,
) []byte {
	t.Helper()
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func lz4ed(t testing.TB, b []byte, opts ...lz4.Option) []byte {
	t.Helper()
	var out bytes.Buffer
	w := lz4.NewWriter(&out)
	if err := w.Apply(opts...); err != nil {
		t.Fatal(err)
	}
	return closed(t, &out, w, b)
}

func snappyFramed(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	return closed(t, &out, snappy.NewBufferedWriter(&out), b)
}

func s2Framed(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	return closed(t, &out, s2.NewWriter(&out), b)
}

func brotlied(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	return closed(t, &out, brotli.NewWriter(&out), b)
}

// msgpackLZ4 wraps b as MessagePack-CSharp does, in one block (ext 99) or in several (ext 98).
func msgpackLZ4(t testing.TB, b []byte, blocks int) []byte {
	t.Helper()
	if blocks == 0 {
		content := binary.BigEndian.AppendUint32([]byte{0xd2}, uint32(len(b)))
		content = append(content, lz4Blocked(t, b)...)
		return append(binary.BigEndian.AppendUint32([]byte{0xc9}, uint32(len(content))), append([]byte{99}, content...)...)
	}
	var sizes, parts []byte
	step := (len(b) + blocks - 1) / blocks
	for i := range blocks {
		part := b[i*step : min((i+1)*step, len(b))]
		sizes = append(sizes, packed(t, len(part))...)
		block := lz4Blocked(t, part)
		parts = append(append(parts, 0xc6), binary.BigEndian.AppendUint32(nil, uint32(len(block)))...)
		parts = append(parts, block...)
	}
	out := []byte{0x90 + byte(blocks+1), 0xc7, byte(len(sizes)), 98}
	return append(append(out, sizes...), parts...)
}

func TestLayersByOtherEncoders(t *testing.T) {
	m, c, j := packed(t, order(3)), cbored(t, order(3)), jsoned(t, order(3))
	large := packed(t, order(3000)) // some blocks of 64 KiB
	for _, tt := range []struct {
		chain string
		data  []byte
		want  []byte
	}{
		{"lz4 → msgpack", lz4ed(t, m), m},
		{"lz4 → msgpack", lz4ed(t, large), large},
		{"lz4 → msgpack", lz4ed(t, large, lz4.BlockSizeOption(lz4.Block64Kb), lz4.BlockChecksumOption(true), lz4.SizeOption(uint64(len(large)))), large},
		{"lz4 → msgpack", lz4ed(t, large, lz4.CompressionLevelOption(lz4.Level9), lz4.ChecksumOption(false)), large},
		{"lz4 → cbor", lz4ed(t, c, lz4.LegacyOption(true)), c},
		{"lz4 → msgpack", lz4ed(t, large, lz4.LegacyOption(true)), large},
		{"lz4 → json", append(unhex(t, "502a4d18 03000000 010203"), lz4ed(t, j)...)[11:], j},
		{"snappy → msgpack", snappyFramed(t, m), m},
		{"snappy → msgpack", snappyFramed(t, large), large},
		{"snappy → json", snappy.Encode(nil, j), j},
		{"snappy → msgpack", snappy.Encode(nil, m), m},
		{"snappy → cbor", snappy.Encode(nil, c), c},
		{"snappy → msgpack", snappy.Encode(nil, large), large},
		{"snappy → text", snappy.Encode(nil, bytes.Repeat([]byte("hello world "), 9)), bytes.Repeat([]byte("hello world "), 9)},
		{"s2 → cbor", s2Framed(t, c), c},
		{"s2 → msgpack", s2Framed(t, large), large},
		{"msgpack-lz4 → msgpack", msgpackLZ4(t, m, 0), m},
		{"msgpack-lz4 → msgpack", msgpackLZ4(t, m, 1), m},
		{"msgpack-lz4 → msgpack", msgpackLZ4(t, large, 7), large},
		{"go-redis-cache → msgpack", append(s2.Encode(nil, m), 1), m},
		{"go-redis-cache → msgpack", append(packed(t, map[string]any{"id": 7, "name": "Ada"}), 0), packed(t, map[string]any{"id": 7, "name": "Ada"})},
		{"base64 → lz4 → cbor", []byte(base64.StdEncoding.EncodeToString(lz4ed(t, c))), c},
		{"gzip → snappy → msgpack", gzipped(t, snappy.Encode(nil, m)), m},
		{"hex → snappy → json", []byte(hex.EncodeToString(snappyFramed(t, j))), j},
		{"lz4 → lz4 → lz4 → lz4 → binary", lz4ed(t, lz4ed(t, lz4ed(t, lz4ed(t, lz4ed(t, m))))), lz4ed(t, m)},
	} {
		r := Decode(tt.data, Options{})
		if r.Chain() != tt.chain || r.Fault != nil && !strings.HasSuffix(tt.chain, "binary") || !bytes.Equal(r.Data, tt.want) {
			t.Errorf("%.16x…: %s, want %s, %v, %d bytes of %d", tt.data, r.Chain(), tt.chain, r.Fault, len(r.Data), len(tt.want))
		}
		checkResult(t, r, tt.data)
	}
}

func TestLayersByHintAndPin(t *testing.T) {
	j := jsoned(t, order(2))
	sized := append(binary.LittleEndian.AppendUint32(nil, uint32(len(j))), lz4Blocked(t, j)...)
	for _, tt := range []struct {
		hint, as, chain string
		data            []byte
	}{
		{"br", "brotli", "brotli → json", brotlied(t, j)},
		{"gzip, br", "brotli,json", "brotli → json", brotlied(t, j)},
		{"lz4", "lz4block", "lz4block → json", lz4Blocked(t, j)},
		{"lz4-block", "lz4block>json", "lz4block → json", sized},
		{"LZ4", "lz4", "lz4 → json", lz4ed(t, j)},
		{"snappy", "snappy", "snappy → json", snappy.Encode(nil, j)},
		{"x-snappy-framed", "snappy", "snappy → json", snappyFramed(t, j)},
		{"s2", "s2", "s2 → json", s2.Encode(nil, j)},
	} {
		for _, opt := range []Options{{ContentEncoding: tt.hint}, {As: tt.as}} {
			r := Decode(tt.data, opt)
			if r.Chain() != tt.chain || r.Fault != nil || !bytes.Equal(r.Data, j) {
				t.Errorf("%+v: %s, want %s, %v", opt, r.Chain(), tt.chain, r.Fault)
			}
		}
		// A hint that is not true does no harm; a pin shows its error.
		if r := Decode(j, Options{ContentEncoding: tt.hint}); r.Chain() != "json" {
			t.Errorf("%s: plain JSON is %s", tt.hint, r.Chain())
		}
		if r := Decode(j, Options{As: tt.as}); r.Fault == nil {
			t.Errorf("%s: no fault for JSON", tt.as)
		}
	}
}

func TestXZIsNamed(t *testing.T) {
	data := unhex(t, "fd377a585a00 0004e6d6b446 0000000000")
	for _, as := range []string{"", "xz"} {
		r := Decode(data, Options{As: as})
		if r.Chain() != "xz" || r.Fault == nil || !strings.Contains(r.Fault.Text, "not opened") {
			t.Errorf("%s, %v", r.Chain(), r.Fault)
		}
	}
}

// TestCutLayersKeepWhatCameOut cuts every layer at every place: what comes out is a beginning of the
// content, never anything else, and more than half of it from three quarters of a block.
func TestCutLayersKeepWhatCameOut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var lines bytes.Buffer
	for i := range 60 {
		fmt.Fprintf(&lines, "%d line %x\n", i, r.Uint64())
	}
	content := lines.Bytes()
	for name, data := range map[string][]byte{
		"lz4": lz4ed(t, content), "snappy": snappyFramed(t, content), "s2": s2Framed(t, content),
		"lz4block": lz4Blocked(t, content), "snappy raw": snappy.Encode(nil, content),
		"msgpack-lz4": msgpackLZ4(t, content, 0), "msgpack-lz4 3": msgpackLZ4(t, content, 3), "brotli": brotlied(t, content),
	} {
		as, _, _ := strings.Cut(name, " ")
		for cut := range data {
			res := Decode(data[:cut], Options{As: as + " text"})
			got := res.Data
			if len(res.Layers) < 2 {
				got = nil // nothing came out
			}
			if res.Fault == nil && (as == "lz4block" || len(got) == 0) {
				continue // a block may end after any literal, a stream after its identifier
			}
			if !bytes.HasPrefix(content, got) || res.Fault == nil && cut > 0 {
				t.Fatalf("%s cut at %d of %d: %d bytes, %v", name, cut, len(data), len(got), res.Fault)
			}
			if cut >= len(data)*3/4 && as != "brotli" && len(got) < len(content)/2 {
				t.Fatalf("%s cut at %d of %d: only %d bytes of %d", name, cut, len(data), len(got), len(content))
			}
		}
	}
}

// TestFlippedBytesAreFaults: checksums and sizes tell every changed byte of a framed layer, but for
// those in what readers must ignore.
func TestFlippedBytesAreFaults(t *testing.T) {
	m := packed(t, order(4))
	for name, data := range map[string][]byte{
		"lz4":    lz4ed(t, m, lz4.BlockChecksumOption(true)),
		"snappy": snappyFramed(t, m), "s2": s2Framed(t, m),
	} {
		for i := range data {
			if i < 10 && name != "lz4" || i < 4 {
				continue // the magic itself
			}
			bad := bytes.Clone(data)
			bad[i] ^= 0x10
			if r := Decode(bad, Options{As: name}); r.Fault == nil && bytes.Equal(r.Data, m) {
				continue // e.g. a size that was not checked
			} else if r.Fault == nil {
				t.Errorf("%s: byte %d changed, no fault", name, i)
			}
		}
	}
}

// TestBzip2 reads what bzip2 1.0.8 has packed; Go has no encoder.
func TestBzip2(t *testing.T) {
	want := `{"name":"Ada","list":[1,2,3],"text":"` + strings.Repeat("ab", 40) + `"}`
	one := unhex(t, "425a6839314159265359411f733500003a9f80100438102000000a36270c4a2000484a487a4da99a23d4f5051a32068d32346c"+
		"4161668fcbb74f5142d8cb22207119010d46a2ab4899de7e0f8bb9229c2848208fb99a80")
	if r := Decode(one, Options{}); r.Chain() != "bzip2 → json" || r.Fault != nil || string(r.Data) != want {
		t.Errorf("%s %v %q", r.Chain(), r.Fault, r.Data)
	}
	if r := Decode(append(bytes.Clone(one), one...), Options{}); r.Chain() != "bzip2 → ndjson" || string(r.Data) != want+want {
		t.Errorf("two streams: %s %v", r.Chain(), r.Fault)
	}
	if r := Decode(one[:len(one)-5], Options{}); r.Layers[0].Format != "bzip2" || r.Fault == nil || !r.Truncated {
		t.Errorf("cut: %s %v", r.Chain(), r.Fault)
	}
	if r := Decode(unhex(t, "425a6839177245385090 00000000"), Options{}); r.Chain() != "bzip2 → empty" || r.Fault != nil {
		t.Errorf("empty: %s %v", r.Chain(), r.Fault)
	}
	if r := Decode([]byte("BZh9 is the beginning"), Options{}); r.Chain() != "text" {
		t.Errorf("text: %s", r.Chain())
	}
}

// FuzzUnwrap holds for every wrapping: no panic, no more than the limit, and the same again.
func FuzzUnwrap(f *testing.F) {
	for i, w := range wrappings() {
		f.Add([]byte("hello world"), byte(i), uint16(4096))
		for _, data := range [][]byte{
			lz4ed(f, bytes.Repeat([]byte("abc"), 500)), snappyFramed(f, []byte("hello")), s2Framed(f, []byte("hello")),
			brotlied(f, []byte("hello")), unhexed(bzip2Zeros), msgpackLZ4(f, packed(f, order(1)), 2), []byte(token), []byte(w.name),
		} {
			f.Add(data, byte(i), uint16(60000))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, which byte, limit uint16) {
		list := wrappings()
		w := list[int(which)%len(list)]
		u := w.unwrap(data, int(limit))
		if len(u.data) > int(limit) || (u.why == breakNone) != (u.fault == "") {
			t.Fatalf("%s: %d bytes, limit %d, %v %q", w.name, len(u.data), limit, u.why, u.fault)
		}
		again := w.unwrap(data, 1<<17)
		if !bytes.HasPrefix(again.data, u.data) {
			t.Fatalf("%s: other bytes with another limit", w.name)
		}
	})
}
