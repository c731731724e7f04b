package decoders

import (
	"encoding/binary"
	"errors"
	"io"
)

// Magic numbers of lz4 (LZ4 Frame Format Description 1.6).
const (
	lz4FrameMagic  = 0x184d2204
	lz4LegacyMagic = 0x184c2102
	lz4SkipMagic   = 0x184d2a50 // the low four bits are free
)

// lz4Magic knows a frame by its magic and its version, and a legacy frame by its magic alone.
func lz4Magic(d []byte) bool {
	if len(d) < 7 {
		return false
	}
	switch binary.LittleEndian.Uint32(d) {
	case lz4FrameMagic:
		return d[4]>>6 == 1 && d[4]&2 == 0 && d[5]&0x8f == 0
	case lz4LegacyMagic:
		return true
	}
	return false
}

// unLZ4 takes frames apart, current or legacy, one or several that follow each other.
func unLZ4(d []byte, limit int) unwrapped { return expand("lz4", d, limit, lz4Frames) }

var errNoFrame = errors.New("no frame begins here")

func lz4Frames(d []byte, x *expansion) error {
	for first := true; first || len(d) > 0; first = false {
		if len(d) < 4 {
			return io.ErrUnexpectedEOF
		}
		magic, rest := binary.LittleEndian.Uint32(d), d[4:]
		var err error
		switch {
		case magic == lz4FrameMagic:
			rest, err = lz4Frame(rest, x)
		case magic == lz4LegacyMagic:
			rest, err = lz4Legacy(rest, x)
		case magic&^0xf == lz4SkipMagic:
			rest, err = lz4Skip(rest)
		default:
			err = errNoFrame
		}
		if err != nil {
			return err
		}
		d = rest
	}
	return nil
}

// lz4Skip passes over a skippable frame.
func lz4Skip(d []byte) ([]byte, error) {
	if len(d) < 4 || uint64(len(d)-4) < uint64(binary.LittleEndian.Uint32(d)) {
		return nil, io.ErrUnexpectedEOF
	}
	return d[4+int(binary.LittleEndian.Uint32(d)):], nil
}

// lz4Flags is the descriptor of a frame.
type lz4Flags struct {
	independent, blockSums, contentSum bool
	size                               uint64 // of the content, when sized
	sized                              bool
}

var errDescriptor = errors.New("the frame descriptor is wrong")

// lz4Descriptor reads what stands between the magic and the blocks.
func lz4Descriptor(d []byte) (f lz4Flags, rest []byte, err error) {
	if len(d) < 3 {
		return f, nil, io.ErrUnexpectedEOF
	}
	flg, size := d[0], 2
	f = lz4Flags{independent: flg&0x20 != 0, blockSums: flg&0x10 != 0, sized: flg&8 != 0, contentSum: flg&4 != 0}
	if f.sized {
		size += 8
	}
	if flg&1 != 0 {
		size += 4 // the number of a dictionary; copies from it will be a fault
	}
	if len(d) <= size {
		return f, nil, io.ErrUnexpectedEOF
	}
	if f.sized {
		f.size = binary.LittleEndian.Uint64(d[2:])
	}
	if flg>>6 != 1 || byte(xxh32(d[:size])>>8) != d[size] {
		return f, nil, errDescriptor
	}
	return f, d[size+1:], nil
}

var errSize = errors.New("the content has another size than it claims")

func lz4Frame(d []byte, x *expansion) ([]byte, error) {
	f, d, err := lz4Descriptor(d)
	if err != nil {
		return nil, err
	}
	from := x.size
	x.base = from
	for {
		if len(d) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		size := binary.LittleEndian.Uint32(d)
		if d = d[4:]; size == 0 {
			break
		}
		if f.independent {
			x.base = x.size
		}
		if d, err = f.block(d, size, x); err != nil {
			return nil, err
		}
	}
	if f.sized && f.size != uint64(x.size-from) {
		return nil, errSize
	}
	if !f.contentSum {
		return d, nil
	}
	if len(d) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	if x.fill && xxh32(x.out[from:]) != binary.LittleEndian.Uint32(d) {
		return nil, errChecksum
	}
	return d[4:], nil
}

