package traces_test

import (
	"encoding/binary"
	"strconv"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
	"bustop/views"
	"bustop/views/traces"
	"bustop/views/viewtest"
)

// fill puts n spans into the store, twenty to a trace.
func fill(d *views.Deps, n int) {
	batch := spans.Batch{Resource: []attribute.KeyValue{attribute.String("service.name", "shop")}, Scope: "shop/work"}
	for i := range n {
		at := viewtest.Start().Add(time.Duration(i) * time.Millisecond)
		s := spans.Data{
			Name: "publish orders", Kind: trace.SpanKindProducer, Start: at, End: at.Add(time.Duration(1+i%50) * time.Millisecond),
			Attributes: []attribute.KeyValue{attribute.String("messaging.destination.name", "orders."+strconv.Itoa(i%50)), attribute.String("messaging.message.id", strconv.Itoa(i))},
		}
		binary.BigEndian.PutUint64(s.TraceID[8:], uint64(i/20+1))
		binary.BigEndian.PutUint64(s.ID[:], uint64(i+1))
		if i%20 > 0 {
			binary.BigEndian.PutUint64(s.Parent[:], uint64(i-i%20+1))
		}
		batch.Spans = append(batch.Spans, s)
	}
	d.Spans.AddReceived(batch)
}

// BenchmarkFrame is what a frame of the pane costs over a store of 100,000 spans: drawn only, after spans came, and
// the same with a search.
func BenchmarkFrame(b *testing.B) {
	const kept = 100_000
	for _, c := range []struct {
		name, search string
		comes        bool
	}{{"still", "", false}, {"spans come", "", true}, {"spans come, search", "messaging.message.id=*77", true}} {
		b.Run(c.name, func(b *testing.B) {
			d, nav := viewtest.Deps(b, true)
			d.Spans = spans.NewStore(0)
			d.Tracer = spans.Provider(d.Spans, "test").Tracer("test")
			fill(d, kept)
			pane := traces.New(d)
			pane.Sync(time.Now())
			if c.search != "" {
				viewtest.PressOnly(b, nav, pane, "/", c.search, "enter")
			}
			now := time.Now()
			for n := 0; b.Loop(); n++ {
				if c.comes {
					work(d, "more", spans.TriggerUser)
				}
				now = now.Add(time.Second / 10)
				pane.Sync(now)
				pane.Render(200, 50)
			}
			if got := d.Spans.Stats().Spans; got < kept {
				b.Errorf("%d spans kept", got)
			}
		})
	}
}

// BenchmarkWaterfall draws a trace of 300 spans and one of 10,000.
func BenchmarkWaterfall(b *testing.B) {
	for _, n := range []int{300, 10_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			d, _ := viewtest.Deps(b, true)
			odd{n: n, of: func(i int) (int, time.Duration, time.Duration) {
				return i / 3, time.Duration(i) * ms, 10 * ms
			}}.store(d)
			w := traces.Open(d, refTo(0))
			for b.Loop() {
				w.Render(200, 50)
			}
		})
	}
}
