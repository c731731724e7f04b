package decoders

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestCBORSpecification has an item for every major type and additional information of RFC 8949 §3,
// with its diagnostic notation and its JSON.
func TestCBORSpecification(t *testing.T) {
	for _, tt := range []struct{ hex, notation, json string }{
		{"07", "7", "7"},
		{"17", "23", "23"},
		{"1818", "24", "24"},
		{"18ff", "255", "255"},
		{"190100", "256", "256"},
		{"1a00010000", "65536", "65536"},
		{"1b0000000100000000", "4294967296", "4294967296"},
		{"1bffffffffffffffff", "18446744073709551615", `{"$number":"18446744073709551615"}`},
		{"1900ff", "255_1", "255"},
		{"26", "-7", "-7"},
		{"37", "-24", "-24"},
		{"38ff", "-256", "-256"},
		{"39ffff", "-65536", "-65536"},
		{"3affffffff", "-4294967296", "-4294967296"},
		{"3b8000000000000000", "-9223372036854775809", `{"$number":"-9223372036854775809"}`},
		{"40", "h''", `{"$bytes":""}`},
		{"43c0ffee", "h'c0ffee'", `{"$bytes":"wP/u"}`},
		{"5803c0ffee", "h'c0ffee'_0", `{"$bytes":"wP/u"}`},
		{"5f41c042ffeeff", "(_ h'c0', h'ffee')", `{"$bytes":"wP/u"}`},
		{"5fff", "(_ )", `{"$bytes":""}`},
		{"60", `""`, `""`},
		{"656c6f636b73", `"locks"`, `"locks"`},
		{"62220a", `"\"\n"`, `"\"\n"`},
		{"64f09f9a8c", `"🚌"`, `"🚌"`},
		{"7f6162637573 73ff", `(_ "b", "uss")`, `"buss"`},
		{"80", "[]", "[]"},
		{"8301820203a0", "[1, [2, 3], {}]", "[1,[2,3],{}]"},
		{"9f01ff", "[_ 1]", "[1]"},
		{"9800", "[_0 ]", "[]"},
		{"a0", "{}", "{}"},
		{"a26161016162f5", `{"a": 1, "b": true}`, `{"a":1,"b":true}`},
		{"bf616180ff", `{_ "a": []}`, `{"a":[]}`},
		{"a10102", "{1: 2}", `{"$map":[[1,2]]}`},
		{"a26161016161 02", `{"a": 1, "a": 2}`, `{"$map":[["a",1],["a",2]]}`},
		{"a1f6f7", "{null: undefined}", `{"$map":[[null,{"$simple":23}]]}`},
		{"c11a65920080", "1(1704067200)", `{"$time":"2024-01-01T00:00:00Z"}`},
		{"d818420a0b", "24(h'0a0b')", `{"$tag":24,"value":{"$bytes":"Cgs="}}`},
		{"d9d9f700", "55799(0)", `{"$tag":55799,"value":0}`},
		{"da0001000001", "65536(1)", `{"$tag":65536,"value":1}`},
		{"c240", "2(h'')", `{"$number":"0"}`},
		{"c243010000", "2(h'010000')", `{"$number":"65536"}`},
		{"e0", "simple(0)", `{"$simple":0}`},
		{"f8ff", "simple(255)", `{"$simple":255}`},
		{"f4", "false", "false"},
		{"f5", "true", "true"},
		{"f6", "null", "null"},
		{"f7", "undefined", `{"$simple":23}`},
		{"f90000", "0.0", "0.0"},
		{"f98000", "-0.0", "-0.0"},
		{"f94248", "3.140625", "3.140625"},
		{"f90001", "5.960464477539063e-8", "5.960464477539063e-8"},
		{"fa3e200000", "0.15625", "0.15625"},
		{"fb400921fb54442d18", "3.141592653589793", "3.141592653589793"},
		{"f97c00", "Infinity", `{"$float":"Infinity"}`},
		{"fbfff0000000000000", "-Infinity", `{"$float":"-Infinity"}`},
		{"fa7fc00000", "NaN", `{"$float":"NaN"}`},
	} {
		r := Decode(unhex(t, tt.hex), Options{As: "cbor"})
		if r.Fault != nil {
			t.Errorf("%s: %v", tt.hex, *r.Fault)
		}
		if got := r.Diagnostic(); got != tt.notation {
			t.Errorf("%s: %s, want %s", tt.hex, got, tt.notation)
		}
		if got := string(r.AppendJSON(nil)); got != tt.json {
			t.Errorf("%s: %s, want %s", tt.hex, got, tt.json)
		}
	}
}

