package views_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/ui"
	"bustop/views"
	"bustop/views/keys"
	"bustop/views/leaderboards"
	"bustop/views/locks"
	"bustop/views/queues"
	"bustop/views/streams"
	"bustop/views/viewtest"
)

// ruled is a source each of whose rows was recognised by a rule.
func ruled(profile string) *viewtest.Source {
	s := viewtest.Redis()
	s.QueuePage.Items = []backends.Queue{{Name: "orders", Type: "list", Profile: profile}}
	s.LockPage.Items = []backends.Lock{{Name: "orders", Holder: "x", NoExpiry: true, Profile: profile}}
	s.LeaderboardPage.Items[0].Profile = profile
	s.StreamPage.Items[0].Profile = profile
	s.ShapePage.Items = []backends.KeyShape{{Form: "orders:#", Profile: profile}}
	return s
}

func panesOfRows() map[string]func(*views.Deps) views.Screen {
	return map[string]func(*views.Deps) views.Screen{
		"queues":       func(d *views.Deps) views.Screen { return queues.New(d) },
		"locks":        func(d *views.Deps) views.Screen { return locks.New(d) },
		"leaderboards": func(d *views.Deps) views.Screen { return leaderboards.New(d) },
		"streams":      func(d *views.Deps) views.Screen { return streams.New(d) },
		"keys":         func(d *views.Deps) views.Screen { return keys.New(d) },
	}
}

func switchOffKey(s views.Screen) (ui.Binding, bool) {
	i := slices.IndexFunc(s.Bindings(), func(b ui.Binding) bool { return slices.Contains(b.Keys, "x") })
	if i < 0 {
		return ui.Binding{}, false
	}
	return s.Bindings()[i], true
}

// In every pane of rows, and in what a row opens, the same key forgets the rule that recognised it.
func TestAWrongRuleIsOneKeyFromOff(t *testing.T) {
	const rule = "redisson fair"
	for name, open := range panesOfRows() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := ruled(rule)
				d, nav := viewtest.Deps(t, false, s)
				pane := open(d)
				defer pane.Close()
				viewtest.Settle(pane)
				if b, _ := switchOffKey(pane); b.Hint != "not "+rule || b.Help != "not "+rule+": forget the rule until the end" {
					t.Fatalf("the key is for %q, %q", b.Hint, b.Help)
				}
				viewtest.Press(t, nav, pane, "x", "enter")
				screen := nav.Pushed[0]
				defer screen.Close()
				viewtest.Settle(screen)
				viewtest.Press(t, nav, screen, "x")
				said := rule + " is not recognised any more; profiles: [{off: " + rule + "}] in the config keeps it so"
				if !slices.Equal(s.Off(), []string{rule, rule}) || !slices.Equal(nav.Toasts, []string{said, said}) || len(nav.Pushed) != 0 {
					t.Errorf("off %q, said %q, %d screens", s.Off(), nav.Toasts, len(nav.Pushed))
				}
			})
		})
	}
}

// What only a key's type tells cannot be switched off, and a rule of the person's own is in the config.
func TestRulesThatAreNotBuiltIn(t *testing.T) {
	for name, open := range panesOfRows() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for _, profile := range []string{"", "list", "own"} {
					s := ruled(profile)
					d, nav := viewtest.Deps(t, false, s)
					pane := open(d)
					viewtest.Settle(pane)
					_, there := switchOffKey(pane)
					if there != (profile == "own") {
						t.Errorf("%q has a key: %v", profile, there)
					}
					if there {
						viewtest.Press(t, nav, pane, "x")
						if want := []string{"own is not recognised any more; to keep it so, take it out of the profiles in the config"}; !slices.Equal(nav.Toasts, want) {
							t.Errorf("said %q", nav.Toasts)
						}
					}
					pane.Close()
				}
			})
		})
	}
}
