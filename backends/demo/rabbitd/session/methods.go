package session

import (
	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// A handler does what a method asks for and returns the answer, nil when there is none to send.
type handler func(s *session, ch *channel, m wire.Method) (wire.Method, *broker.Error)

// on makes a handler of a function that takes one kind of method.
func on[M wire.Method](do func(s *session, ch *channel, m M) (wire.Method, *broker.Error)) handler {
	return func(s *session, ch *channel, m wire.Method) (wire.Method, *broker.Error) { return do(s, ch, m.(M)) }
}

// unless is the answer to a method with the flag no-wait.
func unless(noWait bool, answer wire.Method, e *broker.Error) (wire.Method, *broker.Error) {
	if noWait {
		return nil, e
	}
	return answer, e
}

// channelHandlers are the methods of a channel that is open, except for basic.publish.
func channelHandlers() map[wire.MethodID]handler {
	return map[wire.MethodID]handler{
		wire.IDChannelOpen: on(func(*session, *channel, *wire.ChannelOpen) (wire.Method, *broker.Error) {
			return nil, broker.NewError(broker.ChannelError, "second 'channel.open' seen")
		}),
		wire.IDChannelClose: on(func(s *session, ch *channel, _ *wire.ChannelClose) (wire.Method, *broker.Error) {
			s.channelClosed(ch)
			return nil, nil
		}),
		wire.IDChannelFlow: on(func(_ *session, ch *channel, m *wire.ChannelFlow) (wire.Method, *broker.Error) {
			return &wire.ChannelFlowOk{Active: m.Active}, ch.core.Flow(m.Active)
		}),
		wire.IDAccessRequest: on(func(*session, *channel, *wire.AccessRequest) (wire.Method, *broker.Error) {
			return &wire.AccessRequestOk{Ticket: 1}, nil
		}),
		wire.IDExchangeDeclare: on(declareExchange), wire.IDExchangeDelete: on(deleteExchange),
		wire.IDExchangeBind: on(bindExchange), wire.IDExchangeUnbind: on(unbindExchange),
		wire.IDQueueDeclare: on(declareQueue), wire.IDQueueDelete: on(deleteQueue), wire.IDQueuePurge: on(purgeQueue),
		wire.IDQueueBind: on(bindQueue), wire.IDQueueUnbind: on(unbindQueue),
		wire.IDBasicQos: on(qos), wire.IDBasicConsume: on(consume), wire.IDBasicCancel: on(cancel), wire.IDBasicGet: on(get),
		wire.IDBasicAck: on(ack), wire.IDBasicNack: on(nack), wire.IDBasicReject: on(reject),
		wire.IDBasicRecover: on(recoverAll), wire.IDBasicRecoverAsync: on(recoverAsync),
		wire.IDConfirmSelect: on(confirmSelect),
		wire.IDTxSelect: on(func(_ *session, ch *channel, _ *wire.TxSelect) (wire.Method, *broker.Error) {
			return &wire.TxSelectOk{}, ch.core.TxSelect()
		}),
		wire.IDTxCommit: on(func(_ *session, ch *channel, _ *wire.TxCommit) (wire.Method, *broker.Error) {
			return &wire.TxCommitOk{}, ch.core.TxCommit()
		}),
		wire.IDTxRollback: on(func(_ *session, ch *channel, _ *wire.TxRollback) (wire.Method, *broker.Error) {
			return &wire.TxRollbackOk{}, ch.core.TxRollback()
		}),
	}
}

func declareExchange(_ *session, ch *channel, m *wire.ExchangeDeclare) (wire.Method, *broker.Error) {
	e := ch.core.DeclareExchange(broker.ExchangeDeclare{
		Name: m.Exchange, Type: m.Type, Passive: m.Passive, Durable: m.Durable,
		AutoDelete: m.AutoDelete, Internal: m.Internal, Arguments: m.Arguments,
	})
	return unless(m.NoWait, &wire.ExchangeDeclareOk{}, e)
}

func deleteExchange(_ *session, ch *channel, m *wire.ExchangeDelete) (wire.Method, *broker.Error) {
	return unless(m.NoWait, &wire.ExchangeDeleteOk{}, ch.core.DeleteExchange(m.Exchange, m.IfUnused))
}

func bindExchange(_ *session, ch *channel, m *wire.ExchangeBind) (wire.Method, *broker.Error) {
	e := ch.core.BindExchange(m.Destination, m.Source, m.RoutingKey, m.Arguments)
	return unless(m.NoWait, &wire.ExchangeBindOk{}, e)
}

func unbindExchange(_ *session, ch *channel, m *wire.ExchangeUnbind) (wire.Method, *broker.Error) {
	e := ch.core.UnbindExchange(m.Destination, m.Source, m.RoutingKey, m.Arguments)
	return unless(m.NoWait, &wire.ExchangeUnbindOk{}, e)
}

func declareQueue(_ *session, ch *channel, m *wire.QueueDeclare) (wire.Method, *broker.Error) {
	ok, e := ch.core.DeclareQueue(broker.QueueDeclare{
		Name: m.Queue, Passive: m.Passive, Durable: m.Durable, Exclusive: m.Exclusive,
		AutoDelete: m.AutoDelete, NoWait: m.NoWait, Arguments: m.Arguments,
	})
	answer := &wire.QueueDeclareOk{Queue: ok.Name, MessageCount: ok.Messages, ConsumerCount: ok.Consumers}
	return unless(m.NoWait, answer, e)
}

func deleteQueue(_ *session, ch *channel, m *wire.QueueDelete) (wire.Method, *broker.Error) {
	n, e := ch.core.DeleteQueue(m.Queue, m.IfUnused, m.IfEmpty)
	return unless(m.NoWait, &wire.QueueDeleteOk{MessageCount: n}, e)
}

func purgeQueue(_ *session, ch *channel, m *wire.QueuePurge) (wire.Method, *broker.Error) {
	n, e := ch.core.PurgeQueue(m.Queue)
	return unless(m.NoWait, &wire.QueuePurgeOk{MessageCount: n}, e)
}

func bindQueue(_ *session, ch *channel, m *wire.QueueBind) (wire.Method, *broker.Error) {
	e := ch.core.BindQueue(m.Queue, m.Exchange, m.RoutingKey, m.Arguments)
	return unless(m.NoWait, &wire.QueueBindOk{}, e)
}

func unbindQueue(_ *session, ch *channel, m *wire.QueueUnbind) (wire.Method, *broker.Error) {
	return &wire.QueueUnbindOk{}, ch.core.UnbindQueue(m.Queue, m.Exchange, m.RoutingKey, m.Arguments)
}
