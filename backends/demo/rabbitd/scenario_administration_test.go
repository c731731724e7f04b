package rabbitd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"
)

// permissionObservations are about what a user may do.
func permissionObservations() []observation {
	return []observation{
		{name: "permission-configure", see: func(s *scene) {
			l := s.user("^$", ".*", ".*")
			q := s.channel().plain("q", nil)
			x := s.channel().exchange("x", "direct", nil)
			s.refusals(l, map[string]func(*channel) error{
				"queue declare":     declareQueue(q, nil),
				"queue declare new": declareQueue(s.n("new"), nil),
				"queue passive": func(ch *channel) error {
					_, err := ch.QueueDeclarePassive(q, false, false, false, false, nil)
					return err
				},
				"queue delete":          func(ch *channel) error { _, err := ch.QueueDelete(q, false, false, false); return err },
				"queue delete missing":  func(ch *channel) error { _, err := ch.QueueDelete(s.n("none"), false, false, false); return err },
				"exchange declare":      declareExchange(x, "direct", nil),
				"exchange declare type": declareExchange(s.n("y"), "nonsense", nil),
				"exchange passive": func(ch *channel) error {
					return ch.ExchangeDeclarePassive(x, "direct", false, false, false, false, nil)
				},
				"exchange delete": func(ch *channel) error { return ch.ExchangeDelete(x, false, false) },
				"exchange system": func(ch *channel) error { return ch.ExchangeDelete("amq.direct", false, false) },
			})
		}},
		{name: "permission-write", see: func(s *scene) {
			l := s.user(".*", "^$", ".*")
			q := s.channel().plain("q", nil)
			x := s.channel().exchange("x", "direct", nil)
			s.refusals(l, map[string]func(*channel) error{
				"publish":                asyncOn(s, func(ch *channel) { ch.publish(x, "k", publishing("x")) }),
				"publish default":        asyncOn(s, func(ch *channel) { ch.publish("", q, publishing("x")) }),
				"publish missing":        asyncOn(s, func(ch *channel) { ch.publish(s.n("none"), q, publishing("x")) }),
				"queue bind":             func(ch *channel) error { return ch.QueueBind(q, "k", x, false, nil) },
				"queue unbind":           func(ch *channel) error { return ch.QueueUnbind(q, "k", x, nil) },
				"exchange bind":          func(ch *channel) error { return ch.ExchangeBind(x, "k", "amq.direct", false, nil) },
				"declare with alternate": declareExchange(s.n("y"), "direct", amqp.Table{"alternate-exchange": x}),
				"declare with dlx":       declareQueue(s.n("z"), amqp.Table{"x-dead-letter-exchange": x}),
			})
			s.remove("exchanges", s.n("y"))
			s.remove("queues", s.n("z"))
		}},
		{name: "permission-read", see: func(s *scene) {
			l := s.user(".*", ".*", "^$")
			q := s.channel().plain("q", nil)
			x := s.channel().exchange("x", "direct", nil)
			s.refusals(l, map[string]func(*channel) error{
				"get":              func(ch *channel) error { _, _, err := ch.Get(q, true); return err },
				"get missing":      func(ch *channel) error { _, _, err := ch.Get(s.n("none"), true); return err },
				"consume":          func(ch *channel) error { _, err := ch.Consume(q, "", true, false, false, false, nil); return err },
				"purge":            func(ch *channel) error { _, err := ch.QueuePurge(q, false); return err },
				"queue bind":       func(ch *channel) error { return ch.QueueBind(q, "k", x, false, nil) },
				"exchange bind":    func(ch *channel) error { return ch.ExchangeBind(x, "k", "amq.direct", false, nil) },
				"declare with dlx": declareQueue(s.n("z"), amqp.Table{"x-dead-letter-exchange": x}),
			})
			s.remove("queues", s.n("z"))
		}},
		{name: "permission-by-pattern", see: func(s *scene) {
			l := s.user(`^permission-by-pattern\.mine`, `mine|^amq\.default$`, "mine")
			s.refusals(l, map[string]func(*channel) error{
				"own":           declareQueue(s.n("mine"), nil),
				"other":         declareQueue(s.n("other"), nil),
				"in the middle": declareQueue("x"+s.n("mine"), nil),
				"default":       asyncOn(s, func(ch *channel) { ch.publish("", s.n("mine"), publishing("x")) }),
				"server's name": declareQueue("", nil),
				"amq.direct":    asyncOn(s, func(ch *channel) { ch.publish("amq.direct", "x", publishing("x")) }),
				"reply-to": func(ch *channel) error {
					_, err := ch.Consume("amq.rabbitmq.reply-to", "", true, false, false, false, nil)
					return err
				},
				"bind own to amq": func(ch *channel) error { return ch.QueueBind(s.n("mine"), "k", "amq.direct", false, nil) },
			})
			s.remove("queues", s.n("mine"))
		}, normalisers: []normaliser{generated()}},
		{name: "permission-topic", see: topicPermission},
		{name: "permission-changed-later", see: func(s *scene) {
			k := s.connect(s.user(".*", ".*", ".*"))
			q := s.channel().plain("q", nil)
			get := func(ch *channel) error { _, _, err := ch.Get(q, true); return err }
			s.tryOn(k, "before", get)
			s.put("permissions/"+vhost+"/"+url.PathEscape(s.n("user")), map[string]string{"configure": "", "write": "", "read": "^none$"})
			s.tryOn(k, "after", get)
		}},
		{name: "permission-user-id-of-others", see: func(s *scene) {
			k := s.connect(s.user(".*", ".*", ".*"))
			q := s.channel().plain("q", nil)
			s.tryOn(k, "guest", asyncOn(s, func(ch *channel) { ch.publish("", q, amqp.Publishing{UserId: "guest"}) }))
			s.put("users/"+s.n("user"), map[string]string{"password": "secret", "tags": "impersonator"})
			k = s.connect(login{user: s.n("user"), password: "secret"})
			s.tryOn(k, "guest by an impersonator", asyncOn(s, func(ch *channel) { ch.publish("", q, amqp.Publishing{UserId: "guest"}) }))
		}},
	}
}

