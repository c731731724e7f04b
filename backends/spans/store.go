package spans

import (
	"context"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// DefaultBytes is the budget of a store that is given none.
const DefaultBytes = 64 << 20

// maxRunning bounds the running spans: those beyond (somebody forgets to end them) are stored
// when they end, but not shown before.
const maxRunning = 2_000

// Store keeps ended spans. Its methods may be called from several goroutines.
type Store struct {
	mu      sync.Mutex
	lanes   [laneCount]lane
	index   index
	names   names
	running map[trace.SpanID]sdktrace.ReadOnlySpan
	// known is the resources of our own spans: as many as there are providers.
	known    map[attribute.Distinct]about
	spans    int
	dropped  uint64
	revision uint64
}

// about is the attributes of a resource, and its service.name.
type about struct {
	attrs   []attribute.KeyValue
	service string
}

// maxKnown bounds Store.known.
const maxKnown = 64

var _ sdktrace.SpanProcessor = (*Store)(nil)

// NewStore returns a store that keeps up to maxBytes, DefaultBytes when that is not positive.
func NewStore(maxBytes int) *Store {
	if maxBytes <= 0 {
		maxBytes = DefaultBytes
	}
	return &Store{
		lanes: [laneCount]lane{
			people:  newLane(maxBytes / allShares * peopleShare),
			polls:   newLane(maxBytes / allShares * pollsShare),
			ingest:  newLane(maxBytes / allShares * ingestShare),
			foreign: newLane(maxBytes / allShares * foreignShare),
		},
		index: index{slots: map[trace.TraceID]uint32{}}, names: names{at: map[string]uint32{}},
		running: map[trace.SpanID]sdktrace.ReadOnlySpan{}, known: map[attribute.Distinct]about{},
	}
}

// OnStart notes a running span.
func (s *Store) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	c := span.SpanContext()
	if _, taken := s.running[c.SpanID()]; taken || len(s.running) >= maxRunning {
		return
	}
	traceID := c.TraceID()
	s.running[c.SpanID()] = span
	e := s.index.find(traceID)
	if e == nil {
		trigger := ""
		if isRoot(span) {
			trigger = triggerOf(span.Attributes())
		}
		e = s.begin(traceID, span.Name(), s.aboutOf(span.Resource()).service, trigger, span.StartTime().UnixNano(), laneOf(trigger))
	}
	e.running++
	s.makeRoom(int(e.lane))
}

// OnEnd keeps an ended span and makes room for it.
func (s *Store) OnEnd(span sdktrace.ReadOnlySpan) {
	d, from := dataOf(span)
	root := uint8(anySpan)
	if !d.Parent.IsValid() {
		root = trueRoot
	} else if span.Parent().IsRemote() {
		root = localRoot
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	if run, ok := s.running[d.ID]; ok && run.SpanContext().TraceID() == d.TraceID {
		delete(s.running, d.ID)
		s.index.find(d.TraceID).running--
	}
	resource := s.aboutOf(span.Resource())
	from.resource, from.service = resource.attrs, resource.service
	s.keep(&d, &from, root)
}

// aboutOf returns what a resource of ours says, and remembers it: the SDK makes it anew each
// time. The caller holds mu.
func (s *Store) aboutOf(r *resource.Resource) about {
	key := r.Equivalent()
	known, ok := s.known[key]
	if !ok {
		if len(s.known) >= maxKnown {
			clear(s.known)
		}
		attrs := r.Attributes()
		known = about{attrs, serviceOf(attrs)}
		s.known[key] = known
	}
	return known
}

// AddReceived keeps spans that other programs sent, and returns how many it took: those without
// a trace or span id are left out. What is longer than a span of ours may be is cut.
func (s *Store) AddReceived(batches ...Batch) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	taken := 0
	for i := range batches {
		b := &batches[i]
		set := attribute.NewSet(slices.Clone(b.Resource)...)
		from := source{
			resource: set.ToSlice(), distinct: set.Equivalent(), service: serviceOf(b.Resource),
			scope: b.Scope, version: b.ScopeVersion, origin: Received,
		}
		for j := range b.Spans {
			d := &b.Spans[j]
			if !d.TraceID.IsValid() || !d.ID.IsValid() {
				continue
			}
			root := uint8(anySpan)
			if !d.Parent.IsValid() {
				root = trueRoot
			}
			s.keep(d, &from, root)
			taken++
		}
	}
	return taken
}