// TestMsgpackSpecification has an item for every first byte that the specification's table of formats
// lists, with its type and its JSON.
func TestMsgpackSpecification(t *testing.T) {
	for _, tt := range []struct{ hex, kind, json string }{
		{"00", "fixint", "0"},
		{"7f", "fixint", "127"},
		{"e0", "fixint", "-32"},
		{"ff", "fixint", "-1"},
		{"80", "fixmap", "{}"},
		{"81a16101", "fixmap", `{"a":1}`},
		{"90", "fixarray", "[]"},
		{"9201c0", "fixarray", "[1,null]"},
		{"a0", "fixstr", `""`},
		{"a362 7573", "fixstr", `"bus"`},
		{"c0", "nil", "null"},
		{"c2", "bool", "false"},
		{"c3", "bool", "true"},
		{"c403c0ffee", "bin8", `{"$bytes":"wP/u"}`},
		{"c5000101", "bin16", `{"$bytes":"AQ=="}`},
		{"c60000000101", "bin32", `{"$bytes":"AQ=="}`},
		{"c7030701 0203", "ext 7", `{"$ext":7,"value":{"$bytes":"AQID"}}`},
		{"c8000107ff", "ext 7", `{"$ext":7,"value":{"$bytes":"/w=="}}`},
		{"c90000000107ff", "ext 7", `{"$ext":7,"value":{"$bytes":"/w=="}}`},
		{"ca3e200000", "float32", "0.15625"},
		{"cb3fc999999999999a", "float64", "0.2"},
		{"cccc", "uint8", "204"},
		{"cd0001", "uint16", "1"},
		{"ceffffffff", "uint32", "4294967295"},
		{"cfffffffffffffffff", "uint64", `{"$number":"18446744073709551615"}`},
		{"d080", "int8", "-128"},
		{"d1ff00", "int16", "-256"},
		{"d280000000", "int32", "-2147483648"},
		{"d38000000000000000", "int64", `{"$number":"-9223372036854775808"}`},
		{"d407aa", "ext 7", `{"$ext":7,"value":{"$bytes":"qg=="}}`},
		{"d507aabb", "ext 7", `{"$ext":7,"value":{"$bytes":"qrs="}}`},
		{"d6ff65920080", "ext -1 timestamp", `{"$time":"2024-01-01T00:00:00Z"}`},
		{"d7ff00000004 65920080", "ext -1 timestamp", `{"$time":"2024-01-01T00:00:00.000000001Z"}`},
		{"c70cff 1dcd6500 fffffffffffffffe", "ext -1 timestamp", `{"$time":"1969-12-31T23:59:58.5Z"}`},
		{"d880 00000000000000000000000000000000", "ext -128", `{"$ext":-128,"value":{"$bytes":"AAAAAAAAAAAAAAAAAAAAAA=="}}`},
		{"d903627573", "str8", `"bus"`},
		{"da0003627573", "str16", `"bus"`},
		{"db00000003627573", "str32", `"bus"`},
		{"dc000101", "array16", "[1]"},
		{"dd0000000101", "array32", "[1]"},
		{"de0001a16101", "map16", `{"a":1}`},
		{"df00000001a16101", "map32", `{"a":1}`},
	} {
		r := Decode(unhex(t, tt.hex), Options{As: "msgpack"})
		if r.Fault != nil {
			t.Errorf("%s: %v", tt.hex, *r.Fault)
			continue
		}
		if got := r.Tree.Type(0); got != tt.kind {
			t.Errorf("%s: %s, want %s", tt.hex, got, tt.kind)
		}
		if got := string(r.AppendJSON(nil)); got != tt.json {
			t.Errorf("%s: %s, want %s", tt.hex, got, tt.json)
		}
	}
	if r := Decode([]byte{0xc1}, Options{As: "msgpack"}); r.Fault == nil || r.Fault.Offset != 0 {
		t.Error("c1, which the specification never uses, is accepted")
	}
}

// TestJSONSpecification has texts that the grammar of RFC 8259 allows and others that it does not.
func TestJSONSpecification(t *testing.T) {
	for _, s := range []string{
		`0`, `-0`, `-1`, `10.25`, `1e5`, `1E+5`, `1e-05`, `0.0e0`, `""`, `"a"`, `"\u0041\n\"\\\/\b\f\r\t"`, `"\ud83d\ude8c"`,
		"\"\x7f\"", `"é"`, `null`, `true`, `false`, `[]`, `{}`, ` [ 1 , 2 ] `, "\t\r\n{\"a\" :\n[null]}\n", `{"":0}`, `{"a":1,"a":2}`,
		`[[[[[[]]]]]]`, `[{"a":[{}]},-1.5e300]`, `123456789012345678901234567890`, `[1e400]`, `"\u0000"`, `"\ud800"`,
	} {
		r := Decode([]byte(s), Options{As: "json"})
		if r.Fault != nil || !json.Valid(r.AppendJSON(nil)) {
			t.Errorf("%q is refused: %v", s, r.Fault)
		}
	}
	for _, s := range []string{
		``, ` `, `[`, `]`, `{`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{a:1}`, `{1:1}`, `{'a':1}`,
		`01`, `-`, `-01`, `+1`, `.5`, `1.`, `1.e1`, `1e`, `1e+`, `0x10`, `1_000`, `NaN`, `Infinity`, `-Infinity`, `nul`, `True`, `nulll`,
		`"`, `"a`, "\"\n\"", "\"\x00\"", `"\a"`, `"\u12"`, `"\u12g4"`, `'a'`, `[1]]`, `{}{`, `1 2x`, `// comment`, `[1]/**/`,
		`[1}`, `{"a":1]`, "\xa0[]", `[a]`, "[\f]",
	} {
		if r := Decode([]byte(s), Options{As: "json"}); r.Fault == nil && r.Format == "json" {
			t.Errorf("%q is accepted as %s", s, r.AppendJSON(nil))
		}
	}
	deep := strings.Repeat("[", 100_000)
	if r := Decode([]byte(deep), Options{As: "json"}); r.Fault == nil {
		t.Error("a hundred thousand open brackets are accepted")
	}
}
