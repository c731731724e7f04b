package spans

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"
)

func traceID(n int) (id trace.TraceID) {
	binary.BigEndian.PutUint64(id[:], 0x4bf92f3577b34da6)
	binary.BigEndian.PutUint64(id[8:], uint64(n))
	return id
}

func spanID(n int) (id trace.SpanID) {
	binary.BigEndian.PutUint64(id[:], uint64(n))
	return id
}

// drawn draws spans; each gets an id of its own and may link to those before it.
type drawn struct{ count int }

func (g *drawn) attributes(t *rapid.T) []attribute.KeyValue {
	var list []attribute.KeyValue
	for range rapid.IntRange(0, 4).Draw(t, "attributes") {
		key := attribute.Key(rapid.SampledFrom([]string{"db.system", "db.system.name", "messaging.destination.name", "n", "", "Ünï"}).Draw(t, "key"))
		list = append(list, rapid.OneOf(
			rapid.Map(rapid.SampledFrom([]string{"redis", "Orders", "orders.dlq", "", "é\xff\x00", "503"}), func(s string) attribute.KeyValue { return key.String(s) }),
			rapid.Map(rapid.String(), func(s string) attribute.KeyValue { return key.String(s) }),
			rapid.Map(rapid.Int(), func(n int) attribute.KeyValue { return key.Int(n) }),
			rapid.Map(rapid.Float64(), func(n float64) attribute.KeyValue { return key.Float64(n) }),
			rapid.Map(rapid.Bool(), func(b bool) attribute.KeyValue { return key.Bool(b) }),
			rapid.Map(rapid.SliceOf(rapid.String()), func(s []string) attribute.KeyValue { return key.StringSlice(s) }),
		).Draw(t, "value"))
	}
	return list
}

func (g *drawn) span(t *rapid.T) Data {
	g.count++
	d := Data{
		TraceID: traceID(rapid.IntRange(1, 5).Draw(t, "trace")), ID: spanID(g.count),
		Name: rapid.SampledFrom([]string{"GET", "publish Orders", "xadd orders"}).Draw(t, "name"),
		Kind: trace.SpanKind(rapid.IntRange(0, 5).Draw(t, "kind")), Status: codes.Code(rapid.IntRange(0, 2).Draw(t, "status")),
		Start: time.Unix(0, rapid.Int64Range(1, 1<<60).Draw(t, "start")), Attributes: g.attributes(t),
	}
	d.End = d.Start.Add(time.Duration(rapid.Int64Range(0, 1<<40).Draw(t, "took")))
	if rapid.Bool().Draw(t, "child") {
		d.Parent = spanID(rapid.IntRange(1, g.count).Draw(t, "parent"))
	}
	if d.Status == codes.Error {
		d.StatusText = rapid.SampledFrom([]string{"", "NO_ROUTE"}).Draw(t, "text")
	}
	for range rapid.IntRange(0, 2).Draw(t, "events") {
		at := time.Unix(0, rapid.Int64Range(1, 1<<60).Draw(t, "at"))
		d.Events = append(d.Events, sdktrace.Event{Name: "retry", Time: at, Attributes: g.attributes(t)})
	}
	for range rapid.IntRange(0, 2).Draw(t, "links") {
		to := trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: traceID(rapid.IntRange(1, 5).Draw(t, "link trace")), SpanID: spanID(rapid.IntRange(1, 6).Draw(t, "link span")),
		})
		d.Links = append(d.Links, sdktrace.Link{SpanContext: to, Attributes: g.attributes(t)})
	}
	return d
}

func attrsOf(list []attribute.KeyValue) []Attr {
	var out []Attr
	for _, a := range list {
		out = append(out, Attr{string(a.Key), a.Value.String(), a.Value.Type()})
	}
	return out
}

// plain is what a store has to give back for a received span.
func plain(d *Data, b *Batch) Span {
	s := Span{
		TraceID: d.TraceID.String(), ID: d.ID.String(), Name: d.Name, Kind: d.Kind.String(), Start: d.Start,
		Duration: d.End.Sub(d.Start), Status: d.Status.String(), StatusText: d.StatusText, Scope: b.Scope, ScopeVersion: b.ScopeVersion,
		Attributes: attrsOf(d.Attributes), Resource: attrsOf(b.Resource), Origin: Received,
	}
	if d.Parent.IsValid() {
		s.Parent = d.Parent.String()
	}
	for _, e := range d.Events {
		s.Events = append(s.Events, Event{e.Name, e.Time, attrsOf(e.Attributes)})
	}
	for _, l := range d.Links {
		s.Links = append(s.Links, Link{l.SpanContext.TraceID().String(), l.SpanContext.SpanID().String(), attrsOf(l.Attributes)})
	}
	return s
}

