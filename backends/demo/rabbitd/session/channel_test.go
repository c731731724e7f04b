package session

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// TestExceptions sends what no client should and checks what RabbitMQ 3.10.8 answers.
func TestExceptions(t *testing.T) {
	method := func(channel uint16, m wire.Method) string {
		var w wire.Writer
		w.Method(channel, m)
		return string(w.Bytes())
	}
	body := func(channel uint16, payload string) string {
		var w wire.Writer
		w.Body(channel, []byte(payload))
		return string(w.Bytes())
	}
	header := func(class, weight string) string {
		return "\x02\x00\x01\x00\x00\x00\x0e\x00" + class + "\x00" + weight + "\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\xce"
	}
	publish := method(1, &wire.BasicPublish{})
	for name, c := range map[string]struct {
		send   []string
		code   uint16
		method wire.MethodID
		text   string
	}{
		"channel that is not open": {
			[]string{method(2, &wire.BasicGet{})},
			504, wire.IDBasicGet, "CHANNEL_ERROR - expected 'channel.open'",
		},
		"channel that is open": {
			[]string{method(1, &wire.ChannelOpen{})},
			504, wire.IDChannelOpen, "CHANNEL_ERROR - second 'channel.open' seen",
		},
		"too many channels": {
			[]string{method(2, &wire.ChannelOpen{}), method(3, &wire.ChannelOpen{}), method(4, &wire.ChannelOpen{})},
			530, 0, "NOT_ALLOWED - number of channels opened (3) has reached the negotiated channel_max (3)",
		},
		"method of a server": {
			[]string{method(1, &wire.QueueDeclareOk{})},
			503, wire.IDQueueDeclareOk, "COMMAND_INVALID - unimplemented method",
		},
		"half a method": {
			[]string{"\x01\x00\x01\x00\x00\x00\x05\x00\x3c\x00\x46\x00\xce"},
			501, wire.IDBasicGet, "FRAME_ERROR - cannot decode <<0>>",
		},
		"method of the connection": {
			[]string{method(0, &wire.ConnectionOpen{VirtualHost: "/"})},
			504, wire.IDConnectionOpen, "CHANNEL_ERROR - unexpected method in connection state running",
		},
		"method of a channel on 0": {
			[]string{method(0, &wire.BasicGet{})},
			504, wire.IDBasicGet, "CHANNEL_ERROR - unexpected method in connection state running",
		},
		"body on 0": {
			[]string{body(0, "body")},
			505, 0, `UNEXPECTED_FRAME - type 3, all octets = <<"body">>`,
		},
		"heartbeat on 1": {
			[]string{"\x08\x00\x01\x00\x00\x00\x00\xce"},
			505, 0, `UNEXPECTED_FRAME - type 8, all octets = <<>>`,
		},
		"heartbeat with content": {
			[]string{"\x08\x00\x00\x00\x00\x00\x01\x07\xce"},
			501, 0, `FRAME_ERROR - type 8, all octets = <<7>>: unknown_frame`,
		},
		"unknown type": {
			[]string{"\x07\x00\x01\x00\x00\x00\x11abcdefghijklmnopq\xce"},
			501, 0, `FRAME_ERROR - type 7, first 16 octets = <<"abcdefghijklmnop">>: unknown_frame`,
		},
		"no end of the frame": {
			[]string{"\x08\x00\x00\x00\x00\x00\x00\x01"},
			501, 0, `FRAME_ERROR - type 8, all octets = <<>>: {invalid_frame_end_marker,1}`,
		},
		"frame too large": {
			[]string{"\x03\x00\x01\x00\x00\x10\x01"},
			501, 0, `FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,4097,4088}`,
		},
		"body without a method": {
			[]string{body(1, "body")},
			505, 0, "UNEXPECTED_FRAME - expected method frame, got non method frame instead",
		},
		"body on a channel that is not open": {
			[]string{body(2, "body")},
			505, 0, "UNEXPECTED_FRAME - expected method frame, got non method frame instead",
		},
		"method instead of a header": {
			[]string{publish, publish},
			505, wire.IDBasicPublish, "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead",
		},
		"body instead of a header": {
			[]string{publish, body(1, "")},
			505, wire.IDBasicPublish, "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead",
		},
		"header of another class": {
			[]string{publish, header("\x32", "\x00")},
			505, wire.IDBasicPublish, "UNEXPECTED_FRAME - expected content header for class 60, got one for class 50 instead",
		},
		"header with a weight": {
			[]string{publish, header("\x3c", "\x01")},
			505, wire.IDBasicPublish, "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead",
		},
		"header instead of a body": {
			[]string{publish, header("\x3c", "\x00"), header("\x3c", "\x00")},
			505, wire.IDBasicPublish, "UNEXPECTED_FRAME - expected content body, got non content body frame instead",
		},
		"properties that cannot be read": {
			[]string{publish, "\x02\x00\x01\x00\x00\x00\x10\x00\x3c\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x00\x09x\xce"},
			541, 0, "INTERNAL_ERROR",
		},
		"half a header": {
			[]string{publish, "\x02\x00\x01\x00\x00\x00\x02\x00\x3c\xce"},
			501, 0, "FRAME_ERROR - type 2, all octets = <<0,60>>: unknown_frame",
		},
		"message of a server": {
			[]string{method(1, &wire.BasicDeliver{}), header("\x3c", "\x00"), body(1, "12345")},
			503, wire.IDBasicDeliver, "COMMAND_INVALID - unimplemented method",
		},
		"half a method of the connection": {
			[]string{"\x01\x00\x00\x00\x00\x00\x05\x00\x0a\x00\x1f\x00\xce"},
			541, 0, "INTERNAL_ERROR",
		},
		"body that is too long": {
			[]string{publish, header("\x3c", "\x00"), body(1, "123"), body(1, "456"), body(1, "7"), publish},
			505, wire.IDBasicPublish, "UNEXPECTED_FRAME - expected content body, got non content body frame instead",
		},
		"name that is no text": {
			[]string{"\x01\x00\x01\x00\x00\x00\x09\x00\x3c\x00\x46\x00\x00\x01\xff\x00\xce"},
			501, wire.IDBasicGet, "FRAME_ERROR - Malformed UTF-8 in shortstr",
		},
		"inactive flow": {
			[]string{method(1, &wire.ChannelFlow{})},
			540, wire.IDChannelFlow, "NOT_IMPLEMENTED - active=false",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := meet(t, newBroker(t), Options{}).open(0)
				go func() {
					// What comes after a frame that cannot be followed is not read any more.
					_, _ = io.WriteString(p.conn, strings.Join(c.send, ""))
				}()
				channel, m := p.next()
				for m.ID() == wire.IDChannelOpenOk {
					channel, m = p.next()
				}
				got, ok := m.(*wire.ConnectionClose)
				if !ok || channel != 0 || got.ReplyCode != c.code || got.ReplyText != c.text ||
					wire.MethodID(uint32(got.ClassID)<<16|uint32(got.MethodID)) != c.method {
					t.Errorf("%#v", m)
				}
				p.conn.Close()
				t.Log(<-p.ended)
			})
		})
	}
}

