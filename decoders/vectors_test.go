package decoders

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// suite is the bytes of a file of a published test suite. The suites are not part of this repository:
// the environment variable BUSTOP_VECTORS names the folder they are in, and without it the tests of
// specification_test.go have to do.
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

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(suite(t, name), into); err != nil {
		t.Fatal(err)
	}
}

// plain reads AppendJSON's output and turns the reserved objects that a test expects as JSON
// values back into numbers, so that 1 and 1.0 are the same.
func plain(t failer, text []byte) any {
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("AppendJSON made %q: %v", text, err)
	}
	return normal(v)
}

func normal(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v.String())
	case []any:
		for i := range v {
			v[i] = normal(v[i])
		}
	case map[string]any:
		if n, ok := v["$number"].(string); ok && len(v) == 1 {
			return number(n)
		}
		for k := range v {
			v[k] = normal(v[k])
		}
	}
	return v
}

func number(s string) string {
	f, _, err := big.ParseFloat(s, 10, 256, big.ToNearestEven)
	if err != nil {
		return "bad number " + s
	}
	v, _ := f.Float64()
	if f.IsInt() {
		return f.Text('f', 0)
	}
	return big.NewFloat(v).Text('g', -1)
}

func TestCBORAppendixA(t *testing.T) {
	var cases []struct {
		Hex        string
		Decoded    json.RawMessage
		Diagnostic string
	}
	readJSON(t, "cbor_appendix_a.json", &cases)
	accepted := 0
	for _, c := range cases {
		data, _ := hex.DecodeString(c.Hex)
		r := Decode(data, Options{As: "cbor"})
		if c.Hex == "f818" {
			if r.Fault == nil || r.Fault.Offset != 0 {
				t.Errorf("f818 is accepted: %v", r.Fault)
			}
			continue
		}
		if r.Fault != nil {
			t.Errorf("%s: %v", c.Hex, r.Fault)
			continue
		}
		accepted++
		if c.Diagnostic != "" {
			if got := r.Diagnostic(); got != c.Diagnostic {
				t.Errorf("%s: diagnostic %s, want %s", c.Hex, got, c.Diagnostic)
			}
			continue
		}
		got, want := plain(t, r.AppendJSON(nil)), plain(t, c.Decoded)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", c.Hex, got, want)
		}
	}
	if accepted != 81 {
		t.Errorf("%d accepted, want 81", accepted)
	}
}

// notWellFormed is the list of RFC 8949 appendix F.1.
const notWellFormed = `18 19 1a 1b 1901 1a0102 1b01020304050607 38 58 78 98 9a01ff00 b8 d8 f8 f900 fa0000 fb000000
41 61 5affffffff00 5bffffffffffffffff010203 7affffffff00 7b7fffffffffffffff010203
81 818181818181818181 8200 a1 a20102 a100 a2000000
5f4100 7f6100 9f 9f0102 bf bf01020102 819f 9f8000 9f9f9f9f9fffffffff 9f819f819f9fffffff
1c 1d 1e 3c 3d 3e 5c 5d 5e 7c 7d 7e 9c 9d 9e bc bd be dc dd de fc fd fe
f800 f801 f818 f81f
5f00ff 5f21ff 5f6100ff 5f80ff 5fa0ff 5fc000ff 5fe0ff 7f4100ff 5f5f4100ffff 7f7f6100ffff
ff 81ff 8200ff a1ff a1ff00 a100ff a20000ff 9f81ff 9f829f819f9fffffffff bf00ff bf000000ff
1f 3f df c0 c1 d8 d900`

func TestCBORNotWellFormed(t *testing.T) {
	for _, s := range strings.Fields(notWellFormed) {
		data, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		r := Decode(data, Options{As: "cbor"})
		if r.Fault == nil {
			t.Errorf("%s is accepted as %s", s, r.Diagnostic())
			continue
		}
		if r.Fault.Offset < 0 || r.Fault.Offset > len(data) || r.Fault.Text == "" {
			t.Errorf("%s: fault %+v", s, *r.Fault)
		}
		if sp := cborSkip(data, 0); sp.ok && sp.end == len(data) {
			t.Errorf("%s: skip accepts it", s)
		}
	}
}

func unhyphen(t *testing.T, s string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestMsgpackTestSuite(t *testing.T) {
	var groups map[string][]map[string]json.RawMessage
	readJSON(t, "msgpack-test-suite.json", &groups)
	forms := 0
	for name, group := range groups {
		for _, c := range group {
			var encodings []string
			if err := json.Unmarshal(c["msgpack"], &encodings); err != nil {
				t.Fatal(err)
			}
			for _, e := range encodings {
				forms++
				data := unhyphen(t, e)
				r := Decode(data, Options{As: "msgpack"})
				if r.Fault != nil {
					t.Errorf("%s %s: %v", name, e, r.Fault)
					continue
				}
				got := plain(t, r.AppendJSON(nil))
				if want := msgpackWant(t, c); !reflect.DeepEqual(got, want) {
					t.Errorf("%s %s: %v, want %v", name, e, got, want)
				}
			}
		}
	}
	if forms != 233 {
		t.Errorf("%d forms, want 233", forms)
	}
}

// msgpackWant is what AppendJSON must make of a case of the suite.
func msgpackWant(t *testing.T, c map[string]json.RawMessage) any {
	t.Helper()
	if raw, ok := c["bignum"]; ok {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			t.Fatal(err)
		}
		return number(s)
	}
	for _, k := range []string{"nil", "bool", "number", "string", "array", "map"} {
		if raw, ok := c[k]; ok {
			return plain(t, raw)
		}
	}
	bytesOf := func(s string) any {
		return map[string]any{"$bytes": base64.StdEncoding.EncodeToString(unhyphen(t, s))}
	}
	if raw, ok := c["binary"]; ok {
		var s string
		_ = json.Unmarshal(raw, &s)
		return bytesOf(s)
	}
	if raw, ok := c["timestamp"]; ok {
		var v [2]int64
		_ = json.Unmarshal(raw, &v)
		return map[string]any{"$time": time.Unix(v[0], v[1]).UTC().Format(time.RFC3339Nano)}
	}
	var ext []any
	if err := json.Unmarshal(c["ext"], &ext); err != nil {
		t.Fatal(err)
	}
	return map[string]any{"$ext": number(big.NewFloat(ext[0].(float64)).String()), "value": bytesOf(ext[1].(string))}
}

func TestJSONTestSuite(t *testing.T) {
	lines := bufio.NewScanner(bytes.NewReader(suite(t, "jsontestsuite.jsonl")))
	lines.Buffer(nil, 1<<22)
	count := map[string]int{}
	for lines.Scan() {
		var c struct {
			Name, Expect string
			Base64       []byte
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		count[c.Expect]++
		r := Decode(c.Base64, Options{As: "json"})
		switch {
		case c.Expect == "y" && r.Fault != nil:
			t.Errorf("%s is refused: %v", c.Name, r.Fault)
		case c.Expect == "y" && !json.Valid(r.AppendJSON(nil)):
			t.Errorf("%s: AppendJSON is no JSON", c.Name)
		case c.Expect == "n" && r.Fault == nil:
			t.Errorf("%s is accepted", c.Name)
		}
		Decode(c.Base64, Options{}).Preview(80) // must not panic
	}
	if lines.Err() != nil || count["y"] != 95 || count["n"] != 188 {
		t.Errorf("%v, files: %v", lines.Err(), count)
	}
}
