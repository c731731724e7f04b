package shop

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// begin starts the first span of something that happened. With IDs as its provider's generator it has the
// identifiers that the story gave it, so that they are the same with and without spans.
func begin(ctx context.Context, tracer trace.Tracer, c trace.SpanContext, name string, opts ...trace.SpanStartOption) (context.Context, trace.Span) {
	ctx = context.WithValue(trace.ContextWithRemoteSpanContext(ctx, c), storyKey{}, c)
	return tracer.Start(ctx, name, append(opts, trace.WithNewRoot())...)
}

// storyKey is the key of a story's span in a context.
type storyKey struct{}

// IDs returns a generator that gives what begins a trace of the story the identifiers from it.
func IDs() sdktrace.IDGenerator { return storyIDs{} }

type storyIDs struct{}

// NewIDs implements sdktrace.IDGenerator.
func (storyIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if c, ok := ctx.Value(storyKey{}).(trace.SpanContext); ok {
		return c.TraceID(), c.SpanID()
	}
	var id trace.TraceID
	binary.BigEndian.PutUint64(id[:8], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()|1)
	return id, storyIDs{}.NewSpanID(ctx, id)
}

// NewSpanID implements sdktrace.IDGenerator.
func (storyIDs) NewSpanID(context.Context, trace.TraceID) trace.SpanID {
	var id trace.SpanID
	binary.BigEndian.PutUint64(id[:], rand.Uint64()|1)
	return id
}

// producer is a link to the span that sent what ctx continues, if any
// (opentelemetry.io/docs/specs/semconv/messaging/messaging-spans).
func producer(ctx context.Context) trace.SpanStartOption {
	if c := trace.SpanContextFromContext(ctx); c.IsValid() {
		return trace.WithLinks(trace.Link{SpanContext: c})
	}
	return trace.WithLinks()
}

// continued returns ctx within the trace that headers carry.
func continued(ctx context.Context, headers amqp.Table) context.Context {
	return propagation.TraceContext{}.Extract(ctx, tableCarrier(headers))
}

// carried is the trace context of ctx as the fields that carry it
// (www.w3.org/TR/trace-context).
func carried(ctx context.Context) map[string]string {
	fields := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, fields)
	return fields
}

// within runs a part of a traced piece of work in a span of its own.
func within(ctx context.Context, name string, do func(context.Context) error, attrs ...attribute.KeyValue) error {
	ctx, span := trace.SpanFromContext(ctx).TracerProvider().Tracer("bustop/shop").Start(ctx, name, trace.WithAttributes(attrs...))
	return endSpan(span, do(ctx))
}

func endSpan(span trace.Span, err error) error {
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
	return err
}

// messaging are the attributes of a span about a message
// (opentelemetry.io/docs/specs/semconv/messaging/rabbitmq).
func messaging(operation, kind, destination, key, id string, size int) trace.SpanStartEventOption {
	return trace.WithAttributes(
		attribute.String("messaging.system", "rabbitmq"), attribute.String("messaging.operation.name", operation),
		attribute.String("messaging.operation.type", kind), attribute.String("messaging.destination.name", destination),
		attribute.String("messaging.rabbitmq.destination.routing_key", key),
		attribute.String("messaging.message.id", id), attribute.Int("messaging.message.body.size", size),
	)
}

// tableCarrier carries a trace context in AMQP headers.
type tableCarrier amqp.Table

func (c tableCarrier) Get(key string) string {
	text, _ := c[key].(string)
	return text
}

func (c tableCarrier) Set(key, value string) { c[key] = value }

func (c tableCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	return keys
}

// redisSpans makes a span of each command that is part of a traced piece of work
// (opentelemetry.io/docs/specs/semconv/database/redis); pollers outside of one make none.
type redisSpans struct{}

func (redisSpans) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (redisSpans) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		return redisSpan(ctx, cmd.FullName(), 1, func(ctx context.Context) error { return next(ctx, cmd) })
	}
}

func (redisSpans) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		return redisSpan(ctx, "pipeline", len(cmds), func(ctx context.Context) error { return next(ctx, cmds) })
	}
}

func redisSpan(ctx context.Context, operation string, commands int, do func(context.Context) error) error {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return do(ctx)
	}
	ctx, span := parent.TracerProvider().Tracer("bustop/shop").Start(ctx, operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attribute.String("db.system.name", "redis"), attribute.String("db.operation.name", operation),
		attribute.Int("db.operation.batch.size", commands),
	))
	err := do(ctx)
	if err != nil && err != redis.Nil { //nolint:errorlint // redis.Nil is never wrapped here and no failure
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
	return err
}
