package backends

import (
	"context"
	"sync"
	"time"
)

// The bounds of a Tail's ring.
const (
	TailCount = 20_000
	TailBytes = 32 << 20
)

// Tail is an open look at messages in flight. An adapter goroutine fills the Ring; readers pull
// from it whenever they like, and what they are too slow for is dropped there and counted.
type Tail struct {
	Target Target
	Ring   *Ring[Message]
	// Flows counts what came by each route; it stays empty where an adapter does not count.
	Flows *Flows

	stop context.CancelFunc
	done chan struct{}

	mu    sync.Mutex
	state TailState
}

// TailState is how a tail is doing.
type TailState struct {
	State State
	// Since is when State was entered.
	Since time.Time
	Err   error
	// Gaps counts interruptions; each is a mark in the ring too.
	Gaps int
	// LostAtServer counts messages that the server dropped before they reached us.
	LostAtServer Count
	// Sampled says that only a part of the messages is taken, by choice.
	Sampled bool
	// Notes say what this tail cannot see.
	Notes []string
}

// OpenTail starts a tail. Run fills it until its context ends and then cleans up; the context
// ends when parent does or by Close.
func OpenTail(parent context.Context, target Target, run func(context.Context, *Tail)) *Tail {
	ctx, stop := context.WithCancel(parent)
	t := &Tail{
		Target: target,
		Ring:   NewRing(TailCount, TailBytes, Message.cost),
		Flows:  &Flows{},
		stop:   stop,
		done:   make(chan struct{}),
	}
	t.state.Since = time.Now()
	go func() {
		defer close(t.done)
		defer stop()
		run(ctx, t)
	}()
	return t
}

// State returns how the tail is doing.
func (t *Tail) State() TailState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// Update changes the state under its lock; Since follows a change of State by itself.
func (t *Tail) Update(change func(*TailState)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.state.State
	change(&t.state)
	if t.state.State != before {
		t.state.Since = time.Now()
	}
}

// Gap marks a hole in the flow, in the ring and in the count.
func (t *Tail) Gap(what string) {
	t.Update(func(s *TailState) { s.Gaps++ })
	t.Ring.Add(Message{Target: t.Target, Time: time.Now(), TimeReceived: true, Gap: what})
}

// Done is closed when the tail has ended and cleaned up.
func (t *Tail) Done() <-chan struct{} { return t.done }

// Close ends the tail and waits until it has cleaned up.
func (t *Tail) Close() {
	t.stop()
	<-t.done
}
