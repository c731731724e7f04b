package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bustop/backends"
	record "bustop/backends/spans"
)

// finalError marks an error after which a tail is not opened again.
type finalError struct{ err error }

func (e finalError) Error() string { return e.err.Error() }
func (e finalError) Unwrap() error { return e.err }

// final reports whether a tail cannot go on: the object is gone, the login or the look is
// refused, or an administrator closed the connection, which only a person answers.
func final(err error) bool {
	var waiting waitingError
	if errors.As(err, &waiting) {
		return false
	}
	var marked finalError
	if errors.As(err, &marked) || errors.Is(err, errCancelled) || forced(err) {
		return true
	}
	switch backends.ReasonOf(err) {
	case backends.Denied, backends.NotFound, backends.NotAllowed, backends.BadUsage:
		return true
	default:
		return false
	}
}

// keepOpen runs a tail again and again until its context or a final error ends it. Once returns
// why a run ended and calls live when it stands. Each interruption is marked as a gap; missed says
// what it means.
func (s *source) keepOpen(ctx context.Context, t *backends.Tail, missed func() string,
	once func(ctx context.Context, attempt int, live func()) error,
) {
	for failures := 0; ; {
		live := false
		err := once(ctx, failures+1, func() {
			live, failures = true, 0
			t.Update(func(st *backends.TailState) { st.State, st.Err = backends.Live, nil })
		})
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("ended")
		}
		shown := amqpFault(s.address.shown, t.Target.Name, err)
		over := final(err) || backends.ReasonOf(shown) == backends.Denied // a missing right does not come by trying
		t.Update(func(st *backends.TailState) { st.State, st.Err = backends.Down, shown })
		if live || over {
			t.Gap(gapText(shown, over, missed))
		}
		if over {
			return
		}
		failures++
		ctx = record.Unasked(ctx)
		timer := time.NewTimer(backoff(failures))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

func gapText(err error, over bool, missed func() string) string {
	what := err.Error()
	var ours *backends.Error
	if errors.As(err, &ours) {
		what = ours.What
	}
	if over {
		return fmt.Sprintf("this look has ended: %s", what)
	}
	return fmt.Sprintf("the connection was lost: %s; %s", what, missed())
}

// TailStream follows a stream from its end.
func (s *source) TailStream(ctx context.Context, name string) (*backends.Tail, error) {
	return s.TailStreamFrom(ctx, name, "next")
}

// tailOnce follows until something breaks; next is kept at the offset to go on from.
func (s *source) tailOnce(ctx context.Context, t *backends.Tail, attempt int, live func(), next *any) error {
	sess, err := s.dialer.open(ctx, attempt)
	if err != nil {
		return err
	}
	defer sess.close()
	f, err := follow(sess, t.Target.Name, *next)
	if err != nil {
		return err
	}
	live()
	w := window{ctx: ctx, spans: s.spans, queue: t.Target.Name}
	defer w.flush()
	tick := time.NewTicker(windowTime)
	defer tick.Stop()
	for {
		select {
		case d, ok := <-f.deliveries:
			if !ok {
				return f.ended()
			}
			w.add(&d)
			t.Ring.Add(fromStream(t.Target, &d))
			if offset, ok := offsetOf(&d); ok {
				*next = offset + 1
			}
			if err := f.acknowledge(d.DeliveryTag, &w); err != nil {
				return err
			}
		case <-tick.C:
			w.flush()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
