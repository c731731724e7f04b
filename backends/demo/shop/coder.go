package shop

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"

	"github.com/fxamacker/cbor/v2"
	"github.com/klauspost/compress/zstd"
	"github.com/vmihailenco/msgpack/v5"
)

// maxPayload bounds what a compressed payload may become, in bytes: anybody may publish to the
// shop's queues.
const maxPayload = 1 << 20

// format is how a payload travels.
type format struct {
	contentType, contentEncoding string
}

// The content types in use; msgpack and protobuf have no registered one without "vnd.".
const (
	typeJSON     = "application/json"
	typeCBOR     = "application/cbor"
	typeMsgpack  = "application/msgpack"
	typeProtobuf = "application/x-protobuf"
)

// The content encodings in use. "deflate" is zlib's format (RFC 9110, section 8.4.1.2).
const (
	codingGzip = "gzip"
	codingZlib = "deflate"
	codingZstd = "zstd"
)

// formats are the ones the shop uses. MessagePack comes twice: it is what most services speak.
func formats() []format {
	return []format{
		{typeMsgpack, ""},
		{typeMsgpack, ""},
		{typeCBOR, ""},
		{typeJSON, ""},
		{typeProtobuf, ""},
		{typeMsgpack, codingGzip},
		{typeJSON, codingZlib},
		{typeCBOR, codingZstd},
	}
}

// coder writes and reads payloads. It may be used by several goroutines at once.
type coder struct {
	cbor     cbor.EncMode
	compress *zstd.Encoder
	expand   *zstd.Decoder
	// Writers that nobody uses: a new one takes hundreds of kilobytes.
	gzips, zlibs chan packer
}

// packer is a *gzip.Writer or a *zlib.Writer.
type packer interface {
	io.WriteCloser
	Reset(io.Writer)
}

// idlePackers bounds how many writers are kept for later.
const idlePackers = 4

func newCoder() (*coder, error) {
	c := coder{gzips: make(chan packer, idlePackers), zlibs: make(chan packer, idlePackers)}
	var err error
	if c.cbor, err = (cbor.EncOptions{Time: cbor.TimeRFC3339Nano, TimeTag: cbor.EncTagRequired}).EncMode(); err != nil {
		return nil, err
	}
	// A window as small as the payloads keeps the tables small.
	c.compress, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(16<<10), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, err
	}
	c.expand, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxPayload), zstd.WithDecoderLowmem(true))
	return &c, err
}

func (c *coder) close() {
	c.expand.Close()
}

// encode writes a value whose field names are given by json tags, and numbers by pb tags.
func (c *coder) encode(f format, value any) ([]byte, error) {
	body, err := c.encodePlain(f, value)
	if err != nil {
		return nil, err
	}
	switch f.contentEncoding {
	case "":
		return body, nil
	case codingGzip:
		return pack(c.gzips, func() packer { return gzip.NewWriter(nil) }, body)
	case codingZlib:
		return pack(c.zlibs, func() packer { return zlib.NewWriter(nil) }, body)
	case codingZstd:
		return c.compress.EncodeAll(body, nil), nil
	}
	return nil, fmt.Errorf("unknown content encoding %q", f.contentEncoding)
}

// pack compresses with an idle writer or a new one.
func pack(idle chan packer, fresh func() packer, body []byte) ([]byte, error) {
	var w packer
	select {
	case w = <-idle:
	default:
		w = fresh()
	}
	var b bytes.Buffer
	w.Reset(&b)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	select {
	case idle <- w:
	default:
	}
	return b.Bytes(), nil
}

func (c *coder) encodePlain(f format, value any) ([]byte, error) {
	switch f.contentType {
	case typeMsgpack:
		var b bytes.Buffer
		enc := msgpack.NewEncoder(&b)
		enc.SetCustomStructTag("json")
		enc.UseCompactInts(true)
		err := enc.Encode(value)
		return b.Bytes(), err
	case typeCBOR:
		return c.cbor.Marshal(value)
	case typeJSON:
		return json.Marshal(value)
	case typeProtobuf:
		return marshalProto(value)
	}
	return nil, fmt.Errorf("unknown content type %q", f.contentType)
}

// decode reads what encode wrote into a pointer; it fails on a payload that was cut off.
func (c *coder) decode(f format, body []byte, into any) error {
	body, err := c.expanded(f.contentEncoding, body)
	if err != nil {
		return err
	}
	switch f.contentType {
	case typeMsgpack:
		dec := msgpack.NewDecoder(bytes.NewReader(body))
		dec.SetCustomStructTag("json")
		return dec.Decode(into)
	case typeCBOR:
		return cbor.Unmarshal(body, into)
	case typeJSON:
		return json.Unmarshal(body, into)
	case typeProtobuf:
		return unmarshalProto(body, into)
	}
	return fmt.Errorf("unknown content type %q", f.contentType)
}

func (c *coder) expanded(encoding string, body []byte) ([]byte, error) {
	var r io.Reader
	var err error
	switch encoding {
	case "":
		return body, nil
	case codingZstd:
		return c.expand.DecodeAll(body, nil)
	case codingGzip:
		r, err = gzip.NewReader(bytes.NewReader(body))
	case codingZlib:
		r, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return nil, fmt.Errorf("unknown content encoding %q", encoding)
	}
	if err != nil {
		return nil, err
	}
	body, err = io.ReadAll(io.LimitReader(r, maxPayload+1))
	if err == nil && len(body) > maxPayload {
		err = fmt.Errorf("a payload of more than %d bytes", maxPayload)
	}
	return body, err
}
