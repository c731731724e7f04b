package wire

import (
	"context"
	"net"
	"reflect"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo is the least of a server: it answers what the other library asks, and delivers what it
// publishes.
type echo struct {
	conn net.Conn
	in   *Reader
	out  Writer
}

func (e *echo) serve() error {
	defer e.conn.Close()
	if _, err := e.in.ProtocolHeader(); err != nil {
		return err
	}
	start := &ConnectionStart{VersionMinor: 9, Mechanisms: "PLAIN", Locales: "en_US", ServerProperties: Table{"product": "echo"}}
	e.out.Method(0, start)
	for {
		if _, err := e.conn.Write(e.out.Bytes()); err != nil {
			return err
		}
		e.out.Reset(e.out.Bytes())
		frame, err := e.in.Next()
		if err != nil {
			return err
		}
		if err := e.answer(frame); err != nil {
			return err
		}
	}
}

func (e *echo) answer(frame Frame) error {
	switch frame.Type {
	case FrameHeader:
		h, err := ReadHeader(frame.Payload)
		if err != nil {
			return err
		}
		p, err := ReadProperties(h.Encoded)
		if err != nil {
			return err
		}
		e.out.Method(frame.Channel, &BasicDeliver{ConsumerTag: "tag", DeliveryTag: 1, Exchange: "x", RoutingKey: "k"})
		e.out.Header(frame.Channel, &p, h.BodySize)
		return nil
	case FrameBody:
		e.out.Body(frame.Channel, frame.Payload)
		return nil
	case FrameHeartbeat:
		return nil
	}
	id, arguments, _ := SplitMethod(frame.Payload)
	m := NewMethod(id)
	if err := e.in.Method(m, arguments); err != nil {
		return err
	}
	switch id {
	case IDConnectionStartOk:
		e.out.Method(0, &ConnectionTune{ChannelMax: 10, FrameMax: FrameMinSize})
	case IDConnectionOpen:
		e.out.Method(0, &ConnectionOpenOk{})
	case IDConnectionClose:
		e.out.Method(0, &ConnectionCloseOk{})
	case IDChannelOpen:
		e.out.Method(frame.Channel, &ChannelOpenOk{})
	case IDBasicConsume:
		e.out.Method(frame.Channel, &BasicConsumeOk{ConsumerTag: m.(*BasicConsume).ConsumerTag})
	default:
	}
	return nil
}

// theirs turns a value into what the other library makes of it: an empty array is nil, a time local.
func theirs(v any) any {
	switch v := v.(type) {
	case Table:
		t := amqp.Table{}
		for name, value := range v {
			t[name] = theirs(value)
		}
		return t
	case []any:
		var a []any
		for _, value := range v {
			a = append(a, theirs(value))
		}
		return a
	case Decimal:
		return amqp.Decimal(v)
	case time.Time:
		return v.Local()
	}
	return v
}

// TestOtherLibrary sends messages through amqp091-go and this package and back.
func TestOtherLibrary(t *testing.T) {
	here, there := net.Pipe()
	done := make(chan error, 1)
	server := &echo{conn: there, in: NewReader(there)}
	go func() { done <- server.serve() }()
	conn, err := amqp.Open(here, amqp.Config{SASL: []amqp.Authentication{&amqp.PlainAuth{}}, Vhost: "/"})
	if err != nil {
		t.Fatal(err)
	}
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	deliveries, err := ch.Consume("q", "tag", true, false, false, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		headers := tables(2).Draw(t, "headers")
		want := amqp.Publishing{
			Headers: theirs(headers).(amqp.Table), ContentType: shortstrs().Draw(t, "type"),
			DeliveryMode: rapid.Uint8Range(0, 2).Draw(t, "mode"), Priority: rapid.Uint8().Draw(t, "priority"),
			Expiration: shortstrs().Draw(t, "expiration"), MessageId: shortstrs().Draw(t, "id"),
			Timestamp: time.Unix(rapid.Int64Range(1, 1<<40).Draw(t, "time"), 0), AppId: shortstrs().Draw(t, "app"),
			Body: rapid.SliceOfN(rapid.Byte(), 0, 3*FrameMinSize).Draw(t, "body"),
		}
		if len(AppendTable(nil, headers)) > FrameMinSize/2 {
			t.Skip("the headers must fit into a frame")
		}
		if err := ch.PublishWithContext(context.Background(), "x", "k", false, false, want); err != nil {
			t.Fatal(err)
		}
		got, ok := <-deliveries
		if !ok {
			t.Fatal("the channel was closed")
		}
		if len(want.Headers) == 0 {
			want.Headers = got.Headers
		}
		if !reflect.DeepEqual(got.Headers, want.Headers) || string(got.Body) != string(want.Body) ||
			got.ContentType != want.ContentType || got.DeliveryMode != want.DeliveryMode || got.Priority != want.Priority ||
			got.Expiration != want.Expiration || got.MessageId != want.MessageId || !got.Timestamp.Equal(want.Timestamp) ||
			got.AppId != want.AppId {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("the server was not told that the connection ended")
	}
}
