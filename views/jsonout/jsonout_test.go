package jsonout_test

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"bustop/backends"
	"bustop/decoders"
	"bustop/views/jsonout"

	"github.com/google/go-cmp/cmp"
)

func TestStrings(t *testing.T) {
	for in, want := range map[string]string{
		"":                   `""`,
		"plain é 漢":          `"plain é 漢"`,
		"\"\\/":              `"\"\\/"`,
		"\n\t\r\x00\x1b":     `"\n\t\r\u0000\u001b"`,
		"\u007f\u009b":       `"\u007f\u009b"`,
		"\u202e\u200b\ufeff": `"\u202e\u200b\ufeff"`,
		"\U000e0041":         `"\udb40\udc41"`,
		"<&>":                `"<&>"`,
		"a\xffb\xc3":         `"a\\xffb\\xc3"`,
	} {
		if got := string(jsonout.AppendString(nil, in)); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func FuzzStrings(f *testing.F) {
	f.Add("a\xff\u202e\U000e0041\\")
	f.Fuzz(func(t *testing.T, s string) {
		out := jsonout.AppendString(nil, s)
		var back string
		if err := json.Unmarshal(out, &back); err != nil {
			t.Fatalf("%q: %v", out, err)
		}
		if utf8.ValidString(s) && back != s {
			t.Errorf("%q came back as %q", s, back)
		}
		for _, r := range string(out) {
			if !unicode.IsPrint(r) {
				t.Errorf("%q has %q", out, r)
			}
		}
		// Rewriting what the standard library writes keeps its meaning.
		std, err := json.Marshal([]string{s})
		if err != nil {
			t.Fatal(err)
		}
		var a, b []string
		if json.Unmarshal(std, &a) != nil || json.Unmarshal(jsonout.Printable(nil, std), &b) != nil || a[0] != b[0] {
			t.Errorf("%q became %q", a, b)
		}
	})
}

// object decodes what a function of the package wrote.
func object(t *testing.T, out []byte) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal(out, &o); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	return o
}

func TestNamesThatAreNotText(t *testing.T) {
	from := jsonout.Origin{Source: "s\xfe", Backend: "redis", Namespace: "3"}
	o := object(t, jsonout.Key(nil, from, backends.Key{Name: "k\xff"}))
	if o["name"] != `k\xff` || o["name_base64"] != base64.StdEncoding.EncodeToString([]byte("k\xff")) || o["source_base64"] != "c/4=" {
		t.Errorf("%v", o)
	}
	if _, there := o["type_base64"]; there {
		t.Error("base64 beside a text")
	}
}

func TestUnknownIsNull(t *testing.T) {
	o := object(t, jsonout.Lock(nil, jsonout.Origin{Source: "s"}, backends.Lock{Name: "l"}))
	for _, name := range []string{"namespace", "holder", "ttl_ms", "library", "reentrancy", "fencing_token", "waiters", "mode", "variant", "since", "host", "permits", "quorum"} {
		if v, there := o[name]; !there || v != nil {
			t.Errorf("%s is %v (%v)", name, v, there)
		}
	}
}

func TestLock(t *testing.T) {
	o := object(t, jsonout.Lock(nil, jsonout.Origin{Source: "s"}, backends.Lock{
		Name: "l", Mode: "read", Variant: "read-write", Host: "web-1", Since: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Permits: backends.ExactCount(7), Waiters: backends.Count{Value: 2, Certainty: backends.About},
		Holders: []backends.LockHolder{{Token: "a:1", Entered: backends.ExactCount(2)}, {Token: "b:1", Mode: "write"}},
		Quorum:  &backends.LockQuorum{Agree: 2, Of: 3, Holder: "a:1", Skew: backends.ExactSpan(30 * time.Millisecond)},
	}))
	for name, want := range map[string]any{
		"mode": "read", "variant": "read-write", "host": "web-1", "since": "2026-03-01T12:00:00Z", "permits": 7., "waiters": 2., "waiters_certainty": "about",
		"holders": []any{
			map[string]any{"token": "a:1", "reentrancy": 2., "mode": nil}, map[string]any{"token": "b:1", "reentrancy": nil, "mode": "write"},
		},
		"quorum": map[string]any{"agree": 2., "of": 3., "holder": "a:1", "skew_ms": 30.},
	} {
		if diff := cmp.Diff(want, o[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTimes(t *testing.T) {
	for _, tt := range []struct {
		at   time.Time
		want any
	}{
		{time.Time{}, nil},
		{time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("", 3600)), "2026-01-02T02:04:05.000006Z"},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), nil},
		{time.Unix(-1<<55, 0), nil},
	} {
		o := object(t, jsonout.Message(nil, jsonout.Origin{}, backends.Message{Time: tt.at}, decoders.Decode(nil, decoders.Options{})))
		if got := o["time"]; got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.at, got, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		1: "1", -0.5: "-0.5", 1e21: "1e+21", 1e-7: "1e-07", math.MaxFloat64: "1.7976931348623157e+308",
		math.Inf(1): `{"$float":"Infinity"}`, math.Inf(-1): `{"$float":"-Infinity"}`, 123456789.25: "123456789.25",
	} {
		out := string(jsonout.Leaderboard(nil, jsonout.Origin{}, backends.Leaderboard{Top: []backends.Place{{Rank: 1, Score: v}}}))
		if !strings.HasSuffix(out, `"score":`+want+"}]}") || !json.Valid([]byte(out)) {
			t.Errorf("%v: %s", v, out)
		}
	}
	out := string(jsonout.Leaderboard(nil, jsonout.Origin{}, backends.Leaderboard{Top: []backends.Place{{Score: math.NaN()}}}))
	if !strings.Contains(out, `{"$float":"NaN"}`) {
		t.Error(out)
	}
}

func TestPayload(t *testing.T) {
	// A map that breaks after its first pair.
	r := decoders.Decode([]byte("\x82\xa2id\x07"), decoders.Options{As: "msgpack"})
	o := object(t, jsonout.Payload(nil, r))
	fault, ok := o["error"].(map[string]any)
	if !ok || fault["offset"] != float64(r.Fault.Offset) || fault["text"] != r.Fault.Text || o["truncated"] != r.Truncated {
		t.Errorf("%v", o)
	}
	for _, name := range []string{"format", "layers", "value", "diagnostic", "also", "confidence"} {
		if o[name] == nil {
			t.Errorf("no %s in %v", name, o)
		}
	}
	m := backends.Message{Body: []byte(`{"a":"` + "\u202e" + `"}`), Size: 10}
	out := jsonout.Message(nil, jsonout.Origin{}, m, decoders.Decode(m.Body, decoders.Options{}))
	if !strings.Contains(string(out), `"value":{"a":"\u202e"}`) {
		t.Errorf("%s", out)
	}
}
