package rabbitmq

import (
	"context"
	"time"

	"bustop/backends"
	record "bustop/backends/spans"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// The bounds of one consume window and of the links of one span.
const (
	windowTime     = time.Second
	windowMessages = 1000
	maxLinks       = 32
)

// spans makes the spans of a source. They hold names, counts and sizes; never bodies, header
// values or credentials.
type spans struct {
	tracer trace.Tracer
	// node is the server that is in use, nil for requests that say it themselves.
	node func() endpoint
}

func newSpans(provider trace.TracerProvider, node func() endpoint) spans {
	if provider == nil {
		provider = noop.NewTracerProvider()
	}
	return spans{tracer: provider.Tracer("bustop/backends/rabbitmq", trace.WithSchemaURL(semconv.SchemaURL)), node: node}
}

// server names the server that is in use.
func (s spans) server() []attribute.KeyValue {
	if s.node == nil {
		return nil
	}
	e := s.node()
	return []attribute.KeyValue{semconv.ServerAddress(e.host), semconv.ServerPort(e.port)}
}

// start begins a client span with the server's address.
func (s spans) start(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		// Nobody asked for it: it keeps a connection or a watch alive.
		attrs = append(attrs, record.TriggerKey.String(record.TriggerPoll))
	}
	return s.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(s.server()...), trace.WithAttributes(attrs...))
}

// finish ends a span with the outcome. The status names the sort of error and leaves out its
// text, which may hold bytes of messages.
func finish(span trace.Span, err error) {
	if err != nil {
		sort := errorType(err)
		span.SetAttributes(semconv.ErrorTypeKey.String(sort))
		span.SetStatus(codes.Error, sort)
	}
	span.End()
}

// errorType is the low-cardinality name of an error.
func errorType(err error) string {
	switch backends.ReasonOf(err) {
	case backends.BadUsage:
		return "bad_usage"
	case backends.Unreachable:
		return "unreachable"
	case backends.Denied:
		return "denied"
	case backends.NotFound:
		return "not_found"
	case backends.NotAllowed:
		return "refused"
	case backends.Unsupported:
		return "unsupported"
	case backends.ServerError:
	}
	return "server_error"
}

// window gathers what arrived from one queue until it is time for a span.
type window struct {
	spans spans
	queue string
	since time.Time
	count int
	bytes int
	// traced counts messages with a trace context; links holds the first sampled ones.
	traced int
	links  []trace.Link
}

// add counts a delivery and closes the window when it is full or old enough.
func (w *window) add(d *amqp.Delivery) {
	if w.count == 0 {
		w.since = time.Now()
	}
	w.count++
	w.bytes += len(d.Body)
	if link, ok := linkTo(d.Headers); ok {
		w.traced++
		if len(w.links) < maxLinks && link.SpanContext.IsSampled() {
			w.links = append(w.links, link)
		}
	}
	if w.count >= windowMessages || time.Since(w.since) >= windowTime {
		w.flush()
	}
}

// flush makes the span of a window that holds anything.
func (w *window) flush() {
	if w.count == 0 {
		return
	}
	_, span := w.spans.tracer.Start(context.Background(), "consume "+w.queue,
		trace.WithTimestamp(w.since), trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithLinks(w.links...), trace.WithAttributes(w.spans.server()...),
		trace.WithAttributes(
			record.TriggerKey.String(record.TriggerIngest),
			semconv.MessagingSystemRabbitMQ, semconv.MessagingOperationTypeProcess,
			semconv.MessagingOperationName("consume"), semconv.MessagingDestinationName(w.queue),
			semconv.MessagingBatchMessageCount(w.count),
			attribute.Int("bustop.batch.bytes", w.bytes), attribute.Int("bustop.batch.traceparents", w.traced),
		))
	span.End()
	w.count, w.bytes, w.traced, w.links = 0, 0, 0, nil
}

// linkTo returns a link to the trace context in a message's headers (W3C Trace Context, the
// names traceparent and tracestate).
func linkTo(headers amqp.Table) (trace.Link, bool) {
	if headers["traceparent"] == nil {
		return trace.Link{}, false
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), carrier(headers))
	sc := trace.SpanContextFromContext(ctx)
	return trace.Link{SpanContext: sc}, sc.IsValid()
}

// carrier reads headers whose values clients send as strings or as bytes.
type carrier amqp.Table

func (c carrier) Get(key string) string {
	switch v := c[key].(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// Set does nothing: what was received is never changed.
func (c carrier) Set(string, string) {}

func (c carrier) Keys() []string { return []string{"traceparent", "tracestate"} }
