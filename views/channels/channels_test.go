package channels_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/views/channels"
	"bustop/views/viewtest"
)

func TestAPatternIsWatchedOnTheSourceThatHasIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rabbit, redis := viewtest.RabbitMQ(), viewtest.Redis()
		rabbit.ChannelPage.Items = []backends.Channel{{Name: "amq.topic", Type: "topic"}} // selected: "a" sorts first
		rabbit.Fail(&backends.Error{Reason: backends.NotFound, What: "there is no exchange of that name"})
		d, nav := viewtest.Deps(t, true, rabbit, redis)
		pane := channels.New(d)
		defer pane.Close()
		viewtest.Settle(pane)

		viewtest.Press(t, nav, pane, "p") // answered with nothing: nothing is watched
		if len(nav.Pushed)+len(nav.Toasts)+len(nav.Asked) != 0 {
			t.Fatalf("an empty name does something: %+v", nav)
		}
		nav.Answer = "price.*"
		viewtest.Press(t, nav, pane, "p")
		if len(nav.Pushed) != 1 || len(nav.Toasts) != 0 {
			t.Fatalf("toasts %q, screens %d", nav.Toasts, len(nav.Pushed))
		}
		defer nav.Pushed[0].Close()
		if got := nav.Asked[0].Target; got != (backends.Target{Kind: backends.KindChannel, Name: "price.*"}) {
			t.Errorf("asked for %v", got)
		}
		viewtest.Settle(nav.Pushed[0])
		viewtest.Shows(t, nav.Pushed[0], "● live", "4 seen", "msgpack")
		if title := nav.Pushed[0].Title(); title != "channel/price.*" {
			t.Errorf("the title is %q", title)
		}
	})
}

func TestNoSourceHasThePattern(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rabbit := viewtest.RabbitMQ()
		rabbit.Fail(&backends.Error{Reason: backends.NotFound, Object: "price.*", What: "there is no such exchange"})
		d, nav := viewtest.Deps(t, true, rabbit)
		pane := channels.New(d)
		defer pane.Close()
		nav.Answer = "price.*"
		viewtest.Press(t, nav, pane, "p")
		if len(nav.Toasts) != 1 || nav.Toasts[0] != "price.*: there is no such exchange" {
			t.Errorf("toasts: %q", nav.Toasts)
		}

		none, nav := viewtest.Deps(t, true)
		viewtest.Press(t, nav, channels.New(none), "p")
		if len(nav.Toasts) != 1 || nav.Toasts[0] != "no open source has channels" {
			t.Errorf("toasts: %q", nav.Toasts)
		}
	})
}

func TestOpeningAsksByWhatTheRowIs(t *testing.T) {
	for _, c := range []struct {
		kind    string
		consent backends.Consent
		target  backends.Kind
		opens   bool
	}{
		{"channel", backends.Free, backends.KindChannel, true},
		{"pattern", backends.Free, backends.KindChannel, true},
		{"shard", backends.Free, backends.KindChannel, true},
		{"topic", backends.Confirm, backends.KindExchange, true},
		{"x-consistent-hash", backends.Refused, backends.KindExchange, false},
	} {
		t.Run(c.kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := viewtest.Redis()
				source.ChannelPage.Items = []backends.Channel{{
					Name: "x", Type: c.kind, InRate: backends.ExactRate(2),
					Bindings: []backends.Binding{{Destination: backends.Target{Kind: backends.KindQueue, Name: "work"}, RoutingKey: "a.*"}},
				}}
				source.Plan = backends.Plan{Consent: c.consent, Effects: []string{"Why."}}
				d, nav := viewtest.Deps(t, true, source)
				pane := channels.New(d)
				defer pane.Close()
				viewtest.Settle(pane)
				viewtest.Shows(t, pane, "1 channel ", "work [a.*]", "2.0/s")
				viewtest.Lacks(t, pane, "IN –")
				viewtest.Press(t, nav, pane, "y")
				if len(nav.Copied) != 1 || nav.Copied[0] != "x" {
					t.Errorf("copied %q", nav.Copied)
				}
				viewtest.Press(t, nav, pane, "enter")
				want := backends.Target{Kind: c.target, Name: "x"}
				if len(nav.Asked) != 1 || nav.Asked[0].Target != want || nav.Asked[0].Effects[0] != "Why." {
					t.Errorf("asked: %+v", nav.Asked)
				}
				if got := len(nav.Pushed) == 1; got != c.opens {
					t.Errorf("it opens: %v", got)
				}
				for _, s := range nav.Pushed {
					s.Close()
				}
			})
		})
	}
}

