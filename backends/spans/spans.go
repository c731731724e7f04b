// Package spans keeps the spans of bustop's own work in memory, for the Traces pane.
//
// A Store is an OpenTelemetry span processor (opentelemetry.io/docs/specs/otel/trace/sdk) that
// takes each span as it ends: no exporter and no goroutine in between. The last few wait to be
// written together, which whoever reads does first. Spans stand as records of a few dozen bytes
// in segments that hold no pointers. The store is bounded in bytes and lets
// go of whole segments, oldest first, so a trace may lose its oldest spans before it goes; its
// summary counts them. Traces that bustop's own refreshing makes, and spans that other programs
// send, have budgets apart, so that they cannot push out what a person did.
package spans

import (
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// TriggerKey is the attribute of a root span that says what set the work off.
const TriggerKey = attribute.Key("bustop.trigger")

// What sets work off.
const (
	TriggerUser    = "user"    // a person's action
	TriggerPoll    = "poll"    // a refresh at the tick
	TriggerIngest  = "ingest"  // messages that arrive by themselves
	TriggerStartup = "startup" // the program's start
)

// Query selects traces for a list.
type Query struct {
	// HidePolls leaves out what a refresh set off.
	HidePolls bool
	// Match keeps traces whose name contains it, in any case, or whose id begins with it.
	Match string
	// Where selects spans. Of traces it keeps those that have such a span.
	Where Search
	// Limit bounds the list; 0 does not.
	Limit int
}

// Summary is one trace in a list.
type Summary struct {
	// TraceID is 32 hexadecimal digits.
	TraceID string
	// Name is the root span's, or that of the first span seen while the root is unknown.
	Name    string
	Service string
	Start   time.Time
	// Received says that other programs sent spans of this trace.
	Received bool
	// Duration lasts from the first start to the last end, or to now for a trace that runs.
	Duration time.Duration
	// Spans counts what is kept, running spans included; Dropped what was let go of.
	Spans, Dropped int
	Errors         int
	Trigger        string
	Running        bool
}

// Span is one span of a trace, ready for a waterfall.
type Span struct {
	// TraceID is 32 hexadecimal digits.
	TraceID string
	// ID and Parent are 16 hexadecimal digits; Parent is "" for a root.
	ID, Parent string
	// Depth is the distance from the root; a span whose parent is not kept has depth 0.
	Depth    int
	Name     string
	Kind     string
	Start    time.Time
	Duration time.Duration
	// Running says that the span has not ended; Duration is then its age.
	Running    bool
	Attributes []Attr
	Events     []Event
	Links      []Link
	// Status is "Unset", "Ok" or "Error".
	Status, StatusText  string
	Scope, ScopeVersion string
	Resource            []Attr
	Origin              Origin
}

// Attr is an attribute with its value as text.
type Attr struct {
	Key, Value string
	// Type is what the value was: STRING (or EMPTY, where nobody said), INT64, FLOAT64, BOOL,
	// BYTESLICE in base64; of any other type Value is the JSON.
	Type attribute.Type
}

// Event is a moment within a span.
type Event struct {
	Name       string
	Time       time.Time
	Attributes []Attr
}

// Link points to a span of another trace.
type Link struct {
	TraceID, SpanID string
	Attributes      []Attr
}

// Operation is the spans that have service, scope, name and kind in common.
type Operation struct {
	Service, Scope, Name, Kind string
	Count, Errors              int
	P50, P95, P99, Max         time.Duration
	// Total is the sum of the durations; Self leaves out the time in which a child ran, so it
	// is never more than Total.
	Total, Self time.Duration
}

// Stats is the fill of a store.
type Stats struct {
	Spans, Traces, Bytes int
	// Dropped counts the spans that were let go of for room.
	Dropped uint64
	// Revision grows with every change.
	Revision uint64
}
