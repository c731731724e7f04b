package spans

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// scanAll calls visit for every record that is about q and tells it whether q.Where selects it.
func (s *Store) scanAll(q Query, visit func(in *segment, at int, r *record, fits bool)) {
	lanes, about := s.readings(q)
	for i := range lanes {
		for _, in := range lanes[i] {
			look := newScan(in, q.Where)
			in.each(func(at int, r *record) {
				if about == nil || about[r.traceID] {
					visit(in, at, r, !look.never && look.match(r))
				}
			})
		}
	}
}

// maxReaders bounds the processors that one search uses.
const maxReaders = 4

// perSegment hands each segment that q is about to look, with a way to visit the records in it that q selects,
// and returns what look returns in the order of the segments. Several segments are looked at at once.
func perSegment[T any](s *Store, q Query, look func(in *segment, each func(visit func(at int, r *record))) T) []T {
	lanes, about := s.readings(q)
	list := slices.Concat(lanes[:]...)
	out := make([]T, len(list))
	one := func(i int) {
		out[i] = look(list[i], func(visit func(int, *record)) {
			fits := newScan(list[i], q.Where)
			if fits.never {
				return
			}
			list[i].each(func(at int, r *record) {
				if (about == nil || about[r.traceID]) && fits.match(r) {
					visit(at, r)
				}
			})
		})
	}
	var next atomic.Int64
	var readers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), maxReaders, len(list)) {
		readers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(list); i = int(next.Add(1)) - 1 {
				one(i)
			}
		})
	}
	readers.Wait()
	return out
}

// readings returns what a query is about: lanes to read, and the traces where not all count.
func (s *Store) readings(q Query) (lanes [laneCount]reading, about map[trace.TraceID]bool) {
	s.lock()
	defer s.mu.Unlock()
	for i := range lanes {
		if i != polls || !q.HidePolls {
			lanes[i] = s.lanes[i].snapshot()
		}
	}
	if q.Match != "" {
		about = map[trace.TraceID]bool{}
		s.index.newestFirst(func(e *entry) bool {
			if s.listed(e, q) {
				about[e.id] = true
			}
			return true
		})
	}
	return lanes, about
}

// having returns the traces with a span that q.Where selects.
func (s *Store) having(q Query) map[trace.TraceID]bool {
	found := map[trace.TraceID]bool{}
	for _, ids := range perSegment(s, q, func(_ *segment, each func(func(int, *record))) (ids []trace.TraceID) {
		each(func(_ int, r *record) {
			if n := len(ids); n == 0 || ids[n-1] != r.traceID {
				ids = append(ids, r.traceID)
			}
		})
		return ids
	}) {
		for _, id := range ids {
			found[id] = true
		}
	}
	return found
}
