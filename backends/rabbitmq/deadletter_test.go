package rabbitmq

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/rabbitmq/management"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// everywhere runs a test on the demo's broker and on the shared RabbitMQ, each in a vhost of its own.
func everywhere(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		s, err := rabbitd.Start(rabbitd.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		w := &world{t: t, server: s, vhost: "letters"}
		w.manage(http.MethodPut, "/api/vhosts/letters", nil, nil)
		w.manage(http.MethodPut, "/api/permissions/letters/guest", map[string]any{"configure": ".*", "write": ".*", "read": ".*"}, nil)
		w.connect()
		t.Cleanup(func() { w.conn.Close() })
		test(t, w)
	})
	t.Run("real", func(t *testing.T) { test(t, newWorld(t)) })
}

// sceneOf reads a scene as the management API would write it.
func sceneOf(t *testing.T, queues, exchanges string, bindings ...management.Binding) letterScene {
	t.Helper()
	scene := letterScene{whole: true, bindings: map[string][]management.Binding{}}
	for text, into := range map[string]any{queues: &scene.queues, exchanges: &scene.exchanges} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range bindings {
		scene.bindings[b.Source] = append(scene.bindings[b.Source], b)
	}
	return scene
}

// placesText is one line for each place: its name, purpose, origins and next.
func placesText(places []backends.DeadLetterPlace) []string {
	var out []string
	for _, p := range places {
		line := fmt.Sprintf("%s %s", p.Target.Name, p.Purpose)
		if p.Perhaps {
			line += "?"
		}
		if p.Wait.Known() {
			line += " " + p.Wait.Value.String()
		}
		for _, o := range p.Origins {
			mark := ""
			if o.Perhaps {
				mark = "?"
			}
			line += fmt.Sprintf(" <%s%s by %s", o.Queue, mark, o.By)
		}
		for _, n := range p.Next {
			line += " >" + n.Name
		}
		out = append(out, line)
	}
	return out
}

func TestDeadLetterPlaces(t *testing.T) {
	const exchanges = `[{"name":"dlx","type":"fanout"},{"name":"by.key","type":"direct"},{"name":"by.topic","type":"topic"},{"name":"later","type":"x-delayed-message","arguments":{"x-delayed-type":"direct"},"messages_delayed":3},
		{"name":"in","type":"topic"},{"name":"round","type":"fanout"}]`
	bind := func(source, queue, key string) management.Binding {
		return management.Binding{Source: source, Destination: queue, Kind: "queue", Key: key}
	}
	hop := management.Binding{Source: "dlx", Destination: "round", Kind: "exchange"}
	back := management.Binding{Source: "round", Destination: "dlx", Kind: "exchange"}
	for _, c := range []struct {
		name, queues string
		bindings     []management.Binding
		want         []string
	}{
		{"nothing", `[{"name":"a"},{"name":"order.terrors"},{"name":"deadline"}]`, nil, nil},
		{
			"by a fanout exchange", `[{"name":"a","arguments":{"x-dead-letter-exchange":"dlx"}},{"name":"rest","consumers":1},{"name":"far"}]`,
			[]management.Binding{bind("dlx", "rest", ""), hop, back, bind("round", "far", "")},
			[]string{"far dead <a by argument", "rest dead <a by argument"},
		},
		{
			"by the default exchange and a policy", `[{"name":"a","policy":"p","effective_policy_definition":{"dead-letter-exchange":"","dead-letter-routing-key":"rest"}},{"name":"rest"}]`, nil,
			[]string{"rest dead <a by policy p"},
		},
		{"by the default exchange with the message's key", `[{"name":"a","arguments":{"x-dead-letter-exchange":""}}]`, nil, nil},
		{
			"by key", `[{"name":"a","arguments":{"x-dead-letter-exchange":"by.key","x-dead-letter-routing-key":"k"}},{"name":"b","arguments":{"x-dead-letter-exchange":"by.key"}},{"name":"one"},{"name":"two"}]`,
			[]management.Binding{bind("by.key", "one", "k"), bind("by.key", "two", "other")},
			[]string{"one dead <a by argument <b? by argument", "two dead? <b? by argument"},
		},
		{
			"by topic", `[{"name":"a","arguments":{"x-dead-letter-exchange":"by.topic","x-dead-letter-routing-key":"x.y.z"}},{"name":"one"},{"name":"two"},{"name":"all"}]`,
			[]management.Binding{bind("by.topic", "one", "x.#.z"), bind("by.topic", "two", "x.*"), bind("by.topic", "all", "#")},
			[]string{"all dead <a by argument", "one dead <a by argument"},
		},
		{
			"a loop of tries", `[{"name":"work","consumers":2,"arguments":{"x-dead-letter-exchange":"","x-dead-letter-routing-key":"wait"}},
				{"name":"wait","consumers":0,"arguments":{"x-message-ttl":10000,"x-dead-letter-exchange":"","x-dead-letter-routing-key":"work"}}]`, nil,
			[]string{"wait retry 10s <work by argument >work"},
		},
		{
			"a work queue with a time to live", `[{"name":"work","consumers":0,"arguments":{"x-message-ttl":10000,"x-dead-letter-exchange":"","x-dead-letter-routing-key":"work.dlq"}},{"name":"work.dlq"}]`, nil,
			[]string{"work.dlq dead <work by argument"},
		},
		{
			"levels", `[{"name":"nsb.v2.delay-level-05","arguments":{"x-message-ttl":32000,"x-dead-letter-exchange":"in"}},{"name":"nsb.v2.delay-level-04","arguments":{"x-message-ttl":16000,"x-dead-letter-exchange":"x"}}]`,
			[]management.Binding{bind("in", "nsb.v2.delay-level-04", "#.1.*")},
			[]string{"nsb.v2.delay-level-05 delay 32s >nsb.v2.delay-level-04"},
		},
		{
			"names", `[{"name":"a_error"},{"name":"a_skipped"},{"name":"a.dlq"},{"name":"a-dead-letter-queue"},{"name":"failed"},{"name":"mail.XQ"},{"name":"EasyNetQ_Default_Error_Queue"},{"name":"orders.dead"},{"name":"a-error"},{"name":"x.parking-lot"},{"name":"parking"},{"name":"OrdersDLQ"},{"name":"orders-dead-letter"},{"name":"shop.quarantine"},{"name":"carparking"},{"name":"Midlq"}]`, nil,
			[]string{
				"EasyNetQ_Default_Error_Queue dead?", "OrdersDLQ dead?", "a-dead-letter-queue dead?", "a-error dead?", "a.dlq dead?", "a_error dead?", "a_skipped dead?", "failed dead?", "mail.XQ dead?",
				"orders-dead-letter dead?", "orders.dead dead?", "parking dead?", "shop.quarantine dead?", "x.parking-lot dead?",
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := placesText(deadLetterPlaces(sceneOf(t, c.queues, exchanges, c.bindings...), nil, nil))
			i := slices.Index(got, "later delay")
			if i < 0 {
				t.Fatalf("the exchange is missing: %q", got)
			}
			if got = slices.Delete(got, i, i+1); !slices.Equal(got, c.want) {
				t.Errorf("they are\n%s", strings.Join(got, "\n"))
			}
		})
	}
}

