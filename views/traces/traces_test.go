package traces_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
	"bustop/views"
	"bustop/views/traces"
	"bustop/views/viewtest"
)

// work records a trace with a child for each name; names that start with "!" fail.
func work(d *views.Deps, name, trigger string, children ...string) trace.TraceID {
	ctx, root := spans.Root(context.Background(), d.Tracer, name, trigger)
	for _, child := range children {
		time.Sleep(time.Millisecond)
		_, span := d.Tracer.Start(ctx, child, trace.WithAttributes(attribute.String("of", child)))
		time.Sleep(3 * time.Millisecond)
		if child[0] == '!' {
			span.SetStatus(codes.Error, "because of "+child)
		}
		span.End()
	}
	root.End()
	return root.SpanContext().TraceID()
}

func inPane(t *testing.T, do func(t *testing.T, d *views.Deps, nav *viewtest.Nav, pane *traces.Pane)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true)
		do(t, d, nav, traces.New(d))
	})
}

func TestPollsAreHiddenUntilTheyAreAskedFor(t *testing.T) {
	inPane(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav, pane *traces.Pane) {
		work(d, "refresh queues", spans.TriggerPoll)
		work(d, "peek orders", spans.TriggerUser, "!GET")
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "1 trace ", "polls hidden", "peek orders", "user", "4.00ms", "!1", "3 spans kept")
		viewtest.Lacks(t, pane, "refresh queues")
		viewtest.Press(t, nav, pane, "p")
		viewtest.Shows(t, pane, "2 traces", "refresh queues", "poll ")
		viewtest.Lacks(t, pane, "polls hidden")
		viewtest.Press(t, nav, pane, "p")
		viewtest.Lacks(t, pane, "refresh queues")
	})
}

func TestTheListIsFilteredFrozenAndCopied(t *testing.T) {
	inPane(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav, pane *traces.Pane) {
		id := work(d, "peek orders", spans.TriggerUser)
		work(d, "tap prices", spans.TriggerUser)
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "/", "orders", "enter")
		viewtest.Shows(t, pane, "1 trace of 2 /orders", "peek orders")
		viewtest.Lacks(t, pane, "tap prices")
		viewtest.Press(t, nav, pane, "y")
		if len(nav.Copied) != 1 || nav.Copied[0] != id.String() {
			t.Errorf("copied %q, want %s", nav.Copied, id)
		}
		viewtest.Press(t, nav, pane, "esc")
		time.Sleep(time.Second)
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, " ")
		time.Sleep(time.Millisecond)
		work(d, "peek late", spans.TriggerUser)
		time.Sleep(2 * time.Second)
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "2 traces", "FROZEN")
		viewtest.Press(t, nav, pane, "/", "peek", "enter")
		viewtest.Shows(t, pane, "1 trace of 2 /peek · FROZEN 2s, 1 spans since · ")
		viewtest.Lacks(t, pane, "peek late")
		viewtest.Press(t, nav, pane, "esc")
		viewtest.Lacks(t, pane, "peek late")
		viewtest.Press(t, nav, pane, " ")
		viewtest.Shows(t, pane, "3 traces", "peek late")
	})
}

func TestATraceGrowsUnderTheReader(t *testing.T) {
	inPane(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav, pane *traces.Pane) {
		ctx, root := spans.Root(context.Background(), d.Tracer, "open stream", spans.TriggerUser)
		_, first := d.Tracer.Start(ctx, "XREAD first")
		time.Sleep(10 * time.Millisecond)
		first.End()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "open stream", "running")
		viewtest.Press(t, nav, pane, "enter")
		waterfall := nav.Pushed[0]
		viewtest.Shows(t, waterfall, "2 spans", "XREAD first")
		_, second := d.Tracer.Start(ctx, "XREAD second")
		time.Sleep(10 * time.Millisecond)
		second.End()
		root.End()
		viewtest.Settle(waterfall)
		viewtest.Shows(t, waterfall, "3 spans, 20.0ms", "XREAD second")
	})
}

func TestTheWaterfallGoesFromErrorToError(t *testing.T) {
	inPane(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav, pane *traces.Pane) {
		work(d, "peek orders", spans.TriggerUser, "!GET a", "GET b", "!GET c")
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "enter")
		waterfall := nav.Pushed[0]
		viewtest.Shows(t, waterfall, "4 spans, 12.0ms", "▌  ▾ peek orders", "bustop.trigger user")
		for _, want := range []string{"GET a", "GET c", "GET a"} {
			viewtest.Press(t, nav, waterfall, "n")
			viewtest.Shows(t, waterfall, "▌!   !"+want, "failed: because of !"+want, "of !"+want)
		}
		viewtest.Press(t, nav, waterfall, "end", "home")
		viewtest.Shows(t, waterfall, "▌  ▾ peek orders")
	})
}

func TestNoErrorIsSaid(t *testing.T) {
	inPane(t, func(t *testing.T, d *views.Deps, nav *viewtest.Nav, pane *traces.Pane) {
		id := work(d, "peek orders", spans.TriggerUser, "GET")
		waterfall := traces.Open(d, views.TraceRef{Trace: id})
		viewtest.Press(t, nav, waterfall, "n")
		if len(nav.Toasts) != 1 || nav.Toasts[0] != "no span failed" {
			t.Errorf("toasts: %q", nav.Toasts)
		}
		viewtest.Press(t, nav, pane, "enter") // nothing is loaded yet
		if nav.Toasts[len(nav.Toasts)-1] != "no trace is selected" {
			t.Errorf("toasts: %q", nav.Toasts)
		}
	})
}
