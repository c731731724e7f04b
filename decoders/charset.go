package decoders

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Order tells the byte order that a byte order mark names (RFC 2781 §3.2); nil without one.
func utf16Order(data []byte) binary.ByteOrder {
	switch {
	case len(data) < 2:
		return nil
	case data[0] == 0xff && data[1] == 0xfe:
		return binary.LittleEndian
	case data[0] == 0xfe && data[1] == 0xff:
		return binary.BigEndian
	default:
		return nil
	}
}

// isUTF16 reports whether data is text in UTF-16: a byte order mark and units that are characters
// of text. The last character may be cut.
func isUTF16(data []byte) bool {
	order := utf16Order(data)
	if order == nil || len(data) < 4 {
		return false
	}
	_, ok := utf16Bits(data[2:], order)
	return ok
}

// unUTF16 makes UTF-8 of UTF-16. Without a byte order mark it takes the order that reads better,
// big-endian in doubt. Lone surrogates become U+FFFD. At most limit bytes come out.
func unUTF16(data []byte, limit int) unwrapped {
	order := utf16Order(data)
	from := 2
	if order == nil {
		from = 0
		if order, _ = bareOrder(data[:min(len(data), evidenceBytes)]); order == nil {
			order = binary.BigEndian
		}
	}
	out := make([]byte, 0, min(len(data)/2+len(data)/4, limit))
	for i := from; i < len(data); i += 2 {
		if i+2 > len(data) {
			return unwrapped{data: out, why: breakEnd, fault: "utf-16: the data ends inside a character"}
		}
		r := rune(order.Uint16(data[i:]))
		if utf16.IsSurrogate(r) {
			low := rune(utf8.RuneError)
			if i+4 <= len(data) {
				low = rune(order.Uint16(data[i+2:]))
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 2
			}
		}
		if len(out)+utf8.RuneLen(r) > limit {
			return unwrapped{data: out, why: breakLimit, fault: "utf-16: more than the limit comes out"}
		}
		out = utf8.AppendRune(out, r)
	}
	return unwrapped{data: out}
}

// isLatin1 reports whether data may be text in ISO 8859-1: no control characters, less than a third
// of the bytes above ASCII, and two thirds letters or spaces; in longer ones digits and the usual
// punctuation count as well.
func isLatin1(data []byte) bool {
	const long = 24
	high, plain := 0, 0
	for _, c := range data {
		if latinLetter(c) || c == ' ' || len(data) >= long && c < utf8.RuneSelf && textGain(c) >= 2.6 {
			plain++
		}
		switch {
		case c < 0x20 && !textControl(c), c >= 0x7f && c < 0xa0:
			return false
		case c >= 0xa0:
			high++
		}
	}
	return high > 0 && 3*high < len(data) && 3*plain >= 2*len(data)
}

// latinLetter reports whether a byte is a letter in ISO 8859-1.
func latinLetter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0xc0 && c != 0xd7 && c != 0xf7
}

// latinBits is the evidence that data is text in ISO 8859-1; a high letter counts as in UTF-8, one
// that stands alone ("à") less. Case that changes inside a word speaks against it: short random bytes
// would pass otherwise.
func latinBits(data []byte) float32 {
	var sum float32
	before := byte(' ')
	for i, c := range data {
		switch {
		case c < utf8.RuneSelf:
			sum += textGain(c)
		case !latinLetter(c):
			sum += latinSign(data, i)
		case latinLetter(before) || i+1 < len(data) && latinLetter(data[i+1]):
			sum += latinGain(c)
		case before <= ' ' && (i+1 == len(data) || textGain(data[i+1]) >= 2.6):
			sum -= 2 // a word of its own
		default:
			sum -= 5
		}
		if latinLetter(before) && latinLetter(c) && latinUpper(c) && !latinUpper(before) {
			sum -= 6
		}
		before = c
	}
	return sum
}

// latinGain is the bits that a letter above ASCII saves inside a word: small ones that languages use
// every day some, capitals and those of few languages less than a random byte does.
func latinGain(c byte) float32 {
	switch {
	case bytes.IndexByte([]byte("\xe0\xe1\xe2\xe3\xe4\xe5\xe6\xe7\xe8\xe9\xea\xed\xee\xf1\xf2\xf3\xf4\xf5\xf6\xf8\xf9\xfa\xfc\xdf"), c) >= 0:
		return 1.6
	case bytes.IndexByte([]byte("\xc4\xc5\xc6\xc7\xc9\xd1\xd3\xd6\xd8\xdc\xeb\xec\xef\xfb\xf0"), c) >= 0:
		return 0
	default:
		return -4
	}
}

// latinSign is the evidence of the sign above ASCII at an offset. Heads of MessagePack and CBOR are in
// its range: those of maps are common signs, but what follows them at the start is no capital.
func latinSign(data []byte, at int) float32 {
	common := bytes.IndexByte([]byte("\xa0\xa1\xa3\xa7\xa9\xab\xae\xb0\xb1\xb2\xb5\xb7\xba\xbb\xbd\xbf\xd7"), data[at]) >= 0
	switch {
	case !common && at > 0:
		return -6
	case !common:
		return -12
	case at > 0:
		return -3
	case len(data) > 1 && (data[1] <= '9' || data[1] <= 'Z' && latinUpper(data[1])):
		return -3
	}
	return -12
}

// latinUpper reports whether a letter in ISO 8859-1 is a capital.
func latinUpper(c byte) bool { return c <= 'Z' || c >= 0xc0 && c < 0xdf }

// unLatin1 makes UTF-8 of ISO 8859-1, whose bytes are the first 256 characters of Unicode.
func unLatin1(data []byte, limit int) unwrapped {
	high := 0
	for _, c := range data {
		high += int(c >> 7)
	}
	if len(data)+high > limit {
		return unwrapped{why: breakLimit, fault: "latin-1: more than the limit comes out"}
	}
	out := make([]byte, 0, len(data)+high)
	for _, c := range data {
		out = utf8.AppendRune(out, rune(c))
	}
	return unwrapped{data: out}
}
