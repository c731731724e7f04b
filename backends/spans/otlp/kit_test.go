package otlp

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"bustop/backends/spans"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kept is a store that keeps everything.
type kept struct {
	mu      sync.Mutex
	batches []spans.Batch
}

func (k *kept) AddReceived(batches ...spans.Batch) (n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.batches = append(k.batches, batches...)
	for _, b := range batches {
		n += len(b.Spans)
	}
	return n
}

// all returns every span, oldest first; of those that start together, as clocks of milliseconds have them, the one
// that ends last.
func (k *kept) all() []spans.Data {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []spans.Data
	for _, b := range k.batches {
		list = append(list, b.Spans...)
	}
	slices.SortStableFunc(list, func(a, b spans.Data) int { return cmp.Or(a.Start.Compare(b.Start), b.End.Compare(a.End)) })
	return list
}

// listening returns a receiver on a free port, and its address.
func listening(t testing.TB, opt Options) (*Receiver, *kept, string) {
	t.Helper()
	store := &kept{}
	opt.Store = store
	r := NewReceiver(opt)
	s, err := Listen(t.Context(), r, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return r, store, s.Addresses()[0]
}

// post sends a body and returns the answer.
func post(t testing.TB, method, url, kind string, body []byte, headers ...string) (status int, header http.Header, answer []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
	}
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, answer
}

// work makes one trace of two spans with everything that a span can have, and ends the provider.
func work(t testing.TB, exporter sdktrace.SpanExporter) trace.TraceID {
	t.Helper()
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(sdkresource.NewSchemaless(
		attribute.String("service.name", "shop"), attribute.StringSlice("process.command_args", []string{"a", "b"}))))
	tracer := provider.Tracer("app", trace.WithInstrumentationVersion("1.2"))
	ctx, root := tracer.Start(context.Background(), "POST /orders", trace.WithSpanKind(trace.SpanKindServer))
	other := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	_, child := tracer.Start(ctx, "send orders", trace.WithSpanKind(trace.SpanKindProducer), trace.WithLinks(trace.Link{SpanContext: other}),
		trace.WithAttributes(attribute.String("messaging.system", "rabbitmq"), attribute.Int("n", 3), attribute.Bool("b", true),
			attribute.Float64("f", 0.5), KeyAttribute.String("session:1")))
	child.AddEvent("retry", trace.WithAttributes(attribute.Int("attempt", 2)))
	child.SetStatus(codes.Error, "no route")
	child.End()
	root.End()
	if err := provider.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	return root.SpanContext().TraceID()
}

// sameWork checks that what work made has arrived.
func sameWork(t *testing.T, store *kept, id trace.TraceID) {
	t.Helper()
	list := store.all()
	if len(list) != 2 {
		t.Fatalf("%d spans, want 2", len(list))
	}
	b := store.batches[0]
	about := values(b.Resource)
	if about["service.name"] != "shop" || about["process.command_args"] != `["a","b"]` || b.Scope != "app" || b.ScopeVersion != "1.2" {
		t.Errorf("resource %v, scope %s %s", about, b.Scope, b.ScopeVersion)
	}
	root, child := list[0], list[1]
	if root.TraceID != id || root.Parent.IsValid() || root.Kind != trace.SpanKindServer || root.Name != "POST /orders" || root.End.Before(root.Start) {
		t.Errorf("root %+v", root)
	}
	if child.TraceID != id || child.Parent != root.ID || child.Kind != trace.SpanKindProducer || child.Status != codes.Error || child.StatusText != "no route" {
		t.Errorf("child %+v", child)
	}
	attrs := values(child.Attributes)
	if attrs["messaging.system"] != "rabbitmq" || attrs["n"] != "3" || attrs["b"] != "true" || attrs["f"] != "0.5" {
		t.Errorf("attributes %v", attrs)
	}
	if len(child.Events) != 1 || child.Events[0].Name != "retry" || values(child.Events[0].Attributes)["attempt"] != "2" {
		t.Errorf("events %+v", child.Events)
	}
	if len(child.Links) != 1 || child.Links[0].SpanContext.SpanID() != (trace.SpanID{2}) || child.Links[0].SpanContext.TraceID() != (trace.TraceID{1}) {
		t.Errorf("links %+v", child.Links)
	}
}

func values(attrs []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, a := range attrs {
		m[string(a.Key)] = a.Value.String()
	}
	return m
}

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for _, p := range pairs {
			if key, value, _ := strings.Cut(p, "="); key == name {
				return value
			}
		}
		return ""
	}
}

func sorted(m map[string]string) []string {
	var list []string
	for k, v := range m {
		list = append(list, k+"="+v)
	}
	slices.SortFunc(list, cmp.Compare)
	return list
}
