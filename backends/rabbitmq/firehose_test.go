package rabbitmq

import (
	"context"
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

// newEmbedded is a vhost on the demo's own broker.
func newEmbedded(t *testing.T) *world {
	t.Helper()
	s, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := &world{t: t, server: s, vhost: "test"}
	w.manage(http.MethodPut, "/api/vhosts/test", nil, nil)
	w.connect()
	t.Cleanup(func() { w.conn.Close() })
	return w
}

// traced switches the firehose on or off as an administrator does.
func (w *world) traced(on bool) {
	w.t.Helper()
	if code := w.manage(http.MethodPut, "/api/vhosts/"+url.PathEscape(w.vhost), map[string]any{"tracing": on}, nil); code/100 != 2 {
		w.t.Fatal(code)
	}
}

// TestFirehoseIsNeverSwitchedOn: while it is off, its command is offered and nothing else.
func TestFirehoseIsNeverSwitchedOn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.queue("q", nil)
		w.queue("s", amqp.Table{"x-queue-type": "stream"})
		for _, target := range []backends.Target{
			exchange(traceExchange), exchange(""), exchange("amq.default"), {Kind: backends.KindQueue, Name: "q"},
		} {
			plan, err := s.PlanTap(ctxFor(t), target)
			if err != nil || plan.Consent != backends.Refused || plan.Command != management.Command("rabbitmqctl", "trace_on", "-p", w.vhost) ||
				!strings.Contains(sentences(plan.Effects), "costs throughput") {
				t.Errorf("%v: %+v, %v", target, plan, err)
			}
			if _, err := s.Tap(ctxFor(t), lookAt(plan, 0)); !isRefused(err) {
				t.Errorf("%v: tapped: %v", target, err)
			}
		}
		for name, want := range map[string]backends.Reason{"s": backends.BadUsage, "not there": backends.NotFound} {
			_, err := s.PlanTap(ctxFor(t), backends.Target{Kind: backends.KindQueue, Name: name})
			if err == nil || backends.ReasonOf(err) != want {
				t.Errorf("queue %s: %v", name, err)
			}
		}
		var v struct{ Tracing bool }
		if w.manage(http.MethodGet, "/api/vhosts/"+url.PathEscape(w.vhost), nil, &v); v.Tracing {
			t.Error("the firehose is on")
		}
	})
}

// TestFirehose: what is published and delivered comes back as the messages they were.
func TestFirehose(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.traced(true)
		w.queue("q", nil)
		w.queue("copy", nil)
		w.exchange("x.y", "fanout", false, nil)
		w.exchange("lonely", "topic", false, nil)
		w.must(w.ch.QueueBind("q", "", "x.y", false, nil))
		w.must(w.ch.QueueBind("copy", "", "x.y", false, nil))
		all, byDefault := w.tap(s, traceExchange), w.tap(s, "amq.default")
		queue := w.tapTarget(s, backends.Target{Kind: backends.KindQueue, Name: "q"})
		when := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
		w.send("x.y", "key.1", amqp.Publishing{
			Body: []byte("\x00\xff"), ContentType: "application/msgpack", ContentEncoding: "gzip", Timestamp: when, DeliveryMode: 2,
			Priority: 3, CorrelationId: "c-1", ReplyTo: "r", MessageId: "id-1", Type: "made", AppId: "shop", UserId: "guest", Expiration: "60000",
			Headers: amqp.Table{"n": int64(7), "CC": []any{"key.2"}, "deep": amqp.Table{"a": true}},
		})
		w.publish("lonely", "k", "lost")
		w.publish("", "nobody", "nowhere")
		w.publish("", "q", "direct")
		if _, ok, err := w.ch.Get("q", true); !ok || err != nil {
			t.Fatal(ok, err)
		}
		seen := func(tail *backends.Tail, n int) []backends.Message {
			t.Helper()
			testkit.Eventually(t, "the copies came", func() bool { return int(tail.Ring.Stats().Seen()) >= n })
			got, _ := tail.Ring.Last(100)
			return got
		}
		got := seen(all, 5)
		if want := []string{"\x00\xff", "lost", "nowhere", "direct", "\x00\xff"}; !slices.Equal(bodies(got), want) {
			t.Fatalf("all: %q", bodies(got))
		}
		m := got[0]
		if m.Route != "key.1" || m.ContentType != "application/msgpack" || m.ContentEncoding != "gzip" || !m.Time.Equal(when) || m.TimeReceived {
			t.Errorf("%+v", m)
		}
		for name, want := range map[string]string{
			"exchange": "x.y", "message-id": "id-1", "correlation-id": "c-1", "reply-to": "r", "type": "made", "app-id": "shop", "user-id": "guest",
			"expiration": "60000", "priority": "3", "delivery-mode": "2", "n": "7", "deep": `{"a":true}`, "routing-keys": `["key.1","key.2"]`,
		} {
			if value := header(m, name); value != want {
				t.Errorf("header %s: %q, want %q", name, value, want)
			}
		}
		for i, parts := range [][]string{{"published by guest on ", "routed to ", "q", "copy"}, {"routed nowhere"}, {"meant for the queue nobody"}, {"meant for the queue q"}, {"delivered from queue q to guest on"}} {
			for _, part := range parts {
				if text := header(got[i], "firehose"); !strings.Contains(text, part) {
					t.Errorf("copy %d: %q lacks %q", i, text, part)
				}
			}
		}
		if got := bodies(seen(byDefault, 2)); !slices.Equal(got, []string{"nowhere", "direct"}) {
			t.Errorf("the default exchange: %q", got)
		}
		if got := bodies(seen(queue, 1)); !slices.Equal(got, []string{"\x00\xff"}) {
			t.Errorf("the queue: %q", got)
		}
	})
}

