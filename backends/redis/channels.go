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

// refresh asks for all channels that have subscribers, and how many. The caller holds mu.
func (c channels) refresh(ctx context.Context, known *channelList) error {
	answers, err := c.s.many(ctx, []command{{"PUBSUB", "CHANNELS"}, {"PUBSUB", "NUMPAT"}})
	if err == nil {
		err = answers[0].err
	}
	if err != nil {
		return err
	}
	next := channelList{at: time.Now()}
	if n, ok := answers[1].value.(int64); ok && n > 0 {
		ours := ""
		if c.s.own.patterns() {
			ours = ", ours among them,"
		}
		noun := "subscriptions"
		if n == 1 {
			noun = "subscription"
		}
		next.notes = append(next.notes, fmt.Sprintf("%d pattern %s%s cannot be listed", n, noun, ours))
	}
	if err := c.count(ctx, &next, texts(answers[0].value), "NUMSUB", "channel"); err != nil {
		return err
	}
	if f, _ := c.s.learn(ctx); f.atLeast(7) {
		shards, err := c.s.one(ctx, "PUBSUB", "SHARDCHANNELS")
		if err == nil {
			err = c.count(ctx, &next, texts(shards), "SHARDNUMSUB", "shard")
		}
		if err != nil && backends.ReasonOf(err) == backends.Unreachable {
			return err
		}
	}
	slices.SortStableFunc(next.channels, func(a, b backends.Channel) int { return strings.Compare(a.Name, b.Name) })
	known.at, known.gen, known.channels = next.at, c.s.generation(), next.channels
	known.notes, known.beyond = next.notes, next.beyond
	return nil
}

// count adds channels with the numbers of their subscribers.
func (c channels) count(ctx context.Context, list *channelList, names []string, verb, typ string) error {
	slices.Sort(names)
	if len(names) > maxChannels {
		list.beyond = true
		list.notes = append(list.notes, fmt.Sprintf("%d channels; the first %d are listed", len(names), maxChannels))
		names = names[:maxChannels]
	}
	for part := range slices.Chunk(names, numSubAtOnce) {
		cmd := command{"PUBSUB", verb}
		for _, name := range part {
			cmd = append(cmd, name)
		}
		v, err := c.s.one(ctx, cmd...)
		if err != nil && backends.ReasonOf(err) == backends.Unreachable {
			return err
		}
		counts := fieldsOf(v)
		for _, name := range part {
			n := countOf(counts, name)
			if n.Value -= c.s.own.of(typ, name); n.Known() && n.Value <= 0 {
				continue
			}
			list.channels = append(list.channels, backends.Channel{Name: name, Type: typ, Subscribers: n})
		}
	}
	return nil
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
		f, _ := c.s.learn(ctx)
		tap := &tap{tail: t, own: &c.s.own, shards: f.atLeast(7), meter: meter{tracer: c.s.tracer, operation: "process", target: look.Target.Name}}
		(&follower{s: c.s, tail: t, session: tap.session, marksGaps: true}).run(ctx)
		tap.meter.flush()
	})
}
