package redis

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/backends/spans"

	goredis "github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// tracer makes the spans of one source (opentelemetry.io/docs/specs/semconv/database/redis).
// Spans hold names of commands, never values; of keys one, in an attribute that is not exported.
type tracer struct {
	trace.Tracer
	connection string
	common     []attribute.KeyValue
}

func newTracer(opt backends.Options, at address) tracer {
	provider := opt.Tracer
	if provider == nil {
		provider = noop.NewTracerProvider()
	}
	common := []attribute.KeyValue{
		semconv.DBSystemNameRedis, semconv.DBNamespace(strconv.Itoa(at.db)), semconv.ServerAddress(at.host),
	}
	if at.port != 0 {
		common = append(common, semconv.ServerPort(at.port))
	}
	return tracer{provider.Tracer("bustop/redis", trace.WithSchemaURL(semconv.SchemaURL)), cmp.Or(opt.Name, at.shown), common}
}

// begin starts a client span; the function returned ends it with its outcome.
func (t tracer) begin(ctx context.Context, name string, extra ...attribute.KeyValue) (context.Context, func(error)) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		// Nobody asked for it: it keeps a connection or a watch alive.
		extra = append(extra, spans.TriggerKey.String(spans.TriggerPoll), spans.ConnectionKey.String(t.connection))
	}
	ctx, span := t.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(t.common...), trace.WithAttributes(extra...))
	return ctx, func(err error) {
		if err != nil && !errors.Is(err, goredis.Nil) {
			span.SetStatus(codes.Error, outcome(span, err))
		}
		span.End()
	}
}

func (t tracer) connect(ctx context.Context) (context.Context, func(error)) {
	return t.begin(ctx, "connect redis")
}

// window records what arrived at a tail in a stretch of time, as one span for all messages.
func (t tracer) window(m *meter) {
	ctx, options := spans.Arrived(m.ctx, t.connection)
	_, span := t.Start(ctx, m.operation+" "+m.target, append([]trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithTimestamp(m.start), trace.WithLinks(m.links.List...), trace.WithAttributes(
			semconv.MessagingSystemKey.String("redis"), semconv.MessagingOperationName(m.operation), semconv.MessagingOperationTypeProcess,
			semconv.MessagingDestinationName(m.target), semconv.MessagingBatchMessageCount(m.n),
			attribute.Int(spans.BatchBytesKey, m.bytes), attribute.Int(spans.BatchTraceparentsKey, m.links.Found)),
	}, options...)...)
	span.SetAttributes(t.common[2:]...)
	span.End()
}

// outcome puts a failure's kind on a span and returns the text for its status.
func outcome(span trace.Span, err error) string {
	kind, text := "connection", ""
	if r, ok := replyOf(err); ok {
		kind = r.code()
		span.SetAttributes(semconv.DBResponseStatusCode(kind))
	} else if isTimeout(err) {
		kind = "timeout"
	} else if errors.Is(err, backends.ErrRefused) {
		kind, text = "refused", err.Error()
	}
	span.SetAttributes(semconv.ErrorTypeKey.String(kind))
	return text
}

// hook reports every request to the source's vitals and makes its span.
type hook struct {
	tracer tracer
	vitals *backends.Vitals
	at     address
}

func (h hook) DialHook(next goredis.DialHook) goredis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (h hook) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		name := strings.ToUpper(cmd.Name())
		spans.Asked(ctx, h.tracer.connection, 1)
		ctx, end := h.tracer.begin(ctx, name, about(name, cmd.Args())...)
		start := time.Now()
		err := next(ctx, cmd)
		h.report(start, err)
		end(err)
		return err
	}
}

func (h hook) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []goredis.Cmder) error {
		name := operations(cmds)
		spans.Asked(ctx, h.tracer.connection, len(cmds))
		ctx, end := h.tracer.begin(ctx, name, semconv.DBOperationName(name),
			semconv.DBOperationBatchSize(len(cmds)))
		start := time.Now()
		err := next(ctx, cmds)
		h.report(start, err)
		end(err)
		return err
	}
}

// operations is "PIPELINE", with the command behind it when all are the same.
func operations(cmds []goredis.Cmder) string {
	name := ""
	for _, c := range cmds {
		if n := strings.ToUpper(c.Name()); name == "" {
			name = n
		} else if n != name {
			return "PIPELINE"
		}
	}
	return "PIPELINE " + name
}

// report tells the vitals whether the server answered, and whether it did as a server does
// that is there for its clients.
func (h hook) report(start time.Time, err error) {
	if err == nil || errors.Is(err, goredis.Nil) {
		h.vitals.Answered(time.Since(start))
		return
	}
	var known *backends.Error
	if errors.As(err, &known) {
		// The dialer has reported its own failures; a refusal by the gate says nothing about
		// the server.
		return
	}
	if r, ok := replyOf(err); ok {
		switch {
		case r.notServing():
			h.vitals.Failed(backends.Stale, h.at.fault("", err))
		default:
			h.vitals.Answered(time.Since(start))
		}
		return
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, goredis.ErrClosed) {
		return
	}
	state := backends.Down
	if isTimeout(err) {
		state = backends.Stale
	}
	h.vitals.Failed(state, h.at.fault("", err))
}
