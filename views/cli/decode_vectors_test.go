package cli_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// vector is a payload with what decode has to print for it.
type vector struct {
	name       string
	data       []byte
	refused    bool   // an error, whatever else
	either     bool   // an error or none
	value      any    // as JSON, numbers as in plainNumbers; not compared when nil and diagnostic is not ""
	diagnostic string // not compared when ""
	noValue    bool
}

// checkVectors sends vectors through one process and compares the answers.
func checkVectors(t *testing.T, format string, vectors []vector) {
	t.Helper()
	var in bytes.Buffer
	for i, v := range vectors {
		fmt.Fprintf(&in, "{\"i\":%d,\"base64\":%q}\n", i, base64.StdEncoding.EncodeToString(v.data))
	}
	r := (&bench{stdin: in.String()}).run(t, "decode", "--lines", "--as", format)
	r.expect(t, 0)
	got := lines(r.stdout)
	if len(got) != len(vectors) {
		t.Fatalf("%d answers to %d payloads", len(got), len(vectors))
	}
	for i, line := range got {
		checkVector(t, i, vectors[i], line)
	}
}

func checkVector(t *testing.T, i int, v vector, line string) {
	t.Helper()
	var o struct {
		I       int
		Payload struct {
			Value      json.RawMessage
			Diagnostic string
			Error      *struct{ Offset *int }
		}
	}
	if err := json.Unmarshal([]byte(line), &o); err != nil || o.I != i {
		t.Fatalf("answer %d: %v %.200s", i, err, line)
	}
	p := o.Payload
	switch {
	case v.either:
		return
	case v.refused:
		if p.Error == nil || p.Error.Offset == nil || *p.Error.Offset < 0 || *p.Error.Offset > len(v.data) {
			t.Errorf("%s (%x) is accepted, or refused without the place: %.200s", v.name, v.data, line)
		}
		return
	case p.Error != nil:
		t.Errorf("%s (%x) is refused: %.200s", v.name, v.data, line)
	case v.diagnostic != "" && p.Diagnostic != v.diagnostic:
		t.Errorf("%s (%x): %s, want %s", v.name, v.data, p.Diagnostic, v.diagnostic)
	}
	if v.noValue {
		return
	}
	if diff := cmp.Diff(v.value, plainNumbers(t, p.Value)); diff != "" {
		t.Errorf("%s (%x): %s", v.name, v.data, diff)
	}
}

// plainNumbers reads JSON so that equal numbers are equal, {"$number": …} among them.
func plainNumbers(t *testing.T, text []byte) any {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return normal(v)
}