// asyncOn makes of something without an answer something with one.
func asyncOn(s *scene, f func(*channel)) func(*channel) error {
	return func(ch *channel) error {
		f(ch)
		err := ch.Qos(0, 0, false)
		if err == nil {
			return nil
		}
		if e := await(s, ch.closed, "channel.close"); e != nil {
			return e
		}
		return err
	}
}

// refusals tries things as a user, in the order of their names.
func (s *scene) refusals(l login, tries map[string]func(*channel) error) {
	k := s.connect(l)
	for what, f := range sorted(tries) {
		if k.IsClosed() {
			k = s.connect(l)
		}
		s.tryOn(k, what, f)
	}
}

func topicPermission(s *scene) {
	l := s.user(".*", ".*", ".*")
	x := s.channel().exchange("x", "topic", nil)
	d := s.channel().exchange("d", "direct", nil)
	s.put("topic-permissions/"+vhost+"/"+l.user, map[string]string{"exchange": x, "write": "^a", "read": "^b"})
	q := s.channel().plain("q", nil)
	s.refusals(l, map[string]func(*channel) error{
		"write allowed":            asyncOn(s, func(ch *channel) { ch.publish(x, "a.b", publishing("x")) }),
		"write refused":            asyncOn(s, func(ch *channel) { ch.publish(x, "z", publishing("x")) }),
		"another topic exchange":   asyncOn(s, func(ch *channel) { ch.publish("amq.topic", "z", publishing("x")) }),
		"no topic exchange":        asyncOn(s, func(ch *channel) { ch.publish(d, "z", publishing("x")) }),
		"bind allowed":             func(ch *channel) error { return ch.QueueBind(q, "b.#", x, false, nil) },
		"bind refused":             func(ch *channel) error { return ch.QueueBind(q, "a.#", x, false, nil) },
		"exchange bind refused":    func(ch *channel) error { return ch.ExchangeBind(d, "a.#", x, false, nil) },
		"bind to another exchange": func(ch *channel) error { return ch.QueueBind(q, "a.#", "amq.topic", false, nil) },
	})
}

