package queues_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/queues"
	"bustop/views/viewtest"
)

// library is a source whose queue is one of Sidekiq.
type library struct {
	*viewtest.Source
	waiting []backends.Message
	asked   []string // states and offsets that were read
}

func (l *library) Roles() backends.Roles { return backends.Roles{Queues: l} }

// ReadJobs implements backends.JobQueues.
func (l *library) ReadJobs(_ context.Context, queue, state string, offset, n int) (backends.JobPage, error) {
	l.asked = append(l.asked, fmt.Sprintf("%s %d", state, offset))
	switch state {
	case "", "enqueued":
		from := min(offset, len(l.waiting))
		return backends.JobPage{State: "enqueued", Jobs: l.waiting[from:min(from+n, len(l.waiting))], Total: backends.ExactCount(int64(len(l.waiting)))}, nil
	case "retry":
		failed := job(900, "HardJob")
		failed.Headers = append(failed.Headers,
			backends.Field{Name: backends.JobErrorClass, Value: []byte("Net::ReadTimeout")},
			backends.Field{Name: backends.JobError, Value: []byte("no answer from " + viewtest.Hostile)},
			backends.Field{Name: backends.JobAttempts, Value: []byte("3")}, backends.Field{Name: backends.JobMaxAttempts, Value: []byte("25")})
		return backends.JobPage{State: state, Jobs: []backends.Message{failed}, Total: backends.ExactCount(1)}, nil
	}
	return backends.JobPage{State: state, Total: backends.ExactCount(0)}, nil
}

func job(n int, class string) backends.Message {
	body := fmt.Sprintf(`{"class":%q,"args":[%d]}`, class, n)
	return backends.Message{
		Target: backends.Target{Kind: backends.KindQueue, Name: "queue:default"}, Position: fmt.Sprintf("jid%03d", n),
		Time: viewtest.Start().Add(-time.Duration(n) * time.Second), Body: []byte(body), Size: len(body),
		Headers: []backends.Field{{Name: backends.JobName, Value: []byte(class)}},
	}
}

func newLibrary() *library {
	l := &library{Source: viewtest.Redis()}
	for n := range 140 {
		class := "HardJob"
		if n%10 > 6 {
			class = "NewsletterMailer"
		}
		l.waiting = append(l.waiting, job(n, class))
	}
	count := func(name string, n int64) backends.NamedCount {
		return backends.NamedCount{Name: name, Count: backends.ExactCount(n)}
	}
	l.QueuePage = backends.Page[backends.Queue]{
		Items: []backends.Queue{{
			Name: "queue:default", Type: "jobs", Framework: "sidekiq", Profile: "sidekiq", Ready: backends.ExactCount(140), Unacked: backends.ExactCount(3), Total: backends.ExactCount(143),
			Consumers: backends.ExactCount(2), HeadTime: viewtest.Start().Add(-3 * time.Minute), NetRate: backends.ExactRate(1.5), OutRate: backends.ExactRate(12),
			States: []backends.NamedCount{count("enqueued", 140), count("busy", 3), count("retry", 1), count("dead", 0)},
		}},
		Total: backends.ExactCount(1),
	}
	return l
}

// withJobs opens the library's queue.
func withJobs(t *testing.T, do func(l *library, screen views.Screen, nav *viewtest.Nav)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLibrary()
		d, nav := viewtest.Deps(t, false, l)
		pane := queues.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "sidekiq  ")
		if row := viewtest.Text(pane, 200, 20); !strings.Contains(row, "140 enqueued · 3 busy · 1 retry, oldest 3m") {
			t.Errorf("the row lacks its states:\n%s", row)
		}
		viewtest.Press(t, nav, pane, "enter")
		screen := nav.Pushed[0]
		defer screen.Close()
		viewtest.Settle(screen)
		do(l, screen, nav)
	})
}

func TestJobsOfAQueue(t *testing.T) {
	withJobs(t, func(l *library, screen views.Screen, nav *viewtest.Nav) {
		viewtest.Shows(t, screen, "140 ready", "3 in work", "2 workers", "oldest 3m", "[enqueued 140]", "busy 3", "retry 1", "100 of 140", "of these HardJob 70%", "jid000", "class")
		viewtest.Press(t, nav, screen, ">")
		viewtest.Shows(t, screen, "101–140 of 140", "jid100")
		viewtest.Press(t, nav, screen, ">")
		viewtest.Press(t, nav, screen, "]") // busy can only be counted
		viewtest.Shows(t, screen, "[retry 1]", "Net::ReadTimeout: ", "3/25", "jid900")
		viewtest.Press(t, nav, screen, "]")
		viewtest.Shows(t, screen, "[dead 0]", "no jobs dead")
		viewtest.Press(t, nav, screen, "]")
		viewtest.Shows(t, screen, "[enqueued 140]", "100 of 140")
		if want := []string{" 0", "enqueued 100", "retry 0", "dead 0", "enqueued 0"}; !slices.Equal(l.asked, want) {
			t.Errorf("asked %q, want %q", l.asked, want)
		}
		if want := []string{"these are the last"}; !slices.Equal(nav.Toasts, want) {
			t.Errorf("toasts: %q", nav.Toasts)
		}
	})
}

func TestJobsAreFilteredSortedAndOpened(t *testing.T) {
	withJobs(t, func(_ *library, screen views.Screen, nav *viewtest.Nav) {
		viewtest.Press(t, nav, screen, "/", "Newsletter", "enter")
		viewtest.Shows(t, screen, "/Newsletter 30", "jid007")
		viewtest.Lacks(t, screen, "jid000")
		viewtest.Press(t, nav, screen, "s", "S", "enter")
		if len(nav.Pushed) != 2 {
			t.Fatalf("%d screens", len(nav.Pushed))
		}
		viewtest.Shows(t, nav.Pushed[1], "NewsletterMailer", "args")
		viewtest.Press(t, nav, screen, "esc")
		viewtest.Shows(t, screen, "jid010")
	})
}

func TestAWrongRuleIsOneKeyFromOff(t *testing.T) {
	withJobs(t, func(l *library, screen views.Screen, nav *viewtest.Nav) {
		viewtest.Press(t, nav, screen, "x")
		if !slices.Equal(l.Off(), []string{"sidekiq"}) || len(nav.Pushed) != 0 || len(nav.Toasts) != 1 {
			t.Errorf("off %q, %d screens, toasts %q", l.Off(), len(nav.Pushed), nav.Toasts)
		}
	})
}

func TestJobDrawings(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 50}} {
		withJobs(t, func(_ *library, screen views.Screen, nav *viewtest.Nav) {
			golden.Check(t, fmt.Sprintf("jobs-%dx%d", size[0], size[1]), screen.Render(size[0], size[1]))
			viewtest.Press(t, nav, screen, "]")
			golden.Check(t, fmt.Sprintf("retry-%dx%d", size[0], size[1]), screen.Render(size[0], size[1]))
		})
	}
}