func normal(v any) any {
	switch v := v.(type) {
	case json.Number:
		return exact(v.String())
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		if n, ok := v["$number"].(string); ok && len(v) == 1 {
			return exact(n)
		}
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

// exact writes integers in full and other numbers as the nearest float64.
func exact(s string) string {
	f, _, err := big.ParseFloat(s, 10, 256, big.ToNearestEven)
	if err != nil {
		return "no number: " + s
	}
	if f.IsInt() {
		return f.Text('f', 0)
	}
	v, _ := f.Float64()
	return big.NewFloat(v).Text('g', -1)
}

// TestDecodeOwnVectors holds a row for each kind of item without any file.
func TestDecodeOwnVectors(t *testing.T) {
	table := map[string][][2]string{
		"cbor": {
			{"1864", "100"},
			{"3863", "-100"},
			{"f93e00", "1.5"},
			{"42beef", `{"$bytes":"vu8="}`},
			{"63627573", `"bus"`},
			{"83 01 8202 03 80", "[1,[2,3],[]]"},
			{"a1 6161 bf 6162 f5 ff", `{"a":{"b":true}}`},
			{"c1 00", `{"$time":"1970-01-01T00:00:00Z"}`},
			{"c2 49 010000000000000000", `{"$number":"18446744073709551616"}`},
			{"f6", "null"},
			{"f7", `{"$simple":23}`},
			{"d825 50 00112233445566778899aabbccddeeff", `{"$tag":37,"value":{"$bytes":"ABEiM0RVZneImaq7zN3u/w=="}}`},
			{"18", ""},
			{"ff", ""},
			{"1c", ""},
			{"8201", ""},
			{"f818", ""},
			{"5f6161ff", ""},
		},
		"msgpack": {
			{"64", "100"},
			{"d09c", "-100"},
			{"ca3fc00000", "1.5"},
			{"c402beef", `{"$bytes":"vu8="}`},
			{"a3627573", `"bus"`},
			{"93 01 9202 03 90", "[1,[2,3],[]]"},
			{"81 a161 de0001 a162 c3", `{"a":{"b":true}}`},
			{"d6ff 00000000", `{"$time":"1970-01-01T00:00:00Z"}`},
			{"cf ffffffffffffffff", `{"$number":"18446744073709551615"}`},
			{"c0", "null"},
			{"d4 05 01", `{"$ext":5,"value":{"$bytes":"AQ=="}}`},
			{"c1", ""},
			{"cc", ""},
			{"9201", ""},
			{"a362", ""},
			{"0102ff81", ""},
		},
		"json": {
			{"7b2261223a5b312c322e355d7d", `{"a":[1,2.5]}`},
			{"22c3a922", `"é"`},
			{"5b5d", "[]"},
			{"31323334353637383930313233343536373839", "1234567890123456789"},
			{"5b312c5d", ""},
			{"7b7d7b", ""},
			{"6e756c", ""},
		},
	}
	for format, rows := range table {
		var vectors []vector
		for _, row := range rows {
			data, err := hex.DecodeString(strings.ReplaceAll(row[0], " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			v := vector{name: format, data: data, refused: row[1] == ""}
			if !v.refused {
				v.value = plainNumbers(t, []byte(row[1]))
			}
			vectors = append(vectors, v)
		}
		checkVectors(t, format, vectors)
	}
}

// suite is the bytes of a file of a published test suite, from the folder in BUSTOP_VECTORS.
func suite(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("BUSTOP_VECTORS")
	if dir == "" {
		t.Skip("BUSTOP_VECTORS names no folder")
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDecodeCBORAppendixA(t *testing.T) {
	var cases []struct {
		Hex, Diagnostic string
		Decoded         json.RawMessage
	}
	if err := json.Unmarshal(suite(t, "cbor_appendix_a.json"), &cases); err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	for _, c := range cases {
		data, err := hex.DecodeString(c.Hex)
		if err != nil {
			t.Fatal(err)
		}
		// RFC 8949 forbids simple(24), which RFC 7049 had among its examples.
		v := vector{name: c.Hex, data: data, refused: c.Hex == "f818", diagnostic: c.Diagnostic, noValue: c.Decoded == nil}
		if c.Decoded != nil {
			v.value = plainNumbers(t, c.Decoded)
		}
		vectors = append(vectors, v)
	}
	if len(vectors) != 82 {
		t.Errorf("%d cases", len(vectors))
	}
	checkVectors(t, "cbor", vectors)
}

func TestDecodeMsgpackTestSuite(t *testing.T) {
	var groups map[string][]map[string]json.RawMessage
	if err := json.Unmarshal(suite(t, "msgpack-test-suite.json"), &groups); err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	for name, group := range groups {
		for _, c := range group {
			var encodings []string
			if err := json.Unmarshal(c["msgpack"], &encodings); err != nil {
				t.Fatal(err)
			}
			for _, e := range encodings {
				vectors = append(vectors, vector{name: name, data: hyphened(t, e), value: suiteValue(t, c)})
			}
		}
	}
	if len(vectors) != 233 {
		t.Errorf("%d encodings", len(vectors))
	}
	checkVectors(t, "msgpack", vectors)
}

func hyphened(t *testing.T, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// suiteValue is what decode must print for a case of the MessagePack suite.
func suiteValue(t *testing.T, c map[string]json.RawMessage) any {
	t.Helper()
	read := func(name string, into any) bool {
		raw, ok := c[name]
		if ok && json.Unmarshal(raw, into) != nil {
			t.Fatalf("%s: %s", name, raw)
		}
		return ok
	}
	var text string
	var stamp [2]int64
	var ext [2]any
	switch {
	case read("bignum", &text):
		return exact(text)
	case read("binary", &text):
		return map[string]any{"$bytes": base64.StdEncoding.EncodeToString(hyphened(t, text))}
	case read("timestamp", &stamp):
		return map[string]any{"$time": time.Unix(stamp[0], stamp[1]).UTC().Format(time.RFC3339Nano)}
	case read("ext", &ext):
		content := base64.StdEncoding.EncodeToString(hyphened(t, ext[1].(string)))
		return map[string]any{"$ext": exact(fmt.Sprint(ext[0])), "value": map[string]any{"$bytes": content}}
	}
	for _, name := range []string{"nil", "bool", "number", "string", "array", "map"} {
		if raw, ok := c[name]; ok {
			return plainNumbers(t, raw)
		}
	}
	t.Fatalf("no value in %v", c)
	return nil
}

func TestDecodeJSONTestSuite(t *testing.T) {
	var vectors []vector
	for line := range bytes.Lines(suite(t, "jsontestsuite.jsonl")) {
		var c struct {
			Name, Expect string
			Base64       []byte
		}
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		vectors = append(vectors, vector{
			name: c.Name, data: c.Base64, refused: c.Expect == "n", either: c.Expect == "i", noValue: true,
		})
	}
	if len(vectors) != 318 {
		t.Errorf("%d files", len(vectors))
	}
	checkVectors(t, "json", vectors)
}
