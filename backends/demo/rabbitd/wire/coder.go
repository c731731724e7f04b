package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrSyntax says that bytes are not what the specification has at their place.
var ErrSyntax = errors.New("syntax error")

// What is wrong more exactly, where RabbitMQ makes a difference.
var (
	// ErrUTF8 says that a short string is not UTF-8.
	ErrUTF8 = fmt.Errorf("%w: malformed UTF-8", ErrSyntax)
	// ErrTable says that the content of a table makes no sense.
	ErrTable = fmt.Errorf("%w in a table", ErrSyntax)
)

// A coder goes through the fields of a method in the order of the specification: it reads them from
// buf when it decodes, and appends them to buf else, so that each method lists its fields once.
// After the first error it reads zero values only.
type coder struct {
	buf      []byte
	decoding bool
	text     bool // short strings must be UTF-8
	err      error
}

func (d *coder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.buf = nil
}

// take removes the next n bytes, or fails and returns nil when there are fewer.
func (d *coder) take(n uint64) []byte {
	if n > uint64(len(d.buf)) {
		d.fail(fmt.Errorf("%w: %d bytes wanted, %d left", ErrSyntax, n, len(d.buf)))
		return nil
	}
	head := d.buf[:n:n]
	d.buf = d.buf[n:]
	return head
}

func (d *coder) take8() uint8 {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *coder) take16() uint16 {
	if b := d.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (d *coder) take32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *coder) take64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// longBytes takes the content of a long string, which still belongs to the frame.
func (d *coder) longBytes() []byte { return d.take(uint64(d.take32())) }

func (d *coder) octet(v *uint8) {
	if d.decoding {
		*v = d.take8()
	} else {
		d.buf = append(d.buf, *v)
	}
}

func (d *coder) short(v *uint16) {
	if d.decoding {
		*v = d.take16()
	} else {
		d.buf = append16(d.buf, *v)
	}
}

func (d *coder) long(v *uint32) {
	if d.decoding {
		*v = d.take32()
	} else {
		d.buf = append32(d.buf, *v)
	}
}

func (d *coder) longlong(v *uint64) {
	if d.decoding {
		*v = d.take64()
	} else {
		d.buf = append64(d.buf, *v)
	}
}

// shortstr keeps the string that v has when the bytes are the same: a method that is read into
// again and again allocates nothing while its names stay.
func (d *coder) shortstr(v *string) {
	if !d.decoding {
		d.buf = appendShortstr(d.buf, *v)
		return
	}
	b := d.take(uint64(d.take8()))
	if string(b) == *v {
		return
	}
	if *v = string(b); d.text && !utf8.ValidString(*v) {
		d.fail(ErrUTF8)
	}
}

func (d *coder) longstr(v *string) {
	if d.decoding {
		*v = string(d.longBytes())
	} else {
		d.buf = appendLongstr(d.buf, *v)
	}
}

func (d *coder) table(v *Table) {
	if !d.decoding {
		d.buf = AppendTable(d.buf, *v)
		return
	}
	inner := coder{buf: d.longBytes(), decoding: true}
	*v = inner.readTable(0)
	if inner.err != nil {
		d.fail(fmt.Errorf("%w: %w", ErrTable, inner.err))
	}
}

// bits packs flags that follow each other into one octet, the first into its lowest bit
// (section 4.2.5.2). No method has more than eight in a row.
func (d *coder) bits(flags ...*bool) {
	if d.decoding {
		octet := d.take8()
		for i, flag := range flags {
			*flag = octet>>i&1 == 1
		}
		return
	}
	var octet byte
	for i, flag := range flags {
		if *flag {
			octet |= 1 << i
		}
	}
	d.buf = append(d.buf, octet)
}

// The reserved fields are there for old clients only: they are read and written as nothing.
func (d *coder) reservedShort() {
	var v uint16
	d.short(&v)
}

func (d *coder) reservedShortstr() {
	var v string
	d.shortstr(&v)
}

func (d *coder) reservedLongstr() {
	var v string
	d.longstr(&v)
}

func (d *coder) reservedBits() {
	var v bool
	d.bits(&v)
}

func append16(dst []byte, v uint16) []byte { return binary.BigEndian.AppendUint16(dst, v) }
func append32(dst []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(dst, v) }
func append64(dst []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(dst, v) }

// maxShortstr is the size in bytes that a short string can have.
const maxShortstr = 255

// appendShortstr cuts what is longer than a short string can be.
func appendShortstr(dst []byte, s string) []byte {
	s = s[:min(len(s), maxShortstr)]
	return append(append(dst, byte(len(s))), s...)
}

func appendLongstr[T string | []byte](dst []byte, s T) []byte {
	return append(append32(dst, uint32(len(s))), s...)
}

// reserve32 leaves room for a length, which fill32 writes when everything it counts is there.
func reserve32(dst []byte) (grown []byte, at int) { return append(dst, 0, 0, 0, 0), len(dst) }

func fill32(dst []byte, at int) []byte {
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}
