package rabbitmq

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

func exchange(name string) backends.Target {
	return backends.Target{Kind: backends.KindExchange, Name: name}
}

// tap opens a tap with the consent its plan asks for and waits until it stands.
func (w *world) tap(s *source, name string) *backends.Tail {
	w.t.Helper()
	plan, err := s.PlanTap(ctxFor(w.t), exchange(name))
	w.must(err)
	tail, err := s.Tap(context.Background(), lookAt(plan, 0))
	w.must(err)
	w.t.Cleanup(tail.Close)
	testkit.Eventually(w.t, "the tap is live", func() bool { return tail.State().State == backends.Live })
	return tail
}

func (w *world) exchange(name, kind string, autoDelete bool, args amqp.Table) {
	w.t.Helper()
	w.must(w.ch.ExchangeDeclare(name, kind, true, autoDelete, false, false, args))
}

func TestTapPlans(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("real", nil)
	for _, x := range []struct {
		name, kind string
		bound      bool
		args       amqp.Table
	}{
		{"bound topic", "topic", true, nil},
		{"bound direct", "direct", true, nil},
		{"bound fanout", "fanout", true, nil},
		{"bound headers", "headers", true, nil},
		{"lonely topic", "topic", false, nil},
		{"lonely fanout", "fanout", false, nil},
		{"lonely headers", "headers", false, nil},
		{"lonely direct", "direct", false, nil},
		{"alternate", "topic", true, amqp.Table{"alternate-exchange": "bound fanout"}},
		{"hash", "x-consistent-hash", true, nil},
	} {
		w.exchange(x.name, x.kind, false, x.args)
		if x.bound {
			w.must(w.ch.QueueBind("real", "1", x.name, false, nil))
		}
	}
	w.exchange("by policy", "fanout", false, nil)
	w.must(w.ch.QueueBind("real", "", "by policy", false, nil))
	w.manage(http.MethodPut, w.path("policies", "ae"), map[string]any{
		"pattern": "^by policy$", "definition": map[string]any{"alternate-exchange": "bound fanout"}, "apply-to": "exchanges",
	}, nil)
	w.exchange("passing", "topic", true, nil)
	for name, want := range map[string]struct {
		consent backends.Consent
		says    string
	}{
		"bound topic":    {backends.Confirm, "200 messages"},
		"bound direct":   {backends.Confirm, "200 messages"},
		"bound fanout":   {backends.Confirm, "200 messages"},
		"bound headers":  {backends.Confirm, "200 messages"},
		"lonely topic":   {backends.TypeName, "look delivered"},
		"lonely fanout":  {backends.TypeName, "look delivered"},
		"lonely headers": {backends.TypeName, "look delivered"},
		"lonely direct":  {backends.Refused, "no routing key"},
		"alternate":      {backends.TypeName, "bound fanout"},
		"by policy":      {backends.TypeName, "bound fanout"},
		"hash":           {backends.Refused, "x-consistent-hash"},
		"passing":        {backends.Refused, "would delete it"},
		"":               {backends.Refused, "default exchange"},
		"amq.default":    {backends.Refused, "default exchange"},
	} {
		plan, err := s.PlanTap(ctxFor(t), exchange(name))
		if err != nil || plan.Consent != want.consent || !strings.Contains(sentences(plan.Effects), want.says) {
			t.Errorf("%q: %+v, %v; want consent %d and %q", name, plan, err, want.consent, want.says)
		}
		if _, err := s.Tap(ctxFor(t), backends.Look{Target: plan.Target}); !isRefused(err) {
			t.Errorf("%q: tapped without consent: %v", name, err)
		}
	}
	if _, err := s.PlanTap(ctxFor(t), exchange("not there")); backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("an exchange that is not there: %v", err)
	}
	never := openURL(t, w.url(), backends.Options{NoTaps: true})
	if plan, err := never.PlanTap(ctxFor(t), exchange("bound topic")); err != nil || plan.Consent != backends.Refused {
		t.Errorf("taps forbidden: %+v, %v", plan, err)
	}
}

