package decoders

import (
	"encoding/binary"
	"math/bits"
)

// A block of deflate that defines its codes anew, or a frame of zstd, takes its time however little is in
// it. The time of a payload that is made of such is bounded by passing over its blocks first and giving
// the decoder no more of them than the budget allows. Encoders make blocks of kilobytes.

// mostPieces is the budget, in the time that a block without codes of its own takes.
const mostPieces = 1 << 18

// leastPieces is the size up to which no payload can go beyond the budget, in bytes: the shortest block
// of deflate has ten bits.
const leastPieces = mostPieces / 8 * 10

// What counts as several pieces.
const (
	piecesCodes  = 8    // the codes of a block of deflate, and the beginning of a member
	piecesTable  = 1024 // so many places in the tables of its codes are one more
	piecesZstd   = 16   // a block of zstd that is compressed
	piecesReadOn = 64   // bytes behind a fault that the decoder is given, to find it as well
)

// pieces is a walk over the blocks of a payload.
type pieces struct {
	d     []byte
	off   int // of the next byte that is not in acc
	acc   uint64
	n     int  // bits in acc
	left  int  // pieces that may still come
	size  int  // bytes that come out
	limit int  // size at which the walk ends
	empty bool // it ended at a code without symbols, for which the library may take one from before

	lengths [320]uint8
	codes   prefixCode // of the lengths
	lit     prefixCode
	dist    prefixCode
}

// affordable is the beginning of d that the budget allows, and how many bytes come out of it, no more
// than limit, and why it ends there. known tells whether d was walked at all.
func (w wrapping) affordable(d []byte, limit int) (end, size int, known bool, why error) {
	if w.walk == nil || len(d) <= leastPieces {
		return len(d), 0, false, nil
	}
	p := pieces{d: d, left: mostPieces, limit: limit}
	if w.walk(&p) || p.size > limit {
		return len(d), min(p.size, limit), true, nil
	}
	if p.left < 0 {
		return min(p.at(), len(d)), p.size, true, errSteps
	}
	return min(p.at()+piecesReadOn, len(d)), p.size, true, errCodes
}

// at is the offset of the byte that the next bit is in.
func (p *pieces) at() int { return p.off - p.n/8 }

// take counts pieces and reports whether they may come.
func (p *pieces) take(n int) bool {
	p.left -= n
	return p.left >= 0
}

// fill makes sure of 48 bits; behind the end they are zero.
func (p *pieces) fill() {
	for p.n <= 56 {
		if p.off+8 <= len(p.d) {
			p.acc |= binary.LittleEndian.Uint64(p.d[p.off:]) << p.n
			more := (63 - p.n) / 8
			p.off += more
			p.n += 8 * more
			p.acc &= 1<<p.n - 1
			return
		}
		if p.off < len(p.d) {
			p.acc |= uint64(p.d[p.off]) << p.n
		}
		p.off++
		p.n += 8
	}
}

// bits takes up to 16 bits.
func (p *pieces) bits(n int) int {
	if p.n < n {
		p.fill()
	}
	v := int(p.acc & (1<<n - 1))
	p.acc >>= n
	p.n -= n
	return v
}

// ended reports whether more bits were taken than there are.
func (p *pieces) ended() bool { return p.off-p.n/8 > len(p.d) }

// gzipMembers passes over members of gzip (RFC 1952); true when they go to the end of the data.
func gzipMembers(p *pieces) bool {
	for p.off < len(p.d) {
		if !p.take(piecesCodes) || !gzipMagic(p.d[p.off:]) || !p.gzipHead() || !deflateBlocks(p) {
			return false
		}
		if p.off = p.at() + 8; p.off > len(p.d) {
			return false
		}
		p.acc, p.n = 0, 0
	}
	return true
}

