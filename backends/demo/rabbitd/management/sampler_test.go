package management

import (
	"testing"
	"time"
)

// drive feeds one series with a function of the seconds since the beginning.
func drive(seconds int, value func(i int) uint64) (*series, time.Time) {
	s := &Sampler{all: map[key]*series{}}
	start := time.Unix(1_700_000_000, 0)
	for i := range seconds {
		s.round++
		s.add(key{}, point{start.Add(time.Duration(i) * time.Second), values{publish: value(i)}})
	}
	return s.all[key{}], start
}

func viewOf(x *series) view {
	return view{last: x.last, previous: x.previous, fine: x.fine, coarse: x.coarse}
}

func TestRates(t *testing.T) {
	x, _ := drive(10, func(i int) uint64 { return uint64(i * 7) })
	v := viewOf(x)
	if r := v.rate(publish); r != 7 {
		t.Errorf("rate %v", r)
	}
	x, _ = drive(2, func(i int) uint64 { return uint64(10 - 10*i) })
	v = viewOf(x)
	if r := v.rate(publish); r != -10 {
		t.Errorf("a length that falls has the rate %v", r)
	}
	if r := (&view{}).rate(publish); r != 0 {
		t.Errorf("nothing is known and the rate is %v", r)
	}
}

// A history takes room for changes only, stays bounded, and says what was true at each time to
// within a step.
func TestHistory(t *testing.T) {
	const day = 30 * 60 * 60
	x, start := drive(day, func(i int) uint64 { return uint64(i) })
	if n := len(x.fine); n > int(fineKept/fineStep)+2 {
		t.Errorf("%d fine points", n)
	}
	if n := len(x.coarse); n > int(coarseKept/coarseStep)+2 {
		t.Errorf("%d coarse points", n)
	}
	v := viewOf(x)
	for _, c := range []struct {
		age, slack int
	}{{0, 1}, {30, 6}, {500, 6}, {3600, 601}, {80000, 601}} {
		at := day - 1 - c.age
		got := int(v.before(publish, start.Add(time.Duration(at)*time.Second)))
		if got < at-c.slack || got > at+c.slack {
			t.Errorf("%d s ago it was %d, and the history says %d", c.age, at, got)
		}
	}
	if got := v.before(publish, start.Add(-time.Second)); got != 0 {
		t.Errorf("before the beginning it was %d", got)
	}
	x, _ = drive(day, func(int) uint64 { return 5 })
	if len(x.fine) != 1 || len(x.coarse) != 1 {
		t.Errorf("what never changes has %d and %d points", len(x.fine), len(x.coarse))
	}
}

func TestHistoryIsBoundedInAll(t *testing.T) {
	s := &Sampler{all: map[key]*series{}, points: maxPoints}
	for i := range 100 {
		s.add(key{id: uint64(i)}, point{time.Unix(int64(i), 0), values{publish: 1}})
	}
	if s.points != maxPoints {
		t.Errorf("%d points", s.points)
	}
	v := viewOf(s.all[key{id: 5}])
	if got := v.before(publish, time.Unix(50, 0)); got != 1 {
		t.Errorf("the newest number is %d", got)
	}
}
