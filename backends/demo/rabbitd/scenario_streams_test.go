package rabbitd_test

import (
	"fmt"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// streamObservations are about stream queues.
func streamObservations() []observation {
	return []observation{
		{name: "stream-declare-flags", see: func(s *scene) {
			for i := range 8 {
				name := s.n(fmt.Sprint("q", i))
				s.try(fmt.Sprintf("durable, auto-delete, exclusive %03b", i), func(ch *channel) error {
					_, err := ch.QueueDeclare(name, i&4 != 0, i&2 != 0, i&1 != 0, false, amqp.Table{"x-queue-type": "stream"})
					return err
				})
				s.remove("queues", name)
			}
		}},
		{name: "stream-arguments", see: func(s *scene) {
			for i, args := range []amqp.Table{
				{"x-max-age": "1h"},
				{"x-max-age": "1x"},
				{"x-max-age": "h"},
				{"x-max-age": ""},
				{"x-max-age": int32(1)},
				{"x-max-age": "5s"},
				{"x-max-age": "1D"},
				{"x-max-length-bytes": int32(1000)},
				{"x-max-length-bytes": int32(-1)},
				{"x-max-length": int32(5)},
				{"x-stream-max-segment-size-bytes": int32(1000)},
				{"x-stream-max-segment-size-bytes": int32(-5)},
				{"x-initial-cluster-size": int32(1)},
				{"x-initial-cluster-size": int32(0)},
				{"x-queue-leader-locator": "balanced"},
				{"x-queue-leader-locator": "nobody"},
				{"x-message-ttl": int32(5)},
				{"x-expires": int32(5000)},
				{"x-dead-letter-exchange": "x"},
				{"x-max-priority": int32(5)},
				{"x-overflow": "drop-head"},
				{"x-single-active-consumer": true},
				{"x-delivery-limit": int32(1)},
				{"x-queue-mode": "lazy"},
				{"x-mine": "x"},
			} {
				what := showTable(args)
				args["x-queue-type"] = "stream"
				name := s.n(fmt.Sprint("q", i))
				s.try(what, declareDurable(name, args))
				s.remove("queues", name)
			}
		}},
		{name: "stream-offset-first", see: func(s *scene) { streamFrom(s, "first", 3) }},
		{name: "stream-offset-number", see: func(s *scene) { streamFrom(s, int64(1), 2) }},
		{name: "stream-offset-number-int32", see: func(s *scene) { streamFrom(s, int32(2), 1) }},
		{name: "stream-offset-timestamp", see: func(s *scene) { streamFrom(s, time.Unix(1500000000, 0), 3) }},
		{name: "stream-offset-interval", see: func(s *scene) { streamFrom(s, "1h", 3) }},
		{name: "stream-offset-next", see: func(s *scene) { streamFrom(s, "next", 0) }},
		{name: "stream-offset-none", see: func(s *scene) { streamFrom(s, nil, 0) }},
		{name: "stream-offset-beyond", see: func(s *scene) { streamFrom(s, int64(3), 0) }},
		{name: "stream-offset-last", see: func(s *scene) { streamFrom(s, "last", 1) }},
		{name: "stream-offset-errors", see: func(s *scene) {
			_, q := s.stream()
			for _, v := range []any{"nonsense", "", true, 1.5, int32(-1), "1x", "5", []any{}, amqp.Table{}, []byte("first"), "First"} {
				s.try(show(v), func(ch *channel) error {
					s.must(ch.Qos(10, 0, false), "qos")
					_, err := ch.Consume(q, "", false, false, false, false, amqp.Table{"x-stream-offset": v})
					return err
				})
			}
		}, normalisers: []normaliser{stackTraces()}},
		{name: "stream-consume-errors", see: func(s *scene) {
			_, q := s.stream()
			consume := func(prefetch int, global, noAck, exclusive bool) func(*channel) error {
				return func(ch *channel) error {
					if prefetch > 0 {
						s.must(ch.Qos(prefetch, 0, global), "qos")
					}
					_, err := ch.Consume(q, "", noAck, exclusive, false, false, nil)
					return err
				}
			}
			s.try("without prefetch", consume(0, false, false, false))
			s.try("with a prefetch of the channel", consume(5, true, false, false))
			s.try("without acks", consume(5, false, true, false))
			s.try("exclusive", consume(5, false, false, true))
			s.try("as it should be", consume(5, false, false, false))
			s.try("get", func(ch *channel) error { _, _, err := ch.Get(q, false); return err })
			s.try("purge", func(ch *channel) error { _, err := ch.QueuePurge(q, false); return err })
			s.try("delete if unused", func(ch *channel) error { _, err := ch.QueueDelete(q, true, false, false); return err })
			s.try("delete if empty", func(ch *channel) error { _, err := ch.QueueDelete(q, false, true, false); return err })
		}, normalisers: []normaliser{stackTraces()}},
		{name: "stream-read-twice", see: func(s *scene) {
			_, q := s.stream()
			for range 2 {
				ch := s.channel()
				s.must(ch.Qos(100, 0, false), "qos")
				c := ch.subscribe(q, "tag", amqp.Table{"x-stream-offset": "first"})
				s.bodies(c, 3)
				s.must(ch.Ack(0, true), "ack")
				s.must(ch.Close(), "close")
			}
		}},
		{name: "stream-prefetch", see: func(s *scene) {
			ch, q := s.stream()
			ch.sure(q, "3")
			ch.sure(q, "4")
			reader := s.channel()
			s.must(reader.Qos(2, 0, false), "qos")
			c := reader.subscribe(q, "tag", amqp.Table{"x-stream-offset": "first"})
			s.bodies(c, 2)
			s.must(reader.Ack(2, true), "ack")
			s.bodies(c, 2)
			s.must(reader.Ack(4, true), "ack")
			s.bodies(c, 1)
		}},
		{name: "stream-prefetch-exact", see: func(s *scene) {
			_, q := s.stream()
			other := s.channel().plain("other", nil)
			w := s.raw().open()
			w.method(1, 60, 10, uint32(0), uint16(1), 0)
			w.next()
			w.method(1, 60, 20, uint16(0), q, "tag", 0, arguments(long(append(arguments("x-stream-offset"), arguments([]byte("S"), long("first"))...))))
			w.next()
			w.expect("body")
			s.say("one came")
			w.method(1, 60, 20, uint16(0), other, "sentinel", 0, noTable())
			s.until("a consumer of the sentinel", func() bool { _, n := s.count(other); return n == 1 })
			s.channel().send(other, "sentinel")
			for w.next() != "body" || !strings.Contains(s.text.String(), "sentinel") {
			}
		}},
		{name: "stream-nack", see: func(s *scene) {
			_, q := s.stream()
			for _, f := range []func(*channel) error{
				func(ch *channel) error { return ch.Nack(1, false, true) },
				func(ch *channel) error { return ch.Reject(1, false) },
			} {
				reader := s.channel()
				s.must(reader.Qos(1, 0, false), "qos")
				c := reader.subscribe(q, "tag", amqp.Table{"x-stream-offset": "first"})
				s.bodies(c, 1)
				s.must(f(reader), "nack")
				s.say("%s", describe(await(s, reader.closed, "the end of the channel")))
			}
		}},
		{name: "stream-carries", see: func(s *scene) {
			ch, q := s.stream()
			ch.publish("", q, amqp.Publishing{
				ContentType: "text/plain", DeliveryMode: 2, Priority: 3, CorrelationId: "c", ReplyTo: "r", Expiration: "60000", MessageId: "m",
				Timestamp: time.Unix(1500000000, 0), Type: "t", UserId: "guest", AppId: "a",
				Headers: amqp.Table{"s": "v", "i": int32(1), "l": int64(2), "b": true, "f": 1.5, "t": time.Unix(1500000000, 0), "n": amqp.Table{"x": "y"}, "a": []any{"z"}, "v": nil, "u": byte(7), "x": []byte{0, 1}},
				Body:    []byte("all properties"),
			})
			ch.confirmed(1)
			s.take(s.reading(q, int64(3)), 1)
		}},
		{name: "stream-bound", see: func(s *scene) {
			ch, q := s.stream()
			x := ch.exchange("x", "topic", nil)
			ch.bind(q, "a.*", x, nil)
			ch.publish(x, "a.b", publishing("routed"))
			ch.mandatory(x, "b", publishing("not"))
			ch.confirmed(2)
			s.say("%s", showReturn(await(s, ch.returns, "return")))
			s.take(s.reading(q, int64(3)), 1)
		}},
		{name: "stream-follow", see: func(s *scene) {
			ch, q := s.stream()
			a, b := s.reading(q, "next"), s.reading(q, "next")
			ch.sure(q, "4", "5")
			s.bodies(a, 2)
			s.bodies(b, 2)
		}},
		{name: "stream-deleted-cancels", see: func(s *scene) {
			_, q := s.stream()
			reader := s.channel()
			s.must(reader.Qos(10, 0, false), "qos")
			reader.subscribe(q, "tag", amqp.Table{"x-stream-offset": "first"})
			_, err := s.channel().QueueDelete(q, false, false, false)
			s.say("%s", describe(err))
			s.say("%q", await(s, reader.cancels, "cancel"))
		}},
		{name: "stream-declare-again", see: func(s *scene) {
			_, q := s.stream()
			s.try("same", declareDurable(q, amqp.Table{"x-queue-type": "stream"}))
			s.try("classic", declareDurable(q, amqp.Table{"x-queue-type": "classic"}))
			s.try("other", declareDurable(q, amqp.Table{"x-queue-type": "stream", "x-max-age": "1h"}))
		}},
		{name: "stream-takes-dead-letters", see: func(s *scene) {
			ch, q := s.stream()
			dlx, witness := ch.exchange("dlx", "fanout", nil), ch.plain("witness", nil)
			ch.bind(q, "", dlx, nil)
			ch.bind(witness, "", dlx, nil)
			w := ch.plain("w", amqp.Table{"x-message-ttl": int32(1), "x-dead-letter-exchange": dlx})
			ch.send(w, "dead")
			ch.arrived(witness)
			ch.sure(q, "sentinel")
			c := s.reading(q, int64(3))
			for d := s.delivery(c); string(d.Body) != "sentinel"; d = s.delivery(c) {
				s.say("%s", showDelivery(d))
			}
		}},
	}
}

// stream makes a stream q with the messages 0, 1 and 2, and a confirming channel. Each message is
// confirmed before the next, for streams deliver whole chunks (rabbitmq.com/docs/streams).
func (s *scene) stream() (*channel, string) {
	ch := s.confirming()
	q := ch.queue("q", queueOptions{durable: true}, amqp.Table{"x-queue-type": "stream"})
	for _, body := range []string{"0", "1", "2"} {
		ch.sure(q, body)
	}
	return ch, q
}

// reading consumes a stream from an offset, with plenty of prefetch.
func (s *scene) reading(q string, offset any) <-chan amqp.Delivery {
	ch := s.channel()
	s.must(ch.Qos(100, 0, false), "qos")
	args := amqp.Table{}
	if offset != nil {
		args["x-stream-offset"] = offset
	}
	return ch.subscribe(q, "tag", args)
}

// streamFrom says the n messages from an offset, and a sentinel after them.
func streamFrom(s *scene, offset any, n int) {
	ch, q := s.stream()
	c := s.reading(q, offset)
	s.take(c, n)
	ch.sure(q, "sentinel")
	s.take(c, 1)
}
