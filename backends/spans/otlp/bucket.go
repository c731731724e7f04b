package otlp

import (
	"sync"
	"time"
)

// bucket lets through so many spans a second on average, and burst at once.
type bucket struct {
	rate, burst float64
	mu          sync.Mutex
	level       float64 // what it holds
	at          time.Time
}

func newBucket(rate, burst int) *bucket {
	return &bucket{rate: float64(rate), burst: float64(burst), level: float64(burst)}
}

// take takes n out of the bucket, all or nothing.
func (b *bucket) take(n int, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if passed := now.Sub(b.at); passed > 0 {
		if !b.at.IsZero() {
			b.level = min(b.level+passed.Seconds()*b.rate, b.burst)
		}
		b.at = now
	}
	if float64(n) > b.level {
		return false
	}
	b.level -= float64(n)
	return true
}
