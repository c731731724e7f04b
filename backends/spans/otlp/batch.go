package otlp

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// batchLimits are when spans that wait are exported, and how many may wait.
type batchLimits struct {
	queue, batch   int
	delay, timeout time.Duration
}

// batchLimitsOf reads the OTEL_BSP_ variables; what is no positive number counts as not set
// (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables).
func batchLimitsOf(getenv func(string) string) batchLimits {
	read := func(name string, usual int) int {
		n, err := strconv.Atoi(strings.TrimSpace(getenv("OTEL_BSP_" + name)))
		if err != nil || n <= 0 {
			return usual
		}
		return n
	}
	l := batchLimits{
		queue:   read("MAX_QUEUE_SIZE", 2048),
		delay:   time.Duration(read("SCHEDULE_DELAY", 5000)) * time.Millisecond,
		timeout: time.Duration(read("EXPORT_TIMEOUT", 30_000)) * time.Millisecond,
	}
	l.batch = min(read("MAX_EXPORT_BATCH_SIZE", 512), l.queue)
	return l
}

// batcher exports spans in batches and never makes who ends one wait: what finds the queue full is left out and
// counted, which the processor of the SDK keeps to itself
// (opentelemetry.io/docs/specs/otel/trace/sdk/#batching-processor).
type batcher struct {
	limits batchLimits
	to     sdktrace.SpanExporter
	// unsent counts the spans that were left out: the queue was full, or the program ended before their turn.
	unsent *atomic.Uint64

	mu      sync.Mutex
	waiting []sdktrace.ReadOnlySpan
	closed  bool

	full    chan struct{}        // a batch waits
	flushes chan chan<- struct{} // somebody waits until all is exported
	ending  chan struct{}        // closed: export what waits, then end
	ended   chan struct{}        // closed: nothing is exported any more
	exports context.Context      //nolint:containedctx // of every export; Shutdown ends it when it may not wait longer
	give    context.CancelFunc   // ends exports
}

var _ sdktrace.SpanProcessor = (*batcher)(nil)

func newBatcher(to sdktrace.SpanExporter, limits batchLimits, unsent *atomic.Uint64) *batcher {
	b := &batcher{
		limits: limits, to: to, unsent: unsent,
		full: make(chan struct{}, 1), flushes: make(chan chan<- struct{}), ending: make(chan struct{}), ended: make(chan struct{}),
	}
	b.exports, b.give = context.WithCancel(context.Background())
	go b.run()
	return b
}

// OnStart implements sdktrace.SpanProcessor.
func (b *batcher) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd implements sdktrace.SpanProcessor.
func (b *batcher) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	b.mu.Lock()
	room := !b.closed && len(b.waiting) < b.limits.queue
	if room {
		b.waiting = append(b.waiting, s)
	}
	enough := len(b.waiting) >= b.limits.batch
	b.mu.Unlock()
	if !room {
		b.unsent.Add(1)
	}
	if enough {
		select {
		case b.full <- struct{}{}:
		default: // it is told already
		}
	}
}

// run exports until the end.
func (b *batcher) run() {
	defer close(b.ended)
	timer := time.NewTimer(b.limits.delay)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			b.export(0)
		case <-b.full:
			b.export(b.limits.batch)
		case done := <-b.flushes:
			b.export(0)
			close(done)
			continue
		case <-b.ending:
			b.export(0)
			return
		}
		timer.Reset(b.limits.delay)
	}
}

// export sends what waits, batch after batch, as long as there are so many.
func (b *batcher) export(least int) {
	for b.exports.Err() == nil {
		batch := b.take(max(least, 1))
		if len(batch) == 0 {
			return
		}
		ctx, cancel := context.WithTimeout(b.exports, b.limits.timeout)
		if err := b.to.ExportSpans(ctx, batch); err != nil {
			otel.Handle(err)
		}
		cancel()
	}
}

// take removes a batch from the queue when at least so many wait.
func (b *batcher) take(least int) []sdktrace.ReadOnlySpan {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) < least {
		return nil
	}
	n := min(len(b.waiting), b.limits.batch)
	batch := append([]sdktrace.ReadOnlySpan(nil), b.waiting[:n]...)
	left := copy(b.waiting, b.waiting[n:])
	clear(b.waiting[left:])
	b.waiting = b.waiting[:left]
	return batch
}

// ForceFlush implements sdktrace.SpanProcessor.
func (b *batcher) ForceFlush(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case b.flushes <- done:
	case <-b.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Shutdown implements sdktrace.SpanProcessor. What cannot be sent before ctx ends is given up and counted.
func (b *batcher) Shutdown(ctx context.Context) error {
	b.mu.Lock()
	again := b.closed
	b.closed = true
	b.mu.Unlock()
	if again {
		return nil
	}
	close(b.ending)
	stop := context.AfterFunc(ctx, b.give)
	<-b.ended
	stop()
	b.give()
	b.mu.Lock()
	b.unsent.Add(uint64(len(b.waiting)))
	b.waiting = nil
	b.mu.Unlock()
	if err := b.to.Shutdown(ctx); err != nil {
		return err
	}
	return ctx.Err()
}
