package rabbitd_test

import (
	"fmt"
	"math"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// queueObservations are about queues as things: declaring, deleting, arguments.
func queueObservations() []observation {
	all := []observation{
		{name: "queue-generated-name", normalisers: []normaliser{generated()}, see: func(s *scene) {
			ch := s.channel()
			q, err := ch.QueueDeclare("", false, false, true, false, nil)
			s.must(err, "declare")
			s.say("%s %d %d", q.Name, q.Messages, q.Consumers)
			r, err := ch.QueueDeclare("", false, false, true, false, nil)
			s.must(err, "declare")
			s.say("another: %t", q.Name != r.Name)
			_, err = ch.QueueDeclare(q.Name, false, false, true, false, nil)
			s.say("again by its name: %s", describe(err))
		}},
		{name: "queue-declare-again-flags", see: queueFlags},
		{name: "queue-declare-again-arguments", see: queueEquivalence},
		{name: "queue-declare-again-widths", see: func(s *scene) {
			for _, first := range []any{int32(60000), int64(60000), int16(600), byte(60), float64(60000), float32(60000), uint16(60000)} {
				s.try("first "+show(first), declareQueue(s.n("q"), amqp.Table{"x-message-ttl": first}))
				for _, second := range []any{int32(60000), int64(60000), uint32(60000), int16(600), byte(60), float64(60000), "60000"} {
					s.try("  then "+show(second), declareQueue(s.n("q"), amqp.Table{"x-message-ttl": second}))
				}
				s.remove("queues", s.n("q"))
			}
		}},
		{name: "queue-declare-counts", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "1", "2", "3")
			s.settled(q, 3)
			again, err := ch.QueueDeclare(q, false, false, false, false, nil)
			s.say("%d %d %s", again.Messages, again.Consumers, describe(err))
			c := ch.subscribe(q, "tag", nil)
			s.bodies(c, 3)
			m, n := s.count(q)
			s.say("unacknowledged: %d messages, %d consumers", m, n)
		}},
		{name: "queue-reserved-names", see: func(s *scene) {
			for _, name := range []string{"amq.mine", "amq.", "amq.gen-x", "amq", "AMQ.x"} {
				s.try(name, declareQueue(name, nil))
				s.try(name+" passive", func(ch *channel) error {
					_, err := ch.QueueDeclarePassive(name, false, false, false, false, nil)
					return err
				})
			}
			s.remove("queues", "amq")
			s.remove("queues", "AMQ.x")
		}},
		{name: "queue-passive", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", amqp.Table{"x-max-length": int32(5)})
			x := ch.queue("x", queueOptions{exclusive: true}, nil)
			passive := func(name string) func(*channel) error {
				return func(ch *channel) error {
					_, err := ch.QueueDeclarePassive(name, true, true, true, false, amqp.Table{"x-expires": "nonsense"})
					return err
				}
			}
			s.try("other flags and arguments", passive(q))
			s.try("missing", passive(s.n("none")))
			s.try("exclusive, own connection", passive(x))
			s.tryOn(s.connect(login{}), "exclusive, other connection", passive(x))
		}},
		{name: "queue-exclusive", see: exclusiveQueue},
		{name: "queue-auto-delete", see: autoDeleteQueue},
		{name: "queue-auto-delete-with-channel", see: func(s *scene) {
			k := s.connect(login{})
			ch := k.channel()
			q := ch.queue("q", queueOptions{autoDelete: true}, nil)
			ch.subscribe(q, "tag", nil)
			s.must(ch.Close(), "close")
			s.gone(q)
		}},
		{name: "queue-delete", see: deleteQueue},
		{name: "queue-purge", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "1", "2", "3", "4")
			ch.get(q)
			n, err := ch.QueuePurge(q, false)
			s.say("%d %s", n, describe(err))
			s.try("missing", func(ch *channel) error { _, err := ch.QueuePurge(s.n("none"), false); return err })
			s.must(ch.Nack(1, false, true), "nack")
			ch.drain(q)
		}},
		{name: "queue-names", see: func(s *scene) {
			for _, name := range []string{"with space", "new\nline", "\r\n", "ünï☃", "\x00zero", "\x01\x7f", "a/b%c'd\"e<f>", strings.Repeat("ü", 100)} {
				ch := s.channel()
				q, err := ch.QueueDeclare(s.n(name), false, false, true, false, nil)
				s.say("%q %s", q.Name, describe(err))
				ch.publish("", s.n(name), publishing("by the name asked for"))
				ch.publish("", q.Name, publishing("by the name told"))
				ch.drain(q.Name)
			}
		}},
		{name: "queue-name-not-utf-8", see: func(s *scene) {
			s.try("queue", declareQueue(s.n("\xff\xfe"), nil))
			s.try("exchange", declareExchange(s.n("\xff\xfe"), "fanout", nil))
			s.try("routing key of a binding", func(ch *channel) error {
				return ch.QueueBind(ch.queue("q", queueOptions{exclusive: true}, nil), "\xff", "amq.direct", false, nil)
			})
			s.tryAsync("routing key", func(ch *channel) { ch.publish("", "\xff", publishing("x")) })
			s.try("consumer tag", func(ch *channel) error {
				_, err := ch.Consume(ch.queue("r", queueOptions{exclusive: true}, nil), "\xff", false, false, false, false, nil)
				return err
			})
		}},
		{name: "queue-name-longest", see: func(s *scene) {
			name := s.n(strings.Repeat("l", 255-len(s.n(""))))
			ch := s.channel()
			q, err := ch.QueueDeclare(name, false, false, true, false, nil)
			s.say("%d %s", len(q.Name), describe(err))
			ch.send(name, "x")
			ch.drain(name)
			s.try("missing", func(ch *channel) error {
				_, err := ch.QueueDeclarePassive(strings.Repeat("m", 255), false, false, false, false, nil)
				return err
			})
		}},
		{name: "queue-declare-no-wait", see: func(s *scene) {
			ch := s.channel()
			s.must(ch.QueueDeclareNoWait(s), "declare")
			ch.send(s.n("q"), "x")
			ch.drain(s.n("q"))
			s.tryAsync("wrong", func(ch *channel) {
				_, _ = ch.QueueDeclare(s.n("q"), true, false, false, true, nil)
			})
			s.remove("queues", s.n("q"))
		}},
		{name: "queue-argument-unknown", see: func(s *scene) {
			for _, args := range []amqp.Table{
				{"x-mine": "x"},
				{"mine": int32(1)},
				{"alternate-exchange": "x"},
				{"x-queue-master-locator": "min-masters"},
				{"x-ha-policy": "all"},
				{"x-delivery-limit": int32(3)},
				{"x-max-age": "1h"},
				{"x-queue-leader-locator": "client-local"},
				{"x-quorum-initial-group-size": int32(1)},
				{"x-stream-max-segment-size-bytes": int32(1)},
				{"x-max-in-memory-length": int32(1)},
				{"x-consumer-timeout": int32(100000)},
				{"x-cancel-on-ha-failover": true},
			} {
				s.try(showTable(args), declareQueue(s.n("q"), args))
				s.remove("queues", s.n("q"))
			}
		}},
	}
	return append(all, queueArguments()...)
}

