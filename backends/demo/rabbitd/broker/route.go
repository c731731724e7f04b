package broker

import (
	"slices"
	"strings"
)

// route finds the queues for a message that was published to x, each once and in the order of their
// names. The result is good until the next call.
func (b *Broker) route(x *exchange, m *message) []*queue {
	b.routed = b.routed[:0]
	if x.name == "" {
		b.visit++
		m.keys(func(key string) {
			if strings.HasPrefix(key, replyPrefix) {
				b.reply(key, m)
			} else if q := x.vhost.queues[key]; q != nil {
				b.routeTo(b.visit, q)
			}
		})
	} else {
		b.walk(x, m)
	}
	if len(b.routed) > 1 {
		slices.SortFunc(b.routed, func(a, c *queue) int { return strings.Compare(a.name, c.name) })
	}
	return b.routed
}

// routeTo adds a queue unless this walk has met it.
func (b *Broker) routeTo(walk uint64, q *queue) {
	if q.visited != walk {
		q.visited = walk
		b.routed = append(b.routed, q)
	}
}

// walk goes through x and all exchanges that its bindings and alternates lead to, each once.
func (b *Broker) walk(x *exchange, m *message) {
	b.visit++
	walk := b.visit
	x.visited = walk
	var room [8]*exchange
	for work := append(room[:0], x); len(work) > 0; {
		x, work = work[len(work)-1], work[:len(work)-1]
		matched := false
		x.match(m, func(bd *binding) {
			matched = true
			if bd.queue != nil {
				b.routeTo(walk, bd.queue)
			} else if bd.to.visited != walk {
				bd.to.visited = walk
				work = append(work, bd.to)
			}
		})
		if matched || x.alternate == nil {
			continue
		}
		if alt := x.vhost.exchanges[*x.alternate]; alt != nil && alt.visited != walk {
			alt.visited = walk
			work = append(work, alt)
		}
	}
}

// match visits the bindings of this one exchange that take the message. The default exchange has
// none: as an alternate it leads nowhere, as in RabbitMQ.
func (x *exchange) match(m *message, visit func(*binding)) {
	switch x.typ {
	case typeDirect:
		m.keys(func(key string) {
			for _, bd := range x.direct[key] {
				visit(bd)
			}
		})
	case typeTopic:
		m.keys(func(key string) { x.broker.match(x.topics, key, visit) })
	case typeHeaders:
		for _, bd := range x.all {
			if bd.rule.match(m.props.Headers, x.broker.exactHeaders) {
				visit(bd)
			}
		}
	default:
		for _, bd := range x.all {
			visit(bd)
		}
	}
}
