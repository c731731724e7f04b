package spans

import (
	"context"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Attributes of roots beside TriggerKey.
const (
	// ConnectionKey is the name of the source that was worked on, of several in the order of the alphabet.
	ConnectionKey = attribute.Key("bustop.connection")
	// CommandsKey is how many requests a refresh made.
	CommandsKey = attribute.Key("bustop.refresh.commands")
)

// Root starts a span that begins a trace of its own, whatever span ctx carries. Its name is
// "{verb} {object}", or "refresh {pane}" for polls; trigger is one of the Trigger words. When it ends it
// tells what Asked told it.
func Root(ctx context.Context, tracer trace.Tracer, name, trigger string, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	r := &root{trigger: trigger}
	ctx, span := tracer.Start(context.WithValue(ctx, rootKey{}, r), name, trace.WithNewRoot(),
		trace.WithAttributes(TriggerKey.String(trigger)), trace.WithAttributes(attrs...))
	r.Span = span
	return ctx, r
}

// starting returns the trigger of the root that Root is about to start with this context, if it is one.
func starting(ctx context.Context) (trigger string, ok bool) {
	r, _ := ctx.Value(rootKey{}).(*root)
	if r == nil || r.Span != nil {
		return "", false
	}
	return r.trigger, true
}

// Asked tells the root that ctx has, if any, of requests to a source.
func Asked(ctx context.Context, connection string, requests int) {
	r, _ := ctx.Value(rootKey{}).(*root)
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests += requests
	if at, known := slices.BinarySearch(r.connections, connection); !known {
		r.connections = slices.Insert(r.connections, at, connection)
	}
}

// Under returns ctx with the span and the root of whoever asked for the work that is done in it: it belongs
// to their trace though it is done elsewhere.
func Under(ctx, asker context.Context) context.Context {
	ctx = trace.ContextWithSpan(ctx, trace.SpanFromContext(asker))
	if r, ok := asker.Value(rootKey{}).(*root); ok {
		ctx = context.WithValue(ctx, rootKey{}, r)
	}
	return ctx
}

// maxGathered bounds the spans of what arrives in the trace of the work that it arrives for: a tail may go on
// for days, and programs that show traces refuse those without an end.
const maxGathered = 100

// Gather returns ctx for work whose trace is to hold what arrives because of it, the first of it.
func Gather(ctx context.Context) context.Context {
	left := new(atomic.Int64)
	left.Store(maxGathered)
	return context.WithValue(ctx, gatherKey{}, left)
}

// Arrived is for the span of what arrived in a stretch of time, through something that was opened in ctx. The
// span begins in the context returned, with these options: it is a part of the trace that gathers it, or else
// begins one of its own, with a link to the one that has gathered enough.
func Arrived(ctx context.Context, connection string) (context.Context, []trace.SpanStartOption) {
	left, gathers := ctx.Value(gatherKey{}).(*atomic.Int64)
	opener := trace.SpanContextFromContext(ctx)
	if gathers = gathers && opener.IsValid(); gathers && left.Add(-1) >= 0 {
		return trace.ContextWithSpanContext(context.Background(), opener), nil
	}
	options := []trace.SpanStartOption{trace.WithAttributes(TriggerKey.String(TriggerIngest), ConnectionKey.String(connection))}
	if gathers {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: opener}))
	}
	return context.Background(), options
}

// Unasked returns ctx for the upkeep of what was opened in ctx and stands, or is opened again: it may go on for
// days, long after whoever opened it has got what they asked for, so that it is no part of their trace, but of one
// that gathers what arrives.
func Unasked(ctx context.Context) context.Context {
	if _, gathers := ctx.Value(gatherKey{}).(*atomic.Int64); gathers {
		return ctx
	}
	return context.WithValue(trace.ContextWithSpan(ctx, nil), rootKey{}, (*root)(nil))
}

// rootKey is where a context has its root, gatherKey how many more spans of what arrives its trace holds.
type (
	rootKey   struct{}
	gatherKey struct{}
)

// root is a span that begins a trace, with what is asked below it.
type root struct {
	// Span is nil until it has started.
	trace.Span
	trigger string

	mu          sync.Mutex
	requests    int
	connections []string
}

// End ends the span with what it was told.
func (r *root) End(options ...trace.SpanEndOption) {
	r.mu.Lock()
	if r.trigger == TriggerPoll {
		r.SetAttributes(CommandsKey.Int(r.requests))
	}
	if len(r.connections) > 0 {
		r.SetAttributes(ConnectionKey.String(strings.Join(r.connections, ", ")))
	}
	r.mu.Unlock()
	r.Span.End(options...)
}
