package traces_test

import (
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/traces"
	"bustop/views/viewtest"
)

// linking is a span of another trace that links to the spans 2 and 3 of the flow's, or only to the first of them.
func linking(n byte, name string, kind trace.SpanKind, from, to int, links int, attrs ...attribute.KeyValue) spans.Data {
	s := datum(n, 0, name, kind, from, to, attrs...)
	s.TraceID[0] = 0xee
	for i := range links {
		id, _ := trace.TraceIDFromHex(flowID)
		s.Links = append(s.Links, sdktrace.Link{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: id, SpanID: trace.SpanID{7: byte(2 + i)}})})
	}
	return s
}

// TestClocksThatDifferAcrossLinks holds that times that cannot be of spans that are linked are told at both ends, in
// the waterfall and in the span, and that what may well be is not: a batch may begin before its last message was
// sent, and who waits for a message begins before there is one.
func TestClocksThatDifferAcrossLinks(t *testing.T) {
	count := attribute.Int("messaging.batch.message_count", 2)
	received := attribute.String("messaging.operation.type", "receive")
	const told = "their clocks may differ"
	for _, c := range []struct {
		name string
		span spans.Data
		want string // "" for nothing
	}{
		{"one message", linking(9, "mail", trace.SpanKindConsumer, 400, 700, 1), "began 100ms before its message was sent: " + told},
		{"one message in time", linking(9, "mail", trace.SpanKindConsumer, 501, 700, 1), ""},
		{"a batch that has begun", linking(9, "mail", trace.SpanKindConsumer, 400, 700, 2, count), ""},
		{"a batch that was over", linking(9, "mail", trace.SpanKindConsumer, 300, 400, 2, count), "ended 100ms before what it links to began: " + told},
		{"who waits", linking(9, "poll", trace.SpanKindClient, 400, 700, 1, received), ""},
		{"who has waited", linking(9, "poll", trace.SpanKindClient, 300, 400, 1, received), "ended 100ms before what it links to began: " + told},
		{"a retry", linking(9, "again", trace.SpanKindInternal, 300, 400, 1), "ended 100ms before what it links to began: " + told},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, nav := viewtest.Deps(t, true)
				d.Spans.AddReceived(
					spans.Batch{Scope: "shop", Spans: []spans.Data{
						datum(1, 0, "order", trace.SpanKindServer, 480, 600),
						datum(2, 1, "publish", trace.SpanKindProducer, 500, 510), datum(3, 1, "publish", trace.SpanKindProducer, 501, 511),
					}},
					spans.Batch{Scope: "mailer", Spans: []spans.Data{c.span}},
				)
				time.Sleep(time.Second)
				mailer := refTo(9)
				mailer.Trace[0] = 0xee
				by, linked := traces.Open(d, mailer), traces.Open(d, refTo(2))
				viewtest.Press(t, nav, by, "enter")
				viewtest.Press(t, nav, linked, "enter")
				for _, s := range []views.Screen{by, nav.Pushed[0], nav.Pushed[1]} {
					if c.want == "" {
						viewtest.Lacks(t, s, told)
					} else {
						viewtest.Shows(t, s, c.want)
					}
				}
				if c.name == "one message" {
					golden.Check(t, "clocks-link-80x24", nav.Pushed[0].Render(80, 24))
					golden.Check(t, "clocks-linked-80x24", nav.Pushed[1].Render(80, 24))
					golden.Check(t, "clocks-waterfall-80x24", by.Render(80, 24))
				}
			})
		})
	}
}

// TestClocksThatDifferFromTheParents holds that the span itself tells it as the waterfall does.
func TestClocksThatDifferFromTheParents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true)
		d.Spans.AddReceived(spans.Batch{Scope: "shop", Spans: []spans.Data{
			datum(1, 0, "order", trace.SpanKindServer, 500, 600), datum(2, 1, "pack", trace.SpanKindInternal, 400, 450),
		}})
		w := traces.Open(d, refTo(2))
		viewtest.Press(t, nav, w, "enter")
		viewtest.Shows(t, nav.Pushed[0], "began 100ms before its parent: their clocks may differ")
	})
}