// TestTapStarvesNobody: with an alternate exchange the tap sees what its real bindings match, and
// the rest still goes the other way.
func TestTapStarvesNobody(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("real", nil)
	w.queue("unmatched", nil)
	w.exchange("other", "fanout", false, nil)
	w.exchange("x", "topic", false, amqp.Table{"alternate-exchange": "other"})
	w.must(w.ch.QueueBind("unmatched", "", "other", false, nil))
	w.must(w.ch.QueueBind("real", "known.*", "x", false, nil))
	tail := w.tap(s, "x")
	for i := range 5 {
		w.publish("x", "known.1", fmt.Sprint("k", i))
		w.publish("x", "unknown", fmt.Sprint("u", i))
	}
	testkit.Eventually(t, "the tap has seen five", func() bool { return tail.Ring.Stats().Seen() == 5 })
	got, _ := tail.Ring.Last(10)
	if want := []string{"k0", "k1", "k2", "k3", "k4"}; !slices.Equal(bodies(got), want) || got[0].Route != "known.1" {
		t.Errorf("tapped: %v", bodies(got))
	}
	if got := w.drain("unmatched", 5); len(got) != 5 {
		t.Errorf("the alternate exchange got %v", got)
	}
	if got := w.drain("real", 5); len(got) != 5 {
		t.Errorf("the real queue got %v", got)
	}
}

// TestTapEndsWithoutTrace: queue and bindings go with Close, and listings never showed them.
func TestTapEndsWithoutTrace(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("real", nil)
	w.exchange("x", "headers", false, nil)
	w.must(w.ch.QueueBind("real", "", "x", false, amqp.Table{"x-match": "all", "kind": "a", "n": int32(1)}))
	tail := w.tap(s, "x")
	w.send("x", "", amqp.Publishing{Body: []byte("match"), Headers: amqp.Table{"kind": "a", "n": int32(1)}})
	w.send("x", "", amqp.Publishing{Body: []byte("no match"), Headers: amqp.Table{"kind": "b"}})
	testkit.Eventually(t, "the tap has seen one", func() bool { return tail.Ring.Stats().Seen() == 1 })
	queues, err := s.ListQueues(ctxFor(t), backends.Query{Complete: true})
	if err != nil || len(queues.Items) != 1 {
		t.Errorf("queues: %+v, %v", queues.Items, err)
	}
	channels, err := s.ListChannels(ctxFor(t), backends.Query{Complete: true, Match: "x"})
	if err != nil || len(channels.Items) != 1 || len(channels.Items[0].Bindings) != 1 {
		t.Errorf("channels: %+v, %v", channels.Items, err)
	}
	w.leftovers(1)
	tail.Close()
	w.leftovers(0)
}

// TestTapDropsNowhere: what the tap's queue drops reaches no dead letter queue, though a policy
// gives every queue a dead letter exchange, and it is counted.
func TestTapDropsNowhere(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("dead", nil)
	w.exchange("dlx", "fanout", false, nil)
	w.must(w.ch.QueueBind("dead", "", "dlx", false, nil))
	w.manage(http.MethodPut, w.path("policies", "dlx"), map[string]any{
		"pattern": ".*", "definition": map[string]any{"dead-letter-exchange": "dlx"}, "apply-to": "queues",
	}, nil)
	w.queue("real", nil)
	w.exchange("x", "fanout", false, nil)
	w.must(w.ch.QueueBind("real", "", "x", false, nil))
	tail := w.tap(s, "x")
	const n = 4000
	for i := range n {
		_, err := w.ch.PublishWithDeferredConfirm("x", "", false, false, amqp.Publishing{Body: []byte(fmt.Sprint(i))})
		w.must(err)
	}
	w.ready("real", n)
	seen := func() int64 { return int64(tail.Ring.Stats().Seen()) }
	testkit.Eventually(t, "what was not seen is counted", func() bool {
		return tail.State().LostAtServer.Value > 0 && seen()+tail.State().LostAtServer.Value == n
	})
	if !tail.State().Sampled || seen() > 1500 {
		t.Errorf("state %+v after %d seen", tail.State(), seen())
	}
	w.ready("dead", 0)
}

