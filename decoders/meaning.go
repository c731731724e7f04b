package decoders

import (
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"net/netip"
	"strconv"
	"time"
)

// nearby is how many nodes Key and Value look back for the container of a node with a registered
// name, so that a row costs little in a long array. Structures that have such names are small.
const nearby = 512

// named is the container of node i when its keys or items have registered names.
func (t *Tree) named(i int) vocabulary {
	depth := t.nodes[i].depth
	if t.names == nil || depth == 0 {
		return vNone
	}
	for p := i - 1; p >= max(i-nearby, 0); p-- {
		if t.nodes[p].depth < depth {
			return t.names[uint32(p)]
		}
	}
	return vNone
}

// name is the registered name of what node i is to its container, "" for most.
func (t *Tree) name(i int) string {
	v := t.named(i)
	if v == vNone {
		return ""
	}
	n := &t.nodes[i]
	if n.role() == roleItem {
		return itemName(v, int(n.ref))
	}
	key, ok := t.intKey(n)
	if !ok {
		return ""
	}
	return keyName(v, key)
}

// note is what an integer stands for in its place: the name of an algorithm, the time of a claim.
func (t *Tree) note(i int) string {
	n := &t.nodes[i]
	if n.flags&flagBare != 0 {
		return t.authNote(n)
	}
	if n.kind != kindUint && n.kind != kindNegint && n.kind != kindFloat {
		return ""
	}
	v := t.named(i)
	key, ok := t.intKey(n)
	if v == vNone || !ok {
		return ""
	}
	if v == vClaims && key >= 4 && key <= 6 { // exp, nbf, iat are NumericDates (RFC 8392 §3.1)
		if when, ok := epochTime(t.headOf(i)); ok {
			return when.Format(rfc3339)
		}
	}
	value, ok := intAt(t.data, int(n.start))
	if !ok {
		return ""
	}
	return valueName(v, key, value)
}

// appendMeaning appends what a tag says of its content, when the content is as the tag's
// specification demands; false otherwise. It is text for people, of bounded length.
func (t *Tree) appendMeaning(dst []byte, i int) ([]byte, bool) {
	n := &t.nodes[i]
	if n.kind != kindTag || n.count == 0 || n.cut() {
		return dst, false
	}
	if when, ok := t.timeOf(i); ok {
		return when.AppendFormat(dst, rfc3339), true
	}
	if v, ok := t.bigOf(i); ok {
		return v.Append(dst, 10), true
	}
	tag := t.headOf(i).arg
	switch tag {
	case 4, 5:
		return t.appendFraction(dst, i, tag)
	case 21, 22, 23, 37, 52, 54:
		return t.appendEncoded(dst, i, tag)
	case 32, 33, 34, 35, 1004:
		return t.appendTagged(dst, i, tag)
	case 100:
		if days, ok := t.intOf(i + 1); ok && days > -1e6 && days < 1e7 {
			if when, ok := plainTime(days*86400, 0); ok {
				return when.AppendFormat(dst, time.DateOnly), true
			}
		}
	}
	return dst, false
}

// appendTagged appends the content of a tag over text: URI (RFC 3986), base64url and base64 text,
// regular expression, date (RFC 8943).
func (t *Tree) appendTagged(dst []byte, i int, tag uint64) ([]byte, bool) {
	c := &t.nodes[i+1]
	if c.kind != kindText {
		return dst, false
	}
	s, valid := t.text(i+1, maxText)
	if !valid || len(s) >= maxText || ambiguousControl(s) {
		return dst, false
	}
	switch tag {
	case 35:
		return append(append(append(dst, '/'), s...), '/'), true
	case 1004:
		if _, err := time.Parse(time.DateOnly, string(s)); err != nil {
			return dst, false
		}
	}
	return append(dst, s...), true
}

func ambiguousControl(s []byte) bool {
	for _, c := range s {
		if c < 0x20 || c == 0x7f {
			return true
		}
	}
	return len(s) == 0
}

