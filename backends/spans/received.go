package spans

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Origin says where a span comes from.
type Origin uint8

// The origins of spans.
const (
	Own      Origin = iota // bustop's own work
	Received               // an application's, sent to the receiver
)

// Batch is spans of one resource and scope that another program sent.
type Batch struct {
	Resource            []attribute.KeyValue
	Scope, ScopeVersion string
	Spans               []Data
}

// Data is one ended span that another program sent.
type Data struct {
	TraceID trace.TraceID
	ID      trace.SpanID
	// Parent is zero for a root.
	Parent     trace.SpanID
	Name       string
	Kind       trace.SpanKind
	Start, End time.Time
	// Status is in the numbers of package codes (Error 1, Ok 2), which are not those of OTLP
	// (Ok 1, Error 2).
	Status     codes.Code
	StatusText string
	Attributes []attribute.KeyValue
	Events     []sdktrace.Event
	Links      []sdktrace.Link
}
