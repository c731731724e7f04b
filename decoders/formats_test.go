package decoders

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func TestBSONRows(t *testing.T) {
	for _, tt := range []struct{ name, hex, want string }{
		// The two examples of bsonspec.org/faq.html.
		{"hello", "16000000 02 68656c6c6f00 06000000 776f726c6400 00", `
0  = {1} : document
1 hello = world : string
`},
		{"awesome", "31000000 04 42534f4e00 26000000 02 3000 08000000 617765736f6d6500 01 3100 333333333333 1440 10 3200 c2070000 00 00", `
0  = {1} : document
1 BSON = [3] : array
2 [0] = awesome : string
2 [1] = 5.05 : double
2 [2] = 1986 : int32
`},
		{"every type", "00000000 05 6100 02000000 00 0102 06 6200 07 6300 000102030405060708090a0b 08 6400 01 09 6500 e803000000000000" +
			"0a 6600 0b 6700 5e6100 6900 0c 6800 02000000 6100 000102030405060708090a0b 0d 6900 02000000 7800 0e 6a00 02000000 7900" +
			"0f 6b00 0e000000 01000000 00 0500000000 10 6c00 ffffffff 11 6d00 0200000001000000 12 6e00 00000000 00000080" +
			"13 6f00 00000000000000000000000000004030 ff 7000 7f 7100 05 7200 10000000 04 000102030405060708090a0b0c0d0e0f 03 7300 0500000000 00", `
0  = {19} : document
1 a = h'0102' : binary
1 b = undefined : undefined
1 c = 000102030405060708090a0b : ObjectId
1 d = true : bool
1 e = 1970-01-01T00:00:01Z : date
1 f = null : null
1 g = /^a/i : regular expression
1 h = h'020000006100000102030405060708090a0b' : DBPointer
1 i = x : code
1 j = y : symbol
1 k = h'0e00000001000000000500000000' : code with scope
1 l = -1 : int32
1 m = 1, increment 2 : timestamp
1 n = -9223372036854775808 : int64
1 o = h'00000000000000000000000000004030' : decimal128
1 p = smallest key : min key
1 q = largest key : max key
1 r = h'000102030405060708090a0b0c0d0e0f' : binary UUID
1 s = {0} : document
`},
	} {
		data := unhex(t, tt.hex)
		binary.LittleEndian.PutUint32(data, uint32(len(data)))
		r := Decode(data, Options{})
		if got := "\n" + rows(r); got != tt.want || r.Format != "bson" || r.Fault != nil {
			t.Errorf("%s:%s\nwant%s%v", tt.name, got, tt.want, r.Fault)
		}
		checkResult(t, r, data)
	}
}

func TestBSONFaults(t *testing.T) {
	checkFaults(t, Options{As: "bson"}, []broken{
		{"length cut", "1600", 0, "expected the length of a document, the data ends", true, 0},
		{"too short", "0400000000", 0, "expected the length of a document, 4 is none", false, 0},
		{"no such type", "08000000 20 6100 00", 7, "expected an element, the type 20 is none", false, 1},
		{"bool of 2", "09000000 08 6100 02 00", 7, "expected a truth value", false, 1},
		{"string longer than its document", "0e000000 02 6100 0a000000 6100 00 0000000000", 7, "expected a value that fits", false, 1},
		{"string without its zero", "0e000000 02 6100 02000000 6162 00", 12, "expected the zero byte", false, 1},
		{"string of no bytes", "0c000000 02 6100 00000000 00", 7, "expected a value that fits", false, 1},
		{"string cut", "0e000000 02 6100 02000000 61", 7, "needs 6 bytes, 5 left", true, 2},
		{"int cut", "0c000000 10 6100 0200", 7, "needs 4 bytes, 2 left", true, 1},
		{"name cut", "0c000000 10 61", 4, "expected the name of an element, the data ends", true, 1},
		{"items out of order", "14000000 04 6100 0c000000 10 3100 01000000 00 00", 11, "expected the item 0 of the array", false, 2},
		{"end too early", "0c000000 00 0000000000000000", 4, "expected the end of the document at 11", false, 1},
		{"bytes behind it", "0500000000 ff", 5, "1 byte after the end", false, 1},
		{"inner document longer", "0f000000 03 6100 09000000 00 00000000", 7, "expected the length of a document, 9 is none", false, 1},
	})
}

