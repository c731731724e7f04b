package topology_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/topology"
	"bustop/views/viewtest"
)

// router is a source that knows ways.
type router struct {
	*viewtest.Source
	mu     sync.Mutex
	ways   backends.Topology
	route  backends.Route
	fault  error
	posted backends.Posting
	around backends.Target
}

func (r *router) Roles() backends.Roles {
	roles := r.Source.Roles()
	roles.Channels = r
	return roles
}

func (r *router) ReadTopology(_ context.Context, around backends.Target) (backends.Topology, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.around = around
	return r.ways, r.fault
}

func (r *router) Route(_ context.Context, p backends.Posting) (backends.Route, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.posted = p
	out := r.route
	out.Posting = p
	return out, r.fault
}

func (r *router) set(ways backends.Topology, fault error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ways, r.fault = ways, fault
}

func exchange(name string) backends.Target {
	return backends.Target{Kind: backends.KindExchange, Name: name}
}

func queue(name string) backends.Target {
	return backends.Target{Kind: backends.KindQueue, Name: name}
}

// edge is a binding with its keys.
func edge(from string, to backends.Target, rate float64, keys ...string) backends.Edge {
	e := backends.Edge{From: exchange(from), To: to, Way: backends.ByBinding}
	for _, key := range keys {
		e.Bindings = append(e.Bindings, backends.Binding{Destination: to, RoutingKey: key})
	}
	if rate >= 0 {
		e.Rate = backends.Rate{Value: rate, Certainty: backends.About}
	}
	return e
}

// shop is a topology with one of everything.
func shop() backends.Topology {
	exact := backends.ExactRate
	count := backends.ExactCount
	ways := backends.Topology{
		Exchanges: []backends.Channel{
			{Name: "amq.default", Type: "direct", Flags: []string{"durable", "default"}, InRate: exact(0)},
			{Name: "amq.match", Type: "headers"},
			{Name: "dlx", Type: "fanout"},
			{Name: "eu", Type: "fanout", Alternate: "nowhere"},
			{Name: "orders", Type: "topic", InRate: exact(12.5), OutRate: exact(25), Alternate: "dlx", Flags: []string{"durable"}},
			{Name: "swallow", Type: "direct", InRate: exact(3)},
			{Name: "wide", Type: "direct", InRate: exact(40)},
		},
		Queues: []backends.Queue{
			{Name: "audit", Type: "classic", Ready: count(4100), Consumers: count(0), InRate: exact(12.5)},
			{Name: "billing", Type: "quorum", Ready: count(17), Unacked: count(5), Consumers: count(5), InRate: exact(8), OutRate: exact(7.5), DeadLetterExchange: "dlx"},
			{Name: "dead", Type: "classic", Ready: count(3), Consumers: count(0)},
			{Name: "mail", Type: "classic", Ready: count(0), Consumers: count(1), OutRate: exact(4)},
			{Name: "tasks", Type: "classic", Ready: count(0), Consumers: count(2)},
			{Name: "unheard of"},
			{
				Name: "wait.5s", Type: "classic", Ready: count(2), Consumers: count(0), DeadLetterExchange: "orders",
				Arguments: []backends.Field{{Name: "x-message-ttl", Value: []byte("5000")}},
			},
			{Name: viewtest.Hostile, Type: "classic", Ready: count(1), Consumers: count(0), DeadLetterExchange: "nothing"},
		},
		Edges: []backends.Edge{
			edge("dlx", queue("dead"), -1, ""),
			edge("eu", queue("audit"), -1, ""),
			{From: exchange("eu"), To: exchange("nowhere"), Way: backends.ByAlternate, Broken: true},
			edge("orders", queue("audit"), -1, "#"),
			edge("orders", queue("billing"), 8, "order.*", "refund.#"),
			edge("orders", queue("mail"), 4, "order.paid"),
			edge("orders", exchange("eu"), -1, "*.eu.*"),
			{From: exchange("orders"), To: exchange("dlx"), Way: backends.ByAlternate},
			{From: queue("billing"), To: exchange("dlx"), Way: backends.ByDeath},
			{From: queue("wait.5s"), To: exchange("orders"), Way: backends.ByDeath},
			{From: queue(viewtest.Hostile), To: exchange("nothing"), Way: backends.ByDeath, Broken: true},
		},
		Flaws: []backends.Flaw{
			{Target: exchange("eu"), Severity: backends.Warning, Rule: "no alternate exchange", Text: "The alternate exchange nowhere does not exist: what no binding matches is dropped."},
			{Target: exchange("swallow"), Severity: backends.Warning, Rule: "black hole", Text: "3.0 messages a second are published here and nothing is bound: they are dropped, or returned to publishers that set mandatory."},
			{Target: queue("audit"), Severity: backends.Warning, Rule: "grows unread", Text: "12.5 messages a second more wait here and there is no consumer."},
			{Target: queue("dead"), Severity: backends.Info, Rule: "nobody reads", Text: "Bindings lead here from dlx, and there is no consumer."},
			{Target: queue("wide.44"), Severity: backends.Info, Rule: "nobody reads", Text: "Bindings lead here from wide, and there is no consumer."},
		},
	}
	for i := range 5 {
		ways.Subscribers = append(ways.Subscribers, backends.Subscriber{Queue: "billing", Tag: fmt.Sprintf("billing-%d", i), Client: "10.0.0.4:5000" + fmt.Sprint(i), Waiting: i == 2})
	}
	ways.Subscribers = append(
		ways.Subscribers,
		backends.Subscriber{Queue: "mail", Tag: "mailer", Client: "10.0.0.9:41000", Rate: backends.Rate{Value: 4, Certainty: backends.About}},
	)
	for i := range 45 {
		name := fmt.Sprintf("wide.%02d", i)
		ways.Queues = append(ways.Queues, backends.Queue{Name: name, Type: "classic", Ready: count(int64(i)), Consumers: count(1)})
		ways.Edges = append(ways.Edges, edge("wide", queue(name), 1, fmt.Sprint(i)))
	}
	return ways
}

