package rabbitd_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// publishingObservations are about confirms, transactions and what a message carries.
func publishingObservations() []observation {
	return []observation{
		{name: "confirms", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", nil)
			ch.send(q, "1", "2")
			ch.publish("", s.n("nowhere"), publishing("unroutable is acked too"))
			ch.mandatory("", s.n("nowhere"), publishing("returned and acked"))
			ch.confirmed(4)
			s.say("%s", showReturn(await(s, ch.returns, "return")))
		}},
		{name: "confirms-durable", see: func(s *scene) {
			ch := s.confirming()
			q := ch.queue("q", queueOptions{durable: true}, nil)
			for range 5 {
				ch.publish("", q, amqp.Publishing{DeliveryMode: 2, Body: []byte("x")})
			}
			ch.confirmed(5)
		}},
		{name: "confirms-count-from-select", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "before")
			s.must(ch.Confirm(false), "confirm")
			ch.confirms = ch.NotifyPublish(make(chan amqp.Confirmation, buffer))
			ch.send(q, "after")
			ch.confirmed(1)
			s.say("again: %s", describe(ch.Confirm(false)))
			ch.send(q, "more")
			ch.confirmed(1)
		}},
		{name: "confirms-and-tx", see: func(s *scene) {
			s.try("tx after confirm", func(ch *channel) error { s.must(ch.Confirm(false), "confirm"); return ch.Tx() })
			s.try("confirm after tx", func(ch *channel) error { s.must(ch.Tx(), "tx"); return ch.Confirm(false) })
			s.try("tx twice", func(ch *channel) error { s.must(ch.Tx(), "tx"); return ch.Tx() })
			s.try("commit without", func(ch *channel) error { return ch.TxCommit() })
			s.try("rollback without", func(ch *channel) error { return ch.TxRollback() })
		}},
		{name: "tx-publish", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			s.must(ch.Tx(), "tx")
			ch.send(q, "1", "2")
			ch.get(q)
			s.must(ch.TxCommit(), "commit")
			ch.send(q, "3")
			s.must(ch.TxRollback(), "rollback")
			ch.get(q)
			ch.get(q)
			ch.get(q)
		}},
		{name: "tx-acks", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "1", "2", "3")
			s.must(ch.Tx(), "tx")
			for range 3 {
				ch.get(q)
			}
			s.must(ch.Ack(1, false), "ack")
			s.must(ch.TxRollback(), "rollback")
			s.must(ch.Ack(1, false), "ack once more")
			s.must(ch.Nack(2, false, true), "nack")
			s.must(ch.Reject(3, false), "reject")
			ch.get(q)
			s.must(ch.TxCommit(), "commit")
			ch.get(q)
		}},
		{name: "tx-returns", see: func(s *scene) {
			ch := s.channel()
			s.must(ch.Tx(), "tx")
			ch.mandatory("", s.n("none"), publishing("x"))
			s.must(ch.TxRollback(), "rollback")
			s.say("returned: %d", len(ch.returns))
			ch.mandatory("", s.n("none"), publishing("y"))
			s.say("returned: %d", len(ch.returns))
			s.must(ch.TxCommit(), "commit")
			s.say("%s", showReturn(await(s, ch.returns, "return")))
		}},
		{name: "tx-lost-with-channel", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			s.must(ch.Tx(), "tx")
			ch.send(q, "1")
			s.must(ch.Close(), "close")
			s.channel().drain(q)
		}},
		{name: "tx-publish-missing-exchange", see: func(s *scene) {
			s.tryAsync("publish", func(ch *channel) {
				s.must(ch.Tx(), "tx")
				ch.publish(s.n("none"), "k", publishing("x"))
			})
		}},
		{name: "user-id", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			for _, id := range []string{"guest", "somebody", "GUEST"} {
				s.tryAsync(id, func(ch *channel) { ch.publish("", q, amqp.Publishing{UserId: id}) })
			}
			s.channel().get(q)
		}},
		{name: "properties", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.publish("", q, amqp.Publishing{
				ContentType: "text/plain; charset=utf-8", ContentEncoding: "gzip", DeliveryMode: 2, Priority: 200,
				CorrelationId: "corr", ReplyTo: "reply", Expiration: "600000", MessageId: "id", Timestamp: time.Unix(1500000000, 0),
				Type: "type", UserId: "guest", AppId: "app", Headers: amqp.Table{"h": "v"}, Body: []byte("b"),
			})
			ch.publish("", q, publishing("none"))
			ch.publish("", q, amqp.Publishing{DeliveryMode: 1, Headers: amqp.Table{}})
			ch.publish("", q, amqp.Publishing{CorrelationId: strings.Repeat("c", 255)})
			ch.publish("", q, amqp.Publishing{ContentType: "bin\x00", Timestamp: time.Unix(0, 0)})
			for range 5 {
				ch.get(q)
			}
		}},
		{name: "properties-not-utf-8", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.publish("", q, amqp.Publishing{ContentType: "\xff\xfe", CorrelationId: "\x80", Headers: amqp.Table{"\xff": "\xff"}})
			ch.get(q)
		}},
		{name: "properties-delivery-mode", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			for _, mode := range []uint8{0, 1, 2, 3, 9, 255} {
				s.tryAsync(fmt.Sprint(mode), func(ch *channel) { ch.publish("", q, amqp.Publishing{DeliveryMode: mode}) })
			}
		}},
		{name: "properties-raw", see: func(s *scene) {
			rawProperties(s, map[string][]byte{
				"cluster-id":         append(arguments(uint16(0x0004)), arguments("cluster")...),
				"empty content-type": append(arguments(uint16(0x8000)), 0),
				"priority 0":         arguments(uint16(0x0800), 0),
				"delivery-mode 0":    arguments(uint16(0x1000), 0),
			})
		}},
		{name: "properties-unknown-flag", see: func(s *scene) {
			rawProperties(s, map[string][]byte{"bit 1": arguments(uint16(0x0002))})
		}},
		{name: "properties-broken", see: func(s *scene) {
			rawProperties(s, map[string][]byte{
				"continuation":        arguments(uint16(0x0001), uint16(0x0000)),
				"continuation set":    arguments(uint16(0x0001), uint16(0x8000)),
				"bytes left over":     arguments(uint16(0x0000), []byte("more")),
				"value missing":       arguments(uint16(0x8000)),
				"header table broken": arguments(uint16(0x2000), long("\x01aQ")),
			})
		}},
		{name: "headers-every-type", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			for _, v := range fieldValues() {
				ch.publish("", q, amqp.Publishing{Headers: amqp.Table{"v": v, "in": amqp.Table{"v": v}, "list": []any{v, v}}})
				ch.get(q)
			}
		}},
		{name: "headers-on-the-wire", see: func(s *scene) {
			rawHeaders(
				s, nil,
				slices.Concat(field("z", 'B', 1), field("a", 'b', 255), field("m", 's', 0, 1), field("b", 'u', 0, 1)),
				slices.Concat(field("same", 'I', 0, 0, 0, 1), field("same", 'I', 0, 0, 0, 2)),
				field("l", 'l', 0, 0, 0, 0, 0, 0, 0, 1), field("L", 'L', 0, 0, 0, 0, 0, 0, 0, 1), field("i", 'i', 255, 255, 255, 255),
				field("t", 't', 2), field("T", 'T', 255, 255, 255, 255, 255, 255, 255, 255),
				slices.Concat(field("F", 'F', 0, 0, 0, 6), field("k", 'V'), field("l", 'V')),
			)
		}},
		{name: "headers-not-a-number", see: func(s *scene) {
			rawHeaders(s, field("nan", 'd', 0x7f, 0xf8, 0, 0, 0, 0, 0, 1), field("inf", 'f', 0x7f, 0x80, 0, 0))
		}},
		{name: "headers-deep", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			t, l := amqp.Table{"leaf": int32(1)}, []any{int32(1)}
			for range 20 {
				t, l = amqp.Table{"t": t, "n": "x"}, []any{l, "x"}
			}
			ch.publish("", q, amqp.Publishing{Headers: amqp.Table{"t": t, "l": l, "": "empty key", strings.Repeat("k", 255): "long key"}})
			ch.get(q)
		}},
		{name: "headers-large", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			t := amqp.Table{}
			for i := range 500 {
				t[fmt.Sprintf("key%03d", i)] = strings.Repeat("v", 100)
			}
			ch.publish("", q, amqp.Publishing{Headers: t})
			d, ok := ch.fetch(q)
			text := showTable(d.Headers)
			s.say("%t %d %x", ok, len(text), hash([]byte(text)))
		}},
		{name: "body-sizes", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			for _, n := range []int{0, 1, 131063, 131064, 131065, 262128, 262129, 1 << 20, 5<<20 + 7} {
				body := make([]byte, n)
				for i := range body {
					body[i] = byte(i * 7)
				}
				ch.publish("", q, amqp.Publishing{Body: body})
				d, ok := ch.fetch(q)
				s.say("%d: %t, the same: %t", n, ok, slices.Equal(d.Body, body))
			}
		}},
		{name: "body-in-small-frames", see: func(s *scene) {
			k := s.connect(login{config: amqp.Config{FrameSize: 4096}})
			ch := k.channel()
			q := ch.plain("q", nil)
			body := strings.Repeat("0123456789", 5000)
			ch.publish("", q, publishing(body))
			ch.get(q)
			w := s.raw()
			w.tuned(10, 4096, 0)
			w.method(0, 10, 40, vhost, "", 0)
			w.expect("connection.open-ok")
			w.method(1, 20, 10, "")
			ch.publish("", q, publishing(body[:9000]))
			s.settled(q, 1)
			w.method(1, 60, 70, uint16(0), q, 1)
			w.expect("header")
			for range 3 {
				w.next()
			}
		}},
		{name: "order-of-1000", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", nil)
			c, err := ch.Consume(q, "tag", true, false, false, false, nil)
			s.must(err, "consume")
			for i := range 1000 {
				ch.send(q, fmt.Sprint(i))
			}
			wrong := 0
			for i := range 1000 {
				if d := await(s, c, "a delivery"); string(d.Body) != fmt.Sprint(i) || d.DeliveryTag != uint64(i+1) {
					wrong++
				}
			}
			s.say("out of order: %d", wrong)
			acked := 0
			for range 1000 {
				if await(s, ch.confirms, "a confirm").Ack {
					acked++
				}
			}
			s.say("confirmed: %d", acked)
		}},
	}
}

