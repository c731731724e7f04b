package rabbitmq

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// declared is what a vhost holds, as far as it was read.
type declared struct {
	exchanges []management.Exchange
	// allExchanges and allQueues say that there are no others than those read.
	allExchanges, allQueues bool
	bindings                map[string][]management.Binding // by source
	policies                []management.Policy
	queues                  []management.Queue
	consumers               []management.Attached
	notes                   []string
}

// ReadTopology implements backends.Router.
func (s *source) ReadTopology(ctx context.Context, around backends.Target) (backends.Topology, error) {
	found, err := s.queueRows(ctx, backends.Query{Limit: management.PageMost})
	if err != nil {
		return backends.Topology{}, err
	}
	d := declared{queues: found.Items, allQueues: found.Whole}
	err = s.manage(ctx, func(ctx context.Context) error {
		if err := s.readDeclared(ctx, &d, backends.Query{Limit: management.PageMost}); err != nil {
			return err
		}
		return s.readConsumers(ctx, &d, around)
	})
	if err != nil {
		return backends.Topology{}, err
	}
	ours := s.ownQueues()
	d.queues = slices.DeleteFunc(d.queues, func(q management.Queue) bool { return ours[q.Name] })
	return s.topologyFrom(d), nil
}

// readDeclared reads exchanges, bindings and policies. Bindings are asked for anew for a complete query.
func (s *source) readDeclared(ctx context.Context, d *declared, q backends.Query) error {
	exchanges, err := s.topology.exchanges.Read(ctx, q)
	if err != nil {
		return err
	}
	d.exchanges, d.allExchanges = exchanges.Items, exchanges.Whole
	if !d.allExchanges {
		d.notes = append(d.notes, "of so many exchanges only the first 500 are shown")
	}
	var note string
	if d.bindings, note = s.topology.allBindings(ctx, q.Complete); note != "" {
		d.notes = append(d.notes, note)
	}
	if d.policies, err = s.topology.vhostPolicies(ctx); err != nil {
		d.notes = append(d.notes, "policies cannot be read: alternate exchanges set by them are missing")
	}
	return ctx.Err()
}

// readConsumers reads who takes messages. The listing cannot be had in parts: where there are more queues
// than a page holds, only those of the queue around are asked for.
func (s *source) readConsumers(ctx context.Context, d *declared, around backends.Target) error {
	if d.allQueues {
		all, err := s.topology.allConsumers(ctx)
		if d.consumers = all; err != nil {
			d.notes = append(d.notes, "consumers are counted and not named: the listing cannot be read")
		}
		return ctx.Err()
	}
	d.notes = append(d.notes, "of so many queues only the first 500 have figures; consumers are not named")
	if around.Kind != backends.KindQueue && around.Kind != backends.KindStream {
		return nil
	}
	var row management.QueueAttached
	err := s.client.Get(ctx, management.To("/api/queues/{vhost}/{name}", s.address.vhost, around.Name), nil, &row)
	if err == nil {
		row.Name = around.Name
		d.queues = slices.DeleteFunc(d.queues, func(q management.Queue) bool { return q.Name == around.Name })
		d.queues = append(d.queues, row.Queue)
		d.consumers = row.Attached
	}
	return ctx.Err()
}

// allConsumers returns the consumers of the vhost, from a listing that is asked for as seldom as that of
// bindings.
func (t *topology) allConsumers(ctx context.Context) ([]management.Attached, error) {
	t.mu.Lock()
	kept := t.consumers
	t.mu.Unlock()
	if time.Now().Before(kept.until) {
		return kept.value, nil
	}
	start := time.Now()
	var all management.List[management.Attached]
	if err := t.client.Get(ctx, management.To("/api/consumers/{vhost}", t.vhost), nil, &all); err != nil {
		return kept.value, err
	}
	wait := max(consumersAge, topologyShare*time.Since(start))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.consumers = cached[[]management.Attached]{all, time.Now().Add(wait)}
	return all, nil
}

// consumersAge is how long a listing of consumers is good at least: they come and go more often than
// bindings.
const consumersAge = 4 * time.Second

// topologyFrom converts what was read, in the order of names.
func (s *source) topologyFrom(d declared) backends.Topology {
	t := backends.Topology{Notes: d.notes}
	for _, x := range d.exchanges {
		alternate, _ := x.Alternate(d.policies)
		c := channelFrom(x, d.bindings[x.Name], alternate)
		c.InRate = s.slopes.rate("exchange in "+x.Name, x.Stats.Value.InD, x.Stats.Value.In)
		c.OutRate = s.slopes.rate("exchange out "+x.Name, x.Stats.Value.OutD, x.Stats.Value.Out)
		t.Exchanges = append(t.Exchanges, c)
	}
	known := map[string]bool{}
	for _, q := range d.queues {
		known[q.Name] = true
		t.Queues = append(t.Queues, s.queueFrom(q))
	}
	ours := s.ownQueues()
	for _, bindings := range d.bindings {
		for _, b := range bindings {
			if b.Kind == "queue" && !known[b.Destination] && !ours[b.Destination] {
				known[b.Destination] = true
				t.Queues = append(t.Queues, backends.Queue{Name: b.Destination})
			}
		}
	}
	slices.SortFunc(t.Exchanges, func(a, b backends.Channel) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(t.Queues, func(a, b backends.Queue) int { return cmp.Compare(a.Name, b.Name) })
	t.Subscribers = subscribersFrom(d.consumers, t.Queues)
	t.Edges = edgesOf(d, t)
	t.Flaws = flawsOf(d, t)
	return t
}

// subscribersFrom are the consumers in the order of queues and tags.
func subscribersFrom(consumers []management.Attached, queues []backends.Queue) []backends.Subscriber {
	rates := map[string]backends.Rate{}
	for _, q := range queues {
		if q.Consumers.Known() && q.Consumers.Value == 1 {
			rates[q.Name] = q.OutRate // all that is taken is taken by the one, but for single gets
		}
	}
	out := make([]backends.Subscriber, 0, len(consumers))
	for _, c := range consumers {
		rate := rates[c.Queue.Name]
		if rate.Known() {
			rate.Certainty = backends.About
		}
		out = append(out, backends.Subscriber{
			Queue: c.Queue.Name, Tag: c.Tag, Client: c.Client(), User: string(c.Channel.Value.User), Channel: c.Channel.Value.Number.Count().Value,
			Waiting: c.Activity == "waiting", Rate: rate,
		})
	}
	slices.SortStableFunc(out, func(a, b backends.Subscriber) int {
		return cmp.Or(cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Tag, b.Tag), cmp.Compare(a.Client, b.Client))
	})
	return out
}

// deadLetters is where a queue's dead letters go.
type deadLetters struct {
	exchange string // "" is the default exchange
	key      string
	// keyed says that they get a key; otherwise they keep theirs.
	keyed bool
}

// deadLettersOf returns where the dead letters of each queue go that keeps them.
func (d declared) deadLettersOf() map[string]deadLetters {
	out := map[string]deadLetters{}
	for _, q := range d.queues {
		if exchange, ok := q.Setting("dead-letter-exchange"); ok {
			key, keyed := q.Setting("dead-letter-routing-key")
			out[q.Name] = deadLetters{exchange, key, keyed}
		}
	}
	return out
}

func exchangeTarget(name string) backends.Target {
	return backends.Target{Kind: backends.KindExchange, Name: exchangeName(name)}
}

func queueTarget(name string) backends.Target {
	return backends.Target{Kind: backends.KindQueue, Name: name}
}

// sorted are the keys of a map in order.
func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
