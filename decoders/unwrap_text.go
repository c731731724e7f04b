package decoders

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
)

// unBase64 decodes base64 of either alphabet, padded or not, with line breaks (RFC 4648 §4, §5).
func unBase64(d []byte, limit int) unwrapped {
	s := make([]byte, 0, len(d))
	for _, c := range d {
		switch c {
		case '\n', '\r', ' ', '\t':
			continue
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		s = append(s, c)
	}
	s = bytes.TrimRight(s, "=")
	n, err := base64.RawStdEncoding.Decode(s, s) // never writes beyond what it has read
	return limited("base64", s[:n], len(d), limit, err)
}

// unHex decodes hex digits with white space and colons between them.
func unHex(d []byte, limit int) unwrapped {
	s := make([]byte, 0, len(d))
	for _, c := range d {
		switch c {
		case '\n', '\r', ' ', '\t', ':':
		default:
			s = append(s, c)
		}
	}
	n, err := hex.Decode(s, s)
	return limited("hex", s[:n], len(d), limit, err)
}
