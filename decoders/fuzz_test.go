package decoders

import (
	"encoding/json"
	"strings"
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