// mixer is a source that can watch several channels at once.
type mixer struct {
	*viewtest.Source
	looks []backends.Look
}

func (m *mixer) Roles() backends.Roles {
	roles := m.Source.Roles()
	roles.Channels = m
	return roles
}

func (m *mixer) PlanTap(_ context.Context, target backends.Target) (backends.Plan, error) {
	plan := backends.Plan{Target: target, Consent: backends.Free}
	if target.Name == "*" {
		plan.Consent, plan.Effects = backends.Confirm, []string{"Everything comes."}
	}
	return plan, nil
}

func (m *mixer) TapAll(ctx context.Context, looks []backends.Look) (*backends.Tail, error) {
	m.looks = looks
	return m.Tap(ctx, looks[0])
}

func TestSeveralAreWatchedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &mixer{Source: viewtest.Redis()}
		source.ChannelPage.Items = []backends.Channel{
			{Name: "a", Type: "channel", Heard: true, InRate: backends.ExactRate(2), ByteRate: backends.ExactRate(2048)},
			{Name: "b", Type: "channel", Use: "Celery events of workers and tasks"},
			{Name: "c", Type: "channel"},
		}
		d, nav := viewtest.Deps(t, true, source)
		pane := channels.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Shows(t, pane, "2.0 KiB", "Celery events", "IN –: Redis keeps no count; it is known while you watch")
		viewtest.Press(t, nav, pane, "x", "down", "x", "x", "down", "x")
		viewtest.Shows(t, pane, "▪ a", "▪ c")
		viewtest.Lacks(t, pane, "▪ b")
		viewtest.Press(t, nav, pane, "enter")
		var names []string
		for _, l := range source.looks {
			names = append(names, l.Target.Name)
		}
		if !slices.Equal(names, []string{"a", "c"}) || len(nav.Pushed) != 1 || nav.Pushed[0].Title() != "channel/a c" {
			t.Errorf("watched %q, %d screens", names, len(nav.Pushed))
		}
		nav.Answer = "news.* *"
		viewtest.Press(t, nav, pane, "p")
		asked := nav.Asked[len(nav.Asked)-1]
		if asked.Consent != backends.Confirm || !slices.Equal(asked.Effects, []string{"*: Everything comes."}) || !source.looks[1].Confirmed {
			t.Errorf("asked %+v, looks %+v", asked, source.looks)
		}
		for _, s := range nav.Pushed {
			s.Close()
		}
	})
}

// router is a source whose exchanges have ways to show.
type router struct {
	*viewtest.Source
}

func (r *router) Roles() backends.Roles {
	roles := r.Source.Roles()
	roles.Channels = r
	return roles
}

func (*router) ReadTopology(context.Context, backends.Target) (backends.Topology, error) {
	return backends.Topology{}, nil
}

func (*router) Route(context.Context, backends.Posting) (backends.Route, error) {
	return backends.Route{}, nil
}

// TestAnExchangeOpensItsWays: Enter shows where it leads, w watches it; marked ones are watched.
func TestAnExchangeOpensItsWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &router{viewtest.RabbitMQ()}
		source.ChannelPage.Items = []backends.Channel{{Name: "orders", Type: "topic"}}
		d, nav := viewtest.Deps(t, true, source)
		pane := channels.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "enter", "v", "w", "x", "enter")
		var titles []string
		for _, s := range nav.Pushed {
			titles = append(titles, s.Title())
			s.Close()
		}
		if want := []string{"topology of exchange/orders", "topology", "exchange/orders", "exchange/orders"}; !slices.Equal(titles, want) {
			t.Errorf("opened %q", titles)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true, viewtest.Redis())
		pane := channels.New(d)
		defer pane.Close()
		viewtest.Settle(pane)
		viewtest.Press(t, nav, pane, "v")
		if len(nav.Pushed) != 0 || !slices.Equal(nav.Toasts, []string{"this source routes no messages"}) {
			t.Errorf("toasts %q", nav.Toasts)
		}
	})
}
