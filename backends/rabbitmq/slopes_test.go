package rabbitmq

import (
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

func told(rate float64) management.Maybe[management.Slope] {
	return management.Maybe[management.Slope]{Value: management.Slope{Rate: management.Num(rate)}}
}

func TestSlopesOfCountersThatMoveInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slopes
		if r := s.rate("q", management.Maybe[management.Slope]{}, management.Num(100)); r.Known() {
			t.Fatalf("a slope from one sample: %+v", r)
		}
		count := 100.0
		for second := 1; second <= 60; second++ {
			time.Sleep(time.Second)
			if second%5 == 0 { // the server counts once in five seconds
				count += 50
			}
			last := s.rate("q", told(0), management.Num(count))
			if last.Value > 15 {
				t.Errorf("second %d: 10 a second are shown as %+v", second, last)
			}
			if second > 15 && (last.Certainty != backends.About || last.Value < 6 || last.Value > 14) {
				t.Errorf("second %d: 10 a second are shown as %+v", second, last)
			}
		}
		if r := s.rate("q", told(12.5), management.Num(count)); r != backends.ExactRate(12.5) {
			t.Errorf("what the server tells is shown as %+v", r)
		}
		time.Sleep(time.Minute)
		s.rate("q", told(0), management.Num(count))
		time.Sleep(5 * time.Second)
		if r := s.rate("q", told(0), management.Num(count)); r != backends.ExactRate(0) {
			t.Errorf("a counter that stands is shown as %+v", r)
		}
		if r := s.rate("q", management.Maybe[management.Slope]{}, management.Number{}); r.Known() {
			t.Errorf("no counter is shown as %+v", r)
		}
	})
}

// TestNothingIsNotBelieved: of a counter that has counted, a told 0 is taken for one after the second
// sample only.
func TestNothingIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slopes
		if r := s.sure("fresh", told(0), management.Num(0)); r != backends.ExactRate(0) {
			t.Errorf("what never counted is shown as %+v", r)
		}
		if r := s.sure("w", told(0), management.Num(7)); r.Known() {
			t.Errorf("one sample is shown as %+v", r)
		}
		if r := s.sure("told", told(2), management.Num(7)); r != backends.ExactRate(2) {
			t.Errorf("what the server tells is shown as %+v", r)
		}
		time.Sleep(5 * time.Second)
		if r := s.sure("w", told(0), management.Num(17)); r.Certainty != backends.About || r.Value != 2 {
			t.Errorf("10 in 5 seconds are shown as %+v", r)
		}
		time.Sleep(slopeAge + time.Second)
		if r := s.sure("w", told(0), management.Num(17)); r.Known() {
			t.Errorf("after a long time one sample is shown as %+v", r)
		}
		time.Sleep(5 * time.Second)
		if r := s.sure("w", told(0), management.Num(17)); r != backends.ExactRate(0) {
			t.Errorf("a counter that stands is shown as %+v", r)
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
