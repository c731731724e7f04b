package rabbitd_test

import (
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// routingObservations are about the way of a message through exchanges.
func routingObservations() []observation {
	return []observation{
		{name: "routing-default", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "one", "two")
			ch.publish("", s.n("none"), publishing("lost"))
			ch.get(q)
			ch.get(q)
			ch.get(q)
		}},
		{name: "routing-direct", see: func(s *scene) { routeKeys(s, "direct", directKeys(), directKeys()) }},
		{name: "routing-fanout", see: func(s *scene) { routeKeys(s, "fanout", directKeys(), directKeys()) }},
		{name: "routing-topic", see: func(s *scene) { routeKeys(s, "topic", topicPatterns(), topicKeys()) }},
		{name: "routing-topic-literal-wildcards", see: func(s *scene) {
			routeKeys(s, "topic", []string{"*", "#", "a.*", "a.#"}, []string{"*", "#", "a.*", "a.#", "a.*.b", "**", "##"})
		}},
		{name: "routing-headers", see: headersRouting},
		{name: "routing-headers-values", see: headersValues},
		{name: "routing-headers-arguments", see: func(s *scene) {
			ch := s.channel()
			x, q := ch.exchange("x", "headers", nil), ch.plain("q", nil)
			for _, v := range []any{"all", "any", "all-with-x", "any-with-x", "ALL", "none", "", int32(1), true, nil} {
				s.try("x-match "+show(v), func(ch *channel) error {
					return ch.QueueBind(q, "", x, false, amqp.Table{"x-match": v, "a": "b"})
				})
			}
		}},
		{name: "routing-exchange-to-exchange", see: exchangeToExchange},
		{name: "routing-alternate-exchange", see: alternateExchange},
		{name: "routing-alternate-exchange-mandatory", see: alternateMandatory},
		{name: "routing-one-copy-a-queue", see: func(s *scene) {
			ch := s.channel()
			x, y, q := ch.exchange("x", "topic", nil), ch.exchange("y", "fanout", nil), ch.plain("q", nil)
			for _, key := range []string{"a.b", "a.*", "#"} {
				ch.bind(q, key, x, nil)
			}
			s.must(ch.ExchangeBind(y, "#", x, false, nil), "bind")
			ch.bind(q, "", y, nil)
			ch.publish(x, "a.b", publishing("once"))
			ch.drain(q)
		}},
		{name: "routing-cc-bcc", see: carbonCopies},
		{name: "routing-cc-errors", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			for _, header := range []string{"CC", "BCC"} {
				for _, v := range []any{"text", int32(1), []any{}, []any{int32(1)}, []any{q, int32(1)}, nil, amqp.Table{}} {
					s.tryAsync(header+" "+show(v), func(ch *channel) {
						ch.publish("", q, amqp.Publishing{Headers: amqp.Table{header: v}, Body: []byte("x")})
					})
				}
			}
			ch := s.channel()
			ch.drain(q)
		}},
		{name: "routing-mandatory", see: mandatory},
		{name: "routing-mandatory-order", see: mandatoryOrder},
		{name: "routing-immediate", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			w := s.raw().open()
			w.method(1, 60, 40, uint16(0), "", q, 2)
			w.header(1, 0)
			w.last()
		}},
		{name: "routing-trace-is-quiet", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.bind(q, "#", "amq.rabbitmq.trace", nil)
			ch.send(q, "one")
			ch.drain(q)
		}},
	}
}

func directKeys() []string {
	return []string{"a", "b", "", "A", "a ", "a.b", "*", "#", "ü", "\x00", "\n", strings.Repeat("k", 255)}
}

func topicPatterns() []string {
	return []string{
		"#", "*", "a", "a.*", "a.#", "*.b", "#.b", "a.*.c", "a.#.c", "*.*", "#.#", "#.*", "*.#", "*.#.*", "#.b.#",
		"a.b.#.c.d", "", ".", "a.", ".a", "..", "*.", ".*", "#.", "a.#.#.c", "a.b*", "a#", "a.*.#", "#.a.*.#", "A.b",
	}
}

func topicKeys() []string {
	return []string{
		"", "a", "b", "a.b", "a.b.c", "a.c", "a.b.b.c", "a.b.c.d", "a.b.x.c.d", "a.b.c.c.d", ".", "..", "a.", ".a",
		"a..c", "a.b.", ".b", "b.a.c", "a.a", "a.b*", "a#", "A.b", "ü.b", "a. .c", "a.b.c.d.e.f.g",
	}
}

