package spans

import (
	"encoding/hex"

	"go.opentelemetry.io/otel/trace"
)

// Traceparent reads the value of a traceparent (W3C Trace Context, section 3.2). It makes no garbage, so that
// it can be asked for every message that arrives.
func Traceparent(text []byte) (trace.SpanContext, bool) {
	const size = 55
	if len(text) < size || text[2] != '-' || text[35] != '-' || text[52] != '-' || len(text) > size && text[size] != '-' {
		return trace.SpanContext{}, false
	}
	var version, flags [1]byte
	var traceID trace.TraceID
	var id trace.SpanID
	for _, part := range []struct{ to, from []byte }{
		{version[:], text[:2]},
		{traceID[:], text[3:35]},
		{id[:], text[36:52]},
		{flags[:], text[53:size]},
	} {
		if !smallHex(part.from) {
			return trace.SpanContext{}, false
		}
		_, _ = hex.Decode(part.to, part.from) // they are digits, as many as it takes
	}
	if version[0] == 0xff || version[0] == 0 && len(text) != size || !traceID.IsValid() || !id.IsValid() {
		return trace.SpanContext{}, false
	}
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: traceID, SpanID: id, TraceFlags: trace.TraceFlags(flags[0]) & trace.FlagsSampled, Remote: true,
	}), true
}

func smallHex(text []byte) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// MaxLinks bounds the links of a span over many messages.
const MaxLinks = 32

// Batch attributes of a span over many messages.
const (
	BatchBytesKey        = "bustop.batch.bytes"
	BatchTraceparentsKey = "bustop.batch.traceparents"
	// BatchDecodeErrorsKey counts the messages whose payload could not be read.
	BatchDecodeErrorsKey = "bustop.batch.decode_errors"
)

// Links gathers the trace contexts of many messages for one span.
type Links struct {
	// Found counts all, List holds the first sampled ones.
	Found int
	List  []trace.Link
}

// Add takes the value of a traceparent and reports whether it is one.
func (l *Links) Add(traceparent []byte) bool {
	context, ok := Traceparent(traceparent)
	if !ok {
		return false
	}
	l.Found++
	if len(l.List) < MaxLinks && context.IsSampled() {
		l.List = append(l.List, trace.Link{SpanContext: context})
	}
	return true
}
