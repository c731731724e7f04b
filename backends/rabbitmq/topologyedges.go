package rabbitmq

import (
	"cmp"
	"slices"

	"bustop/backends"
)

// edgesOf are the ways between what was read: bindings gathered by their ends, alternate exchanges, dead
// letters. Rates are put on those where the counts of the places leave no other way.
func edgesOf(d declared, t backends.Topology) []backends.Edge {
	var edges []backends.Edge
	exchanges, queues := map[string]bool{}, map[string]bool{}
	for _, x := range t.Exchanges {
		exchanges[x.Name] = true
	}
	for _, q := range t.Queues {
		queues[q.Name] = true
	}
	missing := func(name string) bool { return d.allExchanges && !exchanges[name] }
	for _, x := range t.Exchanges {
		edges = append(edges, bindingEdges(x)...)
		if x.Alternate != "" {
			edges = append(edges, backends.Edge{
				From: exchangeTarget(x.Name), To: exchangeTarget(x.Alternate), Way: backends.ByAlternate, Broken: missing(x.Alternate),
			})
		}
	}
	dead := d.deadLettersOf()
	for _, name := range sorted(dead) {
		edge := backends.Edge{From: queueTarget(name), Way: backends.ByDeath}
		if letters := dead[name]; letters.exchange == "" && letters.keyed {
			edge.To, edge.Broken = queueTarget(letters.key), d.allQueues && !queues[letters.key]
		} else {
			edge.To = exchangeTarget(letters.exchange)
			edge.Broken = missing(edge.To.Name)
		}
		edges = append(edges, edge)
	}
	slices.SortStableFunc(edges, func(a, b backends.Edge) int {
		return cmp.Or(cmp.Compare(a.From.Kind, b.From.Kind), cmp.Compare(a.From.Name, b.From.Name))
	})
	rateEdges(edges, t)
	return edges
}

// bindingEdges gathers an exchange's bindings by where they lead, queues and exchanges by name.
func bindingEdges(x backends.Channel) []backends.Edge {
	var edges []backends.Edge
	at := map[backends.Target]int{}
	for _, b := range x.Bindings {
		i, there := at[b.Destination]
		if !there {
			i = len(edges)
			at[b.Destination] = i
			edges = append(edges, backends.Edge{From: exchangeTarget(x.Name), To: b.Destination, Way: backends.ByBinding})
		}
		edges[i].Bindings = append(edges[i].Bindings, b)
	}
	slices.SortFunc(edges, func(a, b backends.Edge) int {
		return cmp.Or(-cmp.Compare(a.To.Kind, b.To.Kind), cmp.Compare(a.To.Name, b.To.Name)) // queues first
	})
	for i := range edges {
		slices.SortFunc(edges[i].Bindings, func(a, b backends.Binding) int { return cmp.Compare(a.RoutingKey, b.RoutingKey) })
	}
	return edges
}

// edgeRates infers the rates of edges. An exchange counts what is published to it by clients and the
// copies that this made, and not what comes from other exchanges; a queue counts what enters it.
type edgeRates struct {
	exchanges map[string]backends.Channel
	queues    map[string]backends.Queue
	into      map[backends.Target]int
	outOf     map[backends.Target]int
}

func rateEdges(edges []backends.Edge, t backends.Topology) {
	r := edgeRates{
		exchanges: map[string]backends.Channel{}, queues: map[string]backends.Queue{},
		into: map[backends.Target]int{}, outOf: map[backends.Target]int{},
	}
	for _, x := range t.Exchanges {
		r.exchanges[x.Name] = x
	}
	for _, q := range t.Queues {
		r.queues[q.Name] = q
	}
	for _, e := range edges {
		r.into[e.To]++
		r.outOf[e.From]++
	}
	for i, e := range edges {
		if e.Way != backends.ByBinding {
			continue
		}
		if rate := r.of(e); rate.Known() {
			edges[i].Rate = backends.Rate{Value: rate.Value, Certainty: backends.About}
		}
	}
}

// strayShare is what part of a queue's messages may have come by its name at most, for the rest to stand
// for its only binding: an eighth, which "about" covers.
const strayShare = 8

// of is the rate of one edge, unknown where messages may have gone another way.
func (r edgeRates) of(e backends.Edge) backends.Rate {
	x := r.exchanges[e.From.Name]
	fed := r.into[e.From] > 0 // by what the exchange does not count
	if !fed && x.InRate.Known() && (x.Type == "fanout" || x.InRate.Value == 0) {
		return x.InRate
	}
	if e.To.Kind != backends.KindQueue {
		return backends.Rate{}
	}
	in, direct := r.queues[e.To.Name].InRate, r.exchanges[defaultExchange].InRate
	switch {
	case in.Known() && in.Value == 0: // nothing enters
		return in
	case r.into[e.To] == 1 && direct.Value*strayShare <= in.Value: // and hardly any by the queue's name
		return in
	case !fed && r.outOf[e.From] == 1:
		return x.OutRate
	}
	return backends.Rate{}
}
