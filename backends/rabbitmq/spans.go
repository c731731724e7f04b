package rabbitmq

import (
	"context"
	"math"
	"strings"
	"time"

	"bustop/backends"
	record "bustop/backends/spans"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// The bounds of one consume window.
const (
	windowTime     = time.Second
	windowMessages = 1000
)

// spans makes the spans of a source. They hold names, counts and sizes; never bodies, header
// values or credentials.
type spans struct {
	tracer     trace.Tracer
	connection string
	// node is the server that is in use, nil for requests that say it themselves.
	node func() endpoint
}

func newSpans(provider trace.TracerProvider, connection string, node func() endpoint) spans {
	if provider == nil {
		provider = noop.NewTracerProvider()
	}
	return spans{connection: connection, tracer: provider.Tracer("bustop/backends/rabbitmq", trace.WithSchemaURL(semconv.SchemaURL)), node: node}
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
		attrs = append(attrs, record.TriggerKey.String(record.TriggerPoll), record.ConnectionKey.String(s.connection))
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
	ctx   context.Context // of what brings the messages
	spans spans
	queue string
	since time.Time
	count int
	bytes int
	links record.Links
	// acked counts the messages that were acknowledged, lastAcked is the tag of the last.
	acked     int
	lastAcked uint64
}

// add counts a delivery and closes the window when it is full or old enough.
func (w *window) add(d *amqp.Delivery) {
	if w.count == 0 {
		w.since = time.Now()
	}
	w.count++
	w.bytes += len(d.Body)
	addLink(&w.links, d.Headers)
	if w.count >= windowMessages || time.Since(w.since) >= windowTime {
		w.flush()
	}
}

// acknowledged notes that n messages up to a delivery tag were acknowledged, which is how more are asked for.
func (w *window) acknowledged(tag uint64, n int) { w.acked, w.lastAcked = w.acked+n, tag }

// flush makes the span of a window that holds anything, with one below it for all acknowledgements.
func (w *window) flush() {
	if w.count == 0 {
		return
	}
	ctx, options := record.Arrived(w.ctx, w.spans.connection)
	ctx, span := w.spans.tracer.Start(ctx, "consume "+w.queue, append([]trace.SpanStartOption{
		trace.WithTimestamp(w.since), trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithLinks(w.links.List...), trace.WithAttributes(w.spans.server()...),
		trace.WithAttributes(
			semconv.MessagingSystemRabbitMQ, semconv.MessagingOperationTypeProcess,
			semconv.MessagingOperationName("consume"), semconv.MessagingDestinationName(w.queue),
			semconv.MessagingBatchMessageCount(w.count),
			attribute.Int(record.BatchBytesKey, w.bytes), attribute.Int(record.BatchTraceparentsKey, w.links.Found),
		),
	}, options...)...)
	if w.acked > 0 {
		_, ack := w.spans.settle(ctx, "ack", w.queue, w.lastAcked, w.acked)
		ack.End()
	}
	span.End()
	w.count, w.bytes, w.links, w.acked = 0, 0, record.Links{}, 0
}

// settle begins the span of an acknowledgement, or of its opposite, of count messages up to a delivery tag.
func (s spans) settle(ctx context.Context, operation, queue string, tag uint64, count int) (context.Context, trace.Span) {
	attrs := []attribute.KeyValue{
		semconv.MessagingSystemRabbitMQ, semconv.MessagingOperationTypeSettle, semconv.MessagingOperationName(operation),
		semconv.MessagingDestinationName(queue), deliveryTag(tag),
	}
	if count > 1 {
		attrs = append(attrs, semconv.MessagingBatchMessageCount(count))
	}
	return s.start(ctx, operation+" "+queue, attrs...)
}

// get begins the span of a look into a queue.
func (s spans) get(ctx context.Context, queue string) (context.Context, trace.Span) {
	return s.start(ctx, "get "+queue, semconv.MessagingSystemRabbitMQ, semconv.MessagingOperationTypeReceive,
		semconv.MessagingOperationName("get"), semconv.MessagingDestinationName(queue))
}

func deliveryTag(tag uint64) attribute.KeyValue {
	return semconv.MessagingRabbitMQMessageDeliveryTag(int(min(tag, math.MaxInt)))
}

// addLink takes the trace context in a message's headers (W3C Trace Context). Clients send it as a string or as
// bytes, in any case of its letters.
func addLink(links *record.Links, headers amqp.Table) bool {
	value, ok := headers["traceparent"]
	for name := range headers {
		if ok {
			break
		}
		if strings.EqualFold(name, "traceparent") {
			value, ok = headers[name], true
		}
	}
	switch v := value.(type) {
	case string:
		return links.Add([]byte(v))
	case []byte:
		return links.Add(v)
	}
	return false
}