// gzipHead passes over the header of a member (RFC 1952 §2.3.1).
func (p *pieces) gzipHead() bool {
	flags := p.d[p.off+3]
	p.off += 10
	if flags&4 != 0 && p.off+2 <= len(p.d) {
		p.off += 2 + int(binary.LittleEndian.Uint16(p.d[p.off:]))
	}
	for _, name := range []byte{8, 16} {
		for more := flags&name != 0; more && p.off < len(p.d); p.off++ {
			more = p.d[p.off] != 0
		}
	}
	if flags&2 != 0 {
		p.off += 2
	}
	return p.off < len(p.d)
}

// zlibBlocks passes over a stream of zlib (RFC 1950), but for its check.
func zlibBlocks(p *pieces) bool {
	p.off += 2
	return deflateBlocks(p) && p.at()+4 <= len(p.d)
}

// deflateBlocks passes over the blocks of a stream (RFC 1951 §3.2.3); true when it is whole.
func deflateBlocks(p *pieces) bool {
	for {
		head := p.bits(3)
		if p.ended() || !p.take(1) {
			return false
		}
		ok := false
		switch head >> 1 {
		case 0:
			ok = p.stored()
		case 1:
			ok = p.fixedCodes() && p.symbols()
		case 2:
			ok = p.ownCodes() && p.symbols()
		}
		if !ok || p.ended() {
			return false
		}
		if head&1 != 0 {
			return true
		}
	}
}

// stored passes over a block that is not compressed.
func (p *pieces) stored() bool {
	p.off, p.acc, p.n = p.at(), 0, 0
	if p.off+4 > len(p.d) {
		return false
	}
	size := int(binary.LittleEndian.Uint16(p.d[p.off:]))
	p.off += 4 + size
	p.size += size
	return p.off <= len(p.d) && p.size <= p.limit
}

// fixedCodes sets the codes of §3.2.6, unless the block before had them.
func (p *pieces) fixedCodes() bool {
	if p.lit.fixed {
		return true
	}
	l := p.lengths[:288]
	for i := range l {
		switch {
		case i < 144, i >= 280:
			l[i] = 8
		case i < 256:
			l[i] = 9
		default:
			l[i] = 7
		}
	}
	p.lit.set(l)
	for i := range l[:30] {
		l[i] = 5
	}
	p.dist.set(l[:30])
	p.lit.fixed = true
	return p.take(piecesCodes)
}

// ownCodes reads the codes that a block defines (§3.2.7).
func (p *pieces) ownCodes() bool {
	lits, dists, n := 257+p.bits(5), 1+p.bits(5), 4+p.bits(4)
	var lengths [19]uint8
	for i := range n {
		lengths["\x10\x11\x12\x00\x08\x07\x09\x06\x0a\x05\x0b\x04\x0c\x03\x0d\x02\x0e\x01\x0f"[i]] = uint8(p.bits(3))
	}
	p.codes.set(lengths[:])
	for i := 0; i < lits+dists; {
		symbol := p.symbol(&p.codes)
		value, times := uint8(0), 1
		switch {
		case symbol < 0 || symbol == 16 && i == 0:
			return false
		case symbol < 16:
			value = uint8(symbol)
		case symbol == 16:
			value, times = p.lengths[i-1], 3+p.bits(2)
		case symbol == 17:
			times = 3 + p.bits(3)
		default:
			times = 11 + p.bits(7)
		}
		if i+times > lits+dists {
			return false
		}
		for range times {
			p.lengths[i] = value
			i++
		}
	}
	p.lit.set(p.lengths[:lits])
	p.dist.set(p.lengths[lits : lits+dists])
	return p.take(piecesCodes + (len(p.lit.table)+len(p.dist.table))/piecesTable)
}

// The bytes that symbols of lengths stand for, from 257 on, and their further bits; the same bits of
// distances are half the symbol less one (§3.2.5).
const (
	copyLengths = "\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0d\x0f\x11\x13\x17\x1b\x1f\x23\x2b\x33\x3b\x43\x53\x63\x73\x83\xa3\xc3\xe3\xff"
	copyBits    = "\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01\x01\x02\x02\x02\x02\x03\x03\x03\x03\x04\x04\x04\x04\x05\x05\x05\x05\x00"
)

