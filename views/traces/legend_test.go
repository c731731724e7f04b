package traces_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
	"bustop/views/traces"
	"bustop/views/viewtest"
)

// TestTheLegendKeepsWhatWasWaitedFor holds that many services that took no time do not hide those that did.
func TestTheLegendKeepsWhatWasWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		for i := range 12 {
			from, to := 0, 0
			if i == 11 {
				from, to = 0, 100
			}
			d.Spans.AddReceived(spans.Batch{
				Resource: []attribute.KeyValue{attribute.String("service.name", fmt.Sprintf("service-%d", i))},
				Spans:    []spans.Data{datum(byte(i+1), 0, "work", trace.SpanKindInternal, from, to)},
			})
		}
		time.Sleep(time.Second)
		w := traces.Open(d, refTo(1))
		viewtest.Shows(t, w, "■ service-11 100%")
	})
}
