package broker

import "math"

// usage is the share of time in which a queue could deliver at once, what the management API calls
// consumer capacity. It is a moving average that forgets half in halfLife.
type usage struct {
	idle   bool  // messages wait and no consumer takes them
	since  int64 // nanoseconds, when the state began
	active int64 // how long the time before an idle one was
	mean   float64
}

const halfLife = 1e9 // nanoseconds

func (u *usage) start(now int64) { *u = usage{since: now, mean: 1} }

func (u *usage) change(now int64, idle bool) {
	switch {
	case u.idle == idle:
	case idle:
		u.active, u.since, u.idle = now-u.since, now, true
	default:
		u.mean, u.since, u.idle = u.average(u.active, now-u.since), now, false
	}
}

func (u *usage) capacity(now int64) float64 {
	if u.idle {
		return u.average(u.active, now-u.since)
	}
	return u.average(now-u.since, 0)
}

func (u *usage) average(active, idle int64) float64 {
	span := float64(active + idle)
	if span <= 0 {
		return u.mean
	}
	weight := math.Exp(span * math.Log(0.5) / halfLife)
	return float64(active)/span*(1-weight) + u.mean*weight
}
