package rabbitd_test

import (
	"fmt"
	"slices"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// exchangeObservations are about exchanges as things: declaring, deleting, binding.
func exchangeObservations() []observation {
	return []observation{
		{name: "exchange-predeclared", see: predeclared},
		{name: "exchange-declare-again", see: exchangeEquivalence},
		{name: "exchange-declare-kinds", see: func(s *scene) {
			for _, kind := range []string{"", "x-none", "Direct", "topic ", "x-delayed-message", "x-local-random", "system"} {
				s.try(fmt.Sprintf("%q", kind), declareExchange(s.n("x"+strings.TrimSpace(kind)), kind, nil))
			}
		}},
		{name: "exchange-declare-reserved", see: func(s *scene) {
			for _, name := range []string{"amq.mine", "amq.", "amq", "", "amq.direct", "AMQ.mine"} {
				s.try(fmt.Sprintf("%q", name), declareExchange(name, "direct", nil))
			}
			s.channel().s.remove("exchanges", "amq")
			s.remove("exchanges", "AMQ.mine")
		}},
		{name: "exchange-declare-predeclared-again", see: func(s *scene) {
			s.try("as it is", func(ch *channel) error {
				return ch.ExchangeDeclare("amq.topic", "topic", true, false, false, false, nil)
			})
			s.try("other type", func(ch *channel) error {
				return ch.ExchangeDeclare("amq.topic", "direct", true, false, false, false, nil)
			})
		}},
		{name: "exchange-passive", see: func(s *scene) {
			x := s.channel().exchange("x", "fanout", nil)
			passive := func(name, kind string) func(*channel) error {
				return func(ch *channel) error {
					return ch.ExchangeDeclarePassive(name, kind, true, true, true, false, amqp.Table{"a": "b"})
				}
			}
			s.try("there, with another type and other flags", passive(x, "direct"))
			s.try("there, with no type there is", passive(x, "nonsense"))
			s.try("missing", passive(s.n("none"), "fanout"))
			s.try("missing, reserved", passive("amq.none", "fanout"))
			s.try("default", passive("", "direct"))
		}},
		{name: "exchange-arguments", see: exchangeArguments},
		{name: "exchange-delete", see: exchangeDelete},
		{name: "exchange-auto-delete", see: exchangeAutoDelete},
		{name: "exchange-internal", see: exchangeInternal},
		{name: "exchange-bind-errors", see: bindErrors},
		{name: "exchange-default-is-closed", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			s.try("bind", func(ch *channel) error { return ch.QueueBind(q, "key", "", false, nil) })
			s.try("bind by its own key", func(ch *channel) error { return ch.QueueBind(q, q, "", false, nil) })
			s.try("unbind", func(ch *channel) error { return ch.QueueUnbind(q, q, "", nil) })
			s.try("exchange to it", func(ch *channel) error { return ch.ExchangeBind("", "k", "amq.direct", false, nil) })
			s.try("it to exchange", func(ch *channel) error { return ch.ExchangeBind("amq.direct", "k", "", false, nil) })
			s.try("exchange from it", func(ch *channel) error { return ch.ExchangeUnbind("amq.direct", "k", "", false, nil) })
			s.try("delete", func(ch *channel) error { return ch.ExchangeDelete("", false, false) })
		}},
		{name: "exchange-names", see: exchangeNames},
		{name: "exchange-last-queue-meant", see: lastQueue},
		{name: "exchange-publish-missing", see: func(s *scene) {
			s.tryAsync("publish", func(ch *channel) { ch.publish(s.n("none"), "k", publishing("x")) })
			ch := s.confirming()
			ch.publish(s.n("none"), "k", publishing("x"))
			s.say("confirming: %s", describe(await(s, ch.closed, "channel.close")))
		}},
	}
}

func declareExchange(name, kind string, args amqp.Table) func(*channel) error {
	return func(ch *channel) error { return ch.ExchangeDeclare(name, kind, false, false, false, false, args) }
}

func predeclared(s *scene) {
	for _, name := range []string{"amq.direct", "amq.fanout", "amq.topic", "amq.headers", "amq.match", "amq.rabbitmq.trace", "amq.rabbitmq.log", "amq.rabbitmq.event"} {
		kind := strings.TrimPrefix(name, "amq.")
		switch name {
		case "amq.match":
			kind = "headers"
		case "amq.rabbitmq.trace":
			kind = "topic"
		}
		s.try(name+" passive", func(ch *channel) error {
			return ch.ExchangeDeclarePassive(name, kind, true, false, false, false, nil)
		})
		s.try(name+" active", func(ch *channel) error { return ch.ExchangeDeclare(name, kind, true, false, false, false, nil) })
		s.try(name+" delete", func(ch *channel) error { return ch.ExchangeDelete(name, false, false) })
		s.tryAsync(name+" publish", func(ch *channel) { ch.publish(name, "none", publishing("x")) })
	}
}

