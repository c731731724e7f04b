package rabbitmq

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// onDetailed runs a test on the demo's broker and on a real server that count between places.
func onDetailed(t *testing.T, test func(t *testing.T, w *world)) {
	open := func(t *testing.T, s server) *world {
		w := &world{t: t, server: s, vhost: "ways"}
		w.manage(http.MethodPut, "/api/vhosts/ways", nil, nil)
		w.connect()
		t.Cleanup(func() { w.conn.Close() })
		return w
	}
	t.Run("embedded", func(t *testing.T) {
		s, err := rabbitd.Start(rabbitd.Options{DetailedRates: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		test(t, open(t, s))
	})
	t.Run("real", func(t *testing.T) {
		if shared == nil {
			t.Skip("needs a real rabbitmq-server")
		}
		t.Parallel()
		// A server that gathers every second tells rates of 0 while messages flow.
		s, err := servers.StartRabbitMQ(context.Background(), servers.RabbitOptions{
			Config: "management.rates_mode = detailed\ncollect_statistics_interval = 5000",
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		test(t, open(t, s))
	})
}

// traffic publishes n messages a second for each key to an exchange until the test ends.
func (w *world) traffic(exchange string, keys map[string]int) {
	w.t.Helper()
	conn, err := amqp.DialConfig(w.server.URL(), amqp.Config{Vhost: w.vhost})
	w.must(err)
	ch, err := conn.Channel()
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	w.t.Cleanup(func() { cancel(); <-done; conn.Close() })
	go func() {
		defer close(done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for start, sent := time.Now(), map[string]int{}; ; {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				for key, rate := range keys {
					for ; sent[key] < int(now.Sub(start).Seconds()*float64(rate)); sent[key]++ {
						if ch.PublishWithContext(ctx, exchange, key, false, false, amqp.Publishing{Body: []byte("x")}) != nil {
							return
						}
					}
				}
			}
		}
	}()
}

// wayRates are the ways on which something flows: "from > to", with the mark of a rate that is not exact.
func wayRates(t backends.Topology) map[string]float64 {
	out := map[string]float64{}
	add := func(way string, r backends.Rate) {
		if r.Value > 0 {
			out[way+map[backends.Certainty]string{backends.About: " ~", backends.AtLeast: " >="}[r.Certainty]] = r.Value
		}
	}
	for _, e := range t.Edges {
		add(e.From.Name+" > "+e.To.Name, e.Rate)
	}
	for queue, rate := range t.Direct {
		add("direct > "+queue, rate)
	}
	for _, c := range t.Subscribers {
		add(c.Queue+" > "+c.Tag, c.Rate)
	}
	return out
}

// near allows for a quarter more or less: the server counts at times of its own.
func near(got, want float64) bool { return math.Abs(got-want) <= want/4 }

func TestWaysAreMeasured(t *testing.T) {
	onDetailed(t, func(t *testing.T, w *world) {
		for _, q := range []string{"one", "both", "two", "letters"} {
			w.queue(q, nil)
		}
		w.queue("short", amqp.Table{"x-dead-letter-exchange": "dlx", "x-max-length": int64(1)})
		for _, x := range []string{"in", "next", "fed", "dlx"} {
			w.exchange(x, "topic", false, nil)
		}
		for _, b := range [][3]string{
			{"in", "a.*", "both"}, {"in", "*.1", "both"}, {"in", "a.2", "one"}, {"in", "s", "short"}, {"next", "b", "both"}, {"next", "b", "two"}, {"dlx", "#", "letters"},
		} {
			w.must(w.ch.QueueBind(b[2], b[1], b[0], false, nil))
		}
		w.must(w.ch.ExchangeBind("next", "b", "fed", false, nil))
		for _, tag := range []string{"taker-1", "taker-2"} { // on channels of their own, each with half of it
			ch, err := w.conn.Channel()
			w.must(err)
			deliveries, err := ch.Consume("both", tag, true, false, false, false, nil)
			w.must(err)
			go func() {
				for range deliveries {
				}
			}()
		}
		w.traffic("in", map[string]int{"a.1": 40, "a.2": 60, "s": 20}) // a.1 matches two bindings of "both": one copy
		w.traffic("fed", map[string]int{"b": 50})
		w.traffic("", map[string]int{"one": 30})
		w.traffic("dlx", map[string]int{"s": 20})
		s := w.open()
		shown := []backends.Target{exchange("in"), exchange("next"), exchange("dlx"), exchange("amq.default"), queueTarget("both"), queueTarget("one")}
		want := map[string]float64{
			"both > taker-1": 75, "both > taker-2": 75, "direct > one": 30, "dlx > letters >=": 20, "in > both": 100, "in > one": 60, "in > short": 20,
			"next > both": 50, "next > two": 50,
		}
		pace := time.NewTicker(200 * time.Millisecond)
		defer pace.Stop()
		var last backends.Topology
		testkit.Eventually(t, "all ways are measured", func() bool {
			<-pace.C
			ways, err := s.ReadTopology(ctxFor(t), backends.Target{})
			w.must(err)
			last = s.MeasureWays(ctxFor(t), ways, shown)
			return maps.EqualFunc(wayRates(last), want, near)
		})
		i := slices.IndexFunc(last.Publishers, func(p backends.Publisher) bool { return p.Exchange == "in" })
		if i < 0 || last.Publishers[i].User != "guest" || !strings.HasPrefix(last.Publishers[i].Client, "127.0.0.1:") {
			t.Errorf("publishers %+v", last.Publishers)
		}
	})
}

// TestWaysOfABasicServer: a server that does not count between places is asked for its mode and nothing else.
func TestWaysOfABasicServer(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.exchange("in", "topic", false, nil)
		s := w.open()
		ways, err := s.ReadTopology(ctxFor(t), backends.Target{})
		w.must(err)
		got := s.MeasureWays(ctxFor(t), ways, []backends.Target{exchange("in")})
		if !slices.Contains(got.Notes, noteInferred) || len(s.topology.meters.read) != 0 || len(ways.Notes) != 0 {
			t.Errorf("notes %q, read %v", got.Notes, s.topology.meters.read)
		}
	})
}

// TestRateOfAWay: what the server counted for an exchange and a queue stands for a way only where no
// other leads from the one to the other.
func TestRateOfAWay(t *testing.T) {
	bind := func(from string, to backends.Target) backends.Edge {
		return backends.Edge{From: exchange(from), To: to, Way: backends.ByBinding}
	}
	q := queueTarget("q")
	reads := func(rates map[string]float64) map[backends.Target]meterReading {
		read := map[backends.Target]meterReading{}
		for name, rate := range rates {
			read[exchange(name)] = meterReading{queues: map[string]backends.Rate{"q": backends.ExactRate(rate)}}
		}
		return read
	}
	death := backends.Edge{From: queueTarget("old"), To: exchange("b"), Way: backends.ByDeath}
	for name, c := range map[string]struct {
		edges []backends.Edge
		read  map[string]float64
		want  backends.Rate // of the first
	}{
		"alone":                {[]backends.Edge{bind("a", q)}, map[string]float64{"a": 3}, backends.ExactRate(3)},
		"none":                 {[]backends.Edge{bind("a", q)}, map[string]float64{"a": 0}, backends.ExactRate(0)},
		"not asked":            {[]backends.Edge{bind("a", q)}, nil, backends.Rate{}},
		"passed on":            {[]backends.Edge{bind("b", q), bind("a", exchange("b"))}, map[string]float64{"a": 3, "b": 2}, backends.ExactRate(5)},
		"before not asked":     {[]backends.Edge{bind("b", q), bind("a", exchange("b"))}, map[string]float64{"b": 2}, backends.Rate{Value: 2, Certainty: backends.AtLeast}},
		"two ways":             {[]backends.Edge{bind("a", q), bind("b", q), bind("a", exchange("b"))}, map[string]float64{"a": 3, "b": 2}, backends.Rate{}},
		"the second of two":    {[]backends.Edge{bind("b", q), bind("a", q), bind("a", exchange("b"))}, map[string]float64{"a": 3, "b": 2}, backends.Rate{Value: 2, Certainty: backends.AtLeast}},
		"dead letters":         {[]backends.Edge{bind("b", q), death}, map[string]float64{"b": 2}, backends.Rate{Value: 2, Certainty: backends.AtLeast}},
		"dead letters alone":   {[]backends.Edge{bind("b", q), death}, map[string]float64{"b": 0}, backends.Rate{}},
		"in a circle":          {[]backends.Edge{bind("a", q), bind("a", exchange("b")), bind("b", exchange("a"))}, map[string]float64{"a": 3, "b": 2}, backends.ExactRate(5)},
		"two ways, no message": {[]backends.Edge{bind("b", q), bind("a", q), bind("a", exchange("b"))}, map[string]float64{"a": 0, "b": 2}, backends.ExactRate(2)},
	} {
		if got := metered(backends.Topology{Edges: c.edges}, reads(c.read)).Edges[0].Rate; got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestPlacesAreAskedInTurn: few at each call, the one asked for longest ago first.
func TestPlacesAreAskedInTurn(t *testing.T) {
	var all []backends.Target
	var ways backends.Topology
	for i := range 3 * metersMost {
		all = append(all, exchange(fmt.Sprint(i)))
		ways.Exchanges = append(ways.Exchanges, backends.Channel{Name: all[i].Name})
	}
	m := meters{read: map[backends.Target]meterReading{}}
	for now, asked := time.Now(), map[backends.Target]int{}; len(asked) < len(all); now = now.Add(time.Second) {
		due := m.due(wanted(ways, all))
		if len(due) != metersMost {
			t.Fatalf("%d at once", len(due))
		}
		for _, target := range due {
			if asked[target]++; asked[target] > 1 && len(asked) < len(all)-metersMost {
				t.Errorf("%v is asked for again before all others", target)
			}
			m.read[target] = meterReading{at: now}
		}
	}
	if got := wanted(ways, []backends.Target{exchange("not there"), queueTarget("alone")}); len(got) != 0 {
		t.Errorf("asks for %v", got)
	}
}
