package rabbitd_test

import (
	"fmt"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// limitObservations are about how long messages and queues live, how many there may be and in
// which order they leave.
func limitObservations() []observation {
	return []observation{
		{name: "ttl-queue", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", amqp.Table{"x-message-ttl": int32(150)})
			ch.send(q, "1", "2", "3")
			s.settled(q, 0)
			ch.get(q)
		}},
		{name: "ttl-zero", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", amqp.Table{"x-message-ttl": int32(0)})
			ch.send(q, "lost")
			ch.get(q)
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "a waiting consumer gets it")
			s.bodies(c, 1)
		}},
		{name: "ttl-message", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.publish("", q, amqp.Publishing{Expiration: "100", Body: []byte("short")})
			ch.publish("", q, amqp.Publishing{Expiration: "600000", Body: []byte("long")})
			s.settled(q, 1)
			ch.get(q)
		}},
		{name: "ttl-message-behind-another", see: func(s *scene) {
			ch := s.channel()
			q, watch := ch.plain("q", nil), ch.plain("watch", nil)
			ch.send(q, "no ttl")
			ch.publish("", q, amqp.Publishing{Expiration: "50", Body: []byte("expired behind it")})
			ch.publish("", watch, amqp.Publishing{Expiration: "150", Body: []byte("clock")})
			s.settled(watch, 0)
			m, _ := s.count(q)
			s.say("still counted: %d", m)
			ch.get(q)
			ch.get(q)
		}},
		{name: "ttl-both", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", amqp.Table{"x-message-ttl": int32(100)})
			ch.publish("", q, amqp.Publishing{Expiration: "600000", Body: []byte("queue's is less")})
			s.settled(q, 0)
			r := ch.plain("r", amqp.Table{"x-message-ttl": int32(600000)})
			ch.publish("", r, amqp.Publishing{Expiration: "100", Body: []byte("message's is less")})
			s.settled(r, 0)
		}},
		{name: "ttl-expiration-values", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			for _, v := range []string{"0", "1000000", "-1", "1.5", "x", " 1000", "1000 ", "4294967295", "4294967296", "99999999999999999999", "1000ms", "+1000", "0x10", "01000", "\x00"} {
				s.tryAsync(fmt.Sprintf("%q", v), func(ch *channel) {
					ch.publish("", q, amqp.Publishing{Expiration: v, Body: []byte(v)})
				})
			}
			s.channel().drain(q)
		}},
		{name: "ttl-requeued-in-time", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", amqp.Table{"x-message-ttl": int32(800)})
			ch.send(q, "held")
			d := ch.get(q)
			w := ch.plain("watch", amqp.Table{"x-message-ttl": int32(1000)})
			ch.send(w, "clock")
			s.settled(w, 0)
			s.must(ch.Nack(d.DeliveryTag, false, true), "nack")
			s.settled(q, 0)
			ch.get(q)
		}},
		{name: "expires", see: func(s *scene) {
			ch := s.channel()
			q := ch.queue("q", queueOptions{autoDelete: true}, amqp.Table{"x-expires": int32(150)})
			ch.send(q, "does not keep it")
			ch.expired(q)
		}},
		{name: "expires-not-while-used", see: func(s *scene) {
			ch := s.channel()
			q := ch.queue("q", queueOptions{autoDelete: true}, amqp.Table{"x-expires": int32(150)})
			s.must(ch.Qos(1, 0, false), "qos")
			r := ch.queue("r", queueOptions{autoDelete: true}, amqp.Table{"x-expires": int32(300)})
			ch.subscribe(q, "tag", nil)
			ch.expired(r)
			m, n := s.count(q)
			s.say("the used one stays: %d %d", m, n)
		}},
		{name: "expires-renewed", see: func(s *scene) {
			s.apart(
				func(s *scene) {
					s.renewed("declare", func(ch *channel, q string) error { return declareQueue(q, amqp.Table{"x-expires": int32(1000)})(ch) })
				},
				func(s *scene) {
					s.renewed("get", func(ch *channel, q string) error { _, _, err := ch.Get(q, true); return err })
				},
				func(s *scene) {
					s.renewed("passive", func(ch *channel, q string) error {
						_, err := ch.QueueDeclarePassive(q, false, false, false, false, nil)
						return err
					})
				},
			)
		}},
		{name: "length-drop-head", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-length": int32(3)})
			ch.send(q, "1", "2", "3", "4", "5")
			ch.confirmed(5)
			ch.drain(q)
		}},
		{name: "length-counts-ready-only", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-length": int32(2)})
			ch.sure(q, "1", "2")
			ch.get(q)
			ch.sure(q, "3", "4")
			s.must(ch.Nack(1, false, true), "nack")
			ch.drain(q)
		}},
		{name: "length-zero", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-length": int32(0)})
			ch.send(q, "1")
			ch.confirmed(1)
			ch.drain(q)
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "2")
			ch.confirmed(1)
			s.bodies(c, 1)
		}},
		{name: "length-bytes", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-length-bytes": int32(10)})
			ch.send(q, "1234", "abc", "defg", "hi", strings.Repeat("x", 11), "k")
			ch.confirmed(6)
			ch.drain(q)
		}},
		{name: "length-both", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-length": int32(3), "x-max-length-bytes": int32(10)})
			ch.send(q, "1", "2", "3", "4", "123456789")
			ch.confirmed(5)
			ch.drain(q)
		}},
		{name: "length-reject-publish", see: func(s *scene) { rejectPublish(s, "reject-publish") }},
		{name: "length-reject-publish-dlx", see: func(s *scene) { rejectPublish(s, "reject-publish-dlx") }},
		{name: "length-reject-publish-bytes", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-length-bytes": int32(10), "x-overflow": "reject-publish"})
			ch.send(q, "12345678", "abcdef", "x", "y", "z")
			ch.confirmed(5)
			ch.drain(q)
		}},
		{name: "length-reject-one-of-two", see: func(s *scene) {
			ch := s.confirming()
			x := ch.exchange("x", "fanout", nil)
			full := ch.plain("full", amqp.Table{"x-max-length": int32(1), "x-overflow": "reject-publish"})
			open := ch.plain("open", nil)
			ch.bind(full, "", x, nil)
			ch.bind(open, "", x, nil)
			for _, body := range []string{"1", "2"} {
				ch.publish(x, "", publishing(body))
			}
			ch.confirmed(2)
			ch.drain(full)
			ch.drain(open)
		}},
		{name: "length-reject-in-tx", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", amqp.Table{"x-max-length": int32(1), "x-overflow": "reject-publish"})
			s.must(ch.Tx(), "tx.select")
			ch.send(q, "1", "2", "3")
			s.say("commit: %s", ch.link.outcome(ch.TxCommit()))
			s.settled(q, 1)
			s.channel().drain(q)
		}},
		{name: "priority", see: priorities},
		{name: "priority-requeue", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-priority": int32(5)})
			for _, p := range []uint8{1, 5, 1, 5} {
				ch.publish("", q, amqp.Publishing{Priority: p, Body: fmt.Append(nil, p)})
			}
			ch.confirmed(4)
			for range 4 {
				ch.get(q)
			}
			s.must(ch.Nack(4, true, true), "nack")
			ch.drain(q)
		}},
		{name: "priority-max-length", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-priority": int32(5), "x-max-length": int32(2)})
			for i, p := range []uint8{5, 1, 3, 4} {
				ch.publish("", q, amqp.Publishing{Priority: p, Body: fmt.Appendf(nil, "%d of %d", i, p)})
			}
			ch.confirmed(4)
			ch.drain(q)
		}},
		{name: "lazy-and-version-2", see: func(s *scene) {
			for _, args := range []amqp.Table{{"x-queue-mode": "lazy"}, {"x-queue-version": int32(2)}} {
				ch := s.confirming()
				q := ch.plain(fmt.Sprint(len(args), showTable(args)), args)
				ch.sure(q, "1", "2")
				ch.drain(q)
			}
		}},
	}
}

