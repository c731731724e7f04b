package rabbitmq

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"
)

// TestRoutesAsTheServerDoes publishes messages through random exchanges and bindings and compares where
// they arrive with what was foretold.
func TestRoutesAsTheServerDoes(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		types := []string{"direct", "fanout", "topic", "headers"}
		if w.server == server(shared) {
			types = append(types, "x-consistent-hash") // a plugin
		}
		routesAsForetold(t, w, types)
	})
}

func routesAsForetold(t *testing.T, w *world, types []string) {
	s := w.open()
	returns := w.ch.NotifyReturn(make(chan amqp.Return, 100))
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		g := drawGround(t, fmt.Sprintf("r%d.", round), types)
		g.declare(t, w)
		defer g.remove(t, w)
		for range 4 {
			g.try(t, w, s, returns)
		}
	})
}

// TestNumbersInHeaders: whether 1 and 1.0 are the same to a headers exchange depends on the server's version.
func TestNumbersInHeaders(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		returns := w.ch.NotifyReturn(make(chan amqp.Return, 100))
		s := w.open()
		values := []any{int64(1), float64(1)}
		for i, bound := range values {
			x := fmt.Sprint("numbers", i)
			w.must(w.ch.ExchangeDeclare(x, "headers", false, false, false, false, nil))
			w.queue(x, nil)
			w.must(w.ch.QueueBind(x, "", x, false, amqp.Table{"h": bound}))
			for _, sent := range values {
				route, err := s.Route(ctxFor(t), backends.Posting{Exchange: x, Headers: map[string]any{"h": sent}})
				w.must(err)
				confirmation, err := w.ch.PublishWithDeferredConfirmWithContext(ctxFor(t), x, "", true, false, amqp.Publishing{Headers: amqp.Table{"h": sent}})
				w.must(err)
				_, err = confirmation.WaitContext(ctxFor(t))
				w.must(err)
				fate := backends.Delivered
				select { // a message comes back before it is confirmed
				case <-returns:
					fate = backends.Dropped
				default:
				}
				if route.Fate != fate {
					t.Errorf("bound by %T, sent %T: foretold %v, %v came true", bound, sent, route.Fate, fate)
				}
			}
		}
	})
}

// ground is a random set of exchanges, queues and bindings.
type ground struct {
	prefix    string
	exchanges []amqp.Table // alternate-exchange
	kinds     []string
	queues    int
	bindings  []boundTo
}

// boundTo is a binding, to an exchange where queue is negative.
type boundTo struct {
	from, exchange, queue int
	key                   string
	args                  amqp.Table
}

func (g *ground) exchange(i int) string { return fmt.Sprintf("%sx%d", g.prefix, i) }
func (g *ground) queue(i int) string    { return fmt.Sprintf("%sq%d", g.prefix, i) }

func drawGround(t *rapid.T, prefix string, types []string) *ground {
	g := &ground{prefix: prefix, queues: rapid.IntRange(1, 4).Draw(t, "queues")}
	n := rapid.IntRange(1, 4).Draw(t, "exchanges")
	for range n {
		g.kinds = append(g.kinds, rapid.SampledFrom(types).Draw(t, "type"))
		args := amqp.Table{}
		if alternate := rapid.IntRange(-3, n).Draw(t, "alternate"); alternate >= 0 {
			args["alternate-exchange"] = g.exchange(alternate) // the last does not exist
		}
		g.exchanges = append(g.exchanges, args)
	}
	for range rapid.IntRange(0, 10).Draw(t, "bindings") {
		b := boundTo{from: rapid.IntRange(0, n-1).Draw(t, "from"), queue: rapid.IntRange(-1, g.queues-1).Draw(t, "queue")}
		b.exchange = rapid.IntRange(0, n-1).Draw(t, "exchange")
		switch g.kinds[b.from] {
		case "x-consistent-hash":
			b.key = "1"
		case "headers":
			b.args = drawRule(t)
		default:
			b.key = drawKey(t, []string{"a", "b", "*", "#", ""})
		}
		g.bindings = append(g.bindings, b)
	}
	return g
}

func drawKey(t *rapid.T, words []string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 3).Draw(t, "key"), ".")
}

func drawRule(t *rapid.T) amqp.Table {
	rule := drawHeaders(t)
	if kind := rapid.SampledFrom([]string{"", "all", "any", "all-with-x", "any-with-x"}).Draw(t, "x-match"); kind != "" {
		rule["x-match"] = kind
	}
	return rule
}

func drawHeaders(t *rapid.T) amqp.Table {
	values := []any{int64(1), int64(2), "1", "x", true, nil, float64(1)}
	out := amqp.Table{}
	for _, name := range []string{"h", "i", "x-j"} {
		if rapid.Bool().Draw(t, "there") {
			out[name] = rapid.SampledFrom(values).Draw(t, name)
		}
	}
	return out
}

func (g *ground) declare(t *rapid.T, w *world) {
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, args := range g.exchanges {
		must(w.ch.ExchangeDeclare(g.exchange(i), g.kinds[i], false, false, false, false, args))
	}
	for i := range g.queues {
		_, err := w.ch.QueueDeclare(g.queue(i), false, false, false, false, nil)
		must(err)
	}
	for _, b := range g.bindings {
		if b.queue < 0 {
			must(w.ch.ExchangeBind(g.exchange(b.exchange), b.key, g.exchange(b.from), false, b.args))
		} else {
			must(w.ch.QueueBind(g.queue(b.queue), b.key, g.exchange(b.from), false, b.args))
		}
	}
}

