package cli_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecode(t *testing.T) {
	msgpack := "\x82\xa2id\x07\xa4tags\x92\xa1a\xa1b"
	file := filepath.Join(t.TempDir(), "payload")
	if err := os.WriteFile(file, []byte(msgpack), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"decode", file, "-o", "json"}, {"decode", "-", "-o", "jsonl"}, {"decode", "-o", "json"}} {
		b := bench{stdin: msgpack}
		r := b.run(t, args...)
		r.expect(t, 0)
		var p struct {
			Format string
			Layers []struct {
				Format, Reason string
				Confidence     float64
			}
			Value      any
			Diagnostic string
			Truncated  bool
			Error      *struct{}
		}
		if err := json.Unmarshal([]byte(r.stdout), &p); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"id": 7.0, "tags": []any{"a", "b"}}
		if p.Format != "msgpack" || len(p.Layers) != 1 || p.Layers[0].Confidence < 0.5 || p.Error != nil || p.Diagnostic == "" || !cmp.Equal(p.Value, any(want)) {
			t.Errorf("%s", r.stdout)
		}
	}
}

func TestDecodeForPeople(t *testing.T) {
	r := (&bench{stdin: `{"text":"a\nb \u001b[2J","tab":"\u0009"}`}).run(t, "decode")
	r.expect(t, 0)
	if !strings.HasPrefix(r.stdout, "format   json  ") || !strings.Contains(r.stdout, `"a\nb \u001b[2J"`) {
		t.Errorf("%s", r.stdout)
	}
	// A payload that breaks is shown as far as it goes, and is a failure.
	r = (&bench{stdin: "\x82\xa2id\x07"}).run(t, "decode", "--as", "msgpack")
	if r.status != 1 || !strings.Contains(r.stdout, "id") || !strings.HasPrefix(r.stderr, "bustop: msgpack: broken at byte ") {
		t.Errorf("%+v", r)
	}
	r = (&bench{}).run(t, "decode", "/nope")
	r.expect(t, 1, "open /nope: no such file or directory")
}

// TestDecodeShowsNoControlCharacter feeds text that would drive a terminal.
func TestDecodeShowsNoControlCharacter(t *testing.T) {
	payload := "hello \x1b]52;c;cm0=\a\u202e\u009b2J\r\n" + strings.Repeat("x\x1b[2J\u200b\\", 5000)
	for _, form := range []string{"table", "json"} {
		r := (&bench{stdin: payload}).run(t, "decode", "-o", form)
		for _, c := range r.stdout {
			if c != '\n' && (c < ' ' || c >= 0x7f && c < 0xa0 || c == '\u202e' || c == '\u200b') {
				t.Errorf("%s: %q in the output", form, c)
				break
			}
		}
	}
}

func TestDecodeLines(t *testing.T) {
	in := strings.Join([]string{
		`{"id": 1, "note": "<é\u202e>", "big": 12345678901234567890, "base64": "gqJpZAekdGFnc5KhYaFi"}`,
		`not json`,
		``,
		`{"id": 2}`,
		`{"id": 3, "base64": 5}`,
		`{"id": 4, "base64": "%%%"}`,
		`["base64"]`,
		`{"id": 5, "base64": "eyJhIjoxfQ", "payload": "old", "id": 6}`,
		`{"id": 7, "base64": "e30="} {}`,
		`{"base64": "_-8=", "error": "kept"}`,
		`{"base64": ""`,
		`{"id": 8, "base64": ""}`,
	}, "\r\n")
	r := (&bench{stdin: in}).run(t, "decode", "--lines")
	r.expect(t, 1, "7 lines could not be read")
	got := lines(r.stdout)
	for i, want := range []string{
		`{"id":1,"note":"<é\u202e>","big":12345678901234567890,"payload":{"format":"msgpack",`,
		`{"line":2,"error":"not valid JSON: invalid character 'o' in literal null (expecting 'u')"}`,
		`{"id":2,"line":4,"error":"the line has no field base64"}`,
		`{"id":3,"line":5,"error":"the field base64 is not a string"}`,
		`{"id":4,"line":6,"error":"the field base64: illegal base64 data at input byte 0"}`,
		`{"line":7,"error":"the line is not a JSON object"}`,
		`{"id":6,"payload":{"format":"json",`,
		`{"line":9,"error":"something follows the JSON object"}`,
		`{"error":"kept","payload":{"format":"`,
		`{"line":11,"error":"not valid JSON: it ends early"}`,
		`{"id":8,"payload":{"format":"empty",`,
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) || !json.Valid([]byte(got[i])) {
			t.Errorf("line %d: got %s, want %s…", i, got[min(i, len(got)-1)], want)
		}
	}
	if len(got) != 11 {
		t.Errorf("%d lines", len(got))
	}
}

