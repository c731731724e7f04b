package decoders

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Which message of a schema a payload is, is judged by the same evidence as its format: the bits that
// a type saves against any well-formed message. A type comes into question only when it explains
// everything: all fields known, with the wire types they must have, strings UTF-8, enums with known
// numbers, required fields there.

// Evidence, in bits.
const (
	bitsKnown   = 1.5  // a field has a number that the type knows, and its wire type
	bitsEnum    = 3    // the number of an enum has a name
	bitsBool    = 3    // a varint is 0 or 1, where it must be
	bitsString  = 2    // a string is text
	bitsMessage = 2    // a message is one, from end to end
	bitsMeaning = 8    // a well-known type holds what it must
	lossDefault = -4   // a default that encoders leave out is there
	lossTwice   = -6   // a field that is not repeated comes again
	lossWide    = -4   // a number has more bits than its type
	lossBytes   = -1   // bytes may be anything
	lossAbsent  = -1.5 // for each doubling of the number of fields that are not there

	// mostSchema is the most that a schema speaks for protobuf, in bits.
	mostSchema = 24
	// clearShare is the share of the probability that a type needs to be taken; below it nothing
	// but the wire is shown, and the types are runner-ups.
	clearShare = 0.9
	// matchBytes bounds what all types of a schema together may look at, in bytes of payload.
	matchBytes = 4 << 20
	// shownMatches is how many types a result names.
	shownMatches = 4
)

// match is a type that explains a payload.
type match struct {
	message *messageType
	bits    float64
	known   int     // fields of the payload, at all levels
	share   float64 // of the probability, among all that match
}

// matches ranks the types of the schema that explain data, the best first. cut says that the data ends
// inside a field.
func (s *Schema) matches(data []byte, cut bool) []match {
	if s == nil || len(data) == 0 {
		return nil
	}
	seen := data[:min(len(data), evidenceBytes)]
	var list []match
	cut = cut || len(seen) < len(data)
	budget := matchBytes
	for _, name := range s.names {
		if isWellKnown(name) {
			continue
		}
		m := matcher{data: seen, budget: budget}
		if t := s.messages[name]; m.message(t, region{end: len(seen), cut: cut}, 0, 0) {
			list = append(list, match{message: t, bits: m.bits, known: m.known})
		}
		if budget = m.budget - 1; budget <= 0 {
			break
		}
	}
	slices.SortStableFunc(list, func(a, b match) int { return cmp.Compare(b.bits, a.bits) })
	sum := 0.0
	for i := range list {
		list[i].share = math.Exp2((list[i].bits - list[0].bits) / 2)
		sum += list[i].share
	}
	for i := range list {
		list[i].share /= sum
	}
	return list
}

// clearMatch is the type that is beyond doubt among those that match; nil when there is none.
func clearMatch(list []match) *match {
	if len(list) > 0 && list[0].share >= clearShare {
		return &list[0]
	}
	return nil
}

// reason tells what speaks for a type.
func (m *match) reason() string {
	return fmt.Sprintf("%s, %s known", m.message.name, plural(m.known, "field"))
}

// guess holds a payload that may be protobuf against the schema. What a type explains speaks for
// protobuf, but never makes it of text, and has to be twice as good where the payload is exactly one item
// of another format.
func (d *decoding) guess(c candidate, data []byte, text bool) candidate {
	_, why := protoSkip(data)
	c.types = d.schema.matches(data, why == breakEnd)
	if len(c.types) == 0 || text {
		return c
	}
	bits := c.types[0].bits - math.Log2(float64(len(d.schema.names)))
	if gMsgpack.ending(data).whole || gCBOR.ending(data).whole {
		bits /= 2
	}
	c.score += float32(min(max(bits, 0), mostSchema))
	return c
}

// bestType reads data as the type that is beyond doubt among those that explain it, or without one,
// with the types as runner-ups. odds is the probability that data is protobuf.
func (d *decoding) bestType(data []byte, types []match, layer Layer, odds float64) *Result {
	var r *Result
	rest := types
	if best := clearMatch(types); best != nil {
		r = d.typedProto(best.message, data)
		rest = types[1:]
		layer.Message = best.message.name
		if layer.Reason != ReasonPinned {
			layer.Reason = best.reason() + ", " + strings.TrimSuffix(layer.Reason, ", "+plural(best.known, "field"))
			layer.Confidence = min(odds*best.share, surest)
		}
	} else {
		r = d.build(formatProtobuf, data)
	}
	r.Layers[0] = layer
	for _, m := range rest[:min(len(rest), shownMatches)] {
		if p := odds * m.share; p >= leastShown {
			r.Also = append(r.Also, Guess{Format: formatProtobuf + ":" + m.message.name, Confidence: p})
		}
	}
	return r
}

// leastShown is the least confidence of a runner-up.
const leastShown = 0.02
