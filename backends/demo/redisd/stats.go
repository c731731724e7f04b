package redisd

import (
	"math"
	"strings"
	"sync/atomic"
	"time"
)

// stats are the figures of INFO since the start or CONFIG RESETSTAT.
type stats struct {
	connections, refused, commands int64
	evicted                        int64
	hits, misses, expired, overrun int64
	received, sent                 atomic.Int64 // bytes
	ops                            meter
	inRate, outRate                rate
	errors                         map[string]int64 // by code
	errorReplies, peak             int64
}

// countError counts an error reply by its first word.
func (n *node) countError(text string) {
	n.stats.errorReplies++
	code, _, _ := strings.Cut(text, " ")
	if len(n.stats.errors) < 128 || n.stats.errors[code] > 0 {
		n.stats.errors[code]++
	}
}

// meter counts events in slots of 100 ms, to tell how many came a second lately.
type meter struct {
	slot  [16]int64 // the time of each, in 100 ms since 1970
	count [16]int64
}

func (m *meter) add(now time.Time, n int64) {
	t := now.UnixMilli() / 100
	i := t % 16
	if m.slot[i] != t {
		m.slot[i], m.count[i] = t, 0
	}
	m.count[i] += n
}

// perSecond is the rate over the last 1.5 s that are complete.
func (m *meter) perSecond(now time.Time) int64 {
	t, sum := now.UnixMilli()/100, int64(0)
	for i, slot := range m.slot {
		if slot < t && slot >= t-15 {
			sum += m.count[i]
		}
	}
	return (sum*10 + 7) / 15
}

// rate is how fast a count grows between two looks at it.
type rate struct {
	at    time.Time
	count int64
	last  float64
}

// perSecond looks at the count; looks closer together than a second tell the same.
func (r *rate) perSecond(now time.Time, count int64) float64 {
	if d := now.Sub(r.at); d >= time.Second || r.at.IsZero() {
		if !r.at.IsZero() {
			r.last = float64(count-r.count) / d.Seconds()
		}
		r.at, r.count = now, count
	}
	return r.last
}

// histogram counts durations in powers of two of a microsecond.
type histogram struct{ counts [26]int64 }

func (h *histogram) add(d time.Duration) {
	us := max(1, d.Microseconds())
	i := 0
	for i < len(h.counts)-1 && us > 1<<i {
		i++
	}
	h.counts[i]++
}

func (h *histogram) total() (n int64) {
	for _, c := range h.counts {
		n += c
	}
	return n
}

// percentile is an upper bound, in µs, of so many per cent of the durations.
func (h *histogram) percentile(p float64) float64 {
	rest := int64(math.Ceil(float64(h.total()) * p / 100))
	for i, c := range h.counts {
		if rest -= c; rest <= 0 {
			return float64(int64(1) << i)
		}
	}
	return 0
}