// block unpacks one block of a frame; the highest bit of its size says that it is stored as it is.
func (f lz4Flags) block(d []byte, size uint32, x *expansion) ([]byte, error) {
	stored, n := size>>31 != 0, int(size&^(1<<31))
	content := d[:min(n, len(d))]
	var err error
	if stored {
		err = x.put(blockOp{literal: content})
	} else {
		err = x.block(&lz4Block{d: content})
	}
	switch {
	case err != nil:
		return nil, err
	case len(content) < n:
		return nil, io.ErrUnexpectedEOF
	}
	d = d[n:]
	if !f.blockSums {
		return d, nil
	}
	if len(d) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	if x.fill && xxh32(content) != binary.LittleEndian.Uint32(d) {
		return nil, errChecksum
	}
	return d[4:], nil
}

// lz4Legacy unpacks a frame of before version 1.0: blocks up to the end of the data or to the next
// frame.
func lz4Legacy(d []byte, x *expansion) ([]byte, error) {
	for len(d) > 0 {
		if len(d) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		size := binary.LittleEndian.Uint32(d)
		if size == lz4FrameMagic || size == lz4LegacyMagic || size&^0xf == lz4SkipMagic {
			return d, nil
		}
		d = d[4:]
		content := d[:min(uint64(size), uint64(len(d)))]
		x.base = x.size
		if err := x.block(&lz4Block{d: content}); err != nil {
			return nil, err
		}
		if uint64(len(content)) < uint64(size) {
			return nil, io.ErrUnexpectedEOF
		}
		d = d[len(content):]
	}
	return nil, nil
}

// unLZ4Block unpacks a block without a frame, as it is or after its unpacked size in four bytes,
// low byte first. It has no checksum.
func unLZ4Block(d []byte, limit int) unwrapped {
	u := expand("lz4block", d, limit, lz4Bare)
	if u.why != breakSyntax && u.why != breakEnd || len(d) < 5 {
		return u
	}
	sized := expand("lz4block", d[4:], limit, lz4Bare)
	if sized.why == breakNone && uint64(len(sized.data)) == uint64(binary.LittleEndian.Uint32(d)) {
		return sized
	}
	return u
}

func lz4Bare(d []byte, x *expansion) error { return x.block(&lz4Block{d: d}) }

// lz4Block takes a block apart (LZ4 Block Format Description): sequences of literals and a copy,
// the last one without its copy.
type lz4Block struct {
	d   []byte
	off int
}

func (b *lz4Block) step() (blockOp, bool, error) {
	if b.off >= len(b.d) {
		return blockOp{}, false, io.ErrUnexpectedEOF
	}
	token := b.d[b.off]
	b.off++
	n, ok := b.length(int(token >> 4))
	if !ok {
		return blockOp{}, false, io.ErrUnexpectedEOF
	}
	op := blockOp{literal: b.d[b.off:min(b.off+n, len(b.d))]}
	b.off += len(op.literal)
	switch {
	case len(op.literal) < n:
		return op, false, io.ErrUnexpectedEOF
	case b.off == len(b.d):
		return op, false, nil
	case len(b.d)-b.off < 2:
		return op, false, io.ErrUnexpectedEOF
	}
	off := int(binary.LittleEndian.Uint16(b.d[b.off:]))
	b.off += 2
	if n, ok = b.length(int(token & 15)); !ok {
		return op, false, io.ErrUnexpectedEOF
	}
	op.off, op.n = off, n+4
	return op, true, nil
}

// length goes on with a length of 15: bytes are added up to the first that is not 255.
func (b *lz4Block) length(n int) (int, bool) {
	if n < 15 {
		return n, true
	}
	for b.off < len(b.d) {
		c := b.d[b.off]
		b.off++
		n += int(c)
		if c != 0xff {
			return n, true
		}
	}
	return n, false
}
