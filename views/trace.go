package views

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/decoders"
)

// TraceOf finds the trace a message belongs to: its header or field "traceparent" (W3C Trace
// Context), else a map entry of that name inside the payload.
func TraceOf(m backends.Message, payload *decoders.Result) (trace.TraceID, bool) {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, "traceparent") {
			return parseTraceparent(string(h.Value))
		}
	}
	if payload == nil || payload.Tree == nil {
		return trace.TraceID{}, false
	}
	if i, ok := payload.Tree.Find("traceparent"); ok {
		text, _ := payload.Tree.Text(i)
		return parseTraceparent(text)
	}
	return trace.TraceID{}, false
}

func parseTraceparent(value string) (trace.TraceID, bool) {
	carrier := propagation.MapCarrier{"traceparent": value}
	sc := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
	return sc.TraceID(), sc.HasTraceID()
}
