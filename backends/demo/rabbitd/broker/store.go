package broker

import (
	"cmp"
	"slices"
)

// store holds the messages of a queue that are ready, in the order in which they will be delivered.
type store interface {
	// push takes a message that was published.
	push(e *entry)
	// peek returns the next message without taking it, nil when there is none.
	peek() *entry
	// pop takes the next message; there must be one.
	pop() *entry
	// putBack takes messages that were delivered and came back.
	putBack(back []*entry)
	len() int
	// drain empties the store and visits what was in it.
	drain(visit func(*entry))
}

// classicStore is that of classic queues: what comes back goes to the place where it was. It has a
// ring for each priority.
type classicStore struct {
	levels []ring[*entry] // by priority
	top    int            // no level above is in use
	n      int
}

// newClassicStore makes a store for the priorities 0 to highest.
func newClassicStore(highest int) *classicStore {
	return &classicStore{levels: make([]ring[*entry], highest+1)}
}

func (s *classicStore) level(e *entry) int {
	return min(int(e.msg.props.Priority), len(s.levels)-1)
}

func (s *classicStore) push(e *entry) {
	p := s.level(e)
	s.levels[p].pushBack(e)
	s.top = max(s.top, p)
	s.n++
}

// settle lowers top to a level in use.
func (s *classicStore) settle() {
	for s.top > 0 && s.levels[s.top].n == 0 {
		s.top--
	}
}

func (s *classicStore) peek() *entry {
	if s.n == 0 {
		return nil
	}
	s.settle()
	return s.levels[s.top].at(0)
}

func (s *classicStore) pop() *entry {
	s.settle()
	s.n--
	return s.levels[s.top].popFront()
}

func (s *classicStore) putBack(back []*entry) {
	slices.SortFunc(back, func(a, b *entry) int { return cmp.Compare(b.seq, a.seq) })
	for _, e := range back {
		p := s.level(e)
		level := &s.levels[p]
		s.top = max(s.top, p)
		s.n++
		if level.n == 0 || e.seq < level.at(0).seq {
			level.pushFront(e)
			continue
		}
		lo, hi := 0, level.n
		for lo < hi {
			if mid := (lo + hi) / 2; level.at(mid).seq < e.seq {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		level.insert(lo, e)
	}
}

func (s *classicStore) len() int { return s.n }

func (s *classicStore) drain(visit func(*entry)) {
	for p := range s.levels {
		drainRing(&s.levels[p], visit)
	}
	s.n, s.top = 0, 0
}

// quorumStore is that of quorum queues: what comes back waits in a line of its own, which is served
// first.
type quorumStore struct {
	returns  ring[*entry]
	messages ring[*entry]
}

func (s *quorumStore) push(e *entry) { s.messages.pushBack(e) }

func (s *quorumStore) peek() *entry {
	switch {
	case s.returns.n > 0:
		return s.returns.at(0)
	case s.messages.n > 0:
		return s.messages.at(0)
	}
	return nil
}

func (s *quorumStore) pop() *entry {
	if s.returns.n > 0 {
		return s.returns.popFront()
	}
	return s.messages.popFront()
}

func (s *quorumStore) putBack(back []*entry) {
	for _, e := range back {
		s.returns.pushBack(e)
	}
}

func (s *quorumStore) len() int { return s.returns.n + s.messages.n }

func (s *quorumStore) drain(visit func(*entry)) {
	drainRing(&s.returns, visit)
	drainRing(&s.messages, visit)
}

func drainRing(r *ring[*entry], visit func(*entry)) {
	for i := range r.n {
		visit(r.at(i))
	}
	r.clear()
}
