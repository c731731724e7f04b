package rabbitd_test

import (
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
)

// quorumObservations are about quorum queues.
func quorumObservations() []observation {
	return []observation{
		{name: "quorum-declare-flags", see: func(s *scene) {
			for i := range 8 {
				s.try(fmt.Sprintf("durable, auto-delete, exclusive %03b", i), func(ch *channel) error {
					_, err := ch.QueueDeclare(s.n(fmt.Sprint("q", i)), i&4 != 0, i&2 != 0, i&1 != 0, false, amqp.Table{"x-queue-type": "quorum"})
					return err
				})
				s.remove("queues", s.n(fmt.Sprint("q", i)))
			}
			s.try("without a name", func(ch *channel) error {
				_, err := ch.QueueDeclare("", true, false, false, false, amqp.Table{"x-queue-type": "quorum"})
				return err
			})
		}},
		{name: "quorum-arguments", see: func(s *scene) {
			for i, args := range []amqp.Table{
				{"x-max-priority": int32(5)},
				{"x-queue-mode": "lazy"},
				{"x-overflow": "reject-publish-dlx"},
				{"x-overflow": "reject-publish"},
				{"x-overflow": "drop-head"},
				{"x-message-ttl": int32(1000)},
				{"x-expires": int32(100000)},
				{"x-max-length": int32(3)},
				{"x-max-length-bytes": int32(3)},
				{"x-single-active-consumer": true},
				{"x-delivery-limit": int32(2)},
				{"x-delivery-limit": int32(0)},
				{"x-delivery-limit": int32(-1)},
				{"x-delivery-limit": "2"},
				{"x-max-in-memory-length": int32(5)},
				{"x-max-in-memory-bytes": int32(5)},
				{"x-quorum-initial-group-size": int32(1)},
				{"x-quorum-initial-group-size": int32(0)},
				{"x-quorum-initial-group-size": "x"},
				{"x-queue-version": int32(2)},
				{"x-dead-letter-strategy": "at-least-once"},
				{"x-dead-letter-strategy": "never"},
				{"x-max-age": "1h"},
				{"x-queue-master-locator": "min-masters"},
				{"x-queue-leader-locator": "balanced"},
				{"x-queue-leader-locator": "nobody"},
				{"x-ha-policy": "all"},
				{"x-mine": "x"},
				{"x-max-length": int32(-1)},
				{"x-stream-max-segment-size-bytes": int32(10)},
			} {
				what := showTable(args)
				args["x-queue-type"] = "quorum"
				name := s.n(fmt.Sprint("q", i))
				s.try(what, declareDurable(name, args))
				s.remove("queues", name)
			}
		}},
		{name: "quorum-declare-again", see: func(s *scene) {
			q := s.channel().quorum("q", amqp.Table{"x-delivery-limit": int32(3)})
			s.try("same", declareDurable(q, amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int32(3)}))
			s.try("other limit", declareDurable(q, amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int32(4)}))
			s.try("no type", declareDurable(q, amqp.Table{"x-delivery-limit": int32(3)}))
			s.try("classic", declareDurable(q, amqp.Table{"x-queue-type": "classic", "x-delivery-limit": int32(3)}))
			s.try("passive", func(ch *channel) error {
				r, err := ch.QueueDeclarePassive(q, true, false, false, false, nil)
				s.say("%d %d", r.Messages, r.Consumers)
				return err
			})
		}},
		{name: "quorum-publish-get", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", nil)
			ch.send(q, "1", "2")
			ch.confirmed(2)
			ch.get(q)
			ch.get(q)
			ch.get(q)
			s.must(ch.Ack(2, true), "ack")
			s.until("nothing left", func() bool { m, _ := s.count(q); return m == 0 })
		}},
		{name: "quorum-delivery-count", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", nil)
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "x")
			for range 3 {
				d := s.take(c, 1)[0]
				s.must(ch.Nack(d.DeliveryTag, false, true), "nack")
			}
			s.take(c, 1)
		}},
		{name: "quorum-delivery-count-by-get", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", nil)
			ch.sure(q, "x")
			for range 3 {
				d := ch.arrived(q)
				_ = d
				s.must(ch.Nack(0, true, true), "nack")
			}
		}},
		{name: "quorum-delivery-count-after-close", see: func(s *scene) {
			first := s.confirming()
			q := first.quorum("q", nil)
			first.sure(q, "x")
			first.arrived(q)
			s.must(first.Close(), "close")
			s.settled(q, 1)
			s.channel().arrived(q)
		}},
		{name: "quorum-delivery-limit", see: func(s *scene) {
			ch := s.confirming()
			dead := ch.plain("dead", nil)
			q := ch.quorum("q", amqp.Table{"x-delivery-limit": int32(2), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "x")
			for range 3 {
				d := s.take(c, 1)[0]
				s.must(ch.Nack(d.DeliveryTag, false, true), "nack")
			}
			ch.arrived(dead)
		}},
		{name: "quorum-delivery-limit-drops", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", amqp.Table{"x-delivery-limit": int32(1)})
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "poison", "good")
			for range 2 {
				d := await(s, c, "a delivery")
				for string(d.Body) != "poison" {
					s.must(ch.Ack(d.DeliveryTag, false), "ack")
					d = await(s, c, "a delivery")
				}
				s.must(ch.Reject(d.DeliveryTag, true), "reject")
			}
			ch.send(q, "sentinel")
			d := await(s, c, "a delivery")
			if string(d.Body) == "good" {
				d = await(s, c, "a delivery")
			}
			s.say("%s", showBody(d.Body))
		}},
		{name: "quorum-requeue-order", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", nil)
			ch.sure(q, "1", "2", "3", "4")
			for range 3 {
				ch.get(q)
			}
			s.must(ch.Nack(2, false, true), "nack")
			s.settled(q, 2)
			s.must(ch.Nack(1, false, true), "nack")
			s.settled(q, 3)
			s.must(ch.Nack(3, false, true), "nack")
			s.settled(q, 4)
			ch.drain(q)
		}},
		{name: "quorum-rejected", see: func(s *scene) {
			ch := s.confirming()
			dead := ch.plain("dead", nil)
			q := ch.quorum("q", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
			ch.sure(q, "x")
			ch.get(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(dead)
		}},
		{name: "quorum-expired", see: func(s *scene) {
			ch := s.confirming()
			dead := ch.plain("dead", nil)
			q := ch.quorum("q", amqp.Table{"x-message-ttl": int32(60), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
			ch.send(q, "x")
			ch.arrived(dead)
		}},
		{name: "quorum-maxlen", see: func(s *scene) {
			ch := s.confirming()
			dead := ch.plain("dead", nil)
			q := ch.quorum("q", amqp.Table{"x-max-length": int32(2), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead})
			ch.sure(q, "1", "2", "3")
			ch.arrived(dead)
			ch.drain(q)
		}},
		{name: "quorum-at-least-once", see: func(s *scene) {
			ch := s.confirming()
			dead := ch.plain("dead", nil)
			q := ch.quorum("q", amqp.Table{
				"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead, "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish",
			})
			ch.sure(q, "x")
			ch.get(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(dead)
		}},
		{name: "quorum-global-prefetch", see: func(s *scene) {
			q := s.channel().quorum("q", nil)
			s.try("consume", func(ch *channel) error {
				s.must(ch.Qos(1, 0, true), "qos")
				_, err := ch.Consume(q, "", false, false, false, false, nil)
				return err
			})
		}},
		{name: "quorum-prefetch", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", nil)
			s.must(ch.Qos(2, 0, false), "qos")
			c := ch.subscribe(q, "tag", nil)
			ch.sure(q, "1", "2", "3")
			s.bodies(c, 2)
			s.settled(q, 1)
			s.must(ch.Ack(1, false), "ack")
			s.bodies(c, 1)
		}},
		{name: "quorum-exclusive-consumer", see: func(s *scene) {
			ch := s.channel()
			q := ch.quorum("q", nil)
			_, err := ch.Consume(q, "one", false, true, false, false, nil)
			s.say("%s", describe(err))
			s.try("second", func(ch *channel) error { _, err := ch.Consume(q, "two", false, false, false, false, nil); return err })
			s.try("get", func(ch *channel) error { _, _, err := ch.Get(q, true); return err })
		}},
		{name: "quorum-single-active", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", amqp.Table{"x-single-active-consumer": true})
			a := ch.subscribe(q, "a", nil)
			b := ch.subscribe(q, "b", nil)
			ch.sure(q, "1", "2")
			s.bodies(a, 2)
			s.must(ch.Ack(2, true), "ack")
			s.must(ch.Cancel("a", false), "cancel")
			ch.sure(q, "3")
			s.bodies(b, 1)
		}},
		{name: "quorum-purge-delete", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", nil)
			ch.sure(q, "1", "2", "3")
			s.settled(q, 3)
			n, err := ch.QueuePurge(q, false)
			s.say("%d %s", n, describe(err))
			s.try("if unused", func(ch *channel) error { _, err := ch.QueueDelete(q, true, false, false); return err })
			s.try("if empty", func(ch *channel) error { _, err := ch.QueueDelete(q, false, true, false); return err })
			s.try("plain", func(ch *channel) error { _, err := ch.QueueDelete(q, false, false, false); return err })
		}, normalisers: []normaliser{stackTraces()}},
		{name: "quorum-forged-delivery-count", see: func(s *scene) {
			ch := s.confirming()
			q := ch.quorum("q", nil)
			ch.publish("", q, amqp.Publishing{Headers: amqp.Table{"x-delivery-count": int64(7)}, Body: []byte("x")})
			ch.confirmed(1)
			ch.get(q)
		}},
	}
}

func declareDurable(name string, args amqp.Table) func(*channel) error {
	return func(ch *channel) error {
		_, err := ch.QueueDeclare(name, true, false, false, false, args)
		return err
	}
}

// quorum declares a quorum queue.
func (ch *channel) quorum(part string, args amqp.Table) string {
	if args == nil {
		args = amqp.Table{}
	}
	args["x-queue-type"] = "quorum"
	return ch.queue(part, queueOptions{durable: true}, args)
}
