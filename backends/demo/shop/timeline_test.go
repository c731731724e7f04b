package shop

import (
	"testing"
	"time"
)

func TestTheTimelineOfAnIncident(t *testing.T) {
	for _, tt := range []struct {
		at                          time.Duration
		name                        string
		stalled, lost, alarm, hurry bool
		left                        time.Duration
	}{
		{0, "steady", false, false, false, false, time.Minute},
		{59 * time.Second, "steady", false, false, false, false, time.Second},
		{time.Minute, "stall", true, false, false, false, time.Minute},
		{2 * time.Minute, "lost lock", true, true, false, false, time.Minute},
		{3 * time.Minute, "memory alarm", true, true, true, false, 2 * time.Minute},
		{4*time.Minute + 59*time.Second, "memory alarm", true, true, true, false, time.Second},
		{5 * time.Minute, "recovery", false, false, false, true, 3 * time.Minute},
		{8 * time.Minute, "aftermath", false, false, false, false, 2 * time.Minute},
		{10 * time.Minute, "steady", false, false, false, false, time.Minute},
		{24*time.Hour + 61*time.Second, "stall", true, false, false, false, 59 * time.Second},
	} {
		p, left := Incident.PhaseAt(tt.at)
		if p.Name != tt.name || p.stalled != tt.stalled || p.lost != tt.lost || p.alarm != tt.alarm || p.hurry != tt.hurry || left != tt.left {
			t.Errorf("after %v: %+v for %v, want %+v", tt.at, p, left, tt)
		}
	}
}

func TestTimelines(t *testing.T) {
	for _, scenario := range Scenarios() {
		phases := scenario.Timeline()
		if len(phases) == 0 || phases[0].At != 0 {
			t.Fatalf("%s begins with %v", scenario, phases)
		}
		for i, p := range phases {
			if p.Name == "" || p.Sees == "" || p.At >= round || (i > 0 && p.At <= phases[i-1].At) {
				t.Errorf("%s: phase %d is %+v", scenario, i, p)
			}
			if got, _ := scenario.PhaseAt(p.At); got != p {
				t.Errorf("%s: at %v is %q, want %q", scenario, p.At, got.Name, p.Name)
			}
		}
	}
	for _, scenario := range []Scenario{Calm, Flood} {
		if p, left := scenario.PhaseAt(100 * time.Hour); left != 0 || p.stalled || p.alarm || p.lost {
			t.Errorf("%s: %+v for %v", scenario, p, left)
		}
	}
	if Scenario("bliss").Timeline() != nil {
		t.Error("an unknown scenario has a timeline")
	}
}
