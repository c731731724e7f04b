package keys

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/views"
	"bustop/views/viewtest"
)

// browse shows the pane and opens the second shape; keys are pressed at what is in front.
func browse(t *testing.T, change func(*viewtest.Source), do func(source *viewtest.Source, nav *viewtest.Nav, front func() views.Screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		source := viewtest.Redis()
		if change != nil {
			change(source)
		}
		deps, nav := viewtest.Deps(t, true, source)
		pane := New(deps)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "4 shapes", "session:#", "~812k", "40s–23h", "express session", "hash, string", "1h, never", "scanned 600k of 814k keys")
		front := func() views.Screen {
			if n := len(nav.Pushed); n > 0 {
				return nav.Pushed[n-1]
			}
			return pane
		}
		viewtest.Press(t, nav, pane, "down", "enter")
		do(source, nav, front)
	})
}

func TestPagesFollowTheMarker(t *testing.T) {
	browse(t, func(s *viewtest.Source) {
		for len(s.KeyRows) < 300 {
			k := s.KeyRows[0]
			k.Name += string(rune('a'+len(s.KeyRows)%26)) + string(rune('a'+len(s.KeyRows)/26))
			s.KeyRows = append(s.KeyRows, k)
		}
	}, func(_ *viewtest.Source, nav *viewtest.Nav, front func() views.Screen) {
		first, _ := front().(*shapeScreen).table.Len()
		if first < 20 || first > 60 {
			t.Errorf("%d keys are loaded for the first screen", first)
		}
		for range 60 {
			viewtest.Press(t, nav, front(), "end")
		}
		if all, _ := front().(*shapeScreen).table.Len(); all < 100 {
			t.Errorf("%d keys after the marker went down", all)
		}
		viewtest.Shows(t, front(), "of ~1.2k")
	})
}

// A name that is not loaded yet is searched for on the server, and the listing is as before when the search is dropped.
func TestNamesAreSearchedBeyondWhatIsLoaded(t *testing.T) {
	browse(t, func(s *viewtest.Source) {
		first := s.KeyRows[0]
		for i := range 300 {
			k := first
			k.Name = "user:" + strconv.Itoa(i) + ":cart"
			s.KeyRows = append(s.KeyRows, k)
		}
	}, func(_ *viewtest.Source, nav *viewtest.Nav, front func() views.Screen) {
		screen := front().(*shapeScreen)
		viewtest.Lacks(t, screen, "user:287:cart")
		viewtest.Press(t, nav, screen, "/", "287", "enter")
		for range 40 {
			viewtest.Settle(screen)
		}
		viewtest.Shows(t, screen, "user:287:cart", "1 key", "/287", "all")
		viewtest.Press(t, nav, screen, "esc")
		viewtest.Shows(t, screen, "user:ann:cart", "of ~1.2k")
		viewtest.Press(t, nav, screen, "/", "!user", "enter")
		viewtest.Shows(t, screen, "among those loaded")
		viewtest.Press(t, nav, screen, "esc", "r")
		viewtest.Shows(t, screen, "user:ann:cart")
	})
}

func TestTheTimeLeftRunsDown(t *testing.T) {
	browse(t, func(s *viewtest.Source) {
		s.KeyRows[0].NoExpiry, s.KeyRows[0].TTL = false, backends.ExactSpan(90*time.Second)
	}, func(_ *viewtest.Source, _ *viewtest.Nav, front func() views.Screen) {
		screen := front()
		for _, want := range []string{"1m", "30s", "expired"} {
			viewtest.Shows(t, screen, want)
			time.Sleep(60 * time.Second)
			viewtest.Settle(screen)
		}
	})
}

func TestAKeyOpensPageByPage(t *testing.T) {
	browse(t, nil, func(_ *viewtest.Source, nav *viewtest.Nav, front func() views.Screen) {
		viewtest.Shows(t, front(), "2 keys", "all", "listpack", "user:ann:cart")
		viewtest.Press(t, nav, front(), "enter")
		if len(nav.Asked) != 1 || nav.Asked[0].Target.Name != "user:ann:cart" {
			t.Fatalf("asked %+v", nav.Asked)
		}
		viewtest.Shows(t, front(), "hash", "3 elements", "3 loaded, n loads more", "sku-1", "msgpack", "Anna", "gift")
		viewtest.Press(t, nav, front(), "n")
		viewtest.Lacks(t, front(), "loads more")
		viewtest.Press(t, nav, front(), "enter")
		viewtest.Shows(t, front(), "Anna")
	})
}

func TestEffectsAreSaid(t *testing.T) {
	browse(t, func(s *viewtest.Source) { s.Plan.Effects = []string{"Reading counts as a use of the key."} },
		func(_ *viewtest.Source, nav *viewtest.Nav, front func() views.Screen) {
			viewtest.Press(t, nav, front(), "enter")
			viewtest.Shows(t, front(), "Reading counts as a use of the key.")
		})
}

func TestARefusedKeyIsNotOpened(t *testing.T) {
	browse(t, func(s *viewtest.Source) { s.Plan = backends.Plan{Consent: backends.Refused} },
		func(_ *viewtest.Source, nav *viewtest.Nav, front func() views.Screen) {
			viewtest.Press(t, nav, front(), "enter")
			viewtest.Shows(t, front(), "opening …")
		})
}

func TestFailuresAreShown(t *testing.T) {
	browse(t, nil, func(source *viewtest.Source, nav *viewtest.Nav, front func() views.Screen) {
		source.Fail(errors.New("no permission: HSCAN"))
		viewtest.Press(t, nav, front(), "enter")
		viewtest.Shows(t, front(), "no permission: HSCAN")
	})
}
