package rabbitmq

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"bustop/backends"
	record "bustop/backends/spans"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The bounds of the pause before a connection is tried again; it doubles with each failure.
const (
	backoffFirst   = 500 * time.Millisecond
	backoffLongest = 30 * time.Second
)

// errClosed is the cause of every error after Close.
var errClosed = errors.New("the source is closed")

// backoff is the pause before attempt number n (from 1), with a tenth of jitter so that many
// consoles do not come back at the same moment.
func backoff(n int) time.Duration {
	pause := min(backoffFirst<<min(max(n-1, 0), 10), backoffLongest)
	return pause - time.Duration(rand.Int64N(int64(pause)/10+1))
}

// keeper holds the one standing AMQP connection of a source: by it the source learns at once
// that the server went away, and who closed the connection. It carries no messages.
//
// It is opened by the first need. When it breaks it is opened again by itself, unless the
// server refused the login or an administrator closed it: then only a person's request does.
type keeper struct {
	ctx    context.Context
	dialer *dialer
	// changed is told of every change: nil when connected, else why not.
	changed func(error)

	wake    chan struct{} // holds at most one token: try now
	started sync.Once
	done    chan struct{}

	mu    sync.Mutex
	live  *session
	err   error
	asker context.Context // of the last request that waits for a connection, nil for none
	round chan struct{}   // closed at the end of the attempt under way or next
}

func newKeeper(ctx context.Context, d *dialer, changed func(error)) *keeper {
	return &keeper{
		ctx: ctx, dialer: d, changed: changed,
		wake: make(chan struct{}, 1), done: make(chan struct{}), round: make(chan struct{}),
	}
}

// need is a person's request: it connects now unless connected, and waits for the outcome.
func (k *keeper) need(ctx context.Context) error {
	if k.ctx.Err() != nil {
		return k.closed()
	}
	k.mu.Lock()
	connected, round := k.live != nil, k.round
	if !connected {
		k.asker = ctx
		k.wakeUp()
	}
	k.mu.Unlock()
	k.started.Do(func() { go k.run() })
	if connected {
		return nil
	}
	select {
	case <-round:
	case <-ctx.Done():
		return k.dialer.unreachable(ctx.Err())
	case <-k.ctx.Done():
		return k.closed()
	}
	_, err := k.state()
	return err
}

// glance is a program's request: it waits for the very first attempt, later it only tells what
// is known.
func (k *keeper) glance(ctx context.Context) error {
	live, err := k.state()
	if live == nil && err == nil {
		return k.need(ctx)
	}
	return err
}

// state returns the session, nil when there is none, and why not.
func (k *keeper) state() (*session, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.live, k.err
}

// nudge cuts a pause short.
func (k *keeper) nudge() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.live == nil {
		k.wakeUp()
	}
}

// wakeUp asks for an attempt; the caller holds mu.
func (k *keeper) wakeUp() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// wait returns when the goroutine, if there ever was one, is gone; the context has ended.
func (k *keeper) wait() {
	k.started.Do(func() { close(k.done) })
	<-k.done
}

func (k *keeper) run() {
	defer close(k.done)
	for failures := 0; k.ctx.Err() == nil; {
		sess, err := k.dialer.open(k.asked(), failures+1)
		if k.ctx.Err() != nil {
			if sess != nil {
				sess.close()
			}
			return
		}
		k.publish(sess, err)
		if err == nil {
			failures = 0
			err = k.hold(sess)
		} else {
			failures++
		}
		k.pause(err, failures)
	}
}

// asked is the context of an attempt: it belongs to the trace of whoever waits for it.
func (k *keeper) asked() context.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asker == nil {
		return k.ctx
	}
	return record.Under(k.ctx, k.asker)
}

// hold returns why the connection ended, after it did.
func (k *keeper) hold(sess *session) error {
	ended := sess.conn.NotifyClose(make(chan *amqp.Error, 1))
	var reply *amqp.Error
	select {
	case <-k.ctx.Done():
		sess.close()
		return k.closed()
	case reply = <-ended:
	}
	sess.kill()
	err := k.dialer.fault(backends.Unreachable, "the connection broke", "", nil)
	if reply != nil {
		err = amqpFault(k.dialer.address.shown, "", reply)
	}
	k.publish(nil, err)
	return err
}

// publish makes the outcome of an attempt known; the next need waits for the next attempt. What
// was asked for before has been done by it.
func (k *keeper) publish(sess *session, err error) {
	k.changed(err)
	k.mu.Lock()
	k.live, k.err, k.asker = sess, err, nil
	select {
	case <-k.wake:
	default:
	}
	close(k.round)
	k.round = make(chan struct{})
	k.mu.Unlock()
}

// pause waits until the connection should be tried again.
func (k *keeper) pause(err error, failures int) {
	var timeout <-chan time.Time
	if !forced(err) && backends.ReasonOf(err) != backends.Denied {
		timer := time.NewTimer(backoff(failures))
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-timeout:
	case <-k.wake:
	case <-k.ctx.Done():
	}
}

func (k *keeper) closed() error {
	return k.dialer.fault(backends.Unreachable, errClosed.Error(), "", errClosed)
}
