package rabbitmq

import (
	"fmt"
	"slices"
	"strings"

	"bustop/backends/rabbitmq/management"
	"bustop/backends/rabbitmq/routing"

	"bustop/backends"
)

// flaws gathers what is wrong with a topology.
type flaws struct {
	d     declared
	t     backends.Topology
	net   routing.Network
	into  map[backends.Target][]backends.Edge
	outOf map[backends.Target][]backends.Edge
	dead  map[string]deadLetters
	rows  map[string]management.Queue
	// reached is where the dead letters of each queue go, lettered are the places that get any.
	reached  map[string]lettersEnd
	lettered map[backends.Target]bool
	found    []backends.Flaw
}

// flawsOf finds the places where messages are lost or pile up, exchanges first.
func flawsOf(d declared, t backends.Topology) []backends.Flaw {
	f := flaws{
		d: d, t: t, net: network(d), dead: d.deadLettersOf(),
		into: map[backends.Target][]backends.Edge{}, outOf: map[backends.Target][]backends.Edge{},
		rows: map[string]management.Queue{}, reached: map[string]lettersEnd{}, lettered: map[backends.Target]bool{},
	}
	for _, q := range d.queues {
		f.rows[q.Name] = q
	}
	queues := map[string]bool{}
	for _, q := range t.Queues {
		queues[q.Name] = true
	}
	f.net.Queue = func(name string) bool { return queues[name] || !d.allQueues }
	f.net.AnyHeaders = true // no message is at hand
	for _, e := range t.Edges {
		f.into[e.To] = append(f.into[e.To], e)
		f.outOf[e.From] = append(f.outOf[e.From], e)
	}
	f.followLetters()
	for _, x := range t.Exchanges {
		if x.Name != defaultExchange && d.bindings != nil {
			f.exchange(x)
		}
	}
	for _, q := range t.Queues {
		f.queue(q)
		f.letters(q.Name)
	}
	f.loops()
	return f.found
}

func (f *flaws) add(target backends.Target, severity backends.Severity, rule, text string) {
	f.found = append(f.found, backends.Flaw{Target: target, Severity: severity, Rule: rule, Text: text})
}

func (f *flaws) exchange(x backends.Channel) {
	target := exchangeTarget(x.Name)
	out := f.outOf[target]
	broken := slices.ContainsFunc(out, func(e backends.Edge) bool { return e.Way == backends.ByAlternate && e.Broken })
	if broken {
		f.add(target, backends.Warning, "no alternate exchange", fmt.Sprintf(
			"The alternate exchange %s does not exist: what no binding matches is dropped.", x.Alternate))
	}
	_, delayed := f.row(x.Name).Routing()
	feeders := slices.DeleteFunc(slices.Clone(f.into[target]), func(e backends.Edge) bool { return e.From == target })
	switch {
	// What never happened is not counted: an out rate that is not known is none where the other is.
	case len(x.Bindings) > 0 && (x.Alternate == "" || broken) && !delayed && flows(x.InRate) && !flows(x.OutRate):
		f.add(target, backends.Warning, "nothing matches", fmt.Sprintf(
			"%s a second are published here and no binding takes them: they are dropped, or returned to publishers that set mandatory.", perSecond(x.InRate)))
	case len(x.Bindings) > 0, x.Alternate != "" && !broken:
	case flows(x.InRate):
		f.add(target, backends.Warning, "black hole", fmt.Sprintf(
			"%s a second are published here and nothing is bound: they are dropped, or returned to publishers that set mandatory.", perSecond(x.InRate)))
	case len(feeders) > 0:
		f.add(target, backends.Info, "dead end", fmt.Sprintf(
			"Messages come here from %s, and nothing is bound: they end here.", feeders[0].From))
	}
}

func (f *flaws) row(exchange string) management.Exchange {
	for _, x := range f.d.exchanges {
		if x.Name == exchange {
			return x
		}
	}
	return management.Exchange{}
}

