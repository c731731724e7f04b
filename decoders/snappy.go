package decoders

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
)

// Stream identifiers of Snappy (framing_format.txt §4.1) and of its extension S2.
const (
	snappyMagic = "\xff\x06\x00\x00sNaPpY"
	s2Magic     = "\xff\x06\x00\x00S2sTwO"
)

// unSnappy takes a framed stream apart, or one block without a frame.
func unSnappy(d []byte, limit int) unwrapped { return unSnappyAs("snappy", d, limit, false) }

// unS2 does the same for S2, which adds copies that repeat the last offset.
func unS2(d []byte, limit int) unwrapped { return unSnappyAs("s2", d, limit, true) }

func unSnappyAs(name string, d []byte, limit int, repeats bool) unwrapped {
	start := string(d[:min(len(d), len(s2Magic))])
	framed := strings.HasPrefix(s2Magic, start) || strings.HasPrefix(snappyMagic, start) // it may be cut
	return expand(name, d, limit, func(d []byte, x *expansion) error {
		if framed {
			return snappyFrames(d, x, repeats)
		}
		return snappyBare(d, x, repeats)
	})
}

// Chunks of the framing format (§4).
const (
	chunkPacked   = 0x00
	chunkStored   = 0x01
	chunkReserved = 0x7f // the last one that must not be skipped
)

var errChunk = errors.New("a chunk of an unknown type")

func snappyFrames(d []byte, x *expansion, repeats bool) error {
	for len(d) > 0 {
		if len(d) < 4 {
			return io.ErrUnexpectedEOF
		}
		kind, size := d[0], int(d[1])|int(d[2])<<8|int(d[3])<<16
		content := d[4:min(4+size, len(d))]
		if kind <= chunkStored {
			if err := snappyChunk(kind, content, x, repeats); err != nil {
				return err
			}
		} else if kind <= chunkReserved {
			return errChunk
		}
		if len(content) < size {
			return io.ErrUnexpectedEOF
		}
		d = d[4+size:]
	}
	return nil
}

// snappyChunk unpacks a chunk of data: a checksum and then a block, or bytes as they stand.
func snappyChunk(kind byte, d []byte, x *expansion, repeats bool) error {
	if len(d) < 4 {
		return io.ErrUnexpectedEOF
	}
	want, from := binary.LittleEndian.Uint32(d), x.size
	var err error
	if kind == chunkStored {
		err = x.put(blockOp{literal: d[4:]})
	} else {
		err = snappyBare(d[4:], x, repeats)
	}
	if err == nil && x.fill && maskedCRC(x.out[from:]) != want {
		return errChecksum
	}
	return err
}

// maskedCRC is the checksum of a chunk (§3): CRC-32C, turned and shifted.
func maskedCRC(d []byte) uint32 {
	c := crc32.Checksum(d, crc32.MakeTable(crc32.Castagnoli))
	return (c>>15 | c<<17) + 0xa282ead8
}

// snappyBare unpacks a block (format_description.txt): the size of the content and then its elements.
func snappyBare(d []byte, x *expansion, repeats bool) error {
	claim, n := binary.Uvarint(d)
	switch {
	case n == 0:
		return io.ErrUnexpectedEOF
	case n < 0 || claim > 1<<32-1:
		return errSize
	}
	from := x.size
	x.base = from
	err := x.block(&snappyBlock{d: d[n:], repeats: repeats})
	if got := uint64(x.size - from); err == nil && got != claim {
		if got < claim {
			return io.ErrUnexpectedEOF
		}
		return errSize
	}
	return err
}

// Elements of a block, by the two lowest bits of their tag.
const (
	tagLiteral = iota
	tagCopy1
	tagCopy2
	tagCopy4
)

// snappyBlock takes the elements of a block.
type snappyBlock struct {
	d       []byte
	repeats bool
	last    int // offset of the last copy
}

func (b *snappyBlock) step() (blockOp, bool, error) {
	if len(b.d) == 0 {
		return blockOp{}, false, nil
	}
	tag := b.d[0]
	b.d = b.d[1:]
	var op blockOp
	var ok bool
	switch tag & 3 {
	case tagLiteral:
		return b.literal(int(tag >> 2))
	case tagCopy1:
		return b.near(tag)
	case tagCopy2:
		op.off, ok = b.number(2)
	default:
		op.off, ok = b.number(4)
	}
	if !ok {
		return blockOp{}, false, io.ErrUnexpectedEOF
	}
	op.n, b.last = int(tag>>2)+1, op.off
	return op, true, nil
}

// number takes n bytes, low byte first.
func (b *snappyBlock) number(n int) (int, bool) {
	if len(b.d) < n {
		return 0, false
	}
	v := 0
	for i := range n {
		v |= int(b.d[i]) << (8 * i)
	}
	b.d = b.d[n:]
	return v, true
}

// literal takes bytes as they stand; from 60 on, their number follows in one to four bytes.
func (b *snappyBlock) literal(n int) (blockOp, bool, error) {
	if n >= 60 {
		var ok bool
		if n, ok = b.number(n - 59); !ok {
			return blockOp{}, false, io.ErrUnexpectedEOF
		}
	}
	n++
	op := blockOp{literal: b.d[:min(n, len(b.d))]}
	b.d = b.d[len(op.literal):]
	if len(op.literal) < n {
		return op, false, io.ErrUnexpectedEOF
	}
	return op, true, nil
}

// near takes a copy of 4 to 11 bytes with an offset of 11 bits. In S2 offset 0 repeats the last one,
// with lengths of 4 to 8 or, after the lengths 5 to 7, longer ones in one to three bytes.
func (b *snappyBlock) near(tag byte) (blockOp, bool, error) {
	low, ok := b.number(1)
	if !ok {
		return blockOp{}, false, io.ErrUnexpectedEOF
	}
	off, n := int(tag&0xe0)<<3|low, int(tag>>2&7)
	if off == 0 && b.repeats {
		off = b.last
		if n >= 5 {
			more, ok := b.number(n - 4)
			if !ok {
				return blockOp{}, false, io.ErrUnexpectedEOF
			}
			n = more + []int{4, 1 << 8, 1 << 16}[n-5]
		}
	}
	b.last = off
	return blockOp{off: off, n: n + 4}, true, nil
}

// rawSnappy reports whether d may be a Snappy block without a frame, which has no magic: its size is
// plausible, it begins with a literal, and it comes to exactly that size.
func rawSnappy(d []byte) bool {
	claim, n := binary.Uvarint(d[:min(len(d), 5)])
	return n > 0 && n < len(d) && d[n]&3 == tagLiteral &&
		claim >= uint64(len(d)/2) && claim <= 24*uint64(len(d)) && wholeSnappy(d, claim, false)
}

// wholeSnappy reports whether a block comes to the size it claims. Nothing is unpacked for it.
func wholeSnappy(d []byte, claim uint64, repeats bool) bool {
	count := expansion{limit: int(claim), steps: stepsFor(int(claim))} //nolint:gosec // a claim of five bytes is an int
	return snappyBare(d, &count, repeats) == nil
}