// QueueDeclareNoWait declares the scene's queue without waiting for an answer.
func (ch *channel) QueueDeclareNoWait(s *scene) error {
	_, err := ch.QueueDeclare(s.n("q"), false, false, false, true, nil)
	return err
}

func declareQueue(name string, args amqp.Table) func(*channel) error {
	return func(ch *channel) error {
		_, err := ch.QueueDeclare(name, false, false, false, false, args)
		return err
	}
}

// queueArguments tries values of every kind for each argument a queue can have.
func queueArguments() []observation {
	numbers := []any{
		int32(-1), int32(0), int32(1), int32(255), int32(256), int64(4294967295), int64(4294967296), int64(math.MaxInt64),
		int64(math.MinInt64), byte(5), int8(-5), int16(5), uint16(5), uint32(5), float32(5), float64(5.5), "5", true, nil,
		[]byte("5"),
		[]any{int32(5)},
		amqp.Table{},
		time.Unix(5, 0),
		amqp.Decimal{Scale: 0, Value: 5},
	}
	texts := []any{"", "x", "drop-head", "reject-publish", "reject-publish-dlx", "lazy", "default", "classic", "Drop-Head", "at-least-once", "at-most-once", int32(1), true, nil, []byte("x"), amqp.Table{}}
	with := func(key string) amqp.Table {
		if key == "x-dead-letter-routing-key" {
			return amqp.Table{"x-dead-letter-exchange": "amq.fanout"}
		}
		return amqp.Table{}
	}
	var all []observation
	add := func(key string, values []any) {
		all = append(all, observation{name: "queue-argument-" + strings.TrimPrefix(key, "x-"), see: func(s *scene) {
			for i, v := range values {
				args := with(key)
				args[key] = v
				name := s.n(fmt.Sprint("q", i))
				s.try(show(v), declareQueue(name, args))
				s.remove("queues", name)
			}
		}})
	}
	for _, key := range []string{"x-message-ttl", "x-expires", "x-max-length", "x-max-length-bytes", "x-max-priority", "x-queue-version"} {
		add(key, numbers)
	}
	for _, key := range []string{"x-overflow", "x-queue-mode", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy", "x-queue-master-locator"} {
		add(key, texts)
	}
	add("x-single-active-consumer", []any{true, false, int32(1), "true", nil})
	add("x-queue-type", []any{"classic", "Classic", "mirrored", "", int32(1), nil, true})
	all = append(all, observation{name: "queue-argument-dead-letter-key-alone", see: func(s *scene) {
		s.try("key without exchange", declareQueue(s.n("q"), amqp.Table{"x-dead-letter-routing-key": "k"}))
	}})
	return all
}