// appendEncoded appends bytes as their tag wants them: base64url, base64, base16 (RFC 8949 §3.4.5.2),
// UUID (RFC 9562), IPv4 and IPv6 addresses (RFC 9164).
func (t *Tree) appendEncoded(dst []byte, i int, tag uint64) ([]byte, bool) {
	if t.nodes[i+1].kind != kindBytes {
		return dst, false
	}
	b := t.raw(i+1, maxHex+1)
	switch {
	case tag == 37 && len(b) == 16:
		for at, size := range []int{4, 2, 2, 2, 6} {
			if at > 0 {
				dst = append(dst, '-')
			}
			dst, b = hex.AppendEncode(dst, b[:size]), b[size:]
		}
		return dst, true
	case tag == 52 && len(b) == 4, tag == 54 && len(b) == 16:
		addr, _ := netip.AddrFromSlice(b)
		return addr.AppendTo(dst), true
	case tag > 23 || len(b) > maxHex:
		return dst, false
	case tag == 21:
		return base64.RawURLEncoding.AppendEncode(dst, b), true
	case tag == 22:
		return base64.StdEncoding.AppendEncode(dst, b), true
	default:
		return hex.AppendEncode(dst, b), true
	}
}

// widest bounds the decimal exponent that a fraction is written out with.
const widest = 64

// appendFraction appends a decimal fraction or a bigfloat (RFC 8949 §3.4.4): exactly and written out
// where that is short, else as mantissa and exponent.
func (t *Tree) appendFraction(dst []byte, i int, tag uint64) ([]byte, bool) {
	c := i + 1
	if t.nodes[c].kind != kindArray || t.nodes[c].count != 2 || t.nodes[c].cut() {
		return dst, false
	}
	exp, ok := t.intOf(c + 1)
	m, isInt := t.integerOf(t.End(c + 1))
	if !ok || !isInt {
		return dst, false
	}
	if exp < -widest || exp > widest {
		dst = m.Append(dst, 10)
		if tag == 5 {
			dst = append(dst, "×2^"...)
		} else {
			dst = append(dst, 'e')
		}
		return strconv.AppendInt(dst, exp, 10), true
	}
	if tag == 4 {
		return appendDecimal(dst, m, int(exp)), true
	}
	if exp >= 0 {
		return new(big.Int).Lsh(m, uint(exp)).Append(dst, 10), true
	}
	// m/2^k is m·5^k/10^k.
	five := new(big.Int).Exp(big.NewInt(5), big.NewInt(-exp), nil)
	return appendDecimal(dst, five.Mul(five, m), int(exp)), true
}

// appendDecimal appends m·10^exp without an exponent.
func appendDecimal(dst []byte, m *big.Int, exp int) []byte {
	digits := new(big.Int).Abs(m).Append(nil, 10)
	if m.Sign() < 0 {
		dst = append(dst, '-')
	}
	for ; exp > 0 && m.Sign() != 0; exp-- {
		digits = append(digits, '0')
	}
	if exp >= 0 {
		return append(dst, digits...)
	}
	for len(digits) <= -exp {
		digits = append([]byte{'0'}, digits...)
	}
	point := len(digits) + exp
	return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
}

// intOf is a node that is an integer of 64 bits.
func (t *Tree) intOf(i int) (int64, bool) {
	if i >= len(t.nodes) || t.grammar != gCBOR || t.nodes[i].kind != kindUint && t.nodes[i].kind != kindNegint {
		return 0, false
	}
	return intAt(t.data, int(t.nodes[i].start))
}

// integerOf is a node that is an integer of any size.
func (t *Tree) integerOf(i int) (*big.Int, bool) {
	if i >= len(t.nodes) {
		return nil, false
	}
	if v, ok := t.bigOf(i); ok {
		return v, true
	}
	switch t.nodes[i].kind {
	case kindUint, kindNegint:
		v, ok := new(big.Int).SetString(string(appendInt(nil, t.headOf(i))), 10)
		return v, ok
	default:
		return nil, false
	}
}
