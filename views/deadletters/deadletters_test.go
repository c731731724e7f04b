package deadletters_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/backends/rabbitmq/convention"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/deadletters"
	"bustop/views/viewtest"
)

// office is a source with dead letters.
type office struct {
	*viewtest.Source
	places []backends.DeadLetterPlace
}

func (o *office) Roles() backends.Roles { return backends.Roles{Queues: o} }

func (o *office) ListDeadLetters(context.Context, backends.Query) (backends.Page[backends.DeadLetterPlace], error) {
	return backends.Page[backends.DeadLetterPlace]{Items: o.places, Total: backends.ExactCount(int64(len(o.places)))}, nil
}

func (*office) ReadFate(m backends.Message, now time.Time) backends.LetterFate {
	return convention.ReadFate(m, now)
}

func (*office) Narrate(m backends.Message, now time.Time) backends.Narration {
	return convention.Narrate(m, now)
}

func letter(position int, body string, headers ...string) backends.Message {
	m := backends.Message{
		Target: backends.Target{Kind: backends.KindQueue, Name: "orders.dead"}, Position: fmt.Sprint(position), Route: "order.placed",
		Time: viewtest.Start(), TimeReceived: true, Body: []byte(body), Size: len(body), ContentType: "application/json",
	}
	for i := 0; i < len(headers); i += 2 {
		m.Headers = append(m.Headers, backends.Field{Name: headers[i], Value: []byte(headers[i+1])})
	}
	return m
}

func death(queue, reason string, minute int) string {
	return fmt.Sprintf(`[{"count":1,"exchange":"shop","queue":%q,"reason":%q,"routing-keys":["order.placed"],"time":"1999-12-31T23:%02d:00Z"}]`, queue, reason, minute)
}

func newOffice() *office {
	o := &office{Source: viewtest.RabbitMQ()}
	o.Now.State = backends.Live
	o.Plan = backends.Plan{Consent: backends.Confirm, Effects: []string{"It costs something."}}
	queue := func(name string) backends.Target { return backends.Target{Kind: backends.KindQueue, Name: name} }
	o.places = []backends.DeadLetterPlace{
		{
			Target: queue("orders.dead"), Purpose: backends.ForDead, Ready: backends.ExactCount(312), Total: backends.ExactCount(312), Consumers: backends.ExactCount(0),
			Origins: []backends.DeadLetterOrigin{
				{Queue: "billing", Exchange: "shop.dead", KeyKept: true, By: "argument"},
				{Queue: "shipping" + viewtest.Hostile, Exchange: "shop.dead", Key: "dead", By: "policy letters", Perhaps: true},
			},
			Facts: []string{"It gets the dead letters of 1 queue.", "By its name it is for messages that nobody could use."},
		},
		{
			Target: queue("retry.5s"), Purpose: backends.ForRetry, Ready: backends.ExactCount(4), Consumers: backends.ExactCount(0), Wait: backends.ExactSpan(5 * time.Second),
			Next: []backends.Target{queue("billing")}, Facts: []string{"Nobody takes messages from here: they wait 5s and then go to billing."},
		},
		{
			Target: backends.Target{Kind: backends.KindExchange, Name: "later"}, Purpose: backends.ForDelay, Ready: backends.ExactCount(3),
			Next: []backends.Target{queue("billing"), queue("shipping"), queue("mail"), queue("audit")}, Facts: []string{"It holds each message back."},
		},
	}
	o.Messages = []backends.Message{
		letter(1, `{"id":17,"total":9.5}`, "x-death", death("billing", "rejected", 50)),
		letter(2, `{"id":18,"total":9.5,"gift":true}`, "x-death", death("billing", "rejected", 55), "x-first-death-queue", "billing"),
		letter(3, `{"id":19}`, "x-death", death("shipping", "delivery_limit", 40)),
		letter(4, `{"id":20}`, "x-exception-stacktrace", "java.lang.IllegalStateException: no stock", "x-exception-message", "no stock", "x-original-exchange", "shop"),
	}
	return o
}

// world runs a test on the list of places of the office.
func world(t *testing.T, test func(t *testing.T, o *office, nav *viewtest.Nav, list views.Screen, opened *[]string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice()
		d, nav := viewtest.Deps(t, true, o)
		var opened []string
		list := deadletters.New(d, func(_ backends.Source, queue string) tea.Cmd {
			opened = append(opened, queue)
			return nil
		})
		defer list.Close()
		viewtest.Settle(list)
		test(t, o, nav, list, &opened)
	})
}

