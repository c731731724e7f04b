package redis

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

const (
	// channelsEvery is how seldom the channels are listed. PUBSUB CHANNELS has no limit and takes a
	// server about 2 µs for a name: it is asked so seldom, too, that this is a thousandth of its time.
	channelsEvery   = 10 * time.Second
	channelsPerName = 2 * time.Millisecond
	// maxChannels bounds the names kept of a listing, numSubAtOnce those of one command.
	maxChannels, numSubAtOnce = 100_000, 100
)

// channels is the role of pub/sub.
type channels struct{ s *source }

// channelID is a channel of one sort: a sharded one has a name of its own.
type channelID struct{ name, typ string }

func byName(a, b channelID) int {
	return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.typ, b.typ))
}

// channelList is the last answer of PUBSUB CHANNELS.
type channelList struct {
	mu     sync.Mutex
	at     time.Time
	every  time.Duration // how long it serves
	gen    uint64
	names  []channelID
	use    func(name string) string
	notes  []string
	beyond bool
}

// ListChannels implements backends.Channels. The names are asked for seldom; the subscribers of the
// page's rows, and what our own taps hear, are of now.
func (c channels) ListChannels(ctx context.Context, q backends.Query) (backends.Page[backends.Channel], error) {
	var page backends.Page[backends.Channel]
	known := &c.s.channels
	known.mu.Lock()
	defer known.mu.Unlock()
	nodes, err := c.s.servers.everyone(ctx)
	if err != nil {
		return page, err
	}
	if q.Complete || time.Since(known.at) > known.every || known.gen != c.s.generation() {
		if err := c.refresh(ctx, nodes, known); err != nil {
			return page, err
		}
	}
	names := withHeard(known.names, c.s.own.routes())
	if q.Match != "" {
		names = slices.DeleteFunc(slices.Clone(names), func(id channelID) bool { return !strings.Contains(id.name, q.Match) })
	}
	page.Total = backends.ExactCount(int64(len(names)))
	if known.beyond {
		page.Total.Certainty = backends.AtLeast
	}
	page.Notes = slices.Clone(known.notes)
	names = names[min(max(q.Offset, 0), len(names)):]
	if limit := q.Limit; limit > 0 || !q.Complete {
		names = names[:min(cmp.Or(max(limit, 0), paneRows), len(names))]
	}
	counts, note, err := c.subscribers(ctx, nodes, names)
	if err != nil {
		return page, err
	}
	if note != "" {
		page.Notes = append(page.Notes, note)
	}
	for _, id := range names {
		page.Items = append(page.Items, c.row(id, counts[id], known.use))
	}
	return page, nil
}

// row is a channel with what is known of it; others counts subscribers that are not ours.
func (c channels) row(id channelID, others backends.Count, use func(string) string) backends.Channel {
	ch := backends.Channel{Name: id.name, Type: id.typ, Subscribers: others, Use: use(id.name)}
	if f, heard := c.s.own.hears(id); heard {
		ch.Heard, ch.InRate, ch.ByteRate = true, f.Rate, f.ByteRate
	}
	return ch
}

// withHeard adds the channels that a tap of ours has heard something by to those that have
// subscribers; both are in order.
func withHeard(listed, heard []channelID) []channelID {
	if len(heard) == 0 {
		return listed
	}
	out := append(slices.Clone(listed), heard...)
	slices.SortFunc(out, byName)
	return slices.Compact(out)
}

