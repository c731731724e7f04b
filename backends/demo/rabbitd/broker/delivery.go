package broker

// publish takes a message into the queue and reports whether it did. The channel is nil for messages
// that the broker itself sends.
func (q *queue) publish(m *message, ch *Channel) bool {
	q.touch()
	switch q.kind {
	case Stream:
		// A stream takes nothing from the broker itself: dead letters to it are lost, as in RabbitMQ.
		if ch != nil {
			q.log.append(q, m)
			q.run()
		}
		return true
	case Quorum:
		if ch != nil && q.stopped(ch) {
			return false
		}
	default:
		if q.overflows(m) {
			if q.limits.overflow == rejectPublishDLX {
				q.kill(m, reasonMaxLen)
			}
			return false
		}
	}
	q.add(m)
	q.run()
	q.settle()
	return true
}

// settle puts the queue in order after a change: it drops what is too much or has expired.
func (q *queue) settle() {
	if q.deleted || q.store == nil {
		return
	}
	q.trim()
	q.expire()
}

// run delivers messages for as long as there are some and consumers that can take them.
func (q *queue) run() {
	if q.deleted {
		return
	}
	if q.log != nil {
		for _, c := range q.consumers {
			q.pump(c)
		}
		return
	}
	for q.store.len() > 0 {
		if q.kind == Quorum && q.expire() {
			continue
		}
		c := q.nextConsumer()
		if c == nil {
			q.use.change(q.broker.now, true)
			return
		}
		q.deliver(c, q.take())
		if q.kind == Classic {
			q.expire()
		}
	}
}

// runLater has the queue run when the present change is done.
func (q *queue) runLater() {
	if !q.scheduled {
		q.scheduled = true
		q.broker.later.pushBack(task{run: q})
	}
}

func (q *queue) nextConsumer() *consumer {
	if !q.single {
		return q.line.next()
	}
	c := q.active
	switch {
	case c == nil:
		return nil
	case c.ready():
		return c
	}
	q.line.leave(c)
	return nil
}

// deliver gives a message to a consumer.
func (q *queue) deliver(c *consumer, e *entry) {
	ch, m := c.ch, e.msg
	d := Delivery{
		ConsumerTag: c.tag, Redelivered: e.redelivered, Exchange: m.exchange, RoutingKey: m.key,
		Properties: m.props, Header: m.header, Body: m.body,
	}
	q.tellCounts(&d, e, false)
	d.DeliveryTag = ch.tag()
	if c.noAck {
		c.pair.countQueue(statDeliverNoAck, 1)
		q.drop(e)
	} else {
		c.pair.countQueue(statDeliver, 1)
		ch.keep(held{tag: d.DeliveryTag, queue: q, entry: e, consumer: c, pair: c.pair, at: q.broker.now})
		q.heldLoad.add(m, 1)
		c.held++
		c.credit--
		ch.sent(q)
	}
	if e.redelivered {
		c.pair.countQueue(statRedeliver, 1)
	}
	ch.traceOut(q, m, e.redelivered)
	ch.conn.out.Deliver(ch.number, d)
}

// The headers in which quorum queues tell how often a message came back, and how often it was taken.
const (
	deliveryCount = "x-delivery-count"
	acquiredCount = "x-acquired-count"
)

// tellCounts adds a quorum queue's counts to a delivery.
func (q *queue) tellCounts(d *Delivery, e *entry, zero bool) {
	if q.kind != Quorum {
		return
	}
	props := d.Properties
	if e.deliveries > 0 || zero {
		props, d.Header = withHeader(props, deliveryCount, e.deliveries), nil
	}
	if e.acquired > 0 && q.broker.nacksFree {
		props, d.Header = withHeader(props, acquiredCount, e.acquired), nil
	}
	d.Properties = props
}

// get takes one message for basic.get. The channel's permission has been checked.
func (q *queue) get(ch *Channel, noAck bool) *Got {
	q.touch()
	q.watchUnused()
	pair := ch.withQueue(q)
	if q.kind == Quorum {
		q.expire()
	}
	if q.store.len() == 0 {
		pair.countQueue(statGetEmpty, 1)
		return nil
	}
	e := q.take()
	m := e.msg
	g := &Got{Delivery: Delivery{
		DeliveryTag: ch.tag(), Redelivered: e.redelivered, Exchange: m.exchange, RoutingKey: m.key,
		Properties: m.props, Header: m.header, Body: m.body,
	}}
	q.tellCounts(&g.Delivery, e, q.broker.tellsZero)
	if noAck {
		pair.countQueue(statGetNoAck, 1)
		q.drop(e)
	} else {
		pair.countQueue(statGet, 1)
		ch.keep(held{tag: g.DeliveryTag, queue: q, entry: e, pair: pair, at: q.broker.now})
		q.heldLoad.add(m, 1)
		if q.kind == Quorum {
			q.holds[ch]++
		}
	}
	if e.redelivered {
		pair.countQueue(statRedeliver, 1)
	}
	ch.traceOut(q, m, e.redelivered)
	q.settle()
	g.MessageCount = uint32(q.store.len())
	return g
}