// answers are given to prompts in turn, the last again and again; "=" takes what is preset.
type answers struct {
	*viewtest.Nav
	list []string
}

func (a *answers) Prompt(_, _, initial string, then func(string) tea.Cmd) {
	text := a.list[0]
	if len(a.list) > 1 {
		a.list = a.list[1:]
	}
	if text == "=" {
		text = initial
	}
	a.Run(then(text))
}

// open shows a topology on a source that is live.
func open(t *testing.T, ways backends.Topology, focus backends.Target, prompted ...string) (*router, *viewtest.Nav, views.Screen) {
	t.Helper()
	r := &router{Source: viewtest.RabbitMQ(), ways: ways}
	r.Now = backends.Status{State: backends.Live, Since: viewtest.Start(), DataAt: viewtest.Start()}
	d, nav := viewtest.Deps(t, true, r)
	d.Nav = &answers{nav, append(prompted, "=")}
	s := topology.New(d, r, focus)
	viewtest.Settle(s)
	return r, nav, s
}

// sizes are those at which drawings are kept.
func sizes() [][2]int { return [][2]int{{20, 5}, {40, 12}, {80, 24}, {120, 40}, {200, 50}} }

func drawn(t *testing.T, name string, s views.Screen) {
	t.Helper()
	for _, size := range sizes() {
		golden.Check(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), s.Render(size[0], size[1]))
	}
}

func TestDrawings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, nav, s := open(t, shop(), backends.Target{})
		defer s.Close()
		drawn(t, "picture", s)
		viewtest.Press(t, nav, s, "v")
		drawn(t, "tree", s)
	})
}

func TestFocus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, nav, s := open(t, shop(), queue("billing"))
		defer s.Close()
		drawn(t, "focus", s)
		if r.around != queue("billing") {
			t.Errorf("asked around %v", r.around)
		}
		viewtest.Shows(t, s, "orders", "billing", "dlx", "dead", "amq.default", "by its name", "+2 more")
		viewtest.Lacks(t, s, "mail", "swallow", "wide", "audit", "eu ")
		if s.Title() != "topology of queue/billing" {
			t.Errorf("title %q", s.Title())
		}
		viewtest.Press(t, nav, s, "enter")
		if len(nav.Pushed) != 0 || len(nav.Toasts) != 1 {
			t.Errorf("the focus opens itself: %q", nav.Toasts)
		}
		viewtest.Press(t, nav, s, "left", "enter")
		if len(nav.Pushed) != 1 || nav.Pushed[0].Title() != "topology of exchange/orders" {
			t.Errorf("pushed %d", len(nav.Pushed))
		}
		nav.Pushed[0].Close()
	})
}

func TestStreamsAreQueuesHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, s := open(t, shop(), backends.Target{Kind: backends.KindStream, Name: "audit"})
		defer s.Close()
		viewtest.Shows(t, s, "audit", "orders", "eu")
		viewtest.Lacks(t, s, "mail")
		if r.around != queue("audit") {
			t.Errorf("asked around %v", r.around)
		}
	})
}

