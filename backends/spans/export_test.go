package spans

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// TestAnExportedTraceIsOTLP holds the export against the collector's own decoder.
func TestAnExportedTraceIsOTLP(t *testing.T) {
	store := NewStore(0)
	tracer := tracerOn(t, store)
	ctx, root := Root(t.Context(), tracer, "open orders", TriggerUser)
	other := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	_, child := tracer.Start(ctx, "GET", at(0), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithLinks(trace.Link{SpanContext: other, Attributes: []attribute.KeyValue{attribute.String("why", "batch")}}),
		trace.WithAttributes(attribute.String("s", `a "quoted" ü`), attribute.Int64("i", 1<<62), attribute.Float64("f", 2), attribute.Bool("b", true),
			attribute.StringSlice("ss", []string{"a", "b"}), attribute.Int64Slice("is", []int64{1}), attribute.Float64Slice("fs", []float64{1, 2.5}), attribute.BoolSlice("bs", []bool{false})))
	child.AddEvent("retry", at(5).(trace.EventOption), trace.WithAttributes(attribute.Int("attempt", 2)))
	child.SetStatus(codes.Error, "timeout")
	child.End(at(7).(trace.SpanEndOption))

	data, err := store.ExportTrace(root.SpanContext().TraceID().String()) // while the root runs
	if err != nil {
		t.Fatal(err)
	}
	got, err := new(ptrace.JSONUnmarshaler).UnmarshalTraces(data)
	if err != nil || got.SpanCount() != 2 || got.ResourceSpans().Len() != 1 {
		t.Fatalf("%v: %s", err, data)
	}
	about := got.ResourceSpans().At(0)
	if v, _ := about.Resource().Attributes().Get("service.name"); v.AsString() != "bustop" {
		t.Errorf("resource %v", about.Resource().Attributes().AsRaw())
	}
	scope := about.ScopeSpans().At(0)
	for _, s := range scope.Spans().All() {
		if s.TraceID().String() != root.SpanContext().TraceID().String() {
			t.Errorf("trace id %s", s.TraceID())
		}
		if s.Name() == "open orders" {
			if s.EndTimestamp() != 0 || !s.ParentSpanID().IsEmpty() || s.Kind() != ptrace.SpanKindInternal {
				t.Errorf("root: ends %v, parent %s, kind %s", s.EndTimestamp(), s.ParentSpanID(), s.Kind())
			}
			continue
		}
		event, link := s.Events().At(0), s.Links().At(0)
		text := fmt.Sprint(scope.Scope().Name(), " ", s.Name(), " ", s.Kind(), " ", uint64(s.EndTimestamp()-s.StartTimestamp()), " ", s.Status().Code(), " ",
			s.Status().Message(), " ", s.Attributes().AsRaw(), " ", event.Name(), " ", uint64(event.Timestamp()-s.StartTimestamp()), " ", event.Attributes().AsRaw(),
			" ", link.TraceID(), " ", link.SpanID(), " ", link.Attributes().AsRaw())
		want := `bustop/test GET Client 7000000 Error timeout map[b:true bs:[false] f:2 fs:[1 2.5] i:4611686018427387904 is:[1] s:a "quoted" ü ss:[a b]] ` +
			`retry 5000000 map[attempt:2] 01000000000000000000000000000000 0200000000000000 map[why:batch]`
		if text != want || s.ParentSpanID().String() != root.SpanContext().SpanID().String() || s.SpanID().String() != child.SpanContext().SpanID().String() {
			t.Errorf("got  %s\nwant %s\nparent %s", text, want, s.ParentSpanID())
		}
		if v, _ := s.Attributes().Get("f"); v.Type().String() != "Double" {
			t.Errorf("2.0 became %s", v.Type())
		}
	}
	if _, err := store.ExportTrace(strings.Repeat("0", 31) + "1"); err == nil || !strings.Contains(err.Error(), "is not kept here") {
		t.Errorf("a trace that is not here: %v", err)
	}
}

// TestRank holds a span against those of its operation, and of no other.
func TestRank(t *testing.T) {
	store := NewStore(0)
	batch := Batch{Resource: []attribute.KeyValue{attribute.String("service.name", "shop")}, Scope: "work"}
	add := func(n, ms int, name string, kind trace.SpanKind) {
		start := time.Unix(1_700_000_000, 0)
		batch.Spans = append(batch.Spans, Data{
			TraceID: traceID(n), ID: spanID(n), Name: name, Kind: kind, Start: start, End: start.Add(time.Duration(ms) * time.Millisecond),
		})
	}
	for i := range 10 {
		add(1+i, 1+i, "GET", trace.SpanKindClient)
	}
	add(20, 1, "GET", trace.SpanKindServer)
	add(21, 1, "SET", trace.SpanKindClient)
	store.AddReceived(batch)
	for n, want := range map[int]string{1: "10% of 10", 5: "50% of 10", 10: "100% of 10", 20: "100% of 1", 21: "100% of 1"} {
		percent, of := store.Rank(store.Trace(traceID(n).String())[0])
		if got := fmt.Sprintf("%.0f%% of %d", percent, of); got != want {
			t.Errorf("span %d: %s, want %s", n, got, want)
		}
	}
}
