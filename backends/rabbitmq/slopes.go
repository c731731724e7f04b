package rabbitmq

import (
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

const (
	// maxSlopes bounds how many counters are remembered.
	maxSlopes = 6000
	// A slope is measured over slopeSamples samples at least slopeStep apart: the server's counters
	// move once in five seconds only, so that two samples alone would say nought or twice as much.
	slopeSamples = 16
	slopeStep    = time.Second
	// slopeAge is the oldest sample that still counts.
	slopeAge = 30 * time.Second
)

// slopes computes how fast counters change, for servers that do not tell: statistics may be off,
// and a server whose statistics interval was shortened says 0.0 while messages flow.
type slopes struct {
	mu   sync.Mutex
	past map[string][]sample
}

type sample struct {
	at    time.Time
	value int64
}

// rate is what the server tells, unless that is nothing while the counter has moved.
func (s *slopes) rate(name string, told management.Maybe[management.Slope], counter management.Number) backends.Rate {
	theirs, ours := told.Value.Rate.Rate(), s.of(name, counter.Count())
	if theirs.Value != 0 || (theirs.Known() && ours.Value == 0) {
		return theirs
	}
	return ours
}

// of notes the counter's value and returns its slope over the samples kept, unknown while there is
// only one.
func (s *slopes) of(name string, counter backends.Count) backends.Rate {
	if !counter.Known() {
		return backends.Rate{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	past, ok := s.past[name]
	if s.past == nil || (!ok && len(s.past) >= maxSlopes) {
		s.past = map[string][]sample{}
	}
	now := time.Now()
	for len(past) > 0 && now.Sub(past[0].at) > slopeAge {
		past = past[1:]
	}
	if len(past) == 0 || now.Sub(past[len(past)-1].at) >= slopeStep {
		past = append(past, sample{now, counter.Value})
		past = past[max(len(past)-slopeSamples, 0):]
		s.past[name] = past
	}
	first, last := past[0], past[len(past)-1]
	if first == last {
		return backends.Rate{}
	}
	change := float64(last.value-first.value) / last.at.Sub(first.at).Seconds()
	return backends.Rate{Value: change, Certainty: backends.About}
}
