package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"bustop/backends"
	"bustop/views/jsonout"
)

const (
	// tailTick is how often new messages are printed.
	tailTick = 20 * time.Millisecond
	// tailBatch is how many messages are printed before stdout is flushed.
	tailBatch = 500
)

// tailOptions say when a tail ends by itself.
type tailOptions struct {
	n       int // 0: no limit
	span    time.Duration
	confirm string
}

func (a *app) tailCommand() *cobra.Command {
	var opt tailOptions
	cmd := a.command("tail TARGET", "Print messages as they come: of a stream, a channel pattern or an exchange",
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			if opt.n < 0 || opt.span < 0 {
				return usage("-n and --for: expected something positive")
			}
			source, target, err := parseTarget(args[0])
			if err != nil {
				return err
			}
			if err := tailable(target); err != nil {
				return err
			}
			return a.tail(ctx, source, target, opt)
		})
	cmd.Flags().IntVarP(&opt.n, "number", "n", 0, "end after `N` messages")
	cmd.Flags().DurationVar(&opt.span, "for", 0, "end after this `DURATION`, for example 30s")
	addConfirm(cmd, &opt.confirm)
	cmd.ValidArgsFunction = completeTargets(backends.KindStream, backends.KindChannel, backends.KindExchange)
	return cmd
}

// tailable says what to do instead where nothing flows.
func tailable(target backends.Target) error {
	switch target.Kind {
	case backends.KindStream, backends.KindChannel, backends.KindExchange:
		return nil
	case backends.KindQueue:
		return usage("%s: to follow a queue is to take its messages from their consumers; bustop peek looks at what waits, and tail exchange/NAME at what arrives", target)
	default:
		return usage("%s: there are no messages to follow; bustop get %s --match NAME shows it", target, plural(target.Kind))
	}
}

func (a *app) tail(ctx context.Context, source string, target backends.Target, opt tailOptions) error {
	sel, failed, err := a.reach(ctx)
	if err != nil {
		return err
	}
	defer sel.close()
	o, err := a.locate(ctx, sel.sources, source, target)
	if err != nil {
		return err
	}
	t, err := a.openTail(ctx, o, opt.confirm)
	if err != nil {
		return err
	}
	defer t.Close()
	if err := a.follow(ctx, o, t, opt); err != nil {
		return err
	}
	if failed != 0 {
		return &failure{failed, nil}
	}
	return nil
}

func (a *app) openTail(ctx context.Context, o object, confirm string) (*backends.Tail, error) {
	// The tail is ended by Close, after its last messages were printed.
	ctx = context.WithoutCancel(ctx)
	if o.target.Kind == backends.KindStream {
		return o.source.Roles().Streams.TailStream(ctx, o.target.Name)
	}
	channels := o.source.Roles().Channels
	plan, err := channels.PlanTap(ctx, o.target)
	if err != nil {
		return nil, err
	}
	look, err := a.consent(plan, o, confirm)
	if err != nil {
		return nil, err
	}
	return channels.Tap(ctx, look)
}

// follower prints what a tail brings.
type follower struct {
	app     *app
	o       object
	tail    *backends.Tail
	printer *messages
	next    uint64 // sequence number of the first message not printed
	left    int    // messages still wanted; negative: all
	lost    uint64
	state   backends.TailState
}

// follow prints until the tail ends, enough has come, the time is up or the run is interrupted,
// which is the usual end of a tail and no failure.
func (a *app) follow(ctx context.Context, o object, t *backends.Tail, opt tailOptions) error {
	f := &follower{app: a, o: o, tail: t, printer: a.messages(jsonout.OriginOf(o.source.Identity())), next: 1, left: -1}
	if opt.n > 0 {
		f.left = opt.n
	}
	if opt.span > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, opt.span)
		defer cancel()
	}
	err := f.run(ctx)
	f.printer.end()
	if err == nil {
		err = a.out.Flush()
	}
	f.summary()
	return err
}

func (f *follower) run(ctx context.Context) error {
	tick := time.NewTicker(tailTick)
	defer tick.Stop()
	for {
		ended := false
		select {
		case <-tick.C:
		case <-ctx.Done():
			ended = true
		case <-f.tail.Done():
			ended = true
		}
		f.watch()
		if err := f.drain(); err != nil || f.left == 0 {
			return err
		}
		if ended {
			return f.ending(ctx)
		}
	}
}

// drain prints what is in the ring.
func (f *follower) drain() error {
	for f.left != 0 {
		batch, first := f.tail.Ring.From(f.next, tailBatch)
		if first > f.next {
			n := first - f.next
			f.lost += n
			f.printer.add([]backends.Message{dropped(f.o.target, n)})
		}
		f.next = first + uint64(len(batch))
		if len(batch) == 0 {
			return nil
		}
		f.printer.add(f.wanted(batch))
		if err := f.app.out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// wanted cuts a batch after the last message that is still asked for; marks do not count.
func (f *follower) wanted(batch []backends.Message) []backends.Message {
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
	now := f.tail.State()
	defer func() { f.state = now }()
	if now.Since.Equal(f.state.Since) && len(now.Notes) == len(f.state.Notes) {
		return
	}
	switch {
	case now.State == backends.Live && f.state.State != backends.Live:
		f.app.note("%s: watching", f.o.target)
	case now.Err != nil && now.State != backends.Live:
		f.app.warn(fmt.Errorf("%s: %s: %w", f.o.target, now.State, now.Err))
	}
	for _, note := range now.Notes[min(len(f.state.Notes), len(now.Notes)):] {
		f.app.note("%s: %s", f.o.target, note)
	}
}

// ending is why the tail is over.
func (f *follower) ending(ctx context.Context) error {
	if ctx.Err() != nil {
		return nil
	}
	err := f.tail.State().Err
	if err == nil {
		err = errors.New("the flow ended")
	}
	return named(f.o.source, err)
}

// summary says what the output does not hold.
func (f *follower) summary() {
	state := f.tail.State()
	if f.lost > 0 {
		f.app.note("%s: %d messages dropped", f.o.target, f.lost)
	}
	if state.LostAtServer.Known() && state.LostAtServer.Value > 0 {
		f.app.note("%s: %s messages lost at the server", f.o.target, number(state.LostAtServer))
	}
	if state.Gaps > 0 {
		f.app.note("%s: interrupted %d times", f.o.target, state.Gaps)
	}
}
