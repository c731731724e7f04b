// Package corpus makes payloads whose format is known, to measure how well decoders tells it. A seed
// decides everything: the same seed makes the same payloads. They are what services send each other,
// written by the encoders that services use, whole, cut, followed by others or by rubbish, compressed
// and in base64, and bytes that are in no format.
//
// Some payloads cannot be told by anybody: a single byte, a bare number, an identifier that happens
// to be base64. They are marked, and do not count.
package corpus

import (
	"math/rand/v2"
	"slices"

	"bustop/decoders"
)

// Case is a payload with its label.
type Case struct {
	// Template and Class say where it comes from: "order", "cut".
	Template string `json:"template,omitempty"`
	Class    string `json:"class"`
	// Want is the chain of formats as Result.Chain writes it.
	Want string `json:"want"`
	// Accept are chains that are as right as Want.
	Accept []string `json:"accept,omitempty"`
	Data   []byte   `json:"data"`
	// Undecidable says that the bytes alone do not tell the format.
	Undecidable bool `json:"undecidable,omitempty"`
	// Partial says that the reader knows that the payload goes on.
	Partial bool `json:"partial,omitempty"`
}

// Classes of payloads.
const (
	classWhole    = "whole"
	classCut      = "cut"
	classPrefix   = "prefix"
	classSequence = "concatenated"
	classTrailing = "trailing"
	classFlipped  = "flipped"
	classLayered  = "layered"
	classText     = "text"
	classBinary   = "binary"
	classScalar   = "scalar"
)

// maker is the state of one Generate.
type maker struct {
	*rand.Rand
	formats []string // that the decoders know
	out     []Case
}

// Generate makes count payloads.
func Generate(seed uint64, count int) []Case {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, 0x6275_7374_6f70)), formats: decoders.Formats()}
	for len(m.out) < count {
		m.round()
	}
	return m.out[:count]
}

// knows reports whether the decoders have a format; what they do not have is not asked for.
func (m *maker) knows(format string) bool { return slices.Contains(m.formats, format) }

func (m *maker) add(c Case) { m.out = append(m.out, c) }

// round makes one document in every way.
func (m *maker) round() {
	name, doc := m.document()
	for _, e := range m.encodings(doc) {
		m.add(Case{Template: name, Class: classWhole, Want: e.format, Accept: e.accept, Data: e.data})
		m.damaged(name, e)
	}
	es := m.encodings(doc)
	m.layered(name, es[m.IntN(len(es))])
	m.framed(name, es[m.IntN(len(es))])
	m.texts()
	m.charsets()
	m.binaries()
	m.gobs()
	m.scalars()
}

// pick is one of several.
func pick[T any](m *maker, of ...T) T { return of[m.IntN(len(of))] }

func (m *maker) noise(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(m.Uint32())
	}
	return out
}