// shopOfLetters declares a queue with a dead-letter exchange by argument, one by policy, a ladder that
// leads back, and lets messages die in each way.
func shopOfLetters(w *world) {
	w.t.Helper()
	w.must(w.ch.ExchangeDeclare("shop", "topic", true, false, false, false, nil))
	w.must(w.ch.ExchangeDeclare("dlx", "fanout", true, false, false, false, nil))
	w.manage(http.MethodPut, "/api/policies/"+url.PathEscape(w.vhost)+"/letters", map[string]any{
		"pattern": "^short$", "apply-to": "queues", "definition": map[string]any{"dead-letter-exchange": "dlx", "max-length": 1},
	}, nil)
	w.queue("letters", nil)
	w.must(w.ch.QueueBind("letters", "", "dlx", false, nil))
	w.queue("billing", amqp.Table{"x-dead-letter-exchange": "dlx"})
	w.must(w.ch.QueueBind("billing", "order.#", "shop", false, nil))
	w.queue("short", nil)
	w.queue("work", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "work.retry"})
	w.queue("work.retry", amqp.Table{"x-message-ttl": int32(3_600_000), "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "work"})
	w.publish("shop", "order.placed.eu", "rejected")
	testkit.Eventually(w.t, "the message was rejected", func() bool {
		d, ok, err := w.ch.Get("billing", false)
		w.must(err)
		if ok {
			w.must(d.Nack(false, false))
		}
		return ok
	})
	w.send("", "billing", amqp.Publishing{Body: []byte("expired"), Expiration: "1"})
}

func TestDeadLetters(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		shopOfLetters(w)
		w.ready("letters", 2)
		w.queue("short", nil, "first", "second")
		w.ready("letters", 3)
		w.seen("letters", 3)
		s := w.open()
		var places []backends.DeadLetterPlace
		testkit.Eventually(t, "the policy is in force and everything is listed", func() bool {
			page, err := s.ListDeadLetters(ctxFor(t), backends.Query{})
			w.must(err)
			places = page.Items
			return len(places) == 2 && len(places[0].Origins) == 2 && places[0].Total.Value == 3
		})
		want := []string{"letters dead <billing by argument <short by policy letters", "work.retry retry 1h0m0s <work by argument >work"}
		if got := placesText(places); !slices.Equal(got, want) {
			t.Errorf("the places are\n%s", strings.Join(got, "\n"))
		}
		plan, err := s.PlanPeek(ctxFor(t), "letters")
		w.must(err)
		messages, err := s.Peek(ctxFor(t), lookAt(plan, 10))
		w.must(err)
		got := map[string]string{}
		for _, m := range messages {
			fate := s.ReadFate(m, time.Now())
			got[string(m.Body)] = strings.Join([]string{fate.Queue, fate.Reason, fate.Exchange, fate.Key}, "|")
			if age := time.Since(fate.Since); age < -time.Minute || age > time.Hour {
				t.Errorf("%s died %s ago", m.Body, age)
			}
		}
		for body, want := range map[string]string{
			"rejected": "billing|rejected|shop|order.placed.eu", "expired": "billing|expired||billing", "first": "short|maxlen||short",
		} {
			if got[body] != want {
				t.Errorf("%s: %q", body, got[body])
			}
		}
	})
}

// TestDeadLettersOfManyQueues: of more queues than a page has only the settings are read, once, and the
// places are counted one by one.
func TestDeadLettersOfManyQueues(t *testing.T) {
	s, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := &world{t: t, server: s, vhost: "/"}
	w.connect()
	defer w.conn.Close()
	shopOfLetters(w)
	for i := range 520 {
		w.queue(fmt.Sprintf("many.%d", i), nil)
	}
	src := w.open()
	for range 2 {
		page, err := src.ListDeadLetters(ctxFor(t), backends.Query{})
		w.must(err)
		want := []string{"letters dead <billing by argument <short by policy letters", "work.retry retry 1h0m0s <work by argument >work"}
		if got := placesText(page.Items); !slices.Equal(got, want) || !page.Items[0].Ready.Known() || len(page.Notes) != 1 {
			t.Errorf("%q, %+v", got, page)
		}
		w.queue("later.dlq", nil) // is found when the settings are read again
	}
}
