package decoders

import (
	"bytes"
	"testing"
)

// attested is an attestation object with none as its statement: the layout is that of Web
// Authentication §6.5.4, the values are made up.
func attested(t testing.TB, flags byte) []byte {
	t.Helper()
	auth := bytes.Repeat([]byte{0xab}, authHash)
	auth = append(append(auth, flags), 0, 0, 0, 7)
	auth = append(auth, unhex(t, "00112233445566778899aabbccddeeff 0004 01020304"+
		"a5 01 02 03 26 20 01 21 42 0102 22 42 0304")...)
	if flags&authHasMore != 0 {
		auth = append(auth, unhex(t, "a1 6b 6372656450726f74656374 02")...)
	}
	out := unhex(t, "a3 63 666d74 64 6e6f6e65 67 61747453746d74 a0 68 6175746844617461 58")
	return append(append(out, byte(len(auth))), auth...)
}

func TestAuthenticatorDataOpens(t *testing.T) {
	data := attested(t, 0xc5)
	r := Decode(data, Options{})
	if got := "\n" + rows(r); r.Chain() != "cbor" || r.Fault != nil || got != `
0  = {3} : map
1 fmt = none : text
1 attStmt = {0} : map
1 authData = <<h'abababababababababababababababababababababababababababababababab'>> : bytes
2 [0] (rpIdHash) = h'abababababababababababababababababababababababababababababababab' : bytes
2 [1] (flags) = 197 (UP UV AT ED) : uint8
2 [2] (signCount) = 7 : uint32
2 [3] (aaguid) = h'00112233445566778899aabbccddeeff' (00112233-4455-6677-8899-aabbccddeeff) : bytes
2 [4] (credentialIdLength) = 4 : uint16
2 [5] (credentialId) = h'01020304' : bytes
2 [6] (credentialPublicKey) = {5} : map
3 1 (kty) = 2 (EC2) : uint
3 3 (alg) = -7 (ES256) : negative int
3 -1 (crv) = 1 (P-256) : uint
3 -2 (x) = h'0102' : bytes
3 -3 (y) = h'0304' : bytes
2 [7] (extensions) = {1} : map
3 credProtect = 2 : uint
` {
		t.Errorf("%s %v%s", r.Chain(), r.Fault, got)
	}
	checkResult(t, r, data)
	for cut := 1; cut < len(data); cut++ {
		checkResult(t, Decode(data[:cut], Options{As: "cbor"}), data[:cut])
	}
	for flags := range 256 { // parts that the flags promise and that are not there
		data := attested(t, byte(flags)&^authHasMore)
		data[len(data)-0x4d+authHash] = byte(flags)
		checkResult(t, Decode(data, Options{As: "cbor"}), data)
	}
}
