package decoders

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestDetection(t *testing.T) {
	v := order(2)
	m, c, j := packed(t, v), cbored(t, v), jsoned(t, v)
	b64 := func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }
	for _, tt := range []struct {
		name  string
		data  []byte
		chain string
	}{
		{"nothing", nil, "empty"},
		{"msgpack", m, "msgpack"},
		{"cbor", c, "cbor"},
		{"json", j, "json"},
		{"json in white space", append([]byte(" \n"), append(j, '\n')...), "json"},
		{"gzip msgpack", gzipped(t, m), "gzip → msgpack"},
		{"gzip text", gzipped(t, []byte("plain words in a row")), "gzip → text"},
		{"zlib cbor", zlibbed(t, c), "zlib → cbor"},
		{"zstd json", zstded(t, j), "zstd → json"},
		{"gzip twice", gzipped(t, gzipped(t, m)), "gzip → gzip → msgpack"},
		{"base64 msgpack", b64(m), "base64 → msgpack"},
		{"base64 gzip cbor", b64(gzipped(t, c)), "base64 → gzip → cbor"},
		{"base64 text", b64([]byte("a sentence that someone wrote")), "base64 → text"},
		{"hex cbor", []byte(hex.EncodeToString(c)), "hex → cbor"},
		{"ndjson", []byte("{\"a\":1}\n{\"a\":2}\n"), "ndjson"},
		{"msgpack sequence", append(packed(t, v), m...), "msgpack"},
		{"small msgpack", unhex(t, "83a26964cd03e9a46e616d65a3416e6ea474616773 92 01 a178"), "msgpack"},
		{"small cbor", unhex(t, "a26161016162820203"), "cbor"},
		{"msgpack timestamp", unhex(t, "d6ff5a4af6a5"), "msgpack"},
		{"cbor time", unhex(t, "c11a514b67b0"), "cbor"},
		{"utf-8", []byte("grüße aus Köln, ☃"), "text"},
		{"log line", []byte("[ERROR] disk full\n"), "text"},
		{"uuid", []byte("f47ac10b-58cc-4372-a567-0e02b2c3d479"), "text"},
		{"sha-256", []byte("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"), "text"},
		{"long id", []byte("8301028301028301"), "text"},
		{"camel case", []byte("OrderCreatedEvent"), "text"},
		{"cut rune", []byte("gr\xc3\xbc\xc3"), "text"},
		{"random", unhex(t, "e6d2778ab40f11c3d79c1f035be0c2aa"), "binary"},
		{"zeros", make([]byte, 64), "binary"},
		{"png", unhex(t, "89504e470d0a1a0a0000000d49484452"), "png"},
		{"big endian integer", unhex(t, "00000000000003e9"), "binary"},
	} {
		r := Decode(tt.data, Options{})
		if r.Chain() != tt.chain {
			t.Errorf("%s: %s (%s), want %s", tt.name, r.Chain(), r.Layers[len(r.Layers)-1].Reason, tt.chain)
		}
		checkResult(t, r, tt.data)
	}
}

func TestConfidenceIsHonest(t *testing.T) {
	if r := Decode(packed(t, order(2)), Options{}); r.Confidence() < 0.95 {
		t.Errorf("whole message: %v", r.Confidence())
	}
	for _, s := range []string{"00", "c3", "8301", "a101", "9302"} {
		if r := Decode(unhex(t, s), Options{}); r.Confidence() >= 0.95 || len(r.Also) == 0 {
			t.Errorf("%s: %s with %.2f, also %v", s, r.Chain(), r.Confidence(), r.Also)
		}
	}
}

func TestPlainTextIsNeverBinary(t *testing.T) {
	words := []string{
		"", "a", "5", "42", "-1", "007", "3.14", "true", "null", "cats", "hello", "ehello", "xyz", "Dalek", "image.png",
		"user:1001", "a b", "0", "99999999999", "1e9", "x ", "yes", "PAID", "order-4711", "{x", "[a", "`a", "_", "~", "\n",
	}
	for first := byte(0x20); first < 0x7f; first++ {
		for _, n := range []int{1, 2, 5, 9, 23, 33, 40, 97, 120} {
			words = append(words, string(first)+strings.Repeat("e", n), string(first)+" "+strings.Repeat("t", n),
				string(first)+strings.Repeat("7", n), string(first))
		}
	}
	for _, s := range words {
		switch r := Decode([]byte(s), Options{}); r.Format {
		case "text", "json", "empty":
		default:
			t.Errorf("%q is %s with %.2f", s, r.Chain(), r.Confidence())
		}
	}
	if r := Decode([]byte("42"), Options{}); r.Format != "text" || len(r.Also) == 0 || r.Also[0].Format != "json" {
		t.Errorf("42 is %s, also %v", r.Format, r.Also)
	}
}