// keep stores a span and makes room for it. The caller holds mu.
func (s *Store) keep(d *Data, from *source, root uint8) {
	start := d.Start.UnixNano()
	e := s.index.find(d.TraceID)
	if e == nil {
		trigger, in := "", foreign
		if from.origin == Own {
			if root != anySpan {
				trigger = triggerOf(d.Attributes)
			}
			in = laneOf(trigger)
		}
		e = s.begin(d.TraceID, d.Name, from.service, trigger, start, in)
	}
	in := foreign
	if from.origin == Own {
		if in = int(e.lane); in == foreign {
			in = people
		}
	} else {
		e.received = true
	}
	if root > e.root {
		e.root = root
		s.names.change(&e.name, d.Name)
		s.names.change(&e.service, from.service)
		if trigger := triggerOf(d.Attributes); s.names.list[e.trigger] == "" && from.origin == Own {
			s.names.change(&e.trigger, trigger)
		}
	}
	if d.Status == codes.Error {
		e.errors++
	}
	e.start, e.end = min(e.start, start), max(e.end, start+int64(max(d.End.Sub(d.Start), 0)))
	e.last[in] = s.lanes[in].write(d, from, e.last[in]) + 1
	e.spans++
	s.spans++
	s.makeRoom(in)
}

// begin makes the entry of a trace that is new here. The caller holds mu.
func (s *Store) begin(id trace.TraceID, name, service, trigger string, start int64, in int) *entry {
	e := s.index.add(id)
	e.name, e.service, e.trigger = s.names.use(name), s.names.use(service), s.names.use(trigger)
	e.start, e.lane = start, uint8(in)
	s.lanes[in].entries++
	return e
}

// makeRoom lets go of the oldest segments of a lane until it keeps its budget, and of the traces
// that nothing is left of. The caller holds mu.
func (s *Store) makeRoom(in int) {
	l := &s.lanes[in]
	for l.cost() > l.budget && len(l.segments) > 0 {
		l.evict(s.forget)
	}
}

// forget takes an evicted record out of the books.
func (s *Store) forget(r *record) {
	s.spans--
	s.dropped++
	e := s.index.find(r.traceID)
	e.spans--
	e.forgotten++
	if e.spans == 0 && e.running == 0 {
		s.names.drop(e.name)
		s.names.drop(e.service)
		s.names.drop(e.trigger)
		s.lanes[e.lane].entries--
		s.index.remove(e)
	}
}

// Shutdown does nothing: what was stored stays readable.
func (s *Store) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing: there is nothing between a span's end and the store.
func (s *Store) ForceFlush(context.Context) error { return nil }

// Stats returns how full the store is.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{Spans: s.spans, Traces: len(s.index.slots), Dropped: s.dropped, Revision: s.revision}
	for i := range s.lanes {
		stats.Bytes += s.lanes[i].cost()
	}
	return stats
}

// laneOf returns the lane of bustop's own traces with a trigger.
func laneOf(trigger string) int {
	switch trigger {
	case TriggerPoll:
		return polls
	case TriggerIngest:
		return ingest
	}
	return people
}

// dataOf returns what is kept of a span of ours, all but its resource. It shares the span's slices, which do not
// change once it has ended.
func dataOf(span sdktrace.ReadOnlySpan) (Data, source) {
	scope, status := span.InstrumentationScope(), span.Status()
	data := Data{
		TraceID: span.SpanContext().TraceID(), ID: span.SpanContext().SpanID(), Parent: span.Parent().SpanID(),
		Name: span.Name(), Kind: span.SpanKind(), Start: span.StartTime(), End: span.EndTime(),
		Status: status.Code, StatusText: status.Description,
		Attributes: span.Attributes(), Events: span.Events(), Links: span.Links(),
	}
	return data, source{distinct: span.Resource().Equivalent(), scope: scope.Name, version: scope.Version, origin: Own}
}

// isRoot reports whether a span is where a trace begins in this program.
func isRoot(span sdktrace.ReadOnlySpan) bool {
	return !span.Parent().IsValid() || span.Parent().IsRemote()
}

func triggerOf(attrs []attribute.KeyValue) string {
	for i := range attrs {
		if attrs[i].Key == TriggerKey {
			return attrs[i].Value.AsString()
		}
	}
	return ""
}

// age is how long ago a moment was, never negative.
func age(start int64) time.Duration { return max(time.Since(time.Unix(0, start)), 0) }
