package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"bustop/backends"
	"bustop/views/jsonout"
)

const (
	// tailTick is how often new messages are printed.
	tailTick = 20 * time.Millisecond
	// tailBatch is how many messages are printed before stdout is flushed.
	tailBatch = 500
)

// flow prints what several tails bring.
type flow struct {
	app     *app
	printer *messages
	tails   []*follower
	left    int // messages still wanted; negative: all
}

// follower reads one tail of a flow.
type follower struct {
	flow  *flow
	part  part
	from  jsonout.Origin
	tail  *backends.Tail
	next  uint64 // sequence number of the first message not printed
	lost  uint64
	state backends.TailState
	over  bool
}

// flow is one without tails so far. Where several targets are followed each message names its own.
func (a *app) flow(parts []part, opt tailOptions) *flow {
	f := &flow{app: a, printer: a.messages(jsonout.Origin{}), left: -1}
	if opt.n > 0 {
		f.left = opt.n
	}
	for _, p := range parts {
		f.printer.naming.targets = f.printer.naming.targets || len(parts) > 1 || len(p.targets) > 1
		f.printer.naming.sources = f.printer.naming.sources || p.source != parts[0].source
	}
	for _, p := range parts {
		for _, target := range p.targets {
			f.printer.naming.reserve(f.printer, jsonout.OriginOf(p.source.Identity()), target)
		}
	}
	return f
}

func (f *flow) add(p part, t *backends.Tail) {
	f.tails = append(f.tails, &follower{flow: f, part: p, from: jsonout.OriginOf(p.source.Identity()), tail: t, next: 1})
}

func (f *flow) close() {
	for _, one := range f.tails {
		one.tail.Close()
	}
}

// follow prints until all tails have ended, enough has come, the time is up or the run is interrupted,
// which is the usual end of a tail and no failure.
func (f *flow) follow(ctx context.Context, span time.Duration) error {
	if span > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, span)
		defer cancel()
	}
	err := f.run(ctx)
	f.printer.end()
	if err == nil {
		err = f.app.out.Flush()
	}
	for _, one := range f.tails {
		one.summary()
	}
	return err
}

func (f *flow) run(ctx context.Context) error {
	tick := time.NewTicker(tailTick)
	defer tick.Stop()
	var fault error // of a tail that ended by itself
	for {
		stopped := false
		select {
		case <-tick.C:
		case <-ctx.Done():
			stopped = true
		}
		going := false
		for _, one := range f.tails {
			if one.over {
				continue
			}
			ended, err := one.pull()
			if err != nil || f.left == 0 {
				return err
			}
			if going = going || !ended; ended && !stopped {
				one.over = true
				fault = f.ended(one)
			}
		}
		if stopped {
			return nil
		}
		if !going {
			return fault
		}
	}
}

// ended tells why a tail is over while others may go on, and returns what the run fails with in the end.
func (f *flow) ended(one *follower) error {
	err := one.ending()
	if len(f.tails) == 1 {
		return err
	}
	f.app.warn(err)
	return &failure{1, nil}
}

// pull prints what a tail has brought, and tells whether it has ended.
func (f *follower) pull() (ended bool, err error) {
	select {
	case <-f.tail.Done():
		ended = true
	default:
	}
	f.watch()
	return ended, f.drain()
}

// drain prints what is in the ring.
func (f *follower) drain() error {
	p := f.flow.printer
	p.from = f.from
	for f.flow.left != 0 {
		batch, first := f.tail.Ring.From(f.next, tailBatch)
		if first > f.next {
			n := first - f.next
			f.lost += n
			p.add([]backends.Message{dropped(f.tail.Target, n)})
		}
		f.next = first + uint64(len(batch))
		if len(batch) == 0 {
			return nil
		}
		p.add(f.flow.wanted(batch))
		if err := f.flow.app.out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// wanted cuts a batch after the last message that is still asked for; marks do not count.
func (f *flow) wanted(batch []backends.Message) []backends.Message {
	if f.left < 0 {
		return batch
	}
	for i, m := range batch {
		if m.Gap == "" {
			f.left--
		}
		if f.left == 0 {
			return batch[:i+1]
		}
	}
	return batch
}

// watch tells of changes of the tail's connection.
func (f *follower) watch() {
	now, app := f.tail.State(), f.flow.app
	defer func() { f.state = now }()
	if now.Since.Equal(f.state.Since) && len(now.Notes) == len(f.state.Notes) {
		return
	}
	switch {
	case now.State == backends.Live && f.state.State != backends.Live:
		app.note("%s: watching", f.part)
	case now.Err != nil && now.State != backends.Live:
		app.warn(fmt.Errorf("%s: %s: %w", f.part, now.State, now.Err))
	}
	for _, note := range now.Notes[min(len(f.state.Notes), len(now.Notes)):] {
		app.note("%s: %s", f.part, note)
	}
}

// ending is why the tail is over.
func (f *follower) ending() error {
	err := f.tail.State().Err
	if err == nil {
		err = errors.New("the flow ended")
	}
	return named(f.part.source, err)
}

// summary says what the output does not hold.
func (f *follower) summary() {
	state, app := f.tail.State(), f.flow.app
	if f.lost > 0 {
		app.note("%s: %d messages dropped", f.part, f.lost)
	}
	if state.LostAtServer.Known() && state.LostAtServer.Value > 0 {
		app.note("%s: %s messages lost at the server", f.part, number(state.LostAtServer))
	}
	if state.Gaps > 0 {
		app.note("%s: interrupted %s", f.part, times(state.Gaps))
	}
}

// times words how often something happened.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}
