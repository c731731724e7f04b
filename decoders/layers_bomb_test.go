package decoders

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/snappy"
	"github.com/pierrec/lz4/v4"
)

// bzip2Zeros is 80 MiB of zeros by bzip2 1.0.8.
const bzip2Zeros = "425a68393141592653590e09e2df015f8e4000c0000008200030804d4642a025a90a8097314159265359898f50730122f44000e0000008200030cc0529a612a908d889548478bb9229c28484ace4ae68"

// bombOutput is how many bytes a bomb unpacks to: more than the default limits let out.
func bombOutput() int {
	if raced {
		return 3 << 19 // more than what is free of the ratio
	}
	return 17 << 20
}

var (
	layerBombsOnce sync.Once
	layerBombsMade map[string][]byte
)

// layerBombs are small payloads that would unwrap to far more than the limits, and large ones of
// which each byte takes long. They are made once for all tests.
func layerBombs(t testing.TB) map[string][]byte {
	layerBombsOnce.Do(func() {
		layerBombsMade = claims(t)
		for name, data := range zeroBombs(t) {
			layerBombsMade[name] = data
		}
		for name, data := range slowBombs(t) {
			layerBombsMade[name] = data
		}
	})
	return layerBombsMade
}

func zeroBombs(t testing.TB) map[string][]byte {
	zeros := make([]byte, bombOutput())
	lz4Zeros := lz4ed(t, zeros, lz4.ChecksumOption(false))
	gz := gzipped(t, zeros)
	return map[string][]byte{
		"gzip": gz, "zlib": zlibbed(t, zeros), "zstd": zstded(t, zeros), "gzip of gzip": gzipped(t, gz),
		"lz4": lz4Zeros, "lz4 of lz4": lz4ed(t, lz4Zeros), "lz4 legacy": lz4ed(t, zeros, lz4.LegacyOption(true)),
		"snappy": snappyFramed(t, zeros), "snappy raw": snappy.Encode(nil, zeros), "s2": s2Framed(t, zeros),
		"s2 raw": s2.EncodeBest(nil, zeros), "flag": append(s2.EncodeBest(nil, zeros), 1),
		"bzip2": unhexed(bzip2Zeros), "bzip2 many": bytes.Repeat(unhexed(bzip2Zeros), 2000), "brotli": brotlied(t, zeros),
		"msgpack-lz4": msgpackLZ4(t, zeros, 0), "msgpack-lz4 3": msgpackLZ4(t, zeros, 3),
		"base64 of bzip2":          []byte(base64.StdEncoding.EncodeToString(bytes.Repeat(unhexed(bzip2Zeros), 2000))),
		"base64 of gzip":           []byte(base64.StdEncoding.EncodeToString(gz)),
		"hex of base64 of gzip":    []byte(hex.EncodeToString([]byte(base64.StdEncoding.EncodeToString(gz)))),
		"zlib of zstd of gzip":     zlibbed(t, zstded(t, gz)),
		"gzip of arrays":           gzipped(t, []byte("["+strings.Repeat("[],", bombOutput()/3)+"[]]")),
		"gzip of nils":             gzipped(t, append([]byte{0xdd, 1, 0, 0, 0}, bytes.Repeat([]byte{0xc0}, 1<<24)...)),
		"gzip of xml":              gzipped(t, stuffed(bombOutput(), "<a>", "<b/>", "</a>")()),
		"gzip of attributes":       gzipped(t, stuffed(bombOutput(), "<a ", "b='c' ", "/>")()),
		"gzip of messages":         gzipped(t, wideBombs(bombOutput())["cbor messages"]()),
		"gzip of lines":            gzipped(t, bytes.Repeat([]byte("a\n"), bombOutput()/2)),
		"gzip of pickle":           gzipped(t, stuffed(bombOutput(), "\x80\x04", "]", ".")()),
		"gzip of brackets":         gzipped(t, bytes.Repeat([]byte{'['}, bombOutput())),
		"gzip of fixarrays":        gzipped(t, bytes.Repeat([]byte{0x91}, bombOutput())),
		"gzip of utf-16":           gzipped(t, append([]byte{0xff, 0xfe}, bytes.Repeat([]byte{'[', 0}, bombOutput()/2)...)),
		"grpc of gzip":             append(binary.BigEndian.AppendUint32([]byte{1}, uint32(len(gz))), gz...),
		"jwt of a large payload":   []byte("eyJhbGciOiJub25lIn0." + strings.Repeat("eyJh", bombOutput()/4) + "."),
		"jwt of a large signature": []byte("eyJhbGciOiJub25lIn0.e30." + strings.Repeat("AAAA", bombOutput()/4)),
	}
}

