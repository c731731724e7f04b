package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

const (
	// channelsEvery is how seldom the channels are listed: PUBSUB CHANNELS has no limit and
	// takes the server milliseconds when there are many.
	channelsEvery = 10 * time.Second
	// maxChannels bounds the channels whose subscribers are counted, numSubAtOnce those of one
	// request.
	maxChannels, numSubAtOnce = 10_000, 100
)

// channels is the role of pub/sub.
type channels struct{ s *source }

// channelList is the last answer of PUBSUB.
type channelList struct {
	mu       sync.Mutex
	at       time.Time
	gen      uint64
	channels []backends.Channel
	notes    []string
	beyond   bool
}

// own counts the subscriptions of our own taps. They are left out of listings: a tap must not
// make the channel appear that it waits for.
type own struct {
	mu    sync.Mutex
	count map[string]int64
}

func (o *own) add(typ, name string, n int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count == nil {
		o.count = map[string]int64{}
	}
	key := typ + "/" + name
	if o.count[key] += n; o.count[key] == 0 {
		delete(o.count, key)
	}
}

func (o *own) of(typ, name string) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count[typ+"/"+name]
}

// patterns reports whether any of our taps is by a pattern.
func (o *own) patterns() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key := range o.count {
		if strings.HasPrefix(key, "pattern/") {
			return true
		}
	}
	return false
}

// ListChannels implements backends.Channels.
func (c channels) ListChannels(ctx context.Context, q backends.Query) (backends.Page[backends.Channel], error) {
	var page backends.Page[backends.Channel]
	known := &c.s.channels
	known.mu.Lock()
	defer known.mu.Unlock()
	gen := c.s.generation()
	if q.Complete || time.Since(known.at) > channelsEvery || known.gen != gen {
		if err := c.refresh(ctx, known); err != nil {
			return page, err
		}
	} else if _, err := c.s.many(ctx, []command{{"PING"}}); err != nil {
		return page, err
	}
	all := known.channels
	if q.Match != "" {
		all = slices.DeleteFunc(slices.Clone(all), func(ch backends.Channel) bool { return !strings.Contains(ch.Name, q.Match) })
	}
	page.Total = backends.ExactCount(int64(len(all)))
	if known.beyond {
		page.Total.Certainty = backends.AtLeast
	}
	page.Notes = slices.Clone(known.notes)
	all = all[min(max(q.Offset, 0), len(all)):]
	if limit := q.Limit; limit > 0 || !q.Complete {
		if limit <= 0 {
			limit = paneRows
		}
		all = all[:min(limit, len(all))]
	}
	page.Items = slices.Clone(all)
	return page, nil
}

// refresh asks every server for the channels that its own clients listen to, and how many of
// them. The caller holds mu.
func (c channels) refresh(ctx context.Context, known *channelList) error {
	nodes, err := c.s.servers.everyone(ctx)
	if err != nil {
		return err
	}
	next := channelList{at: time.Now()}
	kinds := []*census{
		{typ: "channel", list: "CHANNELS", count: "NUMSUB", counts: map[string]backends.Count{}},
		{typ: "shard", list: "SHARDCHANNELS", count: "SHARDNUMSUB", counts: map[string]backends.Count{}},
	}
	patterns, silent := int64(0), 0
	for _, said := range askAll(ctx, nodes, []command{{"PUBSUB", "CHANNELS"}, {"PUBSUB", "NUMPAT"}, {"PUBSUB", "SHARDCHANNELS"}}) {
		if err = said.err; err == nil {
			err = said.answers[0].err
		}
		if err == nil {
			err = kinds[0].add(ctx, said.node, said.answers[0].value)
		}
		if err == nil && said.answers[2].err == nil {
			err = kinds[1].add(ctx, said.node, said.answers[2].value)
		}
		if err != nil {
			if silent++; silent == len(nodes) || backends.ReasonOf(err) != backends.Unreachable {
				return err
			}
			next.notes = append(next.notes, said.node.at.addr+" does not answer: its clients are not counted")
			continue
		}
		n, _ := said.answers[1].value.(int64)
		patterns += n
	}
	if patterns > 0 {
		next.notes = append(next.notes, c.patternNote(patterns))
	}
	for _, k := range kinds {
		k.result(&next, &c.s.own)
	}
	slices.SortStableFunc(next.channels, func(a, b backends.Channel) int { return strings.Compare(a.Name+" "+a.Type, b.Name+" "+b.Type) })
	known.at, known.gen, known.channels = next.at, c.s.generation(), next.channels
	known.notes, known.beyond = next.notes, next.beyond
	return nil
}

func (c channels) patternNote(n int64) string {
	ours := ""
	if c.s.own.patterns() {
		ours = ", ours among them,"
	}
	return fmt.Sprintf("%s%s cannot be listed", counted(int(n), "pattern subscription"), ours)
}

// census counts the subscribers of one sort of channels over all servers.
type census struct {
	typ, list, count string
	counts           map[string]backends.Count
	most             int // channels of one server, where that is more than are counted
}

// add counts the subscribers of a server's channels.
func (k *census) add(ctx context.Context, n *node, listed any) error {
	names := texts(listed)
	slices.Sort(names)
	if len(names) > maxChannels {
		k.most = max(k.most, len(names))
		names = names[:maxChannels]
	}
	for part := range slices.Chunk(names, numSubAtOnce) {
		cmd := command{"PUBSUB", k.count}
		for _, name := range part {
			cmd = append(cmd, name)
		}
		v, err := n.one(ctx, cmd...)
		if err != nil && backends.ReasonOf(err) == backends.Unreachable {
			return err
		}
		counts := fieldsOf(v)
		for _, name := range part {
			k.counts[name] = sumOf(k.counts[name], countOf(counts, name))
		}
	}
	return nil
}

// sumOf adds what another server counted; of what one of them does not tell the sum is a bound.
func sumOf(sum, n backends.Count) backends.Count {
	switch {
	case !sum.Known():
		return n
	case !n.Known():
		sum.Certainty = backends.AtLeast
		return sum
	}
	sum.Value += n.Value
	return sum
}

// result puts the channels into the list, without those that only we listen to.
func (k *census) result(list *channelList, own *own) {
	if k.most > 0 {
		list.beyond = true
		list.notes = append(list.notes, fmt.Sprintf("%d channels; the first %d are listed", k.most, maxChannels))
	}
	for name, n := range k.counts {
		if n.Value -= own.of(k.typ, name); n.Known() && n.Value <= 0 {
			continue
		}
		list.channels = append(list.channels, backends.Channel{Name: name, Type: k.typ, Subscribers: n})
	}
}

// isPattern reports whether a name is one for PSUBSCRIBE, as the server reads it
// (redis.io/docs/latest/commands/psubscribe).
func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// PlanTap implements backends.Channels.
func (c channels) PlanTap(_ context.Context, target backends.Target) (backends.Plan, error) {
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
	return plan, nil
}

// Tap implements backends.Channels.
func (c channels) Tap(ctx context.Context, look backends.Look) (*backends.Tail, error) {
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
	return c.s.adopt(ctx, look.Target, func(ctx context.Context, t *backends.Tail) {
		tap := &tap{tail: t, own: &c.s.own, shards: c.s.sharded(ctx), meter: meter{tracer: c.s.tracer, operation: "process", target: look.Target.Name}}
		f := &follower{s: c.s, tail: t, session: tap.session, marksGaps: true}
		if isPattern(look.Target.Name) {
			f.dial = c.s.anyWire // no server has it for its own
		}
		f.run(ctx)
		tap.meter.flush()
	})
}
