package decoders

import (
	"bytes"
	"strings"
	"testing"
)

// rubyOrder is what Marshal.dump writes for {a: 1, "b" => [nil, true, 1.5, :a, 2**56, "b"], o: Foo, t: Time}
// in the encodings of its specification.
const rubyOrder = "0408 7b09" +
	"3a0661 6906" +
	"49220662063a064554 5b0b 30 54 6608312e35 3b00 6c2b09 0000000000000001 4006" +
	"3a066f 6f3a08466f6f 07 3a07407869fe00ff 3a074079 5b06 6d0b 4b65726e656c" +
	"3a0674 4975 3a0954696d65 0d 0011223344556677 06 3a0b6f6666736574 6902100e"

func TestRubyRows(t *testing.T) {
	data := unhex(t, rubyOrder)
	r := Decode(data, Options{})
	if got := "\n" + rows(r); r.Chain() != "ruby-marshal" || r.Fault != nil || got != `
0  = {4} : hash
1 a = 1 : int
1 b = [6] : array
2 [0] = null : null
2 [1] = true : bool
2 [2] = 1.5 : float
2 [3] = a : symbol
2 [4] = 72057594037927936 : long
2 [5] = → offset 9 : reference
1 o = Foo {2} : object
2 @x = -256 : int
2 @y = [1] : array
3 [0] = Kernel : module
1 t = Time {2} : object (_dump)
2 dump = h'0011223344556677' : bytes
2 offset = 3600 : int
` {
		t.Errorf("%s %v%s", r.Chain(), r.Fault, got)
	}
	if got := string(r.AppendJSON(nil)); got != `{"a":1,"b":[null,true,1.5,"a",{"$number":"72057594037927936"},{"$ref":9}],`+
		`"o":{"$class":"Foo","@x":-256,"@y":[{"$class":"Kernel"}]},"t":{"$class":"Time","dump":{"$bytes":"ABEiM0RVZnc="},"offset":3600}}` {
		t.Error(got)
	}
	checkResult(t, r, data)
	for cut := 1; cut < len(data); cut++ {
		checkPrefix(t, r, Decode(data[:cut], Options{As: "ruby-marshal"}), "ruby-marshal", cut)
	}
}

func TestRubyValues(t *testing.T) {
	for _, tt := range []struct{ hex, want string }{
		{"6900", "0"},
		{"697f", "122"},
		{"6980", "-123"},
		{"6901ff", "255"},
		{"69ff00", "-256"},
		{"69ffff", "-1"},
		{"6904ffffff3f", "1073741823"},
		{"69fc000000c0", "-1073741824"},
		{"6609 2d696e66", `-Infinity`},
		{"6608 6e616e", `NaN`},
		{"6c2d0700000001", "-16777216"},
		{"2208616263", `"abc"`},
		{"49 2208616263 06 3a0645 46", `"abc"`},
		{"49 2208616263 06 3a0d656e636f64696e67 220e53686966745f4a4953", `"abc"`},
		{"49 2208616263 07 3a0645 54 3a074061 6906", `"abc"{"@a": 1}`},
		{"49 2f0661 00 06 3a0645 46", `"a"`},
		{"49 3a0661 06 3a0645 54", `"a"`},
		{"53 3a0a506f696e74 07 3a0678 6906 3a0679 6907", `Point{"x": 1, "y": 2}`},
		{"43 3a094c697374 5b06 6906", `List{"value": [1]}`},
		{"65 3a074d78 5b00", ""},
		{"55 3a065a 5b06 6906", `Z{"value": [1]}`},
		{"7d 06 6906 6907 6908", `{1: 2, "(default)": 3}`},
		{"7b 06 5b00 30", `{[]: null}`},
		{"5b07 3a0661 3b00", `["a", "a"]`},
		{"63 0a 4172726179", `class(Array)`},
		{"49 5b00 06 3a074061 30", `object{"value": [], "@a": null}`},
	} {
		data := append([]byte{4, 8}, unhex(t, tt.hex)...)
		r := Decode(data, Options{As: "ruby-marshal"})
		checkResult(t, r, data)
		if got := r.Diagnostic(); tt.want != "" && (got != tt.want || r.Fault != nil) {
			t.Errorf("%s: %s, want %s, %v", tt.hex, got, tt.want, r.Fault)
		}
	}
}

