package decoders

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/snappy"
)

// fuzzLayer unwraps inputs of one wrapping: never more than the limit, a fault for whatever is not
// whole, and with a smaller limit a beginning of the same bytes. What comes out is decoded too.
func fuzzLayer(f *testing.F, name string, seeds ...[]byte) {
	f.Helper()
	w, ok := wrappingNamed(name)
	if !ok {
		f.Fatalf("no wrapping %q", name)
	}
	for _, seed := range seeds {
		if len(seed) < 4<<10 {
			f.Add(seed)
			f.Add(seed[:len(seed)*2/3])
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 8 << 10
		u := w.unwrap(data, limit)
		if len(u.data) > limit || (u.why == breakNone) != (u.fault == "") {
			t.Fatalf("%d bytes, limit %d, %v %q", len(u.data), limit, u.why, u.fault)
		}
		if less := w.unwrap(data, 100); len(less.data) > 100 || !bytes.HasPrefix(u.data, less.data) {
			t.Fatalf("%d other bytes with another limit", len(less.data))
		}
		r := Decode(data, Options{As: name, Limits: Limits{Nodes: 500, Output: limit, Layers: 2}})
		if r.Layers[0].Format != name || r.Fault != nil && r.Fault.Text == "" {
			t.Fatalf("%s, %v", r.Chain(), r.Fault)
		}
		r.Preview(40)
	})
}

// layerContent is what the seeds of the layers hold.
func layerContent(f *testing.F) []byte { return packed(f, order(2)) }

func FuzzGzip(f *testing.F) {
	fuzzLayer(f, "gzip", gzipped(f, layerContent(f)), append(unhex(f, "1f8b0800000000000003"), tinyBlocks(1000)...), gzipped(f, make([]byte, 1<<20)))
}

func FuzzZlib(f *testing.F) {
	fuzzLayer(f, "zlib", zlibbed(f, layerContent(f)), zlibbed(f, make([]byte, 1<<20)))
}

func FuzzDeflate(f *testing.F) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, 6)
	if err != nil {
		f.Fatal(err)
	}
	fuzzLayer(f, "deflate", closed(f, &out, w, layerContent(f)), tinyBlocks(1000))
}

func FuzzZstd(f *testing.F) {
	c := claims(f)
	fuzzLayer(f, "zstd", zstded(f, layerContent(f)), zstded(f, make([]byte, 1<<20)), c["zstd window"], c["zstd content"], c["zstd runs"][:200])
}

func FuzzLZ4(f *testing.F) {
	c := claims(f)
	fuzzLayer(f, "lz4", lz4ed(f, layerContent(f)), lz4ed(f, make([]byte, 1<<18)), c["lz4 claim"], c["lz4 sizes"])
}

func FuzzLZ4Block(f *testing.F) {
	fuzzLayer(f, "lz4block", lz4Blocked(f, layerContent(f)), append([]byte{0x1f, 0, 1, 0}, bytes.Repeat([]byte{0xff}, 200)...))
}

func FuzzSnappyFramed(f *testing.F) {
	fuzzLayer(f, "snappy", snappyFramed(f, layerContent(f)), claims(f)["snappy chunk"])
}

func FuzzSnappyRaw(f *testing.F) {
	fuzzLayer(f, "snappy", snappy.Encode(nil, layerContent(f)), claims(f)["snappy claim"])
}

func FuzzS2(f *testing.F) {
	fuzzLayer(f, "s2", s2Framed(f, layerContent(f)), s2.EncodeBest(nil, make([]byte, 1<<18)))
}

func FuzzBzip2(f *testing.F) {
	fuzzLayer(f, "bzip2", unhexed(bzip2Zeros), unhex(f, "425a6839177245385090 00000000"))
}

func FuzzBrotli(f *testing.F) {
	fuzzLayer(f, "brotli", brotlied(f, layerContent(f)), claims(f)["brotli window"])
}

func FuzzBase64(f *testing.F) {
	fuzzLayer(f, "base64", []byte(base64.StdEncoding.EncodeToString(layerContent(f))), []byte("a-_/+==\n"))
}

func FuzzHex(f *testing.F) {
	fuzzLayer(f, "hex", []byte(hex.EncodeToString(layerContent(f))), []byte("a:b c"))
}

func FuzzJWT(f *testing.F) {
	fuzzLayer(f, "jwt", []byte(token), []byte("eyJhbGciOiJub25lIn0.e30."), []byte("eyJhbGciOiIi.a.b.c.d"))
}

func FuzzMsgpackLZ4(f *testing.F) {
	c := claims(f)
	fuzzLayer(f, "msgpack-lz4", msgpackLZ4(f, layerContent(f), 0), msgpackLZ4(f, layerContent(f), 2), c["ext 98 items"], c["ext 99 claim"])
}

func FuzzGoRedisCache(f *testing.F) {
	fuzzLayer(f, "go-redis-cache", append(s2.Encode(nil, layerContent(f)), 1), []byte{0x81, 0xa1, 'a', 1, 0})
}

func FuzzGRPC(f *testing.F) {
	m := protoOf(order(1))
	fuzzLayer(f, "grpc", append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(m))), m...), claims(f)["grpc claim"])
}

func FuzzUTF16(f *testing.F) {
	fuzzLayer(f, "utf-16", utf16Of("Grüße 😀", binary.LittleEndian), utf16Of("{\"a\":1}", binary.BigEndian), unhex(f, "fffe3dd86100"))
}

func FuzzLatin1(f *testing.F) { fuzzLayer(f, "latin-1", latin1("größer als"), []byte{0x80, 0xff}) }
