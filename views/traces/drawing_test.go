package traces_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/spans"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/traces"
	"bustop/views/viewtest"
)

// The ids of the flow's trace and of its spans.
const flowID = "4bf92f3577b34da6a3ce929d0e0e4736"

// datum is a span of the flow, with its times in milliseconds.
func datum(n, parent byte, name string, kind trace.SpanKind, from, to int, attrs ...attribute.KeyValue) spans.Data {
	id, _ := trace.TraceIDFromHex(flowID)
	d := spans.Data{
		TraceID: id, ID: trace.SpanID{7: n}, Name: name, Kind: kind, Attributes: attrs,
		Start: viewtest.Start().Add(time.Duration(from) * time.Millisecond), End: viewtest.Start().Add(time.Duration(to) * time.Millisecond),
	}
	if parent > 0 {
		d.Parent = trace.SpanID{7: parent}
	}
	return d
}

// flow is an order that goes from a shop through a queue to a packer, and by a link to a mailer in a trace of
// its own.
func flow(d *views.Deps) {
	str := attribute.String
	rabbit := []attribute.KeyValue{str("messaging.system", "rabbitmq"), str("messaging.destination.name", "shop:order.new"), str("messaging.message.id", "order-17"), str("server.address", "broker")}
	batch := func(service string, list ...spans.Data) spans.Batch {
		return spans.Batch{Resource: []attribute.KeyValue{str("service.name", service)}, Scope: service + "/work", Spans: list}
	}
	pack := datum(5, 3, "process orders", trace.SpanKindConsumer, 60, 110, rabbit...)
	pack.Events = []sdktrace.Event{{Name: "boxed " + viewtest.Hostile, Time: pack.Start.Add(5 * time.Millisecond), Attributes: []attribute.KeyValue{str("box", "L")}}}
	lost := datum(7, 5, "SET stock", trace.SpanKindClient, 90, 108, str("db.system.name", "redis"), str("bustop.redis.key", "stock:17"))
	lost.Status, lost.StatusText = codes.Error, "the server went away"
	mail := datum(9, 0, "mail the customer", trace.SpanKindConsumer, 150, 160, rabbit...)
	mail.TraceID[0] = 0xee
	mail.Links = []sdktrace.Link{{SpanContext: trace.NewSpanContext(trace.SpanContextConfig{TraceID: pack.TraceID, SpanID: trace.SpanID{7: 3}})}}
	d.Spans.AddReceived(
		batch("shop", datum(1, 0, "POST /orders", trace.SpanKindServer, 0, 20),
			datum(2, 1, "SELECT prices", trace.SpanKindClient, 2, 9), datum(4, 1, "SELECT taxes", trace.SpanKindClient, 2, 5),
			datum(3, 1, "publish shop:order.new", trace.SpanKindProducer, 11, 14, rabbit...)),
		batch("packer", pack, datum(6, 5, "GET stock", trace.SpanKindClient, 64, 80), lost),
		batch("mailer", mail),
	)
}

func inFlow(t *testing.T, do func(t *testing.T, d *views.Deps, nav *viewtest.Nav)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true)
		flow(d)
		time.Sleep(time.Second)
		do(t, d, nav)
	})
}

func refTo(span byte) views.TraceRef {
	id, _ := trace.TraceIDFromHex(flowID)
	ref := views.TraceRef{Trace: id}
	if span > 0 {
		ref.Span = trace.SpanID{7: span}
	}
	return ref
}

var kept = regexp.MustCompile(`kept in \d\.\d KiB`)

func drawn(t *testing.T, name string, s views.Screen) {
	t.Helper()
	for _, size := range [][2]int{{20, 5}, {40, 12}, {80, 24}, {120, 40}, {200, 50}} {
		lines := s.Render(size[0], size[1])
		for i := range lines { // what the store takes for them is its own affair
			lines[i] = kept.ReplaceAllString(lines[i], "kept in 9.9 KiB")
		}
		golden.Check(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), lines)
	}
}

func TestDrawings(t *testing.T) {
	inFlow(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav) {
		pane := traces.New(d)
		viewtest.Settle(pane)
		drawn(t, "list", pane)
		waterfall := traces.Open(d, refTo(5))
		drawn(t, "waterfall", waterfall)
		viewtest.Press(t, nav, waterfall, "enter")
		drawn(t, "span", nav.Pushed[0])
		viewtest.Press(t, nav, pane, "o")
		drawn(t, "operations", nav.Pushed[1])
		absent := refTo(0)
		absent.Trace[0]++
		absent.Where, absent.IDs = "header traceparent", []backends.Field{{Name: "tracestate", Value: []byte(viewtest.Hostile)}}
		drawn(t, "absent", traces.Open(d, absent))
	})
}

func TestSpansAreFoldedAndFound(t *testing.T) {
	inFlow(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav) {
		w := traces.Open(d, refTo(3))
		viewtest.Shows(t, w, "▌    ▾ publish shop:order.new", "╌╌╌", "■ shop", "■ packer", "1 error")
		viewtest.Press(t, nav, w, "left")
		viewtest.Shows(t, w, "▸ publish shop:order.new")
		viewtest.Lacks(t, w, "process orders")
		viewtest.Press(t, nav, w, "n") // the error is inside
		viewtest.Shows(t, w, "▌!       SET stock", "failed: the server went away")
		viewtest.Press(t, nav, w, "home", "z")
		viewtest.Lacks(t, w, "process orders")
		viewtest.Press(t, nav, w, "z", "/", "db.system=redis >10ms", "enter")
		viewtest.Shows(t, w, "/db.system=redis >10ms 1 of 7", "▌*       SET stock")
		viewtest.Press(t, nav, w, "/", "!", "enter", "esc")
		viewtest.Press(t, nav, w, "/", "duration>soon")
		viewtest.Shows(t, w, "is no duration")
	})
}