func TestSerialisedFaults(t *testing.T) {
	for _, tt := range []struct {
		as, data string
		offset   int
		text     string
		cut      bool
	}{
		{"ruby-marshal", "\x04\x09i\x00", 0, "expected the version 4.8", false},
		{"ruby-marshal", "\x04\x08?", 2, "expected a type, 3f is none", false},
		{"ruby-marshal", "\x04\x08;\x00", 2, "expected the number of an earlier symbol", false},
		{"ruby-marshal", "\x04\x08@\x06", 2, "expected the number of an earlier object", false},
		{"ruby-marshal", "\x04\x08[\xfa", 2, "expected a length", false},
		{"ruby-marshal", "\x04\x08\"\x0aab", 2, "needs 5 bytes, 2 bytes left", true},
		{"ruby-marshal", "\x04\x08[\x04\xff\xff\xff\x7f", 8, "expected a value, the data ends", true},
		{"ruby-marshal", "\x04\x08i\x00i", 4, "1 byte after the end", false},
		{"php", "a:1:{i:0;", 9, "expected a value, the data ends", true},
		{"php", "a:2:{i:0;N;}", 11, "expected a key", false},
		{"php", "x:1;", 0, "expected a type", false},
		{"php", "r:1;", 2, "", false},
		{"php", "R:7;", 2, "expected the number of an earlier value", false},
		{"php", "b:2;", 2, "expected 0 or 1", false},
		{"php", "i:1x;", 3, "expected a number", false},
		{"php", `s:5:"ab`, 0, "needs 5 bytes, 2 bytes left", true},
		{"php", `s:2:"abc";`, 7, `expected ";`, false},
		{"php", "a:99999999999:{", 2, "expected a length", false},
		{"php", "a:999999999:{", 13, "expected a key, the data ends", true},
		{"php", "i:5;i:6;", 4, "4 bytes after the end", false},
	} {
		r := Decode([]byte(tt.data), Options{As: tt.as})
		if tt.text != "" && (r.Fault == nil || r.Fault.Offset != tt.offset || !strings.HasPrefix(r.Fault.Text, tt.text) || r.Truncated != tt.cut) {
			t.Errorf("%q: %+v, truncated %v", tt.data, r.Fault, r.Truncated)
		}
		checkResult(t, r, []byte(tt.data))
	}
}

const phpOrder = "O:3:\"Foo\":5:{s:1:\"a\";i:-1;s:6:\"\x00Foo\x00b\";s:2:\"\xc3\xbc\";s:4:\"\x00*\x00c\";a:2:{i:0;d:1.5;i:1;b:1;}" +
	"s:1:\"d\";r:1;s:1:\"e\";a:4:{i:3;E:11:\"Suit:Hearts\";s:1:\"k\";C:3:\"Obj\":4:{ab\x01d}i:4;R:6;i:5;N;}}"

