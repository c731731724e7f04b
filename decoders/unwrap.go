package decoders

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// freeOutput is what a wrapping may unwrap to whatever its ratio.
const freeOutput = 1 << 20

// unwrapped is what came out of one wrapping.
type unwrapped struct {
	data  []byte
	why   breakKind // breakNone when all was unwrapped and its checksum is right
	fault string
}

// wrapping is a format that holds other bytes.
type wrapping struct {
	name string
	// magic reports whether the bytes begin as the format does.
	magic func(d []byte) bool
	// open starts to unwrap; nil for text encodings.
	open func(d []byte) (io.Reader, error)
	// proof tells what the check of a whole unwrapping has shown.
	proof string
}

func wrappings() []wrapping {
	return []wrapping{
		{"gzip", gzipMagic, openGzip, "magic 1f 8b 08, CRC right"},
		{"zstd", zstdMagic, openZstd, "magic 28 b5 2f fd, frame whole"},
		{"zlib", zlibMagic, openZlib, "header divisible by 31, Adler-32 right"},
		{"deflate", nil, openDeflate, "stream whole"},
	}
}

func wrappingNamed(name string) (wrapping, bool) {
	for _, w := range wrappings() {
		if w.name == name {
			return w, true
		}
	}
	return wrapping{}, false
}

// magics lists the wrappings that data begins like.
func magics(data []byte) []wrapping {
	if !gzipMagic(data) && !zstdMagic(data) && !zlibMagic(data) {
		return nil
	}
	return slices.DeleteFunc(wrappings(), func(w wrapping) bool { return w.magic == nil || !w.magic(data) })
}

// gzipMagic knows a member's header (RFC 1952 §2.3): deflate is its only method, and the upper
// flags are reserved.
func gzipMagic(d []byte) bool {
	return len(d) >= 4 && d[0] == 0x1f && d[1] == 0x8b && d[2] == 8 && d[3]&0xe0 == 0
}

func zstdMagic(d []byte) bool {
	return bytes.HasPrefix(d, []byte{0x28, 0xb5, 0x2f, 0xfd})
}

// zlibMagic knows the two bytes of a zlib header without a preset dictionary (RFC 1950 §2.2).
func zlibMagic(d []byte) bool {
	return len(d) >= 2 && d[0]&0x0f == 8 && d[0]>>4 <= 7 && d[1]&0x20 == 0 && (int(d[0])<<8|int(d[1]))%31 == 0
}

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

// unwrap takes d out of its wrapping, at most limit bytes.
func (w wrapping) unwrap(d []byte, limit int) unwrapped {
	size, err := w.measure(d, limit)
	var u unwrapped
	if size > 0 {
		u.data = w.read(d, size)
	}
	switch {
	case err == nil:
	case errors.Is(err, errLimit):
		u.why, u.fault = breakLimit, fmt.Sprintf("%s: more than %d bytes come out of %d", w.name, limit, len(d))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		u.why, u.fault = breakEnd, w.name+": the data ends early"
	default:
		u.why, u.fault = breakSyntax, w.name+": "+plainError(err)
	}
	return u
}

var errLimit = errors.New("limit reached")

// plainError is a library's error without its package's name.
func plainError(err error) string {
	s := err.Error()
	if i := bytes.IndexByte([]byte(s), ':'); i >= 0 && i+2 <= len(s) {
		return s[i+2:]
	}
	return s
}

// measure unwraps without keeping anything and tells how many bytes come out, so that their buffer
// can be made once and in the right size.
func (w wrapping) measure(d []byte, limit int) (int, error) {
	r, err := w.open(d)
	if err != nil {
		return 0, err
	}
	defer closeReader(r)
	var buf [4096]byte
	for size := 0; ; {
		n, err := r.Read(buf[:])
		size += n
		switch {
		case size > limit:
			return limit, errLimit
		case errors.Is(err, io.EOF):
			return size, nil
		case err != nil:
			return size, err
		}
	}
}

// read unwraps again the bytes that measure has counted.
func (w wrapping) read(d []byte, size int) []byte {
	r, err := w.open(d)
	if err != nil {
		return nil
	}
	defer closeReader(r)
	out := make([]byte, size)
	n, _ := io.ReadFull(r, out) // the error is known from measure
	return out[:n]
}

func closeReader(r io.Reader) {
	if c, ok := r.(io.Closer); ok {
		c.Close()
	}
}

// unBase64 decodes base64 of either alphabet, padded or not, with line breaks (RFC 4648 §4, §5).
func unBase64(d []byte) ([]byte, error) {
	s := make([]byte, 0, len(d))
	for _, c := range d {
		switch c {
		case '\n', '\r', ' ', '\t':
			continue
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		s = append(s, c)
	}
	s = bytes.TrimRight(s, "=")
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(s)))
	n, err := base64.RawStdEncoding.Decode(out, s)
	return out[:n], err
}

// unHex decodes hex digits with white space and colons between them.
func unHex(d []byte) ([]byte, error) {
	s := make([]byte, 0, len(d))
	for _, c := range d {
		switch c {
		case '\n', '\r', ' ', '\t', ':':
		default:
			s = append(s, c)
		}
	}
	out := make([]byte, hex.DecodedLen(len(s)))
	n, err := hex.Decode(out, s)
	return out[:n], err
}
