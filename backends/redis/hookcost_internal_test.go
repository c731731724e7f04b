//go:build unix

package redis

import (
	"context"
	"strconv"
	"testing"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// ignored is a span processor that does nothing.
type ignored struct{}

func (ignored) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (ignored) OnEnd(sdktrace.ReadOnlySpan)                     {}
func (ignored) Shutdown(context.Context) error                  { return nil }
func (ignored) ForceFlush(context.Context) error                { return nil }

// BenchmarkHookProcessor compares what a command costs in the hook, without a server, when its span is
// kept and when a processor does nothing with it, in turns; x/noop is the median of the ratios of the
// processor times, the garbage collector's with them.
func BenchmarkHookProcessor(b *testing.B) {
	const turn = 2000
	var asks [3]func(int)
	for i, processor := range []sdktrace.SpanProcessor{spans.NewStore(0), ignored{}, ignored{}} {
		asks[i] = hooked(b, processor)
		asks[i](turn)
	}
	var ratios, control []float64
	for round := 0; b.Loop(); round++ {
		var took [3]float64
		for i := range asks {
			i = (i + round) % len(asks)
			before := testkit.ProcessorTime(b)
			asks[i](turn)
			took[i] = float64(testkit.ProcessorTime(b) - before)
		}
		ratios, control = append(ratios, took[0]/took[1]), append(control, took[2]/took[1])
	}
	b.ReportMetric(testkit.Median(ratios), "x/noop")
	b.ReportMetric(testkit.Median(control), "noop/noop")
}

// hooked returns what sends commands, twenty to a refresh, through a hook whose server answers at once.
func hooked(b *testing.B, processor sdktrace.SpanProcessor) func(int) {
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(processor))
	at := address{shown: "redis.example.org:6379", host: "redis.example.org", port: 6379}
	h := hook{tracer: newTracer(backends.Options{Tracer: provider}, at), vitals: &backends.Vitals{}, at: at}
	process := h.ProcessHook(func(context.Context, goredis.Cmder) error { return nil })
	refreshes := provider.Tracer("bench")
	return func(n int) {
		for i := 0; i < n; i += 20 {
			ctx, root := spans.Root(context.Background(), refreshes, "refresh keys", spans.TriggerPoll)
			for j := range 20 {
				if err := process(ctx, goredis.NewStringCmd(ctx, "get", "cart:"+strconv.Itoa(i+j))); err != nil {
					b.Fatal(err)
				}
			}
			root.End()
		}
	}
}
