package session

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A peer is a client that says exactly what a test wants.
type peer struct {
	t      testing.TB
	conn   net.Conn
	in     *wire.Reader
	out    wire.Writer
	ended  chan error
	cancel context.CancelFunc
}

// meet starts a session and sends the protocol header.
func meet(t testing.TB, b *broker.Broker, opt Options) *peer {
	t.Helper()
	here, there := net.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	p := &peer{t: t, conn: here, in: wire.NewReader(here), ended: make(chan error, 1), cancel: cancel}
	go func() { p.ended <- Serve(ctx, there, b, opt) }()
	t.Cleanup(func() {
		here.Close()
		cancel()
	})
	p.write("AMQP\x00\x00\x09\x01")
	p.in.SetFrameMax(defaultFrameMax)
	return p
}

func newBroker(t testing.TB) *broker.Broker {
	b := broker.New(broker.Options{})
	t.Cleanup(b.Close)
	return b
}

func (p *peer) write(bytes string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, bytes); err != nil {
		p.t.Fatal(err)
	}
}

// send sends methods in one piece.
func (p *peer) send(channel uint16, methods ...wire.Method) {
	p.t.Helper()
	for _, m := range methods {
		p.out.Method(channel, m)
	}
	p.flush()
}

func (p *peer) flush() {
	p.t.Helper()
	bytes := string(p.out.Bytes())
	p.out.Reset(nil)
	p.write(bytes)
}

// next reads a method.
func (p *peer) next() (channel uint16, m wire.Method) {
	p.t.Helper()
	frame, err := p.in.Next()
	if err != nil {
		p.t.Fatal(err)
	}
	id, arguments, ok := wire.SplitMethod(frame.Payload)
	if m = wire.NewMethod(id); frame.Type != wire.FrameMethod || !ok || m == nil {
		p.t.Fatalf("not a method: %+v", frame)
	}
	if err := p.in.Method(m, arguments); err != nil {
		p.t.Fatal(err)
	}
	return frame.Channel, m
}

// expect reads a method, which must be want.
func (p *peer) expect(channel uint16, want wire.Method) {
	p.t.Helper()
	if got, m := p.next(); got != channel || !reflect.DeepEqual(m, want) {
		p.t.Fatalf("on channel %d %#v, want %#v", got, m, want)
	}
}

// expectClose reads connection.close or channel.close.
func (p *peer) expectClose(channel, code uint16, method wire.MethodID, text string) {
	p.t.Helper()
	if channel == 0 {
		p.expect(0, &wire.ConnectionClose{ReplyCode: code, ReplyText: text, ClassID: method.Class(), MethodID: method.Method()})
		return
	}
	p.expect(channel, &wire.ChannelClose{ReplyCode: code, ReplyText: text, ClassID: method.Class(), MethodID: method.Method()})
}

// expectEnd waits for the server to close the connection.
func (p *peer) expectEnd() error {
	p.t.Helper()
	if frame, err := p.in.Next(); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		p.t.Fatalf("no end: %+v, %v", frame, err)
	}
	return <-p.ended
}

// expectNothing checks that the server says nothing for a while.
func (p *peer) expectNothing(d time.Duration) {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(d)); err != nil {
		p.t.Fatal(err)
	}
	if frame, err := p.in.Next(); !errors.Is(err, os.ErrDeadlineExceeded) {
		p.t.Fatalf("something came: %+v, %v", frame, err)
	}
	if err := p.conn.SetReadDeadline(time.Time{}); err != nil {
		p.t.Fatal(err)
	}
}

// allCapabilities are those that a good client announces.
func allCapabilities() wire.Table {
	return wire.Table{"capabilities": wire.Table{
		"authentication_failure_close": true, "connection.blocked": true, "consumer_cancel_notify": true,
	}}
}

// tune goes as far as connection.tune.
func (p *peer) tune() {
	p.t.Helper()
	if _, m := p.next(); m.ID() != wire.IDConnectionStart {
		p.t.Fatalf("%#v", m)
	}
	p.send(0, &wire.ConnectionStartOk{ClientProperties: allCapabilities(), Mechanism: "PLAIN", Response: "\x00guest\x00guest", Locale: "en_US"})
	if _, m := p.next(); m.ID() != wire.IDConnectionTune {
		p.t.Fatalf("%#v", m)
	}
}

// open opens the connection, and its channel 1.
func (p *peer) open(heartbeat uint16) *peer {
	p.t.Helper()
	p.tune()
	p.send(0, &wire.ConnectionTuneOk{ChannelMax: 3, FrameMax: wire.FrameMinSize, Heartbeat: heartbeat}, &wire.ConnectionOpen{VirtualHost: "/"})
	p.expect(0, &wire.ConnectionOpenOk{})
	p.channel(1)
	return p
}

func (p *peer) channel(id uint16) {
	p.t.Helper()
	p.send(id, &wire.ChannelOpen{})
	p.expect(id, &wire.ChannelOpenOk{})
}

// queue declares a queue.
func (p *peer) queue(name string) {
	p.t.Helper()
	p.send(1, &wire.QueueDeclare{Queue: name})
	p.expect(1, &wire.QueueDeclareOk{Queue: name})
}

// publish sends a message to a queue, with a body in parts of any size.
func (p *peer) publish(queue string, parts ...string) {
	p.t.Helper()
	p.out.Method(1, &wire.BasicPublish{RoutingKey: queue})
	p.out.Header(1, &wire.Properties{}, uint64(len(strings.Join(parts, ""))))
	for _, part := range parts {
		p.out.Body(1, []byte(part))
	}
	p.flush()
}

// body reads a header and as many bodies as it says.
func (p *peer) body() string {
	p.t.Helper()
	frame, err := p.in.Next()
	if err != nil || frame.Type != wire.FrameHeader {
		p.t.Fatalf("%+v, %v", frame, err)
	}
	h, err := wire.ReadHeader(frame.Payload)
	if err != nil {
		p.t.Fatal(err)
	}
	var body []byte
	for uint64(len(body)) < h.BodySize {
		frame, err := p.in.Next()
		if err != nil || frame.Type != wire.FrameBody {
			p.t.Fatalf("%+v, %v", frame, err)
		}
		body = append(body, frame.Payload...)
	}
	return string(body)
}

// get takes a message without acknowledgement.
func (p *peer) get(queue string) string {
	p.t.Helper()
	p.send(1, &wire.BasicGet{Queue: queue, NoAck: true})
	if _, m := p.next(); m.ID() != wire.IDBasicGetOk {
		p.t.Fatalf("%#v", m)
	}
	return p.body()
}

// leave closes the connection properly.
func (p *peer) leave() {
	p.t.Helper()
	p.send(0, &wire.ConnectionClose{ReplyCode: 200})
	p.expect(0, &wire.ConnectionCloseOk{})
	if err := p.expectEnd(); err != nil {
		p.t.Fatal(err)
	}
}
