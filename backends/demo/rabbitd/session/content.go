package session

import (
	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// missing is the exception for a frame that is not the part of the content that was expected.
func (ch *channel) missing() *broker.Error {
	if ch.expected == expectHeader {
		return broker.NewError(broker.UnexpectedFrame,
			"expected content header for class %d, got non content header frame instead", wire.ClassBasic)
	}
	return broker.NewError(broker.UnexpectedFrame, "expected content body, got non content body frame instead")
}

func noMethod() *broker.Error {
	return broker.NewError(broker.UnexpectedFrame, "expected method frame, got non method frame instead")
}

func (s *session) headerOnChannel(ch *channel, f wire.Frame) error {
	h, err := wire.ReadHeader(f.Payload)
	switch {
	case err != nil:
		return s.refuse(0, unknownFrame(f))
	case ch == nil || ch.expected == expectMethod:
		return s.refuse(0, noMethod())
	case ch.expected == expectBody || h.Weight != 0:
		return s.refuse(ch.awaiting, ch.missing())
	case h.Class != wire.ClassBasic:
		return s.refuse(ch.awaiting, broker.NewError(broker.UnexpectedFrame,
			"expected content header for class %d, got one for class %d instead", wire.ClassBasic, h.Class))
	}
	properties, err := wire.ReadProperties(h.Encoded)
	ch.begin(&h, &properties)
	ch.garbled = err != nil
	if h.BodySize == 0 {
		return s.complete(ch)
	}
	ch.expected = expectBody
	return nil
}

// smallBody is for how large a body memory is made before any of it is there.
const smallBody = 4096

// begin remembers a header. Its bytes and a small body lie in one piece of memory.
func (ch *channel) begin(h *wire.Header, properties *wire.Properties) {
	n := len(h.Encoded)
	memory := make([]byte, n, n+int(min(h.BodySize, smallBody)))
	copy(memory, h.Encoded)
	ch.content = content{properties: properties, header: memory[:n:n], body: memory[n:]}
	ch.size, ch.left, ch.overlong = h.BodySize, h.BodySize, false
}

func (s *session) bodyOnChannel(ch *channel, payload []byte) error {
	if ch == nil || ch.expected == expectMethod {
		return s.refuse(0, noMethod())
	}
	if ch.expected == expectHeader {
		return s.refuse(ch.awaiting, ch.missing())
	}
	if uint64(len(payload)) > ch.left {
		// RabbitMQ waits for the body to end, which it never does: only another frame is an error.
		ch.overlong, ch.body = true, nil
	}
	if ch.overlong {
		return nil
	}
	ch.left -= uint64(len(payload))
	// What is too large or for nobody is counted and not kept.
	if ch.size <= uint64(s.broker.MaxMessageSize()) && !ch.closing.Load() {
		ch.extend(payload)
	}
	if ch.left > 0 {
		return nil
	}
	return s.complete(ch)
}

// extend adds to the body. Its memory grows with what has come, up to the size announced.
func (ch *channel) extend(part []byte) {
	if need := len(ch.body) + len(part); need > cap(ch.body) {
		grown := make([]byte, len(ch.body), min(ch.size, uint64(max(2*cap(ch.body), need))))
		copy(grown, ch.body)
		ch.body = grown
	}
	ch.body = append(ch.body, part...)
}

// complete gives a complete message to the broker.
func (s *session) complete(ch *channel) error {
	message := ch.content
	ch.content, ch.expected = content{}, expectMethod
	switch {
	case ch.closing.Load():
		return nil
	case ch.awaiting != wire.IDBasicPublish:
		return s.refuse(ch.awaiting, unimplemented())
	case ch.garbled:
		return s.refuse(0, internalError())
	}
	if limit := s.broker.MaxMessageSize(); ch.size > uint64(limit) {
		ch.core.Close()
		return s.exception(ch, wire.IDBasicPublish, broker.NewError(broker.PreconditionFailed,
			"message size %d is larger than configured max size %d", ch.size, limit))
	}
	e := ch.core.Publish(broker.Publishing{
		Exchange: ch.publish.Exchange, RoutingKey: ch.publish.RoutingKey,
		Mandatory: ch.publish.Mandatory, Immediate: ch.publish.Immediate,
		Properties: message.properties, Header: message.header, Body: message.body,
	})
	if e != nil {
		return s.exception(ch, wire.IDBasicPublish, e)
	}
	return nil
}

// throttle stops reading for as long as an alarm holds this connection, as RabbitMQ does after each
// part of a content: what was begun during an alarm is published when it is over.
func (s *session) throttle(err error) error {
	if err != nil || s.phase != running {
		return err
	}
	over := s.core.Load().Blocked()
	if over == nil {
		return nil
	}
	select {
	case <-over:
		return nil
	case <-s.done:
		return errWriting
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}