func TestBSONPrefixes(t *testing.T) {
	data := bsoned(map[string]any{"a": []any{1, "two", 3.5, map[string]any{"x": nil}}, "b": []byte{1, 2, 3}})
	whole := Decode(data, Options{As: "bson"})
	for cut := range data {
		if cut > 0 {
			checkPrefix(t, whole, Decode(data[:cut], Options{As: "bson"}), "bson", cut)
		}
	}
	deep := bsoned(map[string]any{})
	for range 300 {
		deep = append(append([]byte{0, 0, 0, 0, 3, 'a', 0}, deep...), 0)
		binary.LittleEndian.PutUint32(deep, uint32(len(deep)))
	}
	if r := Decode(deep, Options{}); r.Format != "bson" || r.Tree.Len() != 128 || r.Fault == nil || !r.Truncated {
		t.Errorf("%s, %v", r.Chain(), r.Fault)
	}
}

func TestCSVRows(t *testing.T) {
	data := []byte("name;n\r\n\"a;\"\"b\"\"\";1\r\nü;\r\n")
	r := Decode(data, Options{})
	if got := rows(r); r.Format != "csv" || got != `0  = [3] : table
1 [0] = [2] : record
2 [0] = name : field
2 [1] = n : field
1 [1] = [2] : record
2 [0] = a;"b" : field
2 [1] = "1" : field
1 [2] = [2] : record
2 [0] = ü : field
2 [1] = "" : field
` {
		t.Errorf("%s\n%s", r.Chain(), got)
	}
	if got := string(r.AppendJSON(nil)); got != `[["name","n"],["a;\"b\"","1"],["ü",""]]` {
		t.Error(got)
	}
	if got := r.Diagnostic(); got != `[["name", "n"], ["a;\"b\"", "1"], ["ü", ""]]` {
		t.Error(got)
	}
	checkResult(t, r, data)
}

func TestTextFormats(t *testing.T) {
	for _, tt := range []struct{ data, chain, fault string }{
		{"a,b\n1,2\n3,4\n", "csv", ""},
		{"a\tb\n1\t2", "csv", ""},
		{"a,b\n1,2\n3\n", "text", ""},
		{"a,b\n", "text", ""},
		{"a,b\n\n1,2\n", "text", ""},
		{"Dear Ann, hello\nyours, Bob\n", "text", ""},
		{"a,\"b\n1,2\n3,4", "text", ""},
		{"<a/>", "xml", ""},
		{"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<order id=\"7\"><name>Ada</name><!-- x --></order>\n", "xml", ""},
		{"\ufeff<a>x</a>", "xml", ""},
		{"<a><b></a>", "text", ""},
		{"<a/><b/>", "text", ""},
		{"<a/> and more", "text", ""},
		{"<3 you", "text", ""},
		{"<?xml version=\"1.0\"?><a><b>text", "xml", "expected the end of an element"},
		{"<?xml version=\"1.0\"?><a><b></a>", "xml", "element <b> closed by </a>"},
		{`a:1:{s:3:"key";i:7;}`, "php", ""},
		{`O:8:"stdClass":2:{s:1:"a";b:1;s:1:"b";a:2:{i:0;d:0.5;i:1;N;}}`, "php", ""},
		{`a:1:{s:3:"key";i:7;`, "text", ""},
		{`a:99:{s:3:"key";i:7;}`, "text", ""},
		{"i:7;", "text", ""},
		{"\xff\xfeh\x00i\x00 \x00\xfc\x00", "utf-16 → text", ""},
		{"\xfe\xff\x00{\x00\"\x00a\x00\"\x00:\x00[\x00]\x00}", "utf-16 → json", ""},
		{"gr\xfc\xdfe aus Frankfurt", "latin-1 → text", ""},
		{"{\"stra\xdfe\": \"Hauptweg\"}", "latin-1 → json", ""},
		{"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x01.", "pickle", ""},
		{"\x04\x08{\x06:\x06ai\x06", "ruby-marshal", ""},
		{"\xac\xed\x00\x05sr\x00", "java", ""},
		{"a:1:{s:4:\"\x00*\x00a\";i:1;}", "php", ""},
		{"RIFF\x24\x00\x00\x00WEBPVP8 ", "webp", ""},
		{"Obj\x01\x04\x14avro.codec", "avro", ""},
		{"HYLL\x01\x00\x00\x00", "hyperloglog", ""},
		{"SQLite format 3\x00\x10\x00", "sqlite", ""},
		{"GIF89a in a sentence", "text", ""},
	} {
		r := Decode([]byte(tt.data), Options{})
		text := ""
		if r.Fault != nil {
			text = r.Fault.Text
		}
		if r.Chain() != tt.chain || (text == "") != (tt.fault == "") || !strings.Contains(text, tt.fault) {
			t.Errorf("%q: %s (%s), fault %q, want %s", tt.data, r.Chain(), r.Layers[0].Reason, text, tt.chain)
		}
		checkResult(t, r, []byte(tt.data))
	}
}

