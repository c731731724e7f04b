package rabbitmq

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestQueueFields: what the server knows of a queue arrives, for a pane that polls.
func TestQueueFields(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("idle", nil)
	w.queue("q", amqp.Table{"x-dead-letter-exchange": "dlx", "x-max-priority": 3})
	w.manage(http.MethodPut, w.path("policies", "life"), map[string]any{
		"pattern": "^q$", "definition": map[string]any{"message-ttl": 3600000}, "apply-to": "queues",
	}, nil)
	when := time.Unix(1_700_000_000, 0)
	for range 5 {
		w.send("", "q", amqp.Publishing{Body: []byte("12345"), Timestamp: when})
	}
	ch, err := w.conn.Channel()
	w.must(err)
	w.must(ch.Qos(2, 0, false))
	_, err = ch.Consume("q", "", false, false, false, false, nil)
	w.must(err)
	var q backends.Queue
	testkit.Eventually(t, "the statistics show all of it", func() bool {
		w.publish("", "q", "more")
		page, err := s.ListQueues(ctxFor(t), backends.Query{})
		w.must(err)
		if len(page.Items) != 2 || page.Items[1].Name != "q" || page.Total != backends.ExactCount(2) {
			t.Fatalf("page: %+v", page)
		}
		q = page.Items[1]
		return q.Unacked == backends.ExactCount(2) && q.Consumers == backends.ExactCount(1) && q.Policy == "life" && q.InRate.Value > 0 && q.OutRate.Known()
	})
	if q.DeadLetterExchange != "dlx" || q.Type != management.TypeClassic || q.State != "" || !q.Bytes.Known() || !q.NetRate.Known() ||
		!slices.ContainsFunc(q.Arguments, func(a backends.Field) bool { return a.Name == "x-max-priority" }) {
		t.Errorf("%+v", q)
	}
	idle, err := s.ListQueues(ctxFor(t), backends.Query{Complete: true, Match: "idle"})
	if err != nil || len(idle.Items) != 1 || idle.Items[0].Total != backends.ExactCount(0) || idle.Items[0].InRate.Known() {
		t.Errorf("a queue that never had a message: %+v, %v", idle.Items, err)
	}
}

func TestChannelFields(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("q", nil)
	w.exchange("x", "headers", false, amqp.Table{"alternate-exchange": "amq.fanout"})
	w.must(w.ch.QueueBind("q", "k", "x", false, amqp.Table{"x-match": "any", "n": int32(7)}))
	w.must(w.ch.ExchangeBind("x", "a.#", "amq.topic", false, nil))
	page, err := s.ListChannels(ctxFor(t), backends.Query{Complete: true})
	if err != nil || page.Total != backends.ExactCount(8) || len(page.Notes) != 0 {
		t.Fatalf("%+v, %v", page, err)
	}
	byName := map[string]backends.Channel{}
	for _, c := range page.Items {
		byName[c.Name] = c
	}
	x := byName["x"]
	if x.Type != "headers" || x.Alternate != "amq.fanout" || x.Subscribers != backends.ExactCount(1) || !slices.Equal(x.Flags, []string{"durable"}) ||
		len(x.Bindings) != 1 || x.Bindings[0].RoutingKey != "k" || x.Bindings[0].Destination.String() != "queue/q" || string(x.Bindings[0].Arguments[0].Value) != "7" {
		t.Errorf("%+v", x)
	}
	if b := byName["amq.topic"].Bindings; len(b) != 1 || b[0].Destination.String() != "exchange/x" {
		t.Errorf("amq.topic: %+v", b)
	}
	if d, ok := byName[defaultExchange]; !ok || d.Bindings != nil || d.Subscribers.Known() {
		t.Errorf("the default exchange: %+v", d)
	}
	if byName["amq.rabbitmq.trace"].Subscribers != backends.ExactCount(0) {
		t.Error("an exchange without bindings is not known to have none")
	}
}

// TestTempo: counts that change every second show a server that can be asked every second.
func TestTempo(t *testing.T) {
	for name, c := range map[string]struct {
		changes time.Duration // how often the server's counts change
		want    time.Duration
	}{"quick": {time.Second, paceQuick}, "usual": {5 * time.Second, pace}, "idle": {time.Hour, pace}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, learn, start := backends.NewPace(pace), tempo{}, time.Now()
				for range 30 {
					n := float64(time.Since(start) / c.changes)
					learn.see(p, []management.Queue{{Name: "q", Messages: management.Num(n)}})
					time.Sleep(p.Pause()) // the bubble's clock
				}
				if got := p.Pause(); got < c.want || got > c.want+c.want/5 {
					t.Errorf("pace %v, want %v", got, c.want)
				}
			})
		})
	}
}

// TestTLSFaults: each has words of its own, and nothing falls back to an unchecked connection.
func TestTLSFaults(t *testing.T) {
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of every refused handshake
	secure.StartTLS()
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	for name, c := range map[string]struct {
		server string
		base   *tls.Config
		says   string
	}{
		"unknown authority": {secure.URL, nil, "unknown authority"},
		"wrong host":        {secure.URL, &tls.Config{RootCAs: roots, ServerName: "elsewhere.test"}, "another host"},
		"no TLS":            {plain.URL, nil, "does not speak TLS"},
	} {
		u, err := url.Parse(c.server)
		if err != nil {
			t.Fatal(err)
		}
		s := openURL(t, "amqps://u:s3cr3t@"+u.Host+"/", backends.Options{TLS: c.base, Management: "https://" + u.Host})
		err = s.Ping(ctxFor(t))
		if backends.ReasonOf(err) != backends.Unreachable || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s by AMQP: %v", name, err)
		}
		err = s.client.Get(ctxFor(t), management.To("/api/overview"), nil, &management.Overview{})
		if backends.ReasonOf(err) != backends.Unreachable || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s by HTTP: %v", name, err)
		}
	}
}

// TestStalledServer: a server that says nothing after it accepted holds nobody longer than the
// dial timeout, and cancelling ends the wait at once.
func TestStalledServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := openURL(t, "amqp://"+listener.Addr().String(), backends.Options{Management: "http://" + listener.Addr().String()})
	start := time.Now()
	if err := s.Ping(ctxFor(t)); backends.ReasonOf(err) != backends.Unreachable || !strings.Contains(err.Error(), "no answer") {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took > 2*dialTimeout {
		t.Errorf("took %v", took)
	}
	if st := s.Status(); st.State != backends.Down {
		t.Errorf("state %v", st.State)
	}
}
