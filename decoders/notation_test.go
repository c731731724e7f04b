package decoders

import (
	"strings"
	"testing"
)

func TestNotateWidths(t *testing.T) {
	for _, tt := range []struct{ hex, want string }{
		{"00", "0_i"},
		{"1805", "5_0"},
		{"1818", "24_0"},
		{"190100", "256_1"},
		{"1a00010000", "65536_2"},
		{"1b0000000100000000", "4294967296_3"},
		{"20", "-1_i"},
		{"f93e00", "1.5_1"},
		{"fa3fc00000", "1.5_2"},
		{"fb3ff8000000000000", "1.5_3"},
		{"8101", "[_i 1_i]"},
		{"9801 01", "[_0 1_i]"},
		{"9f01ff", "[_ 1_i]"},
		{"b90001 6161 f6", `{_1 "a"_i: null}`},
		{"d818 4101", "24_0(h'01'_i)"},
		{"c1 01", "1_i(1_i)"},
		{"7801 61", `"a"_0`},
		{"5f4101ff", "(_ h'01'_i)"},
		{"f4", "false"},
		{"f7", "undefined"},
	} {
		if got := Decode(unhex(t, tt.hex), Options{As: "cbor"}).Notate(Notation{Widths: true}); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.hex, got, tt.want)
		}
	}
}

func TestNotateIndented(t *testing.T) {
	for _, tt := range []struct{ as, hex, want string }{
		{"msgpack", "82 a2 6964 07 a4 74616773 92 a161 c3", `
{
  "id": 7,
  "tags": [
    "a",
    true
  ]
}`},
		{"cbor", "d818 43 820102", `
24(<<  # encoded CBOR
  [
    1,
    2
  ]
>>)`},
		{"cbor", "a2 01 c11a514b67b0 8102 a0", `
{
  1: 1(1363896240),  # epoch time, 2013-03-21T20:04:00Z
  [
    2
  ]: {}
}`},
		{"cbor", "00 8101", `
0,
[
  1
]`},
		{"json", hexOf(`{"a": [1, {}]}`), `
{
  "a": [
    1,
    {}
  ]
}`},
	} {
		if got := "\n" + Decode(unhex(t, tt.hex), Options{As: tt.as}).Notate(Notation{Indent: true}); got != tt.want {
			t.Errorf("%s:%s\nwant%s", tt.hex, got, tt.want)
		}
	}
	broken := Decode(unhex(t, "83 a161 81 a162 c3 c1"), Options{As: "msgpack"})
	const want = `
/    0 / {
/    1 /   "a": {
/    4 /     "b": true
/    7 /   },
/    7 /   ...
/    7 / }
/    7 / / broken at offset 7: expected an item, c1 is none /`
	if got := "\n" + broken.Notate(Notation{Offsets: true}); got != want {
		t.Errorf("%s\nwant%s", got, want)
	}
	long := Decode(packed(t, order(4000)), Options{}).Notate(Notation{Indent: true, Limit: 999})
	if len(long) > 1003 || !strings.HasSuffix(long, "…") {
		t.Errorf("%d bytes, …%q", len(long), long[len(long)-9:])
	}
	if got := Decode([]byte("a\nb"), Options{}).Notate(Notation{Indent: true}); got != `"a\nb"` {
		t.Error(got)
	}
}
