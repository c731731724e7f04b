package spans

import "container/list"

// lane is a budget with the traces that share it, in the order in which they began.
type lane struct {
	budget, bytes int
	entries       list.List // of *entry, oldest first
}

func (l *lane) add(e *entry) {
	e.place = l.entries.PushBack(e)
	l.bytes += e.bytes
}

// makeRoom trims the trace that has grown to its share and then lets go of other traces until
// the lane keeps its budget: the oldest that has ended, else the oldest spans of the oldest one.
// The caller holds mu.
func (s *Store) makeRoom(grown *entry) {
	l := grown.lane
	if grown.bytes > l.budget/traceShare && len(grown.records) > 1 {
		s.trim(grown)
	}
	for l.bytes > l.budget {
		if e := l.oldest(func(e *entry) bool { return e.running == 0 && e != grown }); e != nil {
			s.forget(e)
		} else if e := l.oldest(func(e *entry) bool { return len(e.records) > 0 }); e != nil {
			s.trim(e)
		} else {
			return
		}
	}
}

// oldest returns the oldest trace that fits. It looks past running traces only, which are few.
func (l *lane) oldest(fits func(*entry) bool) *entry {
	for at := l.entries.Front(); at != nil; at = at.Next() {
		if e := at.Value.(*entry); fits(e) {
			return e
		}
	}
	return nil
}

// forget lets go of a whole trace.
func (s *Store) forget(e *entry) {
	e.lane.entries.Remove(e.place)
	e.lane.bytes -= e.bytes
	delete(s.traces, e.id)
	s.spans -= len(e.records)
	s.dropped += uint64(len(e.records))
}

// trim lets go of the older half of a trace's spans.
func (s *Store) trim(e *entry) {
	n := (len(e.records) + 1) / 2
	for i := range e.records[:n] {
		e.bytes -= e.records[i].cost()
		e.lane.bytes -= e.records[i].cost()
	}
	e.records = append([]record(nil), e.records[n:]...)
	e.dropped += n
	s.spans -= n
	s.dropped += uint64(n)
}
