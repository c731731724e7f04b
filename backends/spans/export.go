package spans

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
)

// The objects of OTLP/JSON (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): ids in
// hexadecimal digits, 64-bit integers as strings, enumerations as numbers.
type (
	jsonTraces struct {
		ResourceSpans []*jsonResourceSpans `json:"resourceSpans"`
	}
	jsonResourceSpans struct {
		Resource   jsonResource      `json:"resource"`
		ScopeSpans []*jsonScopeSpans `json:"scopeSpans"`
	}
	jsonResource struct {
		Attributes []jsonAttribute `json:"attributes"`
	}
	jsonScopeSpans struct {
		Scope jsonScope  `json:"scope"`
		Spans []jsonSpan `json:"spans"`
	}
	jsonScope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	jsonSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		Parent     string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano,omitempty"`
		Attributes []jsonAttribute `json:"attributes,omitempty"`
		Events     []jsonEvent     `json:"events,omitempty"`
		Links      []jsonLink      `json:"links,omitempty"`
		Status     jsonStatus      `json:"status"`
	}
	jsonEvent struct {
		Time       string          `json:"timeUnixNano"`
		Name       string          `json:"name"`
		Attributes []jsonAttribute `json:"attributes,omitempty"`
	}
	jsonLink struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		Attributes []jsonAttribute `json:"attributes,omitempty"`
	}
	jsonStatus struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	jsonAttribute struct {
		Key   string         `json:"key"`
		Value map[string]any `json:"value"`
	}
)

// ExportTrace returns a trace as OTLP/JSON, the request body that an OTLP receiver takes. A span
// that still runs has no end. It is an error when the trace is not kept (any more).
func (s *Store) ExportTrace(id string) ([]byte, error) {
	list := s.Trace(id)
	if len(list) == 0 {
		return nil, fmt.Errorf("trace %s is not kept here", id)
	}
	return json.MarshalIndent(exported(list), "", "  ")
}

// exported puts spans below their resources and scopes, in the order in which these first occur.
func exported(list []Span) jsonTraces {
	var out jsonTraces
	resources, scopes := map[string]*jsonResourceSpans{}, map[string]*jsonScopeSpans{}
	for i := range list {
		s := &list[i]
		key := fmt.Sprintf("%q", s.Resource)
		r, ok := resources[key]
		if !ok {
			r = &jsonResourceSpans{Resource: jsonResource{jsonAttributes(s.Resource)}}
			resources[key] = r
			out.ResourceSpans = append(out.ResourceSpans, r)
		}
		key += fmt.Sprintf("%q%q", s.Scope, s.ScopeVersion)
		in, ok := scopes[key]
		if !ok {
			in = &jsonScopeSpans{Scope: jsonScope{s.Scope, s.ScopeVersion}}
			scopes[key] = in
			r.ScopeSpans = append(r.ScopeSpans, in)
		}
		in.Spans = append(in.Spans, exportedSpan(s))
	}
	return out
}

func exportedSpan(s *Span) jsonSpan {
	out := jsonSpan{
		TraceID: s.TraceID, SpanID: s.ID, Parent: s.Parent, Name: s.Name, Kind: kindNumber(s.Kind),
		Start: nanoseconds(s.Start), Attributes: jsonAttributes(s.Attributes), Status: jsonStatus{Message: s.StatusText},
	}
	if !s.Running {
		out.End = nanoseconds(s.Start.Add(s.Duration))
	}
	switch s.Status {
	case "Ok":
		out.Status.Code = 1
	case "Error":
		out.Status.Code = 2
	}
	for _, e := range s.Events {
		out.Events = append(out.Events, jsonEvent{nanoseconds(e.Time), e.Name, jsonAttributes(e.Attributes)})
	}
	for _, l := range s.Links {
		out.Links = append(out.Links, jsonLink{l.TraceID, l.SpanID, jsonAttributes(l.Attributes)})
	}
	return out
}

func nanoseconds(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

// kindNumber is the enumeration Span.SpanKind of OTLP.
func kindNumber(kind string) int {
	switch kind {
	case "internal":
		return 1
	case "server":
		return 2
	case "client":
		return 3
	case "producer":
		return 4
	case "consumer":
		return 5
	}
	return 0
}

func jsonAttributes(list []Attr) []jsonAttribute {
	var out []jsonAttribute
	for _, a := range list {
		out = append(out, jsonAttribute{a.Key, jsonValue(a)})
	}
	return out
}

// jsonValue is an AnyValue of OTLP.
func jsonValue(a Attr) map[string]any {
	switch a.Type {
	case attribute.BOOL:
		return map[string]any{"boolValue": a.Value == "true"}
	case attribute.INT64:
		return map[string]any{"intValue": a.Value}
	case attribute.FLOAT64:
		f, err := strconv.ParseFloat(a.Value, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return map[string]any{"doubleValue": a.Value} // proto3 JSON: "NaN", "Infinity" are strings
		}
		return map[string]any{"doubleValue": f}
	case attribute.STRING, attribute.EMPTY:
		return map[string]any{"stringValue": a.Value}
	case attribute.BYTESLICE:
		return map[string]any{"bytesValue": a.Value}
	case attribute.BOOLSLICE, attribute.INT64SLICE, attribute.FLOAT64SLICE, attribute.STRINGSLICE, attribute.SLICE, attribute.MAP:
	}
	d := json.NewDecoder(strings.NewReader(a.Value))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return map[string]any{"stringValue": a.Value}
	}
	return jsonNested(v, a.Type == attribute.FLOAT64SLICE)
}

// jsonNested makes an AnyValue of a value that was read from JSON; floats says that its numbers
// are no integers, even where they look so.
func jsonNested(v any, floats bool) map[string]any {
	switch v := v.(type) {
	case bool:
		return map[string]any{"boolValue": v}
	case json.Number:
		if _, err := v.Int64(); err == nil && !floats {
			return map[string]any{"intValue": v.String()}
		}
		return map[string]any{"doubleValue": v}
	case string:
		return map[string]any{"stringValue": v}
	case []any:
		values := []map[string]any{}
		for _, e := range v {
			values = append(values, jsonNested(e, floats))
		}
		return map[string]any{"arrayValue": map[string]any{"values": values}}
	case map[string]any:
		values := []jsonAttribute{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			values = append(values, jsonAttribute{key, jsonNested(v[key], floats)})
		}
		return map[string]any{"kvlistValue": map[string]any{"values": values}}
	}
	return map[string]any{}
}
