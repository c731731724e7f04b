package rabbitmq

import (
	"cmp"
	"maps"
	"slices"

	"bustop/backends"
)

// ways are the connections of a topology as measuring needs them.
type ways struct {
	exchanges map[string]bool
	// from are the exchanges whose messages go on to an exchange, to those to which an exchange passes on.
	from, to map[string][]string
	// into are the exchanges from which a binding leads to a queue.
	into map[string]map[string]bool
	// dead are the exchanges that get dead letters, which no server counts between places.
	dead map[string]bool
	// after remembers what reachable found.
	after map[string]map[string]bool
}

func waysOf(t backends.Topology) ways {
	w := ways{
		exchanges: map[string]bool{}, from: map[string][]string{}, to: map[string][]string{},
		into: map[string]map[string]bool{}, dead: map[string]bool{}, after: map[string]map[string]bool{},
	}
	for _, x := range t.Exchanges {
		w.exchanges[x.Name] = true
	}
	for _, e := range t.Edges {
		switch {
		case e.Way == backends.ByDeath:
			w.dead[e.To.Name] = w.dead[e.To.Name] || e.To.Kind == backends.KindExchange
		case e.To.Kind == backends.KindExchange:
			w.from[e.To.Name] = append(w.from[e.To.Name], e.From.Name)
			w.to[e.From.Name] = append(w.to[e.From.Name], e.To.Name)
		case e.Way == backends.ByBinding:
			if w.into[e.To.Name] == nil {
				w.into[e.To.Name] = map[string]bool{}
			}
			w.into[e.To.Name][e.From.Name] = true
		}
	}
	return w
}

// before are the exchanges whose messages may come to one, itself among them.
func (w ways) before(exchange string) map[string]bool { return reach(exchange, w.from) }

// reachable are the exchanges to which messages of one may go on, itself among them.
func (w ways) reachable(exchange string) map[string]bool {
	if w.after[exchange] == nil {
		w.after[exchange] = reach(exchange, w.to)
	}
	return w.after[exchange]
}

func reach(start string, next map[string][]string) map[string]bool {
	seen := map[string]bool{start: true}
	for work := []string{start}; len(work) > 0; work = work[1:] {
		for _, to := range next[work[0]] {
			if !seen[to] {
				seen[to] = true
				work = append(work, to)
			}
		}
	}
	return seen
}

// metered puts what was counted on a topology.
func metered(t backends.Topology, read map[backends.Target]meterReading) backends.Topology {
	w := waysOf(t)
	t.Edges, t.Subscribers = slices.Clone(t.Edges), slices.Clone(t.Subscribers)
	for i, e := range t.Edges {
		if _, asked := read[e.From]; !asked || e.Way != backends.ByBinding || e.To.Kind != backends.KindQueue {
			continue
		}
		if rate := w.rate(e, read); rate.Known() {
			t.Edges[i].Rate = rate
		}
	}
	if direct, ok := read[exchangeTarget(defaultExchange)]; ok {
		t.Direct = map[string]backends.Rate{}
		for _, q := range t.Queues {
			t.Direct[q.Name] = into(direct, q.Name)
		}
	}
	meterSubscribers(t.Subscribers, read)
	for _, target := range slices.SortedFunc(maps.Keys(read), func(a, b backends.Target) int { return cmp.Compare(a.Name, b.Name) }) {
		t.Publishers = append(t.Publishers, read[target].publishers...)
	}
	return t
}

// into is what an exchange counted into a queue. One that it does not name has got nothing.
func into(r meterReading, queue string) backends.Rate {
	if rate, ok := r.queues[queue]; ok {
		return rate
	}
	return backends.ExactRate(0)
}

// rate is that of a way into a queue. The server counts for the exchange that was published to and
// the queue where that ended, whatever lies between: a way carries what was published to its exchange and
// to those before it, as far as no other way leads to the queue from there. What may also have come on
// another way, and dead letters, leave a lower bound.
func (w ways) rate(e backends.Edge, read map[backends.Target]meterReading) backends.Rate {
	sum, more := backends.ExactRate(0), false
	for name := range w.before(e.From.Name) {
		more = more || w.dead[name]
		r, known := read[exchangeTarget(name)]
		if !known {
			more = true
			continue
		}
		rate, sole := into(r, e.To.Name), true
		for last := range w.reachable(name) {
			sole = sole && (last == e.From.Name || !w.into[e.To.Name][last])
		}
		switch {
		case !sole:
			more = more || !rate.Known() || rate.Value > 0
		case !rate.Known():
			more = true
		default:
			sum = sumOf(sum, rate)
		}
	}
	switch {
	case more && sum.Value == 0:
		return backends.Rate{}
	case more && sum.Certainty == backends.Exact:
		sum.Certainty = backends.AtLeast
	}
	return sum
}

// meterSubscribers puts on each consumer what its channel got. Several that share a channel are not told
// apart.
func meterSubscribers(all []backends.Subscriber, read map[backends.Target]meterReading) {
	type place struct{ queue, channel string }
	of := map[place]int{}
	for _, c := range all {
		of[place{c.Queue, channelKey(c.Client, c.Channel)}]++
	}
	for i, c := range all {
		r, ok := read[queueTarget(c.Queue)]
		key := channelKey(c.Client, c.Channel)
		if !ok || c.Client == "" || of[place{c.Queue, key}] > 1 {
			continue
		}
		if rate, got := r.channels[key]; got {
			all[i].Rate = rate
		} else {
			all[i].Rate = backends.ExactRate(0)
		}
	}
}