func TestWaysLeadFromSpans(t *testing.T) {
	inFlow(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav) {
		w := traces.Open(d, refTo(3))
		viewtest.Press(t, nav, w, "enter")
		span := nav.Pushed[0]
		viewtest.Shows(t, span, "messaging.message.id order-17 ⏎", "Linked from", "← mail the customer  consumer  mailer", "in queue 136ms")
		viewtest.Press(t, nav, span, "enter")
		if nav.Toasts[len(nav.Toasts)-1] != "this line leads nowhere; those with ⏎ do" {
			t.Errorf("toasts %q", nav.Toasts)
		}
		viewtest.Press(t, nav, span, "n", "enter", "n", "enter", "n", "enter")
		if len(nav.Targets) != 2 || len(nav.Traces) != 1 || nav.Traces[0].String()[:2] != "ee" {
			t.Fatalf("targets %+v, traces %v", nav.Targets, nav.Traces)
		}
		want := views.SpanTarget{System: "rabbitmq", Address: "broker", Names: []string{"shop:order.new", "order.new", "shop"}}
		if got := nav.Targets[0]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("target %+v, want %+v", got, want)
		}
		if got := nav.Targets[1].Message; got != "order-17" {
			t.Errorf("message %q", got)
		}
		viewtest.Press(t, nav, traces.Open(d, refTo(7)), "enter")
		viewtest.Press(t, nav, nav.Pushed[1], "n", "enter")
		if got := nav.Targets[2]; !got.Key || got.System != "redis" || !slices.Equal(got.Names, []string{"stock:17"}) {
			t.Errorf("target %+v, want the key", got)
		}
	})
}

// TestIDsOfATraceThatIsElsewhere holds that each id that was found can be copied.
func TestIDsOfATraceThatIsElsewhere(t *testing.T) {
	inFlow(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav) {
		datadog := backends.Field{Name: "x-datadog-trace-id", Value: []byte("1234567890")}
		foreign := traces.Open(d, views.TraceRef{Where: "header x-datadog-trace-id", IDs: []backends.Field{datadog}})
		viewtest.Shows(t, foreign, "x-datadog-trace-id", "1234567890")
		viewtest.Press(t, nav, foreign, "y") // there is but one
		away := refTo(0)
		away.Trace[0], away.Span, away.IDs = 0x77, trace.SpanID{5}, []backends.Field{{Name: "correlation-id", Value: []byte("c-9")}}
		for nav.Choice = range 3 {
			viewtest.Press(t, nav, traces.Open(d, away), "y")
		}
		viewtest.Press(t, nav, traces.Open(d, refTo(3)), "y") // it is here
		want := []string{"1234567890", away.Trace.String(), "0500000000000000", "c-9", flowID}
		if !slices.Equal(nav.Copied, want) {
			t.Errorf("copied %q, want %q", nav.Copied, want)
		}
		if got := strings.Join(nav.Options, "; "); got != "trace id  "+away.Trace.String()+"; span id  0500000000000000; correlation-id  c-9" {
			t.Errorf("options %q", got)
		}
	})
}

func TestOperationsLeadToTheirTraces(t *testing.T) {
	inFlow(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav) {
		pane := traces.New(d)
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "2 traces", "▲", "AGE")
		viewtest.Press(t, nav, pane, "n")
		viewtest.Shows(t, pane, "▌00:00:00.000  POST /orders")
		viewtest.Press(t, nav, pane, "o")
		ops := nav.Pushed[0]
		viewtest.Shows(t, ops, "8 operations", "SET stock", "100%")
		viewtest.Press(t, nav, ops, "/", "set stock", "enter", "enter")
		viewtest.Settle(nav.Pushed[1])
		viewtest.Shows(t, nav.Pushed[1], `1 trace of 2 /name="SET stock" service="packer" kind="client"`, "POST /orders")
	})
}

func TestATraceThatComesLaterOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true)
		w := traces.Open(d, refTo(3))
		viewtest.Shows(t, w, "trace "+flowID+" is not here", "0000000000000003")
		viewtest.Press(t, nav, w, "enter", "end", "n", "left", "right", "z", "pgdown")
		flow(d)
		viewtest.Settle(w)
		viewtest.Shows(t, w, "▌    ▾ publish shop:order.new")
	})
}

func TestFollowingKeepsTheNewest(t *testing.T) {
	inPane(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav, pane *traces.Pane) {
		work(d, "first", spans.TriggerUser)
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "f")
		time.Sleep(time.Millisecond)
		work(d, "second", spans.TriggerUser)
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "following", "▌00:00:00.001  second")
		viewtest.Press(t, nav, pane, "end")
		time.Sleep(time.Millisecond)
		work(d, "third", spans.TriggerUser)
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "▌00:00:00.000  first")
	})
}
