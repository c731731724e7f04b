package session

import (
	"fmt"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// frame takes one frame. It returns an error when the session is over, errClosed after a proper
// close.
func (s *session) frame(f wire.Frame) error {
	switch {
	case s.phase == closed:
		return s.frameAfterClose(f)
	case f.Channel == 0:
		return s.frameOnZero(f)
	case s.phase == running:
		return s.frameOnChannel(f)
	}
	return s.refuse(0, unexpectedFrame(f))
}

// frameAfterClose ignores what a client sent before it saw our connection.close.
func (s *session) frameAfterClose(f wire.Frame) error {
	s.link.within(s.closingTime())
	if f.Type != wire.FrameMethod || f.Channel != 0 {
		return nil
	}
	switch id, _, _ := wire.SplitMethod(f.Payload); id {
	case wire.IDConnectionClose:
		s.out.closeOk(nil)
	case wire.IDConnectionCloseOk:
		return errClosed
	default:
	}
	return nil
}

// closingTime is how long we wait for connection.close-ok.
func (s *session) closingTime() time.Duration {
	if beat := 2 * s.heartbeat(); beat > 0 {
		return min(beat, closingLimit)
	}
	return closingLimit
}

// heartbeat is half of the time that was agreed on, the interval at which something is sent.
func (s *session) heartbeat() time.Duration { return time.Duration(s.beat.Load()) }

func (s *session) frameOnZero(f wire.Frame) error {
	switch f.Type {
	case wire.FrameHeartbeat:
		if len(f.Payload) == 0 {
			return nil
		}
	case wire.FrameMethod:
		if id, arguments, ok := wire.SplitMethod(f.Payload); ok {
			return s.methodOnZero(id, arguments)
		}
	case wire.FrameHeader, wire.FrameBody:
		return s.refuse(0, unexpectedFrame(f))
	}
	return s.refuse(0, unknownFrame(f))
}

func (s *session) methodOnZero(id wire.MethodID, arguments []byte) error {
	m := wire.NewMethod(id)
	if m == nil {
		return fmt.Errorf("%w: no method {%d,%d}", errGarbled, id.Class(), id.Method())
	}
	if err := s.in.Method(m, arguments); err != nil {
		return s.refuse(0, internalError())
	}
	switch m := m.(type) {
	case *wire.ConnectionStartOk:
		if s.phase == starting {
			return s.startOk(m)
		}
	case *wire.ConnectionTuneOk:
		if s.phase == tuning {
			return s.tuneOk(m)
		}
	case *wire.ConnectionOpen:
		if s.phase == opening {
			return s.open(m)
		}
	case *wire.ConnectionClose:
		if s.phase == running {
			return s.closedByClient()
		}
	case *wire.ConnectionUpdateSecret:
		// The client is who it was: there is nothing that a new secret could change.
		if s.phase == running {
			s.out.method(nil, &wire.ConnectionUpdateSecretOk{})
			return nil
		}
	}
	return s.refuse(id, broker.NewError(broker.ChannelError, "unexpected method in connection state %s", s.phase))
}

// closedByClient ends the connection before it says so: who reads close-ok finds exclusive queues
// gone.
func (s *session) closedByClient() error {
	s.core.Load().Close()
	s.out.closeOk(nil)
	return errClosed
}

// refuse ends the connection with an exception, and waits for the client to confirm that when the
// client has got so far that it can be trusted to: before that the session just ends.
func (s *session) refuse(method wire.MethodID, e *broker.Error) error {
	if core := s.core.Load(); core != nil {
		core.Close()
	}
	if s.phase == starting || s.phase == tuning {
		return fmt.Errorf("%w: %w", errHandshake, e)
	}
	s.out.closeConnection(method, e)
	s.phase = closed
	s.link.within(s.closingTime())
	return nil
}

// exception handles what an operation on a channel failed with.
func (s *session) exception(ch *channel, method wire.MethodID, e *broker.Error) error {
	if e.Hard {
		return s.refuse(method, e)
	}
	s.out.closeChannel(ch, method, e)
	return nil
}
