package rabbitmq

import (
	"context"
	"crypto/rand"
	"time"

	"bustop/backends"
	record "bustop/backends/spans"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The bounds of a tap. Its queue drops its oldest messages beyond them, so that a tap never
// makes the server run out of memory or publishers wait.
const (
	tapMessages = 1000
	tapBytes    = 8 << 20
	tapLife     = int64(60_000) // milliseconds
	tapPrefetch = 100
	tapGroup    = 25
	// tapBurst messages may come at once, and then one in each tapEvery: 200 a second.
	tapBurst = 200
	tapEvery = 5 * time.Millisecond

	tapResync = 10 * time.Second
	tapStats  = 2 * time.Second
	// tapSteady is how long the count of dropped messages must stay the same to be exact: the
	// server counts what was published and what was delivered at different moments.
	tapSteady = 6 * time.Second
	tapFlush  = 100 * time.Millisecond
)

// Tap watches an exchange through a temporary queue on a connection of its own; the queue goes
// with the connection.
func (s *source) Tap(ctx context.Context, look backends.Look) (*backends.Tail, error) {
	if _, err := s.allowedTap(ctx, look); err != nil {
		return nil, err
	}
	return s.openTail(ctx, look.Target, func(ctx context.Context, t *backends.Tail) {
		missed := func() string { return "what passes until it is back is not seen" }
		last := &tap{}
		s.keepOpen(ctx, t, missed, func(ctx context.Context, attempt int, live func()) error {
			next := &tap{source: s, tail: t, look: look, lostBefore: last.lost, lost: last.lost, again: last.again, mirror: last.mirror, until: last.until}
			last = next
			return next.run(ctx, attempt, live)
		})
	})
}

// waitingError marks the error of a tap that was open before and may be again: what it watched is
// not as it was, perhaps because its users have not come back yet either.
type waitingError struct{ err error }

func (e waitingError) Error() string { return e.err.Error() }
func (e waitingError) Unwrap() error { return e.err }

// allowedTap plans a tap and checks the consent given to it.
func (s *source) allowedTap(ctx context.Context, look backends.Look) (tapPlan, error) {
	p, err := s.planTap(ctx, look.Target)
	if err != nil {
		return p, err
	}
	if p.Consent == backends.Refused {
		return p, s.refused(look.Target.Name, sentences(p.Effects), "")
	}
	if !consented(p.Plan, look) {
		return p, s.refused(look.Target.Name, "a tap needs consent: "+sentences(p.Effects), "")
	}
	return p, nil
}

// tap is one connection of a tap.
type tap struct {
	source *source
	tail   *backends.Tail
	look   backends.Look
	plan   tapPlan
	// again says that an earlier connection stood, mirror that the tap began with copies of real
	// bindings; then it never takes more than these.
	again, mirror bool
	// until is when a look at the firehose ends, zero before it began.
	until time.Time

	channel    *amqp.Channel
	queue      string
	bound      map[string]tapKey
	deliveries <-chan amqp.Delivery
	closed     chan *amqp.Error
	cancelled  chan string

	window   window
	throttle throttle
	pending  int // deliveries not acknowledged yet
	last     uint64

	// lost counts what the queue dropped, lostBefore what those of earlier connections did.
	lost, lostBefore int64
}

func (t *tap) run(ctx context.Context, attempt int, live func()) error {
	if err := t.prepare(ctx); err != nil {
		return err
	}
	sess, err := t.source.dialer.open(ctx, attempt)
	if err != nil {
		return err
	}
	defer sess.close()
	if err := t.declare(sess); err != nil {
		return err
	}
	t.source.own(t.queue, true)
	defer t.source.own(t.queue, false)
	t.again, t.mirror = true, t.plan.mirrored
	t.window = window{ctx: ctx, spans: t.source.spans, queue: t.plan.exchange}
	defer t.window.flush()
	live()
	ctx, cancel, ended := t.boxed(ctx)
	defer cancel()
	ctx, stop := context.WithCancel(ctx)
	news := make(chan tapNews)
	done := make(chan struct{})
	go func() { defer close(done); t.observe(record.Unasked(ctx), news) }()
	defer func() { stop(); <-done }()
	return ended(t.loop(ctx, news))
}

// prepare plans anew for each connection: the world may have changed.
func (t *tap) prepare(ctx context.Context) error {
	var err error
	t.plan, err = t.source.allowedTap(ctx, t.look)
	if err == nil && t.mirror && !t.plan.mirrored {
		err = t.source.refused(t.look.Target.Name, "its real bindings are gone", "")
	}
	if err != nil && t.again {
		return waitingError{err}
	}
	return err
}

// own remembers or forgets a queue of ours, which listings leave out.
func (s *source) own(queue string, ours bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ours {
		s.ours[queue] = true
	} else {
		delete(s.ours, queue)
	}
}

// owns reports whether a queue is one of our taps'.
func (s *source) owns(queue string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ours[queue]
}

// declare makes the queue, binds it and starts consuming. A policy of the vhost may give every
// queue a dead letter exchange: the arguments send what we drop to a queue that does not exist.
func (t *tap) declare(sess *session) error {
	ch, err := sess.conn.Channel()
	if err != nil {
		return err
	}
	t.channel = ch
	t.closed = ch.NotifyClose(make(chan *amqp.Error, 1))
	t.cancelled = ch.NotifyCancel(make(chan string, 1))
	if err := ch.Qos(tapPrefetch, 0, false); err != nil {
		return err
	}
	queue, err := ch.QueueDeclare("", false, true, true, false, amqp.Table{
		"x-max-length": int64(tapMessages), "x-max-length-bytes": int64(tapBytes), "x-overflow": "drop-head",
		"x-expires": tapLife, "x-message-ttl": tapLife,
		"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "bustop." + rand.Text() + ".discard",
	})
	if err != nil {
		return err
	}
	t.queue, t.bound = queue.Name, map[string]tapKey{}
	for _, key := range t.plan.keys {
		if err := t.bind(key); err != nil {
			return err
		}
	}
	t.deliveries, err = ch.Consume(t.queue, consumerTag, false, true, false, false, nil)
	return err
}

func (t *tap) bind(key tapKey) error {
	err := t.channel.QueueBind(t.queue, key.routingKey(), t.plan.exchange, false, key.amqpArguments())
	if err == nil {
		t.bound[key.id()] = key
	}
	return err
}

// loop passes messages on until something ends it.
func (t *tap) loop(ctx context.Context, news <-chan tapNews) error {
	flush := time.NewTicker(tapFlush)
	defer flush.Stop()
	for {
		select {
		case d, ok := <-t.deliveries:
			if !ok {
				return consumerEnd(t.closed, t.cancelled)
			}
			t.take(&d)
			if t.pending >= tapGroup {
				if err := t.acknowledge(); err != nil {
					return err
				}
			}
		case <-flush.C:
			if err := t.acknowledge(); err != nil {
				return err
			}
			if t.window.count > 0 && time.Since(t.window.since) >= windowTime {
				t.window.flush()
			}
		case n := <-news:
			if err := t.hear(n); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (t *tap) take(d *amqp.Delivery) {
	t.window.add(d)
	if m, wanted := t.seen(d); wanted {
		t.tail.Ring.Add(m)
	}
	t.pending++
	t.last = d.DeliveryTag
}

// acknowledge asks for more unless that would be too fast. The server sends at most the prefetch
// beyond what was acknowledged, so withholding it is what bounds the rate.
func (t *tap) acknowledge() error {
	if t.pending == 0 {
		return nil
	}
	if !t.throttle.allow(t.pending, time.Now()) {
		if t.pending >= tapPrefetch {
			t.tail.Update(func(st *backends.TailState) { st.Sampled = true })
		}
		return nil
	}
	t.window.acknowledged(t.last, t.pending)
	t.pending = 0
	return t.channel.Ack(t.last, true)
}

// throttle lets tapBurst messages through at once and then one in each tapEvery.
type throttle struct {
	// spent is the time up to which the allowance is used.
	spent time.Time
}

// allow takes n messages from the allowance if it has as many.
func (t *throttle) allow(n int, now time.Time) bool {
	if full := now.Add(-tapBurst * tapEvery); t.spent.Before(full) {
		t.spent = full
	}
	next := t.spent.Add(time.Duration(n) * tapEvery)
	if next.After(now) {
		return false
	}
	t.spent = next
	return true
}