// policyObservations are about policies.
func policyObservations() []observation {
	return []observation{
		{name: "policy-message-ttl", see: func(s *scene) {
			s.policy("policies", "q", "queues", map[string]any{"message-ttl": 60})
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "x")
			s.settled(q, 0)
		}},
		{name: "policy-dead-letter", see: func(s *scene) {
			ch := s.channel()
			dead := ch.plain("dead", nil)
			s.policy("policies", "q", "queues", map[string]any{"dead-letter-exchange": "", "dead-letter-routing-key": dead})
			q := ch.plain("q", nil)
			ch.send(q, "x")
			ch.get(q)
			s.must(ch.Reject(1, false), "reject")
			ch.arrived(dead)
		}},
		{name: "policy-max-length-later", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.send(q, "1", "2", "3", "4")
			s.settled(q, 4)
			s.policy("policies", "q", "queues", map[string]any{"max-length": 2})
			s.until("the queue being cut", func() bool {
				ch.send(q, "x")
				m, _ := s.count(q)
				return m == 2
			})
			s.say("cut to 2")
			s.api(http.MethodDelete, "policies/"+vhost+"/"+s.n("q"), nil)
			s.until("the queue growing again", func() bool {
				ch.send(q, "y")
				m, _ := s.count(q)
				return m > 2
			})
		}},
		{name: "policy-overflow", see: func(s *scene) {
			s.policy("policies", "q", "queues", map[string]any{"max-length": 1, "overflow": "reject-publish"})
			ch := s.confirming()
			q := ch.plain("q", nil)
			ch.send(q, "1", "2")
			ch.confirmed(2)
		}},
		{name: "policy-expires", see: func(s *scene) {
			s.policy("policies", "q", "queues", map[string]any{"expires": 100})
			ch := s.channel()
			q := ch.queue("q", queueOptions{autoDelete: true}, nil)
			ch.expired(q)
		}},
		{name: "policy-alternate-exchange", see: func(s *scene) {
			ch := s.channel()
			ae, q := ch.exchange("ae", "fanout", nil), ch.plain("q", nil)
			ch.bind(q, "", ae, nil)
			s.policy("policies", "x", "exchanges", map[string]any{"alternate-exchange": ae})
			x := ch.exchange("x", "direct", nil)
			ch.publish(x, "nowhere", publishing("x"))
			ch.get(q)
		}},
		{name: "policy-and-arguments", see: func(s *scene) {
			s.policy("policies", "q", "queues", map[string]any{"max-length": 3, "overflow": "drop-head"})
			ch := s.confirming()
			for i, args := range []amqp.Table{nil, {"x-max-length": int32(2)}, {"x-max-length": int32(9)}, {"x-overflow": "reject-publish"}} {
				q := ch.plain(fmt.Sprint("q", i), args)
				ch.sure(q, "1", "2", "3", "4", "5")
				ch.drain(q)
			}
		}},
		{name: "policy-operator", see: func(s *scene) {
			s.policy("operator-policies", "q", "queues", map[string]any{"max-length": 2})
			s.policy("policies", "q", "queues", map[string]any{"max-length": 4})
			ch := s.confirming()
			for i, args := range []amqp.Table{nil, {"x-max-length": int32(1)}, {"x-max-length": int32(9)}} {
				q := ch.plain(fmt.Sprint("q", i), args)
				ch.sure(q, "1", "2", "3", "4", "5")
				ch.drain(q)
			}
		}},
		{name: "policy-priority", see: func(s *scene) {
			name := url.PathEscape(s.n("high"))
			s.policy("policies", "q", "queues", map[string]any{"max-length": 1})
			s.put("policies/"+vhost+"/"+name, map[string]any{
				"pattern": "^" + s.n("q"), "definition": map[string]any{"max-length": 2}, "priority": 5, "apply-to": "all",
			})
			s.after(func() { s.api(http.MethodDelete, "policies/"+vhost+"/"+name, nil) })
			ch := s.confirming()
			q := ch.plain("q", nil)
			ch.sure(q, "1", "2", "3")
			ch.drain(q)
		}},
		{name: "policy-delivery-limit", see: func(s *scene) {
			ch := s.confirming()
			dead := ch.plain("dead", nil)
			s.policy("policies", "q", "queues", map[string]any{"delivery-limit": 1, "dead-letter-exchange": "", "dead-letter-routing-key": dead})
			q := ch.quorum("q", nil)
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "x")
			for range 2 {
				s.must(ch.Nack(s.take(c, 1)[0].DeliveryTag, false, true), "nack")
			}
			ch.arrived(dead)
		}},
		{name: "policy-not-in-equivalence", see: func(s *scene) {
			s.policy("policies", "q", "queues", map[string]any{"max-length": 2})
			s.channel().plain("q", nil)
			s.try("without", declareQueue(s.n("q"), nil))
			s.try("with", declareQueue(s.n("q"), amqp.Table{"x-max-length": int32(2)}))
		}},
		{name: "policy-errors", see: func(s *scene) {
			policyAnswers(s, map[string]map[string]any{
				"bad value":       {"pattern": "^x", "definition": map[string]any{"max-length": "x"}},
				"negative":        {"pattern": "^x", "definition": map[string]any{"message-ttl": -1}},
				"unknown key":     {"pattern": "^x", "definition": map[string]any{"nonsense": 1}},
				"empty":           {"pattern": "^x", "definition": map[string]any{}},
				"bad pattern":     {"pattern": "(", "definition": map[string]any{"max-length": 1}},
				"no pattern":      {"definition": map[string]any{"max-length": 1}},
				"no definition":   {"pattern": "^x"},
				"bad overflow":    {"pattern": "^x", "definition": map[string]any{"overflow": "x"}},
				"bad apply-to":    {"pattern": "^x", "apply-to": "nothing", "definition": map[string]any{"max-length": 1}},
				"bad priority":    {"pattern": "^x", "priority": "x", "definition": map[string]any{"max-length": 1}},
				"key alone is ok": {"pattern": "^x", "definition": map[string]any{"dead-letter-routing-key": "x"}},
			})
		}},
		{name: "policy-bad-pattern", see: func(s *scene) {
			policyAnswers(s, map[string]map[string]any{"bad pattern": {"pattern": "(", "definition": map[string]any{"max-length": 1}}})
		}},
	}
}

