package topology_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views/viewtest"
)

// chain is a row of exchanges with a queue at its end, and the way of a message through all of them.
func chain(n int) (backends.Topology, backends.Route) {
	var (
		ways backends.Topology
		way  = backends.Route{Fate: backends.Delivered, Queues: []backends.RouteEnd{{Queue: "end", Sure: true}}}
	)
	name := func(i int) string { return fmt.Sprintf("stage-%02d", i) }
	for i := 1; i <= n; i++ {
		to := exchange(name(i + 1))
		if i == n {
			to = queue("end")
		}
		e := edge(name(i), to, -1, "#")
		ways.Exchanges = append(ways.Exchanges, backends.Channel{Name: name(i), Type: "topic", Subscribers: backends.ExactCount(1)})
		ways.Edges = append(ways.Edges, e)
		way.Stops = append(way.Stops, backends.RouteStop{
			Exchange: name(i), Type: "topic", Choice: backends.ToAll, Sure: true, Bindings: 1,
			Steps: []backends.RouteStep{{To: to, Way: backends.ByBinding, Sure: true, Bindings: e.Bindings}},
		})
	}
	ways.Queues = []backends.Queue{{Name: "end", Ready: backends.ExactCount(4), Consumers: backends.ExactCount(0)}}
	return ways, way
}

// A chain of exchanges is longer than a narrow screen is wide: the picture folds it, the way of a message is
// moved to the side.
func TestALongChainIsSeenToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ways, way := chain(12)
		r, nav, s := open(t, ways, exchange("stage-01"), "=", "k", "")
		defer s.Close()
		r.route = way
		for i := 1; i <= 12; i++ {
			viewtest.Shows(t, s, fmt.Sprintf("stage-%02d", i))
		}
		golden.Check(t, "chain-picture-80x24", s.Render(80, 24))
		viewtest.Press(t, nav, s, "d")
		if len(nav.Pushed) != 1 {
			t.Fatalf("toasts %q", nav.Toasts)
		}
		screen := nav.Pushed[0]
		text := func() string { return viewtest.Text(screen, 80, 24) }
		golden.Check(t, "chain-80x24", screen.Render(80, 24))
		if got := text(); !strings.Contains(got, "→ shows what goes on") {
			t.Errorf("at the left:\n%s", got)
		}
		viewtest.PressOnly(t, nav, screen, "left", "right")
		if got := text(); !strings.Contains(got, "← and → show") {
			t.Errorf("in the middle:\n%s", got)
		}
		viewtest.PressOnly(t, nav, screen, "right", "l", "right", "right")
		if got := text(); !strings.Contains(got, "← shows") || !strings.Contains(got, "stage-12 (topic)  1 of 1 binding matches") {
			t.Errorf("at the right:\n%s", got)
		}
		golden.Check(t, "chain-right-80x24", screen.Render(80, 24))
		if wide := viewtest.Text(screen, 200, 24); strings.Contains(wide, "←") || !strings.Contains(wide, " stage-01 (topic)") {
			t.Errorf("where there is room:\n%s", wide)
		}
	})
}