func TestPHPRows(t *testing.T) {
	data := []byte(phpOrder)
	r := Decode(data, Options{})
	if got := "\n" + rows(r); r.Chain() != "php" || r.Fault != nil || got != `
0  = Foo {5} : object
1 a = -1 : int
1 b = ü : string, private
1 c = {2} : array, protected
2 0 = 1.5 : float
2 1 = true : bool
1 d = → offset 0 ($) : reference
1 e = {4} : array
2 3 = Suit:Hearts : enum
2 k = Obj {1} : object with a format of its own
3 data = h'61620164' : bytes
2 4 = → offset 78 ($.c.1) : reference (&)
2 5 = null : null
` {
		t.Errorf("%s %v%s", r.Chain(), r.Fault, got)
	}
	if got := string(r.AppendJSON(nil)); got != `{"$class":"Foo","a":-1,"b":"ü","c":[1.5,true],"d":{"$ref":0},"e":{"$map":[[3,{"$class":"Suit:Hearts"}],`+
		`["k",{"$class":"Obj","data":{"$bytes":"YWIBZA=="}}],[4,{"$ref":78}],[5,null]]}}` {
		t.Error(got)
	}
	checkResult(t, r, data)
	for cut := 1; cut < len(data); cut++ {
		checkPrefix(t, r, Decode(data[:cut], Options{As: "php"}), "php", cut)
	}
	for in, want := range map[string]string{
		"d:INF;": `{"$float":"Infinity"}`, "d:-INF;": `{"$float":"-Infinity"}`, "d:NAN;": `{"$float":"NaN"}`, "d:1.0E+25;": `1.0E+25`,
		"i:9223372036854775807;": `{"$number":"9223372036854775807"}`, "N;": "null", "b:0;": "false",
	} {
		if got := string(Decode([]byte(in), Options{As: "php"}).AppendJSON(nil)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestSerialisedBombs(t *testing.T) {
	for _, tt := range []struct {
		as   string
		data []byte
	}{
		{"php", bytes.Repeat([]byte("a:1:{i:0;"), 1<<18)},
		{"php", append([]byte("a:999999999:{"), bytes.Repeat([]byte("i:0;N;"), 1<<18)...)},
		{"php", []byte(`O:999999999:"a`)},
		{"ruby-marshal", append([]byte{4, 8}, bytes.Repeat([]byte{'[', 6}, 1<<20)...)},
		{"ruby-marshal", append([]byte{4, 8}, bytes.Repeat([]byte{'I'}, 1<<20)...)},
		{"ruby-marshal", append([]byte("\x04\x08[\x04\xff\xff\xff\x3f:\x02\x00\x80"), bytes.Repeat([]byte{'a'}, 1<<15)...)},
		{"ruby-marshal", append([]byte("\x04\x08[\x04\xff\xff\xff\x3f:\x0dabcdefgh"), bytes.Repeat([]byte{';', 0}, 1<<20)...)},
	} {
		var r *Result
		if got := allocated(func() { r = Decode(tt.data, Options{As: tt.as}) }); got > 256<<20 {
			t.Errorf("%s %.20q: %d bytes allocated for %d", tt.as, tt.data, got, len(tt.data))
		}
		if r.Fault == nil {
			t.Errorf("%s %.20q: no fault", tt.as, tt.data)
		}
	}
}

// FuzzForeign holds the promises of every result for the formats whose nodes have facets.
func FuzzForeign(f *testing.F) {
	formats := append(foreignFormats(), formatXML)
	seeds := [][]byte{
		[]byte(phpOrder), unhex(f, rubyOrder), []byte(xmlOrder), []byte("]q\x00h\x00a."), []byte("cos\nsystem\n(S'x'\ntR."), []byte("(Vlol\nlq\x00(h\x00h\x00l."),
		[]byte("](K\x01}X\x01\x00\x00\x00ab"),
		{0x80, 4, 0x8d, 255, 255, 255, 255, 255, 255, 255, 127},
		[]byte("a:99:{i:0;a:1:{"),
	}
	for _, p := range pickles(f) {
		seeds = append(seeds, p)
	}
	for _, seed := range seeds {
		for i := range formats {
			f.Add(seed, byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, as byte) {
		r := Decode(data, Options{As: formats[int(as)%len(formats)], Limits: Limits{Depth: 40, Nodes: 1 << 14}})
		checkResult(t, r, data)
		if len(r.Notate(Notation{Indent: true, Offsets: as&1 == 1})) > 8*maxDiagnostic {
			t.Fatal("notation")
		}
		if r.Tree != nil {
			r.Tree.Search("a.b", 0)
			r.Tree.Search("x", 0)
			r.Tree.Find("name")
			for i := range min(r.Tree.Len(), 100) {
				r.Inside(i)
			}
		}
	})
}
