package decoders

import (
	"strings"
	"testing"
)

// meanings are tags with the value that people read: the content comes from the specification that
// each tag is registered with.
func TestMeaningOfTags(t *testing.T) {
	for _, tt := range []struct{ hex, value, kind string }{
		{"c074323031332d30332d32315432303a30343a30305a", "2013-03-21T20:04:00Z", "tag 0 time text"},
		{"c1fb41d452d9ec200000", "2013-03-21T20:04:00.5Z", "tag 1 epoch time"},
		{"c120", "1969-12-31T23:59:59Z", "tag 1 epoch time"},
		{"c1fb7ff8000000000000", "1(NaN)", "tag 1 epoch time"},
		{"d903ec6a313934302d31302d3039", "1940-10-09", "tag 1004 date"},
		{"d903ec6a313934302d31332d3039", "1004(1940-13-09)", "tag 1004 date"},
		{"d8643929b3", "1940-10-09", "tag 100 days since 1970"},
		{"c249010000000000000000", "18446744073709551616", "tag 2 bignum"},
		{"c349010000000000000000", "-18446744073709551617", "tag 3 bignum"},
		{"c48221196ab3", "273.15", "tag 4 decimal fraction"},
		{"c4822120", "-0.01", "tag 4 decimal fraction"},
		{"c4820305", "5000", "tag 4 decimal fraction"},
		{"c482391 3870c", "12e-5000", "tag 4 decimal fraction"},
		{"c48221c249010000000000000000", "184467440737095516.16", "tag 4 decimal fraction"},
		{"c4820561 61", "4([2])", "tag 4 decimal fraction"},
		{"c5822003", "1.5", "tag 5 bigfloat"},
		{"c5820a03", "3072", "tag 5 bigfloat"},
		{"c5821903e803", "3×2^1000", "tag 5 bigfloat"},
		{"d82076687474703a2f2f7777772e6578616d706c652e636f6d", "http://www.example.com", "tag 32 URI"},
		{"d8216361474a", "aGJ", "tag 33 base64url text"},
		{"d822646147493d", "aGI=", "tag 34 base64 text"},
		{"d823635e612b", "/^a+/", "tag 35 regular expression"},
		{"d825500102030405060708090a0b0c0d0e0f10", "01020304-0506-0708-090a-0b0c0d0e0f10", "tag 37 UUID"},
		{"d825420102", "37(h'0102')", "tag 37 UUID"},
		{"d542fbff", "-_8", "tag 21 expected base64url"},
		{"d642fbff", "+/8=", "tag 22 expected base64"},
		{"d742fbff", "fbff", "tag 23 expected base16"},
		{"d834 44c0000201", "192.0.2.1", "tag 52 IPv4"},
		{"d836 5020010db8000000000000000000000001", "2001:db8::1", "tag 54 IPv6"},
		{"d90102 83010203", "258([3])", "tag 258 set"},
		{"d9d9f7 83010203", "[3]", "tag 55799 self-described CBOR"},
		{"d818 4401020304", "24(<<1>>)", "tag 24 encoded CBOR"},
		{"d83f 43010203", "63(<<3 items>>)", "tag 63 encoded CBOR sequence"},
		{"d818 40", "24(h'')", "tag 24 encoded CBOR"},
	} {
		r := Decode(unhex(t, tt.hex), Options{As: "cbor"})
		if got := r.Tree.Value(0); got != tt.value || r.Tree.Type(0) != tt.kind {
			t.Errorf("%s: %s : %s, want %s : %s", tt.hex, got, r.Tree.Type(0), tt.value, tt.kind)
		}
		checkTree(t, r)
	}
}

func TestMessagePackTimestamps(t *testing.T) {
	for hex, want := range map[string]string{
		"d6ff ffffffff":                    "2106-02-07T06:28:15Z",
		"d7ff ee6b27fc 00000000":           "1970-01-01T00:00:00.999999999Z",
		"d7ff ee6b2800 00000000":           "ext -1 h'ee6b280000000000'",
		"d7ff 00000003 ffffffff":           "2514-05-30T01:53:03Z",
		"c70cff 00000001 ffffffffffffffff": "1969-12-31T23:59:59.000000001Z",
		"c70cff 3b9aca00 0000000000000000": "ext -1 h'3b9aca000000000000000000'",
		"c70cff 00000000 7fffffffffffffff": "ext -1 h'000000007fffffffffffffff'",
		"c703ff 000000":                    "ext -1 h'000000'",
	} {
		if got := Decode(unhex(t, hex), Options{As: "msgpack"}).Tree.Value(0); got != want {
			t.Errorf("%s: %s, want %s", hex, got, want)
		}
	}
}

// sign1 is COSE_Sign1 with the algorithm ES256, a kid and a signature of 64 zero bytes.
const sign1 = "84 43a10126 a1044 23131 54 546869732069732074686520636f6e74656e742e 5840" +
	"0000000000000000000000000000000000000000000000000000000000000000" +
	"0000000000000000000000000000000000000000000000000000000000000000"

