package rabbitd_test

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// consumerObservations are about who gets messages.
func consumerObservations() []observation {
	return []observation{
		{name: "consume-generated-tag", normalisers: []normaliser{generated()}, see: func(s *scene) {
			q := s.channel().plain("q", nil)
			w := s.raw().open()
			w.method(1, 60, 20, uint16(0), q, "", 0, noTable())
			w.next()
		}},
		{name: "consume-errors", see: consumeErrors},
		{name: "consume-cancel", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "1")
			s.take(c, 1)
			s.must(ch.Cancel("tag", false), "cancel")
			s.try("unknown tag", func(ch *channel) error { return ch.Cancel("nobody", false) })
			s.try("another channel's tag", func(ch *channel) error { return ch.Cancel("tag", false) })
			ch.send(q, "2")
			ch.get(q)
			s.must(ch.Ack(1, false), "ack after cancel")
			s.must(ch.Nack(2, false, true), "nack")
			ch.drain(q)
		}},
		{name: "consume-exclusive", see: exclusiveConsumer},
		{name: "consume-round-robin", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			a, b, c := ch.subscribe(q, "a", nil), ch.subscribe(q, "b", nil), ch.subscribe(q, "c", nil)
			ch.send(q, "1", "2", "3", "4", "5", "6")
			s.take(a, 2)
			s.take(b, 2)
			s.take(c, 2)
		}},
		{name: "consume-prefetch", see: prefetch},
		{name: "consume-prefetch-changed", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			s.must(ch.Qos(1, 0, false), "qos")
			a := ch.subscribe(q, "a", nil)
			s.must(ch.Qos(3, 0, false), "qos")
			ch.send(q, "1", "2", "3", "4", "5", "6")
			b := ch.subscribe(q, "b", nil)
			s.bodies(a, 1)
			s.bodies(b, 3)
			s.settled(q, 2)
		}},
		{name: "consume-prefetch-global", see: prefetchGlobal},
		{name: "consume-prefetch-size", see: func(s *scene) {
			s.try("size", func(ch *channel) error { return ch.Qos(0, 100, false) })
			s.try("size global", func(ch *channel) error { return ch.Qos(1, 100, true) })
			s.try("zero", func(ch *channel) error { return ch.Qos(0, 0, true) })
			s.try("most", func(ch *channel) error { return ch.Qos(65535, 0, false) })
		}},
		{name: "consume-prefetch-ignored-without-acks", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			s.must(ch.Qos(1, 0, false), "qos")
			c, err := ch.Consume(q, "tag", true, false, false, false, nil)
			s.must(err, "consume")
			ch.send(q, "1", "2", "3")
			s.take(c, 3)
			s.try("ack of an automatic one", func(other *channel) error {
				s.must(ch.Ack(1, false), "ack")
				return await(s, ch.closed, "close")
			})
		}},
		{name: "consume-priority", see: consumerPriority},
		{name: "consume-priority-values", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			for _, v := range []any{int32(-5), int32(5), int64(1 << 40), byte(1), "1", 1.5, true, nil, []byte("1")} {
				s.try(show(v), func(ch *channel) error {
					_, err := ch.Consume(q, "", false, false, false, false, amqp.Table{"x-priority": v})
					return err
				})
			}
		}},
		{name: "consume-arguments-unknown", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			for _, args := range []amqp.Table{{"x-mine": "x"}, {"x-stream-offset": "first"}, {"x-cancel-on-ha-failover": true}, {"x-credit": amqp.Table{}}} {
				s.try(showTable(args), func(ch *channel) error {
					_, err := ch.Consume(q, "", false, false, false, false, args)
					return err
				})
			}
		}},
		{name: "consume-single-active", see: singleActive},
		{name: "consume-single-active-exclusive", see: func(s *scene) {
			q := s.channel().plain("q", amqp.Table{"x-single-active-consumer": true})
			s.try("exclusive consumer", func(ch *channel) error {
				_, err := ch.Consume(q, "", false, true, false, false, nil)
				return err
			})
		}},
		{name: "consume-cancel-notify", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			for _, tag := range []string{"a", "b"} {
				ch.subscribe(q, tag, nil)
			}
			_, err := ch.QueueDelete(q, false, false, false)
			s.must(err, "delete")
			one, two := await(s, ch.cancels, "cancel"), await(s, ch.cancels, "cancel")
			s.say("%q", min(one, two))
			s.say("%q", max(one, two))
		}},
		{name: "consume-cancel-notify-unasked", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			w := s.raw().open()
			w.method(1, 60, 20, uint16(0), q, "tag", 0, noTable())
			w.next()
			_, err := ch.QueueDelete(q, false, false, false)
			s.must(err, "delete")
			w.qos()
			w.next()
		}},
		{name: "consume-no-local", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			c, err := ch.Consume(q, "tag", true, false, true, false, nil)
			s.must(err, "consume")
			ch.send(q, "own message")
			s.take(c, 1)
		}},
		{name: "consume-what-is-there-first", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "1", "2", "3")
			s.bodies(ch.subscribe(q, "tag", nil), 3)
		}},
		{name: "consume-tags-count-by-channel", see: func(s *scene) {
			ch, other := s.channel(), s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "1", "2", "3", "4")
			ch.get(q)
			other.get(q)
			s.take(ch.subscribe(q, "tag", nil), 2)
		}},
	}
}

