package otlp

import (
	"testing"

	"go.opentelemetry.io/otel/trace"

	"bustop/backends/testkit/foreign"
)

// said is a line of the program for Node.js.
type said struct {
	Trace string `json:"trace"`
	Ready bool   `json:"ready"`
}

// TestExportersOfNode lets the exporters of the OpenTelemetry SDK for JavaScript, whose gRPC is not Go's, send to
// the receiver.
func TestExportersOfNode(t *testing.T) {
	foreign.Need(t)
	program := foreign.Node(t)
	for _, form := range []string{"grpc", "proto", "json"} {
		for _, compression := range []string{"none", "gzip"} {
			t.Run(form+" "+compression, func(t *testing.T) {
				r, store, addr := listening(t, Options{})
				claims := foreign.Play(t, append(program[:len(program):len(program)], form, compression, "http://"+addr), func(s said) bool { return s.Ready })
				if len(claims) != 1 {
					t.Fatalf("%d claims: %+v", len(claims), claims)
				}
				id, err := trace.TraceIDFromHex(claims[0].Trace)
				if err != nil {
					t.Fatal(err)
				}
				sameWork(t, store, id)
				for _, l := range store.all()[1].Links {
					if got := values(l.Attributes)["why"]; got != "batch" {
						t.Errorf("the link says %q", got)
					}
				}
				if got := r.Stats(); got != (Stats{Requests: 1, Spans: 2}) {
					t.Errorf("stats %+v", got)
				}
			})
		}
	}
}
