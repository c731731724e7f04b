package decoders

import (
	"bytes"
	"compress/bzip2"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// gzipMagic knows a member's header (RFC 1952 §2.3): deflate is its only method, and the upper
// flags are reserved.
func gzipMagic(d []byte) bool {
	return len(d) >= 4 && d[0] == 0x1f && d[1] == 0x8b && d[2] == 8 && d[3]&0xe0 == 0
}

// zstdMagic knows a frame (RFC 8878 §3.1.1).
func zstdMagic(d []byte) bool {
	return bytes.HasPrefix(d, []byte{0x28, 0xb5, 0x2f, 0xfd})
}

// zlibMagic knows the two bytes of a zlib header without a preset dictionary (RFC 1950 §2.2).
func zlibMagic(d []byte) bool {
	return len(d) >= 2 && d[0]&0x0f == 8 && d[0]>>4 <= 7 && d[1]&0x20 == 0 && (int(d[0])<<8|int(d[1]))%31 == 0
}

// bzip2Magic knows "BZh", the block size, and the number π that begins a block or √π that ends an
// empty stream.
func bzip2Magic(d []byte) bool {
	if len(d) < 10 || string(d[:3]) != "BZh" || d[3] < '1' || d[3] > '9' {
		return false
	}
	six := string(d[4:10])
	return six == "\x31\x41\x59\x26\x53\x59" || six == "\x17\x72\x45\x38\x50\x90"
}

// xzMagic knows an xz stream (The .xz File Format, §2.1.1.1), which is named but not opened.
func xzMagic(d []byte) bool { return bytes.HasPrefix(d, []byte("\xfd7zXZ\x00")) }

func openGzip(d []byte) (io.Reader, error) {
	z, err := gzip.NewReader(bytes.NewReader(d))
	if err != nil {
		return nil, err
	}
	return z, nil
}

func openZlib(d []byte) (io.Reader, error) { return zlib.NewReader(bytes.NewReader(d)) }

func openDeflate(d []byte) (io.Reader, error) { return flate.NewReader(bytes.NewReader(d)), nil }

// zstdWindow bounds the memory that a zstd frame's header can ask for.
const zstdWindow = 16 << 20

func openZstd(d []byte) (io.Reader, error) {
	z, err := zstd.NewReader(bytes.NewReader(d), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(zstdWindow))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}

// openBzip2 opens one stream or several that follow each other.
func openBzip2(d []byte) (io.Reader, error) { return bzip2.NewReader(bytes.NewReader(d)), nil }

// openBrotli opens RFC 7932. It has neither a magic nor a checksum.
func openBrotli(d []byte) (io.Reader, error) { return brotli.NewReader(bytes.NewReader(d)), nil }
