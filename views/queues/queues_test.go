package queues_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/views"
	"bustop/views/queues"
	"bustop/views/viewtest"
)

// opened is the detail of the source's first queue.
func opened(t *testing.T, source *viewtest.Source) (views.Screen, *viewtest.Nav) {
	t.Helper()
	d, nav := viewtest.Deps(t, true, source)
	pane := queues.New(d)
	t.Cleanup(pane.Close)
	viewtest.Settle(pane)
	viewtest.Press(t, nav, pane, "enter")
	if len(nav.Pushed) != 1 {
		t.Fatalf("%d screens are open", len(nav.Pushed))
	}
	t.Cleanup(nav.Pushed[0].Close)
	viewtest.Settle(nav.Pushed[0])
	return nav.Pushed[0], nav
}

func TestWhatALookTakes(t *testing.T) {
	for _, c := range []struct {
		name         string
		consent      backends.Consent
		first, then  []string
		asked, after int // consents asked for at first and after p
	}{
		{"free", backends.Free, []string{"4 messages", "copies as of 00:00:00", "msgpack"}, []string{"4 messages"}, 1, 2},
		{"confirmed", backends.Confirm, []string{"It costs something.", "p takes a look"}, []string{"4 messages"}, 0, 1},
		{"by name", backends.TypeName, []string{"It costs something.", "p takes a look"}, []string{"4 messages"}, 0, 1},
		{"refused", backends.Refused, []string{"It costs something.", "bustop does not look into this queue."}, []string{"does not look"}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := viewtest.Redis()
				source.Plan = backends.Plan{Consent: c.consent, Effects: []string{"It costs something."}}
				screen, nav := opened(t, source)
				viewtest.Shows(t, screen, append(c.first, "412 ready")...)
				if len(nav.Asked) != c.asked {
					t.Errorf("%d consents", len(nav.Asked))
				}
				viewtest.Press(t, nav, screen, "p")
				viewtest.Shows(t, screen, c.then...)
				if len(nav.Asked) != c.after {
					t.Errorf("%d consents after p", len(nav.Asked))
				}
				if c.consent == backends.Refused && (len(nav.Toasts) != 1 || nav.Toasts[0] != "refused: see above") {
					t.Errorf("toasts: %q", nav.Toasts)
				}
			})
		})
	}
}

// TestALookFromTheList: the key that looks does so on a row too, after the same question.
func TestALookFromTheList(t *testing.T) {
	for consent, asked := range map[backends.Consent]int{backends.Free: 1, backends.Confirm: 1, backends.TypeName: 1, backends.Refused: 0} {
		synctest.Test(t, func(t *testing.T) {
			source := viewtest.Redis()
			source.Plan = backends.Plan{Consent: consent, Effects: []string{"It costs something."}}
			d, nav := viewtest.Deps(t, true, source)
			pane := queues.New(d)
			defer pane.Close()
			viewtest.Press(t, nav, pane, "p")
			if len(nav.Pushed) > 0 {
				t.Fatal("a screen of no queue is open")
			}
			viewtest.Settle(pane)
			viewtest.Press(t, nav, pane, "p")
			if len(nav.Pushed) != 1 || len(nav.Asked) != asked {
				t.Fatalf("consent %d: %d screens are open, asked %d times", consent, len(nav.Pushed), len(nav.Asked))
			}
			defer nav.Pushed[0].Close()
			viewtest.Settle(nav.Pushed[0])
			if asked > 0 {
				viewtest.Shows(t, nav.Pushed[0], "4 messages")
			} else {
				viewtest.Shows(t, nav.Pushed[0], "bustop does not look into this queue.")
			}
		})
	}
}

// TestTheCommandIsOffered: another way to look is copied by one key, also where bustop refuses.
func TestTheCommandIsOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.Plan = backends.Plan{Consent: backends.Refused, Effects: []string{"It costs something."}, Command: "rabbitmq-queues peek --vhost / q 1"}
		screen, nav := opened(t, source)
		viewtest.Shows(t, screen, "Y copies rabbitmq-queues peek --vhost / q 1")
		viewtest.Press(t, nav, screen, "Y")
		if len(nav.Copied) != 1 || nav.Copied[0] != source.Plan.Command {
			t.Errorf("copied: %q", nav.Copied)
		}
	})
}

