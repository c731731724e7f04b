package queues_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/queues"
	"bustop/views/viewtest"
)

// described is a source that can tell all of a queue.
type described struct {
	*viewtest.Source
	detail backends.QueueDetail
	gone   atomic.Bool
}

func (d *described) Roles() backends.Roles { return backends.Roles{Queues: d} }

// DescribeQueue implements backends.QueueDescriber.
func (d *described) DescribeQueue(context.Context, string) (backends.QueueDetail, error) {
	if d.gone.Load() {
		return backends.QueueDetail{}, &backends.Error{Reason: backends.NotFound, What: "no such queue"}
	}
	return d.detail, nil
}

// incident is a queue with messages that wait, two consumers and a rate of nothing.
func incident() *described {
	source := viewtest.RabbitMQ()
	source.Plan = backends.Plan{Consent: backends.Confirm, Effects: []string{"Looking takes some out and puts them back."}}
	count, at := backends.ExactCount, viewtest.Start()
	reader := func(client, address string, held int64) backends.QueueReader {
		return backends.QueueReader{
			Tag: "ctag-1", Client: client, Address: address, User: "shop", Product: "pika 1.3.2", Platform: "Python 3.12", Active: true,
			Acks: true, Prefetch: count(10), Unacked: count(held), Channel: address + " (1)", Connection: address, Since: at.Add(-3 * time.Hour),
			AckRate: backends.ExactRate(0), Others: []string{"refunds"},
		}
	}
	return &described{Source: source, detail: backends.QueueDetail{
		Queue: backends.Queue{
			Name: "orders", Type: "classic", Ready: count(412), Unacked: count(20), Total: count(432), Consumers: count(2),
			InRate: backends.ExactRate(3), NetRate: backends.ExactRate(3), Policy: "dead", Bytes: count(4096),
		},
		AckRate: backends.ExactRate(0), Traits: []string{"durable"}, HeadWhy: "its publishers set no timestamp",
		Settings: []backends.QueueSetting{
			{Name: "x-overflow", Source: "argument", Meaning: "when it is full new messages are refused, to publishers with confirms by a nack"},
			{Name: "max-length", Source: "policy dead", Meaning: "holds at most 500 messages"},
			{Name: viewtest.Hostile, Source: "operator policy ops", Meaning: viewtest.Hostile},
		},
		Drain: backends.Drain{Outlook: backends.NeverDrained}, Capacity: backends.Share{Certainty: backends.Exact},
		Still: backends.Onset{At: at.Add(-23 * time.Minute)}, Filled: backends.Onset{At: at.Add(-time.Hour), Before: true},
		Memory: count(18_000), Leader: "rabbit@one",
		Members: []backends.QueueMember{{Node: "rabbit@one", Online: true, Leader: true}, {Node: "rabbit@two"}},
		Readers: []backends.QueueReader{reader("billing-worker", "10.0.0.7:40112", 10), reader(viewtest.Hostile, "10.0.0.8:40113", 10)},
		Company: []backends.QueueCompany{{
			Name: "refunds", Shares: "connection billing-worker", Trouble: "messages wait and none is delivered", Ready: count(90), Consumers: count(1),
		}},
		Compared: 3, Sharing: 3, Notes: []string{"a note"},
	}}
}

func openDescribed(t *testing.T, source *described) (views.Screen, *viewtest.Nav) {
	t.Helper()
	d, nav := viewtest.Deps(t, true, source)
	pane := queues.New(d)
	t.Cleanup(pane.Close)
	viewtest.Settle(pane)
	viewtest.Press(t, nav, pane, "enter")
	t.Cleanup(nav.Pushed[0].Close)
	viewtest.Settle(nav.Pushed[0])
	return nav.Pushed[0], nav
}

