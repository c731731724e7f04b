package backends

import (
	"context"
	"sync"
	"time"
)

// feedLease is how long after a Look a feed goes on asking. Panes look at every tick; a pane
// that is not shown does not look, and its feed falls asleep.
const feedLease = 3 * time.Second

// feedDeadline bounds one fetch, so that a server that does not answer shows as an error.
const feedDeadline = 10 * time.Second

// Snapshot is the newest answer a Feed has. Value stays when a later fetch fails, so that the
// last good data can be shown with its age.
type Snapshot[T any] struct {
	Value T
	// At is when Value arrived; zero before the first answer.
	At time.Time
	// Took is how long it took to fetch Value.
	Took time.Duration
	// Err is the error of the last fetch, nil when that succeeded.
	Err error
	// Revision grows with every change of Value or Err.
	Revision uint64
}

// Feed fetches something again and again at a source's Pace, while somebody looks.
type Feed[T any] struct {
	pace  *Pace
	fetch func(context.Context) (T, error)
	stop  context.CancelFunc
	ctx   context.Context
	wake  chan struct{} // holds at most one token; a look or a Refresh puts it

	mu      sync.Mutex
	snap    Snapshot[T]
	looked  time.Time
	hurry   bool // Refresh was called: do not pause
	asked   bool // the fetch to come is one that Refresh asked for
	started bool
	done    chan struct{}
}

// NewFeed returns a feed that sleeps until the first Look.
func NewFeed[T any](pace *Pace, fetch func(context.Context) (T, error)) *Feed[T] {
	ctx, stop := context.WithCancel(context.Background())
	return &Feed[T]{
		pace: pace, fetch: fetch, ctx: ctx, stop: stop,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// Look returns the newest snapshot at once and keeps the feed awake for a while.
func (f *Feed[T]) Look() Snapshot[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looked = time.Now()
	if !f.started {
		f.started = true
		go f.run()
	}
	f.nudge()
	return f.snap
}

// Refresh asks for a fetch now instead of at the next beat.
func (f *Feed[T]) Refresh() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hurry = true
	f.nudge()
}

// Close ends the feed and waits until a fetch under way has returned.
func (f *Feed[T]) Close() {
	f.stop()
	f.mu.Lock()
	started := f.started
	f.started = true
	f.mu.Unlock()
	if started {
		<-f.done
	}
}

// nudge wakes the goroutine; the caller holds mu.
func (f *Feed[T]) nudge() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

func (f *Feed[T]) run() {
	defer close(f.done)
	for f.waitForLook() {
		f.round()
		f.rest(f.pace.Pause())
	}
}

// waitForLook returns true when somebody is looking, false when the feed was closed.
func (f *Feed[T]) waitForLook() bool {
	for f.ctx.Err() == nil {
		f.mu.Lock()
		wanted := f.hurry || time.Since(f.looked) < feedLease
		f.asked, f.hurry = f.hurry, false
		f.mu.Unlock()
		if wanted {
			return true
		}
		select {
		case <-f.wake:
		case <-f.ctx.Done():
		}
	}
	return false
}

// rest waits for the pause to pass; a Refresh cuts it short.
func (f *Feed[T]) rest(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return
		case <-f.ctx.Done():
			return
		case <-f.wake:
			f.mu.Lock()
			hurry := f.hurry
			f.mu.Unlock()
			if hurry {
				return
			}
		}
	}
}

func (f *Feed[T]) round() {
	ctx, cancel := context.WithTimeout(f.ctx, feedDeadline)
	defer cancel()
	leave, err := f.pace.Enter(ctx)
	if err != nil {
		return
	}
	f.mu.Lock()
	if f.asked {
		ctx = context.WithValue(ctx, demandKey{}, true)
	}
	f.mu.Unlock()
	start := time.Now()
	value, err := f.fetch(ctx)
	leave(err)
	if f.ctx.Err() != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.snap.Revision++
	f.snap.Err = err
	if err == nil {
		f.snap.Value, f.snap.At, f.snap.Took = value, time.Now(), time.Since(start)
	}
}

type demandKey struct{}

// Demanded reports whether a person has asked for this fetch by Refresh: then a source reads again what it
// otherwise reads rarely.
func Demanded(ctx context.Context) bool {
	asked, _ := ctx.Value(demandKey{}).(bool)
	return asked
}
