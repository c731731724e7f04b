package decoders

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"
)

// What speaks for an explanation beside its bytes, in bits: how the item ends, and how often the
// format is met.
const (
	bonusWhole     = 6
	bonusContainer = 3
	bonusSequence  = 2
	lossItem       = -3 // for each further item of a sequence
	lossTrailing   = -6
	lossBroken     = -16 // less than half is left of it
	lossCut        = -8
	lossFew        = -4 // a cut item of fewer than three tokens
	bonusNamed     = 4  // a cut map whose keys are all text
	bonusHint      = 14 // declared, and the grammar consumes all

	priorMsgpack = -2
	priorCBOR    = -2.5
	priorBinary  = -5
	priorProto   = -5
	priorLatin1  = -4
	bonusByte    = 8 // a single byte is an integer in every format, and says nothing
	// A lone scalar that is nothing but ASCII is text that decodes by accident.
	priorASCII = -8
)

// surest is the highest confidence that a comparison of explanations gives: there may be one that
// nobody has thought of.
const surest = 0.99

// surestPart is the same for an explanation of a part of the bytes, and unknownFrame what is left for
// "binary" at least: a block of brotli or LZ4 that does not compress holds its content as it is, between
// bytes that no format here explains.
const (
	surestPart   = 0.97
	unknownFrame = 0.03
)

// candidate is one explanation of the bytes.
type candidate struct {
	format string
	reason string
	score  float32
	types  []match // messages of the schema that explain the bytes, the best first
	read   *walked // the walk over all of data that has weighed it; nil when there was none
	part   bool    // it leaves bytes unexplained, or the item goes on behind them
}

// judge ranks the explanations of bytes that nothing has settled before.
func (d *decoding) judge(data []byte, text bool, depth int) *Result {
	list := d.candidates(data, text)
	if depth >= d.limits.Layers {
		list = slices.DeleteFunc(list, func(c candidate) bool { return isWrapping(c.format) })
	}
	slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(b.score, a.score) })
	odds := softmax(list)
	layer := Layer{Format: list[0].format, Reason: list[0].reason, Confidence: min(odds[0], surest)}
	if list[0].part {
		layer.Confidence = min(odds[0], surestPart)
	}
	var r *Result
	switch {
	case isWrapping(layer.Format):
		r = d.below(d.open(layer.Format, data), data, layer, nil, depth)
	case len(list[0].types) > 0:
		r = d.bestType(data, list[0].types, layer, odds[0])
	case list[0].read != nil:
		r = d.result(layer.Format, data, *list[0].read)
		r.Layers[0] = layer
	default:
		r = d.build(layer.Format, data)
		r.Layers[0] = layer
	}
	for i, p := range odds[1:] {
		if list[0].part && list[i+1].format == formatBinary {
			p = max(p, unknownFrame)
		}
		if p >= 0.02 {
			r.Also = append(r.Also, Guess{Format: list[i+1].format, Confidence: p})
		}
	}
	slices.SortStableFunc(r.Also, func(a, b Guess) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return r
}

