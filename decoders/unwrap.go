package decoders

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// freeOutput is what a wrapping may unwrap to whatever its ratio.
const freeOutput = 1 << 20

// unwrapped is what came out of one wrapping.
type unwrapped struct {
	data  []byte
	why   breakKind // breakNone when all was unwrapped and its checksum is right
	fault string
	spent int // what it took from decoding.output
}

// wrapping is a format that holds other bytes. It is read either as a stream or at once.
type wrapping struct {
	name string
	// open starts to unwrap a stream.
	open func(d []byte) (io.Reader, error)
	// walk passes over the pieces of a stream, where these may be many; sized tells whether it counts what
	// comes out.
	walk  func(p *pieces) bool
	sized bool
	// unpack unwraps at once, at most limit bytes.
	unpack func(d []byte, limit int) unwrapped
	// proof tells what the check of a whole unwrapping has shown.
	proof string
	// cost is how many bytes gunzip makes in the time that one byte takes here; the limits on output
	// count in its bytes, so that they bound time as well.
	cost int
}

// wrappingNamed is asked several times for each payload: it builds nothing but the one it returns.
func wrappingNamed(name string) (wrapping, bool) {
	w, ok := streamNamed(name)
	if !ok {
		w, ok = packedNamed(name)
	}
	w.name = name
	return w, ok
}

// streamNamed has the wrappings that are read as streams.
func streamNamed(name string) (wrapping, bool) {
	switch name {
	case "gzip":
		return wrapping{open: openGzip, walk: gzipMembers, sized: true, proof: "magic 1f 8b 08, CRC right", cost: 1}, true
	case "zlib":
		return wrapping{open: openZlib, walk: zlibBlocks, sized: true, proof: "header divisible by 31, Adler-32 right", cost: 1}, true
	case "deflate":
		return wrapping{open: openDeflate, walk: deflateBlocks, sized: true, proof: "stream whole", cost: 1}, true
	case "zstd":
		return wrapping{open: openZstd, walk: zstdFrames, proof: "magic 28 b5 2f fd, frame whole", cost: 1}, true
	case "bzip2":
		return wrapping{open: openBzip2, proof: "magic BZh, CRC right", cost: 16}, true
	case "brotli":
		return wrapping{open: openBrotli, proof: "stream whole", cost: 2}, true
	}
	return wrapping{}, false
}

// packedNamed has the wrappings that are read at once.
func packedNamed(name string) (wrapping, bool) {
	switch name {
	case "lz4":
		return wrapping{unpack: unLZ4, proof: "lz4 magic, frame whole", cost: 1}, true
	case "lz4block":
		return wrapping{unpack: unLZ4Block, proof: "block whole", cost: 1}, true
	case "snappy":
		return wrapping{unpack: unSnappy, proof: "stream identifier, chunks and CRC right", cost: 1}, true
	case "s2":
		return wrapping{unpack: unS2, proof: "stream identifier, chunks and CRC right", cost: 1}, true
	case "base64":
		return wrapping{unpack: unBase64, proof: "base64 characters", cost: 1}, true
	case formatUTF16:
		return wrapping{unpack: unUTF16, proof: "byte order mark", cost: 1}, true
	case formatLatin1:
		return wrapping{unpack: unLatin1, proof: "ISO 8859-1", cost: 1}, true
	case "grpc":
		return wrapping{unpack: unGRPC, proof: "flag 0 or 1, then the length of the rest", cost: 1}, true
	case "hex":
		return wrapping{unpack: unHex, proof: "hex digits", cost: 1}, true
	case "jwt":
		return wrapping{unpack: unJWT, proof: "header, payload and signature; the signature is not verified", cost: 1}, true
	case "msgpack-lz4":
		return wrapping{unpack: unMsgpackLZ4, proof: "MessagePack-CSharp's extension, blocks whole", cost: 1}, true
	case "go-redis-cache":
		return wrapping{unpack: unRedisCache, proof: "go-redis/cache's flag byte at the end", cost: 1}, true
	}
	return wrapping{}, false
}

// magicOf names the wrapping that data begins like, "" for none. No two of the magics agree.
func magicOf(data []byte) string {
	switch {
	case gzipMagic(data):
		return "gzip"
	case zstdMagic(data):
		return "zstd"
	case lz4Magic(data):
		return "lz4"
	case bytes.HasPrefix(data, []byte(snappyMagic)):
		return "snappy"
	case bytes.HasPrefix(data, []byte(s2Magic)):
		return "s2"
	case bzip2Magic(data):
		return "bzip2"
	case msgpackLZ4Magic(data):
		return "msgpack-lz4"
	case zlibMagic(data):
		return "zlib"
	}
	return ""
}

// unwrap takes d out of its wrapping, at most limit bytes.
func (w wrapping) unwrap(d []byte, limit int) unwrapped {
	if w.unpack != nil {
		return w.unpack(d, limit)
	}
	end, size, known, why := w.affordable(d, limit)
	var data []byte
	var err error
	if known && w.sized {
		data, err = w.readAll(d[:end], size)
		known = size == limit || !errors.Is(err, errLimit)
	}
	if !known || !w.sized {
		if data, size, err = w.fetch(d[:end], limit); size > len(data) {
			data = w.read(d[:end], size)
		}
	}
	if end < len(d) && (err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)) {
		err = why
	}
	return ended(w.name, data, len(d), limit, err)
}

// readAll unwraps a stream that has been walked: size bytes are known to come out of it, unless it is
// broken, or there are more of them than the limit.
func (w wrapping) readAll(d []byte, size int) ([]byte, error) {
	r, err := w.open(d)
	if err != nil {
		return nil, err
	}
	defer closeReader(r)
	out := make([]byte, size)
	n, err := 0, error(nil)
	for n < len(out) && err == nil {
		var m int
		m, err = r.Read(out[n:])
		n += m
	}
	var more [1]byte
	for err == nil {
		var m int
		if m, err = r.Read(more[:]); m > 0 {
			return out[:n], errLimit
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return out[:n], err
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

// fetch unwraps and keeps what comes out up to freeOutput; beyond that it only counts, so that the
// buffer can be made once and in the right size.
func (w wrapping) fetch(d []byte, limit int) (data []byte, size int, err error) {
	r, err := w.open(d)
	if err != nil {
		return nil, 0, err
	}
	defer closeReader(r)
	kept := min(limit, freeOutput)
	var buf [4096]byte
	for {
		n, err := r.Read(buf[:])
		if size += n; size > kept {
			data = nil
		} else {
			if len(data)+n > cap(data) {
				data = slices.Grow(data, max(n, len(data)))
			}
			data = append(data, buf[:n]...)
		}
		switch {
		case size > limit:
			return data, limit, errLimit
		case errors.Is(err, io.EOF):
			return data, size, nil
		case err != nil:
			return data, size, err
		}
	}
}

// read unwraps again the bytes that fetch has counted.
func (w wrapping) read(d []byte, size int) []byte {
	r, err := w.open(d)
	if err != nil {
		return nil
	}
	defer closeReader(r)
	out := make([]byte, size)
	n, _ := io.ReadFull(r, out) // the error is known from fetch
	return out[:n]
}

func closeReader(r io.Reader) {
	if c, ok := r.(io.Closer); ok {
		c.Close()
	}
}
