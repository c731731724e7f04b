package decoders

import (
	"encoding/base64"
	"strings"
	"testing"
)

func url64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// token is signed with HS256, whose key nobody needs here.
var token = url64(`{"alg":"HS256","typ":"JWT"}`) + "." + url64(`{"sub":"ada","admin":true,"iat":1516239022}`) +
	"." + url64(strings.Repeat("\x8a", 32))

func TestTokens(t *testing.T) {
	sig := url64(strings.Repeat("\x8a", 32))
	header := `{"alg":"HS256","typ":"JWT"}`
	for _, tt := range []struct{ name, token, want string }{
		{"signed", token, `{"header":` + header + `,"payload":{"sub":"ada","admin":true,"iat":1516239022},"signature":"` + sig + `"}`},
		{"with line end", token + "\n", `{"header":` + header + `,"payload":{"sub":"ada","admin":true,"iat":1516239022},"signature":"` + sig + `"}`},
		{"unsecured", url64(`{"alg":"none"}`) + "." + url64(`[1]`) + ".", `{"header":{"alg":"none"},"payload":[1],"signature":""}`},
		{"text", url64(header) + "." + url64("It's a \"text\"") + "." + sig, `{"header":` + header + `,"payload":"It's a \"text\"","signature":"` + sig + `"}`},
		{"bytes", url64(header) + "." + url64("\xff\xfe\xfd") + "." + sig, `{"header":` + header + `,"payload":"` + url64("\xff\xfe\xfd") + `","signature":"` + sig + `"}`},
		{"detached", url64(header) + ".." + sig, `{"header":` + header + `,"payload":"","signature":"` + sig + `"}`},
		{"number", url64(header) + "." + url64("17") + "." + sig, `{"header":` + header + `,"payload":17,"signature":"` + sig + `"}`},
		{
			"encrypted", url64(`{"alg":"dir","enc":"A128GCM"}`) + ".." + url64("iv") + "." + url64("text") + "." + url64("tag"),
			`{"header":{"alg":"dir","enc":"A128GCM"},"encrypted_key":"","iv":"` + url64("iv") + `","ciphertext":"` + url64("text") + `","tag":"` + url64("tag") + `"}`,
		},
	} {
		for _, as := range []string{"", "jwt", "jwt,json"} {
			r := Decode([]byte(tt.token), Options{As: as})
			if r.Chain() != "jwt → json" || r.Fault != nil || string(r.Data) != tt.want {
				t.Errorf("%s as %q: %s %v\n%s\n%s", tt.name, as, r.Chain(), r.Fault, r.Data, tt.want)
			}
			checkResult(t, r, []byte(tt.token))
		}
	}
	for _, plain := range []string{
		"example.com.", "eyes.are.open", url64(`{"a":1}`) + ".b.c", url64(`{"alg":1}`) + ".b.c", url64(`["alg"]`) + ".b.c",
		url64(header) + ".b c.d", url64(header) + ".a.b.c", url64(header) + "x.a.b", url64(header) + ".a.b.c.d.e",
	} {
		if r := Decode([]byte(plain), Options{}); strings.Contains(r.Chain(), "jwt") {
			t.Errorf("%s: %s", plain, r.Chain())
		}
		if r := Decode([]byte(plain), Options{As: "jwt"}); r.Fault == nil {
			t.Errorf("%s pinned: no fault", plain)
		}
	}
}

// TestCutTokens: from the dot on a token is known, and as much of the payload is shown as is there.
func TestCutTokens(t *testing.T) {
	first, last := strings.IndexByte(token, '.'), strings.LastIndexByte(token, '.')
	for cut := first + 1; cut < len(token); cut++ {
		r := Decode([]byte(token[:cut]), Options{Partial: true})
		if r.Chain() != "jwt → json" || r.Fault == nil || !r.Truncated {
			t.Fatalf("cut at %d: %s %v", cut, r.Chain(), r.Fault)
		}
		if _, ok := r.Tree.Find("alg"); !ok {
			t.Fatalf("cut at %d: no header in %s", cut, r.Diagnostic())
		}
		if cut > first+20 && cut < last {
			if i, ok := r.Tree.Find("sub"); !ok || r.Tree.Value(i) != "ada" {
				t.Fatalf("cut at %d: %s", cut, r.Diagnostic())
			}
		}
	}
}