// renewed asks something of a queue that expires for longer than it may stay unused.
func (s *scene) renewed(what string, ask func(ch *channel, q string) error) {
	ch := s.channel()
	q := ch.plain(what, amqp.Table{"x-expires": int32(1000)})
	clock := ch.queue(what+"-clock", queueOptions{autoDelete: true}, amqp.Table{"x-expires": int32(1300)})
	s.until("a while", func() bool {
		if err := ask(ch, q); err != nil {
			s.stop("%s: %s", what, describe(err))
		}
		ch.mandatory("", clock, publishing("x"))
		return len(ch.returns) > 0
	})
	s.say("%s keeps it", what)
}

// expired waits for the end of a queue that asking about would keep alive: it publishes until
// the message is returned.
func (ch *channel) expired(queue string) {
	ch.s.until("the end of "+queue, func() bool {
		ch.mandatory("", queue, publishing("is it there?"))
		select {
		case <-ch.returns:
			return true
		default:
			return false
		}
	})
	ch.s.say("expired")
}

func rejectPublish(s *scene, overflow string) {
	ch := s.confirming()
	dead := ch.plain("dead", nil)
	q := ch.plain("q", amqp.Table{
		"x-max-length": int32(2), "x-overflow": overflow, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead,
	})
	ch.send(q, "1", "2", "3", "4")
	ch.confirmed(4)
	if overflow == "reject-publish-dlx" {
		ch.arrived(dead)
		ch.arrived(dead)
	} else {
		ch.drain(dead)
	}
	ch.get(q)
	ch.send(q, "5")
	ch.confirmed(1)
	ch.drain(q)
}

func priorities(s *scene) {
	ch := s.confirming()
	q := ch.plain("q", amqp.Table{"x-max-priority": int32(5)})
	ps := []uint8{0, 3, 5, 9, 1, 255, 3, 0, 5}
	for i, p := range ps {
		body := fmt.Appendf(nil, "%d of %d", i, p)
		ch.publish("", q, amqp.Publishing{Priority: p, Body: body})
	}
	ch.confirmed(len(ps))
	ch.get(q)
	ch.drain(q)
}
