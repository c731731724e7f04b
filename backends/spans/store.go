package spans

import (
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// DefaultBytes is the budget of a store that is given none.
const DefaultBytes = 64 << 20

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
	pending []endedSpan
	// known is the resources of our own spans: as many as there are providers.
	known map[attribute.Distinct]*about
	// latest is what was asked for last of known.
	latest   *about
	spans    int
	dropped  uint64
	revision uint64
}

// NewStore returns a store that keeps up to maxBytes, DefaultBytes when that is not positive.
func NewStore(maxBytes int) *Store {
	if maxBytes <= 0 {
		maxBytes = DefaultBytes
	}
	return &Store{
		lanes: [laneCount]lane{
			people:  newLane(people, maxBytes/allShares*peopleShare),
			polls:   newLane(polls, maxBytes/allShares*pollsShare),
			ingest:  newLane(ingest, maxBytes/allShares*ingestShare),
			foreign: newLane(foreign, maxBytes/allShares*foreignShare),
		},
		index: index{slots: map[trace.TraceID]uint32{}}, names: names{at: map[string]uint32{}},
		known: map[attribute.Distinct]*about{}, pending: make([]endedSpan, 0, maxPending),
	}
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
			s.keep(d, &from, root, nil)
			taken++
		}
		s.makeRoom()
	}
	return taken
}

// keep stores a span of a trace, which is nil where that is still to be found. Room is for the caller to make, who
// holds mu.
func (s *Store) keep(d *Data, from *source, root uint8, e *entry) {
	at := d.when()
	if e == nil {
		e = s.index.find(d.TraceID)
	}
	if e == nil {
		trigger, in := "", foreign
		if from.origin == Own {
			if root != anySpan {
				trigger = triggerOf(d.Attributes)
			}
			in = laneOf(trigger)
		}
		e = s.begin(d.TraceID, d.Name, from.service, trigger, at.start, in)
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
	e.start, e.end = min(e.start, at.start), max(e.end, at.start+at.took)
	e.last[in] = s.lanes[in].write(d, from, at, e) + 1
	e.spans++
	s.spans++
}

// begin makes the entry of a trace that is new here. The caller holds mu.
func (s *Store) begin(id trace.TraceID, name, service, trigger string, start int64, in int) *entry {
	e := s.index.add(id)
	e.name, e.service, e.trigger = s.names.use(name), s.names.use(service), s.names.use(trigger)
	e.start, e.lane = start, uint8(in)
	s.lanes[in].entries++
	return e
}

// makeRoom lets go of the oldest segments of each lane until it keeps its budget, and of the traces
// that nothing is left of. The caller holds mu.
func (s *Store) makeRoom() {
	for i := range s.lanes {
		l := &s.lanes[i]
		for l.cost() > l.budget && len(l.segments) > 0 {
			l.evict(s.forget)
		}
	}
}

// forget takes evicted records of one trace out of the books.
func (s *Store) forget(gone stretch) {
	s.spans -= int(gone.spans)
	s.dropped += uint64(gone.spans)
	e := s.index.entry(gone.trace)
	e.spans -= gone.spans
	e.forgotten += gone.spans
	if e.spans == 0 && e.running == 0 {
		s.names.drop(e.name)
		s.names.drop(e.service)
		s.names.drop(e.trigger)
		s.lanes[e.lane].entries--
		s.index.remove(e)
	}
}

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
