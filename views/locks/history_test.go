package locks_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/locks"
	"bustop/views/viewtest"
)

const (
	threadA = "8743c9c0-0795-4907-87fd-6c719a6b4586:31"
	threadB = "0b1ae9a5-53c5-4ef7-8a8a-0f1f6a0d3c11:7"
)

func stock(ttl time.Duration) backends.Lock {
	return backends.Lock{
		Name: "stock", Holder: threadA, TTL: backends.ExactSpan(ttl), Library: "redisson", Variant: "fair", Confidence: 0.98,
		Reentrancy: backends.ExactCount(2), Waiters: backends.ExactCount(2), Waiting: []string{threadB, viewtest.Hostile},
		Holders: []backends.LockHolder{{Token: threadA, Entered: backends.ExactCount(2)}}, Renewal: backends.Renewal{Part: 1. / 3},
		Tells:      []backends.Field{{Name: "client", Value: []byte(threadA[:36])}, {Name: "thread", Value: []byte("31")}},
		Companions: []backends.LockCompanion{{Name: "redisson_lock_queue:{stock}", Role: "waiters"}},
		Since:      viewtest.Start().Add(-90 * time.Second), Host: "web-1",
	}
}

// past lets a lock be renewed twice, miss a renewal and change hands, in the minute before now.
func past(role *lockRole) {
	at := time.Now().Add(-64 * time.Second)
	for i, left := range []int{30, 25, 20, 30, 25, 20, 30, 25, 20, 15, 10, 5, 0, 30, 25} {
		l := stock(time.Duration(left) * time.Second)
		if i > 12 {
			l.Holder, l.Holders = threadB, []backends.LockHolder{{Token: threadB}}
		}
		look := at.Add(time.Duration(i) * 4500 * time.Millisecond)
		role.log.Observe("stock", look, look, &l)
	}
}

func redlock(holder string, ttl time.Duration) backends.Lock {
	return backends.Lock{Name: "invoice", Holder: holder, TTL: backends.ExactSpan(ttl), Library: "redsync", Confidence: 0.85}
}

func threeServers() []*lockSource {
	forever := backends.Lock{Name: "pool", NoExpiry: true, Library: "redisson", Variant: "semaphore", Confidence: 0.5, Permits: backends.ExactCount(7)}
	return []*lockSource{
		newLockSource("redis://a:6379", stock(25*time.Second), redlock("3q2+7wABAgMEBQYHCAkKCw==", 8*time.Second), forever),
		newLockSource("redis://b:6379", redlock("3q2+7wABAgMEBQYHCAkKCw==", 7970*time.Millisecond)),
		newLockSource("redis://c:6379"),
	}
}

// onThree opens the pane on three servers.
func onThree(t *testing.T, do func(pane *locks.Pane, nav *viewtest.Nav, servers []*lockSource)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		servers := threeServers()
		past(servers[0].role)
		d, nav := viewtest.Deps(t, true, servers[0], servers[1], servers[2])
		pane := locks.New(d)
		viewtest.Settle(pane)
		do(pane, nav, servers)
		pane.Close()
		for _, s := range servers {
			if s.role.open != 0 {
				t.Errorf("%d watches are open on %s", s.role.open, s.Address)
			}
		}
	})
}

func TestLocksAreDrawnAsBefore(t *testing.T) {
	onThree(t, func(pane *locks.Pane, nav *viewtest.Nav, _ []*lockSource) {
		draw(t, "locks", pane)
		viewtest.Press(t, nav, pane, "end", "enter")
		detail := nav.Pushed[0]
		defer detail.Close()
		viewtest.Settle(detail)
		draw(t, "detail", detail)
	})
}

func draw(t *testing.T, name string, s views.Screen) {
	t.Helper()
	for _, size := range [][2]int{{80, 24}, {200, 50}} {
		golden.Check(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), s.Render(size[0], size[1]))
	}
}

func TestALockOfSeveralServers(t *testing.T) {
	onThree(t, func(pane *locks.Pane, nav *viewtest.Nav, servers []*lockSource) {
		screen := viewtest.Text(pane, 200, 30)
		if n := strings.Count(screen, "2/3"); n != 2 {
			t.Errorf("%d rows with a quorum of 2/3:\n%s", n, screen)
		}
		if !slices.Contains(servers[0].role.shown, "stock") || len(servers[0].role.shown) != 3 {
			t.Errorf("said to be on screen: %q", servers[0].role.shown)
		}
		viewtest.Press(t, nav, pane, "home", "enter")
		detail := nav.Pushed[0]
		defer detail.Close()
		viewtest.Settle(detail)
		viewtest.Shows(t, detail, "2 of 3 servers agree, their ends 30ms apart")
	})
}

func TestTheHistoryOfALock(t *testing.T) {
	onThree(t, func(pane *locks.Pane, nav *viewtest.Nav, _ []*lockSource) {
		if screen := viewtest.Text(pane, 200, 30); !strings.Contains(screen, "handed over 5s") {
			t.Errorf("the list lacks the last event:\n%s", screen)
		}
		viewtest.Press(t, nav, pane, "end", "enter")
		detail := nav.Pushed[0]
		defer detail.Close()
		viewtest.Settle(detail)
		screen := viewtest.Text(detail, 200, 60)
		for _, want := range []string{
			"found held", "renewed  8743c9c0…:31  with 30s  between two looks 4.5 s apart", "renewal missed", "handed over", "8743c9c0…:31 → 0b1ae9a5…:7",
			"renewed 2 times, 2 missed", "1  " + threadB, "redisson_lock_queue:{stock}", "host  web-1", "thread  31", "by the holder's clock, 1m30s ago",
		} {
			if !strings.Contains(screen, want) {
				t.Errorf("the detail lacks %q:\n%s", want, screen)
			}
		}
		viewtest.Text(detail, 100, 30) // so that it knows what does not fit
		viewtest.Press(t, nav, detail, "end")
		viewtest.Shows(t, detail, "found held")
	})
}

func TestWhoTriesToTakeALock(t *testing.T) {
	onThree(t, func(pane *locks.Pane, nav *viewtest.Nav, servers []*lockSource) {
		for i := range 5 {
			client := fmt.Sprintf("10.0.0.%d:4711", 1+i%2)
			servers[0].role.attempts = append(servers[0].role.attempts, backends.Message{Route: client, Body: []byte("SET … NX PX 30000"), Time: time.Now()})
		}
		viewtest.Press(t, nav, pane, "end", "enter")
		detail := nav.Pushed[0]
		defer detail.Close()
		viewtest.Press(t, nav, detail, "c")
		if len(nav.Asked) != 1 || nav.Asked[0].Consent != backends.Confirm {
			t.Fatalf("asked: %+v", nav.Asked)
		}
		viewtest.Shows(t, detail, "monitoring the server for 0s", "10.0.0.1:4711", "3 attempts", "10.0.0.2:4711", "2 attempts", "SET … NX PX 30000")
		viewtest.Press(t, nav, detail, "c")
		if len(nav.Asked) != 1 {
			t.Error("a second look beside the first")
		}
		time.Sleep(11 * time.Second)
		viewtest.Settle(detail)
		viewtest.Shows(t, detail, "ended after 10s", "3 attempts")
	})
}
