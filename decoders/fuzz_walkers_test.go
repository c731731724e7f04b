package decoders

import (
	"bytes"
	"encoding/binary"
	"testing"
	"unicode/utf8"
)

// fuzzLimits keep the output of a fuzzed input small: what costs in fuzzing is what comes out.
func fuzzLimits() Limits { return Limits{Nodes: 2000, Output: 64 << 10} }

// fuzzPinned decodes inputs in one format and holds what is promised of every result: checkResult,
// and for the first rows what an inspector asks of them.
func fuzzPinned(f *testing.F, as string, seeds ...[]byte) {
	f.Helper()
	for _, seed := range seeds {
		f.Add(seed, false)
		f.Add(seed[:len(seed)*2/3], true)
	}
	f.Fuzz(func(t *testing.T, data []byte, partial bool) {
		r := Decode(data, Options{As: as, Partial: partial, Limits: fuzzLimits()})
		checkResult(t, r, data)
		checkRows(t, r)
	})
}

// checkRows asks for everything that is shown of the first nodes.
func checkRows(t failer, r *Result) {
	const room = 4 << 10
	for _, form := range []Notation{{Indent: true, Limit: room}, {Offsets: true, Widths: true, Limit: room}} {
		if s := r.Notate(form); len(s) > 4*room {
			t.Fatalf("notation of %d bytes", len(s))
		}
	}
	HexRows(r.Data, 0, 4, 3, 9)
	if r.Tree == nil {
		return
	}
	for _, query := range []string{"a", "[0].a", "$.*", "h'00ff'"} {
		if i, ok := r.Tree.Search(query, 0); ok && (i < 0 || i >= r.Tree.Len()) {
			t.Fatalf("%q is node %d of %d", query, i, r.Tree.Len())
		}
	}
	for i := range min(r.Tree.Len(), 4) {
		if in := r.Inside(i); in != nil {
			if line := in.Preview(40); utf8.RuneCountInString(line) > 40 {
				t.Fatalf("inside node %d: %q", i, line)
			}
		}
	}
}

func FuzzMsgpack(f *testing.F) {
	fuzzPinned(f, "msgpack", packed(f, order(2)), unhex(f, "ddffffffff"), unhex(f, "dfffffffff"), unhex(f, "c67fffffff"),
		unhex(f, "dbffffffff61"), unhex(f, "c9ffffffff01"), bytes.Repeat(unhex(f, "df000f4240a161"), 5), bytes.Repeat([]byte{0x91}, 300),
		unhex(f, "86 01 c3 c0 02 a131 03 c40161 04 920102 a568656c6c6f a161 05"), unhex(f, "92 d6ff5a4af6a5 c70305010203"))
}

func FuzzMsgpackRecords(f *testing.F) {
	fuzzPinned(f, "msgpack", unhex(f, "d4724092a26964a36b6964079240 01a0 4002a3616263"), unhex(f, "92d572600191a16101600102"),
		unhex(f, "d47240ddffffffff"), unhex(f, "93d47240904040"), bytes.Repeat(unhex(f, "d4724091a16140"), 40))
}

func FuzzCBOR(f *testing.F) {
	fuzzPinned(f, "cbor", cbored(f, order(2)), unhex(f, "9bffffffffffffffff"), unhex(f, "bb7fffffffffffffff"), unhex(f, "5bffffffffffffffff00"),
		bytes.Repeat([]byte{0x9f}, 300), bytes.Repeat(unhex(f, "bb00000000ffffffff6161"), 5), unhex(f, "bf6161f761625f42010243030405ff6163c249010000000000000000ff"))
}

func FuzzCBORInside(f *testing.F) {
	fuzzPinned(f, "cbor", unhex(f, "d28443a10126a1044231315454686973206973 2074686520636f6e74656e742e43010203"), unhex(f, "d83f460102820304 05"),
		unhex(f, "d81845d8184201 20ff"), unhex(f, "d83dd28443a10126a0 4aa2016161041a01020304 43010203"), bytes.Repeat(unhex(f, "d81858ff"), 60))
}