// softmax makes probabilities of scores: base 2, of half the score, since bits are not independent.
func softmax(list []candidate) []float64 {
	out, sum := make([]float64, len(list)), 0.0
	for i, c := range list {
		out[i] = math.Exp2(float64(c.score-list[0].score) / 2)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

func (d *decoding) candidates(data []byte, text bool) []candidate {
	seen := data[:min(len(data), evidenceBytes)]
	var list []candidate
	if text {
		score := stringBits(wholeRunes(seen))
		list = append(list, candidate{format: formatText, reason: "UTF-8 without control characters", score: score + d.priorOf(formatText)})
		if numberLike(data) {
			list = append(list, candidate{format: "json", reason: "a lone JSON value", score: score - 4})
		}
	} else {
		score := nullBits(seen) + priorBinary
		if len(data) == 1 {
			score += bonusByte
		}
		list = append(list, candidate{format: formatBinary, reason: "no format fits" + numbers(data), score: score + d.priorOf(formatBinary)})
		if isLatin1(data) {
			list = append(list, candidate{format: formatLatin1, reason: "ISO 8859-1 without control characters", score: latinBits(seen) + priorLatin1})
		}
		if c, ok := d.weighUTF16(data); ok {
			list = append(list, c)
		}
	}
	if c, ok := d.weighProto(data, text); ok {
		list = append(list, d.guess(c, data, text))
	}
	for _, g := range []grammar{gMsgpack, gCBOR} {
		if c, ok := d.weigh(g, data, text); ok {
			list = append(list, c)
		}
	}
	return list
}

// ending is how a grammar's items end in the payload.
type ending struct {
	whole bool // one item takes all bytes
	seq   bool // several items take all bytes
	items int
	first int  // end of the first item when it is whole but not all
	alike bool // the items after it are containers with something in them
}

func (g grammar) ending(data []byte) ending {
	s := g.skip(data, 0)
	e := ending{items: 1, whole: s.ok && s.end == len(data)}
	if s.ok && !e.whole {
		e.first = s.end
		if k, _, _ := g.lead(data, 0); k.container() {
			e.follow(g, data)
		}
	}
	return e
}

// follow counts the items after the first.
func (e *ending) follow(g grammar, data []byte) {
	e.alike = true
	for off := e.first; off < len(data) && e.items < maxItems; e.items++ {
		k, _, _ := g.lead(data, off)
		s := g.skip(data, off)
		if !s.ok {
			return
		}
		e.alike = e.alike && k.container() && s.nodes > 1
		off = s.end
	}
	e.seq = true
}

// weigh is the evidence that data is in a grammar; false when it cannot be. Bytes that are text
// can only be a single whole item.
func (d *decoding) weigh(g grammar, data []byte, text bool) (candidate, bool) {
	e := g.ending(data)
	if text && !e.whole {
		return candidate{}, false
	}
	c, ok := d.weighAs(g, data, e)
	if e.seq {
		// Bytes that do not belong to the first item may be items by accident.
		e.seq = false
		if trail, fits := d.weighAs(g, data, e); fits && (!ok || trail.score > c.score) {
			c, ok = trail, true
		}
	}
	if !ok {
		return candidate{}, false
	}
	switch {
	case d.hint == c.format && (e.whole || e.seq):
		c.score += bonusHint
		c.reason = "declared, " + c.reason
	case !text:
	case data[0] < utf8.RuneSelf || !isASCII(data[runeSize(data):]):
		// Text stays text. Only a short head before ASCII, a letter by accident, may be more.
		c.score = min(c.score+priorASCII, stringBits(wholeRunes(data[:min(len(data), evidenceBytes)]))-2)
	}
	return c, true
}

// weighAs is the evidence for a way in which a grammar's items end; false when that rules it out.
func (d *decoding) weighAs(g grammar, data []byte, e ending) (candidate, bool) {
	seen := data[:min(len(data), evidenceBytes)]
	w := walkBinary(g, seen, e.seq, len(seen)/4, d.limits)
	t := &w.tree
	if len(t.nodes) == 0 {
		return candidate{}, false
	}
	shape, ok := d.shape(w, e)
	if !ok {
		return candidate{}, false
	}
	c := candidate{format: g.name(), reason: e.reason(w), part: !e.whole && !e.seq && !d.partial}
	c.score = g.prior() + treeBits(t) + shape + restBits(w) + d.priorOf(c.format)
	return c, true
}

// restBits is the evidence of what a walk has left: an entry of a map that the end cuts, or nothing
// known.
func restBits(w walked) float32 {
	t := &w.tree
	rest := t.data[w.off:]
	null := nullBits(rest)
	if w.why != breakEnd || len(rest) == 0 {
		return null
	}
	k, size, arg := t.grammar.lead(rest, 0)
	if k != kindText {
		return null
	}
	odds := oddsOf(t.grammar)
	bits := odds[inKey][rest[0]]
	rest = rest[size:]
	if arg >= uint64(len(rest)) {
		return max(null, bits+stringBits(wholeRunes(rest)))
	}
	bits += stringBits(rest[:arg])
	rest = rest[arg:]
	return max(null, bits+odds[inValue][rest[0]]+nullBits(rest[1:]))
}

func (g grammar) prior() float32 {
	if g == gCBOR {
		return priorCBOR
	}
	return priorMsgpack
}

// shape is what the way an item ends says, in bits; false when it rules the grammar out.
func (d *decoding) shape(w walked, e ending) (float32, bool) {
	t := &w.tree
	top := t.nodes[0].kind
	if e.seq && t.Len() > 1 {
		top = t.nodes[1].kind
	}
	container := top.container()
	switch {
	case e.whole && container:
		return bonusWhole + bonusContainer, true
	case e.whole && d.partial:
		return 0, true // the end is nobody's
	case e.whole:
		return bonusWhole, true
	case !container:
		return 0, false
	case e.seq && e.alike:
		return max(bonusWhole+bonusContainer-float32(e.items-1), -40), true
	case e.seq:
		return max(bonusSequence+lossItem*float32(e.items-1), -40), true
	case w.why == breakEnd:
		return d.cutBits(t), true
	case 2*w.off < len(t.data):
		return lossBroken, t.tokens() >= 3
	case w.why == breakNone:
		return lossTrailing, true
	}
	return d.cutBits(t), true
}

// cutBits is what it says that the end of the data cuts an item.
func (d *decoding) cutBits(t *Tree) float32 {
	var loss float32
	if t.tokens() < 3 {
		loss += lossFew
	}
	if !d.partial {
		loss += lossCut
		if t.keys > 0 && !t.oddKeys {
			loss += bonusNamed
		}
	}
	return loss
}

// tokens counts the heads a tree was read from, keys included.
func (t *Tree) tokens() int {
	n := 0
	for i := range t.nodes {
		switch t.nodes[i].role() {
		case roleValue:
			n += 2
		case roleEntry:
		default:
			n++
		}
	}
	return n
}

func (e ending) reason(w walked) string {
	switch {
	case e.whole:
		return w.tree.describe("exact end, ")
	case e.seq && e.items >= maxItems:
		return w.tree.describe("a million items and more, ")
	case e.seq:
		return w.tree.describe("several items, exact end, ")
	case w.why == breakNone:
		return w.tree.describe("") + ", then bytes that do not belong to it"
	case w.why == breakEnd:
		return w.tree.describe("cut after ")
	default:
		return w.tree.describe("broken after ")
	}
}

func runeSize(d []byte) int {
	_, n := utf8.DecodeRune(d)
	return n
}

func isASCII(d []byte) bool {
	for _, c := range d {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
