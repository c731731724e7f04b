package redis

import (
	"sync"
	"time"

	"bustop/backends"
)

// trend is what a node's last readings were, so that the next ones can tell how fast counters grow.
type trend struct {
	mu          sync.Mutex
	sample      backends.ServerSample
	errors      map[string]int64
	errorsAt    time.Time
	errorsRun   string
	commands    map[string]commandStat
	commandsAt  time.Time
	commandsRun string
	clients     backends.ClientList
	clientsGen  uint64

	settings    map[string]string
	settingsGen uint64
	settingsAt  time.Time
}

// shortest is the least time between two readings of which a rate is made.
const shortest = 100 * time.Millisecond

// errorRates fills in how fast errors come since the reading before.
func (t *trend) errorRates(errors []backends.ErrorCount, now backends.ServerSample) []backends.ErrorCount {
	t.mu.Lock()
	defer t.mu.Unlock()
	span := now.At.Sub(t.errorsAt)
	known := t.errors != nil && t.errorsRun == now.Run && span >= shortest
	next := make(map[string]int64, len(errors))
	for i, e := range errors {
		next[e.Code] = e.Count.Value
		if grown := e.Count.Value - t.errors[e.Code]; known && grown >= 0 {
			errors[i].Rate = backends.ExactRate(float64(grown) / span.Seconds())
		}
	}
	if t.errors == nil || t.errorsRun != now.Run || span >= shortest {
		t.errors, t.errorsAt, t.errorsRun = next, now.At, now.Run
	}
	return errors
}

// growth is what happened since the last report, where there was one lately.
type growth struct {
	known             bool
	span              time.Duration
	rejected, evicted int64
}

// grown notes a reading and returns what happened since the one before.
func (t *trend) grown(now backends.ServerSample) growth {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.sample
	t.sample = now
	g := growth{span: now.At.Sub(before.At), rejected: now.Rejected.Value - before.Rejected.Value, evicted: now.Evicted.Value - before.Evicted.Value}
	g.known = before.Run == now.Run && !before.At.IsZero() && g.span > 0 && g.rejected >= 0 && g.evicted >= 0
	return g
}
