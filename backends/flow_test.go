package backends

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func flowing(route string, size int) Message { return Message{Route: route, Size: size} }

func TestFlowsCountByRoute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f Flows
		f.Add(flowing("a", 10))
		if one, known := f.Of("a"); !known || one.Messages != 1 || one.Rate.Known() {
			t.Errorf("before it runs: %+v", one)
		}
		f.Run()
		for range 4 {
			time.Sleep(time.Second)
			f.Add(flowing("a", 10), flowing("b", 100), flowing("b", 300), Message{Gap: "lost"})
		}
		// Three whole seconds have passed since it began; the one now is not over.
		a, _ := f.Of("a")
		b, _ := f.Of("b")
		if a.Rate != ExactRate(1) || a.ByteRate != ExactRate(10) || a.Messages != 5 || a.Bytes != 50 {
			t.Errorf("a: %+v", a)
		}
		if b.Rate != ExactRate(2) || b.ByteRate != ExactRate(400) || b.Messages != 8 {
			t.Errorf("b: %+v", b)
		}
		if quiet, known := f.Of("c"); !known || quiet.Rate != ExactRate(0) {
			t.Errorf("c: %+v, %v", quiet, known)
		}
		all, beyond := f.All()
		if len(all) != 2 || all[0].Route != "b" || beyond.Messages != 0 {
			t.Errorf("all: %+v, beyond %+v", all, beyond)
		}
		if sum := f.Sum(); sum.Messages != 13 || sum.Rate != ExactRate(3) || sum.ByteRate != ExactRate(410) {
			t.Errorf("sum: %+v", sum)
		}
		time.Sleep(10 * time.Second)
		if a, _ = f.Of("a"); a.Rate != ExactRate(0) {
			t.Errorf("a, silent for long: %+v", a)
		}
		f.Stop()
		if a, _ = f.Of("a"); a.Rate.Known() || a.Messages != 5 {
			t.Errorf("a, while messages may be missed: %+v", a)
		}
		if sum := f.Sum(); sum.Rate.Known() {
			t.Errorf("the sum, while messages may be missed: %+v", sum)
		}
	})
}

func TestFlowsAreBounded(t *testing.T) {
	var f Flows
	for i := range maxFlows + 50 {
		f.Add(flowing(strconv.Itoa(i), 1))
	}
	all, beyond := f.All()
	if len(all) != maxFlows || beyond.Messages != 50 || f.Sum().Messages != maxFlows+50 {
		t.Errorf("%d flows, %d messages beyond them", len(all), beyond.Messages)
	}
	if _, known := f.Of("1049"); known {
		t.Error("what is counted together is told apart")
	}
}
