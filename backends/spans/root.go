package spans

import (
	"context"
	"slices"
	"strings"
	"sync"

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
	ctx, span := tracer.Start(ctx, name, trace.WithNewRoot(),
		trace.WithAttributes(TriggerKey.String(trigger)), trace.WithAttributes(attrs...))
	if !span.IsRecording() {
		return ctx, span
	}
	r := &root{Span: span, poll: trigger == TriggerPoll}
	return context.WithValue(ctx, rootKey{}, r), r
}

// Asked tells the root that ctx has, if any, of requests to a source.
func Asked(ctx context.Context, connection string, requests int) {
	r, ok := ctx.Value(rootKey{}).(*root)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests += requests
	if at, known := slices.BinarySearch(r.connections, connection); !known {
		r.connections = slices.Insert(r.connections, at, connection)
	}
}

// rootKey is where a context has its root.
type rootKey struct{}

// root is a span that begins a trace, with what is asked below it.
type root struct {
	trace.Span
	poll bool

	mu          sync.Mutex
	requests    int
	connections []string
}

// End ends the span with what it was told.
func (r *root) End(options ...trace.SpanEndOption) {
	r.mu.Lock()
	if r.poll {
		r.SetAttributes(CommandsKey.Int(r.requests))
	}
	if len(r.connections) > 0 {
		r.SetAttributes(ConnectionKey.String(strings.Join(r.connections, ", ")))
	}
	r.mu.Unlock()
	r.Span.End(options...)
}
