package rabbitmq

import (
	"slices"
	"strings"

	"bustop/backends/rabbitmq/management"
	"bustop/backends/rabbitmq/routing"

	"bustop/backends"
)

// letterRouter follows dead letters from a queue to those where they end.
type letterRouter struct {
	bindings  map[string][]management.Binding
	exchanges map[string]management.LetterExchange
	queues    map[string]bool
}

func newLetterRouter(scene letterScene) letterRouter {
	r := letterRouter{bindings: scene.bindings, exchanges: map[string]management.LetterExchange{}, queues: map[string]bool{}}
	for _, x := range scene.exchanges {
		r.exchanges[x.Name] = x
	}
	for _, q := range scene.queues {
		r.queues[q.Name] = true
	}
	return r
}

// letterEnd is a queue to which dead letters of another go.
type letterEnd struct {
	queue  string
	origin backends.DeadLetterOrigin
}

// ends are the queues that dead letters of a queue may reach. Without a key of their own they keep that by
// which they came, which is not known beforehand.
func (r letterRouter) ends(q management.Queue) []letterEnd {
	exchange, ok := q.Setting("dead-letter-exchange")
	if !ok {
		return nil
	}
	key, fixed := q.Setting("dead-letter-routing-key")
	o := backends.DeadLetterOrigin{Queue: q.Name, Exchange: exchangeName(exchange), Key: key, KeyKept: !fixed, By: "argument"}
	if _, argued := q.Arguments["x-dead-letter-exchange"]; !argued {
		o.By = strings.TrimSpace("policy " + string(q.Policy))
	}
	w := letterWalk{letterRouter: r, key: key, fixed: fixed, passed: map[string]bool{}, found: map[string]bool{}}
	w.walk(exchange, true)
	ends := make([]letterEnd, 0, len(w.found))
	for name, sure := range w.found {
		o.Perhaps = !sure
		ends = append(ends, letterEnd{name, o})
	}
	slices.SortFunc(ends, func(a, b letterEnd) int { return strings.Compare(a.queue, b.queue) })
	return ends
}

// letterWalk goes from exchange to exchange. Found are the queues reached, true for those that every
// dead letter reaches.
type letterWalk struct {
	letterRouter
	key    string
	fixed  bool
	passed map[string]bool
	found  map[string]bool
}

func (w *letterWalk) reach(queue string, sure bool) {
	if w.queues[queue] {
		w.found[queue] = w.found[queue] || sure
	}
}

func (w *letterWalk) walk(exchange string, sure bool) {
	if exchange == "" {
		if w.fixed {
			w.reach(w.key, sure)
		}
		return
	}
	x, there := w.exchanges[exchange]
	if !there || w.passed[exchange] {
		return
	}
	w.passed[exchange] = true
	kind, _ := x.Routing()
	for _, b := range w.bindings[exchange] {
		takes, always := w.takes(kind, b)
		if !takes {
			continue
		}
		if b.Kind == "exchange" {
			w.walk(b.Destination, sure && always)
		} else {
			w.reach(b.Destination, sure && always)
		}
	}
}

// takes reports whether a binding may take the dead letters, and whether it takes them all.
func (w *letterWalk) takes(kind string, b management.Binding) (takes, always bool) {
	switch kind {
	case "fanout":
		return true, true
	case "direct":
		return !w.fixed || b.Key == w.key, w.fixed
	case "topic":
		if b.Key == "#" {
			return true, true
		}
		return !w.fixed || routing.Topic(b.Key, w.key), w.fixed
	}
	return true, false // by headers, or by chance
}
