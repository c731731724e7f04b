package otlp

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// gate is an exporter that takes no batch until it is opened.
type gate struct {
	open    chan struct{}
	batches []int
}

func (g *gate) ExportSpans(ctx context.Context, list []sdktrace.ReadOnlySpan) error {
	select {
	case <-g.open:
		g.batches = append(g.batches, len(list))
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) Shutdown(context.Context) error { return nil }

func (g *gate) spans() (n uint64) {
	for _, b := range g.batches {
		n += uint64(b)
	}
	return n
}

// end ends n spans.
func end(b *batcher, n int, decision sdktrace.Sampler) {
	p := sdktrace.NewTracerProvider(sdktrace.WithSampler(decision), sdktrace.WithSpanProcessor(b))
	for range n {
		_, span := p.Tracer("t").Start(context.Background(), "x", trace.WithNewRoot())
		span.End()
	}
}

// TestFullQueue holds that every span is exported or counted, and who ends one never waits.
func TestFullQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var unsent atomic.Uint64
		to := &gate{open: make(chan struct{})}
		b := newBatcher(to, batchLimits{queue: 10, batch: 4, delay: time.Second, timeout: time.Minute}, &unsent)
		end(b, 4, sdktrace.AlwaysSample()) // they are on their way
		synctest.Wait()
		end(b, 13, sdktrace.AlwaysSample())
		if got := unsent.Load(); got != 3 {
			t.Errorf("%d dropped of 17, 4 on their way and 10 waiting", got)
		}
		end(b, 5, recordOnly{})
		close(to.open)
		if err := b.ForceFlush(t.Context()); err != nil || to.spans() != 14 {
			t.Errorf("%v, exported %v", err, to.batches)
		}
		end(b, 1, sdktrace.AlwaysSample())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if to.spans() != 15 {
			t.Errorf("after the delay %v", to.batches)
		}
		end(b, 2, sdktrace.AlwaysSample())
		if err := b.Shutdown(t.Context()); err != nil || to.spans() != 17 || unsent.Load() != 3 {
			t.Errorf("%v, exported %v, %d dropped", err, to.batches, unsent.Load())
		}
		end(b, 1, sdktrace.AlwaysSample())
		if unsent.Load() != 4 || b.Shutdown(t.Context()) != nil || b.ForceFlush(t.Context()) != nil {
			t.Errorf("%d dropped once it is over", unsent.Load())
		}
	})
}

// TestEndWithoutCollector holds that the end waits no longer than it may, and counts what is lost.
func TestEndWithoutCollector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var unsent atomic.Uint64
		to := &gate{open: make(chan struct{})}
		b := newBatcher(to, batchLimits{queue: 10, batch: 4, delay: time.Second, timeout: time.Minute}, &unsent)
		end(b, 10, sdktrace.AlwaysSample())
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), flushTime)
		defer cancel()
		if err := b.Shutdown(ctx); err == nil || time.Since(began) != flushTime || unsent.Load() != 6 {
			t.Errorf("%v after %v, %d dropped", err, time.Since(began), unsent.Load())
		}
	})
}

// recordOnly keeps spans from an export.
type recordOnly struct{}

func (recordOnly) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	return sdktrace.SamplingResult{Decision: sdktrace.RecordOnly}
}

func (recordOnly) Description() string { return "" }

func TestBatchLimits(t *testing.T) {
	usual := batchLimits{queue: 2048, batch: 512, delay: 5 * time.Second, timeout: 30 * time.Second}
	for _, c := range []struct {
		env  []string
		want batchLimits
	}{
		{nil, usual},
		{[]string{"OTEL_BSP_MAX_QUEUE_SIZE=-1", "OTEL_BSP_SCHEDULE_DELAY=soon", "OTEL_BSP_EXPORT_TIMEOUT=0"}, usual},
		{
			[]string{"OTEL_BSP_MAX_QUEUE_SIZE= 100", "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_BSP_EXPORT_TIMEOUT=9"},
			batchLimits{queue: 100, batch: 100, delay: 50 * time.Millisecond, timeout: 9 * time.Millisecond},
		},
		{[]string{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE=7"}, batchLimits{queue: 2048, batch: 7, delay: usual.delay, timeout: usual.timeout}},
	} {
		if got := batchLimitsOf(env(c.env...)); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.env, got, c.want)
		}
	}
}
