package rabbitmq

import (
	"slices"
	"strings"

	"bustop/backends"
)

// loops finds the rounds on which dead letters come back to their queue, each once: at the queue whose
// name is first in order.
func (f *flaws) loops() {
	next := map[string][]string{}
	for name, r := range f.reached {
		next[name] = r.queues
	}
	for _, start := range sorted(next) {
		round := roundFrom(start, next)
		if round == nil || slices.Min(round) != start {
			continue
		}
		verb := "go"
		if slices.ContainsFunc(round, func(q string) bool { return !f.reached[q].sure }) {
			verb = "may go" // the keys that messages keep are not known
		}
		f.add(queueTarget(start), backends.Info, "dead letters go round",
			"Dead letters "+verb+" round: "+strings.Join(append(round, start), " → ")+". One that expires all the way is dropped when it comes back; "+
				"one that consumers reject goes round as long as nothing counts its turns.")
	}
}

// lettersReach are the queues to which a queue's dead letters go. Without a key of their own they keep that by
// which they came; those of the queue's bindings are tried, and its name, by which the default exchange sends.
func (f *flaws) lettersReach(name string, letters deadLetters) lettersEnd {
	keys := []string{letters.key}
	if !letters.keyed {
		keys = []string{name}
		for _, e := range f.into[queueTarget(name)] {
			for _, b := range e.Bindings {
				if !slices.Contains(keys, b.RoutingKey) && len(keys) < maxKeys {
					keys = append(keys, b.RoutingKey)
				}
			}
		}
	}
	var queues []string
	sure := true
	for _, key := range keys {
		route, ok := f.net.Route(backends.Posting{Exchange: letters.exchange, Key: key})
		if !ok {
			continue
		}
		for _, end := range route.Queues {
			if !slices.Contains(queues, end.Queue) {
				queues = append(queues, end.Queue)
			}
			sure = sure && end.Sure
		}
	}
	sure = sure && (letters.keyed || f.net.Exchanges[letters.exchange].Type == "fanout")
	return lettersEnd{queues, sure}
}

// lettersEnd is where a queue's dead letters go.
type lettersEnd struct {
	queues []string
	// sure says that they do whatever their own keys and headers are.
	sure bool
}

// maxKeys bounds the keys that are tried for one queue.
const maxKeys = 8

// roundFrom is the shortest way from a queue back to itself, nil when there is none.
func roundFrom(start string, next map[string][]string) []string {
	from := map[string]string{}
	for work := []string{start}; len(work) > 0; {
		here := work[0]
		work = work[1:]
		for _, there := range next[here] {
			if there == start {
				round := []string{here}
				for here != start {
					here = from[here]
					round = append(round, here)
				}
				slices.Reverse(round)
				return round
			}
			if _, seen := from[there]; !seen {
				from[there] = here
				work = append(work, there)
			}
		}
	}
	return nil
}
