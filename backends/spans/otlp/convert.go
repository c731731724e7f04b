package otlp

import (
	"math"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends/spans"
)

// What is kept of one span.
const (
	maxText       = 4 << 10 // bytes of a name or value
	maxAttributes = 1024
	maxEvents     = 1024
	maxLinks      = 1024
)

// serviceInstance is the attribute by which a program knows itself.
const serviceInstance = "service.instance.id"

// inbox sorts what a request holds.
type inbox struct {
	now      time.Time
	instance string // of this program, whose own spans are left out
	batches  []spans.Batch
	taken    int
	own      int
	rejected int // without the identifiers that make a span
}

func (in *inbox) sort(traces ptrace.Traces) {
	for _, r := range traces.ResourceSpans().All() {
		if id, ok := r.Resource().Attributes().Get(serviceInstance); ok && in.instance != "" && id.AsString() == in.instance {
			for _, s := range r.ScopeSpans().All() {
				in.own += s.Spans().Len()
			}
			continue
		}
		about := attributes(r.Resource().Attributes())
		for _, s := range r.ScopeSpans().All() {
			b := spans.Batch{Resource: about, Scope: text(s.Scope().Name()), ScopeVersion: text(s.Scope().Version())}
			in.fill(&b, s.Spans())
			if len(b.Spans) > 0 {
				in.batches = append(in.batches, b)
			}
		}
	}
}

func (in *inbox) fill(b *spans.Batch, list ptrace.SpanSlice) {
	b.Spans = make([]spans.Data, 0, list.Len())
	for _, s := range list.All() {
		if s.TraceID().IsEmpty() || s.SpanID().IsEmpty() {
			in.rejected++
			continue
		}
		b.Spans = append(b.Spans, in.data(s))
	}
	in.taken += len(b.Spans)
}

func (in *inbox) data(s ptrace.Span) spans.Data {
	start, end := moment(s.StartTimestamp()), moment(s.EndTimestamp())
	if start.IsZero() {
		start = end
	}
	if start.IsZero() {
		start = in.now
	}
	if end.Before(start) {
		end = start
	}
	d := spans.Data{
		TraceID: trace.TraceID(s.TraceID()), ID: trace.SpanID(s.SpanID()), Parent: trace.SpanID(s.ParentSpanID()),
		Name: text(s.Name()), Kind: kindOf(s.Kind()), Start: start, End: end,
		Status: statusOf(s.Status().Code()), StatusText: text(s.Status().Message()), Attributes: attributes(s.Attributes()),
	}
	for i, e := range s.Events().All() {
		if i == maxEvents {
			break
		}
		when := moment(e.Timestamp())
		if when.IsZero() {
			when = start
		}
		d.Events = append(d.Events, sdktrace.Event{Name: text(e.Name()), Time: when, Attributes: attributes(e.Attributes())})
	}
	for i, l := range s.Links().All() {
		if i == maxLinks {
			break
		}
		d.Links = append(d.Links, sdktrace.Link{
			SpanContext: trace.NewSpanContext(trace.SpanContextConfig{
				TraceID: trace.TraceID(l.TraceID()), SpanID: trace.SpanID(l.SpanID()), TraceFlags: trace.TraceFlags(l.Flags()), Remote: true,
			}),
			Attributes: attributes(l.Attributes()),
		})
	}
	return d
}

// moment is a time of the protocol, the zero time for none or one beyond the year 2262.
func moment(t pcommon.Timestamp) time.Time {
	if t == 0 || t > math.MaxInt64 {
		return time.Time{}
	}
	return time.Unix(0, int64(t))
}

func kindOf(k ptrace.SpanKind) trace.SpanKind {
	switch k {
	case ptrace.SpanKindServer:
		return trace.SpanKindServer
	case ptrace.SpanKindClient:
		return trace.SpanKindClient
	case ptrace.SpanKindProducer:
		return trace.SpanKindProducer
	case ptrace.SpanKindConsumer:
		return trace.SpanKindConsumer
	default:
		return trace.SpanKindInternal
	}
}

func statusOf(c ptrace.StatusCode) codes.Code {
	switch c {
	case ptrace.StatusCodeOk:
		return codes.Ok
	case ptrace.StatusCodeError:
		return codes.Error
	default:
		return codes.Unset
	}
}

func attributes(m pcommon.Map) []attribute.KeyValue {
	if m.Len() == 0 {
		return nil
	}
	out := make([]attribute.KeyValue, 0, min(m.Len(), maxAttributes))
	for key, value := range m.All() {
		if len(out) == maxAttributes {
			break
		}
		if key = text(key); key != "" {
			out = append(out, attribute.KeyValue{Key: attribute.Key(key), Value: valueOf(value)})
		}
	}
	return out
}

// valueOf keeps plain values as they are; lists, maps and bytes become text as JSON and base64.
func valueOf(v pcommon.Value) attribute.Value {
	switch v.Type() {
	case pcommon.ValueTypeBool:
		return attribute.BoolValue(v.Bool())
	case pcommon.ValueTypeInt:
		return attribute.Int64Value(v.Int())
	case pcommon.ValueTypeDouble:
		return attribute.Float64Value(v.Double())
	case pcommon.ValueTypeStr:
		return attribute.StringValue(text(v.Str()))
	default:
		return attribute.StringValue(text(v.AsString()))
	}
}

// text cuts a text at maxText, not within a character.
func text(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for n > maxText-utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
