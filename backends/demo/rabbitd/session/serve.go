package session

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// Why a session ended.
var (
	errCut       = errors.New("cut by a fault")
	errClosed    = errors.New("closed")
	errHandshake = errors.New("handshake failed")
	errGarbled   = errors.New("what the client sent makes no sense")
	errWriting   = errors.New("the writer has failed")
)

// phase is the state of a connection, by RabbitMQ's names.
type phase string

const (
	starting phase = "starting"
	tuning   phase = "tuning"
	opening  phase = "opening"
	running  phase = "running"
	closed   phase = "closed" // connection.close was sent and is not confirmed yet
)

// A session is one connection. Its fields belong to the goroutine that reads, except for those that
// are atomic.
type session struct {
	ctx    context.Context
	conn   net.Conn
	broker *broker.Broker
	opt    Options

	link  *link
	in    *wire.Reader
	out   *outbox
	done  chan struct{} // closed when the writer has ended
	beat  atomic.Int64  // time.Duration between heartbeats, 0 for none
	core  atomic.Pointer[broker.Connection]
	phase phase

	received, sent traffic

	user, mechanism      string
	client, capabilities wire.Table
	channelMax           uint16
	handlers             map[wire.MethodID]handler
	channels             *channels
}

// Serve speaks with one client until either side ends the connection or ctx is done, which cuts it.
// It closes conn and returns why it ended: nil after a proper close.
func Serve(ctx context.Context, conn net.Conn, b *broker.Broker, opt Options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { cut(conn) })()
	s := &session{
		ctx: ctx, conn: conn, broker: b, opt: opt.withDefaults(), phase: starting,
		out: newOutbox(opt.Faults != nil), done: make(chan struct{}), channels: newChannels(),
	}
	s.handlers = channelHandlers()
	s.link = &link{conn: conn, before: s.report}
	s.in = wire.NewReader(s.link)
	if err := s.greet(); err != nil {
		return err
	}
	go s.write(s.done)
	err := s.read()
	s.leave(err)
	return err
}

// cut closes the socket without a farewell of TLS, which could block.
func cut(conn net.Conn) {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	conn.Close()
}

// greet brings up TLS and checks the protocol header. A client of another protocol is told ours.
func (s *session) greet() error {
	if err := s.conn.SetReadDeadline(time.Now().Add(handshakeLimit)); err != nil {
		return err
	}
	if t, ok := s.conn.(*tls.Conn); ok {
		if err := t.HandshakeContext(s.ctx); err != nil {
			return err
		}
	}
	header, err := s.in.ProtocolHeader()
	if err != nil {
		return err
	}
	s.received.bytes.Add(uint64(len(header)))
	if header == protocolHeader() || header == [8]byte{'A', 'M', 'Q', 'P', 1, 1, 0, 9} {
		return nil
	}
	ours := protocolHeader()
	if err := s.conn.SetWriteDeadline(time.Now().Add(farewellLimit)); err != nil {
		return err
	}
	if _, err := s.conn.Write(ours[:]); err != nil {
		return err
	}
	return errHandshake
}

// protocolHeader is that of AMQP 0-9-1 (section 4.2.2).
func protocolHeader() [8]byte { return [8]byte{'A', 'M', 'Q', 'P', 0, 0, 9, 1} }

// read reads frames until the connection ends.
func (s *session) read() error {
	s.start()
	for {
		frame, err := s.in.Next()
		if err != nil {
			return s.unreadable(err)
		}
		s.received.bytes.Add(uint64(len(frame.Payload) + wire.FrameOverhead))
		s.received.frames.Add(1)
		if s.opt.Faults != nil {
			if pass, err := s.judge(true, frame); err != nil {
				return err
			} else if !pass {
				continue
			}
		}
		if s.out.closed.Load() {
			s.phase = closed
		}
		if err := s.frame(frame); err != nil {
			if errors.Is(err, errClosed) {
				return nil
			}
			return err
		}
		if s.out.choked.Load() {
			if err := s.awaitRoom(); err != nil {
				return err
			}
		}
	}
}

// awaitRoom stops reading until the client has taken its answers. A client that has agreed on
// heartbeats may take no longer than for two of them.
func (s *session) awaitRoom() error {
	var late <-chan time.Time
	if beat := s.heartbeat(); beat > 0 {
		timer := time.NewTimer(4 * beat)
		defer timer.Stop()
		late = timer.C
	}
	for s.out.choked.Load() {
		select {
		case <-s.out.room:
		case <-late:
			return os.ErrDeadlineExceeded
		case <-s.done:
			return errWriting
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
	return nil
}

// unreadable ends a session whose peer is gone or cannot be followed any more. In the second case
// the peer is told, and gets some time to read that.
func (s *session) unreadable(err error) error {
	var bad *wire.FrameError
	if !errors.As(err, &bad) {
		return err
	}
	if s.phase == running || s.phase == opening {
		if s.refuse(0, frameError(bad)) == nil {
			s.linger()
		}
	}
	return err
}

// linger reads and forgets what the peer sends until it goes, for a short time. Closing a socket
// with unread bytes could destroy what is still on its way to the peer; and who failed to log in is
// not to try again at once.
func (s *session) linger() {
	s.link.within(farewellLimit)
	_, _ = io.Copy(io.Discard, s.link)
}

// leave takes the connection off the broker and ends the writer, which sends what is left if the
// peer is still there.
func (s *session) leave(err error) {
	if errors.Is(err, errHandshake) {
		s.linger()
	}
	s.report()
	if core := s.core.Load(); core != nil {
		core.Close()
	}
	if err != nil && !errors.Is(err, errGarbled) && !s.out.closed.Load() {
		cut(s.conn)
	} else if err := s.conn.SetWriteDeadline(time.Now().Add(farewellLimit)); err != nil {
		cut(s.conn)
	}
	s.out.end()
	<-s.done
}
