package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/spans"
)

// maxTapped bounds the channels and patterns of one tail. In a cluster each takes a connection of
// its own, as its server may be another one.
const maxTapped, maxTappedApart = 32, 8

// isPattern reports whether a name is one for PSUBSCRIBE, as the server reads it
// (redis.io/docs/latest/commands/psubscribe).
func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// PlanTap implements backends.Channels.
func (c channels) PlanTap(ctx context.Context, target backends.Target) (backends.Plan, error) {
	plan := backends.Plan{Target: target, Consent: backends.Free}
	switch {
	case target.Kind != backends.KindChannel || target.Name == "":
		plan.Consent = backends.Refused
		return plan, &backends.Error{
			Reason: backends.BadUsage, Source: c.s.at.shown, Object: target.String(),
			What: "only channels and patterns can be watched", Advice: "channel/NAME or channel/PREFIX*",
		}
	case strings.Trim(target.Name, "*") == "":
		plan.Consent = backends.Confirm
		plan.Effects = []string{"Every message of every channel is sent here: the server does work and network traffic for each PUBLISH."}
	case isPattern(target.Name):
		plan.Effects = []string{"The server matches each PUBLISH against this pattern while it is watched."}
	}
	if keyEvents(target.Name) {
		plan.Effects = append(plan.Effects, c.eventsNote(ctx)...)
	}
	return plan, nil
}

// eventsNote says whether key events come at all: servers publish none unless they are set to, and
// setting that is not ours.
func (c channels) eventsNote(ctx context.Context) []string {
	v, err := c.s.one(ctx, "CONFIG", "GET", "notify-keyspace-events")
	switch flags, set := fieldsOf(v)["notify-keyspace-events"].(string); {
	case err != nil || !set:
		return []string{"Whether the server publishes key events is not known: CONFIG GET notify-keyspace-events is not answered."}
	case !strings.ContainsAny(flags, "KE"):
		return []string{"The server publishes no key events: notify-keyspace-events is not set."}
	default:
		return []string{"The server publishes key events of the classes " + flags + "."}
	}
}

// Tap implements backends.Channels.
func (c channels) Tap(ctx context.Context, look backends.Look) (*backends.Tail, error) {
	return c.TapAll(ctx, []backends.Look{look})
}

// TapAll implements backends.ChannelMixer.
func (c channels) TapAll(ctx context.Context, looks []backends.Look) (*backends.Tail, error) {
	var names []string
	for _, look := range looks {
		plan, err := c.PlanTap(ctx, look.Target)
		if err != nil {
			return nil, err
		}
		if !plan.Allows(look) {
			return nil, &backends.Error{
				Reason: backends.NotAllowed, Source: c.s.at.shown, Object: look.Target.Name,
				What: "this look needs a yes", Err: backends.ErrRefused,
			}
		}
		if !slices.Contains(names, look.Target.Name) {
			names = append(names, look.Target.Name)
		}
	}
	most := maxTapped
	if c.s.at.layout == clusters {
		most = maxTappedApart
	}
	if len(names) == 0 || len(names) > most {
		return nil, &backends.Error{
			Reason: backends.BadUsage, Source: c.s.at.shown,
			What: fmt.Sprintf("%d channels at once: from 1 to %d can be watched", len(names), most), Advice: "a pattern watches many",
		}
	}
	target := backends.Target{Kind: backends.KindChannel, Name: strings.Join(names, " ")}
	return c.s.adopt(ctx, target, func(ctx context.Context, t *backends.Tail) {
		parts, err := c.ears(ctx, names)
		for err != nil && ctx.Err() == nil {
			parts, err = c.waitForEars(ctx, t, names, err)
		}
		c.listen(ctx, t, parts)
	})
}

// ear is what one connection of a tap listens to.
type ear struct {
	subs []channelID
	dial func(ctx context.Context, name string) (*wire, func(), error)
}

// ears are the connections that it takes to hear all names: of one server one. In a cluster each name
// has its own, as a sharded channel lives where its slot does; key events are told by each master.
func (c channels) ears(ctx context.Context, names []string) ([]ear, error) {
	shards := c.s.sharded(ctx)
	if c.s.at.layout != clusters {
		all := ear{dial: c.s.anyWire}
		for _, name := range names {
			all.subs = append(all.subs, subscriptions(name, shards)...)
		}
		return []ear{all}, nil
	}
	var out []ear
	for _, name := range names {
		switch {
		case keyEvents(name):
		case isPattern(name):
			out = append(out, ear{subscriptions(name, shards), c.s.anyWire})
			continue
		default:
			owner := func(ctx context.Context, _ string) (*wire, func(), error) { return c.s.wire(ctx, name) }
			out = append(out, ear{subscriptions(name, shards), owner})
			continue
		}
		nodes, err := c.s.masters(ctx)
		if err != nil {
			return nil, err
		}
		for _, n := range nodes {
			own := func(ctx context.Context, _ string) (*wire, func(), error) { return n.wire(ctx) }
			out = append(out, ear{subscriptions(name, false), own})
		}
	}
	return out, nil
}

// waitForEars tries again to learn which servers there are.
func (c channels) waitForEars(ctx context.Context, t *backends.Tail, names []string, err error) ([]ear, error) {
	t.Update(func(st *backends.TailState) { st.State, st.Err = backends.Down, err })
	select {
	case <-time.After(lastRetry):
		return c.ears(spans.Unasked(ctx), names)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// subscriptions are what a name is subscribed as: a channel and, where the server has such, a sharded
// channel of the same name; or a pattern, which does not reach the latter.
func subscriptions(name string, shards bool) []channelID {
	switch {
	case isPattern(name):
		return []channelID{{name, "pattern"}}
	case shards:
		return []channelID{{name, "channel"}, {name, "shard"}}
	}
	return []channelID{{name, "channel"}}
}

// listen keeps all parts of a tap going until ctx ends.
func (c channels) listen(ctx context.Context, t *backends.Tail, ears []ear) {
	whole := &chorus{tail: t, states: make([]backends.State, len(ears)), errs: make([]error, len(ears))}
	var all sync.WaitGroup
	for i, e := range ears {
		all.Go(func() {
			one := &tap{tail: t, own: &c.s.own, subs: e.subs, meter: meter{ctx: ctx, tracer: c.s.tracer, operation: "process", target: t.Target.Name}}
			(&follower{
				s: c.s, tail: t, session: one.session, marksGaps: true, dial: e.dial,
				part: func(state backends.State, err error) { whole.report(i, state, err) },
			}).run(ctx)
		})
	}
	all.Wait()
}

// chorus is the state of a tail of several parts: live when all of them are, stale when some are not.
type chorus struct {
	tail   *backends.Tail
	mu     sync.Mutex
	states []backends.State
	errs   []error
}

func (c *chorus) report(i int, state backends.State, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.states[i], c.errs[i] = state, err
	live := 0
	var fault error
	for i, s := range c.states {
		if s == backends.Live {
			live++
		} else if fault == nil {
			fault = c.errs[i]
		}
	}
	sum := backends.Down
	switch {
	case live == len(c.states):
		sum, fault = backends.Live, nil
		c.tail.Flows.Run()
	case live > 0 && fault == nil:
		sum = backends.Connecting
	case live > 0:
		sum = backends.Stale
	}
	if live < len(c.states) {
		c.tail.Flows.Stop()
	}
	c.tail.Update(func(st *backends.TailState) { st.State, st.Err = sum, fault })
}
