package keys

import (
	"errors"
	"testing"
	"testing/synctest"

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
