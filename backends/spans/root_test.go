package spans

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// TestArrived holds in which trace stands what arrives: in that of the work that gathers it, as long as that is
// not too much, then in traces of its own that lead back to it; where nothing gathers, in one of its own.
func TestArrived(t *testing.T) {
	ended := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended)).Tracer("test")
	arrive := func(ctx context.Context) sdktrace.ReadOnlySpan {
		ctx, options := Arrived(ctx, "shop")
		_, span := tracer.Start(ctx, "consume", options...)
		span.End()
		all := ended.Ended()
		return all[len(all)-1]
	}
	opened, root := Root(t.Context(), tracer, "open", TriggerUser)
	apart := func(ctx context.Context, links int) {
		t.Helper()
		one := arrive(ctx)
		if one.Parent().IsValid() || triggerOf(one.Attributes()) != TriggerIngest || len(one.Links()) != links {
			t.Errorf("parent %v, attributes %v, links %v", one.Parent(), one.Attributes(), one.Links())
		}
		if links > 0 && one.Links()[0].SpanContext.SpanID() != root.SpanContext().SpanID() {
			t.Errorf("linked to %v", one.Links())
		}
	}
	apart(opened, 0)
	apart(Gather(t.Context()), 0)
	gathering := Gather(opened)
	for range maxGathered {
		if one := arrive(gathering); one.Parent().SpanID() != root.SpanContext().SpanID() || len(one.Attributes()) > 0 {
			t.Fatalf("parent %v, attributes %v", one.Parent(), one.Attributes())
		}
	}
	apart(gathering, 1)
	apart(gathering, 1)
}

// TestUnder holds that work done elsewhere belongs to the trace of whoever asks for it and is counted there.
func TestUnder(t *testing.T) {
	ended := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ended)).Tracer("test")
	asker, root := Root(t.Context(), tracer, "refresh queues", TriggerPoll)
	elsewhere, stop := context.WithCancel(context.Background())
	ctx := Under(elsewhere, asker)
	Asked(ctx, "shop", 3)
	_, span := tracer.Start(ctx, "walk")
	span.End()
	root.End()
	if got := ended.Ended(); got[0].Parent().SpanID() != root.SpanContext().SpanID() {
		t.Errorf("parent %v", got[0].Parent())
	} else if n := got[1].Attributes(); len(n) != 3 {
		t.Errorf("%v", n)
	}
	if stop(); ctx.Err() == nil {
		t.Error("it does not end with what does it")
	}
	again := Unasked(asker)
	Asked(again, "other", 1)
	if _, begins := starting(again); begins || trace.SpanContextFromContext(again).IsValid() {
		t.Error("the upkeep is in the trace of who opened it")
	}
	if gathering := Gather(asker); !trace.SpanContextFromContext(Unasked(gathering)).Equal(root.SpanContext()) {
		t.Error("the upkeep is not in the trace that gathers it")
	}
	if plain := Under(elsewhere, context.Background()); trace.SpanContextFromContext(plain).IsValid() {
		t.Error("nobody asked")
	}
}