// TestNoWord sends what makes RabbitMQ hang up without a word, after it has answered what came before.
func TestNoWord(t *testing.T) {
	for name, bytes := range map[string]string{
		"no such method":          "\x01\x00\x01\x00\x00\x00\x04\x00\x3c\x00\x63\xce",
		"no such class":           "\x01\x00\x01\x00\x00\x00\x04\x00\x63\x00\x0a\xce",
		"no such method on 0":     "\x01\x00\x00\x00\x00\x00\x04\x00\x63\x00\x0a\xce",
		"table that is no table":  "\x01\x00\x01\x00\x00\x00\x0f\x00\x32\x00\x0a\x00\x00\x00\x00\x00\x00\x00\x03\x01aQ\xce",
		"first method is no such": "\x01\x00\x02\x00\x00\x00\x04\x00\x3c\x00\x63\xce",
	} {
		t.Run(name, func(t *testing.T) {
			p := meet(t, newBroker(t), Options{}).open(0)
			p.send(1, &wire.BasicQos{})
			p.write(bytes)
			p.expect(1, &wire.BasicQosOk{})
			if err := p.expectEnd(); !errors.Is(err, errGarbled) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// TestCloseAfterException waits for close-ok and ignores everything else, but not for ever.
func TestCloseAfterException(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := meet(t, newBroker(t), Options{}).open(0)
		p.send(1, &wire.QueueDeclareOk{})
		p.expectClose(0, 503, wire.IDQueueDeclareOk, "COMMAND_INVALID - unimplemented method")
		p.send(1, &wire.QueueDeclare{Queue: "q"}, &wire.QueueDeclare{Queue: "r"})
		p.send(0, &wire.ConnectionClose{ReplyCode: 200})
		p.expect(0, &wire.ConnectionCloseOk{})
		p.expectNothing(closingLimit - time.Second)
		p.send(0, &wire.ConnectionCloseOk{})
		if err := p.expectEnd(); err != nil {
			t.Error(err)
		}
		p = meet(t, newBroker(t), Options{}).open(0)
		p.send(1, &wire.QueueDeclareOk{})
		p.next()
		began := time.Now()
		_ = p.expectEnd()
		if took := time.Since(began); took != closingLimit {
			t.Errorf("ended after %v", took)
		}
	})
}

// TestChannelCloseRace lets both sides close a channel at the same time, and uses it again.
func TestChannelCloseRace(t *testing.T) {
	p := meet(t, newBroker(t), Options{}).open(0)
	for range 3 {
		p.send(1, &wire.QueueDeclare{Queue: "none", Passive: true}, &wire.ChannelClose{ReplyCode: 200}, &wire.BasicGet{Queue: "none"})
		p.expectClose(1, 404, wire.IDQueueDeclare, "NOT_FOUND - no queue 'none' in vhost '/'")
		p.expect(1, &wire.ChannelCloseOk{})
		// A message on its way is put together and forgotten.
		p.publish("none", "bo", "dy")
		p.send(1, &wire.ChannelCloseOk{})
		p.channel(1)
	}
	p.send(1, &wire.ChannelClose{})
	p.expect(1, &wire.ChannelCloseOk{})
	p.channel(1)
	p.leave()
}

func TestContent(t *testing.T) {
	p := meet(t, newBroker(t), Options{}).open(0)
	p.queue("q")
	large := strings.Repeat("0123456789", 5000)
	parts := []string{}
	for rest := large; rest != ""; {
		n := min(len(rest), 4000)
		parts = append(parts, rest[:n])
		rest = rest[n:]
	}
	p.publish("q")
	p.publish("q", "small")
	p.publish("q", "in ", "", "parts")
	p.publish("q", parts...)
	for _, want := range []string{"", "small", "in parts", large} {
		if got := p.get("q"); got != want {
			t.Errorf("got %d bytes, want %d", len(got), len(want))
		}
	}
	p.send(1, &wire.BasicGet{Queue: "q"})
	p.expect(1, &wire.BasicGetEmpty{})
	p.leave()
}

// TestTooLargeMessage counts a body that is larger than allowed and keeps none of it.
func TestTooLargeMessage(t *testing.T) {
	b := broker.New(broker.Options{MaxMessageSize: 10})
	defer b.Close()
	p := meet(t, b, Options{}).open(0)
	p.queue("q")
	p.publish("q", "0123456789")
	p.publish("q", "01234567890")
	p.expectClose(1, 406, wire.IDBasicPublish, "PRECONDITION_FAILED - message size 11 is larger than configured max size 10")
	p.send(1, &wire.ChannelCloseOk{})
	p.channel(1)
	if got := p.get("q"); got != "0123456789" {
		t.Errorf("%q", got)
	}
	p.leave()
}

// TestNoWait checks that nothing answers a method that asks for no answer.
func TestNoWait(t *testing.T) {
	p := meet(t, newBroker(t), Options{}).open(0)
	p.send(1, &wire.QueueDeclare{Queue: "q", NoWait: true},
		&wire.ExchangeDeclare{Exchange: "x", Type: "fanout", NoWait: true},
		&wire.QueueBind{Queue: "q", Exchange: "x", NoWait: true},
		&wire.ExchangeBind{Destination: "x", Source: "amq.topic", NoWait: true},
		&wire.ExchangeUnbind{Destination: "x", Source: "amq.topic", NoWait: true},
		&wire.ConfirmSelect{NoWait: true},
		&wire.BasicConsume{Queue: "q", ConsumerTag: "c", NoWait: true},
		&wire.BasicCancel{ConsumerTag: "c", NoWait: true},
		&wire.QueuePurge{Queue: "q", NoWait: true},
		&wire.QueueDelete{Queue: "q", NoWait: true},
		&wire.ExchangeDelete{Exchange: "x", NoWait: true},
		&wire.BasicRecoverAsync{Requeue: true},
		&wire.AccessRequest{Realm: "/data"})
	p.expect(1, &wire.AccessRequestOk{Ticket: 1})
	p.leave()
}
