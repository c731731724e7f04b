package rabbitmq

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// The bounds of joining consumers to channels and connections.
const (
	// joinsAtOnce is how many channels, and as many connections, are asked for in one round; with
	// more consumers the oldest answers are renewed first.
	joinsAtOnce = 16
	// joinsKept bounds how many are remembered; joinAge is how long one that nobody asks for is.
	joinsKept = 4000
	joinAge   = 5 * time.Minute
)

// joins remembers channels or connections by name.
type joins[T any] struct {
	mu   sync.Mutex
	kept map[string]joined[T]
	// denied is why others than our own cannot be read.
	denied error
}

// joined is an answer and when it came. A nil value was not there, or not ours to see.
type joined[T any] struct {
	value *T
	at    time.Time
}

// renew asks for some of the names again, those first of which least is known. It stops where the
// server does not answer.
func (j *joins[T]) renew(ctx context.Context, names []string, ask func(context.Context, string, *T) error) {
	for _, name := range j.oldest(names) {
		value := new(T)
		err := ask(ctx, name, value)
		j.mu.Lock()
		switch backends.ReasonOf(err) {
		case backends.NotFound, backends.Denied:
			value = nil
		default:
			if err != nil {
				j.mu.Unlock()
				return
			}
		}
		if backends.ReasonOf(err) == backends.Denied && err != nil {
			j.denied = err
		}
		j.kept[name] = joined[T]{value, time.Now()}
		j.mu.Unlock()
	}
}

// oldest are the names to ask for in this round.
func (j *joins[T]) oldest(names []string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.kept == nil || len(j.kept) > joinsKept {
		j.kept = map[string]joined[T]{}
	}
	for name, k := range j.kept {
		if time.Since(k.at) > joinAge {
			delete(j.kept, name)
		}
	}
	j.denied = nil
	wanted := slices.Clone(names)
	slices.SortStableFunc(wanted, func(a, b string) int { return j.kept[a].at.Compare(j.kept[b].at) })
	return wanted[:min(joinsAtOnce, len(wanted))]
}

// of returns what is known of a name.
func (j *joins[T]) of(name string) (T, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if k := j.kept[name]; k.value != nil {
		return *k.value, true
	}
	var none T
	return none, false
}

// missing counts the names that nothing is known of yet.
func (j *joins[T]) missing(names []string) int {
	n := 0
	for _, name := range names {
		if _, ok := j.of(name); !ok {
			n++
		}
	}
	return n
}

func (j *joins[T]) refusal() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.denied
}

// joinReaders joins consumers to their channels and connections.
func (s *source) joinReaders(ctx context.Context, consumers []management.Consumer, notes *[]string) []backends.QueueReader {
	channels, connections := namesOf(consumers)
	d := &s.describer
	d.channels.renew(ctx, channels, func(ctx context.Context, name string, into *management.Channel) error {
		return s.client.Get(ctx, management.To("/api/channels/{channel}", name), columns(management.ChannelFields), into)
	})
	d.peers.renew(ctx, connections, func(ctx context.Context, name string, into *management.Peer) error {
		return s.client.Get(ctx, management.To("/api/connections/{connection}", name), columns(management.PeerFields), into)
	})
	readers := make([]backends.QueueReader, 0, len(consumers))
	for i := range consumers {
		readers = append(readers, s.reader(&consumers[i]))
	}
	switch missing := max(d.channels.missing(channels), d.peers.missing(connections)); {
	case d.channels.refusal() != nil || d.peers.refusal() != nil:
		*notes = append(*notes, "channels and connections of other users need the tag monitoring: unacked, state and since when are not known")
	case missing > 0:
		*notes = append(*notes, plural(missing, "consumer's connection is", "consumers' connections are")+" not looked up yet")
	}
	return readers
}

// namesOf are the names of the channels and connections of consumers, each once.
func namesOf(consumers []management.Consumer) (channels, connections []string) {
	seen := map[string]bool{}
	note := func(list *[]string, kind, name string) {
		if name != "" && !seen[kind+name] {
			seen[kind+name] = true
			*list = append(*list, name)
		}
	}
	for _, c := range consumers {
		note(&channels, "channel ", string(c.Channel.Name))
		note(&connections, "connection ", string(c.Channel.Connection))
	}
	return channels, connections
}

// reader joins one consumer to what is known of its channel and connection.
func (s *source) reader(c *management.Consumer) backends.QueueReader {
	r := backends.QueueReader{
		Tag: c.Tag, Active: c.Active, Activity: string(c.Activity), Exclusive: bool(c.Exclusive), Acks: bool(c.Ack),
		Prefetch: c.Prefetch.Count(), Channel: string(c.Channel.Name), Connection: string(c.Channel.Connection),
		Address: c.Channel.Address(), User: string(c.Channel.User),
	}
	if ch, ok := s.describer.channels.of(r.Channel); ok {
		r.Unacked, r.ChannelIdle = ch.Unacked.Count(), ch.IdleSince.Moment()
		r.AckRate = s.slopes.rate("channel "+r.Channel, ch.Stats.Value.AckD, ch.Stats.Value.Ack)
		if !usual(ch.State) {
			r.ChannelState = string(ch.State)
		}
	}
	if p, ok := s.describer.peers.of(r.Connection); ok {
		r.Since, r.Address, r.User = p.Since(), cmp.Or(p.Address(), r.Address), cmp.Or(string(p.User), r.User)
		r.Client = p.Client.Text("connection_name")
		r.Product = joinWords(p.Client.Text("product"), p.Client.Text("version"))
		r.Platform = p.Client.Text("platform")
		if !usual(p.State) {
			r.State = string(p.State)
		}
	}
	return r
}

func joinWords(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
