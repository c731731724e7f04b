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

// maxPending bounds the ended spans that wait to be kept.
const maxPending = 32

// Store keeps ended spans. Its methods may be called from several goroutines.
type Store struct {
	mu    sync.Mutex
	lanes [laneCount]lane
	index index
	names names
	// running is the spans that have not ended, in the order of their starts: most that end are among the last.
	running []runningSpan
	// pending is the spans that ended last. They are kept together, which costs less than one by one, and
	// before anybody reads.
	pending []sdktrace.ReadOnlySpan
	// known is the resources of our own spans: as many as there are providers.
	known map[attribute.Distinct]about
	// latest is the resource that was asked for last, latestKey its place in known.
	latest    about
	latestKey attribute.Distinct
	spans     int
	dropped   uint64
	revision  uint64
}

// runningSpan is a span that has not ended, with its ids.
type runningSpan struct {
	id      trace.SpanID
	traceID trace.TraceID
	span    sdktrace.ReadOnlySpan
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
		known: map[attribute.Distinct]about{},
	}
}

// OnStart notes a running span.
func (s *Store) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	c := span.SpanContext()
	if len(s.running) >= maxRunning {
		return
	}
	traceID := c.TraceID()
	s.running = append(s.running, runningSpan{c.SpanID(), traceID, span})
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
	c := span.SpanContext()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	s.ended(c.TraceID(), c.SpanID())
	s.pending = append(s.pending, span)
	if len(s.pending) >= maxPending {
		s.settle()
	}
}

// lock takes mu for what reads: it finds every span that has ended.
func (s *Store) lock() {
	s.mu.Lock()
	s.settle()
}

// settle keeps the spans that ended last. The caller holds mu.
func (s *Store) settle() {
	for i, span := range s.pending {
		s.keepOwn(span)
		s.pending[i] = nil
	}
	s.pending = s.pending[:0]
}

// keepOwn keeps an ended span of ours. The caller holds mu.
func (s *Store) keepOwn(span sdktrace.ReadOnlySpan) {
	var d Data
	var from source
	parent, resource := fill(&d, &from, span)
	root := uint8(anySpan)
	if !d.Parent.IsValid() {
		root = trueRoot
	} else if parent.IsRemote() {
		root = localRoot
	}
	about := s.aboutOf(resource)
	from.resource, from.service = about.attrs, about.service
	s.keep(&d, &from, root)
}

// ended takes a span from those that run, if it is one of them. The caller holds mu.
func (s *Store) ended(traceID trace.TraceID, id trace.SpanID) {
	for i := len(s.running) - 1; i >= 0; i-- {
		if run := &s.running[i]; run.id == id && run.traceID == traceID {
			s.running = slices.Delete(s.running, i, i+1)
			s.index.find(traceID).running--
			return
		}
	}
}

// aboutOf returns what a resource of ours says, and remembers it: the SDK makes it anew each
// time. The caller holds mu.
func (s *Store) aboutOf(r *resource.Resource) about {
	key := r.Equivalent()
	if key == s.latestKey && key.Valid() {
		return s.latest
	}
	known, ok := s.known[key]
	if !ok {
		if len(s.known) >= maxKnown {
			clear(s.known)
		}
		attrs := r.Attributes()
		known = about{attrs, serviceOf(attrs)}
		s.known[key] = known
	}
	s.latest, s.latestKey = known, key
	return known
}

// AddReceived keeps spans that other programs sent, and returns how many it took: those without
// a trace or span id are left out. What is longer than a span of ours may be is cut.
func (s *Store) AddReceived(batches ...Batch) int {
	s.lock()
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
	s.lock()
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

// fill sets what is kept of a span of ours, all but its resource, and returns what else the store asks of it:
// each question to an ended span of the SDK copies that span. It shares the span's slices, which do not change
// once it has ended.
func fill(d *Data, from *source, span sdktrace.ReadOnlySpan) (parent trace.SpanContext, about *resource.Resource) {
	parent, about = span.Parent(), span.Resource()
	scope, status, context := span.InstrumentationScope(), span.Status(), span.SpanContext()
	d.TraceID, d.ID, d.Parent = context.TraceID(), context.SpanID(), parent.SpanID()
	d.Name, d.Kind, d.Start, d.End = span.Name(), span.SpanKind(), span.StartTime(), span.EndTime()
	d.Status, d.StatusText = status.Code, status.Description
	d.Attributes, d.Events, d.Links = span.Attributes(), span.Events(), span.Links()
	from.distinct, from.scope, from.version, from.origin = about.Equivalent(), scope.Name, scope.Version, Own
	return parent, about
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
