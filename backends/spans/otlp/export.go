package otlp

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// KeyAttribute holds the name of a Redis key on a span. It stays here unless the person lets it out.
const KeyAttribute = attribute.Key("bustop.redis.key")

// Exporter sends spans to a collector.
type Exporter struct {
	client *client
	keys   bool
	sent   atomic.Uint64
	failed atomic.Uint64
	last   atomic.Pointer[failure]
	// failing says that no export has gone well since the last failure.
	failing atomic.Bool
}

// failure is an export that failed.
type failure struct {
	err error
	at  time.Time
}

var _ sdktrace.SpanExporter = (*Exporter)(nil)

// NewExporter returns an exporter; nothing is connected before the first export.
func NewExporter(s *Settings) *Exporter { return &Exporter{client: newClient(s), keys: s.Keys} }

// Counts returns how many spans were sent and how many were given up.
func (e *Exporter) Counts() (sent, failed uint64) { return e.sent.Load(), e.failed.Load() }

// ExportSpans implements sdktrace.SpanExporter.
func (e *Exporter) ExportSpans(ctx context.Context, list []sdktrace.ReadOnlySpan) error {
	if len(list) == 0 {
		return nil
	}
	err := e.export(ctx, list)
	if err != nil {
		e.last.Store(&failure{err, time.Now()})
	}
	e.failing.Store(err != nil)
	return err
}

func (e *Exporter) export(ctx context.Context, list []sdktrace.ReadOnlySpan) error {
	rejected, err := e.client.send(ctx, e.pack(list))
	if err != nil {
		e.failed.Add(uint64(len(list)))
		return fmt.Errorf("%d spans were not exported: %w", len(list), err)
	}
	rejected = min(max(rejected, 0), len(list))
	e.sent.Add(uint64(len(list) - rejected))
	if rejected > 0 {
		e.failed.Add(uint64(rejected))
		return fmt.Errorf("the collector rejected %d of %d spans", rejected, len(list))
	}
	return nil
}

// Shutdown implements sdktrace.SpanExporter.
func (e *Exporter) Shutdown(context.Context) error {
	e.client.close()
	return nil
}

// group is what spans have in common in a request.
type group struct {
	about attribute.Distinct
	scope string
}

// pack makes a request of spans.
func (e *Exporter) pack(list []sdktrace.ReadOnlySpan) ptrace.Traces {
	out := ptrace.NewTraces()
	resources := map[attribute.Distinct]ptrace.ResourceSpans{}
	scopes := map[group]ptrace.ScopeSpans{}
	for _, s := range list {
		g := group{s.Resource().Equivalent(), s.InstrumentationScope().Name + "\x00" + s.InstrumentationScope().Version}
		scope, ok := scopes[g]
		if !ok {
			of, known := resources[g.about]
			if !known {
				of = out.ResourceSpans().AppendEmpty()
				of.SetSchemaUrl(s.Resource().SchemaURL())
				e.copyAttributes(of.Resource().Attributes(), s.Resource().Attributes())
				resources[g.about] = of
			}
			scope = of.ScopeSpans().AppendEmpty()
			scope.Scope().SetName(s.InstrumentationScope().Name)
			scope.Scope().SetVersion(s.InstrumentationScope().Version)
			scope.SetSchemaUrl(s.InstrumentationScope().SchemaURL)
			scopes[g] = scope
		}
		e.packSpan(scope.Spans().AppendEmpty(), s)
	}
	return out
}