// flows reports whether a rate is known and more than none.
func flows(r backends.Rate) bool { return r.Known() && r.Value > 0 }

func perSecond(r backends.Rate) string {
	text := fmt.Sprintf("%.1f messages", r.Value)
	if r.Certainty == backends.About {
		text = "About " + text
	}
	return text
}

// queue finds queues without consumers. A stream keeps its messages and has readers at times only; a queue
// whose messages expire into others is there to delay them.
func (f *flaws) queue(q backends.Queue) {
	if !q.Consumers.Known() || q.Consumers.Value > 0 || q.Type == management.TypeStream || f.delays(q.Name) {
		return
	}
	target := queueTarget(q.Name)
	var from []string
	for _, e := range f.into[target] {
		if e.Way == backends.ByBinding {
			from = append(from, e.From.Name)
		}
	}
	switch {
	case flows(q.NetRate) || flows(q.InRate) && !flows(q.OutRate):
		rate := q.NetRate
		if !flows(rate) {
			rate = q.InRate
		}
		f.add(target, backends.Warning, "grows unread", fmt.Sprintf(
			"%s a second more wait here and there is no consumer.", perSecond(rate)))
	case len(from) > 0 && !f.keepsLetters(q.Name):
		f.add(target, backends.Info, "nobody reads", fmt.Sprintf(
			"Bindings lead here from %s, and there is no consumer.", strings.Join(from, ", ")))
	}
}

// keepsLetters reports whether a queue is there for dead letters, which wait for a person: by its name, or
// because they reach it and nothing leads to it but exchanges for them.
func (f *flaws) keepsLetters(queue string) bool {
	if deadName.MatchString(queue) {
		return true
	}
	return f.lettered[queueTarget(queue)] && !slices.ContainsFunc(f.into[queueTarget(queue)], func(e backends.Edge) bool {
		return e.Way == backends.ByBinding && !f.lettered[e.From]
	})
}

// followLetters finds out where dead letters go. What only waits in a queue and goes on from there is none.
func (f *flaws) followLetters() {
	for name, letters := range f.dead {
		r := f.lettersReach(name, letters)
		f.reached[name] = r
		if f.delays(name) {
			continue
		}
		f.lettered[exchangeTarget(letters.exchange)] = true
		for _, queue := range r.queues {
			f.lettered[queueTarget(queue)] = true
		}
	}
}

// delays reports whether a queue's messages leave it by their age.
func (f *flaws) delays(queue string) bool {
	row, there := f.rows[queue]
	if !there {
		return false
	}
	_, expires := row.Limit("message-ttl")
	_, leads := f.dead[queue]
	return expires && leads
}

// letters finds dead letters that are lost.
func (f *flaws) letters(queue string) {
	letters, has := f.dead[queue]
	if !has {
		return
	}
	target, name := queueTarget(queue), exchangeName(letters.exchange)
	for _, e := range f.outOf[target] {
		if e.Way == backends.ByDeath && e.Broken {
			what := "exchange " + name
			if e.To.Kind == backends.KindQueue {
				what = "queue " + e.To.Name
			}
			f.add(target, backends.Warning, "dead letters are lost", fmt.Sprintf(
				"Dead letters go to the %s, which does not exist: they are dropped.", what))
			return
		}
	}
	route, ok := f.net.Route(backends.Posting{Exchange: letters.exchange, Key: letters.key})
	x := f.net.Exchanges[letters.exchange]
	if ok && f.d.bindings != nil && route.Fate == backends.Dropped && (letters.keyed || letters.exchange != "" && len(x.Bindings) == 0) {
		with := ""
		if letters.keyed {
			with = fmt.Sprintf(" with the key %q", letters.key)
		}
		f.add(target, backends.Warning, "dead letters are lost", fmt.Sprintf(
			"Dead letters go to the exchange %s%s, from where no binding leads on: they are dropped.", name, with))
	}
}