// TestFirehoseEnds: by its time, and when the firehose is switched off.
func TestFirehoseEnds(t *testing.T) {
	w := newEmbedded(t)
	s := w.open()
	w.traced(true)
	s.traceTime = time.Millisecond
	tail := w.tapEnded(s, exchange(traceExchange))
	last, _ := tail.Ring.Last(1)
	if state := tail.State(); len(last) != 1 || !strings.Contains(last[0].Gap, "are over") || state.State != backends.Down || state.Err == nil {
		t.Errorf("%+v, %+v", state, last)
	}
	if plan, err := s.PlanTap(ctxFor(t), exchange(traceExchange)); err != nil || plan.Consent != backends.Confirm || !strings.Contains(plan.Command, "trace_off") {
		t.Errorf("%+v, %v", plan, err)
	}
	w.leftovers(0)
}

// tapTarget opens a tap with the consent its plan asks for and waits until it stands.
func (w *world) tapTarget(s *source, target backends.Target) *backends.Tail {
	w.t.Helper()
	plan, err := s.PlanTap(ctxFor(w.t), target)
	w.must(err)
	tail, err := s.Tap(context.Background(), lookAt(plan, 0))
	w.must(err)
	w.t.Cleanup(tail.Close)
	testkit.Eventually(w.t, "the tap is live", func() bool { return tail.State().State == backends.Live })
	return tail
}

// tapEnded opens a tap and waits for its end.
func (w *world) tapEnded(s *source, target backends.Target) *backends.Tail {
	w.t.Helper()
	plan, err := s.PlanTap(ctxFor(w.t), target)
	w.must(err)
	tail, err := s.Tap(context.Background(), lookAt(plan, 0))
	w.must(err)
	<-tail.Done()
	return tail
}

// TestDivertingExchangeByFirehose: an exchange that no tap may be bound to can be watched all the same.
func TestDivertingExchangeByFirehose(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.traced(true)
	w.queue("a", nil)
	w.queue("b", nil)
	w.exchange("hash #", "x-consistent-hash", false, nil)
	w.must(w.ch.QueueBind("a", "1", "hash #", false, nil))
	w.must(w.ch.QueueBind("b", "1", "hash #", false, nil))
	tail := w.tap(s, "hash #")
	w.exchange("other", "fanout", false, nil)
	w.publish("other", "", "unseen")
	for _, body := range numbered(20) {
		w.publish("hash #", body, body)
	}
	testkit.Eventually(t, "all are seen", func() bool { return tail.Ring.Stats().Seen() >= 20 })
	if got, _ := tail.Ring.Last(100); !slices.Equal(bodies(got), numbered(20)) {
		t.Errorf("%q", bodies(got))
	}
	testkit.Eventually(t, "the queues have all", func() bool {
		n := 0
		for _, name := range []string{"a", "b"} {
			q, err := w.ch.QueueDeclarePassive(name, true, false, false, false, nil)
			w.must(err)
			n += q.Messages
		}
		return n == 20
	})
}
