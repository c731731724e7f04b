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

// A string that is no UTF-8 is one that breaks off, whose rest says nothing, or one whose bytes are
// only that, as encoders of the first MessagePack specification write them and as a broken byte leaves
// them. Both are rare.
const (
	notUTF8   = -20
	bytesOnly = -14
)

// stringBits is the evidence of a string's content.
func stringBits(s []byte) float32 {
	var sum float32
	for i := 0; i < len(s); {
		gain, n := runeGain(s[i:])
		if n == 0 {
			return max(sum+notUTF8, nullBits(s)+bytesOnly)
		}
		sum += gain
		i += n
	}
	return sum
}

// runesFrom leaves out the end of a character that a chunk before has begun.
func runesFrom(s []byte) []byte {
	for i := range min(len(s), utf8.UTFMax) {
		if utf8.RuneStart(s[i]) {
			return s[i:]
		}
	}
	return s
}

// What the null hypothesis saves by a byte in a stretch of numbers of fixed width, where most bytes are
// zero: counters, offsets, padding. Without it their zeros would speak for integers of a format.
const (
	zeroGain  = 2.5
	otherGain = -1
)

// nullBits is the evidence of the null hypothesis: the best path through the bytes that switches
// between "random", which saves nothing, "text" and "numbers" (Viterbi over three states).
func nullBits(s []byte) float32 {
	random, text, numbers := float32(0), float32(-switchBits), float32(-switchBits)
	for i := 0; i < len(s); {
		gain, n := runeGain(s[i:])
		if n == 0 {
			gain, n = -8, 1
		}
		number := float32(n) * otherGain
		if s[i] == 0 {
			number = zeroGain
		}
		enter := max(random, text, numbers) - switchBits
		text = max(text, enter) + gain
		numbers = max(numbers, enter) + number
		random = max(random, enter)
		i += n
	}
	return max(random, text, numbers)
}

// alignedBits is what a string of a length says by beginning and ending where an identifier does: of
// the places where lengths read by accident could cut a UUID (RFC 9562) out of text, one in 36 is this
// one. The end of the data may have cut s.
func alignedBits(s []byte, length uint64) float32 {
	const known = 14 // up to the second hyphen
	if length == 36 && len(s) >= known && isUUIDPrefix(s) {
		return 5
	}
	return 0
}

// scorer sums the evidence of one grammar over a tree.
type scorer struct {
	t       *Tree
	odds    *odds
	sum     float32
	records bool // a tag has defined a record of cbor-x
	last    [trackedDepth]lastKey
	items   [trackedDepth]uint32 // 1 + the offset of the item before, in the array that is open at a depth
	chunks  uint16               // the depth of the chunks of an open text; 0 outside
}

// trackedDepth is how deep the keys of maps, and the items of arrays, are compared with each other.
const trackedDepth = 16

// lastKey is the key before, in the map that is open at a depth.
type lastKey struct {
	kind  kind // kindShort before the first one
	value uint64
}

// What the neighbours of a token say, in bits. Maps have keys of one kind, and numbered ones count
// upwards; arrays have items of one kind, whose heads are the same.
const (
	bonusNextKey  = 7.4 // 8 + log2 .65
	lossOtherKey  = -6  // log2 .015
	bonusSameHead = 6.5 // 8 + log2 .35
	bonusNested   = 4   // a container that holds one like itself
	bonusSmall    = 0.7 // MessagePack: an integer in one byte after another, 8 + log2 (.8/128)
)

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
		s.key(int(n.ref), int(n.depth))
	}
	if n.kind == kindSeq || n.kind == kindEntry {
		return
	}
	if d := int(n.depth) + 1; d < trackedDepth && n.kind.container() {
		s.last[d], s.items[d] = lastKey{kind: kindShort}, 0
	}
	if n.depth < s.chunks {
		s.chunks = 0
	}
	h := s.t.headOf(i)
	s.token(h, s.t.data[n.start], s.place(i), s.like(i, h))
	switch {
	case n.kind == kindTag:
		s.sum += s.tag(i, h.arg)
	case h.open:
		if n.kind == kindText {
			s.chunks = n.depth + 1
		}
	case n.kind == kindText && n.depth == s.chunks:
		content, _ := s.t.text(i, 0)
		s.sum += stringBits(wholeRunes(runesFrom(content)))
	case n.kind == kindText:
		content, _ := s.t.text(i, 0)
		s.sum += stringBits(content) + alignedBits(content, h.arg)
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
		case prev.depth == n.depth && prev.kind == kindText:
			return afterText
		}
	default:
	}
	return inValue
}

// like is what a token's head is worth at least because the one before it is the same: a number in an
// array of numbers, or a container in a container. Heads without an argument may be a run of one byte
// and tell little.
func (s *scorer) like(i int, h head) float32 {
	n := &s.t.nodes[i]
	if i == 0 || n.role() != roleItem {
		return least
	}
	sibling := uint32(0)
	if int(n.depth) < trackedDepth {
		sibling, s.items[n.depth] = s.items[n.depth], n.start+1
	}
	if sibling == 0 {
		if parent := &s.t.nodes[i-1]; n.kind == kindArray && parent.depth+1 == n.depth && s.t.data[parent.start] == s.t.data[n.start] {
			return bonusNested
		}
		return least
	}
	return s.likeSibling(n, h, s.t.data[sibling-1])
}

// likeSibling compares an item with the head of the one before it.
func (s *scorer) likeSibling(n *node, h head, before byte) float32 {
	c := s.t.data[n.start]
	filled := n.kind.container() && n.count > 0
	number := h.width > 0 && (n.kind == kindUint || n.kind == kindNegint || n.kind == kindFloat)
	switch {
	case before == c && (filled || number):
		return bonusSameHead
	case s.t.grammar == gMsgpack && before < 0x80 && c < 0x80:
		return bonusSmall
	}
	return least
}

// least is below the bits of every head.
const least = -100

// key scores the scalar key at an offset, in a map whose entries are at a depth.
func (s *scorer) key(off, depth int) {
	d := s.t.data[off:]
	h := s.t.grammar.readHead(d)
	s.token(h, d[0], inKey, s.follows(h, depth))
	content := d[h.size : h.size+int(h.content())]
	if h.kind == kindText {
		s.sum += stringBits(content) + alignedBits(content, h.arg)
	} else {
		s.sum += nullBits(content)
	}
}

// follows compares a key with the one before it: it returns what its head is worth at least.
func (s *scorer) follows(h head, depth int) float32 {
	if depth >= trackedDepth {
		return least
	}
	before := s.last[depth]
	s.last[depth] = lastKey{h.kind, h.arg}
	switch {
	case before.kind == kindShort || before.kind == kindInvalid:
	case before.kind != h.kind && (before.kind == kindText || h.kind == kindText):
		s.sum += lossOtherKey
	case h.kind == before.kind && h.kind != kindText && h.arg == before.value+1:
		return bonusNextKey
	}
	return least
}

// token scores a head: its initial byte where it stands, worth at least what its neighbours say, and
// its argument.
func (s *scorer) token(h head, c byte, ctx context, atLeast float32) {
	s.sum += max(s.odds[ctx][c], atLeast)
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

// cbor-x defines a record by the first of these tags, around an array of an identifier, the keys and
// the first values; the identifier is the tag of the records that follow (its README, "Records").
const (
	tagRecord     = 57343
	lastTagRecord = 57343 + 256
)

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
	case number == tagRecord && content == kindArray:
		s.records = true
		return 13
	case s.records && number > tagRecord && number <= lastTagRecord:
		return 2
	case tagName(number) != "":
		return 2
	default:
		return -5
	}
}
