package rabbitmq

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"
)

// TestPeekLeavesQueuesAsTheyWere: for each type of queue that may be looked into, several looks
// leave order, number and bodies as they were.
func TestPeekLeavesQueuesAsTheyWere(t *testing.T) {
	for name, args := range map[string]amqp.Table{
		"classic":     nil,
		"lazy":        {"x-queue-mode": "lazy"},
		"version 2":   {"x-queue-version": 2},
		"priority":    {"x-max-priority": 5},
		"quorum":      {"x-queue-type": "quorum"},
		"with limits": {"x-max-length": 100, "x-message-ttl": 600000, "x-dead-letter-exchange": ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			want := numbered(8)
			w.queue("q", args, want...)
			w.seen("q", 8)
			s := w.open()
			consent, first := backends.Confirm, 5
			if name == "quorum" && w.version().AtLeast(4, 0) { // it has a delivery limit by itself
				consent, first = backends.TypeName, 1
			}
			for round := range 3 {
				w.ready("q", 8)
				plan, err := s.PlanPeek(ctxFor(t), "q")
				if err != nil || plan.Consent != consent || len(plan.Effects) == 0 {
					t.Fatalf("plan: %+v, %v", plan, err)
				}
				n := 5
				if round == 0 {
					n = first
				}
				got, err := s.Peek(ctxFor(t), lookAt(plan, 5))
				if err != nil || !slices.Equal(bodies(got), want[:n]) {
					t.Fatalf("peek: %v, %v", bodies(got), err)
				}
				for i, m := range got {
					if before := round > 1 || round == 1 && i < first; m.Redelivered != before || m.Position != fmt.Sprint(i+1) || !m.Complete() {
						t.Errorf("round %d: %+v", round, m)
					}
				}
			}
			if got := w.drain("q", len(want)); !slices.Equal(got, want) {
				t.Errorf("after looking: %v", got)
			}
		})
	}
}

// TestPlans: what each property of a queue does to the consent that a look takes.
func TestPlans(t *testing.T) {
	for _, c := range []struct {
		name    string
		args    amqp.Table
		consent backends.Consent
		says    string
	}{
		{"single active consumer", amqp.Table{"x-single-active-consumer": true}, backends.Refused, "single active consumer"},
		{"quorum single active", amqp.Table{"x-queue-type": "quorum", "x-single-active-consumer": true}, backends.Refused, "405"},
		{"delivery limit", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 3}, backends.TypeName, "DROPPED"},
		{"dead letters", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 3, "x-dead-letter-exchange": "dlx"}, backends.TypeName, "dead-lettered to dlx"},
		{"no deliveries", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 0}, backends.Refused, "limit is 0"},
		{"short life", amqp.Table{"x-message-ttl": 9000}, backends.TypeName, "9000 ms"},
		{"long life", amqp.Table{"x-message-ttl": 10000}, backends.Confirm, "redelivered"},
		{"nearly full", amqp.Table{"x-max-length": 1}, backends.TypeName, "max-length 1"},
		{"bytes nearly full", amqp.Table{"x-max-length-bytes": 2}, backends.TypeName, "max-length-bytes 2"},
		{"expires", amqp.Table{"x-expires": 600000}, backends.Confirm, "x-expires"},
		{"stream", amqp.Table{"x-queue-type": "stream"}, backends.Free, "offset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.queue("q", c.args, "m1")
			w.seen("q", 1)
			s := w.open()
			plan, err := s.PlanPeek(ctxFor(t), "q")
			if err != nil || plan.Consent != c.consent || !strings.Contains(sentences(plan.Effects), c.says) {
				t.Fatalf("plan: %+v, %v; want consent %d and %q", plan, err, c.consent, c.says)
			}
			_, err = s.Peek(ctxFor(t), backends.Look{Target: plan.Target, N: 1})
			if isRefused(err) == (c.consent == backends.Free) {
				t.Errorf("peek without consent: %v", err)
			}
			if c.consent == backends.TypeName {
				if _, err := s.Peek(ctxFor(t), backends.Look{Target: plan.Target, N: 1, Confirmed: true}); !isRefused(err) {
					t.Errorf("peek with a yes where the name is asked for: %v", err)
				}
			}
		})
	}
}

func TestPlanByPolicy(t *testing.T) {
	w := newWorld(t)
	if code := w.manage("PUT", w.path("policies", "p"), map[string]any{
		"pattern": "^q", "definition": map[string]any{"delivery-limit": 2, "dead-letter-exchange": "dlx"}, "apply-to": "queues",
	}, nil); code/100 != 2 {
		t.Fatal(code)
	}
	w.queue("q", amqp.Table{"x-queue-type": "quorum"}, "m1")
	w.seen("q", 1)
	plan, err := w.open().PlanPeek(ctxFor(t), "q")
	if err != nil || plan.Consent != backends.TypeName || !strings.Contains(sentences(plan.Effects), "limit of 2") ||
		!strings.Contains(sentences(plan.Effects), "dead-lettered to dlx") {
		t.Errorf("plan: %+v, %v", plan, err)
	}
}

