package broker

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Ack is basic.ack.
func (ch *Channel) Ack(tag uint64, multiple bool) *Error {
	if !ch.begin() {
		return nil
	}
	return ch.end(ch.answer(tag, multiple, opAck))
}

// Nack is basic.nack.
func (ch *Channel) Nack(tag uint64, multiple, requeue bool) *Error {
	if !ch.begin() {
		return nil
	}
	o := rejection(requeue)
	if o == opRequeue && ch.broker.nacksFree {
		o = opReturn
	}
	return ch.end(ch.answer(tag, multiple, o))
}

// Reject is basic.reject.
func (ch *Channel) Reject(tag uint64, requeue bool) *Error {
	if !ch.begin() {
		return nil
	}
	return ch.end(ch.answer(tag, false, rejection(requeue)))
}

// op is what a client does with a delivery.
type op uint8

const (
	opAck op = iota
	opRequeue
	opDiscard
	// opReturn is a requeue that a quorum queue counts as no delivery, and that keeps the order.
	opReturn
)

func rejection(requeue bool) op {
	if requeue {
		return opRequeue
	}
	return opDiscard
}

func (ch *Channel) answer(tag uint64, multiple bool, o op) *Error {
	list := ch.unacked.take(tag, multiple)
	if list == nil && (tag != 0 || !multiple) {
		return NewError(PreconditionFailed, "unknown delivery tag %d", tag)
	}
	if ch.tx != nil {
		ch.tx.answers = append(ch.tx.answers, answer{o, list})
		return nil
	}
	return ch.apply(o, list)
}

// apply carries an answer out. It is done queue by queue and consumer by consumer, gets first: an
// order that shows where messages go to a quorum queue's end.
func (ch *Channel) apply(o op, list []held) *Error {
	if len(list) > 1 {
		list = slices.Clone(list)
		slices.SortStableFunc(list, func(a, b held) int {
			return cmp.Or(strings.Compare(a.queue.name, b.queue.name), strings.Compare(a.group(), b.group()))
		})
	}
	for len(list) > 0 {
		q, n := list[0].queue, 1
		for n < len(list) && list[n].queue == q {
			n++
		}
		if e := ch.applyTo(q, o, list[:n]); e != nil {
			return e
		}
		list = list[n:]
	}
	return nil
}

// group is empty for gets.
func (h held) group() string {
	if h.consumer == nil {
		return ""
	}
	return h.consumer.tag
}

func (ch *Channel) applyTo(q *queue, o op, list []held) *Error {
	if q.kind == Stream && o != opAck {
		if q.deleted {
			return nil
		}
		return NewError(NotImplemented, "basic.nack and basic.reject not supported by stream queues %s", q)
	}
	if o == opAck {
		list[0].pair.countQueue(statAck, uint64(len(list)))
	}
	switch o {
	case opRequeue:
		q.takeBack(list, requeued)
	case opReturn:
		q.takeBack(list, returned)
	default:
		for _, h := range list {
			if h.entry != nil {
				q.forget(h, o == opDiscard)
			}
		}
	}
	ch.free(list)
	q.runLater()
	q.touch()
	return nil
}

// forget drops a delivery for good.
func (q *queue) forget(h held, dead bool) {
	q.heldLoad.add(h.entry.msg, -1)
	if dead && !q.deleted {
		q.bin(h.entry, reasonRejected)
	} else {
		q.drop(h.entry)
	}
}

// homecoming is how a delivery comes back to its queue.
type homecoming uint8

const (
	requeued   homecoming = iota // by a client that lives
	returned                     // by one that says it did not fail with it
	leftBehind                   // by the end of its channel
)

