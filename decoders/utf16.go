package decoders

import (
	"encoding/binary"
	"math"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// Text in UTF-16 without a byte order mark (RFC 2781 §4.3) is known by its evidence. Units of text
// come from few scripts and stay in one, so each saves 16 bits less the choice of its script and of
// one character in it; for characters of ASCII that choice is textGain's.
const (
	priorUTF16  = -15 // rarely sent; and units of small numbers look like it
	lossHalf    = -8  // the last unit is cut
	leastUTF16  = 8   // bytes: four units
	lossUnknown = -16 // a character of a script that is not listed
	pairBits    = 14  // a surrogate pair, most of which are emoji
)

// script is a range of characters that texts stay in; group joins those that one language mixes.
type script struct {
	from, to rune
	group    uint8
}

// The groups that are spoken of.
const (
	groupNone uint8 = iota
	groupASCII
	groupSigns
)

func scripts() []script {
	return []script{
		{' ', '~', groupASCII},
		{0xa0, 0x24f, 3},
		{0x370, 0x3ff, 4},
		{0x400, 0x52f, 5},
		{0x590, 0x5ff, 6},
		{0x600, 0x6ff, 7},
		{0x900, 0xdff, 8},
		{0xe00, 0xe7f, 9},
		{0x10a0, 0x10ff, 10},
		{0x1e00, 0x1eff, 3},
		{0x2010, 0x20bf, groupSigns},
		{0x2100, 0x27bf, groupSigns},
		{0x3000, 0x30ff, 11},
		{0x4e00, 0x9fff, 11},
		{0xac00, 0xd7a3, 12},
		{0xff00, 0xffef, 11},
	}
}

// unitOdds are the group and the cost, in bits, of a character in its script, by its upper 12 bits.
type unitOdds struct {
	group [4096]uint8
	cost  [4096]float32
}

var unitTable = sync.OnceValue(func() *unitOdds { //nolint:gochecknoglobals // a constant table
	o := new(unitOdds)
	for _, s := range scripts() {
		for row := s.from >> 4; row <= s.to>>4; row++ {
			o.group[row], o.cost[row] = s.group, float32(math.Log2(float64(s.to-s.from+1)))
		}
	}
	return o
})

// utf16Bits is the evidence that data is text in UTF-16 of a byte order; false when it has units
// that text has not.
func utf16Bits(data []byte, order binary.ByteOrder) (float32, bool) {
	const stay, change = -0.3, -3.3 // log2 of .8 and .1
	t := unitTable()
	var sum float32
	last, before := groupASCII, rune(-1)
	for i := 0; i+2 <= len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		switch {
		case !textUnit(r):
			return 0, false
		case r == before && r >= utf8.RuneSelf: // a run tells nothing
			continue
		case utf16.IsSurrogate(r):
			if i+4 > len(data) {
				return sum, true
			}
			if utf16.DecodeRune(r, rune(order.Uint16(data[i+2:]))) == utf8.RuneError {
				return 0, false
			}
			i += 2
			sum += pairBits
			continue
		}
		before = r
		group := t.group[r>>4]
		step := float32(stay)
		switch {
		case r < utf8.RuneSelf:
			group = groupASCII
			sum += 8 + textGain(byte(r))
		case group == groupNone:
			sum += lossUnknown
			continue
		default:
			sum += 16 - t.cost[r>>4]
		}
		if group != last {
			if step = change; group != groupASCII && last != groupASCII {
				step = 3 * change
			}
			last = group
		}
		sum += step
	}
	return sum, true
}

// textUnit reports whether a unit of UTF-16 occurs in text: no control character but white space,
// none for private use, no non-character.
func textUnit(r rune) bool {
	switch {
	case r < 0x20:
		return textControl(byte(r))
	case r >= 0x7f && r < 0xa0, r >= 0xfdd0 && r < 0xfdf0, r >= 0xfffe, r >= 0xe000 && r < 0xf900:
		return false
	}
	return true
}

// bareOrder is the byte order in which data without a mark reads best as UTF-16, and the evidence for
// it; nil when it reads in neither.
func bareOrder(data []byte) (order binary.ByteOrder, bits float32) {
	for _, o := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		if b, ok := utf16Bits(data, o); ok && (order == nil || b > bits) {
			order, bits = o, b
		}
	}
	return order, bits
}

// weighUTF16 is the evidence that data is text in UTF-16 without a byte order mark; false when it
// cannot be.
func (d *decoding) weighUTF16(data []byte) (candidate, bool) {
	if len(data) < leastUTF16 {
		return candidate{}, false
	}
	order, bits := bareOrder(data[:min(len(data), evidenceBytes)])
	if order == nil {
		return candidate{}, false
	}
	reason := "big-endian without a byte order mark"
	if order == binary.LittleEndian {
		reason = "little-endian without a byte order mark"
	}
	if len(data)%2 != 0 && !d.partial {
		bits += lossHalf
	}
	return candidate{format: formatUTF16, reason: reason, score: bits + priorUTF16}, true
}
