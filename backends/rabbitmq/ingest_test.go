//go:build unix

package rabbitmq

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"bustop/backends"
	record "bustop/backends/spans"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// BenchmarkIngest takes deliveries in windows of 500 as a tap does, from the library's delivery to the ring, and
// reports the processor time with spans as a multiple of that without: the median of the rounds. off/off is the
// same of two taps without spans: what the measurement itself is worth. Who goes first changes with each round.
// Reading from the network and decoding bodies, which cost the same with and without, are left out.
func BenchmarkIngest(b *testing.B) {
	for name, headers := range map[string]func(i int) amqp.Table{
		"traceparents": func(i int) amqp.Table {
			return amqp.Table{"tenant": "shop", "traceparent": fmt.Sprintf("00-%032x-%016x-01", i+1, i+1)}
		},
		"plain": func(int) amqp.Table { return amqp.Table{"tenant": "shop", "attempt": int32(1)} },
	} {
		b.Run(name, func(b *testing.B) { compareIngest(b, headers) })
	}
}

// The size of a window, and how many of them are one turn.
const (
	ingestBatch = 500
	ingestTurn  = 20
)

func compareIngest(b *testing.B, headers func(int) amqp.Table) {
	deliveries := make([]amqp.Delivery, ingestBatch)
	for i := range deliveries {
		deliveries[i] = amqp.Delivery{
			Headers: headers(i), ContentType: "application/json", MessageId: fmt.Sprint("m-", i), DeliveryTag: uint64(i + 1),
			Exchange: "orders", RoutingKey: "orders.created", Body: []byte(`{"id":"o-17","total":1299,"items":["tea","cup","pot"]}`),
		}
	}
	store := record.NewStore(0)
	var taps [3]*tap
	for i, provider := range []trace.TracerProvider{record.Provider(store, "test"), noop.NewTracerProvider(), noop.NewTracerProvider()} {
		taps[i] = ingesting(b, newSpans(provider, "amqp://broker", func() endpoint { return endpoint{"broker", 5672} }))
		ingest(taps[i], deliveries)
	}
	if seen := store.Stats().Spans; seen != 2*ingestTurn {
		b.Fatalf("%d spans of %d windows", seen, ingestTurn)
	}
	var ratios, control []float64
	round := 0
	for b.Loop() {
		var took [3]float64
		for i := range taps {
			i = (i + round) % len(taps)
			runtime.GC() // nobody pays for another's garbage
			start := testkit.ProcessorTime(b)
			ingest(taps[i], deliveries)
			took[i] = float64(testkit.ProcessorTime(b) - start)
		}
		round++
		ratios, control = append(ratios, took[0]/took[1]), append(control, took[2]/took[1])
	}
	b.ReportMetric(testkit.Median(ratios), "on/off")
	b.ReportMetric(testkit.Median(control), "off/off")
}

// ingesting is a tap that is not connected.
func ingesting(b *testing.B, s spans) *tap {
	b.Helper()
	target := backends.Target{Kind: backends.KindExchange, Name: "orders"}
	tail := backends.OpenTail(b.Context(), target, func(ctx context.Context, _ *backends.Tail) { <-ctx.Done() })
	b.Cleanup(tail.Close)
	return &tap{look: backends.Look{Target: target}, tail: tail, window: window{ctx: context.Background(), spans: s, queue: "orders"}}
}

// ingest takes a turn's windows, noting acknowledgements as the tap does when it makes them.
func ingest(t *tap, deliveries []amqp.Delivery) {
	for range ingestTurn {
		for i := range deliveries {
			t.take(&deliveries[i])
			if t.pending >= tapGroup {
				t.window.acknowledged(t.last, t.pending)
				t.pending = 0
			}
		}
		t.window.flush()
	}
}
