package routing

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bustop/backends"
)

// network reads lines such as "logs topic | alternate", "logs > q: a.*", "logs >> other: #".
func network(lines ...string) Network {
	n := Network{Exchanges: map[string]Exchange{}, Queue: func(name string) bool { return strings.HasPrefix(name, "q") }}
	for _, line := range lines {
		head, key, bound := strings.Cut(line, ":")
		if !bound {
			head, alternate, _ := strings.Cut(line, " | ")
			name, kind, _ := strings.Cut(head, " ")
			n.Exchanges[name] = Exchange{Name: name, Type: kind, Alternate: alternate}
			continue
		}
		kind := backends.KindQueue
		from, to, isQueue := strings.Cut(head, " > ")
		if !isQueue {
			from, to, _ = strings.Cut(head, " >> ")
			kind = backends.KindExchange
		}
		x := n.Exchanges[from]
		x.Bindings = append(x.Bindings, Binding{Binding: backends.Binding{
			Destination: backends.Target{Kind: kind, Name: to}, RoutingKey: strings.TrimSpace(key),
		}})
		n.Exchanges[from] = x
	}
	return n
}

// said is a route in a line: the queues, doubtful ones with "?", and the fate.
func said(r backends.Route) string {
	var out []string
	for _, q := range r.Queues {
		name := q.Queue
		if !q.Sure {
			name += "?"
		}
		out = append(out, name)
	}
	return strings.Join(append(out, string(r.Fate)), " ")
}

func TestRoute(t *testing.T) {
	n := network(
		"d direct", "d > q1: a", "d > q2: b", "d > q1: b",
		"f fanout", "f > q1: x", "f >> d: y",
		"top topic | alt", "top > q3: a.#",
		"alt fanout", "alt > q4: ",
		"gone topic | nowhere", "chain fanout | top", "default fanout | amq.default",
		"hash x-consistent-hash", "hash > q1: 1", "hash > q2: 1",
		"lonely x-consistent-hash", "lonely > q1: 1",
		"odd x-strange | alt", "odd > q1: 1",
		"round fanout", "round >> back: ", "round > q1: ", "back fanout", "back >> round: ",
		"both fanout", "both >> hash: ", "both > q1: ",
		"far x-random", "far >> d: ", "far >> f: ",
	)
	for _, c := range []struct {
		exchange, key string
		want          string
	}{
		{"", "q7", "q7 delivered"},
		{"", "none", "dropped"},
		{"d", "a", "q1 delivered"},
		{"d", "b", "q1 q2 delivered"},
		{"d", "c", "dropped"},
		{"f", "a", "q1 delivered"},
		{"f", "b", "q1 q2 delivered"},
		{"top", "a.b", "q3 delivered"},
		{"top", "b", "q4 delivered"},
		{"gone", "b", "dropped"},
		{"default", "q1", "dropped"},
		{"chain", "a", "q3 delivered"},
		{"chain", "z", "q4 delivered"},
		{"hash", "a", "q1? q2? delivered"},
		{"lonely", "a", "q1 delivered"},
		{"odd", "a", "q1? q4? perhaps delivered"},
		{"round", "a", "q1 delivered"},
		{"both", "a", "q1 q2? delivered"},
		{"far", "c", "q1? perhaps delivered"},
	} {
		r, ok := n.Route(backends.Posting{Exchange: c.exchange, Key: c.key})
		if got := said(r); !ok || got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.exchange, c.key, got, c.want)
		}
	}
	if _, ok := n.Route(backends.Posting{Exchange: "not there"}); ok {
		t.Error("it goes through an exchange that is not there")
	}
}

func TestSenderSelected(t *testing.T) {
	n := network("d direct", "d > q1: a", "d > q2: b", "d > q3: c", "h headers", "h > q1: ")
	headers := map[string]any{"CC": []string{"b"}, "BCC": []string{"c", "c"}}
	r, _ := n.Route(backends.Posting{Exchange: "d", Key: "x", Headers: headers})
	if got := said(r); got != "q2 q3 delivered" || len(r.Notes) != 1 {
		t.Errorf("direct: %s, %q", got, r.Notes)
	}
	r, _ = n.Route(backends.Posting{Key: "q1", Headers: map[string]any{"CC": []string{"q9", "none"}}})
	if got := said(r); got != "q1 q9 delivered" || !r.Stops[0].Steps[2].Missing {
		t.Errorf("default: %s, %+v", got, r.Stops)
	}
	x := n.Exchanges["h"]
	x.Bindings[0].Table = map[string]any{"BCC": nil}
	if r, _ = n.Route(backends.Posting{Exchange: "h", Headers: headers}); r.Fate != backends.Dropped {
		t.Error("an exchange sees the blind copies")
	}
	x.Bindings[0].Table = map[string]any{"CC": []any{"b"}}
	if r, _ = n.Route(backends.Posting{Exchange: "h", Headers: headers}); r.Fate != backends.Delivered {
		t.Error("an exchange does not see the copies")
	}
}

