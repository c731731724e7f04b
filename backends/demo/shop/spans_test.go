package shop_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/demo/shop"
)

// TestSpansGoOnFromServiceToService follows orders by their spans, over the headers of messages
// and the fields of stream entries.
func TestSpansGoOnFromServiceToService(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := startMemory(t)
		recorders := map[string]*tracetest.SpanRecorder{}
		tracers := map[string]trace.TracerProvider{}
		for _, service := range []string{"storefront", "billing", "shipping", "ledger", "web", "stock-desk", "checkout"} {
			recorders[service] = tracetest.NewSpanRecorder()
			tracers[service] = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorders[service]), sdktrace.WithIDGenerator(shop.IDs()))
		}
		other := sdktrace.NewTracerProvider()
		s := m.run(t, shop.Options{Seed: 4, Rate: 30, Tracers: func(service string) trace.TracerProvider {
			if own, ok := tracers[service]; ok {
				return own
			}
			return other
		}})
		time.Sleep(time.Minute)
		s.end(t)
		byID := map[trace.SpanID]sdktrace.ReadOnlySpan{}
		var all []sdktrace.ReadOnlySpan
		for _, r := range recorders {
			for _, span := range r.Ended() {
				byID[span.SpanContext().SpanID()] = span
				all = append(all, span)
			}
		}
		for _, want := range []string{
			"POST /orders > send shop.orders > process billing > process payments",
			"process billing > process payments > zincrby",
			"process billing > set",
			"process billing > xadd",
			"POST /orders > send shop.orders > process billing > send shop.orders > process shipping",
			"POST /orders > send shop.orders > process billing > send shop.orders > process shipping > send shop.events",
			"POST /orders > send shop.orders > process billing > charge card",
			"process billing > send shop.orders > process shipping > pack",
			"ask rpc.stock > send rpc.stock > process rpc.stock",
			"GET /products/{sku} > pipeline",
		} {
			if !slices.ContainsFunc(all, func(span sdktrace.ReadOnlySpan) bool {
				return strings.HasSuffix(path(byID, span), want)
			}) {
				t.Errorf("no span %q", want)
			}
		}
		for _, span := range all {
			if strings.HasPrefix(span.Name(), "process ") && span.Parent().IsValid() && (len(span.Links()) != 1 || span.Links()[0].SpanContext.SpanID() != span.Parent().SpanID()) {
				t.Errorf("%s has no link to what sent the message", span.Name())
			}
			if span.Name() == "POST /orders" && span.Parent().IsValid() {
				t.Error("an order's trace does not begin with it")
			}
		}
	})
}

// path is the names of a span and of what it is part of, the outermost first, within one trace.
func path(byID map[trace.SpanID]sdktrace.ReadOnlySpan, span sdktrace.ReadOnlySpan) string {
	names := []string{span.Name()}
	for {
		parent, ok := byID[span.Parent().SpanID()]
		if !ok || parent.SpanContext().TraceID() != span.SpanContext().TraceID() {
			break
		}
		span = parent
		names = append(names, span.Name())
	}
	slices.Reverse(names)
	return strings.Join(names, " > ")
}
