package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/binary"
	"encoding/csv"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http/httptest"
	"net/http/httputil"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf16"
)

// texts adds what Go's packages write as text, and what people write.
func (m *maker) texts() {
	add := func(template, want, s string, accept ...string) {
		m.out = append(m.out, payload{Template: template, Class: "text", Want: want, Accept: accept, Data: []byte(s)})
	}
	add("slog text", "text", m.logged(func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) }))
	add("slog json", "json", m.logged(func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) }), "ndjson")
	add("%+v", "text", fmt.Sprintf("%+v", m.booking()))
	add("%#v", "text", fmt.Sprintf("%#v", m.event()))
	add("%q", "text", fmt.Sprintf("%q", []string{m.word(), m.sentence(2)}))
	add("error", "text", fmt.Errorf("dial %s: %w", m.word(), errors.New("connection refused")).Error())
	add("duration", "text", (time.Duration(m.IntN(1e9)) * 1000).String())
	add("sentence", "text", m.sentence(3+m.IntN(40)))
	add("join", "text", strings.Join([]string{m.word(), m.word(), m.code()}, pick(m, "|", "::", "/", " - ", ";")))
	add("key", "text", fmt.Sprintf("%s:{%d}:%s", m.word(), m.IntN(1e4), m.word()))
	add("money", "text", fmt.Sprintf("€ %d,%02d", m.IntN(1e4), m.IntN(100)))
	add("code", "text", "if x := f("+m.word()+"); x != nil {\n\treturn x.("+m.word()+")\n}\n")
	if m.IntN(10) == 0 {
		add("stack", "text", string(debug.Stack()))
	}
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "NAME\tREADY\tAGE\n%s\t1/1\t%dd\n%s\t0/1\t%dh\n", m.word(), m.IntN(90), m.word(), m.IntN(24))
	must(0, w.Flush())
	add("columns", "text", b.String())
	r := httptest.NewRequest("POST", "/"+m.word(), strings.NewReader(m.sentence(4)))
	add("http request", "text", string(must(httputil.DumpRequest(r, true))))
	m.formatted(add)
	m.charsets()
}

func (m *maker) logged(h func(*bytes.Buffer) slog.Handler) string {
	var b bytes.Buffer
	r := slog.NewRecord(m.when(), slog.LevelWarn, m.sentence(4), 0)
	r.Add("n", m.IntN(1e5), "who", m.person(), "ratio", m.Float64(), "took", time.Duration(m.IntN(1e9)))
	must(0, h(&b).Handle(nil, r)) //nolint:staticcheck // the handlers do not use the context
	return b.String()
}

// formatted adds texts in formats of their own.
func (m *maker) formatted(add func(template, want, s string, accept ...string)) {
	type leg struct {
		XMLName xml.Name `xml:"urn:sea leg"`
		From    string   `xml:"from,attr"`
		Note    string   `xml:"note"`
		Miles   []int    `xml:"miles>m"`
	}
	add("xml", "xml", pick(m, "", xml.Header)+string(must(xml.MarshalIndent(leg{From: m.word(), Note: m.sentence(4) + " <&>", Miles: []int{m.IntN(99), 3}}, "", pick(m, "", "\t")))))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = pick(m, ',', ';', '\t'), m.yes()
	for i := range 3 + m.IntN(6) {
		must(0, w.Write([]string{fmt.Sprint(i), m.person(), m.sentence(3), m.when().Format(time.DateTime)}))
	}
	w.Flush()
	add("csv", "csv", b.String())
	lines := strings.Builder{}
	for range 2 + m.IntN(4) {
		lines.Write(must(json.Marshal(m.telemetry())))
		lines.WriteString("\n")
	}
	add("json lines", "ndjson", lines.String())
	whole := string(must(json.Marshal(m.catalogue())))
	add("cut json", "json", whole[:len(whole)/2+m.IntN(len(whole)/2)])
	var in bytes.Buffer
	must(0, json.Indent(&in, []byte(whole), "", " "))
	add("json indented", "json", in.String())
}

