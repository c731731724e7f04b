package hll_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"bustop/backends/demo/redisd/internal/hll"
)

func TestCount(t *testing.T) {
	all := hll.New()
	n := 0
	for _, upTo := range []int{0, 1, 100, 5000, 100000} {
		for ; n < upTo; n++ {
			all.Add(fmt.Sprint("element", n))
		}
		s, ok := hll.Parse(all.String())
		if !ok {
			t.Fatalf("%d elements: not readable again", upTo)
		}
		if got := s.Count(); math.Abs(float64(got)-float64(upTo)) > 0.03*float64(upTo) {
			t.Errorf("%d elements are counted as %d", upTo, got)
		}
		if kept, ok := s.Cached(); !ok || kept != s.Count() {
			t.Errorf("%d elements: the count is not kept", upTo)
		}
		if again, _ := hll.Parse(s.String()); again.String() != s.String() {
			t.Errorf("%d elements: written differently the second time", upTo)
		}
	}
	if all.Add("element1") {
		t.Error("the same element twice changed the sketch")
	}
	other := hll.New()
	for i := range 1000 {
		other.Add(fmt.Sprint("other", i))
	}
	other.Merge(all)
	if got := other.Count(); math.Abs(float64(got)-101000) > 3030 {
		t.Errorf("merged: %d", got)
	}
}

// The bytes are Redis' own: the value of PFADD k a b c.
func TestBytes(t *testing.T) {
	s := hll.New()
	if got, want := s.String(), "HYLL\x01\x00\x00\x00"+strings.Repeat("\x00", 8)+"\x7f\xff"; got != want {
		t.Errorf("empty: %q", got)
	}
	for _, e := range []string{"a", "b", "c"} {
		s.Add(e)
	}
	const want = "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80`\xf3\x80P\xb1\x84K\xfb\x80BZ"
	if got := s.String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	s := hll.New()
	s.Add("a")
	f.Add(s.String())
	f.Fuzz(func(t *testing.T, text string) {
		if s, ok := hll.Parse(text); ok {
			s.Count()
			if _, ok := hll.Parse(s.String()); !ok {
				t.Error("not readable again")
			}
		}
	})
}
