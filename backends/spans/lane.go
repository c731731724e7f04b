package spans

import (
	"cmp"
	"slices"

	"go.opentelemetry.io/otel/trace"
)

// The lanes. Each has a budget of its own, so that what is frequent cannot push out what is rare.
const (
	people  = iota // what a person did, and all of bustop's own work that nothing below names
	polls          // refreshes
	ingest         // what arrives by itself
	foreign        // what other programs sent
	laneCount
)

// The shares of the lanes in the budget, in eighths.
const (
	peopleShare  = 3
	pollsShare   = 1
	ingestShare  = 1
	foreignShare = 3
	allShares    = 8
)

// A lane has about segmentsPerLane segments, of at most maxSegment bytes.
const (
	segmentsPerLane = 16
	maxSegment      = 256 << 10
	linkCost        = 40 // what a link takes in lane.links, in bytes
)

// lane is a budget with the segments that share it, oldest first. Only the last one grows.
type lane struct {
	number   int // people, polls, ...
	budget   int
	segments []*segment
	sealed   int // bytes of all segments but the last
	entries  int // traces that count here
	next     uint64
	// links gives for the id of a span the position + 1 of the last record with a link to it.
	links map[trace.SpanID]uint64
}

func newLane(number, budget int) lane {
	return lane{number: number, budget: budget, links: map[trace.SpanID]uint64{}}
}

// last implements linkPlaces.
func (l *lane) last(target trace.SpanID) uint64 { return l.links[target] }

// cost is what the lane takes, in bytes.
func (l *lane) cost() int {
	total := l.sealed + entryCost*l.entries + linkCost*len(l.links)
	if n := len(l.segments); n > 0 {
		total += l.segments[n-1].cost()
	}
	return total
}

// open returns the segment that grows.
func (l *lane) open() *segment {
	n := len(l.segments)
	var last *segment
	if n > 0 {
		last = l.segments[n-1]
		if last.size() < min(maxSegment, l.budget/segmentsPerLane) {
			return last
		}
		last = last.sealed()
		l.segments[n-1] = last
		l.sealed += last.cost()
	}
	l.segments = append(l.segments, newSegment(l.next, last))
	return l.segments[n]
}

// write appends a span of a trace and returns its position.
func (l *lane) write(d *Data, from *source, at interval, of *entry) uint64 {
	s, pos := l.open(), l.next
	s.writeSized(d, from, at, pos, of.last[l.number], l)
	s.count(of.slot)
	s.linked = s.linked || len(d.Links) > 0
	l.next = s.base + uint64(len(s.data))
	for i := range d.Links[:min(len(d.Links), maxParts)] {
		l.links[d.Links[i].SpanContext.SpanID()] = pos + 1
	}
	return pos
}

// evict lets go of the oldest segment, after gone was called for each stretch of its records.
func (l *lane) evict(gone func(stretch)) {
	s := l.segments[0]
	l.segments = slices.Delete(l.segments, 0, 1)
	if len(l.segments) > 0 {
		l.sealed -= s.cost()
	}
	if s.linked {
		s.each(func(at int, r *record) {
			r.eachLink(func(to link) {
				if l.links[to.id] == s.base+uint64(at)+1 {
					delete(l.links, to.id)
				}
			})
		})
	}
	for _, of := range s.stretches {
		gone(of)
	}
}

// snapshot returns the segments for reading without the lock.
func (l *lane) snapshot() reading {
	list := slices.Clone(l.segments)
	if n := len(list); n > 0 {
		last := *list[n-1]
		list[n-1] = &last
	}
	return list
}

// reading is segments of a lane, oldest first, that do not change any more.
type reading []*segment

// at returns the record at a position, nil when it is not kept any more.
func (list reading) at(pos uint64, r *record) *segment {
	n, found := slices.BinarySearchFunc(list, pos, func(s *segment, pos uint64) int { return cmp.Compare(s.base, pos) })
	if !found {
		n--
	}
	if n < 0 || pos-list[n].base >= uint64(len(list[n].data)) {
		return nil
	}
	list[n].record(int(pos-list[n].base), r)
	return list[n]
}

// chain calls visit for the record at last - 1 and those that stand before it in the same chain,
// newest first; visit returns the distance to the next, 0 for none.
func (list reading) chain(last uint64, visit func(*segment, *record) uint64) {
	var r record
	for last != 0 {
		s := list.at(last-1, &r)
		if s == nil {
			return
		}
		before := visit(s, &r)
		if before == 0 || before >= last {
			return
		}
		last -= before
	}
}
