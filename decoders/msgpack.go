package decoders

// msgpackWidths holds, for the initial bytes c0 to df, how many bytes the argument takes.
// A string so that it is constant.
const msgpackWidths = "\x00\x00\x00\x00" + // nil, reserved, false, true
	"\x01\x02\x04" + // bin 8, 16, 32
	"\x01\x02\x04" + // ext 8, 16, 32
	"\x04\x08" + // float 32, 64
	"\x01\x02\x04\x08" + // uint 8 to 64
	"\x01\x02\x04\x08" + // int 8 to 64
	"\x00\x00\x00\x00\x00" + // fixext 1 to 16
	"\x01\x02\x04" + // str 8, 16, 32
	"\x02\x04" + // array 16, 32
	"\x02\x04" // map 16, 32

// msgpackKinds holds the kinds of the same initial bytes. The specification never uses c1.
const msgpackKinds = string(rune(kindNull)) + string(rune(kindInvalid)) + string(rune(kindBool)) + string(rune(kindBool)) +
	string(rune(kindBytes)) + string(rune(kindBytes)) + string(rune(kindBytes)) +
	string(rune(kindExt)) + string(rune(kindExt)) + string(rune(kindExt)) +
	string(rune(kindFloat)) + string(rune(kindFloat)) +
	string(rune(kindUint)) + string(rune(kindUint)) + string(rune(kindUint)) + string(rune(kindUint)) +
	string(rune(kindUint)) + string(rune(kindUint)) + string(rune(kindUint)) + string(rune(kindUint)) +
	string(rune(kindExt)) + string(rune(kindExt)) + string(rune(kindExt)) + string(rune(kindExt)) + string(rune(kindExt)) +
	string(rune(kindText)) + string(rune(kindText)) + string(rune(kindText)) +
	string(rune(kindArray)) + string(rune(kindArray)) +
	string(rune(kindMap)) + string(rune(kindMap))

// msgpackLead reads the start of a MessagePack item (specification, "Formats").
func msgpackLead(d []byte, off int) (k kind, size int, arg uint64) {
	c := d[off]
	switch {
	case c < 0x80:
		return kindUint, 1, uint64(c)
	case c < 0x90:
		return kindMap, 1, uint64(c & 15)
	case c < 0xa0:
		return kindArray, 1, uint64(c & 15)
	case c < 0xc0:
		return kindText, 1, uint64(c & 31)
	case c >= 0xe0:
		return kindNegint, 1, uint64(^c)
	default:
		return msgpackLong(d, off)
	}
}

// msgpackLong reads a start of c0 to df.
func msgpackLong(d []byte, off int) (k kind, size int, arg uint64) {
	c := d[off]
	w := msgpackWidths[c-0xc0]
	k, size = kind(msgpackKinds[c-0xc0]), 1+int(w)
	if k == kindExt {
		size++
	}
	if len(d)-off < size {
		return kindShort, size, 0
	}
	if w > 0 {
		return k, size, bigEndian(d[off+1:], w)
	}
	if k == kindExt {
		arg = 1 << (c - 0xd4)
	}
	return k, size, arg
}

// msgpackHead completes a head with what its initial byte and its argument mean.
func msgpackHead(d []byte, h head) head {
	c := d[0]
	if c < 0xc0 || c >= 0xe0 {
		return h
	}
	h.width = msgpackWidths[c-0xc0]
	switch {
	case c == 0xc3:
		h.arg = 1
	case c >= 0xd0 && c <= 0xd3:
		v := int64(h.arg<<(64-8*h.width)) >> (64 - 8*h.width) // extend the sign
		h.arg = uint64(v)
		if v < 0 {
			h.kind, h.arg = kindNegint, ^uint64(v)
		}
	case h.kind == kindExt:
		h.ext = int8(d[h.size-1])
	}
	return h
}
