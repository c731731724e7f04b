package decoders

import (
	"math"
	"math/bits"
	"unicode/utf8"
)

// Evidence is counted in bits that an explanation of the bytes saves against random bytes. An
// explanation has to beat the null hypothesis "binary", which is free to take stretches for text.
// Only the first evidenceBytes of a payload are looked at.
const evidenceBytes = 16 << 10

// switchBits is what the null hypothesis pays to change between random bytes and text.
const switchBits = 6

// textGain is the bits an ASCII byte saves when it is text.
func textGain(c byte) float32 {
	switch {
	case c >= 'a' && c <= 'z', c == ' ':
		return 3.2
	case c >= '0' && c <= '9':
		return 2.9
	case c == '_', c == '-', c == '.', c == '/', c == ':', c == ',', c == '"':
		return 2.6
	case c >= 'A' && c <= 'Z':
		return 2.2
	case c >= 0x20 && c < 0x7f:
		return 1.2
	case c == '\n', c == '\t', c == '\r':
		return 0.8
	case c == 0x1b:
		return -1
	default:
		return -7
	}
}

// runeGain is the gain and the length of the character at the start of s; size 0 is no UTF-8.
func runeGain(s []byte) (gain float32, size int) {
	if s[0] < utf8.RuneSelf {
		return textGain(s[0]), 1
	}
	r, n := utf8.DecodeRune(s)
	switch {
	case r == utf8.RuneError && n <= 1:
		return 0, 0
	case r < 0xa0:
		return -8, n
	default:
		return 1.6 * float32(n), n
	}
}

// notUTF8 is the loss of a string that breaks off at bytes that are no UTF-8.
const notUTF8 = -20

// stringBits is the evidence of a string's content.
func stringBits(s []byte) float32 {
	var sum float32
	for i := 0; i < len(s); {
		gain, n := runeGain(s[i:])
		if n == 0 {
			return sum + notUTF8
		}
		sum += gain
		i += n
	}
	return sum
}

// nullBits is the evidence of the null hypothesis: the best path through the bytes that switches
// between "random", which saves nothing, and "text" (Viterbi over two states).
func nullBits(s []byte) float32 {
	random, text := float32(0), float32(-switchBits)
	for i := 0; i < len(s); {
		gain, n := runeGain(s[i:])
		if n == 0 {
			gain, n = -8, 1
		}
		stay := text + gain
		text = max(stay, random+gain-switchBits)
		random = max(random, stay-switchBits)
		i += n
	}
	return max(random, text)
}

// scorer sums the evidence of one grammar over a tree.
type scorer struct {
	t    *Tree
	odds *odds
	sum  float32
}

// treeBits is the evidence that a tree's tokens are what real encoders write.
func treeBits(t *Tree) float32 {
	s := scorer{t: t, odds: oddsOf(t.grammar)}
	for i := range t.nodes {
		s.node(i)
	}
	return s.sum
}

func (s *scorer) node(i int) {
	n := &s.t.nodes[i]
	if n.role() == roleValue {
		s.key(int(n.ref))
	}
	if n.kind == kindSeq || n.kind == kindEntry {
		return
	}
	h := s.t.headOf(i)
	s.token(h, s.t.data[n.start], s.place(i))
	switch {
	case n.kind == kindTag:
		s.sum += s.tag(i, h.arg)
	case h.open:
	case n.kind == kindText:
		content, _ := s.t.text(i, 0)
		s.sum += stringBits(content)
	case n.kind == kindBytes:
		s.sum += nullBits(s.t.raw(i, 0))
	case n.kind == kindExt:
		s.ext(h, s.t.raw(i, 0))
	}
}

// place is where node i stands.
func (s *scorer) place(i int) context {
	n := &s.t.nodes[i]
	switch n.role() {
	case roleRoot:
		return inTop
	case roleKey:
		return inKey
	case roleItem:
		prev := &s.t.nodes[i-1]
		switch {
		case n.depth == 1 && s.t.nodes[0].kind == kindSeq:
			return inTop
		case prev.depth == n.depth && (prev.kind == kindUint || prev.kind == kindNegint):
			return afterInt
		}
	default:
	}
	return inValue
}

// key scores the scalar key at an offset.
func (s *scorer) key(off int) {
	d := s.t.data[off:]
	h := s.t.grammar.readHead(d)
	s.token(h, d[0], inKey)
	content := d[h.size : h.size+int(h.content())]
	if h.kind == kindText {
		s.sum += stringBits(content)
	} else {
		s.sum += nullBits(content)
	}
}

// token scores a head: its initial byte where it stands, and its argument.
func (s *scorer) token(h head, c byte, ctx context) {
	s.sum += s.odds[ctx][c]
	switch h.kind {
	case kindUint, kindNegint:
		if width := int(h.width) * 8; width >= 32 {
			s.sum += float32(max(-0.5, float64(width-6-bits.Len64(h.arg))))
		}
	case kindFloat:
		s.sum += floatBits(h)
	default:
	}
	if h.width > 0 && h.kind != kindFloat && bits.Len64(h.arg) <= 4*int(h.width) && h.width > 1 {
		s.sum-- // longer than it needs to be
	}
}

// floatBits judges a float: numbers people send have middling exponents and few digits.
func floatBits(h head) float32 {
	v := h.float()
	if v == 0 || math.IsInf(v, 0) {
		return 20
	}
	exp, reach := math.Ilogb(v), float32(4.5)
	loss := float32(-4)
	if h.width < 8 {
		reach, loss = 1.8, -3
	}
	if math.IsNaN(v) || exp < -30 || exp > 45 {
		return loss
	}
	return reach + float32(max(0, bits.TrailingZeros64(h.arg)-4))
}

// ext scores an extension: the specification gives the negative types away, and only one is taken.
func (s *scorer) ext(h head, content []byte) {
	_, isTime := timestamp(content)
	switch {
	case h.ext == -1 && isTime:
		s.sum += 5
	case h.ext < 0:
		s.sum -= 12
	default:
		s.sum += nullBits(content)
	}
}

// tag scores a CBOR tag, and the content that RFC 8949 §3.4 asks for under the first four.
func (s *scorer) tag(i int, number uint64) float32 {
	content := kindInvalid
	if s.t.nodes[i].count > 0 {
		content = s.t.nodes[i+1].kind
	}
	right := true
	switch number {
	case 0:
		right = content == kindText
	case 1:
		right = content == kindUint || content == kindNegint || content == kindFloat
	case 2, 3:
		right = content == kindBytes
	}
	switch {
	case !right && content != kindInvalid:
		return -10
	case number == 55799:
		return 12
	case tagName(number) != "":
		return 2
	default:
		return -5
	}
}