// TestStoreIsAPlainList holds the store against a list of spans of which it keeps the newest.
func TestStoreIsAPlainList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		store := NewStore(rapid.SampledFrom([]int{0, 40_000, 100_000}).Draw(t, "budget"))
		var g drawn
		var all []Span
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			b := Batch{
				Resource: []attribute.KeyValue{attribute.String("service.name", rapid.SampledFrom([]string{"shop", "billing"}).Draw(t, "service"))},
				Scope:    rapid.SampledFrom([]string{"amqp", "redis"}).Draw(t, "scope"), ScopeVersion: "1",
			}
			for range rapid.IntRange(0, 20).Draw(t, "spans") {
				b.Spans = append(b.Spans, g.span(t))
			}
			for i := range b.Spans {
				all = append(all, plain(&b.Spans[i], &b))
			}
			if store.AddReceived(b) != len(b.Spans) {
				t.Fatal("spans were refused")
			}
			kept := all[len(all)-store.Stats().Spans:]
			compare(t, store, kept, len(all))
		}
	})
}

func compare(t *rapid.T, store *Store, kept []Span, all int) {
	stats := store.Stats()
	if stats.Spans+int(stats.Dropped) != all || stats.Bytes > 100_000 && stats.Bytes > store.lanes[foreign].budget {
		t.Fatalf("%d spans: %+v", all, stats)
	}
	if stats.Dropped == 0 && stats.Spans != len(kept) {
		t.Fatal("spans are missing")
	}
	compareTraces(t, store, kept)
	for _, text := range []string{
		"", "orders", "ORDERS", "5", "e+", "true", "nan", "redis shop", "!redis", "0000000000000003", "4bf92f35", "no_route", "retry", `""`,
		"status=error", ">1s", "name=publish*", "db.system=redis", "!db.system.name=redis", "n>0", "n<0 status!=ok", "service=shop kind=client",
		"messaging.destination=orders*", "service.name=billing", "n=*", "trace=4bf9*", "Ünï",
	} {
		compareSearch(t, store, kept, text)
	}
}

func compareTraces(t *rapid.T, store *Store, kept []Span) {
	byTrace := map[string][]Span{}
	for _, s := range kept {
		byTrace[s.TraceID] = append(byTrace[s.TraceID], s)
	}
	if list := store.Summaries(Query{}); len(list) != len(byTrace) {
		t.Fatalf("%d traces, want %d", len(list), len(byTrace))
	}
	for id, want := range byTrace {
		if got, want := store.Trace(id), waterfall(slices.Clone(want)); !reflect.DeepEqual(got, want) {
			t.Fatalf("trace\n%+v\nwant\n%+v", got, want)
		}
	}
	for n := range 7 {
		for in := range 6 {
			to, id := traceID(in).String(), spanID(n).String()
			var want []string
			for _, s := range kept {
				if slices.ContainsFunc(s.Links, func(l Link) bool { return l.TraceID == to && l.SpanID == id }) {
					want = append(want, s.ID)
				}
			}
			var got []string
			for _, s := range store.Backlinks(to, id) {
				got = append(got, s.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("links to %s: %v, want %v", id, got, want)
			}
		}
	}
}

func compareSearch(t *rapid.T, store *Store, kept []Span, text string) {
	where, err := ParseSearch(text)
	if err != nil {
		t.Fatal(err)
	}
	var want []Span
	for i := range kept {
		if where.Match(&kept[i]) {
			want = append(want, kept[i])
		}
	}
	slices.SortFunc(want, func(a, b Span) int { return cmp.Or(b.Start.Compare(a.Start), strings.Compare(a.ID, b.ID)) })
	got, total := store.Search(Query{Where: where})
	if total != len(want) || !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: %d found, want %d\n%+v\n%+v", text, total, len(want), got, want)
	}
	if some, total := store.Search(Query{Where: where, Limit: 3}); total != len(want) || !reflect.DeepEqual(some, got[:min(len(got), 3)]) {
		t.Fatalf("%q: the first three of %d differ", text, total)
	}
	compareOperations(t, store, want, where)
	having := map[string]bool{}
	for _, s := range want {
		having[s.TraceID] = true
	}
	if list := store.Summaries(Query{Where: where}); len(list) != len(having) {
		t.Fatalf("%q: %d traces, want %d", text, len(list), len(having))
	}
}

func compareOperations(t *rapid.T, store *Store, want []Span, where Search) {
	groups := map[string][]Span{}
	for _, s := range want {
		key := fmt.Sprint(s.Service(), s.Scope, s.Name, s.Kind)
		groups[key] = append(groups[key], s)
	}
	ops := store.Operations(Query{Where: where})
	if len(ops) != len(groups) {
		t.Fatalf("%d operations, want %d", len(ops), len(groups))
	}
	for _, o := range ops {
		list := groups[fmt.Sprint(o.Service, o.Scope, o.Name, o.Kind)]
		var total, most time.Duration
		errors := 0
		for _, s := range list {
			total += s.Duration
			most = max(most, s.Duration)
			if s.Status == "Error" {
				errors++
			}
		}
		if o.Count != len(list) || o.Total != total || o.Max != most || o.Errors != errors || o.Self > o.Total || o.Self < 0 || o.P50 > o.P95 || o.P95 > o.P99 {
			t.Fatalf("operation %+v of %d spans", o, len(list))
		}
	}
}
