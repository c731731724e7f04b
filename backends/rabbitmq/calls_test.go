package rabbitmq

import (
	"slices"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestCallsOverATap: a request with a queue for its reply and one with a direct reply. The firehose shows
// both and their replies; a tap of the exchange shows the requests alone.
func TestCallsOverATap(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.traced(true)
		w.queue("work", nil)
		w.queue("answers", nil)
		w.exchange("calls", "direct", false, nil)
		w.must(w.ch.QueueBind("work", "do", "calls", false, nil))
		all, one := w.tap(s, traceExchange), w.tap(s, "calls")
		const direct = "amq.rabbitmq.reply-to"
		replies, err := w.ch.Consume(direct, "", true, false, false, false, nil)
		w.must(err)
		kept, err := w.ch.Consume("answers", "", true, false, false, false, nil)
		w.must(err)
		work, err := w.ch.Consume("work", "", true, false, false, false, nil)
		w.must(err)
		for id, to := range map[string]string{"direct": direct, "queued": "answers"} {
			w.send("calls", "do", amqp.Publishing{Body: []byte("ask"), CorrelationId: id, ReplyTo: to})
			request := <-work
			w.send("", request.ReplyTo, amqp.Publishing{Body: []byte("reply"), CorrelationId: request.CorrelationId})
			got := replies
			if to != direct {
				got = kept
			}
			if d := <-got; d.CorrelationId != id {
				t.Fatalf("the reply has %q", d.CorrelationId)
			}
		}
		w.send("calls", "do", amqp.Publishing{Body: []byte("ask"), CorrelationId: "open", ReplyTo: "answers"})

		var calls backends.Calls
		seen := map[string]*backends.Call{}
		var read uint64
		testkit.Eventually(t, "the firehose has shown all calls", func() bool {
			got, first := all.Ring.From(read+1, 100)
			for i, m := range got {
				if call := calls.See(first+uint64(i), m); call != nil {
					seen[header(m, "correlation-id")] = call
				}
				read = first + uint64(i)
			}
			return len(seen) == 3 && calls.Stats().Answered == 2
		})
		for id, call := range seen {
			if call.Aside || (call.Reply == 0) != (id == "open") || call.Took.Known() != (call.Reply != 0) {
				t.Errorf("%s: %+v", id, call)
			}
		}
		testkit.Eventually(t, "the tap has shown the requests", func() bool { return one.Ring.Stats().Seen() >= 3 })
		got, _ := one.Ring.Last(10)
		calls = backends.Calls{}
		for i, m := range got {
			call := calls.See(uint64(i+1), m)
			if call == nil || call.Reply != 0 || call.Aside != (header(m, "correlation-id") == "direct") {
				t.Errorf("%s in the tap: %+v", header(m, "correlation-id"), call)
			}
		}
		if !slices.Equal(bodies(got), []string{"ask", "ask", "ask"}) {
			t.Errorf("the tap shows %q", bodies(got))
		}
	})
}