func consumeErrors(s *scene) {
	q := s.channel().plain("q", nil)
	s.try("missing", func(ch *channel) error {
		_, err := ch.Consume(s.n("none"), "", false, false, false, false, nil)
		return err
	})
	s.try("the same tag twice", func(ch *channel) error {
		ch.subscribe(q, "tag", nil)
		_, err := ch.Consume(q, "tag", false, false, false, false, nil)
		return err
	})
	s.try("the same tag on two channels", func(ch *channel) error {
		ch.subscribe(q, "tag", nil)
		_, err := s.channel().Consume(q, "tag", false, false, false, false, nil)
		return err
	})
	s.try("get from missing", func(ch *channel) error { _, _, err := ch.Get(s.n("none"), false); return err })
}

func exclusiveConsumer(s *scene) {
	ch := s.channel()
	q := ch.plain("q", nil)
	consume := func(exclusive bool) func(*channel) error {
		return func(ch *channel) error {
			_, err := ch.Consume(q, "", false, exclusive, false, false, nil)
			return err
		}
	}
	_, err := ch.Consume(q, "first", false, true, false, false, nil)
	s.must(err, "consume")
	s.try("second", consume(false))
	s.try("second exclusive", consume(true))
	s.try("get", func(ch *channel) error { _, _, err := ch.Get(q, true); return err })
	s.must(ch.Cancel("first", false), "cancel")
	ch.subscribe(q, "shared", nil)
	s.try("exclusive beside a shared one", consume(true))
	s.try("shared beside a shared one", consume(false))
}

func prefetch(s *scene) {
	ch := s.channel()
	q := ch.plain("q", nil)
	s.must(ch.Qos(2, 0, false), "qos")
	a, b := ch.subscribe(q, "a", nil), ch.subscribe(q, "b", nil)
	ch.send(q, "1", "2", "3", "4", "5", "6", "7")
	s.bodies(a, 2)
	s.bodies(b, 2)
	s.settled(q, 3)
	s.must(ch.Ack(1, false), "ack")
	s.bodies(a, 1)
	s.must(ch.Nack(2, false, false), "nack")
	s.bodies(b, 1)
	s.must(ch.Ack(0, true), "ack all")
	s.settled(q, 0)
	got := s.bodiesOf(a, b)
	s.say("the last: %s", got)
}

// bodiesOf takes one delivery from whichever consumer has it.
func (s *scene) bodiesOf(a, b <-chan amqp.Delivery) string {
	select {
	case d := <-a:
		return showDelivery(d)
	case d := <-b:
		return showDelivery(d)
	}
}

func prefetchGlobal(s *scene) {
	ch := s.channel()
	q, r := ch.plain("q", nil), ch.plain("r", nil)
	s.must(ch.Qos(3, 0, true), "qos")
	a := ch.subscribe(q, "a", nil)
	ch.send(q, "1", "2")
	s.bodies(a, 2)
	b := ch.subscribe(r, "b", nil)
	ch.send(r, "3", "4", "5")
	s.bodies(b, 1)
	s.settled(r, 2)
	ch.send(q, "6")
	s.settled(q, 1)
	s.must(ch.Ack(1, false), "ack")
	s.must(ch.Ack(2, false), "ack")
	s.must(ch.Qos(0, 0, true), "qos")
	s.bodies(b, 2)
	s.bodies(a, 1)
}

func consumerPriority(s *scene) {
	ch := s.channel()
	q := ch.plain("q", nil)
	s.must(ch.Qos(2, 0, false), "qos")
	low := ch.subscribe(q, "low", amqp.Table{"x-priority": int32(-1)})
	high := ch.subscribe(q, "high", amqp.Table{"x-priority": int32(10)})
	usual := ch.subscribe(q, "usual", nil)
	for i := range 7 {
		ch.send(q, fmt.Sprint(i))
	}
	s.settled(q, 1)
	s.bodies(high, 2)
	s.bodies(usual, 2)
	s.bodies(low, 2)
	s.must(ch.Ack(1, false), "ack")
	s.bodies(high, 1)
}

func singleActive(s *scene) {
	ch := s.channel()
	q := ch.plain("q", amqp.Table{"x-single-active-consumer": true})
	a, b, c := ch.subscribe(q, "a", nil), ch.subscribe(q, "b", nil), ch.subscribe(q, "c", nil)
	ch.send(q, "1", "2", "3")
	s.take(a, 3)
	s.must(ch.Cancel("a", false), "cancel")
	ch.send(q, "4")
	s.take(b, 1)
	s.must(ch.Nack(1, false, true), "nack")
	s.take(b, 1)
	s.must(ch.Cancel("b", false), "cancel")
	other := s.connect(login{}).channel()
	d := other.subscribe(q, "d", nil)
	ch.send(q, "5")
	s.take(c, 1)
	s.must(ch.Close(), "close")
	s.bodies(d, 5)
}
