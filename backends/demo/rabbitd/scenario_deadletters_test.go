package rabbitd_test

import (
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// deadLetterObservations are about messages that leave a queue without being wanted.
func deadLetterObservations() []observation {
	return []observation{
		{name: "dead-rejected", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.publish("", q, amqp.Publishing{Headers: amqp.Table{"mine": "kept"}, ContentType: "a/b", DeliveryMode: 2, Priority: 1, Body: []byte("x")})
			ch.get(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(dead)
		}},
		{name: "dead-nacked", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.send(q, "1", "2", "3")
			for range 3 {
				ch.fetch(q)
			}
			s.must(ch.Nack(3, true, false), "nack")
			s.settled(dead, 3)
			ch.drain(dead)
		}},
		{name: "dead-expired-queue-ttl", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(amqp.Table{"x-message-ttl": int32(50)})
			ch.send(q, "x")
			ch.arrived(dead)
		}},
		{name: "dead-expired-message-ttl", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.publish("", q, amqp.Publishing{Expiration: "50", Body: []byte("x")})
			ch.arrived(dead)
		}},
		{name: "dead-expired-in-order", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(amqp.Table{"x-message-ttl": int32(80)})
			ch.send(q, "1", "2", "3", "4")
			s.settled(dead, 4)
			ch.drain(dead)
		}},
		{name: "dead-maxlen", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(amqp.Table{"x-max-length": int32(1)})
			ch.send(q, "1", "2", "3")
			ch.arrived(dead)
			ch.arrived(dead)
			ch.drain(q)
		}},
		{name: "dead-maxlen-bytes", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(amqp.Table{"x-max-length-bytes": int32(5)})
			ch.send(q, "12345", "6")
			ch.arrived(dead)
		}},
		{name: "dead-default-routing-key", see: func(s *scene) {
			ch := s.channel()
			dlx, x := ch.exchange("dlx", "direct", nil), ch.exchange("x", "topic", nil)
			q, dead := ch.plain("q", amqp.Table{"x-dead-letter-exchange": dlx}), ch.plain("dead", nil)
			ch.bind(q, "a.#", x, nil)
			ch.bind(dead, "a.b", dlx, nil)
			ch.publish(x, "a.b", publishing("x"))
			ch.arrivedQuietly(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(dead)
		}},
		{name: "dead-with-cc", see: func(s *scene) {
			ch := s.channel()
			dlx, x := ch.exchange("dlx", "topic", nil), ch.exchange("x", "direct", nil)
			q, dead := ch.plain("q", amqp.Table{"x-dead-letter-exchange": dlx}), ch.plain("dead", nil)
			keyed := ch.plain("keyed", amqp.Table{"x-dead-letter-exchange": dlx, "x-dead-letter-routing-key": "new"})
			ch.bind(q, "k", x, nil)
			ch.bind(keyed, "k", x, nil)
			ch.bind(dead, "#", dlx, nil)
			ch.publish(x, "k", amqp.Publishing{Headers: amqp.Table{"CC": []any{"c1", "c2"}, "BCC": []any{"b1"}}, Body: []byte("x")})
			ch.arrivedQuietly(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(dead)
			ch.arrivedQuietly(keyed)
			s.must(ch.Reject(3, false), "reject")
			ch.arrived(dead)
		}},
		{name: "dead-nowhere", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", amqp.Table{"x-dead-letter-exchange": s.n("none")})
			ch.send(q, "x")
			ch.get(q)
			s.must(ch.Reject(1, false), "reject")
			ch.get(q)
		}},
		{name: "dead-unroutable", see: func(s *scene) {
			ch := s.channel()
			ae := ch.exchange("ae", "fanout", nil)
			dlx := ch.exchange("dlx", "direct", amqp.Table{"alternate-exchange": ae})
			q, taken := ch.plain("q", amqp.Table{"x-dead-letter-exchange": dlx}), ch.plain("taken", nil)
			ch.bind(taken, "", ae, nil)
			ch.send(q, "x")
			ch.get(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(taken)
		}},
		{name: "dead-not-by-purge-or-delete", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.send(q, "1", "2")
			_, err := ch.QueuePurge(q, false)
			s.must(err, "purge")
			ch.send(q, "3")
			_, err = ch.QueueDelete(q, false, false, false)
			s.must(err, "delete")
			ch.drain(dead)
		}},
		{name: "dead-chain", see: deadChain},
		{name: "dead-again-counts", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.send(q, "x")
			ch.get(q)
			s.must(ch.Reject(1, false), "reject")
			for range 3 {
				d := ch.arrivedQuietly(dead)
				ch.publish("", q, amqp.Publishing{Headers: d.Headers, Body: d.Body})
				again := ch.arrivedQuietly(q)
				s.must(ch.Reject(again.DeliveryTag, false), "reject")
			}
			ch.arrived(dead)
		}},
		{name: "dead-reasons-apart", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.publish("", q, amqp.Publishing{Expiration: "30", Body: []byte("x")})
			d := ch.arrivedQuietly(dead)
			ch.publish("", q, amqp.Publishing{Headers: d.Headers, Body: d.Body})
			again := ch.arrivedQuietly(q)
			s.must(ch.Reject(again.DeliveryTag, false), "reject")
			ch.arrived(dead)
		}},
		{name: "dead-ladder", see: deadLadder},
		{name: "dead-cycle-expired", see: func(s *scene) {
			ch := s.confirming()
			watch := ch.plain("watch", amqp.Table{"x-message-ttl": int32(400)})
			q := ch.plain("q", amqp.Table{
				"x-message-ttl": int32(30), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.n("q"),
			})
			ch.sure(q, "turns once")
			ch.sure(watch, "clock")
			s.settled(watch, 0)
			m, _ := s.count(q)
			s.say("left: %d", m)
		}},
		{name: "dead-cycle-expired-of-two", see: func(s *scene) {
			ch := s.confirming()
			watch := ch.plain("watch", amqp.Table{"x-message-ttl": int32(500)})
			a := ch.plain("a", amqp.Table{"x-message-ttl": int32(30), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.n("b")})
			b := ch.plain("b", amqp.Table{"x-message-ttl": int32(30), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": a})
			ch.sure(a, "turns once")
			ch.sure(watch, "clock")
			s.settled(watch, 0)
			m, _ := s.count(a)
			n, _ := s.count(b)
			s.say("left: %d %d", m, n)
		}},
		{name: "dead-cycle-maxlen", see: func(s *scene) {
			ch := s.confirming()
			q := ch.plain("q", amqp.Table{"x-max-length": int32(1), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.n("q")})
			ch.sure(q, "1", "2")
			s.settled(q, 1)
			ch.drain(q)
		}},
		{name: "dead-cycle-rejected", see: func(s *scene) {
			ch := s.channel()
			wait := ch.plain("wait", amqp.Table{"x-message-ttl": int32(20), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": s.n("work")})
			work := ch.plain("work", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": wait})
			ch.send(work, "goes on")
			for range 4 {
				d := ch.arrived(work)
				_ = d
				s.must(ch.Nack(0, true, false), "nack")
			}
			ch.arrived(work)
		}},
		{name: "dead-own-x-death", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			for i, v := range []any{"text", []any{}, []any{amqp.Table{"queue": q, "reason": "rejected", "count": int64(41)}}, nil} {
				ch.publish("", q, amqp.Publishing{Headers: amqp.Table{"x-death": v, "x-first-death-queue": "forged"}, Body: []byte{byte('0' + i)}})
				d := ch.arrivedQuietly(q)
				s.must(ch.Reject(d.DeliveryTag, false), "reject")
				s.say("sent with x-death %s", show(v))
				ch.arrived(dead)
			}
		}, normalisers: []normaliser{stackTraces()}},
		{name: "dead-exchange-deleted-later", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.send(q, "1", "2")
			ch.fetch(q)
			ch.fetch(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(dead)
			s.must(ch.ExchangeDelete(s.n("dlx"), false, false), "delete")
			s.must(ch.Reject(2, false), "reject")
			m, _ := s.count(q)
			n, _ := s.count(dead)
			s.say("%d %d", m, n)
		}},
		{name: "dead-on-channel-close-is-not", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.send(q, "1")
			ch.fetch(q)
			s.must(ch.Close(), "close")
			s.settled(q, 1)
			n, _ := s.count(dead)
			s.say("dead: %d", n)
			s.channel().get(q)
		}},
		{name: "dead-keeps-properties", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.publish("", q, amqp.Publishing{
				ContentType: "t", ContentEncoding: "e", DeliveryMode: 1, Priority: 4, CorrelationId: "c", ReplyTo: "r",
				Expiration: "600000", MessageId: "m", Timestamp: time.Unix(1500000000, 0), Type: "y", UserId: "guest", AppId: "a", Body: []byte("x"),
			})
			ch.fetch(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(dead)
		}},
		{name: "dead-in-tx", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			ch.send(q, "1")
			ch.fetch(q)
			s.must(ch.Tx(), "tx")
			s.must(ch.Reject(1, false), "reject")
			s.channel().drain(dead)
			s.must(ch.TxCommit(), "commit")
			s.channel().arrived(dead)
		}},
		{name: "dead-headers-in-order", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(nil)
			w := s.raw().open()
			w.method(1, 60, 40, uint16(0), "", q, 0)
			table := slices.Concat(field("z", 'B', 1), field("a", 'b', 1))
			w.frame(headerFrame, 1, append(arguments(uint16(60), uint16(0), uint64(0), uint16(0x2000)), arguments(long(table))...))
			ch.arrivedQuietly(q)
			s.must(ch.Reject(1, false), "reject")
			s.settled(dead, 1)
			w.method(1, 60, 70, uint16(0), dead, 1)
			s.say("%s", w.got(func(header []byte) string { return strings.Join(names(string(header)), " ") }))
		}},
		{name: "dead-to-consumer", see: func(s *scene) {
			ch, q, dead := s.withDeadLetters(amqp.Table{"x-message-ttl": int32(30)})
			c := ch.subscribe(dead, "tag", nil)
			ch.send(q, "1", "2")
			s.take(c, 2)
		}},
	}
}

