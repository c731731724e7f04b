package session

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// channels are the open channels of a connection. The reader changes them; the broker looks for one
// when it closes it.
type channels struct {
	mu   sync.Mutex
	byID map[uint16]*channel
	last *channel // the one that was found last
}

func newChannels() *channels { return &channels{byID: map[uint16]*channel{}} }

func (c *channels) get(id uint16) *channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || c.last.id != id {
		c.last = c.byID[id]
	}
	return c.last
}

func (c *channels) add(ch *channel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID[ch.id] = ch
}

func (c *channels) remove(id uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, id)
	c.last = nil
}

func (c *channels) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.byID)
}

// A channel is one channel of a client with the content that is on its way.
type channel struct {
	id   uint16
	core *broker.Channel
	// closing is set once channel.close is among the bytes to the client: what it sends until it
	// confirms that is ignored.
	closing atomic.Bool

	expected expectation
	awaiting wire.MethodID // the method whose content is expected
	// What is as frequent as messages are is read into memory of the channel.
	publish wire.BasicPublish
	ack     wire.BasicAck
	content
	size, left uint64 // octets of the body: all, and those that are still to come
	overlong   bool   // more came than were announced
	garbled    bool   // the properties could not be read
}

// expectation is what comes next on a channel.
type expectation uint8

const (
	expectMethod expectation = iota
	expectHeader
	expectBody
)

// frameOnChannel takes a frame for a channel. The first of a channel must be channel.open.
func (s *session) frameOnChannel(f wire.Frame) error {
	ch := s.channels.get(f.Channel)
	switch f.Type {
	case wire.FrameMethod:
		id, arguments, ok := wire.SplitMethod(f.Payload)
		if !ok {
			return s.refuse(0, unknownFrame(f))
		}
		return s.methodOnChannel(f.Channel, ch, id, arguments)
	case wire.FrameHeader:
		return s.throttle(s.headerOnChannel(ch, f))
	case wire.FrameBody:
		return s.throttle(s.bodyOnChannel(ch, f.Payload))
	case wire.FrameHeartbeat:
		if len(f.Payload) == 0 {
			return s.refuse(0, unexpectedFrame(f))
		}
	}
	return s.refuse(0, unknownFrame(f))
}

func (s *session) methodOnChannel(number uint16, ch *channel, id wire.MethodID, arguments []byte) error {
	m := ch.method(id)
	switch {
	case m == nil:
		return fmt.Errorf("%w: no method {%d,%d}", errGarbled, id.Class(), id.Method())
	case ch == nil:
		return s.firstMethod(number, id, arguments)
	case ch.expected != expectMethod:
		return s.refuse(ch.awaiting, ch.missing())
	}
	if err := s.in.Method(m, arguments); err != nil {
		return s.undecodable(id, arguments, err)
	}
	switch {
	case id.HasContent():
		ch.expected, ch.awaiting = expectHeader, id
		return nil
	case ch.closing.Load():
		return s.methodWhileClosing(ch, id)
	}
	do := s.handlers[id]
	if do == nil {
		return s.refuse(id, unimplemented())
	}
	reply, e := do(s, ch, m)
	if e != nil {
		return s.exception(ch, id, e)
	}
	if reply != nil {
		s.out.method(ch, reply)
	}
	return nil
}

// method is where a method is read into, nil for one that does not exist.
func (ch *channel) method(id wire.MethodID) wire.Method {
	switch {
	case ch != nil && id == wire.IDBasicPublish:
		return &ch.publish
	case ch != nil && id == wire.IDBasicAck:
		return &ch.ack
	}
	return wire.NewMethod(id)
}

// undecodable ends a connection over arguments that make no sense. When that is the content of a
// table RabbitMQ says no word.
func (s *session) undecodable(id wire.MethodID, arguments []byte, err error) error {
	if errors.Is(err, wire.ErrTable) {
		return fmt.Errorf("%w: %w", errGarbled, err)
	}
	return s.refuse(id, cannotDecode(arguments, err))
}

// firstMethod opens a channel.
func (s *session) firstMethod(number uint16, id wire.MethodID, arguments []byte) error {
	if n := s.channels.count(); n >= int(s.channelMax) {
		return s.refuse(0, broker.NewError(broker.NotAllowed,
			"number of channels opened (%d) has reached the negotiated channel_max (%d)", n, s.channelMax))
	}
	if id != wire.IDChannelOpen {
		return s.refuse(id, broker.NewError(broker.ChannelError, "expected 'channel.open'"))
	}
	if err := s.in.Method(&wire.ChannelOpen{}, arguments); err != nil {
		return s.undecodable(id, arguments, err)
	}
	core, e := s.core.Load().Channel(number)
	if e != nil {
		return s.refuse(id, e)
	}
	ch := &channel{id: number, core: core}
	s.channels.add(ch)
	s.out.method(ch, &wire.ChannelOpenOk{})
	return nil
}

// methodWhileClosing waits for the client to confirm our channel.close. It may have sent its own
// before it saw ours: that is confirmed, and ours is still to be.
func (s *session) methodWhileClosing(ch *channel, id wire.MethodID) error {
	switch id {
	case wire.IDChannelCloseOk:
		s.channels.remove(ch.id)
	case wire.IDChannelClose:
		s.out.closeOk(ch)
	default:
	}
	return nil
}

// channelClosed ends a channel at the client's wish. The number is free before the client knows.
func (s *session) channelClosed(ch *channel) {
	ch.core.Close()
	s.channels.remove(ch.id)
	s.out.closeOk(ch)
}
