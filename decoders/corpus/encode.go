package corpus

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"
)

// encoding is a document in a format.
type encoding struct {
	format string
	accept []string
	data   []byte
}

// encodings writes a document with every encoder, each with options of chance. An encoder that refuses
// a document of ours is a fault of this package.
func (m *maker) encodings(doc any) []encoding {
	out := []encoding{
		{"msgpack", nil, m.msgpack(doc)},
		{"cbor", nil, m.cbor(doc)},
		{"cbor", nil, m.openCBOR(doc)},
		{"json", nil, m.json(doc)},
	}
	if m.knows("protobuf") {
		out = append(out, encoding{"protobuf", nil, m.protobuf(3+m.IntN(6), 2)})
	}
	if d, ok := doc.(map[string]any); ok && m.knows("bson") {
		out = append(out, encoding{"bson", nil, bson(d)})
	}
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("corpus: %v", err))
	}
	return v
}

func (m *maker) msgpack(doc any) []byte {
	var b bytes.Buffer
	enc := msgpack.NewEncoder(&b)
	enc.SetSortMapKeys(true)
	enc.UseCompactInts(m.yes())
	enc.UseCompactFloats(m.yes())
	must(0, enc.Encode(doc))
	return b.Bytes()
}

func (m *maker) cbor(doc any) []byte {
	opt := pick(m, cbor.EncOptions{Sort: cbor.SortBytewiseLexical}, cbor.EncOptions{Sort: cbor.SortLengthFirst}, cbor.CoreDetEncOptions(), cbor.CTAP2EncOptions())
	data := must(must(opt.EncMode()).Marshal(doc))
	if m.IntN(10) == 0 {
		data = append([]byte{0xd9, 0xd9, 0xf7}, data...)
	}
	return data
}

// openCBOR writes the outermost container with indefinite length.
func (m *maker) openCBOR(doc any) []byte {
	mode := must(cbor.EncOptions{Sort: cbor.SortBytewiseLexical}.EncMode())
	data := must(mode.Marshal(doc))
	major, rest := data[0]>>5, data[1:]
	if data[0]&0x1f > 23 || major != 4 && major != 5 {
		return data
	}
	return append(append([]byte{major<<5 | 31}, rest...), 0xff)
}

func (m *maker) json(doc any) []byte {
	if m.IntN(3) == 0 {
		return must(json.MarshalIndent(doc, "", "  "))
	}
	return must(json.Marshal(doc))
}

// damaged adds an encoding cut, as a beginning, twice, with rubbish behind it, and with one byte
// changed.
func (m *maker) damaged(name string, e encoding) {
	if e.format == "bson" || e.format == "protobuf" {
		return
	}
	n := len(e.data)
	c := Case{Template: name, Want: e.format}
	if n >= 24 {
		c.Class, c.Data = classCut, e.data[:12+m.IntN(n-12)]
		c.Undecidable = tokens(e, len(c.Data)) < 3
		m.add(c)
		c.Class, c.Partial = classPrefix, true
		m.add(c)
	}
	c = Case{Template: name, Want: e.format, Class: classSequence, Data: bytes.Repeat(e.data, 2+m.IntN(2))}
	if e.format == "json" {
		c.Want, c.Data = "ndjson", bytes.Join([][]byte{e.data, e.data, e.data}, []byte("\n"))
	}
	m.add(c)
	if e.format != "json" && n >= 12 {
		m.add(Case{Template: name, Want: e.format, Class: classTrailing, Data: append(bytes.Clone(e.data), m.noise(1+m.IntN(n/3))...)})
		flipped := bytes.Clone(e.data)
		flipped[m.IntN(n)] ^= 1 << m.IntN(8)
		m.add(Case{Template: name, Want: e.format, Class: classFlipped, Data: flipped, Undecidable: true})
	}
}

// tokens counts roughly the items that a cut leaves: what a string cut in its first letters says is
// next to nothing.
func tokens(e encoding, cut int) int {
	if e.format == "json" {
		return bytes.Count(e.data[:cut], []byte{'"'}) + bytes.Count(e.data[:cut], []byte{','})
	}
	return cut / 5
}
