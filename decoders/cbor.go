package decoders

// cborLead reads the start of a CBOR item (RFC 8949 §3).
func cborLead(d []byte, off int) (k kind, size int, arg uint64) {
	c := d[off]
	info := c & 0x1f
	if info < 24 {
		if c >= 0xe0 {
			return cborSimple(uint64(info)), 1, uint64(info)
		}
		return kind(cborKinds[c>>5]), 1, uint64(info)
	}
	if info > 27 {
		return cborOpen(c), 1, 0
	}
	w := uint8(1) << (info - 24)
	size = 1 + int(w)
	if len(d)-off < size {
		return kindShort, size, 0
	}
	k, arg = kind(cborKinds[c>>5]), bigEndian(d[off+1:], w)
	switch {
	case c < 0xe0:
	case w > 1:
		k = kindFloat
	case arg < 32:
		k = kindInvalid // values below 32 must not take a second byte (§3.3)
	}
	return k, size, arg
}

// cborKinds holds the kind of each major type.
const cborKinds = string(rune(kindUint)) + string(rune(kindNegint)) + string(rune(kindBytes)) + string(rune(kindText)) +
	string(rune(kindArray)) + string(rune(kindMap)) + string(rune(kindTag)) + string(rune(kindSimple))

// cborOpen is the kind of an item whose additional information is 28 to 31 (§3.2).
func cborOpen(c byte) kind {
	switch c {
	case 0x5f, 0x7f, 0x9f, 0xbf:
		return kind(cborKinds[c>>5]) | kindOpen
	case 0xff:
		return kindBreak
	default:
		return kindInvalid
	}
}

// cborSimple sorts the simple values (§3.3).
func cborSimple(v uint64) kind {
	switch v {
	case 20, 21:
		return kindBool
	case 22:
		return kindNull
	case 23:
		return kindUndefined
	default:
		return kindSimple
	}
}

// cborHead completes a head with what its initial byte and its argument mean.
func cborHead(c byte, h head) head {
	if info := c & 0x1f; info >= 24 && info < 28 {
		h.width = 1 << (info - 24)
	}
	if h.kind == kindBool {
		h.arg -= 20
	}
	return h
}
