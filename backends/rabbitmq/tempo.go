package rabbitmq

import (
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// The bounds of learning how often the server gathers statistics.
const (
	paceQuick    = time.Second
	learnRounds  = 8
	learnAgain   = time.Minute
	roundTooLate = 2 * time.Second
)

// tempo learns from listings whether the server gathers statistics more often than every five
// seconds, which it does not tell. While it learns, the source is asked once a second: a queue
// whose count changes from round to round, twice in a row, shows a quick server. Without any
// change there is nothing to learn, and it tries again when things move.
type tempo struct {
	mu       sync.Mutex
	settled  bool
	learning bool
	rounds   int
	proofs   int
	moved    bool // something changed while learning
	since    time.Time
	at       time.Time
	last     map[string]queueState
}

// queueState is what changes with a queue's statistics.
type queueState struct {
	messages, unacked management.Number
	changed           bool
}

// see takes a listing of queues into account and sets the pace.
func (t *tempo) see(p *backends.Pace, items []management.Queue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.settled || len(items) > management.PageMost {
		return
	}
	now := time.Now()
	inTime := now.Sub(t.at) < roundTooLate
	if now.Sub(t.at) < paceQuick/2 {
		return // somebody else's listing in between
	}
	changed, twice := t.compare(items)
	t.at = now
	if !t.learning {
		if t.since.IsZero() || changed && now.Sub(t.since) > learnAgain {
			t.learning, t.rounds, t.proofs, t.moved, t.since = true, 0, 0, false, now
			p.SetEvery(paceQuick)
		}
		return
	}
	t.rounds++
	t.moved = t.moved || changed
	if twice && inTime {
		t.proofs++
	}
	switch {
	case t.proofs >= 2:
		t.settled = true
	case t.rounds >= learnRounds:
		t.settled, t.learning = t.moved, false
		p.SetEvery(pace)
	}
}

// compare reports whether any queue changed since the last listing, and whether one did so in
// this and in the one before.
func (t *tempo) compare(items []management.Queue) (changed, twice bool) {
	next := make(map[string]queueState, len(items))
	for _, row := range items {
		state := queueState{messages: row.Messages, unacked: row.Unacked}
		if before, ok := t.last[row.Name]; ok {
			state.changed = before.messages != state.messages || before.unacked != state.unacked
			changed = changed || state.changed
			twice = twice || state.changed && before.changed
		}
		next[row.Name] = state
	}
	t.last = next
	return changed, twice
}
