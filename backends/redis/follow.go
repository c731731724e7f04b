package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"bustop/backends"
	"bustop/backends/redis/resp"
	"bustop/backends/spans"
)

const (
	// askAlive is how long a tail's connection may be silent before it is asked for a sign of
	// life, silence how long until it is given up.
	askAlive = 2 * time.Second
	silence  = 6 * time.Second
	// A tail that lost its connection tries again after firstRetry, then twice as late each
	// time up to lastRetry.
	firstRetry, lastRetry = 250 * time.Millisecond, 2 * time.Second
	// windowSpan is the stretch of time that one span of a tail covers; where nothing more comes it may
	// last askAlive longer.
	windowSpan = 5 * time.Second
)

// wire is a connection of our own, for a tail.
type wire struct {
	conn net.Conn
	in   *resp.Reader
	// heard is when the last frame came.
	heard time.Time
}

// wire dials a connection to the server that has a key or channel; it closes when ctx ends.
func (s *source) wire(ctx context.Context, key string) (*wire, func(), error) {
	n, err := s.servers.owner(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	return n.wire(ctx)
}

// anyWire dials a connection to any of the servers: what is published to a channel or matches a
// pattern comes to all of them.
func (s *source) anyWire(ctx context.Context, _ string) (*wire, func(), error) {
	nodes, err := s.masters(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, n := range nodes {
		if w, done, dialled := n.wire(ctx); dialled == nil {
			return w, done, nil
		} else if err = dialled; ctx.Err() != nil {
			break
		}
	}
	return nil, nil, err
}

// wire dials a connection of a tail's own; it closes when ctx ends.
func (n *node) wire(ctx context.Context) (*wire, func(), error) {
	dialing, cancel := context.WithTimeout(ctx, 2*dialTimeout)
	defer cancel()
	conn, err := n.dialer.dial(dialing)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	w := &wire{conn: conn, in: resp.NewReader(conn, keepBytes), heard: time.Now()}
	forget := n.keepWire(w)
	return w, func() { forget(); stop(); conn.Close() }, nil
}

func (w *wire) send(words ...string) error {
	if err := w.conn.SetWriteDeadline(time.Now().Add(askAlive)); err != nil {
		return err
	}
	_, err := w.conn.Write(resp.Append(nil, words...))
	return err
}

// next reads one frame. While none comes it calls idle, if there is such, and gives up after
// silence.
func (w *wire) next(v *resp.Value, idle func() error) error {
	for w.in.Buffered() == 0 {
		if err := w.conn.SetReadDeadline(time.Now().Add(askAlive)); err != nil {
			return err
		}
		err := w.in.Wait()
		if err == nil {
			break
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(w.heard) > silence {
			return err
		}
		if idle != nil {
			if err := idle(); err != nil {
				return err
			}
		}
	}
	if err := w.conn.SetReadDeadline(time.Now().Add(silence)); err != nil {
		return err
	}
	err := w.in.Read(v)
	w.heard = time.Now()
	return err
}

// call sends a command and reads its answer; an error that the server answers is an error.
func (w *wire) call(v *resp.Value, words ...string) error {
	if err := w.send(words...); err != nil {
		return err
	}
	if err := w.next(v, nil); err != nil {
		return err
	}
	if v.Kind == resp.Failure {
		return serverError(v.Text)
	}
	return nil
}

// follower keeps a tail going over broken connections. A session runs on one connection until
// that breaks; it calls live when messages flow.
type follower struct {
	s    *source
	tail *backends.Tail
	// session is given what to call when the flow begins.
	session func(ctx context.Context, w *wire, live func()) error
	// dial overrides how the session's connection is made, which leads to the server that has the
	// target's name.
	dial func(ctx context.Context, name string) (*wire, func(), error)
	// marksGaps: an interruption is a gap for certain, because nobody keeps the messages.
	marksGaps bool
	// part says how this part of a tail is doing, where others share it; nil means the tail itself.
	part func(state backends.State, err error)

	flows  bool
	lostAt time.Time // when the flow broke, zero while it has not
	cause  error
	retry  time.Duration
}

func (f *follower) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if r, _ := replyOf(err); r.code() == "MOVED" || errors.Is(err, errSlotMoved) {
			f.s.servers.doubt()
		}
		err = f.s.at.fault(f.tail.Target.Name, err)
		f.broke(err)
		ctx = spans.Unasked(ctx)
		pause := min(max(2*f.retry, firstRetry), lastRetry)
		f.retry = pause
		if backends.ReasonOf(err) == backends.Denied {
			pause = holdDenied
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
	}
}

func (f *follower) once(ctx context.Context) error {
	dial := f.s.wire
	if f.dial != nil {
		dial = f.dial
	}
	w, closeWire, err := dial(ctx, f.tail.Target.Name)
	if err != nil {
		return err
	}
	defer closeWire()
	return f.session(ctx, w, f.live)
}

func (f *follower) broke(err error) {
	if f.flows {
		f.lostAt, f.cause, f.flows = time.Now(), err, false
	}
	f.report(backends.Down, err)
}

func (f *follower) report(state backends.State, err error) {
	if f.part != nil {
		f.part(state, err)
		return
	}
	f.tail.Update(func(st *backends.TailState) { st.State, st.Err = state, err })
}

// live says that messages flow, and marks the gap if they did so before.
func (f *follower) live() {
	f.retry = 0
	if f.marksGaps && !f.lostAt.IsZero() {
		f.tail.Gap(fmt.Sprintf("%s at %s, back after %.1f s: what was published in between is lost",
			causeText(f.cause), f.lostAt.Format(time.TimeOnly), time.Since(f.lostAt).Seconds()))
	}
	f.lostAt, f.flows = time.Time{}, true
	f.report(backends.Live, nil)
}

// causeText is what happened, without address and object.
func causeText(err error) string {
	var e *backends.Error
	if errors.As(err, &e) {
		return e.What
	}
	return "the connection broke"
}

// meter makes a span for each stretch of time in which messages came.
type meter struct {
	ctx       context.Context // of the tail
	tracer    tracer
	operation string
	target    string
	start     time.Time
	n, bytes  int
	links     spans.Links
}

// add counts messages. A stream's entry has its trace context in a field, what comes by a channel
// has it in its body.
func (m *meter) add(batch []backends.Message) {
	if len(batch) == 0 {
		return
	}
	if m.n == 0 {
		m.start = time.Now()
	}
	m.n += len(batch)
	for i := range batch {
		m.bytes += batch[i].Size
		traceparentIn(&batch[i], &m.links)
	}
	m.tick()
}

// tick ends a stretch of time that is over. A tail calls it as well while nothing comes, so that the
// last messages' span need not wait for the next one.
func (m *meter) tick() {
	if m.n > 0 && time.Since(m.start) >= windowSpan {
		m.flush()
	}
}

func (m *meter) flush() {
	if m.n > 0 {
		m.tracer.window(m)
	}
	m.n, m.bytes, m.links = 0, 0, spans.Links{}
}