// policyAnswers says what the management API answers to policies.
func policyAnswers(s *scene, policies map[string]map[string]any) {
	for what, body := range sorted(policies) {
		status, text := s.api(http.MethodPut, "policies/"+vhost+"/"+s.n("p"), body)
		var answer struct{ Error, Reason string }
		_ = json.Unmarshal(text, &answer)
		s.say("%s: %d %s", what, status, strings.ReplaceAll(answer.Reason, "\n", " "))
	}
	s.api(http.MethodDelete, "policies/"+vhost+"/"+s.n("p"), nil)
}

// alarmObservations block publishers on the whole node.
func alarmObservations() []observation {
	return []observation{{name: "alarm-memory", alone: true, see: func(s *scene) {
		publisher, reader := s.connect(login{}), s.connect(login{})
		blocked := publisher.NotifyBlocked(make(chan amqp.Blocking, buffer))
		quiet := reader.NotifyBlocked(make(chan amqp.Blocking, buffer))
		ch, other := publisher.channel(), reader.channel()
		q := ch.plain("q", nil)
		s.must(ch.Confirm(false), "confirm")
		ch.confirms = ch.NotifyPublish(make(chan amqp.Confirmation, buffer))
		ch.send(q, "before")
		ch.confirmed(1)
		s.must(s.alarm(true), "alarm")
		s.after(func() { _ = s.alarm(false) })
		// The server tells only who publishes.
		s.must(ch.PublishWithContext(context.Background(), "", q, false, false, publishing("held back")), "publish")
		b := await(s, blocked, "connection.blocked")
		s.say("blocked %t %q", b.Active, b.Reason)
		s.say("others are told: %d", len(quiet))
		other.get(q)
		s.say("confirmed while blocked: %d", len(ch.confirms))
		s.must(s.alarm(false), "alarm")
		b = await(s, blocked, "connection.unblocked")
		s.say("blocked %t %q", b.Active, b.Reason)
		ch.confirmed(1)
		other.get(q)
	}}}
}