// arrivedQuietly is arrived without a word.
func (ch *channel) arrivedQuietly(queue string) (d amqp.Delivery) {
	ch.s.until("a message", func() (ok bool) {
		d, ok = ch.fetch(queue)
		return ok
	})
	return d
}

func fieldValues() []any {
	return []any{
		true, false, byte(0), byte(255), int8(-128), int8(127), int16(-32768), int16(32767), uint16(65535),
		int32(math.MinInt32), int32(math.MaxInt32), uint32(math.MaxUint32), int64(math.MinInt64), int64(math.MaxInt64),
		float32(1.5), float32(math.SmallestNonzeroFloat32), float64(math.Pi), float64(math.MaxFloat64), math.Copysign(0, -1),
		amqp.Decimal{Scale: 2, Value: 12345},
		amqp.Decimal{Scale: 255, Value: -1},
		"", "text", "bin\x00\xff",
		[]byte{},
		[]byte{0, 255},
		time.Unix(0, 0), time.Unix(1500000000, 0), time.Unix(1<<40, 0), nil,
		amqp.Table{},
		[]any{},
		amqp.Table{"a": []any{amqp.Table{"b": nil}}},
		[]any{int8(1), "two", []any{uint16(3)}, nil, amqp.Table{"four": float32(4)}},
	}
}