// charsets adds UTF-16 without a mark and ISO 8859-1.
func (m *maker) charsets() {
	s := pick(m, m.sentence(3), "счета оплачены "+m.word(), m.code()+" ready", "次の停車駅は渋谷です。お出口は左側です。", "<a>"+m.word()+"</a>")
	want, accept := "utf-16 → text", []string{"utf-16"}
	if s[0] == '<' {
		want, accept = "utf-16 → xml", nil
	}
	var le, be []byte
	for _, u := range utf16.Encode([]rune(s)) {
		le, be = binary.LittleEndian.AppendUint16(le, u), binary.BigEndian.AppendUint16(be, u)
	}
	m.out = append(m.out,
		payload{Template: "utf-16le", Class: "charset", Want: want, Accept: accept, Data: le},
		payload{Template: "utf-16be", Class: "charset", Want: want, Accept: accept, Data: be})
	var latin []byte
	for _, r := range pick(m, "Überfahrt nach Föhr, "+m.sentence(2), "La mar está en calma; mañana habrá "+m.word(), "Ça ne marche pas à "+m.word()+" («désolé»)", "température: 21 °C, état = bon", "Tromsø–Ålesund") {
		if r > 0xff {
			r = '-'
		}
		latin = append(latin, byte(r))
	}
	m.out = append(m.out, payload{Template: "latin-1", Class: "charset", Want: "latin-1 → text", Accept: []string{"latin-1"}, Data: latin})
}

// binaries adds bytes without a format that is known, and gob and ASN.1.
func (m *maker) binaries() {
	add := func(template string, data []byte) {
		m.out = append(m.out, payload{Template: template, Class: "binary", Want: "binary", Accept: []string{template}, Data: data})
	}
	type haul struct {
		Boat  string
		Kilos float64
		Tags  []string
	}
	var g bytes.Buffer
	must(0, gob.NewEncoder(&g).Encode(haul{m.word(), m.NormFloat64(), []string{m.word(), m.word()}}))
	add("gob", g.Bytes())
	add("asn1", must(asn1.Marshal(struct {
		N int
		S string `asn1:"utf8"`
		T time.Time
	}{m.IntN(1e6), m.sentence(4), m.when()})))
	add("random", m.noise(8+m.IntN(200)))
	sum := sha512.Sum512([]byte(m.uuid()))
	add("hash", sum[:pick(m, 16, 20, 24, 28, 32, 48, 64)])
	secret := make([]byte, 16+m.IntN(100))
	cipher.NewCTR(must(aes.NewCipher(m.noise(16))), m.noise(16)).XORKeyStream(secret, secret)
	add("encrypted", secret)
	var f32, f64, u16, u32, var64 []byte
	for i := range 8 + m.IntN(40) {
		f32 = binary.LittleEndian.AppendUint32(f32, math.Float32bits(m.Float32()*2-1))
		f64 = binary.BigEndian.AppendUint64(f64, math.Float64bits(m.NormFloat64()))
		u16 = binary.BigEndian.AppendUint16(u16, uint16(m.IntN(1<<m.IntN(16)+1)))
		u32 = binary.LittleEndian.AppendUint32(u32, uint32(1000+i*m.IntN(50)))
		var64 = binary.AppendUvarint(var64, m.Uint64()>>m.IntN(60))
	}
	switch m.IntN(6) {
	case 0:
		add("float32", f32)
	case 1:
		add("float64", f64)
	case 2:
		add("uint16", u16)
	case 3:
		add("uint32", u32)
	case 4:
		add("uvarints", var64)
	default:
		add("struct", append(append(binary.LittleEndian.AppendUint32(nil, m.Uint32()), []byte(m.word()+"\x00\x00\x00")...), m.noise(10)...))
	}
}
