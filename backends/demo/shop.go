package demo

import (
	"context"
	"sync"
	"time"
)

// backlog bounds what waits for a service whose server is away; the rest does not happen.
const backlog = 256

// The pauses between tries of a service that failed.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 2 * time.Second
)

// shop is what the services share.
type shop struct {
	redisAddr, brokerURL string
	seed                 int64
	rate                 float64
	log                  func(string)

	orders chan *order
	prices chan *price
	sales  chan *sale
	jobs   chan *job
}

func newShop(redisAddr, brokerURL string, opt Options) *shop {
	return &shop{
		redisAddr: redisAddr, brokerURL: brokerURL, seed: opt.Seed, rate: opt.Rate, log: opt.Log,
		orders: make(chan *order, backlog), prices: make(chan *price, backlog),
		sales: make(chan *sale, backlog), jobs: make(chan *job, backlog),
	}
}

// service is one program of the shop. It works until its connection breaks or ctx ends.
type service struct {
	name string
	work func(ctx context.Context) error
}

func (s *shop) services() []service {
	return []service{
		{"storefront", s.sellOrders},
		{"billing", s.billOrders},
		{"shipping", s.shipOrders},
		{"mail-gateway", s.settle(queueEmail, 200*time.Millisecond)},
		{"sms-gateway", s.settle(queueSMS, 500*time.Millisecond)},
		{"warehouse-screen", s.settle(queueWarehouse, 100*time.Millisecond)},
		{"vip-desk", s.settle(queueVIP, 1500*time.Millisecond)},
		{"ledger", s.keepLedger},
		{"fraud-check", s.checkFraud},
		{"price-feed", s.publishPrices},
		{"price-board", s.watchPrices},
		{"sales-board", s.scoreSellers},
		{"job-planner", s.planJobs},
		{"thumbnailer", s.makeThumbnails},
		{"mailer", s.sendMails},
		{"couriers", s.deliverOrders},
	}
}

// run tells the story and keeps the services going until ctx ends.
func (s *shop) run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, service := range s.services() {
		wg.Go(func() { s.keepGoing(ctx, service) })
	}
	wg.Go(func() { s.tell(ctx, newStory(s.seed)) })
	wg.Wait()
}

// keepGoing starts a service again whenever it fails, as a supervisor of processes would.
func (s *shop) keepGoing(ctx context.Context, v service) {
	wait := firstPause
	for ctx.Err() == nil {
		start := time.Now()
		err := v.work(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(start) > 10*lastPause {
			wait = firstPause
		}
		if err != nil {
			s.log(v.name + ": " + err.Error())
		}
		pause(ctx, wait)
		wait = min(2*wait, lastPause)
	}
}

// tell lets the story happen at the shop's rate. What nobody takes in time is lost, so that a
// server that was away does not meet a flood.
func (s *shop) tell(ctx context.Context, from *story) {
	begin := time.Now()
	for {
		e := from.next()
		due := begin.Add(time.Duration(e.at / s.rate * float64(time.Second)))
		if !pause(ctx, time.Until(due)) {
			return
		}
		switch {
		case e.order != nil:
			offer(s.orders, e.order)
		case e.price != nil:
			offer(s.prices, e.price)
		case e.sale != nil:
			offer(s.sales, e.sale)
		case e.job != nil:
			offer(s.jobs, e.job)
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

// takes is how long a piece of work takes that takes d at the default rate.
func (s *shop) takes(d time.Duration) time.Duration {
	return time.Duration(float64(d) * DefaultRate / max(s.rate, DefaultRate))
}

// pause waits and reports whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
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
func insist(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || !pause(ctx, firstPause) {
			return err
		}
	}
}