// TestEachLookIsPlannedAnew: what the first look used up, the second has to tell.
func TestEachLookIsPlannedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.Plan = backends.Plan{Consent: backends.TypeName, Effects: []string{"Delivered once of 3."}}
		screen, nav := opened(t, source)
		viewtest.Press(t, nav, screen, "p")
		source.Plan = backends.Plan{Consent: backends.Refused, Effects: []string{"Delivered 2 of 3."}}
		viewtest.Press(t, nav, screen, "r")
		if len(nav.Asked) != 2 || nav.Asked[1].Effects[0] != "Delivered 2 of 3." {
			t.Errorf("asked: %+v", nav.Asked)
		}
		viewtest.Shows(t, screen, "4 messages") // the copies stay
	})
}

func TestAQueueThatGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		screen, _ := opened(t, source)
		viewtest.Shows(t, screen, "412 ready", "net +1.5/s")
		source.SetQueues(backends.Page[backends.Queue]{})
		time.Sleep(3 * time.Second)
		viewtest.Settle(screen)
		viewtest.Shows(t, screen, "not there since", "412 ready")
	})
}

func TestAServerThatIsAwayIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		d, nav := viewtest.Deps(t, true, source)
		pane := queues.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		source.Fail(&backends.Error{Reason: backends.Unreachable, What: "connection refused", Advice: "is it running?"})
		viewtest.Press(t, nav, pane, "enter")
		screen := nav.Pushed[0]
		defer screen.Close()
		viewtest.Settle(screen)
		viewtest.Shows(t, screen, "connection refused – is it running?", "412 ready")
		source.Fail(nil)
		for range 3 {
			time.Sleep(3 * time.Second)
			viewtest.Settle(screen)
		}
		viewtest.Shows(t, screen, "4 messages")
		viewtest.Lacks(t, screen, "connection refused")
	})
}

func TestAnEmptyListSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.QueuePage = backends.Page[backends.Queue]{Seen: 400, SeenOf: 1000, Total: backends.ExactCount(0)}
		d, nav := viewtest.Deps(t, true, source)
		pane := queues.New(d)
		defer pane.Close()
		viewtest.Shows(t, pane, "no queues so far", "waiting for the first answer")
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "no queues so far", "scanned 400 of 1.0k keys")
		source.SetQueues(backends.Page[backends.Queue]{Seen: 1000, SeenOf: 1000, Total: backends.ExactCount(0)})
		time.Sleep(3 * time.Second)
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "there are no queues")
		viewtest.Press(t, nav, pane, "/", "x", "enter")
		viewtest.Shows(t, pane, "none of the queues matches the filter")

		none, _ := viewtest.Deps(t, true)
		viewtest.Shows(t, queues.New(none), "No open source has queues.")
	})
}

func TestRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.RabbitMQ()
		source.Now.State = backends.Live
		source.QueuePage.Items = append(source.QueuePage.Items,
			backends.Queue{Name: "jobs", Type: "list", Framework: "sidekiq", Total: backends.ExactCount(7)},
			backends.Queue{Name: "sync", Type: "quorum", State: "minority"},
			backends.Queue{Name: "bare", Ready: backends.ExactCount(1)}, // of a source that tells no types
		)
		d, nav := viewtest.Deps(t, true, source)
		pane := queues.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "5 queues", "!0", "sidekiq", "minority", "12.5/s")
		rows := strings.Split(viewtest.Text(pane, 120, 20), "\n")
		i := slices.IndexFunc(rows, func(l string) bool { return strings.Contains(l, "bare") })
		if i < 0 || !strings.Contains(strings.Join(strings.Fields(rows[i]), " "), "bare – 1 ") {
			t.Errorf("a queue of no known type: row %d of\n%s", i, strings.Join(rows, "\n"))
		}
		viewtest.Press(t, nav, pane, "/", "quorum", "enter")
		viewtest.Shows(t, pane, "2 of 5 queues", "orders.billing")
		viewtest.Lacks(t, pane, "dead", "sidekiq")
	})
}