// TestTheFourQuestionsOnScreen: which consumer, why, since when, and is it only this queue.
func TestTheFourQuestionsOnScreen(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {200, 50}} {
		synctest.Test(t, func(t *testing.T) {
			screen, nav := openDescribed(t, incident())
			viewtest.Shows(t, screen, "billing-worker", "10.0.0.7:40112", "10/10",
				"billing-worker and ", " hold as many messages as they may and ", "nothing done since", "(23m)", "not empty for more than",
				"Not only this queue: 1 of 3", "never empty at this rate", "away: rabbit@two")
			golden.Check(t, fmt.Sprintf("incident-%dx%d", size[0], size[1]), screen.Render(size[0], size[1]))
			viewtest.Press(t, nav, screen, "y")
			if len(nav.Copied) != 1 || nav.Copied[0] != "10.0.0.7:40112" {
				t.Errorf("copied %q", nav.Copied)
			}
			viewtest.Press(t, nav, screen, "right")
			viewtest.Shows(t, screen, "policy dead", "holds at most 500 messages")
			golden.Check(t, fmt.Sprintf("incident-settings-%dx%d", size[0], size[1]), screen.Render(size[0], size[1]))
			viewtest.Press(t, nav, screen, "right")
			viewtest.Shows(t, screen, "refunds", "none is delivered", "connection billing-w")
			viewtest.Press(t, nav, screen, "right")
			viewtest.Shows(t, screen, "Looking takes some out", "p takes a look")
			viewtest.Press(t, nav, screen, "p")
			viewtest.Shows(t, screen, "copies as of")
			viewtest.Press(t, nav, screen, "left")
			viewtest.Lacks(t, screen, "copies as of")
		})
	}
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		change      func(d *backends.QueueDetail)
		says, lacks string
	}{
		"nobody":        {func(d *backends.QueueDetail) { d.Readers, d.Consumers = nil, backends.ExactCount(0) }, "Nobody reads it", "as many"},
		"blocked":       {func(d *backends.QueueDetail) { d.Readers[0].State = "blocked" }, "billing-worker is blocked", "as many"},
		"only blocking": {func(d *backends.QueueDetail) { d.Readers[0].State = "blocking" }, "billing-worker and ", "is blocked"},
		"in any order":  {func(d *backends.QueueDetail) { slices.Reverse(d.Readers) }, "billing-worker and ", "is blocked"},
		"too slow":      {func(d *backends.QueueDetail) { d.AckRate = backends.ExactRate(1) }, "More comes than is done with", "as many"},
		"not full":      {func(d *backends.QueueDetail) { d.Readers[0].Unacked = backends.ExactCount(1) }, "There are consumers, and nothing is done", "as many"},
		"all wait":      {func(d *backends.QueueDetail) { d.Readers[0].Active, d.Readers[1].Active = false, false }, "wait for their turn", "as many"},
		"only this":     {func(d *backends.QueueDetail) { d.Company = nil }, "Only this queue: of 3", "Not only"},
		"partly seen":   {func(d *backends.QueueDetail) { d.Company, d.Compared = nil, 1 }, "1 have been looked at so far", "Only this"},
		"nothing wait":  {func(d *backends.QueueDetail) { d.Ready, d.Company = backends.ExactCount(0), nil }, "0 ready", "Only this"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := incident()
				c.change(&source.detail)
				screen, _ := openDescribed(t, source)
				viewtest.Shows(t, screen, c.says)
				viewtest.Lacks(t, screen, c.lacks)
			})
		})
	}
}

// TestADescribedQueueThatGoes: its last figures stay, with the time since when it is not there.
func TestADescribedQueueThatGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &described{Source: viewtest.RabbitMQ(), detail: backends.QueueDetail{Queue: backends.Queue{Name: "orders", Ready: backends.ExactCount(5)}}}
		screen, _ := openDescribed(t, source)
		viewtest.Shows(t, screen, "5 ready")
		viewtest.Lacks(t, screen, "not there since")
		source.gone.Store(true)
		time.Sleep(3 * time.Second)
		viewtest.Settle(screen)
		viewtest.Shows(t, screen, "not there since", "5 ready")
	})
}