// routeKeys binds one queue to each pattern and says where keys go.
func routeKeys(s *scene, kind string, patterns, keys []string) {
	ch := s.channel()
	x := ch.exchange("x", kind, nil)
	queues := make([]string, len(patterns))
	for i, pattern := range patterns {
		queues[i] = ch.queue(showBody([]byte(pattern)), queueOptions{exclusive: true}, nil)
		ch.bind(queues[i], pattern, x, nil)
	}
	routed(s, ch, x, queues, keys, nil)
	for i, pattern := range patterns {
		if i%2 == 0 {
			s.must(ch.QueueUnbind(queues[i], pattern, x, nil), "unbind")
		}
	}
	s.say("half of the bindings gone")
	routed(s, ch, x, queues, keys[:min(len(keys), 12)], nil)
}

func headersRouting(s *scene) {
	ch := s.channel()
	x := ch.exchange("x", "headers", nil)
	bindings := map[string]amqp.Table{
		"none": nil, "all-empty": {"x-match": "all"}, "any-empty": {"x-match": "any"},
		"default": {"a": "1", "b": "2"}, "all": {"x-match": "all", "a": "1", "b": "2"},
		"any": {"x-match": "any", "a": "1", "b": "2"}, "all-x": {"x-match": "all", "x-a": "1", "a": "1"},
		"any-x": {"x-match": "any", "x-a": "1", "a": "9"}, "all-with-x": {"x-match": "all-with-x", "x-a": "1", "a": "1"},
		"any-with-x": {"x-match": "any-with-x", "x-a": "1", "a": "9"}, "exists": {"x-match": "all", "a": nil},
		"only-x": {"x-match": "all", "x-a": "1"}, "only-x-any": {"x-match": "any", "x-a": "1"},
	}
	var queues []string
	for name, args := range sorted(bindings) {
		q := ch.queue(name, queueOptions{exclusive: true}, nil)
		ch.bind(q, "ignored", x, args)
		queues = append(queues, q)
	}
	for _, headers := range []amqp.Table{
		nil,
		{},
		{"a": "1"},
		{"a": "2"},
		{"a": "1", "b": "2"},
		{"a": "1", "b": "3"},
		{"a": "1", "b": "2", "c": "3"},
		{"x-a": "1"},
		{"x-a": "1", "a": "1"},
		{"x-a": "2", "a": "1"},
		{"x-a": "2", "a": "9"},
		{"a": nil},
		{"b": "2"},
		{"A": "1"},
	} {
		routed(s, ch, x, queues, []string{"key"}, headers)
	}
}

// headersValues is about which values are the same to a headers exchange.
func headersValues(s *scene) {
	ch := s.channel()
	x := ch.exchange("x", "headers", nil)
	values := map[string]any{
		"string": "1", "bytes": []byte("1"), "int8": int8(1), "byte": byte(1), "int16": int16(1), "int32": int32(1),
		"int64": int64(1), "float32": float32(1), "float64": float64(1), "true": true, "false": false,
		"time": time.Unix(1, 0), "table": amqp.Table{"a": int32(1)}, "array": []any{int32(1)},
		"decimal": amqp.Decimal{Scale: 0, Value: 1}, "void": nil, "empty": "",
	}
	var queues []string
	for name, v := range sorted(values) {
		q := ch.queue(name, queueOptions{exclusive: true}, nil)
		ch.bind(q, "", x, amqp.Table{"v": v})
		queues = append(queues, q)
	}
	for _, v := range sorted(values) {
		routed(s, ch, x, queues, []string{""}, amqp.Table{"v": v})
	}
}

func exchangeToExchange(s *scene) {
	ch := s.channel()
	a, b, c := ch.exchange("a", "topic", nil), ch.exchange("b", "direct", nil), ch.exchange("c", "fanout", nil)
	qa, qb, qc := ch.plain("qa", nil), ch.plain("qb", nil), ch.plain("qc", nil)
	queues := []string{qa, qb, qc}
	ch.bind(qa, "x.#", a, nil)
	ch.bind(qb, "x.y", b, nil)
	ch.bind(qc, "", c, nil)
	s.must(ch.ExchangeBind(b, "x.*", a, false, nil), "bind")
	s.must(ch.ExchangeBind(c, "x.y", b, false, nil), "bind")
	s.must(ch.ExchangeBind(a, "", c, false, nil), "bind")
	s.must(ch.ExchangeBind(a, "#", a, false, nil), "bind to itself")
	routed(s, ch, a, queues, []string{"x.y", "x.z", "x", "y", "x.y.z"}, nil)
	routed(s, ch, c, queues, []string{"x.y", "q"}, nil)
	s.must(ch.ExchangeUnbind(b, "x.*", a, false, nil), "unbind")
	routed(s, ch, a, queues, []string{"x.y", "x.z"}, nil)
	ch.publish(c, "x.y", publishing("what a client sees"))
	ch.get(qa)
}

