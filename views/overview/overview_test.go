package overview_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/views"
	"bustop/views/overview"
	"bustop/views/viewtest"
)

func TestWithoutASourceItOffersTheDemo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		pane := overview.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "No server to look at.", "bustop redis://localhost:6379 amqp://localhost", "REDIS_URL, AMQP_URL", "bustop demo")
	})
}

func TestAddressesOfTheDemoAreShownAndCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true, viewtest.Redis(), viewtest.RabbitMQ())
		d.Join = []views.Address{
			{Name: "redis", Text: "redis://127.0.0.1:40929/0"},
			{Name: "management", Text: "http://guest:guest@127.0.0.1:40006"},
		}
		pane := overview.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "join in · redis://127.0.0.1:40929/0 · management http://guest:guest@127.0.0.1:40006")
		nav.Choice = 1
		viewtest.Press(t, nav, pane, "y")
		if want := []string{"http://guest:guest@127.0.0.1:40006"}; !slices.Equal(nav.Copied, want) {
			t.Errorf("copied %q, want %q", nav.Copied, want)
		}
	})
}

func TestTheWorstComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true, viewtest.Redis(), viewtest.RabbitMQ())
		pane := overview.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane,
			"Redis 7.0.15 · master · up 3h", "7 clients", "12.0 MiB", "2 queues · 413 ready · 1 stream",
			"○ rabbitmq 127.0.0.1:5672 down 12s connection refused", "RabbitMQ 3.10.8", "1 that nobody reads",
			"! memory alarm on rabbit@a: publishers are blocked",
		)
		screen := viewtest.Text(pane, 100, 30)
		for _, order := range [][]string{{"emails", "orders.billing", "dead"}} {
			at := 0
			for _, name := range order {
				i := strings.Index(screen[at:], name)
				if i < 0 {
					t.Fatalf("%s is not behind those before it:\n%s", name, screen)
				}
				at += i
			}
		}
		viewtest.Shows(t, pane, "orders ▸ reports", "≥4.1k")
		viewtest.Lacks(t, pane, "orders ▸ billing") // it keeps up
	})
}

func TestWhatFailsIsSaidAndTheLastStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.Now.Notes = []string{"a replica: it may be behind its master"}
		d, nav := viewtest.Deps(t, true, source)
		pane := overview.New(d)
		defer pane.Close()
		viewtest.Shows(t, pane, "waiting for the first answer")
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "a replica: it may be behind its master", "emails")
		source.Fail(&backends.Error{Reason: backends.Denied, What: "NOPERM", Advice: "ask for the right"})
		viewtest.Press(t, nav, pane, "r")
		time.Sleep(3 * time.Second)
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "! NOPERM – ask for the right", "Redis 7.0.15", "emails")
	})
}

func TestEnterOpensTheHealthOfTheMarkedSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true, viewtest.Redis(), viewtest.RabbitMQ())
		pane := overview.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "▸ ● redis")
		viewtest.Press(t, nav, pane, "enter", "down", "down", "enter")
		if len(nav.Pushed) != 2 || !strings.Contains(nav.Pushed[0].Title(), "redis") || !strings.Contains(nav.Pushed[1].Title(), "rabbitmq") {
			t.Fatalf("%d screens", len(nav.Pushed))
		}
		for _, s := range nav.Pushed {
			viewtest.Settle(s)
			viewtest.Shows(t, s, "Trends", "operations")
			s.Close()
		}
		none, nav := viewtest.Deps(t, true)
		viewtest.Press(t, nav, overview.New(none), "enter")
		if len(nav.Toasts) != 1 || len(nav.Pushed) != 0 {
			t.Errorf("without a source: %q", nav.Toasts)
		}
	})
}