func exchangeEquivalence(s *scene) {
	type flags struct{ durable, autoDelete, internal bool }
	declare := func(kind string, f flags, args amqp.Table) func(*channel) error {
		return func(ch *channel) error {
			return ch.ExchangeDeclare(s.n("x"), kind, f.durable, f.autoDelete, f.internal, false, args)
		}
	}
	args := amqp.Table{"alternate-exchange": "one", "mine": "a"}
	s.try("first", declare("direct", flags{}, args))
	s.try("same", declare("direct", flags{}, args))
	s.try("other type", declare("fanout", flags{}, args))
	s.try("durable", declare("direct", flags{durable: true}, args))
	s.try("auto-delete", declare("direct", flags{autoDelete: true}, args))
	s.try("internal", declare("direct", flags{internal: true}, args))
	s.try("other alternate", declare("direct", flags{}, amqp.Table{"alternate-exchange": "two", "mine": "a"}))
	s.try("no alternate", declare("direct", flags{}, amqp.Table{"mine": "a"}))
	s.try("other argument of mine", declare("direct", flags{}, amqp.Table{"alternate-exchange": "one", "mine": "b"}))
	s.try("no arguments", declare("direct", flags{}, nil))
	s.try("everything other", declare("topic", flags{durable: true, autoDelete: true, internal: true}, nil))
	s.remove("exchanges", s.n("x"))
	s.try("without alternate", declare("direct", flags{}, nil))
	s.try("with alternate", declare("direct", flags{}, args))
	s.remove("exchanges", s.n("x"))
}

func exchangeArguments(s *scene) {
	for _, v := range []any{"", int32(1), true, nil, []byte("x"), amqp.Table{}, []any{"x"}, "amq.none"} {
		name := s.n("x")
		s.try("alternate-exchange "+show(v), declareExchange(name, "direct", amqp.Table{"alternate-exchange": v}))
		s.remove("exchanges", name)
	}
	s.try("unknown", declareExchange(s.n("x"), "direct", amqp.Table{"x-what": int32(1)}))
	s.remove("exchanges", s.n("x"))
}

func exchangeDelete(s *scene) {
	ch := s.channel()
	x, q := ch.exchange("x", "direct", nil), ch.plain("q", nil)
	ch.bind(q, "k", x, nil)
	deleting := func(name string, ifUnused bool) func(*channel) error {
		return func(ch *channel) error { return ch.ExchangeDelete(name, ifUnused, false) }
	}
	s.try("if unused, used", deleting(x, true))
	s.try("used", deleting(x, false))
	s.try("missing", deleting(x, false))
	s.try("missing if unused", deleting(s.n("none"), true))
	y, z := ch.exchange("y", "direct", nil), ch.exchange("z", "direct", nil)
	s.must(ch.ExchangeBind(y, "k", z, false, nil), "bind")
	s.try("if unused, only a destination", deleting(y, true))
	s.try("if unused, source without destination", deleting(z, true))
	s.tryAsync("the queue's bindings are gone", func(ch *channel) {
		s.must(ch.ExchangeDeclare(x, "direct", false, false, false, false, nil), "declare")
		ch.publish(x, "k", publishing("lost"))
	})
	ch.drain(q)
}

func exchangeAutoDelete(s *scene) {
	there := func(name string) {
		s.try(strings.TrimPrefix(name, s.name), func(ch *channel) error {
			return ch.ExchangeDeclarePassive(name, "direct", false, false, false, false, nil)
		})
	}
	ch := s.channel()
	auto := func(part string) string {
		s.must(ch.ExchangeDeclare(s.n(part), "direct", false, true, false, false, nil), "declare")
		return s.n(part)
	}
	q := ch.plain("q", nil)
	a, b, c, d := auto("a"), auto("b"), auto("c"), auto("d")
	there(a)
	ch.bind(q, "1", a, nil)
	ch.bind(q, "2", a, nil)
	s.must(ch.QueueUnbind(q, "1", a, nil), "unbind")
	there(a)
	s.must(ch.QueueUnbind(q, "2", a, nil), "unbind")
	there(a)
	ch.bind(q, "1", b, nil)
	s.must(ch.ExchangeBind(c, "1", b, false, nil), "bind")
	s.must(ch.ExchangeBind(d, "1", c, false, nil), "bind")
	_, err := ch.QueueDelete(q, false, false, false)
	s.must(err, "delete")
	there(b)
	s.must(ch.ExchangeUnbind(c, "1", b, false, nil), "unbind")
	there(b)
	there(c)
	s.must(ch.ExchangeDelete(d, false, false), "delete")
	there(c)
}

func exchangeInternal(s *scene) {
	ch := s.channel()
	in, out, q := s.n("in"), ch.exchange("out", "fanout", nil), ch.plain("q", nil)
	s.must(ch.ExchangeDeclare(in, "fanout", false, false, true, false, nil), "declare")
	s.after(func() { s.remove("exchanges", in) })
	ch.bind(q, "", in, nil)
	s.must(ch.ExchangeBind(in, "", out, false, nil), "bind")
	s.tryAsync("publish", func(ch *channel) { ch.publish(in, "", publishing("x")) })
	ch.publish(out, "", publishing("through"))
	ch.get(q)
}