// TestDeliveryLimitIsNeverReached: however often a person agrees, looks stop before the server
// would drop a message.
func TestDeliveryLimitIsNeverReached(t *testing.T) {
	w := newWorld(t)
	want := numbered(3)
	w.queue("q", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 4}, want...)
	w.seen("q", 3)
	s := w.open()
	looks := 0
	for range 10 {
		w.ready("q", 3)
		plan, err := s.PlanPeek(ctxFor(t), "q")
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Peek(ctxFor(t), lookAt(plan, 3))
		if isRefused(err) {
			continue
		}
		if err != nil || len(got) == 0 || looks == 0 && len(got) != 1 {
			t.Fatalf("look %d: %v, %v", looks, bodies(got), err)
		}
		looks++
	}
	most := 3 // the limit less one
	if !countsNacks(w.version()) {
		most = 10 // putting back counts as no delivery
	}
	if looks != most {
		t.Errorf("%d looks, want %d", looks, most)
	}
	if got := w.drain("q", len(want)); !slices.Equal(got, want) {
		t.Errorf("after looking: %v", got)
	}
}

// TestFirstLookNearTheLimit: the first look cannot know how often a message was delivered. When that is one
// less than the limit allows, it takes no more, loses nothing, and there is no second look. Where putting
// back counts as no delivery, it keeps the order too, and may be repeated.
func TestFirstLookNearTheLimit(t *testing.T) {
	w := newWorld(t)
	w.queue("q", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 2}, numbered(5)...)
	(&peekCase{world: w}).giveBack("q", 3)
	s, counts := w.open(), countsNacks(w.version())
	says, consent := "ends up behind the others that were put back", backends.Refused
	if !counts {
		says, consent = "2 times already and the connection breaks", backends.TypeName
	}
	plan, err := s.PlanPeek(ctxFor(t), "q")
	if text := sentences(plan.Effects); err != nil || plan.Consent != backends.TypeName || plan.Max != 1 ||
		!strings.Contains(text, says) || !strings.Contains(text, plan.Command) ||
		plan.Command != "rabbitmq-queues peek --vhost TestFirstLookNearTheLimit q 1" {
		t.Fatalf("plan: %+v, %v", plan, err)
	}
	if got, err := s.Peek(ctxFor(t), lookAt(plan, 5)); err != nil || !slices.Equal(bodies(got), []string{"m1"}) {
		t.Fatalf("first look: %v, %v", bodies(got), err)
	}
	w.ready("q", 5)
	if plan, err := s.PlanPeek(ctxFor(t), "q"); err != nil || plan.Consent != consent || plan.Phrase != "" {
		t.Errorf("second look: %+v, %v", plan, err)
	}
	got := w.drain("q", 5)
	if counts {
		slices.Sort(got)
	}
	if !slices.Equal(got, numbered(5)) {
		t.Errorf("after looking: %v", got)
	}
}

func TestPeekRefusesOthersQueues(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	_, err := w.ch.QueueDeclare("mine", false, false, true, false, nil)
	w.must(err)
	w.queue("consumed", nil, "m1")
	_, err = w.ch.Consume("consumed", "", false, true, false, false, nil)
	w.must(err)
	w.seen("mine", 0)
	w.seen("consumed", 1)
	for _, name := range []string{"mine", "consumed"} {
		plan, err := s.PlanPeek(ctxFor(t), name)
		if err != nil || plan.Consent != backends.Refused {
			t.Errorf("%s: %+v, %v", name, plan, err)
		}
	}
	for _, name := range []string{"not-there", "", strings.Repeat("x", 256), "bad\xff"} {
		if _, err := s.PlanPeek(ctxFor(t), name); backends.ReasonOf(err) != backends.NotFound {
			t.Errorf("%.20q: %v", name, err)
		}
	}
}

// TestPeekKeepsAutoDeleteQueue: a consumer would delete it.
func TestPeekKeepsAutoDeleteQueue(t *testing.T) {
	w := newWorld(t)
	_, err := w.ch.QueueDeclare("q", false, true, false, false, nil)
	w.must(err)
	w.publish("", "q", "m1")
	w.seen("q", 1)
	s := w.open()
	plan, err := s.PlanPeek(ctxFor(t), "q")
	w.must(err)
	got, err := s.Peek(ctxFor(t), lookAt(plan, 5))
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if got := w.drain("q", 1); !slices.Equal(got, []string{"m1"}) {
		t.Errorf("after looking: %v", got)
	}
}

