package decoders

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/snappy"
	"github.com/pierrec/lz4/v4"
)

// bzip2Zeros is 80 MiB of zeros by bzip2 1.0.8.
const bzip2Zeros = "425a68393141592653590e09e2df015f8e4000c0000008200030804d4642a025a90a8097314159265359898f50730122f44000e0000008200030cc0529a612a908d889548478bb9229c28484ace4ae68"

// layerBombs are small payloads that would unwrap to far more than the limits. They have no timing
// or size of their own: what they claim is never made room for.
func layerBombs(t testing.TB) map[string][]byte {
	zeros := make([]byte, 80<<20)
	lz4Zeros := lz4ed(t, zeros, lz4.ChecksumOption(false))
	long := append([]byte{0x1f, 0, 1, 0}, bytes.Repeat([]byte{0xff}, 400<<10)...) // one copy of 100 MiB
	claim := binary.AppendUvarint(nil, 1<<32-1)
	bzip2Many := bytes.Repeat(unhexed(bzip2Zeros), 2000)
	arrays := []byte("[" + strings.Repeat("[],", 14<<20) + "[]]")
	nils := append([]byte{0xdd, 2, 0, 0, 0}, bytes.Repeat([]byte{0xc0}, 2<<24)...)
	deep := jsoned(t, order(1))
	for range 40 {
		deep = snappy.Encode(nil, deep)
	}
	return map[string][]byte{
		"gzip": gzipped(t, zeros), "zlib": zlibbed(t, zeros), "zstd": zstded(t, zeros),
		"lz4": lz4Zeros, "lz4 of lz4": lz4ed(t, lz4Zeros), "lz4 legacy": lz4ed(t, zeros, lz4.LegacyOption(true)),
		"snappy": snappyFramed(t, zeros), "snappy raw": snappy.Encode(nil, zeros), "s2": s2Framed(t, zeros),
		"s2 raw": s2.EncodeBest(nil, zeros), "flag": append(s2.EncodeBest(nil, zeros), 1),
		"bzip2": unhexed(bzip2Zeros), "bzip2 many": bzip2Many, "brotli": brotlied(t, zeros),
		"msgpack-lz4": msgpackLZ4(t, zeros, 0), "msgpack-lz4 3": msgpackLZ4(t, zeros, 3),
		"base64 of bzip2": []byte(base64.StdEncoding.EncodeToString(bzip2Many)),
		"lz4 copy":        append(long, 1, 0x50, 1, 2, 3, 4, 5),
		"lz4 claim":       unhex(t, "04224d18 6c 70 ffffffffffffff7f 00 ffffff7f 00"),
		"lz4 sizes":       unhex(t, "02214c18 ffffffff 00 ffffffff"),
		"snappy claim":    append(claim, 0xfc, 0xff, 0xff, 0xff, 0xff),
		"snappy chunk":    append([]byte(snappyMagic), 0, 0xff, 0xff, 0xff, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0x0f),
		"ext 98 items":    unhex(t, "dd ffffffff c70462 ceffffffff c6 ffffffff 1f"),
		"ext 99 claim":    unhex(t, "c9 ffffffff 63 ceffffffff 1f 00"),
		"gzip of arrays":  gzipped(t, arrays),
		"gzip of nils":    gzipped(t, nils),
		"dots":            bytes.Repeat([]byte("eyJhbGciOiIi."), 1<<16),
		"deep snappy":     deep,
	}
}

func unhexed(s string) []byte {
	b := make([]byte, len(s)/2)
	for i := range b {
		for _, c := range s[2*i : 2*i+2] {
			b[i] = b[i]<<4 | byte(c&15+c>>6*9)
		}
	}
	return b
}

// TestLayerBombsAreBounded limits all bytes ever allocated, the slices that a growing tree leaves behind
// included; those alive at a time are fewer and below 64 MiB.
func TestLayerBombsAreBounded(t *testing.T) {
	for name, data := range layerBombs(t) {
		for _, opt := range []Options{{}, {As: "brotli"}, {As: "lz4block"}, {As: "snappy"}, {As: "s2"}, {As: "deflate"}, {ContentEncoding: "br"}} {
			var r *Result
			got := allocated(func() { r = Decode(data, opt) })
			if limit := uint64(66<<20 + 3*len(data)); got > limit {
				t.Errorf("%s as %q: %d bytes allocated, limit %d", name, opt.As, got, limit)
			}
			if took := fastest(3, func() { Decode(data, opt) }); took > longest {
				t.Errorf("%s as %q: %s took %v", name, opt.As, r.Chain(), took)
			}
		}
	}
}

// fastest is the shortest time of n calls; on a busy machine the others say little. One call that is
// quick enough will do.
func fastest(n int, f func()) time.Duration {
	best := time.Duration(1<<63 - 1)
	for range n {
		start := time.Now()
		f()
		if best = min(best, time.Since(start)); best <= longest/2 {
			break
		}
	}
	return best
}