// names are the field names of a dead letter's headers in the order they stand in.
func names(header string) []string {
	fields := []string{"\x01z", "\x01a", "x-death", "count", "reason", "queue", "time", "exchange", "routing-keys", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason"}
	at := func(name string) int {
		for _, kind := range "SAlTBb" {
			if i := strings.Index(header, name+string(kind)); i >= 0 {
				return i
			}
		}
		return -1
	}
	slices.SortStableFunc(fields, func(a, b string) int { return at(a) - at(b) })
	return fields
}

// withDeadLetters makes a queue q with these arguments whose dead letters go through a fanout
// exchange to the queue dead.
func (s *scene) withDeadLetters(args amqp.Table) (ch *channel, q, dead string) {
	ch = s.channel()
	dlx := ch.exchange("dlx", "fanout", nil)
	dead = ch.plain("dead", nil)
	ch.bind(dead, "", dlx, nil)
	if args == nil {
		args = amqp.Table{}
	}
	args["x-dead-letter-exchange"] = dlx
	args["x-dead-letter-routing-key"] = "dead-key"
	return ch, ch.plain("q", args), dead
}

// deadChain lets a message die in three queues, each time for another reason.
func deadChain(s *scene) {
	ch := s.channel()
	last := ch.plain("last", nil)
	third := ch.plain("third", amqp.Table{"x-max-length": int32(1), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": last})
	second := ch.plain("second", amqp.Table{"x-message-ttl": int32(40), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": third})
	first := ch.plain("first", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": second})
	ch.publish("", first, amqp.Publishing{Expiration: "600000", Body: []byte("x")})
	ch.fetch(first)
	s.must(ch.Reject(1, false), "reject")
	s.settled(third, 1)
	ch.send(third, "pushes it out")
	ch.arrived(last)
}

// deadLadder is the usual retry: queues that hold for longer and longer, back to the worker.
func deadLadder(s *scene) {
	ch := s.channel()
	work := ch.plain("work", nil)
	steps := make([]string, 3)
	for i, part := range []string{"retry1", "retry2", "retry3"} {
		steps[i] = ch.plain(part, amqp.Table{
			"x-message-ttl": int32(20 * (i + 1)), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": work,
		})
	}
	ch.send(work, "job")
	d := ch.arrivedQuietly(work)
	for _, step := range steps {
		ch.publish("", step, amqp.Publishing{Headers: d.Headers, Body: d.Body})
		s.must(ch.Ack(d.DeliveryTag, false), "ack")
		d = ch.arrivedQuietly(work)
		s.say("back: %s", showDelivery(d))
	}
}