// TestTapFollowsBindings: bindings made and removed while the tap is open.
func TestTapFollowsBindings(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("real", nil)
	w.exchange("x", "direct", false, nil)
	w.must(w.ch.QueueBind("real", "a", "x", false, nil))
	tail := w.tap(s, "x")
	w.must(w.ch.QueueBind("real", "b", "x", false, nil))
	w.must(w.ch.QueueUnbind("real", "a", "x", nil))
	testkit.Eventually(t, "the tap follows", func() bool {
		w.publish("x", "b", "b")
		last, _ := tail.Ring.Last(1)
		return len(last) == 1 && string(last[0].Body) == "b"
	})
	w.publish("x", "a", "a")
	w.publish("x", "b", "end")
	testkit.Eventually(t, "the end", func() bool {
		last, _ := tail.Ring.Last(1)
		return string(last[0].Body) == "end"
	})
	if got, _ := tail.Ring.Last(1000); slices.Contains(bodies(got), "a") {
		t.Error("a message came by a binding that is gone")
	}
}

// TestTapEndsByForce: closed by an administrator, it is not made again.
func TestTapEndsByForce(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("real", nil)
	w.exchange("x", "fanout", false, nil)
	w.must(w.ch.QueueBind("real", "", "x", false, nil))
	tail := w.tap(s, "x")
	// An exclusive queue is deleted by its own connection only; a forced close takes both.
	w.closeOurs()
	<-tail.Done()
	state := tail.State()
	if state.State != backends.Down || state.Gaps != 1 || state.Err == nil {
		t.Errorf("state: %+v", state)
	}
	w.leftovers(0)
}

// closeOurs closes every connection of bustop to the vhost as an administrator does.
func (w *world) closeOurs() {
	w.t.Helper()
	testkit.Eventually(w.t, "our connection is closed", func() bool {
		var connections []struct {
			Name       string
			VHost      string
			Properties struct {
				Name string `json:"connection_name"`
			} `json:"client_properties"`
		}
		w.manage(http.MethodGet, "/api/connections", nil, &connections)
		closed := false
		for _, c := range connections {
			if c.VHost == w.vhost && strings.HasPrefix(c.Properties.Name, "bustop/") {
				closed = w.manage(http.MethodDelete, "/api/connections/"+management.Segment(c.Name), nil, nil) == http.StatusNoContent
			}
		}
		return closed
	})
}

// TestForcedCloseWaitsForAPerson: after an administrator closed it, the standing connection
// comes back only when somebody asks.
func TestForcedCloseWaitsForAPerson(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.must(s.Ping(ctxFor(t)))
	w.closeOurs()
	testkit.Eventually(t, "the status says so", func() bool {
		return slices.ContainsFunc(s.Status().Notes, func(n string) bool { return strings.Contains(n, "administrator") })
	})
	if live, err := s.keeper.state(); live != nil || !forced(err) {
		t.Errorf("state: %v, %v", live, err)
	}
	_, err := s.ListQueues(ctxFor(t), backends.Query{})
	if live, _ := s.keeper.state(); live != nil || err != nil {
		t.Errorf("a listing opened it again, or failed: %v", err)
	}
	w.must(s.Ping(ctxFor(t)))
	if notes := s.Status().Notes; len(notes) != 0 {
		t.Errorf("notes: %v", notes)
	}
}

func TestThrottle(t *testing.T) {
	var th throttle
	now := time.Unix(1000, 0)
	if !th.allow(tapBurst, now) || th.allow(1, now) {
		t.Error("the burst is not what it should be")
	}
	passed := 0
	for ms := range 10_000 {
		if th.allow(tapGroup, now.Add(time.Duration(ms)*time.Millisecond)) {
			passed += tapGroup
		}
	}
	if passed < 1900 || passed > 2000 {
		t.Errorf("%d in ten seconds, want 200 a second", passed)
	}
}
