package profile

import (
	"encoding/binary"
	"encoding/json"
	"strings"
)

// jsonMembers are the names of the members of a JSON object. Of an object that was cut off, those
// that can be read.
func jsonMembers(text string) map[string]bool {
	out := map[string]bool{}
	dec := json.NewDecoder(strings.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return out
	}
	for dec.More() {
		name, err := dec.Token()
		word, ok := name.(string)
		if err != nil || !ok {
			return out
		}
		out[word] = true
		var skip json.RawMessage
		if dec.Decode(&skip) != nil {
			return out
		}
	}
	return out
}

// isMap and isContainer judge the first byte of msgpack
// (github.com/msgpack/msgpack/blob/master/spec.md).
func isMap(c byte) bool { return c&0xf0 == 0x80 || c == 0xde || c == 0xdf }

func isContainer(c byte) bool { return isMap(c) || c&0xf0 == 0x90 || c == 0xdc || c == 0xdd }

// msgpackLen is the length of the msgpack object at the start of s, -1 when it is none or goes on
// behind the end. It keeps no stack: it counts the objects that have to follow.
func msgpackLen(s string) int {
	pos := 0
	for left := 1; left > 0; left-- {
		if pos >= len(s) {
			return -1
		}
		size, more, ok := msgpackHead(s[pos:])
		if !ok || size > len(s)-pos || more > len(s) {
			return -1
		}
		pos += size
		left += more
	}
	return pos
}

// msgpackHead is the length of an object without its elements, and how many these are.
func msgpackHead(s string) (size, more int, ok bool) {
	c := s[0]
	switch {
	case c <= 0x7f, c >= 0xe0, c == 0xc0, c == 0xc2, c == 0xc3:
		return 1, 0, true
	case c <= 0x8f:
		return 1, 2 * int(c&0x0f), true
	case c <= 0x9f:
		return 1, int(c & 0x0f), true
	case c <= 0xbf:
		return 1 + int(c&0x1f), 0, true
	case c == 0xc1:
		return 0, 0, false
	case c >= 0xca && c <= 0xd3: // float32, float64, uint8 … int64
		return 1 + [...]int{4, 8, 1, 2, 4, 8, 1, 2, 4, 8}[c-0xca], 0, true
	case c >= 0xd4 && c <= 0xd8: // fixext
		return 2 + 1<<(c-0xd4), 0, true
	}
	return msgpackLong(c, s)
}

// msgpackLong are the heads that tell a length of 1, 2 or 4 bytes.
func msgpackLong(c byte, s string) (size, more int, ok bool) {
	width := map[byte]int{
		0xc4: 1, 0xc5: 2, 0xc6: 4, 0xc7: 1, 0xc8: 2, 0xc9: 4, 0xd9: 1, 0xda: 2, 0xdb: 4,
		0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4,
	}[c]
	if width == 0 || len(s) < 1+width {
		return 0, 0, false
	}
	var raw [4]byte
	copy(raw[4-width:], s[1:1+width])
	n := int(binary.BigEndian.Uint32(raw[:]))
	switch {
	case c >= 0xde:
		return 1 + width, 2 * n, true
	case c >= 0xdc:
		return 1 + width, n, true
	case c >= 0xc7 && c <= 0xc9: // ext: one byte for its type
		return 2 + width + n, 0, true
	}
	return 1 + width + n, 0, true
}