func alternateExchange(s *scene) {
	ch := s.channel()
	last := ch.exchange("last", "fanout", nil)
	middle := ch.exchange("middle", "direct", amqp.Table{"alternate-exchange": last})
	first := ch.exchange("first", "direct", amqp.Table{"alternate-exchange": middle})
	loop := ch.exchange("loop", "direct", amqp.Table{"alternate-exchange": s.n("loop")})
	missing := ch.exchange("missing", "direct", amqp.Table{"alternate-exchange": s.n("none")})
	direct := ch.exchange("to-default", "direct", amqp.Table{"alternate-exchange": "amq.default"})
	q1, q2, q3 := ch.plain("q1", nil), ch.plain("q2", nil), ch.plain("q3", nil)
	ch.bind(q1, "1", first, nil)
	ch.bind(q2, "2", middle, nil)
	ch.bind(q3, "", last, nil)
	for _, x := range []string{first, middle, loop, missing, direct} {
		s.say("%s", x)
		routed(s, ch, x, []string{q1, q2, q3}, []string{"1", "2", "3"}, nil)
	}
	ch.publish(first, "3", publishing("seen as"))
	ch.get(q3)
}

func alternateMandatory(s *scene) {
	ch := s.confirming()
	dead := ch.exchange("dead", "direct", nil)
	x := ch.exchange("x", "direct", amqp.Table{"alternate-exchange": dead})
	y := ch.exchange("y", "direct", amqp.Table{"alternate-exchange": s.n("none")})
	q := ch.plain("q", nil)
	ch.bind(q, "k", dead, nil)
	ch.mandatory(x, "k", publishing("alternate takes it"))
	ch.mandatory(x, "z", publishing("nobody takes it"))
	ch.mandatory(y, "z", publishing("alternate is missing"))
	ch.confirmed(3)
	s.say("%s", showReturn(await(s, ch.returns, "return")))
	s.say("%s", showReturn(await(s, ch.returns, "return")))
	ch.drain(q)
}

func carbonCopies(s *scene) {
	ch := s.channel()
	x := ch.exchange("x", "topic", nil)
	a, b, c := ch.plain("a", nil), ch.plain("b", nil), ch.plain("c", nil)
	for key, q := range map[string]string{"a.*": a, "b.*": b, "c.*": c} {
		ch.bind(q, key, x, nil)
	}
	headers := amqp.Table{"CC": []any{"b.1", "b.2", "a.2"}, "BCC": []any{"c.1"}, "mine": "kept"}
	ch.publish(x, "a.1", amqp.Publishing{Headers: headers, Body: []byte("copies")})
	for _, q := range []string{a, b, c} {
		ch.get(q)
		ch.get(q)
	}
	ch.publish("", a, amqp.Publishing{Headers: amqp.Table{"CC": []any{b}}, Body: []byte("by queue")})
	ch.get(a)
	ch.get(b)
	ch.publish(x, "z", amqp.Publishing{Headers: amqp.Table{"BCC": []any{"b.1"}}, Body: []byte("only the blind copy")})
	ch.get(b)
	ch.mandatory(x, "z", amqp.Publishing{Headers: amqp.Table{"BCC": []any{"z"}, "CC": []any{"z"}}, Body: []byte("x")})
	s.say("%s", showReturn(await(s, ch.returns, "return")))
}

func mandatory(s *scene) {
	ch := s.channel()
	x, q := ch.exchange("x", "direct", nil), ch.plain("q", nil)
	ch.bind(q, "k", x, nil)
	p := amqp.Publishing{
		Body: []byte("body"), ContentType: "text/plain", Headers: amqp.Table{"a": int32(1)},
		CorrelationId: "c", Priority: 3, DeliveryMode: 2, Expiration: "5000", Type: "t",
	}
	ch.mandatory(x, "k", p)
	ch.mandatory(x, "other", p)
	ch.mandatory("", s.n("none"), publishing(""))
	ch.mandatory("amq.fanout", "none", publishing(strings.Repeat("long", 50000)))
	for range 3 {
		s.say("%s", showReturn(await(s, ch.returns, "return")))
	}
	ch.drain(q)
}

// mandatoryOrder looks at the frames: basic.return comes before the confirm.
func mandatoryOrder(s *scene) {
	w := s.raw().open()
	w.method(1, 85, 10, 0)
	w.next()
	w.method(1, 60, 40, uint16(0), "", s.n("none"), 1)
	w.header(1, 3)
	w.frame(bodyFrame, 1, []byte("abc"))
	for range 4 {
		w.next()
	}
}
