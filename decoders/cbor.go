package decoders

// cborHead reads a CBOR head (RFC 8949 §3).
func cborHead(d []byte) head {
	c := d[0]
	info := c & 0x1f
	h := head{size: 1, arg: uint64(info), kind: cborKind(c >> 5)}
	switch {
	case info < 24:
	case info < 28:
		h.width = 1 << (info - 24)
		h.size += int(h.width)
		if len(d) < h.size {
			return head{kind: kindShort, size: h.size}
		}
		h.arg = bigEndian(d[1:], h.width)
	case info == 31 && h.kind != kindUint && h.kind != kindNegint && h.kind != kindTag:
		h.open, h.arg = true, 0
		if h.kind == kindSimple {
			return head{kind: kindBreak, size: 1}
		}
	default:
		return head{kind: kindInvalid, size: 1}
	}
	if h.kind == kindSimple {
		return cborSimple(h)
	}
	return h
}

// cborSimple sorts major type 7 (RFC 8949 §3.3).
func cborSimple(h head) head {
	switch {
	case h.width > 1:
		h.kind = kindFloat
	case h.width == 1 && h.arg < 32:
		h.kind = kindInvalid // values below 32 must not take a second byte
	case h.arg == 20, h.arg == 21:
		h.kind = kindBool
		h.arg -= 20
	case h.arg == 22:
		h.kind = kindNull
	case h.arg == 23:
		h.kind = kindUndefined
	}
	return h
}

func cborKind(major byte) kind {
	switch major {
	case 0:
		return kindUint
	case 1:
		return kindNegint
	case 2:
		return kindBytes
	case 3:
		return kindText
	case 4:
		return kindArray
	case 5:
		return kindMap
	case 6:
		return kindTag
	default:
		return kindSimple
	}
}
