package backends_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"bustop/backends"
)

func numbers(maxCount, maxBytes int) *backends.Ring[int] {
	return backends.NewRing(maxCount, maxBytes, func(n int) int { return n })
}

func TestRingKeepsTheNewest(t *testing.T) {
	for _, c := range []struct {
		name               string
		maxCount, maxBytes int
		add                []int
		want               []int
		first              uint64
		bytes              int
	}{
		{"room", 5, 100, []int{1, 2, 3}, []int{1, 2, 3}, 1, 6},
		{"bounded by count", 2, 100, []int{1, 2, 3}, []int{2, 3}, 2, 5},
		{"bounded by bytes", 10, 10, []int{4, 5, 6}, []int{6}, 3, 6},
		{"one too large is kept", 10, 10, []int{1, 99}, []int{99}, 2, 99},
		{"empty", 3, 3, nil, nil, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := numbers(c.maxCount, c.maxBytes)
			r.Add(c.add...)
			got, seq := r.From(0, 100)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			s := r.Stats()
			if seq != c.first || s.First != c.first || s.Bytes != c.bytes {
				t.Errorf("from %d, first %d, bytes %d; want %d, %d", seq, s.First, s.Bytes, c.first, c.bytes)
			}
			if s.Seen() != uint64(len(c.add)) || s.Dropped != uint64(len(c.add)-len(c.want)) || s.Kept() != len(c.want) {
				t.Errorf("seen %d, dropped %d, kept %d", s.Seen(), s.Dropped, s.Kept())
			}
		})
	}
}

func TestRingWindows(t *testing.T) {
	r := numbers(1000, 1<<30)
	for i := range 5000 {
		r.Add(i)
	}
	if got, seq := r.Last(3); seq != 4998 || !cmp.Equal(got, []int{4997, 4998, 4999}) {
		t.Errorf("last: %v from %d", got, seq)
	}
	if got, seq := r.From(4500, 2); seq != 4500 || !cmp.Equal(got, []int{4499, 4500}) {
		t.Errorf("from the middle: %v from %d", got, seq)
	}
	if got, seq := r.From(9999, 2); seq != 5001 || len(got) != 0 {
		t.Errorf("past the end: %v from %d", got, seq)
	}
	if got, _ := r.Last(-1); len(got) != 0 {
		t.Errorf("negative: %v", got)
	}
}

func TestRingRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := numbers(10, 1<<20)
		for range 20 {
			r.Add(1, 1, 1)
			time.Sleep(time.Second)
		}
		s := r.Stats()
		if s.Rate != 3 {
			t.Errorf("rate %v, want 3", s.Rate)
		}
		if s.History[backends.RateSpan-1] != 3 || s.History[backends.RateSpan-21] != 0 {
			t.Errorf("history %v", s.History)
		}
	})
}

func TestRingUnderConcurrentUse(t *testing.T) {
	r := numbers(100, 1000)
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			for range 1000 {
				r.Add(1, 2)
			}
		})
	}
	for range 200 {
		if s := r.Stats(); s.Kept() > 100 || s.Bytes > 1000 {
			t.Fatalf("over the bounds: %+v", s)
		}
		r.Last(10)
	}
	writers.Wait()
	if s := r.Stats(); s.Seen() != 8000 || s.Dropped+uint64(s.Kept()) != 8000 {
		t.Errorf("seen %d, dropped %d, kept %d", s.Seen(), s.Dropped, s.Kept())
	}
}

func TestNothingIsSeenBeforeItIsRead(t *testing.T) {
	if n := (backends.RingStats{}).Seen(); n != 0 {
		t.Errorf("%d", n)
	}
}
