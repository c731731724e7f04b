package broker

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRingLikeSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r ring[int]
		var model []int
		for i := range rapid.IntRange(0, 400).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "op") {
			case 0, 1, 2, 3:
				r.pushBack(i)
				model = append(model, i)
			case 4:
				r.pushFront(i)
				model = slices.Insert(model, 0, i)
			case 5, 6, 7:
				if len(model) > 0 {
					if got := r.popFront(); got != model[0] {
						t.Fatalf("front %d, want %d", got, model[0])
					}
					model = model[1:]
				}
			case 8:
				at := rapid.IntRange(0, len(model)).Draw(t, "at")
				r.insert(at, i)
				model = slices.Insert(slices.Clone(model), at, i)
			case 9:
				k := rapid.IntRange(1, 5).Draw(t, "k")
				odd := func(v int) bool { return v%k != 0 }
				r.keep(odd)
				model = slices.DeleteFunc(slices.Clone(model), func(v int) bool { return !odd(v) })
			}
			if r.len() != len(model) {
				t.Fatalf("length %d, want %d", r.len(), len(model))
			}
			for j, v := range model {
				if r.at(j) != v {
					t.Fatalf("place %d: %d, want %d", j, r.at(j), v)
				}
			}
		}
	})
}

func TestRingGivesMemoryBack(t *testing.T) {
	var r ring[int]
	for i := range 100_000 {
		r.pushBack(i)
	}
	for range 99_990 {
		r.popFront()
	}
	if len(r.buf) > 64 {
		t.Errorf("%d places for %d elements", len(r.buf), r.len())
	}
}

func TestLedgerLikeSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l ledger
		var model []uint64
		next := uint64(1)
		for range rapid.IntRange(0, 300).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "op") {
			case 0, 1, 2:
				l.add(held{tag: next})
				model = append(model, next)
				next++
			case 3, 4:
				tag := rapid.Uint64Range(0, next).Draw(t, "tag")
				i := slices.Index(model, tag)
				got := l.take(tag, false)
				if (got != nil) != (i >= 0) {
					t.Fatalf("take %d: %v of %v", tag, got, model)
				}
				if i >= 0 {
					model = slices.Delete(slices.Clone(model), i, i+1)
				}
			case 5:
				tag := rapid.Uint64Range(0, next).Draw(t, "tag")
				n := slices.Index(model, tag) + 1
				if tag == 0 {
					n = len(model)
				}
				got := l.take(tag, true)
				if len(got) != n {
					t.Fatalf("take up to %d: %d of %v", tag, len(got), model)
				}
				model = model[n:]
			}
			if l.len() != len(model) {
				t.Fatalf("length %d, want %d", l.len(), len(model))
			}
			if h, ok := l.oldest(); ok && h.tag != model[0] {
				t.Fatalf("oldest %d, want %d", h.tag, model[0])
			}
			if l.ring.n > 2*len(model)+40 {
				t.Fatalf("%d places for %d deliveries", l.ring.n, len(model))
			}
		}
	})
}