// field is a table field as bytes.
func field(name string, value ...byte) []byte { return append(arguments(name), value...) }

// rawHeaders sends tables as bytes and looks at the bytes that come back: order, widths and
// field types stay as they were.
func rawHeaders(s *scene, tables ...[]byte) {
	q := s.channel().plain("q", nil)
	for _, table := range tables {
		w := s.raw().open()
		w.method(1, 60, 40, uint16(0), "", q, 0)
		w.frame(headerFrame, 1, append(arguments(uint16(60), uint16(0), uint64(0), uint16(0x2000)), arguments(long(table))...))
		w.method(1, 60, 70, uint16(0), q, 1)
		s.say("%q → %s", table, w.got(func(header []byte) string { return fmt.Sprintf("%q", header[14:]) }))
	}
}

// got reads the answer to basic.get: the content header as show writes it, or what came instead.
func (w *raw) got(show func(header []byte) string) string {
	kind, _, payload, err := w.read()
	if err != nil {
		return "cut off"
	}
	if text := showFrame(kind, payload); !strings.HasPrefix(text, "method 60.71") {
		return stackTraces().apply(text)
	}
	_, _, payload, err = w.read()
	w.s.must(err, "read")
	return show(payload)
}

// rawProperties sends property lists that client libraries do not write.
func rawProperties(s *scene, lists map[string][]byte) {
	q := s.channel().plain("q", nil)
	for what, list := range sorted(lists) {
		w := s.raw().open()
		w.method(1, 60, 40, uint16(0), "", q, 0)
		w.frame(headerFrame, 1, append(arguments(uint16(60), uint16(0), uint64(0)), list...))
		w.method(1, 60, 70, uint16(0), q, 1)
		s.say("%s: %s", what, w.got(func(header []byte) string { return fmt.Sprintf("%q", header[12:]) }))
	}
}