func (e *Exporter) packSpan(to ptrace.Span, s sdktrace.ReadOnlySpan) {
	c := s.SpanContext()
	to.SetTraceID(pcommon.TraceID(c.TraceID()))
	to.SetSpanID(pcommon.SpanID(c.SpanID()))
	to.SetParentSpanID(pcommon.SpanID(s.Parent().SpanID()))
	to.TraceState().FromRaw(c.TraceState().String())
	to.SetFlags(flagsOf(c.TraceFlags(), s.Parent().IsRemote()))
	to.SetName(s.Name())
	to.SetKind(protocolKind(s.SpanKind()))
	to.SetStartTimestamp(pcommon.NewTimestampFromTime(s.StartTime()))
	to.SetEndTimestamp(pcommon.NewTimestampFromTime(s.EndTime()))
	e.copyAttributes(to.Attributes(), s.Attributes())
	to.SetDroppedAttributesCount(uint32(s.DroppedAttributes()))
	for _, ev := range s.Events() {
		x := to.Events().AppendEmpty()
		x.SetName(ev.Name)
		x.SetTimestamp(pcommon.NewTimestampFromTime(ev.Time))
		e.copyAttributes(x.Attributes(), ev.Attributes)
	}
	to.SetDroppedEventsCount(uint32(s.DroppedEvents()))
	for _, l := range s.Links() {
		x := to.Links().AppendEmpty()
		x.SetTraceID(pcommon.TraceID(l.SpanContext.TraceID()))
		x.SetSpanID(pcommon.SpanID(l.SpanContext.SpanID()))
		x.TraceState().FromRaw(l.SpanContext.TraceState().String())
		x.SetFlags(flagsOf(l.SpanContext.TraceFlags(), l.SpanContext.IsRemote()))
		e.copyAttributes(x.Attributes(), l.Attributes)
	}
	to.SetDroppedLinksCount(uint32(s.DroppedLinks()))
	to.Status().SetMessage(s.Status().Description)
	switch s.Status().Code {
	case codes.Ok:
		to.Status().SetCode(ptrace.StatusCodeOk)
	case codes.Error:
		to.Status().SetCode(ptrace.StatusCodeError)
	default:
	}
}

// flagsOf are the trace flags with the two bits that say whether a span's parent, or a link's target, is in
// another process (trace.proto, SpanFlags).
func flagsOf(f trace.TraceFlags, remote bool) uint32 {
	const known, isRemote = 0x100, 0x200
	flags := uint32(f) | known
	if remote {
		flags |= isRemote
	}
	return flags
}

func protocolKind(k trace.SpanKind) ptrace.SpanKind {
	switch k {
	case trace.SpanKindServer:
		return ptrace.SpanKindServer
	case trace.SpanKindClient:
		return ptrace.SpanKindClient
	case trace.SpanKindProducer:
		return ptrace.SpanKindProducer
	case trace.SpanKindConsumer:
		return ptrace.SpanKindConsumer
	default:
		return ptrace.SpanKindInternal
	}
}

// copyAttributes copies all but what is to stay here.
func (e *Exporter) copyAttributes(to pcommon.Map, from []attribute.KeyValue) {
	to.EnsureCapacity(len(from))
	for _, a := range from {
		if a.Key == KeyAttribute && !e.keys {
			continue
		}
		key := string(a.Key)
		switch a.Value.Type() {
		case attribute.BOOL:
			to.PutBool(key, a.Value.AsBool())
		case attribute.INT64:
			to.PutInt(key, a.Value.AsInt64())
		case attribute.FLOAT64:
			to.PutDouble(key, a.Value.AsFloat64())
		case attribute.STRING:
			to.PutStr(key, a.Value.AsString())
		default:
			putList(to, key, a.Value)
		}
	}
}

// putList puts a list; what else there may be becomes text.
func putList(to pcommon.Map, key string, v attribute.Value) {
	switch v.Type() {
	case attribute.STRINGSLICE:
		fill(to.PutEmptySlice(key), v.AsStringSlice(), pcommon.Value.SetStr)
	case attribute.INT64SLICE:
		fill(to.PutEmptySlice(key), v.AsInt64Slice(), pcommon.Value.SetInt)
	case attribute.FLOAT64SLICE:
		fill(to.PutEmptySlice(key), v.AsFloat64Slice(), pcommon.Value.SetDouble)
	case attribute.BOOLSLICE:
		fill(to.PutEmptySlice(key), v.AsBoolSlice(), pcommon.Value.SetBool)
	default:
		to.PutStr(key, v.String())
	}
}

func fill[T any](to pcommon.Slice, from []T, set func(pcommon.Value, T)) {
	to.EnsureCapacity(len(from))
	for _, v := range from {
		set(to.AppendEmpty(), v)
	}
}
