package corpus

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/fxamacker/cbor/v2"
	"github.com/vmihailenco/msgpack/v5"
)

// texts adds what people and programs write.
func (m *maker) texts() {
	text := func(template, s string) {
		m.add(Case{Template: template, Class: classText, Want: "text", Data: []byte(s)})
	}
	text("prose", m.prose(4+m.IntN(80)))
	text("foreign", m.foreign())
	text("log", m.instant().Format(time.RFC3339)+pick(m, " INFO ", " WARN ", " ERROR ")+m.host()+" "+m.prose(6)+"\n")
	text("pairs", "user="+m.word()+" id="+strconv.Itoa(m.IntN(1e6))+" ok="+strconv.FormatBool(m.yes()))
	text("uuid", m.uuid())
	text("address", "https://"+m.host()+"/"+m.word()+"?q="+m.word()+"&n="+strconv.Itoa(m.IntN(100)))
	text("statement", "SELECT id, "+m.word()+" FROM "+m.word()+" WHERE id = "+strconv.Itoa(m.IntN(1e5))+";")
	text("key", m.word()+":"+m.word()+":"+strconv.Itoa(m.IntN(1e5)))
	text("list", strings.Join([]string{"- " + m.prose(5), "- " + m.prose(5), "# " + m.prose(3)}, "\n"))
	if prose := "Größe: " + m.foreign(); m.IntN(4) == 0 {
		m.add(Case{Template: "cut text", Class: classText, Want: "text", Data: []byte(prose)[:9+m.IntN(len(prose)-9)], Partial: true})
	}
	m.formatted()
}

// formatted adds texts that are formats of their own.
func (m *maker) formatted() {
	if m.knows("xml") {
		type item struct {
			XMLName xml.Name `xml:"item"`
			ID      int      `xml:"id,attr"`
			Name    string   `xml:"name"`
			Note    string   `xml:"note,omitempty"`
		}
		data := must(xml.MarshalIndent(item{ID: m.IntN(1e5), Name: m.name(), Note: m.prose(4)}, "", pick(m, "", " ")))
		m.add(Case{Template: "xml", Class: classText, Want: "xml", Data: append([]byte(pick(m, "", xml.Header)), data...)})
	}
	if m.knows("csv") {
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma = pick(m, ',', ';', '\t')
		_ = w.Write([]string{"id", "name", "total", "note"})
		for range 2 + m.IntN(12) {
			_ = w.Write([]string{strconv.Itoa(m.IntN(1e5)), m.name(), fmt.Sprintf("%.2f", m.Float64()*100), m.word()})
		}
		w.Flush()
		m.add(Case{Template: "csv", Class: classText, Want: "csv", Data: b.Bytes()})
	}
	if m.knows("utf-16") {
		data := []byte{0xff, 0xfe}
		order := binary.ByteOrder(binary.LittleEndian)
		if m.yes() {
			data, order = []byte{0xfe, 0xff}, binary.BigEndian
		}
		for _, u := range utf16.Encode([]rune(m.prose(8) + m.foreign())) {
			var pair [2]byte
			order.PutUint16(pair[:], u)
			data = append(data, pair[:]...)
		}
		m.add(Case{Template: "utf-16", Class: classText, Want: "utf-16 → text", Accept: []string{"utf-16"}, Data: data})
	}
}

// binaries adds bytes that are in no format that can be told.
func (m *maker) binaries() {
	m.add(Case{Template: "random", Class: classBinary, Want: "binary", Data: m.noise(16 + m.IntN(300))})
	m.add(Case{Template: "short random", Class: classBinary, Want: "binary", Data: m.noise(8 + m.IntN(8))})
	var floats, ints []byte
	for range 4 + m.IntN(40) {
		floats = binary.LittleEndian.AppendUint32(floats, math.Float32bits(float32(m.NormFloat64())))
		ints = binary.BigEndian.AppendUint64(ints, m.Uint64()>>m.IntN(16))
	}
	m.add(Case{Template: "vector", Class: classBinary, Want: "binary", Data: floats})
	m.add(Case{Template: "integers", Class: classBinary, Want: "binary", Data: ints})
}

// scalars adds what is too short or too plain to tell.
func (m *maker) scalars() {
	add := func(template, want string, data []byte) {
		m.add(Case{Template: template, Class: classScalar, Want: want, Data: data, Undecidable: true})
	}
	v := pick[any](m, m.IntN(1e6), m.word(), m.yes(), m.Float64(), m.instant().Unix(), nil)
	switch m.IntN(8) {
	case 0:
		add("bare msgpack", "msgpack", must(msgpack.Marshal(v)))
	case 1:
		add("bare cbor", "cbor", must(cbor.Marshal(v)))
	case 2:
		add("bare json", "json", must(json.Marshal(v)))
	case 3:
		data, want := m.noise(1), "binary"
		if c := data[0]; c >= ' ' && c <= '~' || c == '\t' || c == '\n' || c == '\r' {
			want = "text"
		}
		add("one byte", want, data)
	case 4:
		add("eight bytes", "binary", binary.BigEndian.AppendUint64(nil, uint64(m.IntN(1e9))))
	case 5:
		add("hash", "text", []byte(hex.EncodeToString(m.noise(pick(m, 16, 20, 32)))))
	case 6:
		add("number", "text", []byte(strconv.Itoa(m.IntN(1e9))))
	default:
		add("zeros", "binary", make([]byte, 1+m.IntN(64)))
	}
}
