package rabbitmq

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// edgeTexts are edges as lines.
func edgeTexts(edges []backends.Edge) []string {
	var out []string
	for _, e := range edges {
		text := fmt.Sprintf("%s %s %s", e.From, e.Way, e.To)
		for _, b := range e.Bindings {
			text += " [" + b.RoutingKey + "]"
		}
		if e.Broken {
			text += " broken"
		}
		out = append(out, text)
	}
	return out
}

// flawTexts are flaws as lines without what they say.
func flawTexts(found []backends.Flaw) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Target.String()+" "+f.Rule)
	}
	return out
}

func has(t *testing.T, got []string, want ...string) {
	t.Helper()
	for _, text := range want {
		if !slices.Contains(got, text) {
			t.Errorf("%q is missing from:\n%s", text, strings.Join(got, "\n"))
		}
	}
}

func TestReadTopology(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.queue("billing", amqp.Table{"x-dead-letter-exchange": "dlx"})
		w.queue("retry", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "billing", "x-message-ttl": int64(60000)})
		w.queue("lost", amqp.Table{"x-dead-letter-exchange": "not there"})
		w.queue("strict", amqp.Table{"x-dead-letter-exchange": "keyed", "x-dead-letter-routing-key": "nobody"})
		w.queue("void", amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "no queue"})
		w.queue("idle", nil)
		w.exchange("orders", "topic", false, amqp.Table{"alternate-exchange": "dead"})
		w.exchange("dead", "fanout", false, amqp.Table{"alternate-exchange": "nowhere"})
		w.exchange("dlx", "fanout", false, nil)
		w.exchange("keyed", "direct", false, nil)
		for _, key := range []string{"b.*", "a.*"} {
			w.must(w.ch.QueueBind("billing", key, "orders", false, nil))
		}
		w.must(w.ch.QueueBind("retry", "", "dlx", false, nil))
		w.must(w.ch.QueueBind("idle", "x", "keyed", false, nil))
		w.queue("parked", nil) // for dead letters by what leads to it, the next one by its name
		w.must(w.ch.QueueBind("parked", "", "dlx", false, nil))
		w.queue("orders_error", nil)
		w.must(w.ch.QueueBind("orders_error", "e", "keyed", false, nil))
		w.must(w.ch.ExchangeBind("dead", "#", "orders", false, nil))
		_, err := w.ch.Consume("billing", "taker", false, false, false, false, nil)
		w.must(err)
		var got backends.Topology
		testkit.Eventually(t, "the consumer is shown with its queue and its connection", func() bool {
			got, err = s.ReadTopology(ctxFor(t), backends.Target{})
			w.must(err)
			return len(got.Subscribers) == 1 && got.Subscribers[0].Client != "" && slices.ContainsFunc(got.Queues, func(q backends.Queue) bool {
				return q.Name == "billing" && q.Consumers.Value == 1
			})
		})
		edges := edgeTexts(got.Edges)
		has(
			t, edges,
			"exchange/orders binding queue/billing [a.*] [b.*]", "exchange/orders binding exchange/dead [#]",
			"exchange/orders alternate exchange/dead", "exchange/dead alternate exchange/nowhere broken",
			"exchange/dlx binding queue/retry []", "queue/billing dead letters exchange/dlx", "queue/retry dead letters queue/billing",
			"queue/lost dead letters exchange/not there broken", "queue/void dead letters queue/no queue broken",
		)
		if len(edges) != 13 {
			t.Errorf("edges:\n%s", strings.Join(edges, "\n"))
		}
		has(
			t, flawTexts(got.Flaws),
			"exchange/dead no alternate exchange", "exchange/dead dead end", "queue/lost dead letters are lost",
			"queue/strict dead letters are lost", "queue/void dead letters are lost", "queue/idle nobody reads", "queue/billing dead letters go round",
		)
		if len(got.Flaws) != 7 { // and none of "retry", which is there to delay, and of those for dead letters
			t.Errorf("flaws: %+v", got.Flaws)
		}
		if c := got.Subscribers[0]; c.Queue != "billing" || c.Tag != "taker" || !strings.HasPrefix(c.Client, "127.0.0.1:") || c.User != "guest" {
			t.Errorf("consumer: %+v", c)
		}
	})
}

// TestDeadLettersByHeaders: what headers they will have is not known, so that none are said to be lost where a
// headers exchange is on their way, and what they may reach is taken for a place of dead letters.
func TestDeadLettersByHeaders(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		for name, kind := range map[string]string{"by headers": "headers", "first": "direct", "empty": "headers", "to empty": "fanout"} {
			w.exchange(name, kind, false, nil)
		}
		w.must(w.ch.ExchangeBind("by headers", "k", "first", false, nil))
		w.must(w.ch.ExchangeBind("empty", "", "to empty", false, nil))
		for _, name := range []string{"parked", "again"} {
			arguments := amqp.Table{}
			if name == "again" {
				arguments = amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "work", "x-message-ttl": int64(60000)}
			}
			w.queue(name, arguments)
			w.must(w.ch.QueueBind(name, "", "by headers", false, amqp.Table{"fate": name}))
		}
		w.queue("work", amqp.Table{"x-dead-letter-exchange": "first", "x-dead-letter-routing-key": "k"})
		w.queue("other", amqp.Table{"x-dead-letter-exchange": "by headers"})
		w.queue("no way", amqp.Table{"x-dead-letter-exchange": "first", "x-dead-letter-routing-key": "nobody"})
		w.queue("no end", amqp.Table{"x-dead-letter-exchange": "empty"})
		got, err := s.ReadTopology(ctxFor(t), backends.Target{})
		w.must(err)
		texts := flawTexts(got.Flaws)
		slices.Sort(texts)
		want := []string{"exchange/empty dead end", "queue/again dead letters go round", "queue/no end dead letters are lost", "queue/no way dead letters are lost"}
		if !slices.Equal(texts, want) {
			t.Errorf("flaws:\n%s", strings.Join(texts, "\n"))
		}
		for _, f := range got.Flaws {
			if strings.HasSuffix(f.Rule, "go round") && !strings.HasPrefix(f.Text, "Dead letters may go round") {
				t.Errorf("a round by headers is sure: %s", f.Text)
			}
		}
	})
}

// TestTrafficOfATopology: rates on edges, exchanges that swallow, queues that grow.
func TestTrafficOfATopology(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.queue("grows", nil)
		w.exchange("swallows", "topic", false, nil)
		w.exchange("mute", "direct", false, nil)
		w.exchange("flows", "fanout", false, nil)
		w.must(w.ch.QueueBind("grows", "", "flows", false, nil))
		w.must(w.ch.QueueBind("grows", "never", "mute", false, nil))
		testkit.Eventually(t, "the flaws of traffic are found", func() bool {
			for _, x := range []string{"swallows", "mute", "flows"} {
				w.publish(x, "key", "body")
			}
			got, err := s.ReadTopology(ctxFor(t), backends.Target{})
			w.must(err)
			texts := flawTexts(got.Flaws)
			i := slices.IndexFunc(got.Edges, func(e backends.Edge) bool { return e.From.Name == "flows" })
			return slices.Contains(texts, "exchange/swallows black hole") && slices.Contains(texts, "exchange/mute nothing matches") &&
				slices.Contains(texts, "queue/grows grows unread") && got.Edges[i].Rate.Value > 0 && got.Edges[i].Rate.Certainty == backends.About
		})
	})
}