func TestManyAreFolded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, nav, s := open(t, shop(), backends.Target{})
		defer s.Close()
		viewtest.Press(t, nav, s, "/", "wide", "enter")
		viewtest.Shows(t, s, "wide.07", "+37 more")
		viewtest.Lacks(t, s, "wide.08", "orders")
		viewtest.Press(t, nav, s, "end", "enter")
		viewtest.Lacks(t, s, "more (enter")
		viewtest.Press(t, nav, s, "end", "right")
		viewtest.Shows(t, s, "wide.44", "nobody reads Bindings lead here")
		viewtest.Press(t, nav, s, "esc")
		viewtest.Press(t, nav, s, "home")
		viewtest.Shows(t, s, "dlx", "orders")
		viewtest.Press(t, nav, s, "/", "no such thing", "enter")
		viewtest.Shows(t, s, "nothing matches the filter")
	})
}

// TestNextFlaw goes from flaw to flaw, through what is left out too, in both drawings.
func TestNextFlaw(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, nav, s := open(t, shop(), backends.Target{})
		defer s.Close()
		for range 2 {
			for _, want := range []string{"nowhere does not exist", "published here and nothing is bound", "12.5 messages a second more", "from dlx", "from wide", "nowhere does not exist"} {
				viewtest.Press(t, nav, s, "n")
				viewtest.Shows(t, s, want)
			}
			viewtest.Press(t, nav, s, "v", "n", "n", "n", "n")
		}
		_, nav, s = open(t, shop(), queue("mail"))
		defer s.Close()
		viewtest.Press(t, nav, s, "n")
		if len(nav.Toasts) != 1 || !strings.Contains(nav.Toasts[0], "not drawn here") {
			t.Errorf("toasts %q", nav.Toasts)
		}
	})
}

// TestTreeKeepsItsFolds: what is folded stays so when a place comes.
func TestTreeKeepsItsFolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, nav, s := open(t, shop(), backends.Target{})
		defer s.Close()
		viewtest.Press(t, nav, s, "v", "/", "wide", "enter", "home", "left")
		viewtest.Lacks(t, s, "wide.00")
		ways := shop()
		ways.Queues = append(ways.Queues, backends.Queue{Name: "wide.new"})
		ways.Edges = append(ways.Edges, edge("wide", queue("wide.new"), 1, "k"))
		r.set(ways, nil)
		viewtest.Press(t, nav, s, "r")
		viewtest.Shows(t, s, "▸ wide")
		viewtest.Lacks(t, s, "wide.00", "wide.new")
		viewtest.Press(t, nav, s, "right")
		viewtest.Shows(t, s, "wide.00")
	})
}

func TestFreezeAndFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, nav, s := open(t, shop(), backends.Target{})
		defer s.Close()
		viewtest.Press(t, nav, s, " ")
		r.set(backends.Topology{Exchanges: []backends.Channel{{Name: "other", Type: "topic"}}}, nil)
		viewtest.Press(t, nav, s, "r")
		viewtest.Shows(t, s, "FROZEN", "orders")
		viewtest.Press(t, nav, s, " ", "r")
		viewtest.Shows(t, s, "other", "nothing is bound")
		r.set(backends.Topology{}, &backends.Error{Reason: backends.Denied, What: "the management API refused the login"})
		viewtest.Press(t, nav, s, "r")
		viewtest.Shows(t, s, "other", "refused the login")
	})
	synctest.Test(t, func(t *testing.T) {
		r := &router{Source: viewtest.RabbitMQ(), fault: &backends.Error{Reason: backends.Unsupported, What: "no management API"}}
		d, _ := viewtest.Deps(t, true, r)
		s := topology.New(d, r, backends.Target{})
		defer s.Close()
		viewtest.Shows(t, s, "waiting for the first answer")
		viewtest.Settle(s)
		viewtest.Shows(t, s, "no management API")
	})
}

// TestEveryKey presses every key on topologies of all kinds: no drawing may be of another size.
func TestEveryKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, ways := range []backends.Topology{{}, shop(), {Exchanges: shop().Exchanges}, {Exchanges: shop().Exchanges[:1], Queues: shop().Queues}} {
			_, nav, s := open(t, ways, backends.Target{})
			for _, key := range []string{"enter", "v", "down", "end", "n", "right", "up", "pgup", "left", "v", "down", "right", "y", "d", "end", "home", "pgdown", "left", "n", " "} {
				viewtest.Press(t, nav, s, key)
				for _, size := range append(sizes(), [2]int{0, 0}, [2]int{1, 1}, [2]int{3, 30}, [2]int{61, 3}) {
					if lines := s.Render(size[0], size[1]); len(lines) != size[1] {
						t.Fatalf("after %q: %d lines of %d", key, len(lines), size[1])
					}
				}
			}
			s.Close()
			for _, pushed := range nav.Pushed {
				pushed.Close()
			}
		}
	})
}

func TestAges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, s := open(t, shop(), backends.Target{})
		defer s.Close()
		r.Now.State = backends.Down
		time.Sleep(30 * time.Second)
		viewtest.Settle(s)
		viewtest.Shows(t, s, "as of ")
	})
}
