package shop

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// trouble is the phase the scenario is in, for the services that it befalls.
type trouble struct {
	mu      sync.Mutex
	phase   Phase
	changed chan struct{} // closed when phase changes
}

func newTrouble(phase Phase) *trouble {
	return &trouble{phase: phase, changed: make(chan struct{})}
}

func (t *trouble) now() Phase {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.phase
}

// enter begins a phase and returns the one before.
func (t *trouble) enter(phase Phase) Phase {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.phase
	t.phase = phase
	close(t.changed)
	t.changed = make(chan struct{})
	return before
}

// pass waits while the phase stalls workers.
func (t *trouble) pass(ctx context.Context) error {
	for {
		t.mu.Lock()
		phase, changed := t.phase, t.changed
		t.mu.Unlock()
		if !phase.stalled {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// direct leads through the phases of the scenario until ctx ends.
func (s *Shop) direct(ctx context.Context, begin time.Time) {
	for {
		elapsed := time.Since(begin)
		phase, left := s.opt.Scenario.PhaseAt(elapsed)
		if left == 0 {
			return
		}
		s.begin(ctx, phase)
		if !pause(ctx, left-(time.Since(begin)-elapsed)) {
			return
		}
	}
}

// begin does what no service can do on its own: it speaks to the operator and gives back the lock
// of the dead.
func (s *Shop) begin(ctx context.Context, phase Phase) {
	before := s.trouble.enter(phase)
	if before.Name != phase.Name {
		s.opt.Log(fmt.Sprintf("incident, minute %d: %s: %s", int(phase.At.Minutes()), phase.Name, phase.Sees))
	}
	if before.alarm != phase.alarm {
		s.setAlarm(ctx, phase.alarm)
	}
	if before.lost && !phase.lost {
		s.breakLock(ctx)
	}
}

// setAlarm tries a few times: a broker may just be away.
func (s *Shop) setAlarm(ctx context.Context, on bool) {
	if s.opt.Operator == nil {
		s.opt.Log("incident: nobody has the broker in hand, the memory alarm is left out")
		return
	}
	for range 5 {
		err := s.opt.Operator.SetMemoryAlarm(on)
		if err == nil {
			s.alarmed = on
			return
		}
		s.opt.Log("incident: memory alarm: " + err.Error())
		if !pause(ctx, lastPause) {
			return
		}
	}
}

// allClear takes back what an incident did to the servers, when the story ends in the middle.
func (s *Shop) allClear() {
	if !s.alarmed {
		return
	}
	if err := s.opt.Operator.SetMemoryAlarm(false); err != nil {
		s.opt.Log("incident: memory alarm: " + err.Error())
	}
}
