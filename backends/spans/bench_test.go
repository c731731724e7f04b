//go:build unix

package spans

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"strconv"
	"testing"

	"bustop/backends/testkit"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type noop struct{}

func (noop) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (noop) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (noop) Shutdown(context.Context) error                  { return nil }
func (noop) ForceFlush(context.Context) error                { return nil }

// tenAttributes is a span's usual attributes: six that are the same on every span, four that
// differ.
func tenAttributes(i int) []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("db.system.name", "redis"), attribute.String("db.namespace", "0"),
		attribute.String("server.address", "redis.example.org"), attribute.Int("server.port", 6380),
		attribute.String("network.peer.address", "192.0.2.17"), attribute.String("bustop.connection", "production"),
		attribute.String("messaging.message.id", "1700000000000-"+strconv.Itoa(i)), attribute.Int("messaging.message.body.size", i%5000),
		attribute.String("messaging.destination.name", "orders."+strconv.Itoa(i%50)), attribute.Int("messaging.batch.message_count", i%500),
	}
}

// session makes n spans, twenty to a trace.
func session(tracer trace.Tracer, n int) {
	var ctx context.Context
	var root trace.Span
	for i := range n {
		if i%20 == 0 {
			if root != nil {
				root.End()
			}
			ctx, root = Root(context.Background(), tracer, "refresh queues", TriggerUser, tenAttributes(i)...)
			continue
		}
		_, span := tracer.Start(ctx, "XREAD", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(tenAttributes(i)...))
		span.End()
	}
	root.End()
}

// BenchmarkProcessor compares the store with two processors that do nothing, in turns of two
// thousand spans so that all see the same machine. x/noop is the median over the rounds of the
// ratio of its processor time, the garbage collector's with it, to the mean of the other two;
// noop/noop is the ratio of those two: what the measurement itself is worth. Each round has an
// order of its own, as who comes after the store finds the caches as that left them.
func BenchmarkProcessor(b *testing.B) {
	const turn = 2000
	var tracers [3]trace.Tracer
	for i, processor := range []sdktrace.SpanProcessor{NewStore(0), noop{}, noop{}} {
		tracers[i] = sdktrace.NewTracerProvider(append(rules("test"), sdktrace.WithSpanProcessor(processor))...).Tracer("bench")
		for range 150 { // until the store is full
			session(tracers[i], turn)
		}
	}
	var ratios, control, spent []float64
	for b.Loop() {
		var took [3]float64
		for _, i := range rand.Perm(len(tracers)) {
			used := testkit.ProcessorTime(b)
			session(tracers[i], turn)
			took[i] = float64(testkit.ProcessorTime(b) - used)
		}
		ratios, control = append(ratios, 2*took[0]/(took[1]+took[2])), append(control, took[2]/took[1])
		spent = append(spent, took[0]/turn)
	}
	b.ReportMetric(testkit.Median(ratios), "x/noop")
	b.ReportMetric(testkit.Median(control), "noop/noop")
	b.ReportMetric(testkit.Median(spent), "cpu-ns/span")
}

// BenchmarkMemory reports the live heap that 100,000 spans take.
func BenchmarkMemory(b *testing.B) {
	for b.Loop() {
		before := liveHeap()
		store := NewStore(256 << 20)
		session(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(store)).Tracer("bench"), 100_000)
		after := liveHeap()
		b.ReportMetric(float64(after-before)/float64(store.Stats().Spans), "B/span")
		b.ReportMetric(float64(store.Stats().Bytes)/float64(store.Stats().Spans), "booked-B/span")
		runtime.KeepAlive(store)
	}
}

// liveHeap is the bytes of objects that are in use.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// BenchmarkSearch looks through 100,000 spans.
func BenchmarkSearch(b *testing.B) {
	store := NewStore(256 << 20)
	session(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(store)).Tracer("bench"), 100_000)
	for _, text := range []string{
		"nowhere to be found", "orders.17", "1700000000000-99999", "9999", "messaging.message.id=1700000000000-50000",
		"messaging.destination=orders.1*", "messaging.message.body.size>4990", "status=error", ">10s", "name=xread service=x", "!nothing",
	} {
		where, err := ParseSearch(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%q", text), func(b *testing.B) {
			total := 0
			for b.Loop() {
				_, total = store.Search(Query{Where: where, Limit: 200})
			}
			b.ReportMetric(float64(total), "found")
		})
	}
	b.Run("operations", func(b *testing.B) {
		for b.Loop() {
			store.Operations(Query{})
		}
	})
	b.Run("rank", func(b *testing.B) {
		span, _ := store.Search(Query{Limit: 1})
		for b.Loop() {
			store.Rank(span[0])
		}
	})
}