func draw(t *testing.T, name string, s views.Screen) {
	t.Helper()
	for _, size := range [][2]int{{80, 24}, {120, 36}, {200, 50}} {
		lines := s.Render(size[0], size[1])
		if len(lines) != size[1] {
			t.Fatalf("%d lines of %d", len(lines), size[1])
		}
		golden.Check(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), lines)
	}
}

func top(nav *viewtest.Nav) views.Screen { return nav.Pushed[len(nav.Pushed)-1] }

func TestWorkbench(t *testing.T) {
	world(t, func(t *testing.T, _ *office, nav *viewtest.Nav, list views.Screen, opened *[]string) {
		draw(t, "places", list)
		viewtest.Press(t, nav, list, "down", "enter") // after the exchange, by name
		bench := top(nav)
		draw(t, "before", bench)
		if len(nav.Asked) != 0 {
			t.Fatal("a look was taken that nobody asked for")
		}
		viewtest.Press(t, nav, bench, "p")
		draw(t, "groups", bench)
		viewtest.Press(t, nav, bench, "o", "enter")
		if len(*opened) != 1 || (*opened)[0] != "billing" {
			t.Errorf("opened %q", *opened)
		}
		group := top(nav)
		defer group.Close()
		draw(t, "group", group)
		viewtest.Press(t, nav, group, "c")
		viewtest.Shows(t, group, "message 1 is marked")
		viewtest.Press(t, nav, group, "down", "c")
		compare := top(nav)
		draw(t, "compare", compare)
		viewtest.Lacks(t, compare, "body.total")
		viewtest.Press(t, nav, compare, "a")
		viewtest.Shows(t, compare, "body.total", "body.gift")
		viewtest.Press(t, nav, group, "o")
		if len(*opened) != 2 {
			t.Errorf("opened %q", *opened)
		}
	})
}

func TestRefusedAndExchange(t *testing.T) {
	world(t, func(t *testing.T, o *office, nav *viewtest.Nav, list views.Screen, opened *[]string) {
		viewtest.Press(t, nav, list, "enter")
		viewtest.Shows(t, top(nav), "It holds each message back.")
		viewtest.Press(t, nav, top(nav), "p", "enter", "o")
		if len(nav.Asked) != 0 || len(nav.Toasts) != 3 || len(*opened) != 0 {
			t.Errorf("asked %v, toasts %q", nav.Asked, nav.Toasts)
		}
		o.Plan = backends.Plan{Consent: backends.Refused, Effects: []string{"It would lose messages."}}
		viewtest.Press(t, nav, list, "down", "enter")
		viewtest.Shows(t, top(nav), "It would lose messages.", "bustop does not look into this queue.")
		viewtest.Press(t, nav, top(nav), "o") // two lead here: the first is chosen
		if len(*opened) != 1 || len(nav.Options) != 2 {
			t.Errorf("opened %q of %q", *opened, nav.Options)
		}
		o.Fail(&backends.Error{Reason: backends.Unreachable, What: "connection refused"})
		viewtest.Press(t, nav, list, "down", "enter")
		viewtest.Shows(t, top(nav), "connection refused")
	})
}

// TestALookThatIsFree: a stream is read at once.
func TestALookThatIsFree(t *testing.T) {
	world(t, func(t *testing.T, o *office, nav *viewtest.Nav, list views.Screen, _ *[]string) {
		o.Plan = backends.Plan{Consent: backends.Free}
		viewtest.Press(t, nav, list, "down", "enter")
		viewtest.Shows(t, top(nav), "4 messages of 312, those at the head", "3 groups", "delivery_limit")
	})
}

func TestTheKeyNeedsASourceThatKnows(t *testing.T) {
	d, nav := viewtest.Deps(t, true, viewtest.Redis())
	key := deadletters.Key(d, nil)
	if key.Reason() == "" {
		t.Error("it can be pressed where nothing knows of dead letters")
	}
	d.Sources = append(d.Sources, newOffice())
	if key.Reason() != "" {
		t.Error(key.Reason())
	}
	nav.Run(key.Do())
	if len(nav.Pushed) != 1 {
		t.Errorf("%d screens", len(nav.Pushed))
	}
	top(nav).Close()
}

