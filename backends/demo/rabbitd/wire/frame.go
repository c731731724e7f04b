package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The types of a frame (section 4.2.3).
const (
	FrameMethod    = 1
	FrameHeader    = 2
	FrameBody      = 3
	FrameHeartbeat = 8
)

const (
	// FrameEnd is the octet after each payload.
	FrameEnd = 0xCE
	// FrameMinSize is the frame-max that every peer must accept, and the one before tuning.
	FrameMinSize = 4096
	// FrameOverhead is what a frame has besides its payload: type, channel, size and end.
	FrameOverhead = 8

	headerSize = 7
	// fudge is how much larger than agreed on a payload may be: RabbitMQ lets clients get away
	// that forget the overhead of a frame.
	fudge = FrameOverhead
)

// Frame is one frame as it was read. Payload is valid until the next one is read.
type Frame struct {
	Type    uint8
	Channel uint16
	Payload []byte
}

// A FrameError says that the frames of a peer cannot be followed any more: the payload of one is
// larger than Limit, or it does not end with FrameEnd. Payload is empty in the first case.
type FrameError struct {
	Frame
	Size, Limit uint32
	End         byte
}

// TooLarge reports whether the frame was refused for its size.
func (e *FrameError) TooLarge() bool { return e.Size > e.Limit+fudge }

func (e *FrameError) Error() string {
	if e.TooLarge() {
		return fmt.Sprintf("frame of %d octets, limit %d", e.Size, e.Limit)
	}
	return fmt.Sprintf("frame ends with %#02x", e.End)
}

// A Reader reads frames.
type Reader struct {
	r        *bufio.Reader
	frameMax uint32
	large    []byte // for a payload that does not fit into the buffer of r
	args     coder  // here so that reading a method allocates nothing
	skip     int    // bytes of the last frame that are still in the buffer
}

// readBuffer is the size of a reader's buffer. A larger frame is collected in memory of its own.
const readBuffer = 32 << 10

// NewReader returns a reader with the limits that hold before tuning.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: bufio.NewReaderSize(r, readBuffer), frameMax: FrameMinSize}
}

// SetFrameMax sets the largest size of a frame with its overhead.
func (r *Reader) SetFrameMax(n uint32) { r.frameMax = max(n, FrameMinSize) }

// ProtocolHeader reads the eight octets that a client begins with (section 4.2.2).
func (r *Reader) ProtocolHeader() ([8]byte, error) {
	var header [8]byte
	_, err := io.ReadFull(r.r, header[:])
	return header, err
}

// Next reads a frame. After a *FrameError nothing sensible can be read.
func (r *Reader) Next() (Frame, error) {
	if _, err := r.r.Discard(r.skip); err != nil {
		return Frame{}, err
	}
	r.skip = 0
	head, err := r.r.Peek(headerSize)
	if err != nil {
		return Frame{}, unexpected(err, len(head) > 0)
	}
	frame := Frame{Type: head[0], Channel: binary.BigEndian.Uint16(head[1:])}
	size := binary.BigEndian.Uint32(head[3:])
	if limit := r.frameMax - FrameOverhead; size > limit+fudge {
		return Frame{}, &FrameError{Frame: frame, Size: size, Limit: limit}
	}
	body, err := r.body(int(size) + 1)
	if err != nil {
		return Frame{}, unexpected(err, true)
	}
	frame.Payload = body[:size:size]
	if end := body[size]; end != FrameEnd {
		return Frame{}, &FrameError{Frame: frame, Size: size, Limit: r.frameMax - FrameOverhead, End: end}
	}
	return frame, nil
}

// SplitFrame takes the first of several whole frames in memory.
func SplitFrame(src []byte) (frame Frame, rest []byte, err error) {
	c := coder{buf: src, decoding: true}
	frame = Frame{Type: c.take8(), Channel: c.take16()}
	frame.Payload = c.longBytes()
	if end := c.take8(); c.err == nil && end != FrameEnd {
		c.fail(fmt.Errorf("%w: frame ends with %#02x", ErrSyntax, end))
	}
	return frame, c.buf, c.err
}

// body returns the n bytes after the header. They stay in the buffer until the next frame is read
// when they fit.
func (r *Reader) body(n int) ([]byte, error) {
	if headerSize+n <= r.r.Size() {
		whole, err := r.r.Peek(headerSize + n)
		if err != nil {
			return nil, err
		}
		r.skip = headerSize + n
		return whole[headerSize:], nil
	}
	if _, err := r.r.Discard(headerSize); err != nil {
		return nil, err
	}
	if cap(r.large) < n {
		r.large = make([]byte, n)
	}
	_, err := io.ReadFull(r.r, r.large[:n])
	return r.large[:n], err
}

// unexpected tells an end between frames from one in a frame.
func unexpected(err error, begun bool) error {
	if begun && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Method reads the arguments of m as ReadMethod does.
func (r *Reader) Method(m Method, arguments []byte) error {
	r.args = coder{buf: arguments, decoding: true}
	return r.args.whole(m)
}

// Header is a content header frame (section 4.2.6.1).
type Header struct {
	Class, Weight uint16
	BodySize      uint64
	// Encoded are the properties as they came. They belong to the frame.
	Encoded []byte
}

// ReadHeader reads the payload of a header frame up to its properties.
func ReadHeader(payload []byte) (Header, error) {
	c := coder{buf: payload, decoding: true}
	h := Header{Class: c.take16(), Weight: c.take16(), BodySize: c.take64(), Encoded: c.buf}
	return h, c.err
}
