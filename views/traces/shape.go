package traces

import (
	"cmp"
	"math"
	"slices"
	"time"

	"bustop/backends/spans"
)

// shape is what can be read from the times of a trace's spans. All slices go by the index of the span.
type shape struct {
	start, end time.Time
	parent     []int // index of the parent, -1 for none that is here
	children   [][]int
	// self is how long a span ran while none of its children did.
	self []time.Duration
	// critical are the parts of a span, in order, in which the whole trace waited for it alone.
	critical [][]interval
	gaps     []gap
	// early is by how much a span began before its parent, which clocks that differ make it seem.
	early []time.Duration
}

// interval is a stretch of time in nanoseconds from the start of the trace, its end left out.
type interval struct{ from, to time.Duration }

// gap is the time in which a message lay between the end of the span that sent it and the start of the
// span that took it.
type gap struct {
	producer, consumer int
	interval
}

// shapeOf computes the shape of the spans of one trace.
func shapeOf(list []spans.Span) *shape {
	s := &shape{parent: make([]int, len(list)), children: make([][]int, len(list))}
	if len(list) == 0 {
		return s
	}
	s.start, s.end = list[0].Start, list[0].Start
	at := make(map[string]int, len(list))
	for i := range list {
		if list[i].Start.Before(s.start) {
			s.start = list[i].Start
		}
		if end := list[i].Start.Add(list[i].Duration); end.After(s.end) {
			s.end = end
		}
		at[list[i].ID] = i
	}
	s.relate(list, at)
	own := make([]interval, len(list))
	s.early = make([]time.Duration, len(list))
	for i := range list {
		if p := s.parent[i]; p >= 0 {
			s.early[i] = max(list[p].Start.Sub(list[i].Start), 0)
		}
		from := list[i].Start.Sub(s.start)
		own[i] = interval{from, from + max(list[i].Duration, 0)}
	}
	s.self = selfTimes(own, s.children)
	s.critical = criticalPath(own, s.parent, s.children)
	s.gaps = gapsOf(list, own, s.parent, at)
	return s
}

// relate sets parents and children. Of spans that name each other as parents the one that the store
// placed first is a root.
func (s *shape) relate(list []spans.Span, at map[string]int) {
	for i := range list {
		s.parent[i] = -1
		if p, ok := at[list[i].Parent]; ok && list[i].Parent != "" && p < i {
			s.parent[i] = p
			s.children[p] = append(s.children[p], i)
		}
	}
}

// took is how long the trace lasts, at least a nanosecond.
func (s *shape) took() time.Duration { return max(s.end.Sub(s.start), time.Nanosecond) }

// queued is how long the trace waited for nothing but messages in queues.
func (s *shape) queued() time.Duration {
	waits := make([]interval, 0, len(s.gaps))
	for _, g := range s.gaps {
		waits = append(waits, g.interval)
	}
	critical := slices.Concat(s.critical...)
	return covered(slices.Concat(waits, critical)) - covered(critical)
}

// covered is how long at least one of the intervals lasts. It puts them in order.
func covered(list []interval) time.Duration {
	slices.SortFunc(list, func(a, b interval) int { return cmp.Compare(a.from, b.from) })
	sum, done := time.Duration(0), time.Duration(math.MinInt64)
	for _, iv := range list {
		if from := max(iv.from, done); iv.to > from {
			sum += iv.to - from
			done = iv.to
		}
	}
	return sum
}

// selfTimes takes from each span the time that its children cover within it.
func selfTimes(own []interval, children [][]int) []time.Duration {
	self := make([]time.Duration, len(own))
	for i, span := range own {
		inside := make([]interval, 0, len(children[i]))
		for _, c := range children[i] {
			inside = append(inside, own[c])
		}
		slices.SortFunc(inside, func(a, b interval) int { return int(a.from - b.from) })
		self[i] = span.to - span.from
		done := span.from
		for _, c := range inside {
			from, to := max(c.from, done), min(c.to, span.to)
			if to > from {
				self[i] -= to - from
				done = to
			}
		}
	}
	return self
}

// criticalPath goes back from the end of the trace: what ended last was waited for, before it began what
// had ended last by then, and so on down to the root. A child that outlives its parent, as a consumer
// does its producer, counts to its own end. The parts are disjoint; where none is, nothing ran that the
// rest waited for.
func criticalPath(own []interval, parent []int, children [][]int) [][]interval {
	reach := make([]time.Duration, len(own)) // the last end in the subtree
	for i := len(own) - 1; i >= 0; i-- {     // children stand behind their parents
		reach[i] = max(reach[i], own[i].to)
		if p := parent[i]; p >= 0 {
			reach[p] = max(reach[p], reach[i])
		}
	}
	byReach := func(list []int) []int {
		sorted := slices.Clone(list)
		slices.SortStableFunc(sorted, func(a, b int) int { return int(reach[b] - reach[a]) })
		return sorted
	}
	var roots []int
	for i, p := range parent {
		if p < 0 {
			roots = append(roots, i)
		}
	}
	critical := make([][]interval, len(own))
	var walk func(list []int, span int, from, to time.Duration)
	walk = func(list []int, span int, from, to time.Duration) {
		claim := func(a, b time.Duration) {
			if span < 0 {
				return
			}
			if a, b = max(a, own[span].from), min(b, own[span].to); b > a {
				critical[span] = append(critical[span], interval{a, b})
			}
		}
		for _, c := range byReach(list) {
			begin := max(own[c].from, from)
			if reach[c] > to || begin >= reach[c] {
				continue // it ran beside what was waited for
			}
			claim(reach[c], to)
			walk(children[c], c, begin, reach[c])
			to = begin
		}
		claim(from, to)
		if span >= 0 {
			slices.Reverse(critical[span])
		}
	}
	last := time.Duration(0)
	for _, r := range roots {
		last = max(last, reach[r])
	}
	walk(roots, -1, 0, last)
	return critical
}

// gapsOf finds for each span that took a message the span that sent it: the nearest ancestor, or linked
// span of the same trace, that is a producer.
func gapsOf(list []spans.Span, own []interval, parent []int, at map[string]int) []gap {
	var gaps []gap
	for i := range list {
		if !takes(&list[i]) {
			continue
		}
		p, ok := producerOf(list, parent, at, i)
		if ok && own[i].from > own[p].to {
			gaps = append(gaps, gap{p, i, interval{own[p].to, own[i].from}})
		}
	}
	return gaps
}

// takes reports whether a span took messages from a broker (semantic conventions for messaging: kind
// CONSUMER, or the operation types receive and process).
func takes(s *spans.Span) bool {
	if s.Kind == "consumer" {
		return true
	}
	kind, _ := s.Attribute("messaging.operation.type")
	return kind == "receive" || kind == "process"
}

// sends reports whether a span gave a message to a broker.
func sends(s *spans.Span) bool {
	if s.Kind == "producer" {
		return true
	}
	kind, _ := s.Attribute("messaging.operation.type")
	return kind == "send" || kind == "publish"
}

func producerOf(list []spans.Span, parent []int, at map[string]int, i int) (int, bool) {
	for _, l := range list[i].Links {
		if p, ok := at[l.SpanID]; ok && l.TraceID == list[i].TraceID && p != i && sends(&list[p]) {
			return p, true
		}
	}
	for p := parent[i]; p >= 0; p = parent[p] {
		if sends(&list[p]) {
			return p, true
		}
		if takes(&list[p]) {
			break // it was taken before: what it did with the message is its own
		}
	}
	return 0, false
}
