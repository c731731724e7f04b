package topology_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"bustop/backends"
	"bustop/views/viewtest"
)

func TestWhereAMessageGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, nav, s := open(t, shop(), exchange("orders"), "=", "order.eu.1", `tenant=7, "n"="7", CC=order.x, f=1.5, b=true`)
		defer s.Close()
		step := func(to backends.Target, way backends.Way, sure bool, keys ...string) backends.RouteStep {
			return backends.RouteStep{To: to, Way: way, Sure: sure, Bindings: edge("", to, 0, keys...).Bindings}
		}
		back := step(exchange("orders"), backends.ByBinding, true, "")
		back.Again = true
		lost := step(exchange("nowhere"), backends.ByAlternate, true)
		lost.Missing = true
		r.route = backends.Route{
			Fate: backends.Delivered, Queues: []backends.RouteEnd{{Queue: "audit", Sure: true}, {Queue: "one"}, {Queue: "two"}},
			Notes: []string{"CC and BCC add 1 routing keys"},
			Stops: []backends.RouteStop{
				{Exchange: "orders", Type: "topic", Choice: backends.ToAll, Sure: true, Bindings: 7, Steps: []backends.RouteStep{
					step(queue("audit"), backends.ByBinding, true, "#", "order.*"), step(exchange("eu"), backends.ByBinding, true, "*.eu.*"),
					step(exchange("hash"), backends.ByBinding, true, "order.#"), step(exchange("void"), backends.ByBinding, true, "order.#"),
				}},
				{Exchange: "eu", Type: "fanout", Choice: backends.ToAll, Sure: true, Bindings: 1, Steps: []backends.RouteStep{back}},
				{Exchange: "hash", Type: "x-consistent-hash", Choice: backends.ToOne, Sure: true, Bindings: 2, Steps: []backends.RouteStep{
					step(queue("one"), backends.ByBinding, false, "1"), step(queue("two"), backends.ByBinding, false, "1"), lost,
				}},
				{Exchange: "void", Type: "direct", Choice: backends.ToAll, Sure: true, Bindings: 2},
			},
		}
		viewtest.Press(t, nav, s, "d")
		if len(nav.Pushed) != 1 {
			t.Fatalf("toasts %q", nav.Toasts)
		}
		want := map[string]any{"tenant": int64(7), "n": "7", "CC": []string{"order.x"}, "f": 1.5, "b": true}
		if !maps.EqualFunc(r.posted.Headers, want, func(a, b any) bool { return fmt.Sprintf("%T%v", a, a) == fmt.Sprintf("%T%v", b, b) }) {
			t.Errorf("headers %#v", r.posted.Headers)
		}
		way := nav.Pushed[0]
		if r.posted.Exchange != "orders" || r.posted.Key != "order.eu.1" {
			t.Errorf("posted %+v", r.posted)
		}
		drawn(t, "route", way)
		viewtest.Shows(
			t, way, "would go to audit, one?, two?", "5 of 7 bindings match", "#, order.* ─▶ queue audit", "passed already",
			"gives it to one of 2 bindings", "nowhere does not exist", "dropped, and there is no alternate exchange", `n="7"`,
		)
		first := fmt.Sprint(r.posted)
		viewtest.Press(t, nav, way, "d") // what was asked is preset
		if second := fmt.Sprint(r.posted); second != first {
			t.Errorf("asked %s and then %s", first, second)
		}
		nav.Pushed = nav.Pushed[:1]
		viewtest.Press(t, nav, way, "y", "end", "home", "enter")
		if len(nav.Copied) != 1 || !strings.Contains(nav.Copied[0], "queue audit") || len(nav.Pushed) != 2 {
			t.Errorf("copied %q, %d screens", nav.Copied, len(nav.Pushed))
		}
		nav.Pushed[1].Close()
		r.route = backends.Route{Fate: backends.Dropped, Stops: []backends.RouteStop{{Exchange: "", Type: "direct", Choice: backends.ToAll, Sure: true}}}
		viewtest.Press(t, nav, way, "r")
		viewtest.Shows(t, way, "would be dropped", "NO_ROUTE", "leads to each queue by its name")
		r.route.Fate, r.route.Queues = backends.Perhaps, []backends.RouteEnd{{Queue: "maybe"}}
		viewtest.Press(t, nav, way, "r")
		viewtest.Shows(t, way, "may go to maybe?")
	})
}

func TestHeadersAreChecked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, nav, s := open(t, shop(), exchange("orders"), "=", "=", "no value")
		defer s.Close()
		viewtest.Press(t, nav, s, "d")
		if len(nav.Pushed) != 0 || !slices.ContainsFunc(nav.Toasts, func(text string) bool { return strings.Contains(text, "name=value") }) {
			t.Errorf("toasts %q", nav.Toasts)
		}
		r.set(shop(), &backends.Error{Reason: backends.NotFound, Object: "x", What: "there is no such exchange"})
		viewtest.Press(t, nav, s, "d")
		if last := nav.Toasts[len(nav.Toasts)-1]; !strings.Contains(last, "no such exchange") {
			t.Errorf("toasts %q", nav.Toasts)
		}
	})
}