// TestPeekedMessage: properties and headers arrive, whichever way they came.
func TestPeekedMessage(t *testing.T) {
	for kind, args := range map[string]amqp.Table{"classic": nil, "quorum": {"x-queue-type": "quorum"}} {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			w.queue("q", args)
			when := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
			w.send("", "q", amqp.Publishing{
				Body: []byte("\x00\xff\x1b[31m"), ContentType: "application/msgpack", ContentEncoding: "gzip", Timestamp: when,
				MessageId: "id-1", CorrelationId: "c-1", Priority: 3, DeliveryMode: 2,
				Headers: amqp.Table{
					"text": "plain", "n": int64(1) << 53, "yes": true,
					"x-death": []any{amqp.Table{"queue": "q0", "count": int64(2)}},
				},
			})
			w.seen("q", 1)
			s := w.open()
			plan, err := s.PlanPeek(ctxFor(t), "q")
			w.must(err)
			got, err := s.Peek(ctxFor(t), lookAt(plan, 1))
			if err != nil || len(got) != 1 {
				t.Fatal(got, err)
			}
			m := got[0]
			if string(m.Body) != "\x00\xff\x1b[31m" || m.ContentType != "application/msgpack" || m.ContentEncoding != "gzip" ||
				!m.Time.Equal(when) || m.TimeReceived || m.Route != "q" || !m.Complete() {
				t.Errorf("message: %+v", m)
			}
			for name, want := range map[string]string{
				"message-id": "id-1", "correlation-id": "c-1", "priority": "3", "delivery-mode": "2",
				"text": "plain", "n": "9007199254740992", "yes": "true", "x-death": `[{"count":2,"queue":"q0"}]`,
			} {
				if value := header(m, name); value != want {
					t.Errorf("header %s: %q, want %q", name, value, want)
				}
			}
		})
	}
}

func header(m backends.Message, name string) string {
	for _, h := range m.Headers {
		if h.Name == name {
			return string(h.Value)
		}
	}
	return ""
}

// TestPeekCutsLargeBodies: the management API sends the beginning only, and the size is told.
func TestPeekCutsLargeBodies(t *testing.T) {
	w := newWorld(t)
	w.queue("q", nil, strings.Repeat("x", 3<<20))
	w.seen("q", 1)
	s := w.open()
	plan, err := s.PlanPeek(ctxFor(t), "q")
	w.must(err)
	got, err := s.Peek(ctxFor(t), lookAt(plan, 1))
	if err != nil || len(got) != 1 || len(got[0].Body) != maxBody || got[0].Size != 3<<20 || got[0].Complete() {
		t.Errorf("%v", err)
	}
}

// TestPeekProperty: whatever a queue holds and however it is looked at, nothing changes but the
// mark of redelivery.
func TestPeekProperty(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		name := fmt.Sprintf("q%d", n)
		args := amqp.Table{}
		if rapid.Bool().Draw(rt, "quorum") {
			args["x-queue-type"] = "quorum"
		}
		want := rapid.SliceOfN(rapid.StringN(0, 20, 40), 1, 25).Draw(rt, "bodies")
		w.queue(name, args, want...)
		row := management.Queue{Name: name, Arguments: management.Table{}, Effective: management.Table{}, Consumers: management.Num(0)}
		if len(args) > 0 {
			row.Type = management.TypeQuorum
		}
		key := s.budgetKey(name)
		for range rapid.IntRange(1, 4).Draw(rt, "looks") {
			p := planFor(row, w.version(), w.vhost, s.budgets.of(key, row))
			p.key = key
			k := rapid.IntRange(1, p.Max).Draw(rt, "k")
			peek := s.peekByManagement
			if p.way == byAMQP || rapid.Bool().Draw(rt, "amqp") {
				peek = s.peekByAMQP
			}
			w.ready(name, len(want))
			got, err := peek(ctxFor(t), p, k)
			if err != nil || !slices.Equal(bodies(got), want[:min(k, len(want))]) {
				rt.Fatalf("peek %d of %q (%v): %q, %v", k, want, args, bodies(got), err)
			}
		}
		if got := w.drain(name, len(want)); !slices.Equal(got, want) {
			rt.Fatalf("after looking: %q, want %q", got, want)
		}
	})
}

// TestAPlanForFewerMessages tells what it takes, and asks for the same consent.
func TestAPlanForFewerMessages(t *testing.T) {
	w := newWorld(t)
	w.queue("q", nil, numbered(5)...)
	s := w.open()
	whole, err := s.PlanPeek(ctxFor(t), "q")
	w.must(err)
	for n, c := range map[int]struct {
		says string
		most int
	}{1: {"takes one message out", 1}, 2: {"takes up to 2 messages out", 2}, 20: {"takes up to 20 messages out", 20}, 50: {"takes up to 20 messages out", 20}} {
		plan, err := s.PlanPeekOf(ctxFor(t), "q", n)
		if err != nil || plan.Consent != whole.Consent || plan.Max != c.most || !strings.Contains(sentences(plan.Effects), c.says) {
			t.Errorf("%d: %+v, %v", n, plan, err)
		}
	}
}
