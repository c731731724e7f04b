package rabbitmq

import (
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
)

func told(rate float64) maybe[slope] {
	return maybe[slope]{value: slope{Rate: number{rate, true}}}
}

func TestSlopesOfCountersThatMoveInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slopes
		if r := s.rate("q", maybe[slope]{}, number{100, true}); r.Known() {
			t.Fatalf("a slope from one sample: %+v", r)
		}
		count := 100.0
		for second := 1; second <= 60; second++ {
			time.Sleep(time.Second)
			if second%5 == 0 { // the server counts once in five seconds
				count += 50
			}
			last := s.rate("q", told(0), number{count, true})
			if second > 15 && (last.Certainty != backends.About || last.Value < 6 || last.Value > 14) {
				t.Errorf("second %d: 10 a second are shown as %+v", second, last)
			}
		}
		if r := s.rate("q", told(12.5), number{count, true}); r != backends.ExactRate(12.5) {
			t.Errorf("what the server tells is shown as %+v", r)
		}
		time.Sleep(time.Minute)
		s.rate("q", told(0), number{count, true})
		time.Sleep(5 * time.Second)
		if r := s.rate("q", told(0), number{count, true}); r != backends.ExactRate(0) {
			t.Errorf("a counter that stands is shown as %+v", r)
		}
		if r := s.rate("q", maybe[slope]{}, number{}); r.Known() {
			t.Errorf("no counter is shown as %+v", r)
		}
	})
}

func TestSlopesAreBounded(t *testing.T) {
	var s slopes
	for i := range 3 * maxSlopes {
		s.of(string(rune(i)), backends.ExactCount(1))
	}
	if len(s.past) > maxSlopes {
		t.Errorf("%d counters are remembered", len(s.past))
	}
}