func TestHintsCountOnlyWhenTheyFit(t *testing.T) {
	m := packed(t, order(2))
	for _, tt := range []struct {
		data  []byte
		opt   Options
		chain string
	}{
		{[]byte{5}, Options{ContentType: "application/msgpack"}, "msgpack"},
		{[]byte{5}, Options{ContentType: "application/cbor; x=y"}, "cbor"},
		{[]byte("5"), Options{ContentType: "application/json"}, "json"},
		{m, Options{ContentType: "application/cbor"}, "msgpack"},
		{m, Options{ContentType: "application/json", ContentEncoding: "gzip"}, "msgpack"},
		{[]byte("hello"), Options{ContentType: "application/vnd.shop+json"}, "text"},
		{[]byte("hello world"), Options{ContentType: "application/msgpack"}, "text"},
		{[]byte(base64.StdEncoding.EncodeToString([]byte("ab"))), Options{ContentEncoding: "base64"}, "base64 → text"},
	} {
		if r := Decode(tt.data, tt.opt); r.Chain() != tt.chain {
			t.Errorf("%q %+v: %s, want %s", tt.data, tt.opt, r.Chain(), tt.chain)
		}
	}
}

func TestPinnedFormats(t *testing.T) {
	m := packed(t, order(2))
	z := gzipped(t, m)
	for _, tt := range []struct {
		data  []byte
		as    string
		chain string
		fault string
	}{
		{m, "msgpack", "msgpack", ""},
		{m, "binary", "binary", ""},
		{m, "text", "text", "UTF-8"},
		{m, "json", "json", "expected a value"},
		{[]byte("hello world"), "msgpack", "msgpack", ""}, // eleven integers
		{[]byte("hello"), "cbor", "cbor", "needs 8 bytes, 4 left"},
		{z, "gzip", "gzip → msgpack", ""},
		{z, "gzip → msgpack", "gzip → msgpack", ""},
		{z, "gzip,binary", "gzip → binary", ""},
		{z, "binary", "binary", ""},
		{m, "gzip", "gzip", "gzip: "},
		{m, "zstd", "zstd", "zstd: "},
		{[]byte("7b7d"), "hex", "hex → json", ""},
		{[]byte("e30"), "base64", "base64 → json", ""},
		{[]byte("!"), "base64", "base64", "base64: "},
		{m, "protobuff", "binary", `no format "protobuff"`},
		{nil, "json", "json", "data ends"},
	} {
		r := Decode(tt.data, Options{As: tt.as})
		text := ""
		if r.Fault != nil {
			text = r.Fault.Text
		}
		if r.Chain() != tt.chain || (tt.fault == "") != (r.Fault == nil) || !strings.Contains(text, tt.fault) {
			t.Errorf("%q as %q: %s, fault %q", tt.data, tt.as, r.Chain(), text)
		}
		checkResult(t, r, tt.data)
	}
	for _, name := range Formats() {
		if r := Decode(m, Options{As: name}); r.Layers[0].Format != name {
			t.Errorf("%s: %s", name, r.Chain())
		}
	}
}

func TestCutPayloadsOpen(t *testing.T) {
	v := order(2)
	for _, tt := range []struct {
		format string
		data   []byte
	}{{"msgpack", packed(t, v)}, {"cbor", cbored(t, v)}, {"json", jsoned(t, v)}} {
		for cut := 16; cut < len(tt.data); cut++ {
			for _, partial := range []bool{false, true} {
				r := Decode(tt.data[:cut], Options{Partial: partial})
				if r.Format != tt.format || r.Fault == nil || !r.Truncated || r.Tree == nil {
					t.Errorf("%s cut at %d: %s %.2f, also %v, fault %v, %x", tt.format, cut, r.Chain(), r.Confidence(), r.Also, r.Fault, tt.data[:cut])
				}
			}
		}
	}
}

func TestBrokenWrappingsShowWhatIsThere(t *testing.T) {
	z := gzipped(t, packed(t, order(200)))
	r := Decode(z[:len(z)/2], Options{})
	if r.Chain() != "gzip → msgpack" || r.Fault == nil || !r.Truncated || r.Tree.Len() < 100 ||
		!strings.Contains(r.Fault.Text, "gzip: the data ends early") {
		t.Errorf("cut: %s, %v", r.Chain(), r.Fault)
	}
	z[len(z)-5] ^= 1 // the CRC
	r = Decode(z, Options{})
	if r.Chain() != "gzip → msgpack" || r.Fault == nil || !strings.Contains(r.Fault.Text, "gzip: ") || r.Truncated {
		t.Errorf("wrong CRC: %s, %v, truncated %v", r.Chain(), r.Fault, r.Truncated)
	}
	checkResult(t, r, z)
}

