package spans

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracerOn returns a tracer whose spans end in the store.
func tracerOn(t testing.TB, store *Store) trace.Tracer {
	t.Helper()
	provider := Provider(store, "1.2.3")
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return provider.Tracer("bustop/test")
}

// at makes span times that do not depend on the clock.
func at(ms int) trace.SpanStartEventOption {
	return trace.WithTimestamp(time.Unix(1_700_000_000, 0).Add(time.Duration(ms) * time.Millisecond))
}

// make1 makes a trace of one root with n children and returns its id.
func make1(tracer trace.Tracer, name, trigger string, n int) string {
	ctx, root := Root(context.Background(), tracer, name, trigger)
	for i := range n {
		_, child := tracer.Start(ctx, fmt.Sprint("step ", i))
		child.End()
	}
	root.End()
	return root.SpanContext().TraceID().String()
}

func TestATraceComesBackAsItWas(t *testing.T) {
	store := NewStore(0)
	tracer := tracerOn(t, store)
	ctx, other := Root(context.Background(), tracer, "publish", TriggerIngest)
	other.End()
	ctx, root := Root(ctx, tracer, "open orders", TriggerUser, attribute.Int("n", 3))
	_, child := tracer.Start(ctx, "GET", trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(time.Unix(100, 5)),
		trace.WithAttributes(attribute.String("db.system.name", "redis"), attribute.StringSlice("list", []string{"a", "b"})),
		trace.WithLinks(trace.Link{SpanContext: other.SpanContext(), Attributes: []attribute.KeyValue{attribute.Bool("l", true)}}))
	child.AddEvent("retry", trace.WithTimestamp(time.Unix(101, 0)), trace.WithAttributes(attribute.Float64("f", 0.5)))
	child.SetStatus(codes.Error, "timeout")
	child.End(trace.WithTimestamp(time.Unix(102, 5)))
	root.End()

	spans := store.Trace(root.SpanContext().TraceID().String())
	if len(spans) != 2 {
		t.Fatalf("%d spans, want 2", len(spans))
	}
	got := spans[1]
	if got.ID != child.SpanContext().SpanID().String() {
		got = spans[0]
	}
	resource := got.Resource
	want := Span{
		TraceID: root.SpanContext().TraceID().String(), ID: child.SpanContext().SpanID().String(), Parent: root.SpanContext().SpanID().String(), Depth: got.Depth,
		Name: "GET", Kind: "client", Start: time.Unix(100, 5), Duration: 2 * time.Second, Status: "Error", StatusText: "timeout",
		Scope: "bustop/test", Attributes: []Attr{{"db.system.name", "redis", attribute.STRING}, {"list", `["a","b"]`, attribute.STRINGSLICE}},
		Events:   []Event{{Name: "retry", Time: time.Unix(101, 0), Attributes: []Attr{{"f", "0.5", attribute.FLOAT64}}}},
		Links:    []Link{{other.SpanContext().TraceID().String(), other.SpanContext().SpanID().String(), []Attr{{"l", "true", attribute.BOOL}}}},
		Resource: resource,
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
	about := map[string]string{}
	for _, a := range resource {
		about[a.Key] = a.Value
	}
	if about["service.name"] != "bustop" || about["service.version"] != "1.2.3" || len(about["service.instance.id"]) != 36 || about["process.pid"] == "" {
		t.Fatalf("resource: %v", about)
	}
	sum := store.Summaries(Query{Match: "open"})[0]
	if sum.Name != "open orders" || sum.Trigger != TriggerUser || sum.Spans != 2 || sum.Errors != 1 || sum.Service != "bustop" || sum.Running {
		t.Fatalf("summary: %+v", sum)
	}
}

func TestWaterfallOrder(t *testing.T) {
	store := NewStore(0)
	tracer := tracerOn(t, store)
	ctx, root := tracer.Start(context.Background(), "root", at(0))
	ctxB, b := tracer.Start(ctx, "b", at(20))
	ctxA, a := tracer.Start(ctx, "a", at(10))
	_, b1 := tracer.Start(ctxB, "b1", at(21))
	_, a2 := tracer.Start(ctxA, "a2", at(15))
	_, a1 := tracer.Start(ctxA, "a1", at(12))
	for _, s := range []trace.Span{a1, a2, b1, a, b, root} {
		s.End()
	}
	var got []string
	for _, s := range store.Trace(root.SpanContext().TraceID().String()) {
		got = append(got, strings.Repeat(".", s.Depth)+s.Name)
	}
	if want := "root .a ..a1 ..a2 .b ..b1"; strings.Join(got, " ") != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

func TestWaterfallOfBrokenTrees(t *testing.T) {
	when := func(n int64) time.Time { return time.Unix(n, 0) }
	list := waterfall([]Span{
		{ID: "1", Parent: "2", Start: when(3)},
		{ID: "2", Parent: "1", Start: when(4)},
		{ID: "3", Parent: "gone", Start: when(2)},
		{ID: "4", Parent: "3", Start: when(1)}, // a clock that went back: still below its parent
		{ID: "5", Parent: "5", Start: when(5)},
	})
	var got []string
	for _, s := range list {
		got = append(got, fmt.Sprint(s.ID, ":", s.Depth))
	}
	if want := "3:0 4:1 1:0 2:1 5:0"; strings.Join(got, " ") != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

func TestRunningSpansAreShown(t *testing.T) {
	store := NewStore(0)
	tracer := tracerOn(t, store)
	ctx, root := Root(context.Background(), tracer, "tail orders", TriggerUser)
	_, child := tracer.Start(ctx, "XREAD")
	id := root.SpanContext().TraceID().String()
	sum := store.Summaries(Query{})[0]
	if !sum.Running || sum.Spans != 2 || sum.Name != "tail orders" || sum.Trigger != TriggerUser {
		t.Fatalf("while it runs: %+v", sum)
	}
	child.End()
	spans := store.Trace(id)
	if len(spans) != 2 || !spans[0].Running || spans[1].Running || spans[0].Duration <= 0 || spans[0].Status != "Unset" {
		t.Fatalf("while the root runs: %+v", spans)
	}
	root.End()
	if sum := store.Summaries(Query{})[0]; sum.Running || sum.Spans != 2 {
		t.Fatalf("after the end: %+v", sum)
	}
}

func TestListing(t *testing.T) {
	store := NewStore(0)
	tracer := tracerOn(t, store)
	ids := map[string]string{}
	for i, name := range []string{"open A", "refresh queues", "open B", "refresh locks", "peek C"} {
		trigger := TriggerUser
		if strings.HasPrefix(name, "refresh") {
			trigger = TriggerPoll
		}
		_, root := tracer.Start(context.Background(), name, at(i), trace.WithAttributes(TriggerKey.String(trigger)))
		root.End()
		ids[name] = root.SpanContext().TraceID().String()
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{}, "peek C,refresh locks,open B,refresh queues,open A"},
		{Query{HidePolls: true}, "peek C,open B,open A"},
		{Query{Limit: 2}, "peek C,refresh locks"},
		{Query{Match: "OPEN"}, "open B,open A"},
		{Query{Match: "open", Limit: 1}, "open B"},
		{Query{Match: ids["peek C"][:12]}, "peek C"},
		{Query{Match: "nothing"}, ""},
	} {
		var names []string
		for _, s := range store.Summaries(c.q) {
			names = append(names, s.Name)
		}
		if got := strings.Join(names, ","); got != c.want {
			t.Errorf("%+v: got %s, want %s", c.q, got, c.want)
		}
	}
	if store.Trace("no id") != nil || store.Trace(strings.Repeat("1", 32)) != nil {
		t.Error("a trace that is not kept has spans")
	}
}

func TestOldSpansGoFirst(t *testing.T) {
	const budget = 400_000
	store := NewStore(budget)
	tracer := tracerOn(t, store)
	first := make1(tracer, "first", TriggerUser, 9)
	var last string
	for range 2000 {
		last = make1(tracer, "open", TriggerUser, 9)
		if got := store.Stats().Bytes; got > budget {
			t.Fatalf("%d bytes, more than the budget", got)
		}
	}
	stats := store.Stats()
	if stats.Bytes < budget/allShares*peopleShare/2 || stats.Dropped == 0 || uint64(stats.Spans)+stats.Dropped != 2001*10 {
		t.Fatalf("stats: %+v", stats)
	}
	list := store.Summaries(Query{})
	for i, s := range list {
		if s.Spans+s.Dropped != 10 || len(store.Trace(s.TraceID)) != s.Spans || s.Dropped != 0 && i < len(list)-1 {
			t.Fatalf("trace %d of %d: %+v", i, len(list), s)
		}
	}
	if store.Trace(first) != nil || len(store.Trace(last)) != 10 {
		t.Fatal("not the oldest went")
	}
}

func TestPollsDoNotPushOutPeople(t *testing.T) {
	store := NewStore(200_000)
	tracer := tracerOn(t, store)
	mine := make1(tracer, "open orders", TriggerUser, 5)
	for range 2000 {
		make1(tracer, "refresh queues", TriggerPoll, 5)
	}
	if len(store.Trace(mine)) != 6 {
		t.Fatal("polls pushed out what a person did")
	}
	if got := len(store.Summaries(Query{HidePolls: true})); got != 1 {
		t.Fatalf("%d traces without polls, want 1", got)
	}
	if l := &store.lanes[polls]; l.cost() > l.budget || l.cost() == 0 {
		t.Fatalf("polls take %d bytes of %d", l.cost(), l.budget)
	}
}

func TestWhatArrivesByItselfLeavesRoom(t *testing.T) {
	const budget = 400_000
	store := NewStore(budget)
	tracer := tracerOn(t, store)
	ctx, endless := Root(context.Background(), tracer, "tail", TriggerIngest)
	short := make1(tracer, "open", TriggerUser, 3)
	for range 10_000 {
		_, batch := tracer.Start(ctx, "process")
		batch.End()
	}
	if got := store.Stats(); got.Bytes > budget || got.Dropped == 0 {
		t.Fatalf("stats: %+v", got)
	}
	if len(store.Trace(short)) != 4 {
		t.Fatal("what arrives by itself pushed out what a person did")
	}
	sum := store.Summaries(Query{Match: "tail"})[0]
	if !sum.Running || sum.Dropped == 0 || sum.Spans < 2 || sum.Dropped+sum.Spans != 10_001 {
		t.Fatalf("summary: %+v", sum)
	}
	spans := store.Trace(sum.TraceID)
	if len(spans) != sum.Spans || spans[0].Name != "tail" || !spans[0].Running {
		t.Fatalf("the trace has %d spans and begins with %+v", len(spans), spans[0])
	}
	endless.End()
}

func TestSpansThatNeverEndAreBounded(t *testing.T) {
	store := NewStore(1 << 20)
	tracer := tracerOn(t, store)
	for range maxRunning + 5000 {
		Root(context.Background(), tracer, "leak", TriggerUser) //nolint:spancheck // that is the point
	}
	if n := len(store.running); n != maxRunning {
		t.Fatalf("%d running spans are tracked, want %d", n, maxRunning)
	}
	if got := store.Stats(); got.Bytes > 1<<20 || got.Traces != maxRunning {
		t.Fatalf("stats: %+v", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	store := NewStore(100_000)
	tracer := tracerOn(t, store)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				make1(tracer, "open", TriggerUser, 3)
			}
		})
		wg.Go(func() {
			for range 50 {
				for _, s := range store.Summaries(Query{Limit: 5}) {
					store.Trace(s.TraceID)
				}
				store.Stats()
			}
		})
	}
	wg.Wait()
	stats := store.Stats()
	if uint64(stats.Spans)+stats.Dropped != 8*200*4 || len(store.running) != 0 {
		t.Fatalf("stats %+v, %d running", stats, len(store.running))
	}
	spans := uint32(0)
	store.index.newestFirst(func(e *entry) bool {
		spans += e.spans
		return true
	})
	if int(spans) != stats.Spans {
		t.Fatalf("the books say %d spans, traces %d", stats.Spans, spans)
	}
}

