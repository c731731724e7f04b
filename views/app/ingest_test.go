package app

import (
	"fmt"
	"testing"

	goredis "github.com/redis/go-redis/v9"
	"github.com/vmihailenco/msgpack/v5"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"bustop/backends"
	"bustop/backends/redis"
	"bustop/backends/spans"
	"bustop/backends/testkit"
	"bustop/views"
)

// BenchmarkIngest reads a stream by 500 messages and decodes them, in turns with and without spans, and reports
// the processor time with spans as a multiple of that without: the median of the pairs. The second pair is of two
// sources without spans: what the measurement itself is worth.
func BenchmarkIngest(b *testing.B) {
	const batch = 500
	r := testkit.Redis(b)
	db := goredis.NewClient(&goredis.Options{Addr: r.Addr()})
	defer db.Close()
	body, err := msgpack.Marshal(map[string]any{"id": "o-17", "total": 1299, "items": []string{"tea", "cup", "pot"}})
	if err != nil {
		b.Fatal(err)
	}
	pipe := db.Pipeline()
	for i := range batch {
		pipe.XAdd(b.Context(), &goredis.XAddArgs{Stream: "s", Values: []any{
			"data", body, "traceparent", fmt.Sprintf("00-%032x-%016x-01", i+1, i+1),
		}})
	}
	if _, err := pipe.Exec(b.Context()); err != nil {
		b.Fatal(err)
	}
	open := func(tracer trace.TracerProvider) backends.Source {
		src, err := backends.Drivers{redis.Driver()}.Open(r.URL(), backends.Options{Tracer: tracer})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = src.Close() })
		return src
	}
	decoder := views.NewDecoder()
	read := func(src backends.Source) float64 {
		start := testkit.ProcessorTime(b)
		messages, err := src.Roles().Streams.ReadStream(b.Context(), "s", "first", batch)
		if err != nil || len(messages) != batch {
			b.Fatal(len(messages), err)
		}
		for _, m := range messages {
			decoder.Decode(m, "")
		}
		return float64(testkit.ProcessorTime(b) - start)
	}
	provider := spans.Provider(spans.NewStore(0), "test")
	on, off, off2 := open(provider), open(noop.NewTracerProvider()), open(noop.NewTracerProvider())
	for _, src := range []backends.Source{on, off, off2} {
		read(src) // connects
	}
	var ratios, control []float64
	for b.Loop() {
		base := read(off)
		ratios = append(ratios, read(on)/base)
		control = append(control, read(off2)/base)
	}
	b.ReportMetric(testkit.Median(ratios), "on/off")
	b.ReportMetric(testkit.Median(control), "off/off")
}
