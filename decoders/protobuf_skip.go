package decoders

import (
	"encoding/binary"
	"math"
)

// uvarint reads a varint of at most 10 bytes in d[off:end]; the size is 0 when the end cuts it and
// negative when it is longer.
func uvarint(d []byte, off, end int) (v uint64, size int) {
	if off < end && d[off] < 0x80 {
		return uint64(d[off]), 1
	}
	return binary.Uvarint(d[off:end])
}

// protoTag reads a tag; the size is that of its varint, and negative for what is no tag.
func protoTag(d []byte, off, end int) (field uint32, wire uint8, size int) {
	v, n := uvarint(d, off, end)
	wire = uint8(v & 7)
	if n > 0 && (v>>3 == 0 || v>>3 > maxProtoField || wire > wireFixed32) {
		n = -1
	}
	return uint32(v >> 3), wire, n
}

// protoSkip passes over the fields of a message. why is breakEnd when the data ends inside a field
// and breakSyntax when it is no message; end is where the last whole field ends.
func protoSkip(d []byte) (end int, why breakKind) {
	var groups [maxProtoNested]uint32
	open := 0
	for off := 0; off < len(d); {
		field, wire, n := protoTag(d, off, len(d))
		if n <= 0 {
			return end, shortOr(n)
		}
		off += n
		switch wire {
		case wireGroup:
			if open == len(groups) {
				return end, breakSyntax
			}
			groups[open] = field
			open++
			continue
		case wireGroupEnd:
			if open == 0 || groups[open-1] != field {
				return end, breakSyntax
			}
			open--
		default:
			if off, n = protoValue(d, off, wire); n <= 0 {
				return end, shortOr(n)
			}
		}
		if open == 0 {
			end = off
		}
	}
	if open > 0 {
		return end, breakEnd
	}
	return end, breakNone
}

// protoValue passes over a value that is no group: state is positive when it is whole, 0 when the
// data cuts it, negative when it cannot be one.
func protoValue(d []byte, off int, wire uint8) (end, state int) {
	size := uint64(4)
	switch wire {
	case wireVarint:
		_, n := uvarint(d, off, len(d))
		return off + max(n, 0), n
	case wireFixed64:
		size = 8
	case wireBytes:
		v, n := uvarint(d, off, len(d))
		if n <= 0 {
			return off, n
		}
		size, off = v, off+n
		if v > math.MaxInt32 {
			return off, -1
		}
	}
	if size > uint64(len(d)-off) {
		return len(d), 0
	}
	return off + int(size), 1
}

// shortOr tells the two ways apart in which a varint's size is no size.
func shortOr(size int) breakKind {
	if size == 0 {
		return breakEnd
	}
	return breakSyntax
}