func queueFlags(s *scene) {
	declare := func(durable, autoDelete, exclusive bool) func(*channel) error {
		return func(ch *channel) error {
			_, err := ch.QueueDeclare(s.n("q"), durable, autoDelete, exclusive, false, nil)
			return err
		}
	}
	for _, f := range [][3]bool{{}, {true, false, false}, {false, false, true}, {false, true, false}} {
		s.try(fmt.Sprint("first ", f), declare(f[0], f[1], f[2]))
		for i := range 8 {
			s.try(fmt.Sprintf("  then %03b", i), declare(i&4 != 0, i&2 != 0, i&1 != 0))
		}
		s.remove("queues", s.n("q"))
	}
}

func queueEquivalence(s *scene) {
	values := map[string][2]any{
		"x-message-ttl": {int32(60000), int32(70000)}, "x-expires": {int32(600000), int32(700000)},
		"x-max-length": {int32(10), int32(20)}, "x-max-length-bytes": {int32(1000), int32(2000)},
		"x-overflow": {"drop-head", "reject-publish"}, "x-dead-letter-exchange": {"a", "b"},
		"x-max-priority": {int32(5), int32(6)}, "x-queue-mode": {"lazy", "default"}, "x-queue-type": {"classic", "quorum"},
		"x-single-active-consumer": {true, false}, "x-queue-version": {int32(1), int32(2)}, "x-mine": {"a", "b"},
		"x-dead-letter-routing-key": {"a", "b"}, "x-delivery-limit": {int32(1), int32(2)},
	}
	for key, v := range sorted(values) {
		with := func(value any) amqp.Table {
			t := amqp.Table{key: value}
			if key == "x-dead-letter-routing-key" {
				t["x-dead-letter-exchange"] = "a"
			}
			return t
		}
		name := s.n("q" + key)
		s.try(key, declareQueue(name, with(v[0])))
		s.try("  same", declareQueue(name, with(v[0])))
		s.try("  other", declareQueue(name, with(v[1])))
		s.try("  other type", declareQueue(name, with([]byte("x"))))
		s.try("  none", declareQueue(name, nil))
		s.remove("queues", name)
		s.try("  none first", declareQueue(name, nil))
		s.try("  then set", declareQueue(name, with(v[0])))
		s.remove("queues", name)
	}
	two := amqp.Table{"x-max-length": int32(1), "x-message-ttl": int32(1000), "x-expires": int32(100000)}
	s.try("several", declareQueue(s.n("q"), two))
	s.try("  all other", declareQueue(s.n("q"), amqp.Table{"x-max-length": int32(2), "x-message-ttl": int32(2000), "x-expires": int32(200000)}))
	s.try("  one more", declareQueue(s.n("q"), amqp.Table{"x-max-length": int32(1), "x-message-ttl": int32(1000), "x-expires": int32(100000), "x-overflow": "drop-head"}))
	s.remove("queues", s.n("q"))
}

