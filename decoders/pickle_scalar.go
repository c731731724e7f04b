package decoders

import (
	"bytes"
)

// scalar pushes a number, a text, bytes or a constant.
func (r *pickleReader) scalar(s pickleStep) {
	f := facet{at: uint32(s.from), size: uint32(s.size)}
	d := r.data[s.from : s.from+s.size]
	var k kind
	switch s.code {
	case 'N':
		k, f = kindNull, facet{form: formNull}
	case 0x88, 0x89:
		k, f = kindBool, facet{form: formBool, ref: uint32(0x89 - s.code)}
	case 'K', 'M':
		k, f.code, f.form = kindUint, codeUintLE, formInt
	case 'J':
		k, f.form, f.code = intKind(intOfCoding(d, codeIntLE)), formInt, codeIntLE
	case 0x8a, 0x8b:
		k, f.form, f.code = kindNumber, formLong, codeBigLE
	case 'G':
		k, f.form, f.code = kindFloat, formFloat, codeFloatBE
	case 'I', 'L', 'F':
		k, f = r.digits(s, f)
	default:
		k, f = r.textual(s, f)
	}
	r.push(s, k, f)
}

// textual is text or bytes.
func (r *pickleReader) textual(s pickleStep, f facet) (kind, facet) {
	d := r.data[s.from : s.from+s.size]
	k := kindText
	switch s.code {
	case 'B', 'C', 0x8e, 'T', 'U':
		k, f.form = kindBytes, formBytes
		if s.code == 'T' || s.code == 'U' { // Python 2's str
			k, f.form = kindText, formString
		}
	case 0x96:
		k, f.form = kindBytes, formByteArray
	case 0x97:
		k, f.form = kindBytes, formBytes
	case 'S':
		if f.form, f.code = formString, codeEscaped; len(d) > 1 && (d[0] == '\'' || d[0] == '"') && d[len(d)-1] == d[0] {
			f.at, f.size = f.at+1, f.size-2
		}
	case 'V':
		f.form, f.code = formString, codeRawUnicode
	default:
		f.form = formString
	}
	return k, f
}

// digits is a number of protocol 0.
func (r *pickleReader) digits(s pickleStep, f facet) (kind, facet) {
	d := r.data[s.from : s.from+s.size]
	f.form, f.code = formInt, codeDigits
	switch {
	case s.code == 'I' && (string(d) == "01" || string(d) == "00"):
		return kindBool, facet{form: formBool, ref: uint32(d[1] - '0')}
	case s.code == 'L':
		f.form, f.size = formLong, uint32(len(bytes.TrimSuffix(d, []byte{'L'})))
	case s.code == 'F':
		f.form = formFloat
	}
	return kindNumber, f
}