// refresh asks every server for the channels that its own clients listen to.
func (c channels) refresh(ctx context.Context, nodes []*node, known *channelList) error {
	next := channelList{at: time.Now()}
	var names []channelID
	patterns, silent, most := int64(0), 0, 0
	asked := []command{{"PUBSUB", "CHANNELS"}, {"PUBSUB", "NUMPAT"}, {"PUBSUB", "SHARDCHANNELS"}}
	for _, said := range askAll(ctx, nodes, asked) {
		err := said.err
		if err == nil {
			err = said.answers[0].err
		}
		if err != nil {
			if silent++; silent == len(nodes) || backends.ReasonOf(err) != backends.Unreachable {
				return err
			}
			next.notes = append(next.notes, said.node.at.addr+" does not answer: its clients are not counted")
			continue
		}
		exact, shards := texts(said.answers[0].value), texts(said.answers[2].value)
		most = max(most, len(exact)+len(shards))
		names = appendNames(appendNames(names, "channel", exact), "shard", shards)
		n, _ := said.answers[1].value.(int64)
		patterns += n
		next.lacks("pattern subscriptions are not counted", said.answers[1].err)
		next.lacks("sharded channels are not listed", said.answers[2].err)
	}
	if patterns > 0 {
		next.notes = append(next.notes, c.patternNote(patterns))
	}
	slices.SortFunc(names, byName)
	names = slices.Compact(names)
	next.every = max(channelsEvery, time.Duration(most)*channelsPerName)
	if next.every > channelsEvery {
		next.notes = append(next.notes, fmt.Sprintf("%d channels: new ones are looked for each %d s", most, int(next.every.Seconds())))
	}
	if len(names) > maxChannels {
		next.notes = append(next.notes, fmt.Sprintf("%d channels; the first %d are listed", len(names), maxChannels))
		names, next.beyond = names[:maxChannels], true
	}
	names, err := c.withoutOurs(ctx, nodes, names)
	if err != nil {
		return err
	}
	known.at, known.every, known.gen, known.names = next.at, next.every, c.s.generation(), names
	known.use, known.notes, known.beyond = channelUses(names), next.notes, next.beyond
	return nil
}

// lacks notes what a missing right keeps from the listing, once. A server without the command lacks nothing.
func (l *channelList) lacks(what string, err error) {
	if err == nil || backends.ReasonOf(err) != backends.Denied {
		return
	}
	if note := what + ": " + causeText(err); !slices.Contains(l.notes, note) {
		l.notes = append(l.notes, note)
	}
}

func appendNames(to []channelID, typ string, names []string) []channelID {
	for _, name := range names {
		to = append(to, channelID{name, typ})
	}
	return to
}

// patternNote says that there are listeners whom no command of the server names, short enough for a line.
func (c channels) patternNote(n int64) string {
	note := "listeners by " + counted(int(n), "pattern") + " are invisible"
	if c.s.own.patterns() {
		note += " (we are one)"
	}
	return note
}

// withoutOurs leaves out channels that only our own taps are subscribed to: a tap must not make the
// channel appear that it waits for.
func (c channels) withoutOurs(ctx context.Context, nodes []*node, names []channelID) ([]channelID, error) {
	ours := slices.DeleteFunc(c.s.own.exact(), func(id channelID) bool {
		_, listed := slices.BinarySearchFunc(names, id, byName)
		return !listed
	})
	counts, _, err := c.subscribers(ctx, nodes, ours)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(id channelID) bool {
		n, ok := counts[id]
		return ok && n.Known() && n.Value <= 0
	}), nil
}

// subscribers counts the subscribers of channels on all servers, ours left out. The note says why
// they are not known.
func (c channels) subscribers(ctx context.Context, nodes []*node, ids []channelID) (counts map[channelID]backends.Count, note string, err error) {
	counts = make(map[channelID]backends.Count, len(ids))
	var cmds []command
	var parts [][]channelID
	for typ, count := range map[string]string{"channel": "NUMSUB", "shard": "SHARDNUMSUB"} {
		all := slices.DeleteFunc(slices.Clone(ids), func(id channelID) bool { return id.typ != typ })
		for part := range slices.Chunk(all, numSubAtOnce) {
			cmd := command{"PUBSUB", count}
			for _, id := range part {
				cmd = append(cmd, id.name)
			}
			cmds, parts = append(cmds, cmd), append(parts, part)
		}
	}
	if len(cmds) == 0 { // the listing has nothing to ask, yet its reader wants to know if the server is there
		cmds = []command{{"PING"}}
	}
	silent := 0
	for _, said := range askAll(ctx, nodes, cmds) {
		if said.err != nil {
			if silent++; silent == len(nodes) || backends.ReasonOf(said.err) != backends.Unreachable {
				return nil, "", said.err
			}
			continue
		}
		for i, part := range parts {
			if a := said.answers[i]; a.err != nil && backends.ReasonOf(a.err) == backends.Denied {
				note = "subscribers are not counted: " + causeText(a.err)
			}
			fields := fieldsOf(said.answers[i].value)
			for _, id := range part {
				counts[id] = sumOf(counts[id], countOf(fields, id.name))
			}
		}
	}
	for id, n := range counts {
		if n.Value = max(n.Value-c.s.own.of(id), 0); silent > 0 && n.Known() {
			n.Certainty = backends.AtLeast
		}
		counts[id] = n
	}
	return counts, note, nil
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
