package locks_test

import (
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/views/locks"
	"bustop/views/viewtest"
)

// lockOf is a source with one lock, read once: its source is slow to be asked again.
func lockOf(l backends.Lock) *viewtest.Source {
	source := viewtest.Redis()
	source.Pace().SetEvery(time.Hour)
	source.LockPage = backends.Page[backends.Lock]{Items: []backends.Lock{l}, Total: backends.ExactCount(1)}
	return source
}

func TestTheTimeLeftDrainsWithTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := lockOf(backends.Lock{Name: "lock:a", Holder: "w", TTL: backends.ExactSpan(24 * time.Second), Library: "redis-py"})
		d, nav := viewtest.Deps(t, true, source)
		pane := locks.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		for _, step := range []struct {
			wait time.Duration
			want string
		}{
			{0, "24s  ████████████"},
			{12 * time.Second, "12s  ██████░"},
			{6 * time.Second, "6.0s  ███░"},
			{5500 * time.Millisecond, "0.5s"},
			{time.Second, "over"},
		} {
			time.Sleep(step.wait)
			if !pane.Sync(time.Now()) && step.wait > 0 {
				t.Errorf("after %v more nothing is to be drawn", step.wait)
			}
			viewtest.Shows(t, pane, "1 lock ", step.want)
		}
		viewtest.Press(t, nav, pane, "enter")
		detail := nav.Pushed[0]
		defer detail.Close()
		viewtest.Shows(t, detail, "now, unless it has been renewed")
	})
}

func TestWhatIsLeftOfALock(t *testing.T) {
	for _, c := range []struct {
		name   string
		lock   backends.Lock
		row    []string
		detail []string
	}{
		{"no end", backends.Lock{NoExpiry: true, Confidence: 0.4}, []string{"no end", "probable 0.4"}, []string{"never: whoever holds it", "confidence 0.40"}},
		{"unknown", backends.Lock{Library: "Redisson"}, []string{"–", "Redisson"}, []string{"expires  –"}},
		{
			"entered once",
			backends.Lock{TTL: backends.ExactSpan(time.Minute), Reentrancy: backends.ExactCount(1), Waiters: backends.ExactCount(4), Mode: "read"},
			[]string{"1m0s", "4"},
			[]string{"in 1m0s", "entered  1 time", "waiters  4", "mode  read"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.lock.Name, c.lock.Holder = "lock:a", "worker-3"
				d, nav := viewtest.Deps(t, true, lockOf(c.lock))
				pane := locks.New(d)
				defer pane.Close()
				viewtest.Settle(pane)
				viewtest.Shows(t, pane, append(c.row, "worker-3")...)
				viewtest.Press(t, nav, pane, "enter")
				detail := nav.Pushed[0]
				defer detail.Close()
				viewtest.Shows(t, detail, append(c.detail, "holder  worker-3")...)
				viewtest.Press(t, nav, detail, "y")
				if len(nav.Copied) != 1 || nav.Copied[0] != "worker-3" {
					t.Errorf("copied %q", nav.Copied)
				}
			})
		})
	}
}

func TestADetailStaysLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		d, nav := viewtest.Deps(t, true, source)
		pane := locks.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "/", "order:17", "enter", "enter")
		detail := nav.Pushed[0]
		defer detail.Close()
		viewtest.Settle(detail)
		viewtest.Shows(t, detail, "in 25s")
		time.Sleep(3 * time.Second) // renewed meanwhile: it is read again and has its 25 s
		viewtest.Settle(detail)
		viewtest.Shows(t, detail, "in 2", "0s ago")
		viewtest.Lacks(t, detail, "in 22s")
		source.SetLocks(backends.Page[backends.Lock]{})
		time.Sleep(3 * time.Second)
		viewtest.Settle(detail)
		viewtest.Shows(t, detail, "not held any more since 00:00:0")
		source.Fail(&backends.Error{Reason: backends.Unreachable, What: "connection refused"})
		time.Sleep(3 * time.Second)
		viewtest.Settle(detail)
		viewtest.Shows(t, detail, "connection refused", "worker-3")
	})
}

// Names that begin alike stay apart where there is no room for all of them.
func TestLongNamesDifferAtTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.LockPage.Items = nil
		for _, name := range viewtest.LongNames() {
			source.LockPage.Items = append(source.LockPage.Items, backends.Lock{Name: name, Holder: name})
		}
		d, _ := viewtest.Deps(t, true, source)
		pane := locks.New(d)
		defer pane.Close()
		viewtest.TellsLongNamesApart(t, pane)
	})
}
