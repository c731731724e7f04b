package decoders

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"unicode/utf8"
)

// A token in compact form is opened as one JSON object of its parts, so that the header stays in
// sight beside the payload, in the names of the JSON forms:
//
//	{"header": {…}, "payload": {…}, "signature": "…"}                        JWS, RFC 7515 §7.1
//	{"header": {…}, "encrypted_key": "…", "iv": "…", "ciphertext": "…", "tag": "…"}  JWE, RFC 7516 §7.1
//
// Header and payload stand there as they are; a payload that is no JSON is a string, of its text or
// in base64url. The chain is "jwt → json". No signature is verified, nothing is decrypted.

// maxJWTHeader bounds the header, in characters: it names algorithms and keys.
const maxJWTHeader = 16 << 10

var errNoJWT = errors.New("not a JSON object with \"alg\", and two or four more parts")

// jwtParts splits a token; nil when d is none. A token that was cut in its payload has two parts.
func jwtParts(d []byte) (header []byte, parts [][]byte) {
	d = bytes.TrimSpace(d)
	dot := bytes.IndexByte(d[:min(len(d), maxJWTHeader)], '.')
	if dot < 8 || d[0] != 'e' { // base64 of '{' begins so
		return nil, nil
	}
	header, ok := base64url(d[:dot])
	if !ok || !jwtHeader(header) {
		return nil, nil
	}
	parts = bytes.SplitN(d, []byte("."), 6)
	switch len(parts) {
	case 2, 3, 5:
	default:
		return nil, nil
	}
	for _, p := range parts[1:] {
		for _, c := range p {
			if !base64urlChar(c) {
				return nil, nil
			}
		}
	}
	return header, parts
}

func base64urlChar(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '_'
}

func base64url(d []byte) ([]byte, bool) {
	out := make([]byte, base64.RawURLEncoding.DecodedLen(len(d)))
	n, err := base64.RawURLEncoding.Decode(out, d)
	return out[:n], err == nil
}

// jwtHeader reports whether d is a JOSE header: an object that names an algorithm.
func jwtHeader(d []byte) bool {
	w := walkJSON(d, false, Limits{}.withDefaults())
	if w.why != breakNone || len(bytes.TrimSpace(d[w.off:])) > 0 || len(w.tree.nodes) == 0 || w.tree.nodes[0].kind != kindMap {
		return false
	}
	i, ok := w.tree.Find("alg")
	return ok && w.tree.nodes[i].kind == kindText
}

func unJWT(d []byte, limit int) unwrapped {
	header, parts := jwtParts(d)
	var names []string
	switch len(parts) {
	case 2, 3:
		names = []string{"", "payload", "signature"}
	case 5:
		names = []string{"", "encrypted_key", "iv", "ciphertext", "tag"}
	default:
		return ended("jwt", nil, len(d), limit, errNoJWT)
	}
	out := append(make([]byte, 0, len(d)+64), `{"header":`...)
	out = append(out, bytes.TrimSpace(header)...)
	for i, p := range parts[1:] {
		out = append(append(append(out, `,"`...), names[i+1]...), `":`...)
		switch {
		case len(parts) == 2:
			cut, _ := base64url(p[:len(p)&^3])
			return limited("jwt", append(out, cut...), len(d), limit, io.ErrUnexpectedEOF)
		case names[i+1] == "payload":
			out = appendPayload(out, p)
		default:
			out = appendQuoted(out, p)
		}
	}
	return limited("jwt", append(out, '}'), len(d), limit, nil)
}

// appendPayload appends the payload of a JWS as a JSON value.
func appendPayload(out, part []byte) []byte {
	payload, ok := base64url(part)
	if !ok {
		return appendQuoted(out, part)
	}
	switch {
	case json.Valid(payload):
		return append(out, payload...)
	case utf8.Valid(payload):
		return appendQuoted(out, payload)
	default:
		return appendQuoted(out, part)
	}
}