// symbols passes over what is in a block, up to its end or to the limit.
func (p *pieces) symbols() bool {
	for p.size <= p.limit {
		if p.n < 48 {
			if p.ended() {
				return false
			}
			p.fill()
		}
		symbol := p.symbol(&p.lit)
		switch {
		case symbol < 0:
			return false
		case symbol < 256:
			p.size++
			continue
		case symbol == 256:
			return true
		}
		if symbol -= 257; symbol >= len(copyLengths) {
			return false
		}
		p.size += int(copyLengths[symbol]) + p.bits(int(copyBits[symbol]))
		if symbol == len(copyLengths)-1 {
			p.size += 3
		}
		far := p.symbol(&p.dist)
		if far < 0 || far >= 30 {
			return false
		}
		p.bits(max(far/2-1, 0))
	}
	return false
}

// prefixCode is a table of the symbols by as many bits as the longest code has: the symbol and in the
// lowest four bits the length of its code, 0 for none.
type prefixCode struct {
	table []uint16
	room  [1 << 15]uint16
	fixed bool
}

// set makes the code of the lengths (§3.2.2). What is wrong with them leaves places without a symbol, or
// is for the decoder to find.
func (c *prefixCode) set(lengths []uint8) {
	c.fixed = false
	var count, next [17]int
	longest := 0
	for _, l := range lengths {
		count[l]++
		longest = max(longest, int(l))
	}
	count[0] = 0
	for l := 1; l <= longest; l++ {
		next[l+1] = (next[l] + count[l]) << 1
	}
	c.table = c.room[:1<<longest]
	clear(c.table)
	for symbol, l := range lengths {
		if l == 0 {
			continue
		}
		code := int(bits.Reverse16(uint16(next[l])) >> (16 - l))
		next[l]++
		for ; code < len(c.table); code += 1 << l {
			c.table[code] = uint16(symbol)<<4 | uint16(l)
		}
	}
}

// symbol takes one symbol, -1 where no code fits.
func (p *pieces) symbol(c *prefixCode) int {
	if p.n < 15 {
		p.fill()
	}
	e := c.table[int(p.acc)&(len(c.table)-1)]
	l := int(e & 15)
	if l == 0 {
		p.empty = len(c.table) == 1
		return -1
	}
	p.acc >>= l
	p.n -= l
	return int(e >> 4)
}

// zstdFrames passes over the frames of zstd and their blocks (RFC 8878 §3.1); true when they go to the
// end of the data. What comes out is not counted.
func zstdFrames(p *pieces) bool {
	for p.off < len(p.d) {
		d := p.d[p.off:]
		if !p.take(1) || len(d) < 8 {
			return false
		}
		if magic := binary.LittleEndian.Uint32(d); magic&^15 == 0x184d2a50 { // skippable (§3.1.2)
			p.off += 8 + int(binary.LittleEndian.Uint32(d[4:]))
			continue
		} else if !zstdMagic(d) {
			return false
		}
		flags := d[4]
		p.off += 5 + int("\x00\x01\x02\x04"[flags&3]) + int("\x00\x02\x04\x08"[flags>>6])
		if flags&0x20 == 0 || flags>>6 == 0 {
			p.off++ // a window, or the size in one byte
		}
		if !p.zstdBlocks() {
			return false
		}
		if flags&4 != 0 {
			p.off += 4
		}
	}
	return p.off == len(p.d)
}

// zstdBlocks passes over the blocks of a frame (§3.1.1.2).
func (p *pieces) zstdBlocks() bool {
	for p.off+3 <= len(p.d) {
		head := int(p.d[p.off]) | int(p.d[p.off+1])<<8 | int(p.d[p.off+2])<<16
		p.off += 3
		n, size := 1, head>>3
		switch head >> 1 & 3 {
		case 1:
			size = 1
		case 2:
			n = piecesZstd
		}
		p.off += size
		if !p.take(n) {
			p.off -= size + 3
			return false
		}
		if head&1 != 0 {
			return true
		}
	}
	return false
}
