package topology_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/views/topology"
	"bustop/views/viewtest"
)

// meter is a source whose server counts on ways.
type meter struct {
	*router
	shown []backends.Target
}

func (m *meter) Roles() backends.Roles {
	roles := m.router.Roles()
	roles.Channels = m
	return roles
}

func (m *meter) MeasureWays(_ context.Context, t backends.Topology, shown []backends.Target) backends.Topology {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shown = shown
	t.Edges, t.Subscribers = slices.Clone(t.Edges), slices.Clone(t.Subscribers)
	for i, e := range t.Edges {
		switch {
		case e.From.Name != "orders":
		case e.To.Name == "billing":
			t.Edges[i].Rate = backends.ExactRate(7)
		case e.To.Name == "audit":
			t.Edges[i].Rate = backends.Rate{Value: 6, Certainty: backends.AtLeast}
		}
	}
	for i, c := range t.Subscribers {
		if c.Queue == "billing" {
			t.Subscribers[i].Rate = backends.ExactRate(float64(i) + 2.5)
		}
	}
	t.Direct = map[string]backends.Rate{"unheard of": backends.ExactRate(3.5)}
	t.Publishers = []backends.Publisher{
		{Exchange: "orders", Client: "10.0.0.1:4001", Rate: backends.ExactRate(2)},
		{Exchange: "orders", Client: "10.0.0.1:4002", Rate: backends.ExactRate(9)},
		{Exchange: "orders", Client: "10.0.0.1:4003", Rate: backends.ExactRate(1)},
	}
	return t
}

// TestMeasuredWays: what the server counted has no "~", several bindings share it, and nothing is asked of
// what is not drawn.
func TestMeasuredWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &meter{router: &router{Source: viewtest.RabbitMQ(), ways: shop()}}
		d, nav := viewtest.Deps(t, true, m)
		s := topology.New(d, m, backends.Target{})
		defer s.Close()
		viewtest.Settle(s)
		viewtest.Shows(t, s, " 7.0/s ─▶ billing", " ~4.0/s ─▶ mail", "≥6.0/s ─▶ audit", "2.5/s ─▶ billing-0", "3.5/s ─▶ billing-1")
		s.Render(120, 12)
		viewtest.Press(t, nav, s, "r")
		if !slices.Contains(m.shown, exchange("dlx")) || !slices.Contains(m.shown, queue("billing")) ||
			slices.ContainsFunc(m.shown, func(t backends.Target) bool { return t.Name == "wide" || t.Name == "swallow" }) {
			t.Errorf("of ten lines were measured %v", m.shown)
		}
		for range 20 {
			if viewtest.Press(t, nav, s, "right", "down"); viewtest.Has(s, "queue billing") {
				break
			}
		}
		viewtest.Shows(t, s, "way from orders by order.*, refund.#", "7.0/s over its 2 bindings together, counted by the server")
		viewtest.Press(t, nav, s, "left")
		viewtest.Shows(t, s, "10.0.0.1:4002 9.0/s, 10.0.0.1:4001 2.0/s, +1")
		viewtest.Press(t, nav, s, "/")
		for _, key := range []string{"u", "n", "h", "e", "a", "r", "d", "enter"} {
			viewtest.Press(t, nav, s, key)
		}
		viewtest.Shows(t, s, "3.5/s ╌▶ unheard of")
		viewtest.Press(t, nav, s, "esc", "v", "home")
		s.Render(120, 12)
		viewtest.Press(t, nav, s, "r")
		if !slices.Contains(m.shown, exchange("dlx")) || slices.Contains(m.shown, exchange("wide")) {
			t.Errorf("of ten rows were measured %v", m.shown)
		}
	})
}
