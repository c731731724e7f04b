package spans

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// place is where a found record stands.
type place struct {
	in    *segment
	at    int
	start int64
	id    trace.SpanID
}

// newestFirst orders places by start, then by id.
func newestFirst(a, b place) int {
	return cmp.Or(cmp.Compare(b.start, a.start), bytes.Compare(a.id[:], b.id[:]))
}

// newest returns the newest places in order, at most limit where that is positive.
func newest(places []place, limit int) []place {
	slices.SortFunc(places, newestFirst)
	if limit > 0 && len(places) > limit {
		return slices.Clone(places[:limit])
	}
	return places
}

// Search returns the ended spans that a query selects, newest first, and how many there are
// beyond its limit too.
func (s *Store) Search(q Query) (found []Span, total int) {
	type part struct {
		places []place
		total  int
	}
	var places []place
	for _, of := range perSegment(s, q, func(in *segment, each func(func(int, *record))) (of part) {
		each(func(at int, r *record) {
			of.total++
			of.places = append(of.places, place{in, at, r.start, r.id})
		})
		of.places = newest(of.places, q.Limit)
		return of
	}) {
		total += of.total
		places = append(places, of.places...)
	}
	places = newest(places, q.Limit)
	var about resources
	var r record
	for _, p := range places {
		p.in.record(p.at, &r)
		found = append(found, about.span(p.in, &r))
	}
	return found, total
}

// Find returns a span by its ids.
func (s *Store) Find(traceID, spanID string) (Span, bool) {
	for _, span := range s.Trace(traceID) {
		if span.ID == spanID {
			return span, true
		}
	}
	return Span{}, false
}

// Backlinks returns the ended spans with a link to the given span, oldest first: from a producer
// its consumers. The other way a span's Links and Find lead.
func (s *Store) Backlinks(traceID, spanID string) []Span {
	target, err := trace.TraceIDFromHex(traceID)
	if err != nil {
		return nil
	}
	id, err := trace.SpanIDFromHex(spanID)
	if err != nil {
		return nil
	}
	s.lock()
	var lanes [laneCount]reading
	var last [laneCount]uint64
	for i := range lanes {
		if last[i] = s.lanes[i].links[id]; last[i] != 0 {
			lanes[i] = s.lanes[i].snapshot()
		}
	}
	s.mu.Unlock()
	var list []Span
	var about resources
	for i := range lanes {
		lanes[i].chain(last[i], func(in *segment, r *record) uint64 {
			before, linked := uint64(0), false
			r.eachLink(func(l link) {
				if l.id == id {
					before, linked = l.before, linked || l.traceID == target
				}
			})
			if linked {
				list = append(list, about.span(in, r))
			}
			return before
		})
	}
	slices.SortFunc(list, func(a, b Span) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	return list
}

// Operations returns statistics of the ended spans that a query selects, by service, scope, name
// and kind, those with the greatest total time first. Percentiles are exact (nearest rank).
func (s *Store) Operations(q Query) []Operation {
	var keys []operationKey
	byKey, traces := map[operationKey]int{}, map[trace.TraceID]int{}
	var last *segment
	var ops []int // of the operations of last, -1 for those not seen yet
	var list []timing
	s.scanAll(q, func(in *segment, _ int, r *record, fits bool) {
		if in != last {
			last, ops = in, slices.Repeat([]int{-1}, len(in.ops))
		}
		if ops[r.op] < 0 {
			key := in.key(in.ops[r.op])
			if _, ok := byKey[key]; !ok {
				byKey[key] = len(keys)
				keys = append(keys, key)
			}
			ops[r.op] = byKey[key]
		}
		if _, ok := traces[r.traceID]; !ok {
			traces[r.traceID] = len(traces)
		}
		list = append(list, timing{
			op: ops[r.op], trace: traces[r.traceID], id: binary.BigEndian.Uint64(r.id[:]), parent: binary.BigEndian.Uint64(r.parent[:]),
			start: r.start, took: r.took, failed: r.failed(), want: fits,
		})
	})
	return operations(keys, list)
}

// key names an operation.
func (s *segment) key(o op) operationKey {
	return operationKey{
		s.texts.text(o.service), s.texts.text(o.scope), s.texts.text(o.name), trace.SpanKind(o.kind).String(),
	}
}

// Rank returns the share of the kept spans of the same operation, in percent, that took no
// longer than this one, and how many there are.
func (s *Store) Rank(span Span) (percent float64, of int) {
	want := operationKey{span.Service(), span.Scope, span.Name, span.Kind}
	lanes, _ := s.readings(Query{})
	atMost := 0
	for i := range lanes {
		for _, in := range lanes[i] {
			same := make([]bool, len(in.ops))
			for n, o := range in.ops {
				same[n] = in.key(o) == want
			}
			if !slices.Contains(same, true) {
				continue
			}
			in.each(func(_ int, r *record) {
				if same[r.op] {
					of++
					if time.Duration(r.took) <= span.Duration {
						atMost++
					}
				}
			})
		}
	}
	return 100 * float64(atMost) / float64(max(of, 1)), of
}
