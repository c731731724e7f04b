package rabbitmq

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/rabbitmq/management"

	amqp "github.com/rabbitmq/amqp091-go"
)

// embedded is a vhost on a broker within the program that is of a version.
func embedded(t *testing.T, version string) *world {
	t.Helper()
	s, err := rabbitd.Start(rabbitd.Options{Broker: broker.Options{Version: version}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return worldOn(t, s)
}

// looks looks often, each time by a source of its own as each run of a command has, and returns how
// many looks were not refused.
func (w *world) looks(ledger backends.Ledger, name string, ready, times int) (done int, refusal string) {
	w.t.Helper()
	for range times {
		w.ready(name, ready)
		s := openURL(w.t, w.url(), backends.Options{Ledger: ledger})
		plan, err := s.PlanPeek(ctxFor(w.t), name)
		w.must(err)
		got, err := s.Peek(ctxFor(w.t), lookAt(plan, 3))
		w.must(s.Close())
		switch {
		case isRefused(err):
			refusal = err.Error()
		case err != nil || len(got) == 0 || string(got[0].Body) != "m1" || slices.ContainsFunc(got, func(m backends.Message) bool { return m.Gap != "" }):
			w.t.Fatalf("look %d: %+v, %v", done, got, err)
		default:
			done++
		}
	}
	return done, refusal
}

// TestLooksOfAllVersions: how many looks each version of RabbitMQ leaves room for by what its quorum queues
// count, and that none of them changes the queue.
func TestLooksOfAllVersions(t *testing.T) {
	const times = 30
	for _, c := range []struct {
		version string
		args    amqp.Table
		want    int
	}{
		{"3.10.8", nil, times},
		{"3.10.8", amqp.Table{"x-delivery-limit": 3}, 2},
		{"3.13.7", nil, times},
		{"3.10.8", amqp.Table{"x-delivery-limit": 1}, 1},
		{"4.0.0", nil, defaultDeliveryLimit - 1},
		{"4.0.0", amqp.Table{"x-delivery-limit": 1}, 1},
		{"4.0.0", amqp.Table{"x-delivery-limit": -1}, times},
		{"4.2.1", nil, defaultDeliveryLimit - 1},
		{"4.2.1", amqp.Table{"x-delivery-limit": 3}, 2},
		{"4.3.0", nil, times},
		{"4.3.0", amqp.Table{"x-delivery-limit": 2}, times},
		{"4.3.0", amqp.Table{"x-delivery-limit": -1}, times},
	} {
		name := c.version
		if limit := c.args["x-delivery-limit"]; limit != nil {
			name += fmt.Sprint(" limit ", limit)
		}
		t.Run(name, func(t *testing.T) {
			w := embedded(t, c.version)
			args := amqp.Table{"x-queue-type": "quorum"}
			for k, v := range c.args {
				args[k] = v
			}
			want := numbered(4)
			w.queue("q", args, want...)
			w.seen("q", 4)
			done, refusal := w.looks(&shortLedger{}, "q", 4, times)
			if done != c.want {
				t.Errorf("%d looks, want %d; %s", done, c.want, refusal)
			}
			var got []string
			w.ready("q", 4)
			for _, d := range w.takeAll("q") {
				got = append(got, string(d.Body))
				if count, _ := deliveryCount(d.Headers[deliveryHeader]); c.version == "4.3.0" && count != 0 {
					t.Errorf("the looks have used up %d deliveries", count)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("after the looks: %v", got)
			}
		})
	}
}

// TestLooksAtTheLimit: a message that comes back too often because of a look is told of, with its copy,
// and on versions that do not count looks it stays.
func TestLooksAtTheLimit(t *testing.T) {
	for name, c := range map[string]struct {
		world func(t *testing.T) *world
		dead  bool
		gap   string
		left  []string
	}{
		"real":         {func(t *testing.T) *world { return newWorld(t) }, false, "2 times of at most 2 before this look: putting it back got it DROPPED", []string{"m2"}},
		"dead letters": {func(t *testing.T) *world { return newWorld(t) }, true, "got it dead-lettered to amq.default", []string{"m2"}},
		"embedded":     {func(t *testing.T) *world { return embedded(t, "3.10.8") }, false, "got it DROPPED", []string{"m2"}},
		"4.2":          {func(t *testing.T) *world { return embedded(t, "4.2.0") }, false, "got it DROPPED", []string{"m2"}},
		"4.3":          {func(t *testing.T) *world { return embedded(t, "4.3.0") }, false, "", []string{"m1", "m2"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.world(t)
			args := amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 2}
			if c.dead {
				w.queue("dead", nil)
				args["x-dead-letter-exchange"], args["x-dead-letter-routing-key"] = "", "dead"
			}
			w.queue("q", args, numbered(2)...)
			for range 2 {
				w.ready("q", 2)
				(&peekCase{world: w}).giveBack("q", 1)
			}
			if !countsNacks(w.version()) {
				c.dead, c.gap, c.left = false, "", []string{"m1", "m2"}
			}
			s := w.open()
			plan, err := s.PlanPeek(ctxFor(t), "q")
			w.must(err)
			got, err := s.Peek(ctxFor(t), lookAt(plan, 1))
			if err != nil || len(got) == 0 || string(got[0].Body) != "m1" || (len(got) > 1) != (c.gap != "") ||
				c.gap != "" && !strings.Contains(got[1].Gap, c.gap) {
				t.Errorf("look: %+v, %v", got, err)
			}
			if left := w.drain("q", len(c.left)); !slices.Equal(left, c.left) {
				t.Errorf("left: %v", left)
			}
			if c.dead {
				if dead := w.drain("dead", 1); !slices.Equal(dead, []string{"m1"}) {
					t.Errorf("dead letters: %v", dead)
				}
			}
		})
	}
}

// TestBlindPeeks: looks at queues of unknown type.
func TestBlindPeeks(t *testing.T) {
	for _, version := range []string{"3.10.8", "4.0.5", "4.3.6"} {
		t.Run(version, func(t *testing.T) {
			w := embedded(t, version)
			w.queue("q", amqp.Table{"x-queue-type": "quorum"}, "m1", "m2")
			w.queue("c", nil, "c1", "c2")
			w.blindPeeks(openURL(t, w.server.URL()+url.PathEscape(w.vhost)+"?management=http://127.0.0.1:1", backends.Options{}))
			for name, want := range map[string][]string{"q": {"m1", "m2"}, "c": {"c1", "c2"}} {
				if got := w.drain(name, 2); !slices.Equal(got, want) {
					t.Errorf("%s holds %v", name, got)
				}
			}
		})
	}
}

// TestPeekFrom43 holds the looks at a broker that does as 4.3.6.
func TestPeekFrom43(t *testing.T) { peekChangesNothing(embedded(t, "4.3.0"), 8) }

// TestPeekFrom40 holds them where there is a limit by itself.
func TestPeekFrom40(t *testing.T) { peekChangesNothing(embedded(t, "4.0.0"), 8) }

// TestBudgets: when what a look told still holds.
func TestBudgets(t *testing.T) {
	passed := 5.0
	row := management.Queue{Name: "q", Arguments: management.Table{"x-queue-type": "quorum"}, Messages: management.Num(3)}
	acked := row
	acked.Stats.Value.Ack = management.Num(5)
	short := acked
	short.Stats.Value.Ack = management.Num(4)
	empty := row
	empty.Messages = management.Num(0)
	other := row
	other.Arguments = management.Table{"x-queue-type": "quorum", "x-max-length": 3}
	long := time.Now().Add(-time.Hour)
	seen := budget{Deliveries: 2, Seen: long, Passed: &passed, Queue: fingerprint(row)}
	for name, c := range map[string]struct {
		budget budget
		row    management.Queue
		known  bool
		count  int64
	}{
		"as it was":         {seen, row, true, 2},
		"acknowledged":      {seen, acked, false, 0},
		"not so far":        {seen, short, true, 2},
		"emptied":           {seen, empty, false, 0},
		"not shown yet":     {budget{Deliveries: 2, Seen: time.Now()}, empty, true, 2},
		"declared anew":     {seen, other, false, 0},
		"only a name":       {seen, management.Queue{Name: "q"}, true, 2},
		"a look under way":  {budget{Deliveries: 2, Seen: long, Begun: time.Now()}, row, false, 2},
		"a look cut off":    {budget{Deliveries: 2, Seen: long, Begun: long}, row, true, 3},
		"the first cut off": {budget{Begun: long}, row, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(backends.Note{Text: written(c.budget)}, c.row)
			if got.known != c.known || got.Deliveries != c.count {
				t.Errorf("%+v", got)
			}
		})
	}
	if got := read(backends.Note{Text: "{", Lost: "why"}, row); got.known || got.lost != "why" {
		t.Errorf("damaged: %+v", got)
	}
}

// broken is a ledger that cannot keep anything.
type broken struct{}

func (broken) Change([]string, func(backends.Note) (string, error)) error {
	return errors.New("disk full")
}

// lossy is a ledger that has lost its notes.
type lossy struct{ shortLedger }

func (l *lossy) Change(key []string, change func(backends.Note) (string, error)) error {
	return l.shortLedger.Change(key, func(n backends.Note) (string, error) {
		n.Lost = "the file was eaten"
		return change(n)
	})
}

// TestPlansByBudget: what is known of a budget decides what a look at a limited queue takes.
func TestPlansByBudget(t *testing.T) {
	w := embedded(t, "3.10.8")
	w.queue("q", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 4}, numbered(2)...)
	w.queue("free", amqp.Table{"x-queue-type": "quorum"}, "m1")
	w.seen("q", 2)
	w.seen("free", 1)
	note := func(b budget) backends.Ledger {
		l := &shortLedger{}
		w.must(l.Change([]string{"rabbitmq", "rabbit@localhost", w.vhost, "q"}, func(backends.Note) (string, error) { return written(b), nil }))
		return l
	}
	long := time.Now().Add(-time.Hour)
	for name, c := range map[string]struct {
		ledger  backends.Ledger
		consent backends.Consent
		phrase  string
		says    string
	}{
		"nothing kept":    {broken{}, backends.Refused, "", "cannot be kept: disk full"},
		"lost":            {&lossy{}, backends.TypeName, "", "the file was eaten"},
		"half":            {note(budget{Deliveries: 2, Seen: long}), backends.TypeName, "", "delivered 2 times of at most 4 (20"},
		"all but one":     {note(budget{Deliveries: 3, Seen: long}), backends.TypeName, "q again", `type "q again"`},
		"all":             {note(budget{Deliveries: 4, Seen: long}), backends.Refused, "", "Once the queue was seen empty"},
		"cut off":         {note(budget{Begun: long}), backends.TypeName, "q again", "was cut off"},
		"under way":       {note(budget{Begun: time.Now()}), backends.Refused, "", "Another look"},
		"of another name": {note(budget{Deliveries: 3, Seen: long, Server: "amqp://elsewhere"}), backends.TypeName, "q again", "3 times"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openURL(t, w.url(), backends.Options{Ledger: c.ledger})
			plan, err := s.PlanPeek(ctxFor(t), "q")
			if err != nil || plan.Consent != c.consent || plan.Phrase != c.phrase || !strings.Contains(sentences(plan.Effects), c.says) ||
				!strings.Contains(sentences(plan.Effects), "rabbitmq-queues peek") && name != "under way" {
				t.Errorf("plan: %+v, %v", plan, err)
			}
			if _, err := s.Peek(ctxFor(t), lookAt(plan, 1)); (plan.Phrase != "" || plan.Consent == backends.Refused) && !isRefused(err) {
				t.Errorf("look with the name: %v", err)
			}
			if plan, err := s.PlanPeek(ctxFor(t), "free"); err != nil || plan.Consent != backends.Confirm {
				t.Errorf("a queue without a limit: %+v, %v", plan, err)
			}
		})
	}
}