func exclusiveQueue(s *scene) {
	owner, other := s.connect(login{}), s.connect(login{})
	ch := owner.channel()
	q := ch.queue("q", queueOptions{exclusive: true}, nil)
	for what, f := range sorted(map[string]func(*channel) error{
		"declare":            func(ch *channel) error { _, err := ch.QueueDeclare(q, false, false, true, false, nil); return err },
		"declare not so":     func(ch *channel) error { _, err := ch.QueueDeclare(q, false, false, false, false, nil); return err },
		"bind":               func(ch *channel) error { return ch.QueueBind(q, "k", "amq.direct", false, nil) },
		"unbind":             func(ch *channel) error { return ch.QueueUnbind(q, "k", "amq.direct", nil) },
		"purge":              func(ch *channel) error { _, err := ch.QueuePurge(q, false); return err },
		"get":                func(ch *channel) error { _, _, err := ch.Get(q, true); return err },
		"consume":            func(ch *channel) error { _, err := ch.Consume(q, "", false, false, false, false, nil); return err },
		"zdelete":            func(ch *channel) error { _, err := ch.QueueDelete(q, false, false, false); return err },
		"consume exclusive ": func(ch *channel) error { _, err := ch.Consume(q, "", false, true, false, false, nil); return err },
	}) {
		s.tryOn(other, "other connection: "+what, f)
	}
	foreign := other.channel()
	foreign.send(q, "anyone may publish")
	s.settledOn(ch, q, 1)
	ch.get(q)
	s.tryOn(owner, "a second channel of the owner", func(ch *channel) error { _, _, err := ch.Get(q, true); return err })
	s.must(owner.Close(), "close")
	s.gone(q)
}

// settledOn is settled for a queue that only the channel's connection may see.
func (s *scene) settledOn(ch *channel, queue string, n int) {
	s.until(fmt.Sprintf("%d messages in %s", n, queue), func() bool {
		q, err := ch.QueueDeclarePassive(queue, false, false, false, false, nil)
		s.must(err, "passive declare")
		return q.Messages == n
	})
}

func autoDeleteQueue(s *scene) {
	ch := s.channel()
	q := ch.queue("q", queueOptions{autoDelete: true}, nil)
	ch.send(q, "x")
	ch.get(q)
	m, n := s.count(q)
	s.say("before the first consumer: %d %d", m, n)
	ch.subscribe(q, "one", nil)
	ch.subscribe(q, "two", nil)
	s.must(ch.Cancel("one", false), "cancel")
	_, n = s.count(q)
	s.say("one of two left: %d", n)
	s.must(ch.Cancel("two", false), "cancel")
	s.gone(q)
	s.try("ack of what it held", func(ch2 *channel) error {
		s.must(ch.Ack(1, false), "ack")
		return ch.Qos(1, 0, false)
	})
}

func deleteQueue(s *scene) {
	ch := s.channel()
	q := ch.plain("q", nil)
	deleting := func(name string, ifUnused, ifEmpty bool) func(*channel) error {
		return func(ch *channel) error {
			n, err := ch.QueueDelete(name, ifUnused, ifEmpty, false)
			s.say("count %d", n)
			return err
		}
	}
	ch.send(q, "1", "2")
	s.settled(q, 2)
	s.try("if empty, not empty", deleting(q, false, true))
	ch.subscribe(q, "tag", nil)
	s.try("if unused, used", deleting(q, true, false))
	s.try("if unused and empty, neither", deleting(q, true, true))
	s.try("missing", deleting(s.n("none"), true, true))
	s.try("at last", deleting(q, false, false))
	s.say("cancelled %q", await(s, ch.cancels, "consumer cancel"))
	s.try("again", deleting(q, false, false))
	e := ch.plain("e", nil)
	s.try("unused and empty", deleting(e, true, true))
}