func TestTrailingBytes(t *testing.T) {
	m := packed(t, order(2))
	r := Decode(append(m, 0xc1, 0xc1), Options{})
	if r.Format != "msgpack" || r.Fault == nil || r.Fault.Offset != len(m) || r.Fault.Text != "2 bytes after the end" || r.Truncated {
		t.Errorf("%s, %+v", r.Chain(), r.Fault)
	}
	r = Decode(append(bytes.Clone(m), m...), Options{})
	if r.Fault != nil || r.Tree.Children(0) != 2 || r.Tree.Type(0) != "sequence" {
		t.Errorf("two items: %s, %v", r.Chain(), r.Fault)
	}
}

func TestBrokenJSON(t *testing.T) {
	r := Decode([]byte(`{"id": 7, "items": [1, 2,, 3]}`), Options{})
	if r.Format != "json" || r.Fault == nil || r.Fault.Offset != 25 || r.Tree.Len() != 5 {
		t.Errorf("%s, %+v", r.Chain(), r.Fault)
	}
	if got := string(r.AppendJSON(nil)); got != `{"id":7,"items":[1,2]}` {
		t.Error(got)
	}
}

func TestLayersAreLimited(t *testing.T) {
	data := packed(t, order(2))
	for range 6 {
		data = gzipped(t, data)
	}
	if r := Decode(data, Options{}); len(r.Layers) != 5 || r.Format != "binary" {
		t.Error(r.Chain())
	}
}

func TestDepthIsLimited(t *testing.T) {
	for format, open := range map[string]string{"json": "[", "msgpack": "\x91", "cbor": "\x81"} {
		for _, n := range []int{100, 1 << 20} {
			data := []byte(strings.Repeat(open, n))
			r := Decode(data, Options{As: format})
			want := "data ends"
			if n > 128 {
				want = "nested deeper than 128"
			}
			if r.Fault == nil || !strings.Contains(r.Fault.Text, want) && !strings.Contains(r.Fault.Text, "the data ends") || r.Tree.Len() != min(n, 128) {
				t.Errorf("%s %d: %v", format, n, r.Fault)
			}
			if format != "json" || n == 100 {
				checkResult(t, r, data)
			}
		}
	}
	r := Decode(bytes.Repeat([]byte{0x81}, 3000), Options{As: "cbor", Limits: Limits{Depth: 2000}})
	if r.Tree.Len() != 2000 {
		t.Error(r.Tree.Len())
	}
	checkResult(t, r, r.Data)
}

func TestNodesAreLimited(t *testing.T) {
	many := append([]byte{0xdd, 0, 0, 0x10, 0}, make([]byte, 4096)...)
	r := Decode(many, Options{As: "msgpack", Limits: Limits{Nodes: 100}})
	if r.Tree.Len() != 100 || r.Fault == nil || !strings.Contains(r.Fault.Text, "more than 100 nodes") || !r.Truncated {
		t.Errorf("%d nodes, %v", r.Tree.Len(), r.Fault)
	}
	r = Decode([]byte("["+strings.Repeat("0,", 500)+"0]"), Options{Limits: Limits{Nodes: 100}})
	if r.Format != "json" || r.Tree.Len() != 100 || !r.Truncated {
		t.Errorf("%s, %v", r.Chain(), r.Fault)
	}
}

func TestFormatsAreListed(t *testing.T) {
	names := Formats()
	for _, want := range strings.Fields("json ndjson text msgpack cbor binary gzip zlib deflate zstd base64 hex " +
		"lz4 lz4block snappy s2 bzip2 brotli xz jwt msgpack-lz4 go-redis-cache utf-16 latin-1 grpc") {
		if !slices.Contains(names, want) {
			t.Errorf("no %q in %v", want, names)
		}
	}
	if n := len(wrappings()); n != 18 {
		t.Errorf("%d wrappings", n)
	}
}

// wrappings are all formats that hold other bytes.
func wrappings() []wrapping {
	var list []wrapping
	for _, name := range Formats() {
		if w, ok := wrappingNamed(name); ok {
			list = append(list, w)
		}
	}
	return list
}

func TestWrappingsAreFoundWithoutAllocating(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		if isWrapping("go-redis-cachet") || !isWrapping("hex") {
			t.Error("another name is a wrapping")
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLookalikes are payloads that are one thing by intent and decode as another by accident.
func TestLookalikes(t *testing.T) {
	numbers := append([]byte{0xdc, 0x00, 0x1b}, "\x13;\x11,BF\x1d>\x183\x0bI<\x0fJ\x0f$\x10-\\#2\x21 ::."...)
	for _, c := range []struct{ name, data, want string }{
		{"a hash in hex that is a tag and bytes in CBOR", "d34e3c50c61ace9a7c037cb4a5cb3e5a", "text"},
		{"a map in hex", "a2626964187b646e616d6564416e6e61", "hex → cbor"},
		{"an array of small integers that look like signs", string(numbers), "msgpack"},
	} {
		if got := Decode([]byte(c.data), Options{}).Chain(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
