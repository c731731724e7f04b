package decoders

import (
	"bytes"
	"unicode/utf8"
)

// isText reports whether d is text: UTF-8 without control characters but for white space and
// escape. The last rune may be cut.
func isText(d []byte) bool {
	for i := 0; i < len(d); {
		c := d[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRune(d[i:])
			if r == utf8.RuneError && n <= 1 {
				return i > 0 && len(d)-i < utf8.UTFMax && !utf8.FullRune(d[i:])
			}
			i += n
			continue
		}
		if c < 0x20 && !textControl(c) || c == 0x7f {
			return false
		}
		i++
	}
	return true
}

// textControl is the control characters that occur in text.
func textControl(c byte) bool {
	return c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == 0x1b
}

// numberLike reports whether text is a lone JSON scalar that people mean as text: a number or one
// of the three words.
func numberLike(d []byte) bool {
	d = bytes.TrimSpace(d)
	switch string(d[:min(len(d), 6)]) {
	case "true", "false", "null":
		return true
	}
	if len(d) == 0 || len(d) > 400 {
		return false
	}
	w := walker{data: d, grammar: gJSON}
	return (d[0] == '-' || d[0] >= '0' && d[0] <= '9') && w.jsonNumber() && w.off == len(d)
}

// base64Like reports whether text is made of base64's characters only and long enough to try.
// UUIDs, numbers and words that a hyphen joins are not.
func base64Like(d []byte) bool {
	d = bytes.TrimSpace(d)
	if len(d) < 8 || isUUID(d) {
		return false
	}
	digits, padding := 0, 0
	for _, c := range d {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '=':
			padding++
			continue
		case c|0x20 >= 'a' && c|0x20 <= 'z', c == '+', c == '/', c == '-', c == '_', c == '\r', c == '\n':
		default:
			return false
		}
		if padding > 0 && c != '\r' && c != '\n' {
			return false
		}
	}
	return padding <= 2 && digits < len(d)-padding
}

// hexLike reports whether text is an even number of hex digits, at least eight bytes of them.
func hexLike(d []byte) bool {
	d = bytes.TrimSpace(d)
	if len(d) < 16 || len(d)%2 != 0 {
		return false
	}
	letters := 0
	for _, c := range d {
		if !isHex(c) {
			return false
		}
		if c > '9' {
			letters++
		}
	}
	return letters > 0
}

func isUUID(d []byte) bool {
	return len(d) == 36 && isUUIDPrefix(d)
}

// isUUIDPrefix reports whether a UUID may begin with d.
func isUUIDPrefix(d []byte) bool {
	for i, c := range d {
		if hyphen := i == 8 || i == 13 || i == 18 || i == 23; hyphen != (c == '-') || !hyphen && !isHex(c) {
			return false
		}
	}
	return true
}
