package views

import (
	"context"
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/decoders"
)

// TraceRef is the trace that a message says it belongs to.
type TraceRef struct {
	// Trace and Span are zero where only ids of other systems were found that are not as long.
	Trace trace.TraceID
	Span  trace.SpanID
	// Where says in which part of the message they stood, raw; "" when they are not from a message.
	Where string
	// IDs are all ids that were found to search for elsewhere, as they stood there.
	IDs []backends.Field
}

// NoTrace is what to say of a message that belongs to no trace.
const NoTrace = "this message carries no traceparent"

// The bounds of the search for ids inside payloads.
const (
	traceFields = 16      // headers that are decoded
	traceNodes  = 4 << 10 // nodes of a payload looked at for payloads inside
	traceInside = 16      // payloads inside that are opened
	traceDepth  = 3
)

// TraceOf finds the trace of a message: in its headers or fields, then inside those that hold a payload of
// their own, as job options and metadata do, then inside the body. Of several ids traceparent (W3C Trace
// Context) goes first. False means that nothing was found that could be searched for.
func TraceOf(d *Decoder, m backends.Message) (TraceRef, bool) {
	f := finder{opens: traceInside}
	for _, h := range m.Headers {
		f.see("header "+h.Name, h.Name, string(h.Value))
	}
	if f.ref.Trace.IsValid() {
		f.also(m)
		return f.ref, true
	}
	for _, h := range m.Headers[:min(len(m.Headers), traceFields)] {
		if len(h.Value) > len("traceparent") {
			f.look("header "+h.Name, d.DecodeField(m, h, ""), traceDepth)
		}
	}
	if len(m.Body) > 0 {
		f.look("body", d.Decode(m, ""), traceDepth)
	}
	if !f.ref.Trace.IsValid() && f.foreign.IsValid() {
		f.ref.Trace, f.ref.Where = f.foreign, f.foreignIn
	}
	if f.ref.Where == "" {
		return TraceRef{}, false
	}
	f.also(m)
	return f.ref, true
}

// OpenTraceOf opens the trace of a message, or says that it has none.
func OpenTraceOf(d *Deps, m backends.Message) {
	if ref, ok := TraceOf(d.Decoder, m); ok {
		d.Nav.OpenTrace(ref)
	} else {
		d.Nav.Toast(NoTrace)
	}
}

// finder gathers ids. The first traceparent wins over ids of other systems.
type finder struct {
	ref       TraceRef
	foreign   trace.TraceID
	foreignIn string
	opens     int
}

// carriers are the names under which ids stand, small: those of the W3C's last, then those of other systems:
// B3 (github.com/openzipkin/b3-propagation), Jaeger, Datadog, AWS X-Ray.
func carriers() []string {
	return []string{
		"traceparent", "mt-activity-id", "tracestate",
		"b3", "x-b3-traceid", "x-b3-spanid", "uber-trace-id", "x-datadog-trace-id", "x-datadog-parent-id", "x-amzn-trace-id",
	}
}

// see takes a value that stands under a name.
func (f *finder) see(where, name, value string) {
	lower := strings.ToLower(name)
	switch {
	case isParent(lower):
		sc, ok := parseTraceparent(value)
		if !ok {
			return
		}
		if !f.ref.Trace.IsValid() {
			f.ref.Trace, f.ref.Span, f.ref.Where = sc.TraceID(), sc.SpanID(), where
		}
	case lower == "tracestate":
	case isCarrier(lower):
		if id, ok := foreignID(lower, value); ok && !f.foreign.IsValid() {
			f.foreign, f.foreignIn = id, where
		}
		if f.ref.Where == "" {
			f.ref.Where = where
		}
	default:
		return
	}
	f.ref.IDs = append(f.ref.IDs, backends.Field{Name: name, Value: []byte(value)})
}

// isParent reports whether a value under a name is a traceparent. CloudEvents call it "ce-traceparent".
func isParent(lower string) bool {
	return strings.HasSuffix(lower, "traceparent") || lower == "mt-activity-id"
}

func isCarrier(lower string) bool {
	for _, name := range carriers() {
		if lower == name {
			return true
		}
	}
	return false
}

// look searches a payload, and payloads inside it.
func (f *finder) look(where string, r *decoders.Result, depth int) {
	if r == nil || r.Tree == nil || depth == 0 {
		return
	}
	for _, name := range carriers() {
		if i, ok := r.Tree.Find(name); ok {
			if text, isText := r.Tree.Text(i); isText {
				f.see(where, name, text)
			}
		}
	}
	if f.ref.Trace.IsValid() {
		return
	}
	for i := range min(r.Tree.Len(), traceNodes) {
		if f.opens == 0 {
			return
		}
		text, ok := r.Tree.Text(i)
		if ok && isParent(strings.ToLower(text)) {
			f.pair(where, text, r.Tree, i+1)
		}
		if r.Tree.Branch(i) || ok && !mayCarry(text) {
			continue
		}
		if in := r.Inside(i); in != nil {
			f.opens--
			f.look(where, in, depth-1)
		}
	}
}

// pair takes a value that stands beside its name, as in lists of headers and in maps of a protobuf whose schema is
// not known.
func (f *finder) pair(where, name string, t *decoders.Tree, at int) {
	if at >= t.Len() {
		return
	}
	if value, ok := t.Text(at); ok {
		f.see(where, name, value)
	}
}

// mayCarry reports whether a text can hold ids of a trace inside.
func mayCarry(text string) bool {
	lower := strings.ToLower(text)
	for _, name := range carriers() {
		if len(name) > 2 && strings.Contains(lower, name) {
			return true
		}
	}
	return false
}

// also adds the ids that are no trace's, but by which systems are searched too.
func (f *finder) also(m backends.Message) {
	for _, h := range m.Headers {
		switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(h.Name)) {
		case "messageid", "correlationid", "conversationid":
			f.ref.IDs = append(f.ref.IDs, h)
		}
	}
}

func parseTraceparent(value string) (trace.SpanContext, bool) {
	carrier := propagation.MapCarrier{"traceparent": strings.TrimSpace(value)}
	sc := trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
	return sc, sc.HasTraceID()
}

// foreignID is the trace id of another system where it is one of OpenTelemetry's too: 16 bytes.
func foreignID(lower, value string) (trace.TraceID, bool) {
	switch lower {
	case "b3":
		value, _, _ = strings.Cut(value, "-")
	case "x-b3-traceid":
	case "uber-trace-id":
		value, _, _ = strings.Cut(value, ":")
		if len(value) > 16 && len(value) < 32 { // Jaeger leaves zeros in front out
			value = strings.Repeat("0", 32-len(value)) + value
		}
	case "x-amzn-trace-id":
		_, value, _ = strings.Cut(value, "Root=1-")
		value, _, _ = strings.Cut(value, ";")
		value = strings.ReplaceAll(value, "-", "")
	default:
		return trace.TraceID{}, false
	}
	if _, err := hex.DecodeString(value); err != nil {
		return trace.TraceID{}, false
	}
	id, err := trace.TraceIDFromHex(strings.ToLower(value))
	return id, err == nil
}
