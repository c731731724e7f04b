package backends

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// Pace is the rhythm at which a source may be asked: one request in flight, and the slower the
// answers, the longer the pauses, so that looking costs the server a bounded share of its time.
type Pace struct {
	turn chan struct{} // holds one token: whoever has it may ask

	mu       sync.Mutex
	every    time.Duration
	last     time.Duration // how long the last good round took
	failures int           // rounds failed in a row
	away     bool          // the last failure was a missing connection
}

// The bounds of a Pace.
const (
	// paceShare is how many times as long as a round took the pause after it is, until that makes
	// paceCalm: a longer one would show a busy server's figures too late to be of use, so that from
	// there on the pause only grows once it is paceShareSlow times as long as the round.
	paceShare     = 50
	paceShareSlow = 10
	paceCalm      = 10 * time.Second
	// paceMax bounds every pause, after a round that was as slow as a round may be as well as after
	// failures; a server that is only away is tried more often, so that the screen is live again soon
	// after it is back.
	paceMax     = 30 * time.Second
	paceMaxAway = 2 * time.Second
)

// NewPace returns a pace of at most one round in every.
func NewPace(every time.Duration) *Pace {
	p := &Pace{every: every, turn: make(chan struct{}, 1)}
	p.turn <- struct{}{}
	return p
}

// SetEvery changes the base rhythm, for servers whose own rhythm is learned while asking.
func (p *Pace) SetEvery(every time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.every = every
}

// Enter waits for the turn to ask. The caller calls leave with the outcome of its round.
func (p *Pace) Enter(ctx context.Context) (leave func(error), err error) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	start := time.Now()
	return func(err error) {
		p.mu.Lock()
		p.note(err, time.Since(start))
		p.mu.Unlock()
		p.turn <- struct{}{}
	}, nil
}

// note takes in the outcome of a round; the caller holds mu. A server that comes back fails in another
// way while it starts, which is no reason to leave it alone for as long as it was away, and its first
// good round is no measure of the next: it found everything cold.
func (p *Pace) note(err error, took time.Duration) {
	if err != nil {
		away := ReasonOf(err) == Unreachable
		if away != p.away {
			p.failures = 0
		}
		p.failures++
		p.away = away
		return
	}
	if p.failures == 0 {
		p.last = took
	}
	p.failures = 0
}

// Pause is how long to wait before the next round: the base rhythm, stretched by slow answers
// or doubled by each failure in a row, up to half a minute and with a tenth of jitter.
func (p *Pace) Pause() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	stretched := min(paceShare*p.last, max(paceCalm, paceShareSlow*p.last), paceMax)
	pause := max(p.every, stretched)
	if p.failures > 0 {
		longest := paceMax
		if p.away {
			longest = paceMaxAway
		}
		pause = min(max(p.every<<min(p.failures-1, 10), 500*time.Millisecond), longest)
	}
	return pause + time.Duration(rand.Int64N(int64(pause)/10+1))
}
