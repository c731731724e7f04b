package broker

import (
	"bustop/backends/demo/rabbitd/wire"
)

// Get is basic.get; nil without an error is basic.get-empty.
func (ch *Channel) Get(queue string, noAck bool) (*Got, *Error) {
	if !ch.begin() {
		return nil, nil
	}
	got, e := ch.get(queue, noAck)
	return got, ch.end(e)
}

func (ch *Channel) get(name string, noAck bool) (*Got, *Error) {
	q, e := ch.readable(name)
	switch {
	case e != nil:
		return nil, e
	case q.kind == Stream:
		return nil, NewError(NotImplemented, "basic.get not supported by stream queues %s", q)
	case q.kind == Quorum && q.single:
		return nil, NewError(ResourceLocked, "cannot obtain access to locked %s. basic.get operations are not supported "+
			"by quorum queues with single active consumer", q)
	}
	return q.get(ch, noAck), nil
}

// readable finds a queue that the user may read and that no other connection has for itself.
func (ch *Channel) readable(name string) (*queue, *Error) {
	name, e := ch.named(name)
	if e != nil {
		return nil, e
	}
	if e := ch.may(verbRead, kindQueue, name); e != nil {
		return nil, e
	}
	return ch.accessible(name)
}

// accessible finds a queue that no other connection has for itself.
func (ch *Channel) accessible(name string) (*queue, *Error) {
	q := ch.conn.vhost.queues[name]
	if q == nil {
		return nil, noQueue(ch.conn.vhost.name, name)
	}
	return q, q.open(ch.conn)
}

// open refuses a queue that another connection has for itself.
func (q *queue) open(c *Connection) *Error {
	if q.owner == nil || q.owner == c {
		return nil
	}
	return q.locked()
}

func (q *queue) locked() *Error {
	return NewError(ResourceLocked, "cannot obtain exclusive access to locked %s. It could be originally declared on "+
		"another connection or the exclusive property value does not match that of the original declaration.", q)
}

// Consume is basic.consume and returns the consumer tag. Deliveries may come through the Outlet
// before Consume returns, but not before r.OK was called.
func (ch *Channel) Consume(r ConsumeRequest) (string, *Error) {
	if !ch.begin() {
		return "", nil
	}
	tag, e := ch.consume(r)
	return tag, ch.end(e)
}

func (ch *Channel) consume(r ConsumeRequest) (string, *Error) {
	if r.Queue == replyQueue {
		return ch.consumeReplies(r)
	}
	name, e := ch.named(r.Queue)
	if e != nil {
		return "", e
	}
	if ch.consumers[r.Tag] != nil {
		return "", NewError(NotAllowed, "attempt to reuse consumer tag '%s'", r.Tag)
	}
	q, e := ch.readable(name)
	if e != nil {
		return "", e
	}
	if e := checkConsumeArguments(q, r.Arguments); e != nil {
		return "", e
	}
	if e := ch.consumable(q, r); e != nil {
		return "", e
	}
	if r.Tag == "" {
		r.Tag = madeName("amq.ctag")
	}
	c := ch.subscribe(q, r)
	if r.OK != nil {
		r.OK(r.Tag)
	}
	if c.q.log != nil {
		c.cursor = q.log.start(q, r.Arguments["x-stream-offset"])
	}
	q.join(c)
	return r.Tag, nil
}

// consumable checks what the type of queue asks of its consumers.
func (ch *Channel) consumable(q *queue, r ConsumeRequest) *Error {
	inUse := NewError(AccessRefused, "%s in exclusive use", q)
	switch q.kind {
	case Stream:
		switch {
		case ch.prefetch == 0:
			return NewError(PreconditionFailed, "consumer prefetch count is not set for '%s'", q)
		case r.NoAck:
			return NewError(NotImplemented, "automatic acknowledgement not supported by stream queues %s", q)
		}
	case Classic:
		switch {
		case q.single && r.Exclusive:
			return inUse
		case !q.single && (q.active != nil || (r.Exclusive && len(q.consumers) > 0)):
			return inUse
		}
		return nil
	}
	if ch.globalLimit > 0 {
		return NewError(NotImplemented, "%s does not support global qos", q)
	}
	return nil
}

// quorumCredit is how many messages a consumer of a quorum queue is given at most when it has set no
// prefetch.
const quorumCredit = 2000

func (ch *Channel) subscribe(q *queue, r ConsumeRequest) *consumer {
	priority, _ := integer(r.Arguments["x-priority"])
	c := &consumer{
		tag: r.Tag, ch: ch, q: q, noAck: r.NoAck, exclusive: r.Exclusive, prefetch: ch.prefetch,
		priority: priority, args: r.Arguments, pair: ch.withQueue(q),
		limited: ch.prefetch > 0, credit: ch.prefetch,
	}
	if q.kind == Quorum && ch.prefetch == 0 {
		c.limited, c.credit = true, quorumCredit
	}
	if r.NoAck {
		c.limited = false
	}
	ch.consumers[r.Tag] = c
	q.consumers = append(q.consumers, c)
	q.hadConsumer = true
	switch {
	case q.active != nil:
	case q.single, r.Exclusive && q.kind == Classic:
		q.active = c
	}
	q.touch()
	q.watchUnused()
	return c
}

// Cancel is basic.cancel. An unknown tag is no error.
func (ch *Channel) Cancel(tag string) *Error {
	if !ch.begin() {
		return nil
	}
	if ch.reply != nil && ch.reply.tag == tag {
		ch.dropReply()
	}
	if c := ch.consumers[tag]; c != nil {
		delete(ch.consumers, tag)
		c.q.remove(c)
		c.q.runLater()
	}
	return ch.end(nil)
}

// consumerArguments are the arguments of consumers that each type of queue knows.
func consumerArguments(kind string) []string {
	switch kind {
	case Quorum:
		return []string{"x-priority", "x-credit"}
	case Stream:
		return []string{"x-stream-offset", "x-credit"}
	}
	return []string{"x-cancel-on-ha-failover", "x-priority", "x-credit"}
}

// checkConsumeArguments refuses arguments that are wrong or that the type of queue does not know.
func checkConsumeArguments(q *queue, args wire.Table) *Error {
	return checkArguments(q.String(), kindName(q.kind), args, []rule{
		{"x-priority", checkInt},
		{"x-cancel-on-ha-failover", checkBool},
		{"x-stream-offset", checkStreamOffset},
	}, consumerArguments(q.kind), allConsumerArguments())
}

func allConsumerArguments() []string {
	return []string{"x-cancel-on-ha-failover", "x-credit", "x-priority", "x-stream-offset"}
}
