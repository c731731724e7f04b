package rabbitmq

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// returned publishes with the flag mandatory and reports whether the server gave the message back.
func (w *world) returned(exchange, key string) bool {
	w.t.Helper()
	ch, err := w.conn.Channel()
	w.must(err)
	defer ch.Close()
	w.must(ch.Confirm(false))
	back := ch.NotifyReturn(make(chan amqp.Return, 1))
	c, err := ch.PublishWithDeferredConfirm(exchange, key, true, false, amqp.Publishing{Body: []byte(key)})
	w.must(err)
	if !c.Wait() {
		w.t.Fatal("not confirmed")
	}
	return len(back) > 0 // a return comes before its confirmation
}

// TestTapLetsMandatoryReturn: what nothing was bound to is returned to its publisher while a tap is open.
func TestTapLetsMandatoryReturn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.queue("real", nil)
		for kind, known := range map[string]string{"topic": "known.*", "direct": "known.1"} {
			w.exchange(kind, kind, false, nil)
			w.must(w.ch.QueueBind("real", known, kind, false, nil))
			tail := w.tap(s, kind)
			if w.returned(kind, "known.1") || !w.returned(kind, "unknown") {
				t.Errorf("%s: a matching message was returned, or one without a queue was not", kind)
			}
			testkit.Eventually(t, "the tap sees the one that matches", func() bool { return tail.Ring.Stats().Seen() == 1 })
			tail.Close()
		}
	})
}

// TestTapKeepsAutoDeleteExchange: the end of a tap is not the last binding's.
func TestTapKeepsAutoDeleteExchange(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.queue("real", nil)
		w.exchange("passing", "fanout", true, nil)
		w.must(w.ch.QueueBind("real", "", "passing", false, nil))
		tail := w.tap(s, "passing")
		w.publish("passing", "", "one")
		testkit.Eventually(t, "it is seen", func() bool { return tail.Ring.Stats().Seen() == 1 })
		tail.Close()
		w.leftovers(0)
		w.publish("passing", "", "two")
		w.ready("real", 2)
	})
}

// TestDivertingExchangesLoseNothing: those that give each message to one of their bindings are refused, and
// all their messages reach the real queues.
func TestDivertingExchangesLoseNothing(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	for _, kind := range []string{"x-consistent-hash", "x-random"} {
		w.exchange(kind, kind, false, nil)
		for i := range 2 {
			w.queue(fmt.Sprint(kind, i), nil)
			w.must(w.ch.QueueBind(fmt.Sprint(kind, i), "1", kind, false, nil))
		}
		plan, err := s.PlanTap(ctxFor(t), exchange(kind))
		if err != nil || plan.Consent != backends.Refused {
			t.Errorf("%s: %+v, %v", kind, plan, err)
		}
		if _, err := s.Tap(ctxFor(t), lookAt(plan, 0)); !isRefused(err) {
			t.Errorf("%s: tapped: %v", kind, err)
		}
		for i := range 100 {
			_, err := w.ch.PublishWithDeferredConfirm(kind, fmt.Sprint(i), false, false, amqp.Publishing{})
			w.must(err)
		}
		testkit.Eventually(t, "the real queues have all", func() bool {
			sum := 0
			for i := range 2 {
				q, err := w.ch.QueueDeclarePassive(fmt.Sprint(kind, i), true, false, false, false, nil)
				w.must(err)
				sum += q.Messages
			}
			return sum == 100
		})
	}
}

