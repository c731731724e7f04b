package rabbitmq

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestLooksFindDeadLetters: a queue whose messages alone tell that they are dead letters, because the policy
// that brought them is gone, is found once somebody has looked.
func TestLooksFindDeadLetters(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		policy := "/api/policies/" + url.PathEscape(w.vhost) + "/letters"
		w.manage(http.MethodPut, policy, map[string]any{
			"pattern": "^work$", "apply-to": "queues", "definition": map[string]any{"dead-letter-exchange": "", "dead-letter-routing-key": "aside"},
		}, nil)
		w.queue("work", nil)
		w.queue("aside", nil)
		w.queue("plain.dlq", nil, "never died")
		testkit.Eventually(t, "the policy is in force", func() bool {
			w.publish("", "work", "lost")
			d, ok, err := w.ch.Get("work", false)
			w.must(err)
			if ok {
				w.must(d.Nack(false, false))
			}
			q, err := w.ch.QueueDeclarePassive("aside", false, false, false, false, nil)
			w.must(err)
			return q.Messages > 0
		})
		w.manage(http.MethodDelete, policy, nil, nil)
		s := w.open()
		var places []backends.DeadLetterPlace
		list := func(want ...string) {
			t.Helper()
			testkit.Eventually(t, strings.Join(want, ", ")+" are listed", func() bool {
				page, err := s.ListDeadLetters(ctxFor(t), backends.Query{})
				w.must(err)
				places = page.Items
				return slices.Equal(placesText(places), want)
			})
		}
		list("plain.dlq dead?")
		look := func(queue string) {
			t.Helper()
			plan, err := s.PlanPeek(ctxFor(t), queue)
			w.must(err)
			_, err = s.Peek(ctxFor(t), lookAt(plan, 5))
			w.must(err)
		}
		look("aside")
		list("aside dead <work by x-death: rejected", "plain.dlq dead?")
		if !slices.ContainsFunc(places[0].Facts, func(f string) bool { return strings.Contains(f, "x-death says so") }) {
			t.Errorf("%q", places[0].Facts)
		}
		look("plain.dlq")
		list("aside dead <work by x-death: rejected", "plain.dlq dead?")
	})
}

// TestEvidenceOfDeaths: what has only expired may have waited, and what died here itself goes round.
func TestEvidenceOfDeaths(t *testing.T) {
	died := func(queue, reason string) backends.Message {
		death := amqp.Table{"queue": queue, "reason": reason, "count": int64(1), "exchange": "", "routing-keys": []any{queue}, "time": time.Unix(1000, 0)}
		return fromDelivery(queueTarget("here"), &amqp.Delivery{Headers: amqp.Table{"x-death": []any{death}}})
	}
	for _, c := range []struct {
		name     string
		messages []backends.Message
		queue    backends.DeadLetterPlace
		want     string
	}{
		{"none", []backends.Message{{Body: []byte("x")}}, backends.DeadLetterPlace{}, ""},
		{"rejected", []backends.Message{died("work", "rejected"), {}}, backends.DeadLetterPlace{}, "<work by x-death: rejected"},
		{"rejected, with readers", []backends.Message{died("work", "rejected")}, backends.DeadLetterPlace{Consumers: backends.ExactCount(1)}, "<work by x-death: rejected"},
		{"expired", []backends.Message{died("wait", "expired")}, backends.DeadLetterPlace{}, "? <wait by x-death: expired"},
		{"expired, with readers", []backends.Message{died("wait", "expired")}, backends.DeadLetterPlace{Consumers: backends.ExactCount(1)}, ""},
		{"expired, and surely a place", []backends.Message{died("wait", "expired")}, backends.DeadLetterPlace{Facts: []string{"sure"}}, "<wait by x-death: expired"},
		{"back again", []backends.Message{died("here", "rejected")}, backends.DeadLetterPlace{}, ""},
	} {
		evidenceOf("here", c.messages, time.Now()).addTo(&c.queue)
		got := ""
		if len(c.queue.Facts) > 0 && len(c.queue.Origins) > 0 {
			got = strings.TrimPrefix(placesText([]backends.DeadLetterPlace{c.queue})[0], " ")
		}
		if strings.TrimSpace(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