func TestMagicsAreComplete(t *testing.T) {
	for c := range 256 {
		for _, m := range fileMagics(byte(c)) {
			data := make([]byte, 300)
			data[0], data[299] = byte(c), 1
			copy(data[m.at:], m.magic)
			if data[0] != byte(c) {
				t.Errorf("%s is under %02x", m.format, c)
			}
			if r := Decode(data, Options{}); r.Format != m.format || r.Tree != nil || r.Confidence() < 0.95 {
				t.Errorf("%s: %s", m.format, r.Chain())
			}
			if r := Decode(data[:m.at+len(m.magic)-1], Options{}); r.Format == m.format {
				t.Errorf("%s without its last byte", m.format)
			}
		}
	}
}

func TestUTF16(t *testing.T) {
	const text = "Grüße 😀 \U0010ffff"
	for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
		r := Decode(utf16Of(text, order), Options{As: "utf-16"})
		if string(r.Data) != text || r.Fault != nil {
			t.Errorf("%q, %v", r.Data, r.Fault)
		}
	}
	if u := unUTF16(unhex(t, "fffe 3dd8 6100"), 100); string(u.data) != "\ufffda" || u.why != breakNone {
		t.Errorf("%q %v", u.data, u.why)
	}
	if u := unUTF16(unhex(t, "feff 0061 00"), 100); string(u.data) != "a" || u.why != breakEnd {
		t.Errorf("%q %v", u.data, u.why)
	}
	if u := unUTF16(unhex(t, "feff 2603 2603"), 4); string(u.data) != "☃" || u.why != breakLimit {
		t.Errorf("%q %v", u.data, u.why)
	}
	for _, no := range []string{"fffe", "fffe 3dd8 6100", "feff 0001", "feff ffff", "0061 0062"} {
		if isUTF16(unhex(t, no)) {
			t.Errorf("%s is text", no)
		}
	}
}

func TestNumbersOfABinaryPayload(t *testing.T) {
	for in, want := range map[string]string{
		"85":               "; 1 byte: int8 -123, uint8 133",
		"00ff":             "; 2 bytes: big-endian int16 255, little-endian int16 -256 (unsigned 65280)",
		"3fc00000":         "; 4 bytes: big-endian int32 1069547520 float32 1.5, little-endian int32 49215",
		"00000000000003e9": "; 8 bytes: big-endian int64 1001, little-endian int64 -1656480237942210560 (unsigned 16790263835767341056)",
		"010203":           "",
	} {
		if got := numbers(unhex(t, in)); got != want {
			t.Errorf("%s: %q", in, got)
		}
	}
	r := Decode(unhex(t, "00000000000003e9"), Options{})
	if r.Format != "binary" || !strings.Contains(r.Layers[0].Reason, "int64 1001") {
		t.Errorf("%s: %s", r.Chain(), r.Layers[0].Reason)
	}
}