func TestEnvironmentDoesNotBlindTheStore(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	t.Setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0")
	store := NewStore(0)
	id := make1(tracerOn(t, store), "open", TriggerUser, 0)
	if spans := store.Trace(id); len(spans) != 1 || len(spans[0].Attributes) != 1 {
		t.Fatalf("got %+v", spans)
	}
}

func TestQuietReportsErrors(t *testing.T) {
	var got error
	Quiet(func(err error) { got = err })
	otel.Handle(errors.New("boom"))
	if got == nil || got.Error() != "boom" {
		t.Fatalf("got %v", got)
	}
}

// TestTextsThatVary: what takes the texts of a place for ids that never come again gives back what stood there, also
// when it does come again, and when it stays.
func TestTextsThatVary(t *testing.T) {
	store := NewStore(0)
	var spans []Data
	for i := range 500 {
		id := fmt.Sprint("id-", i)
		switch {
		case i >= 400:
			id = "the same"
		case i >= 300:
			id = fmt.Sprint("id-", i%3)
		case i%50 == 49:
			id = strings.Repeat("long", 2*i)
		}
		spans = append(spans, Data{
			TraceID: traceID(1 + i/10), ID: spanID(i + 1), Name: "publish",
			Attributes: []attribute.KeyValue{attribute.Int("n", i), attribute.String("id", id)},
		})
	}
	store.AddReceived(Batch{Spans: spans})
	for i := range spans {
		got, ok := store.Find(spans[i].TraceID.String(), spans[i].ID.String())
		if want := attrsOf(spans[i].Attributes); !ok || !slices.Equal(got.Attributes, want) {
			t.Fatalf("span %d has %v, want %v", i, got.Attributes, want)
		}
	}
	for text, want := range map[string]int{"id=id-1": 34, "id=\"the same\"": 100, "id-299": 0, "id-298": 1, "longlong": 6} {
		where, err := ParseSearch(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, total := store.Search(Query{Where: where}); total != want {
			t.Errorf("%s: %d spans, want %d", text, total, want)
		}
	}
}