func TestDecodeLinesAsPinned(t *testing.T) {
	r := (&bench{stdin: `{"base64":"MQ=="}`}).run(t, "decode", "--lines", "--as", "text")
	r.expect(t, 0)
	if !strings.HasPrefix(r.stdout, `{"payload":{"format":"text"`) {
		t.Error(r.stdout)
	}
}

// TestDecodeLongLine holds that a line of many megabytes is read, and one without end is not kept.
func TestDecodeLongLine(t *testing.T) {
	long := base64.StdEncoding.EncodeToString([]byte(`"` + strings.Repeat("a", 3<<20) + `"`))
	in := `{"n":1,"base64":"` + long + `"}` + "\n" + strings.Repeat("x", 87<<20) + "\n" + `{"n":3,"base64":"MQ=="}`
	r := (&bench{stdin: in}).run(t, "decode", "--lines")
	got := lines(r.stdout)
	if r.status != 1 || len(got) != 3 {
		t.Fatalf("status %d, %d lines, %s", r.status, len(got), r.stderr)
	}
	if !strings.HasPrefix(got[0], `{"n":1,"payload":{"format":"json"`) || !strings.HasPrefix(got[1], `{"line":2,"error":"line is longer than`) || !strings.HasPrefix(got[2], `{"n":3,"payload":`) {
		t.Errorf("%.80s\n%.80s\n%.80s", got[0], got[1], got[2])
	}
}

func FuzzDecodeLine(f *testing.F) {
	f.Add([]byte(`{"a":1,"base64":"MQ=="}`))
	f.Add([]byte(`{"base64":null,"a":{"b":[1,2,{}]}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.ContainsRune(line, '\n') || len(bytes.TrimSpace(line)) == 0 {
			return
		}
		r := (&bench{stdin: string(line)}).run(t, "decode", "--lines")
		got := lines(r.stdout)
		if len(got) != 1 || !json.Valid([]byte(got[0])) || !strings.HasPrefix(got[0], "{") {
			t.Errorf("%s answered by %q", hex.EncodeToString(line), r.stdout)
		}
	})
}

// TestDecodeWithSchema reads a message by a .proto file, found by itself and pinned.
func TestDecodeWithSchema(t *testing.T) {
	file := filepath.Join(t.TempDir(), "shop.proto")
	text := `syntax = "proto3"; package shop.v1; enum State { NONE = 0; PAID = 1; } message Order { string id = 1; State state = 2; int64 cents = 3; }`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	payload := "\x0a\x06o-1700\x10\x01\x18\xac\x02"
	for _, args := range [][]string{{}, {"--as", "protobuf:Order"}, {"--as", "protobuf:shop.v1.Order"}} {
		r := (&bench{stdin: payload}).run(t, append([]string{"decode", "--proto", file, "-o", "json"}, args...)...)
		r.expect(t, 0)
		if !strings.Contains(r.stdout, `"message":"shop.v1.Order"`) || !strings.Contains(r.stdout, `"value":{"id":"o-1700","state":"PAID","cents":300}`) {
			t.Errorf("%v: %s", args, r.stdout)
		}
	}
	r := (&bench{stdin: payload}).run(t, "decode", "--proto", file)
	if !strings.HasPrefix(r.stdout, "format   protobuf:shop.v1.Order  ") || !strings.Contains(r.stdout, `"state": 1 /PAID/`) {
		t.Error(r.stdout)
	}
	r = (&bench{stdin: payload}).run(t, "decode", "--proto", file, "--as", "protobuf:Nope")
	r.expect(t, 2, "--as protobuf:Nope: no message Nope in the schema; there are shop.v1.Order")
	r = (&bench{stdin: payload}).run(t, "decode", "--as", "protobuf:Order")
	r.expect(t, 2, "--as protobuf:Order: no message Order: no schema is loaded")
	r = (&bench{stdin: payload}).run(t, "decode", "--proto", file+"x")
	r.expect(t, 2, "--proto: open "+file+"x: no such file or directory")
}
