package streams_test

import (
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/views/streams"
	"bustop/views/viewtest"
)

func TestRowsTellTheWorstLag(t *testing.T) {
	for _, c := range []struct {
		name string
		lags []backends.Count
		want string
	}{
		{"none", nil, "–"},
		{"unknown", []backends.Count{{}}, "–"},
		{"worst", []backends.Count{backends.ExactCount(3), backends.CountAtLeast(4100), {}}, "≥4.1k"},
		{"kept up", []backends.Count{backends.ExactCount(0)}, "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := viewtest.Redis()
				s := backends.Stream{Name: "s", Length: backends.ExactCount(9)}
				for _, lag := range c.lags {
					s.Groups = append(s.Groups, backends.Group{Name: "g", Lag: lag})
				}
				source.StreamPage.Items = []backends.Stream{s}
				d, _ := viewtest.Deps(t, true, source)
				pane := streams.New(d)
				defer pane.Close()
				viewtest.Settle(pane)
				viewtest.Shows(t, pane, "1 stream ", " "+c.want+" ")
			})
		})
	}
}

func TestAStreamIsFollowedWithItsGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		d, nav := viewtest.Deps(t, true, source)
		pane := streams.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "enter")
		screen := nav.Pushed[0]
		defer screen.Close()
		viewtest.Settle(screen)
		// The four messages are in the history and in the tail, and shown once.
		viewtest.Shows(t, screen, "100k entries", "250k ever", "from 1-0", "billing", "billing-1 (3, 1s)", "reports", "≥4.1k", "● live", "▌ 00:00:00.000 4-0")
		viewtest.Press(t, nav, screen, "up", "up", "up")
		viewtest.Shows(t, screen, "▌ 00:00:00.000 1-0")
		viewtest.Press(t, nav, screen, "enter")
		if len(nav.Pushed) != 2 || nav.Pushed[1].Title() != "message 1-0" {
			t.Fatalf("%d screens", len(nav.Pushed))
		}
		viewtest.Shows(t, nav.Pushed[1], "msgpack", "name: Anna")
	})
}

func TestAStreamOpensWhenItsServerIsBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		reason backends.Reason
		itself bool
	}{
		{"away", backends.Unreachable, true},
		{"denied", backends.Denied, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := viewtest.Redis()
				d, nav := viewtest.Deps(t, true, source)
				pane := streams.New(d)
				defer pane.Close()
				viewtest.Settle(pane)
				source.Fail(&backends.Error{Reason: c.reason, What: "it does not let us in"})
				viewtest.Press(t, nav, pane, "enter")
				screen := nav.Pushed[0]
				defer screen.Close()
				viewtest.Settle(screen)
				viewtest.Shows(t, screen, "it does not let us in")
				source.Fail(nil)
				for range 3 {
					time.Sleep(3 * time.Second)
					viewtest.Settle(screen)
				}
				if c.itself {
					viewtest.Shows(t, screen, "● live")
					viewtest.Lacks(t, screen, "let us in")
					return
				}
				viewtest.Shows(t, screen, "it does not let us in")
				viewtest.Press(t, nav, screen, "r")
				viewtest.Shows(t, screen, "● live")
			})
		})
	}
}

// Names that begin alike stay apart where there is no room for all of them.
func TestLongNamesDifferAtTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		source.StreamPage.Items = nil
		for _, name := range viewtest.LongNames() {
			source.StreamPage.Items = append(source.StreamPage.Items, backends.Stream{Name: name, Length: backends.ExactCount(1)})
		}
		d, _ := viewtest.Deps(t, true, source)
		pane := streams.New(d)
		defer pane.Close()
		viewtest.TellsLongNamesApart(t, pane)
	})
}
