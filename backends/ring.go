package backends

import (
	"sync"
	"time"
)

// RateSpan is how many whole seconds of rate history a Ring keeps.
const RateSpan = 60

// Ring keeps the newest items of a flow, bounded by their number and by their bytes. Adding
// never waits for a reader and never fails: the oldest items make room and are counted as
// dropped. Items have sequence numbers from 1 on, without holes.
type Ring[T any] struct {
	maxCount, maxBytes int
	cost               func(T) int

	mu      sync.Mutex
	items   []T // items[head:] are kept, items[:head] are spent and zero
	head    int
	bytes   int    // cost of the kept items
	next    uint64 // sequence number of the next item
	dropped uint64
	seconds [RateSpan + 1]bucket
}

// bucket counts what arrived in one second of Unix time.
type bucket struct{ at, n int64 }

// RingStats is a Ring's state at one moment.
type RingStats struct {
	// Kept items have the sequence numbers First up to, not including, Next.
	First, Next uint64
	// Dropped items made room for newer ones.
	Dropped uint64
	Bytes   int
	// Rate is items a second over the last five whole seconds.
	Rate float64
	// History is the number of items in each of the last RateSpan whole seconds, oldest first.
	History [RateSpan]int64
}

// Kept returns the number of items in the ring.
func (s RingStats) Kept() int { return int(s.Next - s.First) }

// Seen returns the number of items ever added, none for a state that was not read yet.
func (s RingStats) Seen() uint64 { return max(s.Next, 1) - 1 }

// NewRing returns a ring of at most maxCount items and maxBytes bytes, as cost counts them. The
// newest item is kept however large it is.
func NewRing[T any](maxCount, maxBytes int, cost func(T) int) *Ring[T] {
	return &Ring[T]{maxCount: max(maxCount, 1), maxBytes: maxBytes, cost: cost, next: 1}
}

// Add appends items, oldest first.
func (r *Ring[T]) Add(items ...T) {
	now := time.Now().Unix()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, item := range items {
		r.items = append(r.items, item)
		r.bytes += r.cost(item)
		r.next++
		for r.kept() > r.maxCount || (r.bytes > r.maxBytes && r.kept() > 1) {
			r.drop()
		}
	}
	slot := &r.seconds[now%int64(len(r.seconds))]
	if slot.at != now {
		*slot = bucket{at: now}
	}
	slot.n += int64(len(items))
}

// Stats returns the ring's state.
func (r *Ring[T]) Stats() RingStats {
	now := time.Now().Unix()
	r.mu.Lock()
	defer r.mu.Unlock()
	s := RingStats{First: r.first(), Next: r.next, Dropped: r.dropped, Bytes: r.bytes}
	for _, b := range r.seconds {
		if age := now - b.at; age >= 1 && age <= RateSpan {
			s.History[RateSpan-age] = b.n
			if age <= 5 {
				s.Rate += float64(b.n) / 5
			}
		}
	}
	return s
}

// From returns up to n items from sequence number seq on, or from the oldest kept one if that
// is newer, and the sequence number of the first one returned.
func (r *Ring[T]) From(seq uint64, n int) ([]T, uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seq = min(max(seq, r.first()), r.next)
	start := r.head + int(seq-r.first())
	end := min(start+max(n, 0), len(r.items))
	return append([]T(nil), r.items[start:end]...), seq
}

// Last returns the newest n items, oldest first, and the sequence number of the first one.
func (r *Ring[T]) Last(n int) ([]T, uint64) {
	r.mu.Lock()
	seq := r.next - uint64(min(max(n, 0), r.kept()))
	r.mu.Unlock()
	return r.From(seq, n)
}

func (r *Ring[T]) kept() int     { return len(r.items) - r.head }
func (r *Ring[T]) first() uint64 { return r.next - uint64(r.kept()) }

// drop lets go of the oldest item. Spent places are given back once they are half of the slice,
// which makes dropping O(1) on average.
func (r *Ring[T]) drop() {
	var zero T
	r.bytes -= r.cost(r.items[r.head])
	r.items[r.head] = zero
	r.head++
	r.dropped++
	if r.head > 64 && r.head > len(r.items)/2 {
		kept := copy(r.items, r.items[r.head:])
		clear(r.items[kept:])
		r.items, r.head = r.items[:kept], 0
	}
}