// TestTapIsNotRuledByPolicies: a policy for every queue that would keep little, refuse publishers and send
// dead letters changes neither what publishers nor what the dead letter queue get; what it makes the tap's
// queue drop is counted.
func TestTapIsNotRuledByPolicies(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.exchange("x", "fanout", false, nil)
		w.exchange("dlx", "fanout", false, nil)
		w.queue("dead", nil)
		w.queue("real", nil)
		w.must(w.ch.QueueBind("dead", "", "dlx", false, nil))
		w.must(w.ch.QueueBind("real", "", "x", false, nil))
		tail := w.tap(s, "x")
		if code := w.manage(http.MethodPut, w.path("policies", "all"), map[string]any{
			"pattern": "^amq\\.gen", "apply-to": "queues", "definition": map[string]any{
				"max-length": 5, "overflow": "reject-publish", "message-ttl": 100_000, "expires": 100_000,
				"dead-letter-exchange": "dlx", "dead-letter-routing-key": "k",
			},
		}, nil); code/100 != 2 {
			t.Fatal(code)
		}
		const n = 2000
		var confirmations []*amqp.DeferredConfirmation
		for i := range n {
			c, err := w.ch.PublishWithDeferredConfirm("x", "", false, false, amqp.Publishing{Body: []byte(fmt.Sprint(i))})
			w.must(err)
			confirmations = append(confirmations, c)
		}
		refused := 0
		for _, c := range confirmations {
			if !c.Wait() {
				refused++
			}
		}
		if refused > 0 {
			t.Errorf("%d of %d were refused to their publisher", refused, n)
		}
		testkit.Eventually(t, "what was not seen is counted", func() bool {
			lost := tail.State().LostAtServer.Value
			return lost > 0 && int64(tail.Ring.Stats().Seen())+lost == n
		})
		w.ready("real", n)
		w.ready("dead", 0)
	})
}

// TestTapOnInternalExchange: it gets its messages from another exchange, and so does the tap.
func TestTapOnInternalExchange(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.queue("real", nil)
		w.exchange("outer", "fanout", false, nil)
		w.must(w.ch.ExchangeDeclare("inner", "topic", true, false, true, false, nil))
		w.must(w.ch.ExchangeBind("inner", "", "outer", false, nil))
		w.must(w.ch.QueueBind("real", "a.#", "inner", false, nil))
		tail := w.tap(s, "inner")
		w.publish("outer", "b", "no")
		w.publish("outer", "a.b", "yes")
		testkit.Eventually(t, "it is seen", func() bool { return tail.Ring.Stats().Seen() == 1 })
		if got, _ := tail.Ring.Last(2); !slices.Equal(bodies(got), []string{"yes"}) {
			t.Errorf("seen: %q", bodies(got))
		}
		w.ready("real", 1)
	})
}

// TestTapMatchesHeaders: of each way to match, what the real bindings match comes and nothing else.
func TestTapMatchesHeaders(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.queue("real", nil)
		for name, args := range map[string]amqp.Table{
			"all":        {"x-match": "all", "kind": "a", "n": int32(1), "raw": "\xff"},
			"any":        {"x-match": "any", "kind": "a", "n": int32(1), "ok": true, "x-f": 1.5},
			"void":       {"x-match": "all", "kind": nil, "n": int32(1)},
			"void text":  {"x-match": "any", "kind": "undefined", "n": int16(2)},
			"all with x": {"x-match": "all-with-x", "x-f": 1.5, "kind": nil},
			"any with x": {"x-match": "any-with-x", "x-f": 1.5, "ok": true},
		} {
			w.exchange(name, "headers", false, nil)
			w.must(w.ch.QueueBind("real", "", name, false, args))
			tail := w.tap(s, name)
			var want []string
			for i, headers := range []amqp.Table{
				{"kind": "a", "n": int64(1), "raw": "\xff"},
				{"kind": "a"},
				{"n": int32(1)},
				{"kind": "b", "n": int32(2)},
				{"ok": true},
				nil,
				{"kind": "a", "n": int32(1), "raw": "\xff", "more": "y"},
				{"kind": "a", "n": int32(1), "raw": "\xfe"},
				{"x-f": 1.5},
				{"kind": "undefined"},
				{"kind": "c", "x-f": 1.5},
				{"kind": "undefined", "x-f": 1.5, "n": int64(1)},
			} {
				body := fmt.Sprint(i)
				w.send(name, "", amqp.Publishing{Body: []byte(body), Headers: headers})
				q, err := w.ch.QueueDeclarePassive("real", true, false, false, false, nil)
				w.must(err)
				if q.Messages > len(want) {
					want = append(want, body)
				}
			}
			testkit.Eventually(t, "the tap sees what the queue got", func() bool { return tail.Ring.Stats().Seen() >= uint64(len(want)) })
			if got, _ := tail.Ring.Last(100); !slices.Equal(bodies(got), want) || len(want) < 2 || len(want) > 7 {
				t.Errorf("%s: seen %v, the real queue got %v", name, bodies(got), want)
			}
			_, err := w.ch.QueuePurge("real", false)
			w.must(err)
			tail.Close()
		}
	})
}