func TestCOSE(t *testing.T) {
	const want = `
0  = [4] : array
1 [0] (protected) = <<{1}>> : bytes
2 content = {1} : map
3 1 (alg) = -7 (ES256) : negative int
1 [1] (unprotected) = {1} : map
2 4 (kid) = h'3131' : bytes
1 [2] (payload) = h'546869732069732074686520636f6e74656e742e' : bytes
1 [3] (signature) = h'`
	r := Decode(unhex(t, sign1), Options{As: "cbor"})
	if got := "\n" + rows(r); !strings.HasPrefix(got, want) {
		t.Errorf("without its tag: %s", got)
	}
	checkTree(t, r)
	from, to := r.Tree.Range(3)
	if from != 4 || to != 5 || r.Data[from] != 0x26 {
		t.Errorf("the algorithm is bytes %d to %d", from, to)
	}
	r = Decode(unhex(t, "d2"+sign1), Options{As: "cbor"})
	if got := rows(r); !strings.Contains(got, "4 1 (alg) = -7 (ES256)") || !strings.HasPrefix(got, "0  = 18([4]) : tag 18 COSE_Sign1\n") {
		t.Error(got)
	}
	checkTree(t, r)
	// COSE_Mac with one recipient; COSE_Encrypt0 that is cut inside the protected header.
	r = Decode(unhex(t, "d861 85 43a10105 a0 4161 4162 81 83 40 a20125044 16b 40"), Options{As: "cbor"})
	if got := rows(r); !strings.Contains(got, "1 (alg) = 5 (HMAC 256/256)") || !strings.Contains(got, "[4] (recipients) = [1]") ||
		!strings.Contains(got, "1 (alg) = -6 (direct)") {
		t.Error(got)
	}
	checkTree(t, r)
	r = Decode(unhex(t, "d083 45a20101 05"), Options{As: "cbor"})
	if got := rows(r); r.Fault == nil || !strings.Contains(got, "1 (alg) = 1 (A128GCM)") {
		t.Error(got)
	}
}

// TestToken reads the claims of RFC 8392 appendix A.1, plain and as the payload of a signed token.
func TestToken(t *testing.T) {
	const claims = "a7 01 75636f61703a2f2f61732e6578616d706c652e636f6d 02656572696b77 03 7818636f61703a2f2f6c696768742e6578616d706c652e636f6d" +
		"041a5612aeb0 051a5610d9f0 061a5610d9f0 07420b71"
	for name, hex := range map[string]string{
		"plain":  "d83d" + claims,
		"signed": "d83d d2 84 43a10126 a0 5850" + claims + "5820" + strings.Repeat("00", 32),
	} {
		r := Decode(unhex(t, hex), Options{As: "cbor"})
		got := rows(r)
		for _, want := range []string{
			"1 (iss) = coap://as.example.com", "2 (sub) = erikw", "4 (exp) = 1444064944 (2015-10-05T17:09:04Z)",
			"6 (iat) = 1443944944 (2015-10-04T07:49:04Z)", "7 (cti) = h'0b71'",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", name, want, got)
			}
		}
		checkTree(t, r)
	}
}

func TestKey(t *testing.T) {
	const zeros = "5820" + "0000000000000000000000000000000000000000000000000000000000000000"
	got := rows(Decode(unhex(t, "a5 0102 0326 2001 21"+zeros+"22"+zeros), Options{As: "cbor"}))
	for _, want := range []string{"1 (kty) = 2 (EC2)", "3 (alg) = -7 (ES256)", "-1 (crv) = 1 (P-256)", "-2 (x) = h'", "-3 (y) = h'"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := rows(Decode(unhex(t, "a2 0102 0326"), Options{As: "cbor"})); strings.Contains(got, "kty") {
		t.Error("any map of integers is a key")
	}
}

// TestInsideIsBounded nests encoded CBOR in itself up to the limit and cuts it everywhere.
func TestInsideIsBounded(t *testing.T) {
	data := []byte{0x01}
	for range 400 {
		n := len(data)
		data = append([]byte{0xd8, 24, 0x59, byte(n >> 8), byte(n)}, data...)
	}
	r := Decode(data, Options{As: "cbor"})
	checkTree(t, r)
	if r.Fault != nil || r.Tree.Len() < 100 || r.Tree.Len() > 300 {
		t.Errorf("%d nodes, fault %v", r.Tree.Len(), r.Fault)
	}
	if got := Decode(data, Options{As: "cbor"}).Tree.Value(0); len(got) > 100 {
		t.Error(got)
	}
	whole := Decode(unhex(t, "82 d818 4783 01a1616102 03 d2"+sign1), Options{As: "cbor"})
	if whole.Fault != nil {
		t.Fatal(whole.Fault)
	}
	for cut := range whole.Data {
		part := Decode(whole.Data[:cut], Options{As: "cbor"})
		if part.Tree != nil {
			checkTree(t, part)
			checkPrefix(t, whole, part, "cbor", cut)
		}
	}
	// What is inside and breaks is shown as far as it goes.
	r = Decode(unhex(t, "d818 43820102"), Options{As: "cbor"})
	if got := rows(r); r.Fault != nil || !strings.Contains(got, "[0] = 1") {
		t.Error(got)
	}
}