// takeBack puts deliveries back into the queue. A quorum queue counts what was not just returned, drops
// what came back too often, and puts what was requeued at its end when it has no delivery limit (before 4.3).
func (q *queue) takeBack(list []held, how homecoming) {
	back := make([]*entry, 0, len(list))
	for _, h := range list {
		if h.entry == nil {
			continue
		}
		e := h.entry
		q.heldLoad.add(e.msg, -1)
		if q.deleted {
			q.drop(e)
			continue
		}
		e.redelivered = true
		e.acquired++
		if q.kind == Quorum && how != returned {
			e.deliveries++
			if limit := q.limits.deliveryLimit; limit != unlimited && e.deliveries > limit {
				q.bin(e, reasonDeliveryLimit)
				continue
			}
		}
		q.readyLoad.add(e.msg, 1)
		if q.kind == Quorum && how == requeued && q.limits.deliveryLimit == unlimited && !q.broker.nacksFree {
			q.store.push(e)
		} else {
			back = append(back, e)
		}
	}
	if q.store != nil {
		q.store.putBack(back)
		q.settle()
	}
}

// free gives consumers their credit back.
func (ch *Channel) free(list []held) {
	counted := 0
	for _, h := range list {
		c := h.consumer
		if c == nil {
			if h.queue.kind == Quorum {
				h.queue.unhold(ch)
			}
			continue
		}
		if h.queue.kind == Classic {
			counted++
		}
		c.held--
		if c.credit++; c.limited && c.credit > 0 && !c.queued {
			c.q.join(c)
		}
	}
	if ch.globalLimit > 0 && counted > 0 {
		was := ch.limitReached()
		ch.volume = max(0, ch.volume-counted)
		if was && !ch.limitReached() {
			ch.wake()
		}
	}
}

// unhold ends a get of the channel.
func (q *queue) unhold(ch *Channel) {
	if q.holds[ch]--; q.holds[ch] <= 0 {
		delete(q.holds, ch)
	}
}

// keep notes a delivery that has to be acknowledged, and watches over its time.
func (ch *Channel) keep(h held) {
	ch.unacked.add(h)
	if ch.ackTimer == nil && ch.broker.opt.ConsumerTimeout > 0 {
		ch.watchAcks(ch.broker.opt.ConsumerTimeout)
	}
}

// ackGrain is how late at most an acknowledgement that is missing is noticed.
const ackGrain = time.Minute

func (ch *Channel) watchAcks(d time.Duration) {
	timeout := ch.broker.opt.ConsumerTimeout
	ch.ackTimer = ch.broker.after(d, func() {
		if ch.closed {
			return
		}
		ch.ackTimer = nil
		h, ok := ch.unacked.oldest()
		switch left := timeout - time.Duration(ch.broker.now-h.at); {
		case !ok:
		case left > 0:
			ch.watchAcks(max(left, min(ackGrain, timeout)))
		default:
			e := NewError(PreconditionFailed, "delivery acknowledgement on channel %d timed out. Timeout value used: %d ms. "+
				"This timeout value can be configured, see consumers doc guide to learn more", ch.number, timeout.Milliseconds())
			ch.close()
			ch.conn.out.CloseChannel(ch.number, e)
		}
	})
}

// Qos is basic.qos.
func (ch *Channel) Qos(prefetchSize uint32, prefetchCount uint16, global bool) *Error {
	if !ch.begin() {
		return nil
	}
	if prefetchSize != 0 {
		return ch.end(NewError(NotImplemented, "prefetch_size!=0 (%d)", prefetchSize))
	}
	limit := int(prefetchCount)
	switch {
	case !global:
		ch.prefetch = limit
		limit = 0
	case ch.globalLimit == 0:
		ch.volume = ch.unacked.len()
	}
	ch.globalLimit = limit
	if limit == 0 {
		ch.volume = 0
	}
	ch.wake()
	return ch.end(nil)
}

// Recover is basic.recover and basic.recover-async.
func (ch *Channel) Recover(requeue bool) *Error {
	if !ch.begin() {
		return nil
	}
	if !requeue {
		return ch.end(NewError(NotImplemented, "requeue=false"))
	}
	list := ch.unacked.take(0, true)
	for _, h := range list {
		if h.queue.kind == Stream && !h.queue.deleted {
			return ch.end(NewError(InternalError, ""))
		}
	}
	return ch.end(ch.apply(opRequeue, list))
}
