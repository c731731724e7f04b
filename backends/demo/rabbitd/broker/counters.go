package broker

// stat is one counter of a tally.
type stat uint8

const (
	statPublish stat = iota
	statPublishIn
	statPublishOut
	statConfirm
	statReturn
	statDrop
	statDeliver
	statDeliverNoAck
	statGet
	statGetNoAck
	statGetEmpty
	statRedeliver
	statAck
	statCount
)

// tally holds the counters of one object.
type tally [statCount]uint64

func (t *tally) counters() Counters {
	return Counters{
		Publish:          t[statPublish],
		PublishIn:        t[statPublishIn],
		PublishOut:       t[statPublishOut],
		Confirm:          t[statConfirm],
		ReturnUnroutable: t[statReturn],
		DropUnroutable:   t[statDrop],
		Deliver:          t[statDeliver],
		DeliverNoAck:     t[statDeliverNoAck],
		Get:              t[statGet],
		GetNoAck:         t[statGetNoAck],
		GetEmpty:         t[statGetEmpty],
		Redeliver:        t[statRedeliver],
		Ack:              t[statAck],
	}
}

// pair counts what one object did with another: a channel with a queue, a channel with an exchange,
// an exchange with a queue. Both ends know it and forget it when the other one goes.
type pair struct {
	id       uint64
	channel  *Channel
	queue    *queue
	exchange *exchange
	stats    tally
}

// withQueue is the pair of the channel and a queue.
func (ch *Channel) withQueue(q *queue) *pair {
	p := ch.queues[q]
	if p == nil {
		p = &pair{id: ch.broker.id(), channel: ch, queue: q}
		if !q.deleted && !ch.closed {
			ch.queues[q] = p
			q.channels[ch] = p
		}
	}
	return p
}

// withExchange is the pair of the channel and an exchange.
func (ch *Channel) withExchange(x *exchange) *pair {
	p := ch.exchanges[x]
	if p == nil {
		p = &pair{id: ch.broker.id(), channel: ch, exchange: x}
		if !x.deleted && !ch.closed {
			ch.exchanges[x] = p
			x.channels[ch] = p
		}
	}
	return p
}

// withQueue is the pair of the exchange and a queue that it routed to.
func (x *exchange) withQueue(q *queue) *pair {
	p := x.queues[q]
	if p == nil {
		p = &pair{id: x.broker.id(), exchange: x, queue: q}
		if !q.deleted && !x.deleted {
			x.queues[q] = p
			q.exchanges[x] = p
		}
	}
	return p
}

// countQueue counts s for the pair of a channel and a queue, and for all that it is part of.
func (p *pair) countQueue(s stat, n uint64) {
	p.stats[s] += n
	p.channel.stats[s] += n
	p.queue.stats[s] += n
	p.queue.vhost.stats[s] += n
	p.channel.broker.stats[s] += n
}

// countExchange counts s for the pair of a channel and an exchange.
func (p *pair) countExchange(s stat) {
	p.stats[s]++
	p.channel.stats[s]++
	p.exchange.stats[s]++
	p.exchange.vhost.stats[s]++
	p.channel.broker.stats[s]++
	if s == statPublish {
		p.exchange.stats[statPublishIn]++
	}
}

// countRouted counts one message from an exchange into a queue.
func (p *pair) countRouted() {
	p.stats[statPublish]++
	p.queue.stats[statPublish]++
	p.exchange.stats[statPublishOut]++
}
