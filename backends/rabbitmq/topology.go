package rabbitmq

import (
	"context"
	"errors"
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// defaultExchange is how the server calls the exchange with the empty name.
const defaultExchange = "amq.default"

// The rhythm of what changes seldom and costs much to ask.
const (
	topologyAge   = 10 * time.Second
	topologyShare = 50 // times as long as asking took
)

// tapMark is the argument or routing key of the bindings that taps make, so that no tap takes another's
// binding for a real one.
const tapMark = "x-bustop-tap"

// topology lists exchanges, bindings and policies.
type topology struct {
	client    *management.Client
	vhost     string
	exchanges *management.Lister[management.Exchange]

	mu       sync.Mutex
	bindings map[string][]management.Binding // by source
	note     string                          // why bindings are missing
	next     time.Time                       // when to ask for bindings again
	policies cached[[]management.Policy]
	// consumers are read only for the topology.
	consumers cached[[]management.Attached]

	meters meters
}

func newTopology(c *management.Client, vhost string) *topology {
	return &topology{client: c, vhost: vhost, exchanges: &management.Lister[management.Exchange]{
		Client: c, Route: management.To("/api/exchanges/{vhost}", vhost), Columns: management.ExchangeColumns,
		Name: func(r management.Exchange) string { return exchangeName(r.Name) },
	}}
}

// cached keeps an answer for a while.
type cached[T any] struct {
	value T
	until time.Time
}

// allBindings returns the bindings of the vhost by source, without those of taps and of the
// default exchange, and a note when they could not be had. A fresh answer is asked for when the
// last one is too old.
func (t *topology) allBindings(ctx context.Context, fresh bool) (map[string][]management.Binding, string) {
	t.mu.Lock()
	bindings, note, next := t.bindings, t.note, t.next
	t.mu.Unlock()
	if !fresh && time.Now().Before(next) {
		return bindings, note
	}
	start := time.Now()
	var all management.List[management.Binding]
	err := t.client.Get(ctx, management.To("/api/bindings/{vhost}", t.vhost), nil, &all)
	wait := max(topologyAge, topologyShare*time.Since(start))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next = time.Now().Add(wait)
	if err != nil {
		var ours *backends.Error
		if t.note = "no bindings"; errors.As(err, &ours) {
			t.note += ": " + ours.What
		}
		return t.bindings, t.note
	}
	t.bindings, t.note = map[string][]management.Binding{}, ""
	for _, b := range all {
		if b.Source != "" && !ofTap(b) {
			t.bindings[b.Source] = append(t.bindings[b.Source], b)
		}
	}
	return t.bindings, ""
}

// ofTap reports whether a tap made the binding.
func ofTap(b management.Binding) bool {
	_, marked := b.Arguments[tapMark]
	return marked || b.Key == tapMark
}

// vhostPolicies returns the policies of the vhost, operators' ones included.
func (t *topology) vhostPolicies(ctx context.Context) ([]management.Policy, error) {
	t.mu.Lock()
	kept := t.policies
	t.mu.Unlock()
	if time.Now().Before(kept.until) {
		return kept.value, nil
	}
	var all []management.Policy
	for _, template := range []string{"/api/policies/{vhost}", "/api/operator-policies/{vhost}"} {
		var some management.List[management.Policy]
		if err := t.client.Get(ctx, management.To(template, t.vhost), nil, &some); err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	t.mu.Lock()
	t.policies = cached[[]management.Policy]{all, time.Now().Add(topologyAge)}
	t.mu.Unlock()
	return all, nil
}

// ListChannels lists the exchanges of the vhost with their bindings.
func (s *source) ListChannels(ctx context.Context, q backends.Query) (backends.Page[backends.Channel], error) {
	var (
		found    management.Rows[management.Exchange]
		bindings map[string][]management.Binding
		policies []management.Policy
		notes    []string
	)
	err := s.manage(ctx, func(ctx context.Context) error {
		var err error
		if found, err = s.topology.exchanges.Read(ctx, q); err != nil {
			return err
		}
		var note string
		if bindings, note = s.topology.allBindings(ctx, q.Complete); note != "" {
			notes = append(notes, note)
		}
		// Alternate exchanges by policy need the policies; without the right to read them only
		// those by argument are shown.
		policies, err = s.topology.vhostPolicies(ctx)
		if err != nil {
			notes = append(notes, "policies cannot be read: alternate exchanges set by them are missing")
		}
		return ctx.Err()
	})
	if err != nil {
		return backends.Page[backends.Channel]{}, err
	}
	all := func(management.Exchange) bool { return true }
	page := management.PageOf(found, q, s.topology.exchanges.Name, all, func(r management.Exchange) backends.Channel {
		alternate, _ := r.Alternate(policies)
		c := channelFrom(r, bindings[r.Name], alternate)
		c.InRate = s.slopes.rate("exchange in "+r.Name, r.Stats.Value.InD, r.Stats.Value.In)
		c.OutRate = s.slopes.rate("exchange out "+r.Name, r.Stats.Value.OutD, r.Stats.Value.Out)
		if bindings == nil || r.Name == "" {
			c.Subscribers = backends.Count{}
		}
		return c
	})
	page.Notes = append(page.Notes, notes...)
	return page, nil
}

func channelFrom(r management.Exchange, bindings []management.Binding, alternate string) backends.Channel {
	c := backends.Channel{
		Name: exchangeName(r.Name), Type: string(r.Type), Alternate: alternate, Flags: r.Flags(),
	}
	if r.Name == "" {
		c.Flags = append(c.Flags, "default") // bound to every queue by the queue's name
		return c
	}
	destinations := map[string]bool{}
	for _, b := range bindings {
		destination := b.Target()
		destinations[destination.String()] = true
		c.Bindings = append(c.Bindings, backends.Binding{
			Destination: destination, RoutingKey: b.Key, Arguments: argumentFields(b.Arguments),
		})
	}
	c.Subscribers = backends.ExactCount(int64(len(destinations)))
	return c
}
