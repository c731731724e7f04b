package otlp

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// TestExportersOfTheSDK lets the exporters that applications in Go use send to the receiver.
func TestExportersOfTheSDK(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(ctx context.Context, addr string) (sdktrace.SpanExporter, error)
	}{
		{"grpc", func(ctx context.Context, addr string) (sdktrace.SpanExporter, error) {
			return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(addr), otlptracegrpc.WithInsecure())
		}},
		{"grpc gzip", func(ctx context.Context, addr string) (sdktrace.SpanExporter, error) {
			return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpoint(addr), otlptracegrpc.WithInsecure(), otlptracegrpc.WithCompressor("gzip"))
		}},
		{"http", func(ctx context.Context, addr string) (sdktrace.SpanExporter, error) {
			return otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(addr), otlptracehttp.WithInsecure())
		}},
		{"http gzip", func(ctx context.Context, addr string) (sdktrace.SpanExporter, error) {
			return otlptracehttp.New(ctx, otlptracehttp.WithEndpoint(addr), otlptracehttp.WithInsecure(), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, store, addr := listening(t, Options{})
			exporter, err := c.make(t.Context(), addr)
			if err != nil {
				t.Fatal(err)
			}
			id := work(t, exporter)
			sameWork(t, store, id)
			if got := r.Stats(); got != (Stats{Requests: 1, Spans: 2}) {
				t.Errorf("stats %+v", got)
			}
		})
	}
}

// TestFailuresOfGRPC holds that a client of gRPC is told why it was refused.
func TestFailuresOfGRPC(t *testing.T) {
	r, store, addr := listening(t, Options{Token: "secret"})
	for _, c := range []struct {
		token string
		want  string
	}{{"wrong", "Unauthenticated"}, {"secret", ""}} {
		exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(addr), otlptracegrpc.WithInsecure(),
			otlptracegrpc.WithHeaders(map[string]string{"authorization": "Bearer " + c.token}))
		if err != nil {
			t.Fatal(err)
		}
		provider := sdktrace.NewTracerProvider()
		_, span := provider.Tracer("t").Start(t.Context(), "x")
		span.End()
		err = exporter.ExportSpans(t.Context(), []sdktrace.ReadOnlySpan{span.(sdktrace.ReadOnlySpan)})
		if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("token %s: %v, want %q", c.token, err, c.want)
		}
		if err := exporter.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if got := r.Stats(); len(store.all()) != 1 || got.Spans != 1 || got.Refused != 1 {
		t.Errorf("stats %+v", got)
	}
}

// byHand is the example of the protocol's repository in short.
const byHand = `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"by.hand"}}]},
"scopeSpans":[{"scope":{"name":"my.library","version":"1.0.0"},"spans":[{"traceId":"5B8EFFF798038103D269B633813FC60C",
"spanId":"EEE19B7EC3C1B174","parentSpanId":"EEE19B7EC3C1B173","name":"I'm a server span","startTimeUnixNano":"1544712660000000000",
"endTimeUnixNano":"1544712661000000000","kind":2,"attributes":[{"key":"my.span.attr","value":{"stringValue":"some value"}},
{"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"},{"kvlistValue":{"values":[{"key":"a","value":{"boolValue":true}}]}}]}}}],
"events":[{"timeUnixNano":"1544712660500000000","name":"retry","attributes":[{"key":"attempt","value":{"intValue":2}}]}],
"links":[{"traceId":"01000000000000000000000000000000","spanId":"0200000000000000","attributes":[{"key":"why","value":{"stringValue":"batch"}}]}],
"status":{"code":2,"message":"no route"},"futureField":{"x":[1]}}]}]}]}`

// TestByHand posts JSON as a person does.
func TestByHand(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	_, store, addr := listening(t, Options{})
	cmd := exec.CommandContext(t.Context(), curl, "-sS", "-i", "-H", "Content-Type: application/json", "--data-binary", "@-", "http://"+addr+"/v1/traces")
	cmd.Stdin = strings.NewReader(byHand)
	cmd.Env = []string{"NO_PROXY=*"}
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.HasPrefix(out, []byte("HTTP/1.1 200")) || !bytes.HasSuffix(out, []byte("{}")) {
		t.Fatalf("%v: %s", err, out)
	}
	list := store.all()
	if len(list) != 1 {
		t.Fatalf("%d spans", len(list))
	}
	s := list[0]
	got := fmt.Sprint(s.TraceID, " ", s.ID, " ", s.Parent, " ", s.Name, " ", s.Kind, " ", s.End.Sub(s.Start), " ", sorted(values(s.Attributes)))
	want := `5b8efff798038103d269b633813fc60c eee19b7ec3c1b174 eee19b7ec3c1b173 I'm a server span server 1s [list=[1,{"a":true}] my.span.attr=some value]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	b := store.batches[0]
	if got := fmt.Sprint(sorted(values(b.Resource)), " ", b.Scope, " ", b.ScopeVersion); got != "[service.name=by.hand] my.library 1.0.0" {
		t.Errorf("resource and scope %s", got)
	}
	if len(s.Events) != 1 || len(s.Links) != 1 {
		t.Fatalf("events %+v, links %+v", s.Events, s.Links)
	}
	event, link := s.Events[0], s.Links[0]
	got = fmt.Sprint(event.Name, " ", event.Time.Sub(s.Start), " ", sorted(values(event.Attributes)), " ", link.SpanContext.TraceID(), " ",
		link.SpanContext.SpanID(), " ", sorted(values(link.Attributes)), " ", s.Status, " ", s.StatusText)
	want = "retry 500ms [attempt=2] 01000000000000000000000000000000 0200000000000000 [why=batch] Error no route"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