// TestProbablePlaces: what is probable only is marked, and what messages alone tell names no exchange.
func TestProbablePlaces(t *testing.T) {
	world(t, func(t *testing.T, o *office, nav *viewtest.Nav, list views.Screen, _ *[]string) {
		viewtest.Lacks(t, list, "dead?")
		o.places = []backends.DeadLetterPlace{{
			Target: backends.Target{Kind: backends.KindQueue, Name: "aside"}, Purpose: backends.ForDead, Perhaps: true, Ready: backends.ExactCount(1),
			Origins: []backends.DeadLetterOrigin{{Queue: "work", By: "x-death: expired"}},
		}}
		viewtest.Press(t, nav, list, "r")
		viewtest.Shows(t, list, "aside", "dead?", "work")
		viewtest.Press(t, nav, list, "home", "enter")
		viewtest.Shows(t, top(nav), "dead?", "work by x-death: expired")
		viewtest.Lacks(t, top(nav), "over")
	})
}

// TestWhatALookTells: after a look the place is what its messages say, and what the look itself did to
// some of them is told, above the groups and beside the message.
func TestWhatALookTells(t *testing.T) {
	world(t, func(t *testing.T, o *office, nav *viewtest.Nav, list views.Screen, _ *[]string) {
		o.places[0].Perhaps = true
		viewtest.Press(t, nav, list, "r", "down", "enter")
		bench := top(nav)
		viewtest.Shows(t, bench, "dead?", "312 ready")
		viewtest.Lacks(t, bench, "gap")
		o.places[0].Perhaps, o.places[0].Ready = false, backends.ExactCount(311)
		gap := backends.Message{Target: o.places[0].Target, Time: viewtest.Start(), TimeReceived: true, Gap: "it was dropped: it had reached its limit"}
		o.Messages = []backends.Message{o.Messages[0], gap, o.Messages[1], o.Messages[2]}
		viewtest.Press(t, nav, bench, "p")
		viewtest.Shows(t, bench, "311 ready", "3 messages of 311", "gap: message 1: it was dropped: it had reached its limit", "2 groups")
		viewtest.Lacks(t, bench, "dead?")
		viewtest.Press(t, nav, bench, "enter")
		defer top(nav).Close()
		viewtest.Shows(t, top(nav), "gap: it was dropped")

		o.Messages = []backends.Message{gap, o.Messages[0], gap, gap, gap, gap}
		viewtest.Press(t, nav, bench, "p")
		viewtest.Shows(t, bench, "gap: it was dropped", "… and 2 gaps more")
		o.Messages, o.places[0].Ready = o.Messages[1:2], backends.ExactCount(17)
		viewtest.Press(t, nav, bench, "r")
		viewtest.Shows(t, bench, "17 ready", "gap")
		viewtest.Press(t, nav, bench, "p")
		viewtest.Lacks(t, bench, "gap")
	})
}

// TestManyOrigins: a cell names as many queues as it has room for, whole ones, and counts the others.
func TestManyOrigins(t *testing.T) {
	world(t, func(t *testing.T, o *office, nav *viewtest.Nav, list views.Screen, _ *[]string) {
		long := "com.example.warehouse.inventory.reservation.handler-"
		place := func(name string, origins ...string) backends.DeadLetterPlace {
			p := backends.DeadLetterPlace{Target: backends.Target{Kind: backends.KindQueue, Name: name}, Purpose: backends.ForDead}
			for _, origin := range origins {
				p.Origins = append(p.Origins, backends.DeadLetterOrigin{Queue: origin})
			}
			return p
		}
		o.places = []backends.DeadLetterPlace{
			place(long+"01.dead", long+"01"), place(long+"02.dead", long+"02", "b"), place("short", "a", "b", "c", "d", "e"), place("tiny", "billing", "shipping-of-parcels"),
		}
		viewtest.Press(t, nav, list, "r")
		for _, want := range []string{"01.dead ", "02.dead ", "ler-01 ", "-02, +1", "a, b, c, +2", "billing, +1"} {
			if text := viewtest.Text(list, 80, 24); !strings.Contains(text, want) {
				t.Errorf("%q is missing from:\n%s", want, text)
			}
		}
	})
}
