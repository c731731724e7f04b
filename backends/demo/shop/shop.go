package shop

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// backlog bounds what waits for a service whose server is away; the rest does not happen.
const backlog = 256

// The pauses between tries of a service that failed, and after how long a run a service counts
// as one that works.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 2 * time.Second
	longRun    = 20 * time.Second
)

// errOver ends a story that was to take so long.
var errOver = errors.New("the story is over")

// Shop is an order shop: what its services share.
type Shop struct {
	opt Options
	*coder
	trouble *trouble
	alarmed bool // by us; only direct and allClear use it
	// declared holds a token that says whether everything is declared on the broker; who has
	// taken it declares.
	declared chan bool

	orders chan *order
	prices chan *price
	sales  chan *sale
	jobs   chan *job
	visits chan *visit
	quotes chan *quote
	clicks chan *click
}

// New returns a shop that is closed until Run.
func New(opt Options) (*Shop, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	coder, err := newCoder()
	if err != nil {
		return nil, err
	}
	first, _ := opt.Scenario.PhaseAt(0)
	s := &Shop{
		opt: opt, coder: coder, trouble: newTrouble(first), declared: make(chan bool, 1),
		orders: make(chan *order, backlog), prices: make(chan *price, backlog), sales: make(chan *sale, backlog),
		jobs: make(chan *job, backlog), visits: make(chan *visit, backlog), quotes: make(chan *quote, backlog),
		clicks: make(chan *click, backlog),
	}
	s.declared <- false
	return s, nil
}

// Run tells the story and keeps the services going, through restarts of the servers too, until
// the story has taken as long as it was to, when it returns nil, or until ctx ends, when it
// returns the cause. It may be called once.
func (s *Shop) Run(ctx context.Context) error {
	if s.opt.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.opt.For, errOver)
		defer cancel()
	}
	defer s.close()
	defer s.opt.Broker.HTTP.CloseIdleConnections()
	begin := time.Now()
	working, dismiss := context.WithCancelCause(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	for _, service := range s.services() {
		wg.Go(func() { s.keepGoing(working, service) })
	}
	wg.Go(func() {
		s.direct(ctx, begin)
		<-ctx.Done()
		s.allClear() // first, or services could not take their leave of the broker
		dismiss(context.Cause(ctx))
	})
	s.tell(ctx, begin, newStory(s.opt.Seed, s.opt.Scenario))
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, errOver) {
		return err
	}
	return nil
}

// keepGoing starts a service again whenever it fails, as a supervisor of processes would.
func (s *Shop) keepGoing(ctx context.Context, v service) {
	wait := firstPause
	for ctx.Err() == nil {
		start := time.Now()
		err := v.work(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(start) > longRun {
			wait = firstPause
		}
		if err != nil {
			s.opt.Log(v.name + ": " + strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		pause(ctx, wait)
		wait = min(2*wait, lastPause)
	}
}

// tell lets the story happen at the shop's rate. What nobody takes in time is lost, so that a
// server that was away does not meet a flood.
func (s *Shop) tell(ctx context.Context, begin time.Time, from *story) {
	for {
		e := from.next()
		due := begin.Add(time.Duration(e.at / s.opt.Rate * float64(time.Second)))
		if !pause(ctx, time.Until(due)) {
			return
		}
		e.happens(due.UTC().Truncate(time.Millisecond))
		switch {
		case e.order != nil:
			offer(s.orders, e.order)
		case e.price != nil:
			offer(s.prices, e.price)
		case e.sale != nil:
			offer(s.sales, e.sale)
		case e.job != nil:
			offer(s.jobs, e.job)
		case e.visit != nil:
			offer(s.visits, e.visit)
		case e.quote != nil:
			offer(s.quotes, e.quote)
		case e.click != nil:
			offer(s.clicks, e.click)
		}
	}
}

func offer[T any](to chan<- T, what T) {
	select {
	case to <- what:
	default:
	}
}

// each calls do for everything that comes until it fails or ctx ends.
func each[T any](ctx context.Context, from <-chan T, do func(T) error) error {
	for {
		select {
		case what := <-from:
			if err := do(what); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// takes is how long a piece of work takes that takes d when orders come at the default rate.
func (s *Shop) takes(d time.Duration) time.Duration {
	pace := max(1, s.opt.Rate*s.opt.Scenario.share(kindOrder)/(DefaultRate*Calm.share(kindOrder)))
	if s.trouble.now().hurry {
		pace *= 4
	}
	return time.Duration(float64(d) / pace)
}

// tracer is what a service makes its spans with.
func (s *Shop) tracer(service string) trace.Tracer {
	return s.opt.Tracers(service).Tracer("bustop/shop")
}

// pause waits and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// insist tries again until do succeeds or ctx ends, so that a message in hand survives the
// restart of the other server.
func insist(ctx context.Context, wait time.Duration, do func() error) error {
	for {
		err := do()
		if err == nil || !pause(ctx, max(wait, time.Millisecond)) {
			return err
		}
	}
}
