package spans

import (
	"cmp"
	"container/list"
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// DefaultBytes is the budget of a store that is given none.
const DefaultBytes = 32 << 20

// The bounds beside the budget. A trace is kept to traceShare of its lane, so that one that
// never ends leaves room for others; running spans beyond maxRunning (somebody forgets to end
// them) are stored when they end, but not shown before.
const (
	pollShare  = 4 // one in four bytes is for polls
	traceShare = 4
	maxRunning = 2_000
	entryCost  = 256 // what a trace takes beside its records, in bytes
)

// Store keeps ended spans by trace. Its methods may be called from several goroutines.
type Store struct {
	mu sync.Mutex
	// people and polls are the two budgets.
	people, polls lane
	traces        map[trace.TraceID]*entry
	running       map[spanKey]running
	resources     []resourceText
	resourceIndex map[attribute.Distinct]int
	spans         int
	dropped       uint64
	revision      uint64
}

type spanKey struct {
	trace trace.TraceID
	span  trace.SpanID
}

// running is a span that has started and not ended, with the trace it was counted in.
type running struct {
	span sdktrace.ReadOnlySpan
	in   *entry
}

type resourceText struct {
	service string
	attrs   []Attr
}

// entry is one trace.
type entry struct {
	id         trace.TraceID
	lane       *lane
	place      *list.Element // in lane.entries
	records    []record
	bytes      int
	running    int
	errors     int
	dropped    int
	start, end int64  // nanoseconds since 1970
	name       string // the root's once that is seen
	trigger    string
	received   bool
	resource   int
}

var _ sdktrace.SpanProcessor = (*Store)(nil)

// NewStore returns a store that keeps up to maxBytes, DefaultBytes when that is not positive.
func NewStore(maxBytes int) *Store {
	if maxBytes <= 0 {
		maxBytes = DefaultBytes
	}
	polls := maxBytes / pollShare
	return &Store{
		people: lane{budget: maxBytes - polls}, polls: lane{budget: polls},
		traces: map[trace.TraceID]*entry{}, running: map[spanKey]running{}, resourceIndex: map[attribute.Distinct]int{},
	}
}

// OnStart notes a running span.
func (s *Store) OnStart(_ context.Context, span sdktrace.ReadWriteSpan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	e := s.entryOf(span)
	if len(s.running) < maxRunning {
		s.running[keyOf(span)] = running{span, e}
		e.running++
	}
	s.makeRoom(e)
}

// OnEnd keeps an ended span and makes room for it.
func (s *Store) OnEnd(span sdktrace.ReadOnlySpan) {
	r := pack(span)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
	if run, ok := s.running[keyOf(span)]; ok {
		delete(s.running, keyOf(span))
		run.in.running--
	}
	e := s.entryOf(span)
	r.resource = s.resourceOf(span.Resource())
	if isRoot(span) {
		e.name, e.resource, e.trigger = span.Name(), r.resource, cmp.Or(e.trigger, triggerOf(span))
	}
	if r.status == codes.Error {
		e.errors++
	}
	e.end = max(e.end, r.end())
	e.records = append(e.records, r)
	e.bytes += r.cost()
	e.lane.bytes += r.cost()
	s.spans++
	s.makeRoom(e)
}

// Shutdown does nothing: what was stored stays readable.
func (s *Store) Shutdown(context.Context) error { return nil }

// ForceFlush does nothing: there is nothing between a span's end and the store.
func (s *Store) ForceFlush(context.Context) error { return nil }

// Stats returns how full the store is.
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{
		Spans: s.spans, Traces: len(s.traces), Bytes: s.people.bytes + s.polls.bytes,
		Dropped: s.dropped, Revision: s.revision,
	}
}

// entryOf returns the trace a span belongs to, new if need be. The caller holds mu.
func (s *Store) entryOf(span sdktrace.ReadOnlySpan) *entry {
	id := span.SpanContext().TraceID()
	e, ok := s.traces[id]
	if !ok {
		e = &entry{
			id: id, lane: &s.people, start: span.StartTime().UnixNano(), name: span.Name(),
			resource: s.resourceOf(span.Resource()), bytes: entryCost,
		}
		if isRoot(span) {
			e.trigger = triggerOf(span)
		}
		if e.trigger == TriggerPoll {
			e.lane = &s.polls
		}
		s.traces[id] = e
		e.lane.add(e)
	}
	return e
}

// resourceOf returns the index of a resource's text. There are as many as there are providers.
func (s *Store) resourceOf(r *resource.Resource) int {
	i, ok := s.resourceIndex[r.Equivalent()]
	if !ok {
		var text resourceText
		for _, a := range r.Attributes() {
			text.attrs = append(text.attrs, Attr{string(a.Key), a.Value.String(), a.Value.Type()})
			if a.Key == "service.name" {
				text.service = a.Value.String()
			}
		}
		i = len(s.resources)
		s.resources = append(s.resources, text)
		s.resourceIndex[r.Equivalent()] = i
	}
	return i
}

func keyOf(span sdktrace.ReadOnlySpan) spanKey {
	c := span.SpanContext()
	return spanKey{c.TraceID(), c.SpanID()}
}

// isRoot reports whether a span is where a trace begins in this program.
func isRoot(span sdktrace.ReadOnlySpan) bool {
	return !span.Parent().IsValid() || span.Parent().IsRemote()
}

func triggerOf(span sdktrace.ReadOnlySpan) string {
	for _, a := range span.Attributes() {
		if a.Key == TriggerKey {
			return a.Value.AsString()
		}
	}
	return ""
}

// age is how long ago a moment was, never negative.
func age(start int64) time.Duration { return max(time.Since(time.Unix(0, start)), 0) }
