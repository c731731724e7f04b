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
	// slopeLeast is the least time to measure over: one step of five seconds within one second would
	// be shown as five times of what comes.
	slopeLeast = 4 * time.Second
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
	theirs, moved := told.Value.Rate.Rate(), s.note(name, counter.Count())
	if theirs.Value != 0 || (theirs.Known() && moved.last.value == moved.first.value) {
		return theirs
	}
	return moved.rate()
}

// sure is rate, but does not believe that nothing flows of a counter that has counted and of which no
// second sample is there.
func (s *slopes) sure(name string, told management.Maybe[management.Slope], counter management.Number) backends.Rate {
	rate := s.rate(name, told, counter)
	if rate.Value == 0 && counter.Count().Value > 0 && !s.of(name, counter.Count()).Known() {
		return backends.Rate{}
	}
	return rate
}

// of notes the counter's value and returns its slope over the samples kept, unknown while they are of
// too short a time.
func (s *slopes) of(name string, counter backends.Count) backends.Rate {
	return s.note(name, counter).rate()
}

// stretch is the first and the last of the samples kept of a counter.
type stretch struct{ first, last sample }

func (m stretch) rate() backends.Rate {
	span := m.last.at.Sub(m.first.at)
	if span < slopeLeast {
		return backends.Rate{}
	}
	return backends.Rate{Value: float64(m.last.value-m.first.value) / span.Seconds(), Certainty: backends.About}
}

// note keeps the counter's value as a sample.
func (s *slopes) note(name string, counter backends.Count) stretch {
	if !counter.Known() {
		return stretch{}
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
	return stretch{past[0], past[len(past)-1]}
}
