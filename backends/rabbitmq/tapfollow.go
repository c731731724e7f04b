package rabbitmq

import (
	"context"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// tapNews is what the management API told: the bindings to have, or how many messages were lost.
type tapNews struct {
	keys  []tapKey
	lost  backends.Count
	ended error
}

// observe asks the management API for the real bindings and for the statistics of our queue.
func (t *tap) observe(ctx context.Context, news chan<- tapNews) {
	stats, resync := time.NewTicker(tapStats), time.NewTicker(tapResync)
	defer stats.Stop()
	defer resync.Stop()
	before, since := int64(-1), time.Now()
	for {
		var (
			n  tapNews
			ok bool
		)
		select {
		case <-stats.C:
			n.lost, ok = t.dropped(ctx)
			switch {
			case ok && n.lost.Value != before:
				before, since = n.lost.Value, time.Now()
			case ok && time.Since(since) > tapSteady:
				n.lost.Certainty = backends.Exact
			}
		case <-resync.C:
			n, ok = t.replan(ctx)
		case <-ctx.Done():
			return
		}
		if !ok {
			continue
		}
		select {
		case news <- n:
		case <-ctx.Done():
			return
		}
	}
}

// turn waits for the source's turn to ask: a tap does not add a request beside a pane's.
func (t *tap) turn(ctx context.Context, ask func() error) error {
	leave, err := t.source.pace.Enter(ctx)
	if err != nil {
		return err
	}
	err = ask()
	if backends.ReasonOf(err) == backends.Unreachable {
		leave(err)
	} else {
		leave(nil)
	}
	return err
}

// dropped is what entered our queue, was not delivered and is not there.
func (t *tap) dropped(ctx context.Context) (backends.Count, bool) {
	var row management.Queue
	err := t.turn(ctx, func() (err error) {
		row, err = t.source.queueRow(ctx, t.queue)
		return err
	})
	stats := row.Stats.Value
	if err != nil || !stats.Publish.Known || !row.Ready.Known {
		return backends.Count{}, false
	}
	lost := stats.Publish.Value - stats.Deliver.Value - row.Ready.Value
	return backends.Count{Value: max(int64(lost), 0), Certainty: backends.About}, true
}

// replan reads the real bindings again. When they are all gone a tap that copied them is left
// without any and waits; it never takes what nobody was bound to.
func (t *tap) replan(ctx context.Context) (tapNews, bool) {
	var p tapPlan
	err := t.turn(ctx, func() (err error) {
		p, err = t.source.planTap(ctx, t.look.Target)
		return err
	})
	switch {
	case backends.ReasonOf(err) == backends.NotFound && err != nil:
		return tapNews{ended: finalError{err}}, true
	case err != nil:
		return tapNews{}, false
	case t.mirror && !p.mirrored:
		return tapNews{}, true
	case !consented(p.Plan, t.look):
		return tapNews{ended: finalError{t.source.refused(t.look.Target.Name, sentences(p.Effects), "")}}, true
	}
	return tapNews{keys: p.keys}, true
}

// hear acts on news.
func (t *tap) hear(n tapNews) error {
	if n.ended != nil {
		return n.ended
	}
	if n.lost.Known() {
		// It may go down again: what was delivered may be counted later than what was published.
		t.lost = t.lostBefore + n.lost.Value
		t.tail.Update(func(st *backends.TailState) {
			st.LostAtServer = backends.Count{Value: t.lost, Certainty: n.lost.Certainty}
		})
		return nil
	}
	return t.rebind(n.keys)
}

// rebind makes our bindings those of the plan: new ones first, so that nothing is missed.
func (t *tap) rebind(keys []tapKey) error {
	wanted := map[string]bool{}
	for _, key := range keys {
		id := key.id()
		wanted[id] = true
		if _, ok := t.bound[id]; !ok {
			if err := t.bind(key); err != nil {
				return err
			}
		}
	}
	for id, key := range t.bound {
		if wanted[id] {
			continue
		}
		if err := t.channel.QueueUnbind(t.queue, key.routingKey(), t.plan.exchange, key.amqpArguments()); err != nil {
			return err
		}
		delete(t.bound, id)
	}
	return nil
}