// TestTapsOfDrawnExchanges: what needs plugins that are seldom there, by the rows that the management API
// shows of them.
func TestTapsOfDrawnExchanges(t *testing.T) {
	bound := []management.Binding{{Source: "x", Destination: "q", Kind: "queue", Key: "a"}, {Source: "x", Destination: "q2", Kind: "queue", Key: "a"}}
	federated := []management.Policy{{Name: "fed", Definition: management.Table{"federation-upstream-set": "all"}}}
	for name, c := range map[string]struct {
		exchange management.Exchange
		bindings []management.Binding
		policies []management.Policy
		consent  backends.Consent
		says     string
		keys     int
	}{
		"delayed":         {management.Exchange{Type: "x-delayed-message", Arguments: management.Table{"x-delayed-type": "direct"}}, bound, nil, backends.Confirm, "after the delay", 1},
		"delayed hash":    {management.Exchange{Type: "x-delayed-message", Arguments: management.Table{"x-delayed-type": "x-random"}}, bound, nil, backends.Refused, "take messages", 0},
		"modulus":         {management.Exchange{Type: "x-modulus-hash"}, bound, nil, backends.Refused, "take messages", 0},
		"local random":    {management.Exchange{Type: "x-local-random"}, bound, nil, backends.Refused, "take messages", 0},
		"recent history":  {management.Exchange{Type: "x-recent-history"}, bound, nil, backends.Refused, "x-recent-history", 0},
		"upstream":        {management.Exchange{Type: "x-federation-upstream"}, bound, nil, backends.Refused, "x-federation-upstream", 0},
		"federated":       {management.Exchange{Type: "topic", Policy: "fed"}, bound, federated, backends.TypeName, "upstream", 1},
		"federated alone": {management.Exchange{Type: "topic", Policy: "fed"}, nil, federated, backends.Refused, "upstream", 0},
		"presence": {
			management.Exchange{Type: "headers"},
			[]management.Binding{{Source: "x", Destination: "q", Kind: "queue", Arguments: management.Table{"x-match": "all", "there": "undefined"}, Unsure: true}},
			nil, backends.Confirm, "does not see", 1,
		},
		"auto-delete": {management.Exchange{Type: "topic", AutoDelete: true}, nil, nil, backends.Refused, "would delete it", 0},
	} {
		p := planTapFor(tapPlan{Plan: backends.Plan{Consent: backends.Confirm}}, tapFacts{exchange: c.exchange, bindings: c.bindings, policies: c.policies})
		if p.Consent != c.consent || len(p.keys) != c.keys || !strings.Contains(sentences(p.Effects), c.says) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestTapBesideShovelAndFederation: both go on as before while a tap is open, and no message comes twice.
func TestTapBesideShovelAndFederation(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.exchange("x", "topic", false, nil)
	w.exchange("target", "fanout", false, nil)
	w.queue("moved", nil)
	w.must(w.ch.QueueBind("moved", "", "target", false, nil))
	here := w.server.URL() + url.PathEscape(w.vhost)
	for component, value := range map[string]map[string]any{
		"shovel":              {"src-uri": here, "src-exchange": "x", "src-exchange-key": "a.*", "dest-uri": here, "dest-exchange": "target"},
		"federation-upstream": {"uri": here, "exchange": "x"},
	} {
		if code := w.manage(http.MethodPut, "/api/parameters/"+component+"/"+url.PathEscape(w.vhost)+"/p", map[string]any{"value": value}, nil); code/100 != 2 {
			t.Fatal(component, code)
		}
	}
	if code := w.manage(http.MethodPut, w.path("policies", "fed"), map[string]any{
		"pattern": "^federated$", "apply-to": "exchanges", "definition": map[string]any{"federation-upstream": "p"},
	}, nil); code/100 != 2 {
		t.Fatal(code)
	}
	w.exchange("federated", "topic", false, nil)
	w.queue("far", nil)
	w.must(w.ch.QueueBind("far", "a.*", "federated", false, nil))
	testkit.Eventually(t, "shovel and federation link are bound", func() bool {
		bindings, err := s.realBindings(ctxFor(t), "x")
		return err == nil && len(bindings) >= 2
	})
	near, far := w.tap(s, "x"), w.tap(s, "federated")
	testkit.Eventually(t, "messages pass", func() bool {
		w.publish("x", "a.1", "try")
		w.publish("x", "b.1", "unbound")
		return near.Ring.Stats().Seen() > 0 && far.Ring.Stats().Seen() > 0
	})
	w.publish("x", "a.1", "end")
	ended := func(tail *backends.Tail) bool {
		last, _ := tail.Ring.Last(1)
		return len(last) == 1 && string(last[0].Body) == "end"
	}
	testkit.Eventually(t, "the end", func() bool { return ended(near) && ended(far) })
	seen := int(near.Ring.Stats().Seen())
	w.ready("moved", seen)
	w.ready("far", int(far.Ring.Stats().Seen()))
	plan, err := s.PlanTap(ctxFor(t), exchange("federated"))
	if err != nil || plan.Consent != backends.TypeName || !strings.Contains(sentences(plan.Effects), "upstream") {
		t.Errorf("%+v, %v", plan, err)
	}
}

// TestTapWithoutRights: who may not declare or bind is told so, and nothing stays behind.
func TestTapWithoutRights(t *testing.T) {
	w := newWorld(t)
	w.queue("real", nil)
	w.exchange("x", "fanout", false, nil)
	w.must(w.ch.QueueBind("real", "", "x", false, nil))
	user := strings.ToLower(t.Name())
	w.manage(http.MethodPut, "/api/users/"+user, map[string]any{"password": "pw", "tags": "monitoring"}, nil)
	t.Cleanup(func() { w.manage(http.MethodDelete, "/api/users/"+user, nil, nil) })
	u, err := url.Parse(w.url())
	w.must(err)
	u.User = url.UserPassword(user, "pw")
	for _, rights := range []map[string]any{
		{"configure": "", "write": "", "read": ".*"}, {"configure": "^amq\\.gen", "write": "", "read": ".*"}, {"configure": "^amq\\.gen", "write": "^amq\\.gen", "read": "^amq"},
	} {
		w.manage(http.MethodPut, "/api/permissions/"+url.PathEscape(w.vhost)+"/"+user, rights, nil)
		s := openURL(t, u.String(), backends.Options{})
		plan, err := s.PlanTap(ctxFor(t), exchange("x"))
		w.must(err)
		tail, err := s.Tap(context.Background(), lookAt(plan, 0))
		w.must(err)
		select {
		case <-tail.Done():
		case <-time.After(time.Minute):
			t.Fatal("the tap goes on")
		}
		if err := tail.State().Err; err == nil || backends.ReasonOf(err) != backends.Denied || tail.Ring.Stats().Seen() != 1 {
			t.Errorf("%v: %v", rights, err)
		}
		w.leftovers(0)
	}
}
