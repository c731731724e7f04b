package corpus

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"io"
	"unicode/utf16"

	"github.com/klauspost/compress/s2"
	"github.com/pierrec/lz4/v4"
)

// charsets adds text in other encodings than UTF-8.
func (m *maker) charsets() {
	if m.knows("utf-16") {
		s := pick(m, m.prose(3+m.IntN(9)), "автобус опаздывает "+m.word(), "バスは遅れています。次のバスをお待ちください。")
		order := pick[binary.AppendByteOrder](m, binary.LittleEndian, binary.BigEndian)
		var data []byte
		for _, u := range utf16.Encode([]rune(s)) {
			data = order.AppendUint16(data, u)
		}
		m.add(Case{Template: "utf-16 without a mark", Class: classText, Want: "utf-16 → text", Accept: []string{"utf-16"}, Data: data})
	}
	if m.knows("latin-1") {
		s := pick(m, "Der Bus fährt über die Brücke, "+m.word(), "Le café est fermé à "+m.word(), "mañana por la tarde, señor "+m.word(), m.prose(6)+" 21 °C")
		var data []byte
		for _, r := range s {
			data = append(data, byte(r))
		}
		m.add(Case{Template: "latin-1", Class: classText, Want: "latin-1 → text", Accept: []string{"latin-1"}, Data: data})
	}
}

// framed adds an encoding in frames that have no compression of their own, or one of a language.
func (m *maker) framed(template string, e encoding) {
	add := func(format string, data []byte) {
		if m.knows(format) {
			m.add(Case{Template: template, Class: classLayered, Want: format + " → " + e.format, Data: data})
		}
	}
	if len(e.data) < 16 {
		return
	}
	add("grpc", append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(e.data))), e.data...))
	add("s2", squeezed(e.data, func(w io.Writer) io.WriteCloser { return s2.NewWriter(w, s2.WriterConcurrency(1)) }))
	if e.format == "msgpack" {
		if data := lz4Extension(e.data); data != nil {
			add("msgpack-lz4", data)
		}
	}
}

// lz4Extension is the extension 99 of MessagePack-CSharp: the length as an int32, then one block of
// LZ4; nil when the block does not get shorter.
func lz4Extension(data []byte) []byte {
	block := make([]byte, len(data))
	n, err := lz4.CompressBlock(data, block, nil)
	if err != nil || n == 0 {
		return nil
	}
	const kind, int32Head, int32Size = 99, 0xd2, 5
	out := binary.BigEndian.AppendUint32([]byte{0xc9}, uint32(n+int32Size))
	out = binary.BigEndian.AppendUint32(append(out, kind, int32Head), uint32(len(data)))
	return append(out, block[:n]...)
}

// gobs adds a value of Go's own encoding, which is not told by name.
func (m *maker) gobs() {
	type stop struct {
		Name  string
		Lines []int
		Delay float64
	}
	var b bytes.Buffer
	must(0, gob.NewEncoder(&b).Encode(stop{m.word(), []int{m.IntN(100), m.IntN(1e5)}, m.Float64()}))
	m.add(Case{Template: "gob", Class: classBinary, Want: "binary", Accept: []string{"gob"}, Data: b.Bytes()})
}
