package decoders

import (
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
	for i := 2; i+2 <= len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		switch {
		case r < 0x20 && !textControl(byte(r)), r >= 0x7f && r < 0xa0, r >= 0xfdd0 && r < 0xfdf0, r >= 0xfffe, r >= 0xe000 && r < 0xf900:
			return false
		case !utf16.IsSurrogate(r):
		case i+4 > len(data):
			return true
		case utf16.DecodeRune(r, rune(order.Uint16(data[i+2:]))) == utf8.RuneError:
			return false
		default:
			i += 2
		}
	}
	return true
}

// unUTF16 makes UTF-8 of UTF-16 with a byte order mark, big-endian without one. Lone surrogates
// become U+FFFD. At most limit bytes come out.
func unUTF16(data []byte, limit int) unwrapped {
	order := utf16Order(data)
	from := 2
	if order == nil {
		order, from = binary.BigEndian, 0
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
// of the bytes above ASCII, each of those beside a letter, and two thirds letters or spaces.
func isLatin1(data []byte) bool {
	high, plain := 0, 0
	for i, c := range data {
		if latinLetter(c) || c == ' ' {
			plain++
		}
		switch {
		case c < 0x20 && !textControl(c), c >= 0x7f && c < 0xa0:
			return false
		case c >= 0xa0:
			high++
			if (i == 0 || !latinLetter(data[i-1])) && (i+1 >= len(data) || !latinLetter(data[i+1])) {
				return false
			}
		}
	}
	return high > 0 && 3*high < len(data) && 3*plain >= 2*len(data)
}

// latinLetter reports whether a byte is a letter in ISO 8859-1.
func latinLetter(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0xc0 && c != 0xd7 && c != 0xf7
}

// latinBits is the evidence that data is text in ISO 8859-1; a high letter counts as in UTF-8. Case
// that changes inside a word speaks against it: short random bytes would pass otherwise.
func latinBits(data []byte) float32 {
	var sum float32
	before := byte(0)
	for _, c := range data {
		switch {
		case c < utf8.RuneSelf:
			sum += textGain(c)
		case latinLetter(c):
			sum += 1.6
		default:
			sum -= 6 // heads of MessagePack and CBOR are here, and signs that few texts have
		}
		if latinLetter(before) && latinLetter(c) && latinUpper(c) && !latinUpper(before) {
			sum -= 6
		}
		before = c
	}
	return sum
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
