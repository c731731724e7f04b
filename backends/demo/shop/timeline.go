package shop

import "time"

// Phase is a part of a scenario.
type Phase struct {
	// At is when it begins, after the beginning of its round.
	At time.Duration
	// Name is short, Sees what a reader of a console finds while it lasts.
	Name, Sees string

	// stalled: shipping and the ledger hang. They stay connected, read nothing, settle nothing.
	stalled bool
	// lost: the reporter died with its lock, which has no expiry.
	lost bool
	// alarm: the broker is short of memory and blocks publishers.
	alarm bool
	// hurry: workers do what was left undone, four times as fast.
	hurry bool
}

// round is how long an incident takes until it begins again.
const round = 10 * time.Minute

// Timeline is what happens when in a scenario, by the clock and not by the rate. The phases of
// Incident follow each other and begin again after ten minutes; the others have one phase each.
// It is nil for an unknown scenario.
func (s Scenario) Timeline() []Phase {
	switch s {
	case Calm:
		return []Phase{{Name: "steady", Sees: "orders flow and every queue with a reader drains"}}
	case Flood:
		return []Phase{{Name: "flood", Sees: "clicks and prices come by the thousand; queues stay short because readers keep up"}}
	case Incident:
		return incident()
	}
	return nil
}

func incident() []Phase {
	return []Phase{
		{Name: "steady", Sees: "orders flow and every queue with a reader drains"},
		{
			At: time.Minute, Name: "stall", stalled: true,
			Sees: "queue shipping grows: its consumer is connected, holds what it prefetched and acks nothing; group ledger of stream payments falls behind",
		},
		{
			At: 2 * time.Minute, Name: "lost lock", stalled: true, lost: true,
			Sees: "lock:report:nightly has no expiry and its holder is gone: a reporter died with it and nobody else can have it",
		},
		{
			At: 3 * time.Minute, Name: "memory alarm", stalled: true, lost: true, alarm: true,
			Sees: "the broker raises its memory alarm: publishing connections are blocked, nothing comes in, queues other than shipping run dry",
		},
		{
			At: 5 * time.Minute, Name: "recovery", hurry: true,
			Sees: "the alarm is off, the lock is free, shipping and the ledger are back: depth and lag fall quickly",
		},
		{At: 8 * time.Minute, Name: "aftermath", Sees: "as before the incident, but for what is left in orders.dead"},
	}
}

// PhaseAt returns the phase at a time after the beginning, and how long it lasts from then on: 0
// when it lasts for ever.
func (s Scenario) PhaseAt(elapsed time.Duration) (Phase, time.Duration) {
	phases := s.Timeline()
	if len(phases) == 0 {
		return Phase{}, 0
	}
	if len(phases) == 1 {
		return phases[0], 0
	}
	elapsed %= round
	now, end := phases[0], round
	for _, p := range phases[1:] {
		if p.At > elapsed {
			end = p.At
			break
		}
		now = p
	}
	return now, end - elapsed
}
