package session

import (
	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

func qos(_ *session, ch *channel, m *wire.BasicQos) (wire.Method, *broker.Error) {
	return &wire.BasicQosOk{}, ch.core.Qos(m.PrefetchSize, m.PrefetchCount, m.Global)
}

// consume has its answer written by the broker, before the first delivery.
func consume(s *session, ch *channel, m *wire.BasicConsume) (wire.Method, *broker.Error) {
	_, e := ch.core.Consume(broker.ConsumeRequest{
		Queue: m.Queue, Tag: m.ConsumerTag, NoLocal: m.NoLocal, NoAck: m.NoAck, Exclusive: m.Exclusive,
		Arguments: m.Arguments,
		OK: func(tag string) {
			if !m.NoWait {
				s.out.method(ch, &wire.BasicConsumeOk{ConsumerTag: tag})
			}
		},
	})
	return nil, e
}

func cancel(_ *session, ch *channel, m *wire.BasicCancel) (wire.Method, *broker.Error) {
	e := ch.core.Cancel(m.ConsumerTag)
	return unless(m.NoWait, &wire.BasicCancelOk{ConsumerTag: m.ConsumerTag}, e)
}

func get(s *session, ch *channel, m *wire.BasicGet) (wire.Method, *broker.Error) {
	got, e := ch.core.Get(m.Queue, m.NoAck)
	if e != nil {
		return nil, e
	}
	if got == nil {
		return &wire.BasicGetEmpty{}, nil
	}
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if !ch.closing.Load() {
		s.out.content(ch.id, &wire.BasicGetOk{
			DeliveryTag: got.DeliveryTag, Redelivered: got.Redelivered, Exchange: got.Exchange,
			RoutingKey: got.RoutingKey, MessageCount: got.MessageCount,
		}, content{properties: got.Properties, header: got.Header, body: got.Body})
	}
	return nil, nil
}

func ack(_ *session, ch *channel, m *wire.BasicAck) (wire.Method, *broker.Error) {
	return nil, ch.core.Ack(m.DeliveryTag, m.Multiple)
}

func nack(_ *session, ch *channel, m *wire.BasicNack) (wire.Method, *broker.Error) {
	return nil, ch.core.Nack(m.DeliveryTag, m.Multiple, m.Requeue)
}

func reject(_ *session, ch *channel, m *wire.BasicReject) (wire.Method, *broker.Error) {
	return nil, ch.core.Reject(m.DeliveryTag, m.Requeue)
}

func recoverAll(_ *session, ch *channel, m *wire.BasicRecover) (wire.Method, *broker.Error) {
	return &wire.BasicRecoverOk{}, ch.core.Recover(m.Requeue)
}

func recoverAsync(_ *session, ch *channel, m *wire.BasicRecoverAsync) (wire.Method, *broker.Error) {
	return nil, ch.core.Recover(m.Requeue)
}

func confirmSelect(_ *session, ch *channel, m *wire.ConfirmSelect) (wire.Method, *broker.Error) {
	return unless(m.NoWait, &wire.ConfirmSelectOk{}, ch.core.ConfirmSelect())
}
