package decoders

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// checkResult holds what is promised of every result.
func checkResult(t failer, r *Result, data []byte) {
	if r == nil || r.Format == "" || len(r.Layers) == 0 || r.Layers[len(r.Layers)-1].Format != r.Format {
		t.Fatalf("result %+v", r)
	}
	for _, l := range r.Layers {
		if l.Confidence < 0 || l.Confidence > 1 || l.Reason == "" {
			t.Fatalf("layer %+v", l)
		}
	}
	for i, g := range r.Also {
		if g.Confidence < 0.02 || g.Confidence > 1 || i > 0 && g.Confidence > r.Also[i-1].Confidence {
			t.Fatalf("also %v", r.Also)
		}
	}
	if r.Fault != nil && (r.Fault.Offset < 0 || r.Fault.Offset > len(r.Data) || r.Fault.Text == "") {
		t.Fatalf("fault %+v in %d bytes", *r.Fault, len(r.Data))
	}
	if len(r.Layers) == 1 && len(r.Data) != len(data) {
		t.Fatalf("%d bytes of %d without a wrapping", len(r.Data), len(data))
	}
	checkTree(t, r)
	for _, width := range []int{1, 7, 80} {
		if line := r.Preview(width); utf8.RuneCountInString(line) > width || strings.ContainsAny(line, "\r\n") {
			t.Fatalf("preview of %d: %q", width, line)
		}
	}
	if out := r.AppendJSON(nil); !json.Valid(out) {
		t.Fatalf("AppendJSON: %q", out)
	}
	if len(r.Diagnostic()) > maxDiagnostic*4 {
		t.Fatalf("diagnostic of %d bytes", len(r.Diagnostic()))
	}
}

func FuzzDecode(f *testing.F) {
	v := order(2)
	m, c := packed(f, v), cbored(f, v)
	for _, seed := range [][]byte{
		nil,
		{0},
		m, c, jsoned(f, v), gzipped(f, m), zlibbed(f, c), zstded(f, m), []byte("hello world"), []byte("42"),
		m[:60], c[:61], append(m, c...), append(m, m...), []byte("{\"a\":1}\n{\"a\":2}\n"), []byte(`{"a": [1, "\u00e4\ud83d`),
	} {
		f.Add(seed, byte(0), false)
	}
	for i, s := range []string{"5f42010243030405ff", "bf61610161629f0203ffff", "a1820102f97e00", "c249010000000000000000", "81c7"} {
		b, _ := hex.DecodeString(s)
		f.Add(b, byte(i+3), true)
	}
	for _, bomb := range layerBombs(f) {
		if len(bomb) < 1<<10 {
			f.Add(bomb, byte(0), false)
		}
	}
	formats := append([]string{""}, Formats()...)
	f.Fuzz(func(t *testing.T, data []byte, as byte, partial bool) {
		opt := Options{As: formats[int(as)%len(formats)], Partial: partial, Limits: Limits{Output: 1 << 20}}
		checkResult(t, Decode(data, opt), data)
	})
}