func TestHistory(t *testing.T) {
	var h History
	if h.Prior() != nil {
		t.Error("a prior without a verdict")
	}
	m, text := Decode(packed(t, order(2)), Options{}), Decode([]byte("words in a row"), Options{})
	for range 10 {
		h.Add(m)
	}
	if p := h.Prior(); len(p) != 1 || p["msgpack"] != 3 {
		t.Error(p)
	}
	for range 10 {
		h.Add(text)
	}
	if f, n := h.Majority(); f != "" || n != 0 || h.Prior() != nil {
		t.Errorf("%q %d with ten of each", f, n)
	}
	h.Add(text)
	if f, n := h.Majority(); f != "text" || n != 11 {
		t.Errorf("%q %d", f, n)
	}
	for range 40 {
		h.Add(m)
	}
	h.Add(Decode(unhex(t, "8301"), Options{})) // a guess
	h.Add(Decode(nil, Options{}))
	h.Add(nil)
	if p := h.Prior(); p["msgpack"] != maxPrior {
		t.Error(p)
	}

	doubtful := unhex(t, "9302")
	before, after := Decode(doubtful, Options{}), Decode(doubtful, Options{Prior: h.Prior()})
	if before.Format != "binary" || len(after.Also) == 0 || after.Also[0].Format != "msgpack" || after.Also[0].Confidence <= before.Also[0].Confidence {
		t.Errorf("%s %.3f, then %s %.3f", before.Chain(), before.Confidence(), after.Chain(), after.Confidence())
	}
	for _, s := range []string{"5", "cats", "hello", "\n\x05hello"[:1]} {
		r := Decode([]byte(s), Options{Prior: map[string]float64{"msgpack": 99, "cbor": 99, "protobuf": 99}})
		if r.Format != "text" {
			t.Errorf("%q is %s", s, r.Chain())
		}
	}
	c := cbored(t, order(2))
	if r := Decode(c, Options{Prior: h.Prior()}); r.Format != "cbor" || r.Confidence() < 0.95 {
		t.Errorf("%s %.2f", r.Chain(), r.Confidence())
	}
}

func TestHostileFormatsAreBounded(t *testing.T) {
	nested := []byte{}
	for len(nested) < 4<<20 {
		nested = append(nested, 0x0a, 0xff, 0xff, 0xff, 0x01)
	}
	for _, tt := range []struct {
		name, as string
		data     []byte
		limit    uint64
	}{
		{"protobuf of claimed lengths", "protobuf", nested, 96 << 20},
		{"protobuf groups", "protobuf", bytes.Repeat([]byte{0x0b}, 4<<20), 1 << 20},
		{"protobuf empty fields", "protobuf", bytes.Repeat([]byte{0x0a, 0}, 1<<20), 160 << 20},
		{"bson length", "bson", unhex(t, "ffffff7f 03 6100 ffffff7e"), 1 << 20},
		{"xml depth", "", bytes.Repeat([]byte("<a>"), 1<<20), 16 << 20},
		{"csv of separators", "", append(bytes.Repeat([]byte(","), 4<<20), '\n'), 64 << 20},
		{"csv of lines", "csv", bytes.Repeat([]byte(",\n"), 4<<20), 64 << 20},
		{"php depth", "", bytes.Repeat([]byte("a:1:{i:0;"), 1<<19), 64 << 20},
		{"prose", "", bytes.Repeat([]byte("well, this is\n"), 1<<18), 1 << 20},
	} {
		var r *Result
		if got := allocated(func() { r = Decode(tt.data, Options{As: tt.as}); r.Preview(200) }); got > tt.limit {
			t.Errorf("%s: %d bytes allocated, limit %d", tt.name, got, tt.limit)
		}
		if len(r.Layers) == 0 {
			t.Errorf("%s: no layer", tt.name)
		}
	}
}
