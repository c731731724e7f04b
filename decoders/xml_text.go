package decoders

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// unescapeXML replaces the five entities of XML (www.w3.org/TR/xml/#sec-predefined-ent), character
// references and line ends; other entities stay as they stand. In the value of an attribute white
// space is a space each.
func unescapeXML(s []byte, attribute bool) []byte {
	if bytes.IndexByte(s, '&') < 0 && bytes.IndexByte(s, '\r') < 0 && !attribute {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '\r', '\n', '\t':
			if c == '\r' && i+1 < len(s) && s[i+1] == '\n' {
				continue
			}
			switch {
			case attribute:
				c = ' '
			case c == '\r':
				c = '\n'
			}
			out = append(out, c)
		case '&':
			r, size := entity(s[i:])
			if size == 0 {
				out = append(out, c)
				break
			}
			out = utf8.AppendRune(out, r)
			i += size - 1
		default:
			out = append(out, c)
		}
	}
	return out
}

// entity reads a reference at the start of s that stands for one character; size is 0 for others.
func entity(s []byte) (r rune, size int) {
	const longest = 12
	end := bytes.IndexByte(s[:min(len(s), longest)], ';')
	if end < 2 {
		return 0, 0
	}
	switch name := string(s[1:end]); {
	case name == "lt":
		return '<', end + 1
	case name == "gt":
		return '>', end + 1
	case name == "amp":
		return '&', end + 1
	case name == "apos":
		return '\'', end + 1
	case name == "quot":
		return '"', end + 1
	case name[0] == '#':
		base, digits := 10, name[1:]
		if len(digits) > 1 && digits[0] == 'x' {
			base, digits = 16, digits[1:]
		}
		n, err := strconv.ParseUint(digits, base, 32)
		if err == nil && isXMLChar(rune(n)) && n <= utf8.MaxRune {
			return rune(n), end + 1
		}
	}
	return 0, 0
}

// isXMLChar follows www.w3.org/TR/xml/#charsets.
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd || r >= 0x10000 && r <= 0x10ffff
}

// unescapePython undoes the escapes of a string literal of Python 2.
func unescapePython(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 >= len(s) {
			out = append(out, s[i])
			continue
		}
		i++
		if s[i] == 'x' && i+2 < len(s) {
			if n, err := strconv.ParseUint(string(s[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		switch at := bytes.IndexByte([]byte(`nrt\'"`), s[i]); {
		case at >= 0:
			out = append(out, "\n\r\t\\'\""[at])
		default:
			out = append(out, '\\', s[i])
		}
	}
	return out
}

// rawUnicode undoes Python's raw-unicode-escape.
func rawUnicode(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		digits := 0
		if s[i] == '\\' && i+1 < len(s) {
			switch s[i+1] {
			case 'u':
				digits = 4
			case 'U':
				digits = 8
			}
		}
		if digits > 0 && i+2+digits <= len(s) {
			if n, err := strconv.ParseUint(string(s[i+2:i+2+digits]), 16, 32); err == nil {
				out = utf8.AppendRune(out, rune(n))
				i += 1 + digits
				continue
			}
		}
		out = utf8.AppendRune(out, rune(s[i]))
	}
	return out
}
