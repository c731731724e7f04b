package rabbitmq

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
)

// The bounds of measuring ways.
const (
	// metersMost is how many places are asked for at each call; metersLeast are asked for however long the
	// server takes, and no more when that was longer than metersQuick.
	metersMost  = 16
	metersLeast = 4
	metersQuick = 100 * time.Millisecond
	// metersAge is how long what a place has told is shown.
	metersAge = 45 * time.Second
	// modeAge is how long the server's mode is believed: only a new start changes it.
	modeAge = 5 * time.Minute
)

// noteInferred says how rates on ways could be had that are not inferred.
const noteInferred = "~ on a way is inferred from its ends; rates_mode = detailed counts ways"

// meters remember what the server counted between places.
type meters struct {
	mu   sync.Mutex
	mode cached[string]
	read map[backends.Target]meterReading
}

// meterReading is what one place has told of its neighbours.
type meterReading struct {
	at time.Time
	// queues are the rates from an exchange into queues, by queue.
	queues     map[string]backends.Rate
	publishers []backends.Publisher
	// channels are the rates from a queue to its consumers, by channelKey.
	channels map[string]backends.Rate
}

func channelKey(client string, number int64) string {
	return client + " " + strconv.FormatInt(number, 10)
}

// MeasureWays implements backends.WayMeter. Only servers in the mode detailed count between places
// (rabbitmq.com/docs/management#rates-mode); others are asked nothing more than their mode.
func (s *source) MeasureWays(ctx context.Context, t backends.Topology, shown []backends.Target) backends.Topology {
	switch s.ratesMode(ctx) {
	case "":
		return t
	case "detailed":
	default:
		t.Notes = append(slices.Clip(t.Notes), noteInferred)
		return t
	}
	start := time.Now()
	for i, target := range s.topology.meters.due(wanted(t, shown)) {
		if i >= metersLeast && time.Since(start) > metersQuick || s.measure(ctx, target) != nil {
			break
		}
	}
	return metered(t, s.topology.meters.fresh())
}

// ratesMode is the server's mode, "" when it does not tell.
func (s *source) ratesMode(ctx context.Context) string {
	m := &s.topology.meters
	m.mu.Lock()
	kept := m.mode
	m.mu.Unlock()
	if time.Now().Before(kept.until) {
		return kept.value
	}
	var o management.Overview
	_ = s.manage(ctx, func(ctx context.Context) error {
		return s.client.Get(ctx, management.To("/api/overview"), url.Values{"columns": {"rates_mode"}}, &o)
	})
	mode, _ := o.RatesMode.(string)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mode = cached[string]{mode, time.Now().Add(modeAge)}
	return mode
}

// wanted are the places to ask for: exchanges shown and those before them, whose messages go on by their
// ways, and queues shown that have several consumers, because one alone gets all that is delivered.
func wanted(t backends.Topology, shown []backends.Target) []backends.Target {
	consumers := map[string]int{}
	for _, c := range t.Subscribers {
		consumers[c.Queue]++
	}
	w := waysOf(t)
	set := map[backends.Target]bool{}
	for _, target := range shown {
		switch {
		case target.Kind == backends.KindQueue && consumers[target.Name] > 1:
			set[target] = true
		case target.Name == defaultExchange && len(t.Queues) >= management.PageMost: // it would name them all
		case target.Kind == backends.KindExchange && w.exchanges[target.Name]:
			set[target] = true
			for name := range w.before(target.Name) {
				set[exchangeTarget(name)] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(set), func(a, b backends.Target) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
}

// due are those of the places whose reading is the oldest, as many as may be asked for at once.
func (m *meters) due(places []backends.Target) []backends.Target {
	m.mu.Lock()
	defer m.mu.Unlock()
	slices.SortStableFunc(places, func(a, b backends.Target) int { return m.read[a].at.Compare(m.read[b].at) })
	return places[:min(len(places), metersMost)]
}

// fresh are the readings that are not too old; the others are forgotten.
func (m *meters) fresh() map[backends.Target]meterReading {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.read, func(_ backends.Target, r meterReading) bool { return time.Since(r.at) > metersAge })
	return maps.Clone(m.read)
}

// measure asks for one place. One that has gone tells nothing.
func (s *source) measure(ctx context.Context, target backends.Target) error {
	route := management.To("/api/queues/{vhost}/{name}", s.address.vhost, target.Name)
	if target.Kind == backends.KindExchange {
		route = management.To("/api/exchanges/{vhost}/{name}", s.address.vhost, target.Name)
	}
	var row management.Flows
	err := s.manage(ctx, func(ctx context.Context) error {
		return s.client.Get(ctx, route, url.Values{"columns": {management.FlowColumns}}, &row)
	})
	if err != nil && backends.ReasonOf(err) != backends.NotFound {
		return err
	}
	r := s.readingOf(target, row)
	m := &s.topology.meters
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.read == nil {
		m.read = map[backends.Target]meterReading{}
	}
	m.read[target] = r
	return nil
}

func (s *source) readingOf(target backends.Target, row management.Flows) meterReading {
	r := meterReading{at: time.Now(), queues: map[string]backends.Rate{}, channels: map[string]backends.Rate{}}
	rate := func(to string, told management.Maybe[management.Slope], counter management.Number) backends.Rate {
		return s.slopes.sure("way "+target.String()+"\x00"+to, told, counter)
	}
	for _, out := range row.Outgoing {
		r.queues[out.Queue.Name] = rate(out.Queue.Name, out.Stats.Value.PublishD, out.Stats.Value.Publish)
	}
	for _, d := range row.Deliveries {
		key, stats := channelKey(d.Channel.Client(), d.Channel.Number.Count().Value), d.Stats.Value
		r.channels[key] = sumOf(
			rate(key, stats.DeliverD, stats.Deliver), rate(key+" unacknowledged", stats.NoAckD, stats.NoAck))
	}
	if target.Kind != backends.KindExchange {
		return r
	}
	for _, in := range row.Incoming {
		client := in.Channel.Client()
		key := "from " + channelKey(client, in.Channel.Number.Count().Value)
		r.publishers = append(r.publishers, backends.Publisher{
			Exchange: target.Name, Client: client, User: string(in.Channel.User),
			Rate: rate(key, in.Stats.Value.PublishD, in.Stats.Value.Publish),
		})
	}
	return r
}

// sumOf adds rates up; of unknown ones nothing is known.
func sumOf(rates ...backends.Rate) backends.Rate {
	sum := backends.ExactRate(0)
	for _, r := range rates {
		sum.Value += r.Value
		switch {
		case !sum.Known() || !r.Known():
			sum = backends.Rate{}
		case r.Certainty == backends.About || sum.Certainty == backends.About:
			sum.Certainty = backends.About
		case r.Certainty == backends.AtLeast:
			sum.Certainty = backends.AtLeast
		}
	}
	return sum
}