func FuzzJSON(f *testing.F) {
	fuzzPinned(f, "json", jsoned(f, order(2)), []byte(`{"a": [1, "\u00e4\ud83d`), bytes.Repeat([]byte("["), 300), []byte(`[-0.5e+9,1E999,true,null,{}]`))
}

func FuzzNDJSON(f *testing.F) {
	fuzzPinned(f, "ndjson", []byte("{\"a\":1}\n{\"a\":2}\n[3]\n4 \"x\"\n"), bytes.Repeat([]byte("[]\n"), 200))
}

func FuzzProtobuf(f *testing.F) {
	fuzzPinned(f, "protobuf", protoOf(order(2)), unhex(f, "0affffffff0f"), bytes.Repeat([]byte{0x0b}, 100),
		bytes.Repeat(unhex(f, "0affffff01"), 60), unhex(f, "0b10010c"), unhex(f, "08ffffffffffffffffff01"), bytes.Repeat([]byte{0x0a, 0}, 200))
}

func FuzzBSON(f *testing.F) {
	fuzzPinned(f, "bson", bsoned(order(2)), unhex(f, "ffffff7f 03 6100 ffffff7e"), unhex(f, "0500000000"),
		unhex(f, "1b000000 0b 6700 5e6100 6900 05 6500 02000000 800102 00"))
}

func FuzzCSV(f *testing.F) {
	fuzzPinned(f, "csv", []byte("a,b\n1,\"2\"\"\"\n"), []byte("a;b;c\r\n1;2;3\r\n"), bytes.Repeat([]byte("a,"), 300), bytes.Repeat([]byte("\"\""), 300))
}

func FuzzXML(f *testing.F) {
	fuzzPinned(f, "xml", []byte("<?xml version=\"1.0\"?><a b=\"c\"><d/>&amp;<!-- x --><![CDATA[y]]></a>"), bytes.Repeat([]byte("<a>"), 300),
		[]byte("<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d '&b;&b;'>]><a>&d;</a>"))
}

// FuzzDetection leaves everything to detection, with hints and priors.
func FuzzDetection(f *testing.F) {
	v := order(1)
	m, c, j := packed(f, v), cbored(f, v), jsoned(f, v)
	for i, seed := range [][]byte{
		nil,
		{0},
		m, c, j, protoOf(v), bsoned(v), gzipped(f, m), zlibbed(f, c), zstded(f, j), []byte("hello world"), []byte("42"), m[:60],
		append(bytes.Clone(m), m...), append(bytes.Clone(m), c...), []byte("{\"a\":1}\n{\"a\":2}\n"), []byte("a,b\n1,2\n3,4\n"), []byte("<a><b/></a>"),
		utf16Of("Grüße 😀", binary.LittleEndian), latin1("größer als"), []byte(token), []byte(`a:1:{s:1:"k";i:1;}`), unhex(f, "80044b012e"),
		bytes.Repeat([]byte{0x91}, 100), bytes.Repeat([]byte("["), 100), unhexed(bzip2Zeros), []byte("aGVsbG8gd29ybGQsIGhvdyBhcmUgeW91"),
	} {
		f.Add(seed, byte(i), i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, known byte, partial bool) {
		types := []string{"", "application/json", "application/msgpack", "application/cbor", "application/protobuf", "text/csv", "text/xml"}
		codings := []string{"", "gzip", "br", "lz4", "snappy", "deflate", "base64"}
		opt := Options{
			ContentType: types[int(known)%len(types)], ContentEncoding: codings[int(known>>3)%len(codings)], Partial: partial, Limits: fuzzLimits(),
		}
		if known > 200 {
			opt.Prior = map[string]float64{"msgpack": float64(known), "text": 1}
		}
		r := Decode(data, opt)
		checkResult(t, r, data)
		checkRows(t, r)
	})
}
