// Package resp reads and writes the Redis serialization protocol, versions 2 and 3
// (redis.io/docs/latest/develop/reference/protocol-spec), for connections on which every
// message counts: subscriptions and blocking stream reads.
//
// It trusts no length that the other side claims: memory grows only with bytes that arrived,
// and what exceeds the limits is read and thrown away.
package resp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Kind is the sort of a Value.
type Kind uint8

// The kinds of values. The zero Kind is the null of both bulk strings and arrays.
const (
	Null Kind = iota
	Status
	Failure
	Integer
	Bulk
	Array
	// Push is an array that the server sends on its own, which only RESP3 marks as such.
	Push
)

// Value is one reply or pushed frame.
type Value struct {
	Kind Kind
	// Text is a status, an error or a bulk string. Of a bulk string larger than the reader
	// keeps it is the beginning; Size is the length of the whole.
	Text  []byte
	Size  int
	Int   int64
	Items []Value
}

// The limits of one value read.
const (
	maxLine  = 64 << 10
	maxBulk  = 512 << 20 // the protocol's own limit of a string
	maxDepth = 16
	maxNodes = 1 << 20
	// keepTotal bounds the bytes kept of one value with all its parts.
	keepTotal = 64 << 20
	// reuse is the largest buffer kept for the next value.
	reuse = 64 << 10
	// step is how far a buffer grows at once before the bytes for it have arrived.
	step = 64 << 10
)

// ErrProtocol is wrapped by every error that means that the stream is not RESP.
var ErrProtocol = errors.New("not the Redis protocol")

// Reader reads values from a stream.
type Reader struct {
	br   *bufio.Reader
	keep int

	nodes, kept int // of the value being read
}

// NewReader returns a reader that keeps at most keep bytes of each bulk string.
func NewReader(r io.Reader, keep int) *Reader {
	return &Reader{br: bufio.NewReaderSize(r, 256<<10), keep: keep}
}

// Buffered returns the number of bytes that can be read without waiting.
func (r *Reader) Buffered() int { return r.br.Buffered() }

// Wait blocks until there is something to read. An error here, a timeout for example, loses
// nothing: Wait and Read may be called again.
func (r *Reader) Wait() error {
	_, err := r.br.Peek(1)
	return err
}

// Read reads one value into v and uses v's memory again. After an error the stream is lost.
func (r *Reader) Read(v *Value) error {
	r.nodes, r.kept = 0, 0
	return r.read(v, 0)
}

func (r *Reader) read(v *Value, depth int) error {
	if r.nodes++; r.nodes > maxNodes || depth > maxDepth {
		return fmt.Errorf("%w: more than %d values or %d levels", ErrProtocol, maxNodes, maxDepth)
	}
	line, err := r.line()
	if err != nil {
		return err
	}
	items := v.Items
	text := v.Text[:0]
	if cap(text) > reuse {
		text = nil
	}
	*v = Value{Text: text, Items: items[:0]}
	if line[0] == '+' || line[0] == '-' {
		v.Kind = Status
		if line[0] == '-' {
			v.Kind = Failure
		}
		v.Text = append(v.Text, line[1:]...)
		v.Size = len(v.Text)
		return nil
	}
	if r.simple(v, line) {
		return nil
	}
	n, err := strconv.ParseInt(string(line[1:]), 10, 64)
	if err != nil {
		return fmt.Errorf("%w: no number in a %q line", ErrProtocol, line[0])
	}
	switch line[0] {
	case ':':
		v.Kind, v.Int = Integer, n
		return nil
	case '$':
		return r.bulk(v, n)
	case '*', '~':
		return r.array(v, n, depth)
	}
	if known, err := r.newer(v, line[0], n, depth); known {
		return err
	}
	return fmt.Errorf("%w: a line begins with %q", ErrProtocol, line[0])
}

// line reads up to CR LF and returns what is before it, at least one byte. The line is valid
// until the next read.
func (r *Reader) line() ([]byte, error) {
	line, err := r.br.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || len(line) > maxLine {
		return nil, fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, maxLine)
	}
	if err != nil {
		return nil, unexpected(err)
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return nil, fmt.Errorf("%w: a line does not end in CR LF", ErrProtocol)
	}
	return line[:len(line)-2], nil
}

func (r *Reader) bulk(v *Value, n int64) error {
	if n == -1 {
		return nil
	}
	if n < 0 || n > maxBulk {
		return fmt.Errorf("%w: a string of %d bytes", ErrProtocol, n)
	}
	v.Kind, v.Size = Bulk, int(n)
	keep := min(v.Size, r.keep, keepTotal-r.kept)
	r.kept += keep
	for len(v.Text) < keep {
		start := len(v.Text)
		end := min(keep, start+step)
		v.Text = append(v.Text, make([]byte, end-start)...)
		if _, err := io.ReadFull(r.br, v.Text[start:end]); err != nil {
			return unexpected(err)
		}
	}
	if _, err := r.br.Discard(v.Size - keep); err != nil {
		return unexpected(err)
	}
	var end [2]byte
	if _, err := io.ReadFull(r.br, end[:]); err != nil {
		return unexpected(err)
	}
	if end != [2]byte{'\r', '\n'} {
		return fmt.Errorf("%w: a string does not end in CR LF", ErrProtocol)
	}
	return nil
}

func (r *Reader) array(v *Value, n int64, depth int) error {
	if n == -1 {
		return nil
	}
	if n < 0 || n > maxNodes {
		return fmt.Errorf("%w: an array of %d values", ErrProtocol, n)
	}
	v.Kind = Array
	for i := range int(n) {
		if i < cap(v.Items) {
			v.Items = v.Items[:i+1]
		} else {
			v.Items = append(v.Items, Value{})
		}
		if err := r.read(&v.Items[i], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// unexpected names an end of the stream in the middle of a value.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Append appends a command, as the array of bulk strings that servers take.
func Append(dst []byte, words ...string) []byte {
	dst = append(dst, '*')
	dst = strconv.AppendInt(dst, int64(len(words)), 10)
	dst = append(dst, "\r\n"...)
	for _, w := range words {
		dst = append(dst, '$')
		dst = strconv.AppendInt(dst, int64(len(w)), 10)
		dst = append(dst, "\r\n"...)
		dst = append(dst, w...)
		dst = append(dst, "\r\n"...)
	}
	return dst
}
