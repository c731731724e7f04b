package cli_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const nested = "\x82\xa2id\x07\xa4tags\x92\xa1a\xcd\x01\x00"

func TestDecodeAsTree(t *testing.T) {
	r := (&bench{stdin: nested}).run(t, "decode", "-o", "tree")
	r.expect(t, 0)
	const want = `  OFFSET    BYTES  TYPE                  MSGPACK
       0       16  fixmap                {2}
       4        1  fixint                  id: 7
      10        6  fixarray                tags: [2]
      11        2  fixstr                    [0]: a
      13        3  uint16                    [1]: 256
`
	if r.stdout != want {
		t.Errorf("%s", r.stdout)
	}
	// What breaks is shown up to the break, and the break with its place.
	r = (&bench{stdin: nested[:14]}).run(t, "decode", "-o", "tree", "--as", "msgpack")
	if r.status != 1 || !strings.Contains(r.stdout, "[0]: a\n      13           break                 needs 3 bytes, 1 left\n") ||
		r.stderr != "bustop: msgpack: broken at byte 13: needs 3 bytes, 1 left\n" {
		t.Errorf("%+v", r)
	}
	r = (&bench{stdin: "plain words\n"}).run(t, "decode", "-o", "tree")
	if r.expect(t, 0); !strings.Contains(r.stdout, "       0       12  text                  plain words\n") {
		t.Errorf("%s", r.stdout)
	}
}

func TestDecodeAsDiagnostic(t *testing.T) {
	for _, tt := range []struct {
		payload, args, want string
		status              int
	}{
		{nested, "", `{"id": 7, "tags": ["a", 256]}` + "\n", 0},
		{"\x18\x05", "--as cbor", "5_0\n", 0},
		{"\x82\x01\x18\x18", "--as cbor --widths", "[_i 1_i, 24_0]\n", 0},
		{"\x82\x01\x18\x18", "--as cbor --offsets", "/    0 / [\n/    1 /   1,\n/    2 /   24\n/    4 / ]\n", 0},
		{"\x82\x01", "--as cbor", "/    0 / [\n/    1 /   1,\n/    2 /   ...\n/    2 / ]\n/    2 / / broken at offset 2: 1 of 2 items, then the data ends /\n", 1},
	} {
		r := (&bench{stdin: tt.payload}).run(t, append(strings.Fields("decode -o diag"), strings.Fields(tt.args)...)...)
		if r.status != tt.status || r.stdout != tt.want {
			t.Errorf("%x %s: %d %s", tt.payload, tt.args, r.status, r.stdout)
		}
	}
}

func TestDecodeAsHex(t *testing.T) {
	r := (&bench{stdin: "0123456789abcdefXY\x00\xff"}).run(t, "decode", "-o", "hex")
	const want = "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n" +
		"00000010  58 59 00 ff                                       |XY..|\n" + "00000014\n"
	if r.stdout != want {
		t.Errorf("%s", r.stdout)
	}
	r = (&bench{stdin: base64.StdEncoding.EncodeToString([]byte(`{"a": 1, "b": 2}`))}).run(t, "decode", "-o", "hex")
	if !strings.Contains(r.stdout, `|{"a": 1, "b": 2}|`) {
		t.Errorf("%s", r.stdout)
	}
	// A long dump is whole.
	r = (&bench{stdin: strings.Repeat("\x00\xff", 70000)}).run(t, "decode", "-o", "hex", "--as", "binary")
	if got := lines(r.stdout); len(got) != 140000/16+1 || got[len(got)-1] != "000222e0" {
		t.Errorf("%d lines, the last is %s", len(got), got[len(got)-1])
	}
}

func TestDecodeHints(t *testing.T) {
	format := func(stdin string, args ...string) string {
		r := (&bench{stdin: stdin}).run(t, append([]string{"decode", "-o", "json"}, args...)...)
		var p struct{ Format string }
		if err := json.Unmarshal([]byte(r.stdout), &p); err != nil {
			t.Fatal(err, r.stderr)
		}
		return p.Format
	}
	if a, b := format("\x18\x2a", "--content-type", "application/cbor"), format("\xcc\x2a", "--content-type", "application/msgpack"); a != "cbor" || b != "msgpack" {
		t.Errorf("%s %s", a, b)
	}
	if got := format(nested, "--content-type", "application/json"); got != "msgpack" {
		t.Errorf("a wrong hint makes it %s", got)
	}
	if got := format("\x4b\x4c\x4a\x06\x00", "--content-encoding", "deflate"); got != "text" {
		t.Errorf("raw deflate is %s", got)
	}
	// The end of a beginning is no fault.
	(&bench{stdin: nested[:14]}).run(t, "decode", "--partial", "--as", "msgpack").expect(t, 0)
}

func TestDecodeUsage(t *testing.T) {
	for args, want := range map[string]string{
		"-o xml":           "-o xml: expected table, json, jsonl, tree, diag or hex",
		"--lines -o tree":  "--lines prints JSON, not -o tree",
		"--offsets -o hex": "--offsets and --widths go with -o diag",
		"--as nothing":     "--as nothing: no format \"nothing\"",
		"--as gzip,gzap":   "--as gzip,gzap: no format \"gzap\"",
	} {
		r := (&bench{}).run(t, append([]string{"decode"}, strings.Fields(args)...)...)
		if r.status != 2 || !strings.HasPrefix(r.stderr, "bustop: "+want) {
			t.Errorf("%s: %d %s", args, r.status, r.stderr)
		}
	}
	r := (&bench{}).run(t, "get", "queues", "-o", "tree")
	if r.status != 2 || r.stderr != "bustop: -o tree: expected table, json or jsonl\n" {
		t.Errorf("%d %s", r.status, r.stderr)
	}
}

// TestDecodeLinesKeepsOrder sends thousands of payloads of very different lengths through one
// process, some of them bad.
func TestDecodeLinesKeepsOrder(t *testing.T) {
	var in strings.Builder
	const count = 5000
	bad := 0
	for i := range count {
		payload := fmt.Sprintf(`{"n":%d,"pad":"%s"}`, i, strings.Repeat("x", i%37*i%2000))
		encoded := base64.StdEncoding.EncodeToString([]byte(payload))
		if i%100 == 99 {
			encoded = "!"
			bad++
		}
		fmt.Fprintf(&in, "{\"i\":%d,\"base64\":%q,\"tag\":[%d]}\n", i, encoded, i)
	}
	r := (&bench{stdin: in.String()}).run(t, "decode", "--lines")
	r.expect(t, 1, fmt.Sprintf("%d lines could not be read", bad))
	got := lines(r.stdout)
	if len(got) != count {
		t.Fatalf("%d lines", len(got))
	}
	for i, line := range got {
		var o struct {
			I, Line int
			Tag     []int
			Error   string
			Payload struct {
				Value struct{ N int }
			}
		}
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatal(err)
		}
		if o.I != i || o.Tag[0] != i {
			t.Fatalf("line %d answers %d", i, o.I)
		}
		if i%100 == 99 {
			if o.Line != i+1 || o.Error == "" {
				t.Fatalf("%s", line)
			}
		} else if o.Payload.Value.N != i {
			t.Fatalf("%s", line)
		}
	}
}