func (g *ground) remove(t *rapid.T, w *world) {
	for i := range g.exchanges {
		if err := w.ch.ExchangeDelete(g.exchange(i), false, false); err != nil {
			t.Error(err)
		}
	}
	for i := range g.queues {
		if _, err := w.ch.QueueDelete(g.queue(i), false, false, false); err != nil {
			t.Error(err)
		}
	}
}

// try publishes one message and compares.
func (g *ground) try(t *rapid.T, w *world, s *source, returns <-chan amqp.Return) {
	p := backends.Posting{Exchange: g.exchange(rapid.IntRange(0, len(g.exchanges)-1).Draw(t, "to"))}
	p.Key = drawKey(t, []string{"a", "b", "c", ""})
	if rapid.IntRange(0, 4).Draw(t, "default") == 0 {
		p.Exchange, p.Key = "", g.queue(rapid.IntRange(0, g.queues).Draw(t, "address"))
	}
	headers := drawHeaders(t)
	p.Headers = map[string]any(headers)
	sent := amqp.Table{}
	for name, value := range headers {
		sent[name] = value
	}
	if copies := rapid.SliceOfN(rapid.Just(0), 0, 2).Draw(t, "CC"); len(copies) > 0 {
		keys := make([]any, len(copies))
		for i := range keys {
			keys[i] = drawKey(t, []string{"a", "b"})
		}
		name := rapid.SampledFrom([]string{"CC", "BCC"}).Draw(t, "copies")
		sent[name], p.Headers[name] = keys, keys
	}
	route, err := s.Route(ctxFor(w.t), p)
	if err != nil {
		t.Fatal(err)
	}
	got, returned := g.post(t, w, p, sent, returns)
	g.compare(t, route, got, returned)
}

// post publishes and returns the queues in which the message arrived, and whether it came back.
func (g *ground) post(t *rapid.T, w *world, p backends.Posting, headers amqp.Table, returns <-chan amqp.Return) (queues []string, returned bool) {
	ctx := ctxFor(w.t)
	confirmation, err := w.ch.PublishWithDeferredConfirmWithContext(ctx, p.Exchange, p.Key, true, false, amqp.Publishing{Headers: headers})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := confirmation.WaitContext(ctx); err != nil {
		t.Fatal(err)
	}
	select {
	case <-returns:
		returned = true
	default: // it would be here: the return comes before the confirmation, on the same connection
	}
	for i := range g.queues {
		for n := 0; ; n++ {
			_, there, err := w.ch.Get(g.queue(i), true)
			if err != nil {
				t.Fatal(err)
			}
			if !there {
				break
			}
			if n > 0 {
				t.Fatalf("%s got it twice", g.queue(i))
			}
			queues = append(queues, g.queue(i))
		}
	}
	return queues, returned
}

func (g *ground) compare(t *rapid.T, route backends.Route, got []string, returned bool) {
	may := map[string]bool{}
	for _, end := range route.Queues {
		may[end.Queue] = true
		if end.Sure && !slices.Contains(got, end.Queue) {
			t.Errorf("%s was foretold and did not get it", end.Queue)
		}
	}
	for _, q := range got {
		if !may[q] {
			t.Errorf("%s got it and was not foretold", q)
		}
	}
	switch route.Fate {
	case backends.Delivered:
		if returned {
			t.Error("it came back")
		}
	case backends.Dropped:
		if !returned {
			t.Error("it did not come back")
		}
	case backends.Perhaps:
	}
	if t.Failed() {
		t.Logf("posted %+v, got %v, foretold %+v, among %+v", route.Posting, got, route, g)
	}
}

func TestRouteTellsWhatIsMissing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) { missingOnTheWay(t, w) })
}

func missingOnTheWay(t *testing.T, w *world) {
	s := w.open()
	if _, err := s.Route(ctxFor(t), backends.Posting{Exchange: "not there"}); backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("an exchange that is not there: %v", err)
	}
	w.must(w.ch.ExchangeDeclare("inner", "fanout", false, false, true, false, nil))
	route, err := s.Route(ctxFor(t), backends.Posting{Exchange: "inner"})
	if err != nil || len(route.Notes) != 1 || !strings.Contains(route.Notes[0], "internal") || route.Fate != backends.Dropped {
		t.Errorf("%+v, %v", route, err)
	}
	w.manage(http.MethodPut, w.path("policies", "ae"), map[string]any{
		"pattern": "^inner$", "definition": map[string]any{"alternate-exchange": "amq.fanout"}, "apply-to": "exchanges",
	}, nil)
	w.queue("q", nil)
	w.must(w.ch.QueueBind("q", "", "amq.fanout", false, nil))
	late := w.open() // which knows no policies yet
	route, err = late.Route(ctxFor(t), backends.Posting{Exchange: "inner", Key: "k"})
	if err != nil || route.Fate != backends.Delivered || route.Stops[0].Steps[0].Way != backends.ByAlternate {
		t.Errorf("by policy: %+v, %v", route, err)
	}
	route, err = s.Route(ctxFor(t), backends.Posting{Exchange: defaultExchange, Key: "q"})
	if err != nil || route.Fate != backends.Delivered || route.Queues[0].Queue != "q" {
		t.Errorf("by name: %+v, %v", route, err)
	}
}