// claims are lengths, windows and counts that are never made room for.
func claims(t testing.TB) map[string][]byte {
	long := append([]byte{0x1f, 0, 1, 0}, bytes.Repeat([]byte{0xff}, 400<<10)...) // one copy of 100 MiB
	deep := jsoned(t, order(1))
	for range 40 {
		deep = snappy.Encode(nil, deep)
	}
	return map[string][]byte{
		"lz4 copy":       append(long, 1, 0x50, 1, 2, 3, 4, 5),
		"lz4 claim":      unhex(t, "04224d18 6c 70 ffffffffffffff7f 00 ffffff7f 00"),
		"lz4 sizes":      unhex(t, "02214c18 ffffffff 00 ffffffff"),
		"snappy claim":   append(binary.AppendUvarint(nil, 1<<32-1), 0xfc, 0xff, 0xff, 0xff, 0xff),
		"snappy chunk":   append([]byte(snappyMagic), 0, 0xff, 0xff, 0xff, 1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff, 0x0f),
		"ext 98 items":   unhex(t, "dd ffffffff c70462 ceffffffff c6 ffffffff 1f"),
		"ext 99 claim":   unhex(t, "c9 ffffffff 63 ceffffffff 1f 00"),
		"zstd window":    unhex(t, "28b52ffd 00 f8 0300fe 00"),
		"zstd content":   unhex(t, "28b52ffd e0 ffffffffffffff7f 0300fe 00"),
		"zstd runs":      append(unhex(t, "28b52ffd 00 58"), bytes.Repeat(unhex(t, "fa ff 0f 61"), 4096)...),
		"brotli window":  unhex(t, "11 3e ffffffffffffff"),
		"grpc claim":     unhex(t, "00 ffffffff 08 01"),
		"dots":           bytes.Repeat([]byte("eyJhbGciOiIi."), 1<<16),
		"deep snappy":    deep,
		"gzip headers":   bytes.Repeat(unhex(t, "1f8b0800000000000003 0300 00000000 00000000"), 1<<14),
		"zstd frames":    bytes.Repeat(unhex(t, "28b52ffd 20 00 010000"), 1<<16),
		"snappy padding": append([]byte(snappyMagic), bytes.Repeat([]byte{0xfe, 0, 0, 0}, 1<<18)...),
	}
}

// slowBombs take long for each of their bytes. Deflate is the worst: a block with tables of its own
// may hold next to nothing (RFC 1951 §3.2.7).
func slowBombs(t testing.TB) map[string][]byte {
	literals := bytes.Repeat([]byte{0, 'a'}, bombOutput()/2)
	return map[string][]byte{
		"snappy of single bytes":   append(binary.AppendUvarint(nil, uint64(bombOutput()/2)), literals...),
		"lz4block of single bytes": append([]byte{0x10, 'a', 1, 0}, bytes.Repeat([]byte{0, 1, 0}, bombOutput()/3)...),
		"gzip of tiny blocks":      append(unhex(t, "1f8b0800000000000003"), tinyBlocks(bombSize())...),
		"zlib of tiny blocks":      append(unhex(t, "789c"), tinyBlocks(bombSize())...),
		"gzip of fixed blocks":     append(unhex(t, "1f8b0800000000000003"), bytes.Repeat(fixedBlocks(), bombSize()/5)...),
		"gzip of stored blocks":    append(unhex(t, "1f8b0800000000000003"), bytes.Repeat(unhex(t, "000000ffff"), bombSize()/5)...),
		"gzip of members":          bytes.Repeat(unhex(t, "1f8b0800000000000003 0300 00000000 00000000"), bombSize()/20),
		"zstd of frames":           bytes.Repeat(unhex(t, "28b52ffd 20 00 010000"), bombSize()/9),
		"zstd of raw blocks":       append(unhex(t, "28b52ffd 00 58"), bytes.Repeat(unhex(t, "000000"), bombSize()/3)...),
		"gzip of noise":            gzipped(t, noise(bombOutput())),
	}
}

// noise is hex digits in no order: text that packs to half, literal by literal.
func noise(n int) []byte {
	out := make([]byte, n)
	state := uint32(1)
	for i := range out {
		state = state*1664525 + 1013904223
		out[i] = "0123456789abcdef"[state>>28]
	}
	return out
}

// bitWriter writes bits from the lowest on (RFC 1951 §3.1.1).
type bitWriter struct {
	out []byte
	n   int
}

func (w *bitWriter) put(v, bits int) {
	for i := range bits {
		if w.n%8 == 0 {
			w.out = append(w.out, 0)
		}
		w.out[w.n/8] |= byte(v>>i&1) << (w.n % 8)
		w.n++
	}
}

// tinyBlocks is about size bytes of deflate whose blocks define their codes anew for eight bytes each.
func tinyBlocks(size int) []byte {
	var w bitWriter
	for range 8 { // then the blocks end with a byte
		w.put(0b100, 3) // not the last one, dynamic codes
		w.put(0, 5)     // 257 literals and lengths
		w.put(0, 5)     // 1 distance
		w.put(14, 4)    // 18 lengths of the code of lengths
		for _, symbol := range []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1} {
			w.put(map[int]int{18: 1, 1: 1}[symbol], 3)
		}
		zeros := func(n int) { w.put(1, 1); w.put(n-11, 7) }
		zeros(97)
		w.put(0, 1) // 'a' has one bit
		zeros(138)
		zeros(20)
		w.put(0, 2) // so have the end of the block and the distance
		w.put(0, 8) // eight times 'a'
		w.put(1, 1) // the end
	}
	return bytes.Repeat(w.out, size/len(w.out))
}

// fixedBlocks is four empty blocks of deflate with the fixed codes, five bytes.
func fixedBlocks() []byte {
	var w bitWriter
	for range 4 {
		w.put(0b010, 3)
		w.put(0, 7)
	}
	return w.out
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

func TestTinyBlocksAreDeflate(t *testing.T) {
	if u := (wrapping{name: "deflate", open: openDeflate}).unwrap(tinyBlocks(4096), 1<<20); len(u.data) < 2000 || u.why != breakEnd {
		t.Errorf("%d bytes, %s", len(u.data), u.fault)
	}
}

// TestLayerBombsAreBounded holds the bombs under the limits, found and pinned.
func TestLayerBombsAreBounded(t *testing.T) {
	options := []Options{{}, {As: "brotli"}, {As: "lz4block"}, {As: "snappy"}, {As: "s2"}, {As: "deflate"}, {ContentEncoding: "br"}}
	if raced {
		options = options[:1]
	}
	for name, data := range layerBombs(t) {
		for _, opt := range options {
			checkCost(t, name, data, opt)
		}
	}
}