// TestSteps: bindings of one destination are one step, a place is entered once, and what is missing is
// told.
func TestSteps(t *testing.T) {
	n := network("top topic", "top > q1: a.*", "top > q1: #", "top >> f: #", "f fanout | nowhere", "f >> top: ", "lost fanout | nowhere")
	r, _ := n.Route(backends.Posting{Exchange: "top", Key: "a.b"})
	if len(r.Stops) != 2 || len(r.Stops[0].Steps) != 2 || len(r.Stops[0].Steps[0].Bindings) != 2 || r.Stops[0].Bindings != 3 {
		t.Fatalf("stops: %+v", r.Stops)
	}
	if back := r.Stops[1].Steps; len(back) != 1 || !back[0].Again || r.Stops[0].Steps[1].Again {
		t.Errorf("the way back: %+v", back)
	}
	r, _ = n.Route(backends.Posting{Exchange: "lost"})
	if s := r.Stops[0].Steps; len(s) != 1 || !s[0].Missing || s[0].Way != backends.ByAlternate {
		t.Errorf("the alternate exchange that is not there: %+v", s)
	}
	n = network("hash x-random", "hash >> f: 1", "hash > q1: 1", "f fanout", "first fanout", "first >> hash: ", "first >> f: ")
	r, _ = n.Route(backends.Posting{Exchange: "first"})
	i := slices.IndexFunc(r.Stops, func(s backends.RouteStop) bool { return s.Exchange == "hash" })
	if got := fmt.Sprintf("%v %s %s", r.Stops[i].Steps[0].Again, r.Stops[i].Choice, said(r)); got != "true one of q1? perhaps delivered" {
		t.Errorf("a doubtful way to a sure place: %s", got)
	}
}

// TestHeadersThatAreNotKnown: what compares headers may take the message or not, and what compares none is sure.
func TestHeadersThatAreNotKnown(t *testing.T) {
	type table = map[string]any
	for _, c := range []struct {
		name, alternate string
		bindings        map[string]table // by queue
		known, unknown  string
	}{
		{"no binding", "", nil, "dropped", "dropped"},
		{"one that compares", "", map[string]table{"q1": {"a": "1"}}, "dropped", "q1? perhaps delivered"},
		{"one that compares nothing", "", map[string]table{"q1": {"x-other": "1"}}, "q1 delivered", "q1 delivered"},
		{"one that takes nothing", "", map[string]table{"q1": {"x-match": "any", "x-other": "1"}}, "dropped", "dropped"},
		{"one that compares x-", "", map[string]table{"q1": {"x-match": "any-with-x", "x-other": "1"}}, "dropped", "q1? perhaps delivered"},
		{"several", "", map[string]table{"q1": {"a": "1"}, "q2": {}}, "q2 delivered", "q1? q2 delivered"},
		{"an alternate beside", "rest", map[string]table{"q1": {"a": "1"}}, "q9 delivered", "q1? q9? perhaps delivered"},
		{"an alternate that is not used", "rest", map[string]table{"q1": {"a": "1"}, "q2": {}}, "q2 delivered", "q1? q2 delivered"},
	} {
		n := network("rest fanout", "rest > q9: ", "first fanout", "first >> h: ")
		h := Exchange{Name: "h", Type: "headers", Alternate: c.alternate}
		for queue, arguments := range c.bindings {
			h.Bindings = append(h.Bindings, Binding{
				Binding: backends.Binding{Destination: backends.Target{Kind: backends.KindQueue, Name: queue}}, Table: arguments,
			})
		}
		n.Exchanges["h"] = h
		for _, exchange := range []string{"h", "first"} {
			for unknown, want := range map[bool]string{false: c.known, true: c.unknown} {
				n.AnyHeaders = unknown
				if r, _ := n.Route(backends.Posting{Exchange: exchange}); said(r) != want {
					t.Errorf("%s, from %s, not known %v: %s, want %s", c.name, exchange, unknown, said(r), want)
				}
			}
		}
	}
}