func bindErrors(s *scene) {
	ch := s.channel()
	x, q := ch.exchange("x", "direct", nil), ch.plain("q", nil)
	none := s.n("none")
	s.try("queue missing", func(ch *channel) error { return ch.QueueBind(none, "k", x, false, nil) })
	s.try("exchange missing", func(ch *channel) error { return ch.QueueBind(q, "k", none, false, nil) })
	s.try("both missing", func(ch *channel) error { return ch.QueueBind(none, "k", none+"2", false, nil) })
	s.try("unbind what is not bound", func(ch *channel) error { return ch.QueueUnbind(q, "k", x, nil) })
	s.try("unbind missing queue", func(ch *channel) error { return ch.QueueUnbind(none, "k", x, nil) })
	s.try("unbind missing exchange", func(ch *channel) error { return ch.QueueUnbind(q, "k", none, nil) })
	s.try("exchange bind, source missing", func(ch *channel) error { return ch.ExchangeBind(x, "k", none, false, nil) })
	s.try("exchange bind, destination missing", func(ch *channel) error { return ch.ExchangeBind(none, "k", x, false, nil) })
	s.try("exchange bind, both missing", func(ch *channel) error { return ch.ExchangeBind(none, "k", none+"2", false, nil) })
	s.try("exchange unbind, none", func(ch *channel) error { return ch.ExchangeUnbind("amq.topic", "k", x, false, nil) })
	s.try("exchange unbind, missing", func(ch *channel) error { return ch.ExchangeUnbind(none, "k", x, false, nil) })
	s.try("twice", func(ch *channel) error {
		ch.bind(q, "k", x, nil)
		ch.bind(q, "k", x, nil)
		return ch.QueueBind(q, "k", x, false, amqp.Table{"a": "b"})
	})
	ch.publish(x, "k", publishing("once"))
	ch.drain(q)
	s.try("unbind with other arguments", func(ch *channel) error { return ch.QueueUnbind(q, "k", x, amqp.Table{"a": "c"}) })
	s.try("unbind one of two", func(ch *channel) error { return ch.QueueUnbind(q, "k", x, nil) })
	ch.publish(x, "k", publishing("still"))
	ch.drain(q)
	s.try("unbind the other", func(ch *channel) error { return ch.QueueUnbind(q, "k", x, amqp.Table{"a": "b"}) })
	ch.publish(x, "k", publishing("no more"))
	ch.drain(q)
}

func exchangeNames(s *scene) {
	for _, name := range []string{
		"with space", "new\nline", "cr\rlf\r\n", "ünï☃", "a/b%c'd\"e", strings.Repeat("n", 127),
		"tab\there", "\x01\x7f", strings.Repeat("ü", 100),
	} {
		full := s.n(name)
		s.try(fmt.Sprintf("%q", name), func(ch *channel) error {
			if err := ch.ExchangeDeclare(full, "direct", false, false, false, false, nil); err != nil {
				return err
			}
			return ch.ExchangeDeclare(full, "fanout", false, false, false, false, nil)
		})
		s.remove("exchanges", full)
	}
}

// lastQueue uses the empty queue name, which means the queue declared last on the channel.
func lastQueue(s *scene) {
	x := s.channel().exchange("x", "direct", nil)
	s.try("bind without one", func(ch *channel) error { return ch.QueueBind("", "k", x, false, nil) })
	s.try("consume without one", func(ch *channel) error {
		_, err := ch.Consume("", "", false, false, false, false, nil)
		return err
	})
	s.try("get without one", func(ch *channel) error {
		_, _, err := ch.Get("", false)
		return err
	})
	s.try("purge without one", func(ch *channel) error {
		_, err := ch.QueuePurge("", false)
		return err
	})
	ch := s.channel()
	ch.plain("first", nil)
	q := ch.plain("last", nil)
	s.must(ch.QueueBind("", "", x, false, nil), "bind")
	ch.publish(x, q, publishing("by the queue's name"))
	ch.publish(x, "", publishing("by the empty key"))
	ch.drain(q)
	_, err := ch.QueueDelete("", false, false, false)
	s.say("delete: %s", describe(err))
	s.try("it is the last that went", func(ch *channel) error {
		_, err := ch.QueueDeclarePassive(q, false, false, false, false, nil)
		return err
	})
}

// routed publishes keys through an exchange and says which of the queues each reached.
func routed(s *scene, ch *channel, x string, queues []string, keys []string, headers amqp.Table) {
	for _, key := range keys {
		ch.publish(x, key, amqp.Publishing{Headers: headers, Body: []byte(key)})
		reached := []string{}
		for _, q := range queues {
			for {
				_, ok, err := ch.Get(q, true)
				s.must(err, "get")
				if !ok {
					break
				}
				reached = append(reached, strings.TrimPrefix(q, s.name+"."))
			}
		}
		slices.Sort(reached)
		s.say("%q %s → %s", key, show(headers), strings.Join(reached, " "))
	}
}
