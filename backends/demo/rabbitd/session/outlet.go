package session

import (
	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// An outlet takes what the broker sends unasked. The broker holds its lock meanwhile: everything
// here only adds to the outbox.
type outlet struct{ s *session }

var _ broker.Outlet = (*outlet)(nil)

func (o *outlet) Deliver(id uint16, d broker.Delivery) {
	out := o.s.out
	out.mu.Lock()
	defer out.mu.Unlock()
	out.deliver = wire.BasicDeliver{
		ConsumerTag: d.ConsumerTag, DeliveryTag: d.DeliveryTag, Redelivered: d.Redelivered,
		Exchange: d.Exchange, RoutingKey: d.RoutingKey,
	}
	out.content(id, &out.deliver, content{properties: d.Properties, header: d.Header, body: d.Body})
}

func (o *outlet) Return(id uint16, r broker.Returned) {
	out := o.s.out
	out.mu.Lock()
	defer out.mu.Unlock()
	m := &wire.BasicReturn{ReplyCode: r.Code, ReplyText: r.Text, Exchange: r.Exchange, RoutingKey: r.RoutingKey}
	out.content(id, m, content{properties: r.Properties, header: r.Header, body: r.Body})
}

func (o *outlet) Confirm(id uint16, tag uint64, multiple, ack bool) {
	out := o.s.out
	out.add(1, func(w *wire.Writer) {
		if !ack {
			w.Method(id, &wire.BasicNack{DeliveryTag: tag, Multiple: multiple})
			return
		}
		out.ack = wire.BasicAck{DeliveryTag: tag, Multiple: multiple}
		w.Method(id, &out.ack)
	})
}

func (o *outlet) CancelConsumer(id uint16, tag string) {
	o.s.out.add(1, func(w *wire.Writer) { w.Method(id, &wire.BasicCancel{ConsumerTag: tag, NoWait: true}) })
}

func (o *outlet) CloseChannel(id uint16, e *broker.Error) {
	if ch := o.s.channels.get(id); ch != nil {
		o.s.out.closeChannel(ch, 0, e)
	}
}

func (o *outlet) Blocked(reason string) { o.s.out.method(nil, &wire.ConnectionBlocked{Reason: reason}) }

func (o *outlet) Unblocked() { o.s.out.method(nil, &wire.ConnectionUnblocked{}) }

func (o *outlet) CloseWith(e *broker.Error) {
	if o.s.out.closeConnection(0, e) {
		o.s.link.within(o.s.closingTime())
	}
}

func (o *outlet) Full() bool { return o.s.out.full() }
