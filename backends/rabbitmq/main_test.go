package rabbitmq

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/rabbitmq/management"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// shared is one server for all tests of the package; each has a vhost of its own. It is nil
// where RabbitMQ is not installed and need not be.
var shared *servers.RabbitMQ

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
		return
	}
	flag.Parse()
	if !slices.ContainsFunc(os.Args, func(a string) bool { return strings.Contains(a, "rapid.checks") }) {
		_ = flag.Set("rapid.checks", "25") // each talks to a real server
	}
	_ = flag.Set("test.parallel", "16") // tests mostly wait for the server's statistics
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	if slices.ContainsFunc(os.Args, func(a string) bool {
		return strings.HasPrefix(a, "-test.fuzz") && !strings.HasPrefix(a, "-test.fuzzcachedir")
	}) {
		return m.Run() // a fuzz target talks to no server, and each of its workers comes by here
	}
	if testing.Short() {
		return m.Run()
	}
	server, err := servers.StartRabbitMQ(context.Background(), servers.RabbitOptions{
		Plugins: []string{"rabbitmq_consistent_hash_exchange", "rabbitmq_random_exchange", "rabbitmq_shovel", "rabbitmq_federation"},
	})
	switch {
	case err == nil:
		shared = server
		defer server.Close()
	case !testkit.Missing(err):
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// server is what the source is tested on: RabbitMQ, or the broker of the demo.
type server interface {
	URL() string
	ManagementURL() string
}

// world is a vhost on a server, filled by an ordinary client.
type world struct {
	t      testing.TB
	server server
	vhost  string
	conn   *amqp.Connection
	ch     *amqp.Channel
}

// newWorld makes a vhost that goes with the test.
func newWorld(t testing.TB) *world {
	t.Helper()
	if shared == nil {
		t.Skip("needs a real rabbitmq-server")
	}
	if t, ok := t.(*testing.T); ok {
		t.Parallel() // the server takes seconds until it shows a new queue
	}
	return worldOn(t, shared)
}

// worldOn makes a vhost on a server that goes with the test.
func worldOn(t testing.TB, s server) *world {
	t.Helper()
	w := &world{t: t, server: s, vhost: strings.ReplaceAll(t.Name(), "/", ".")}
	w.manage(http.MethodPut, "/api/vhosts/"+url.PathEscape(w.vhost), nil, nil)
	w.connect()
	t.Cleanup(func() {
		w.conn.Close()
		w.manage(http.MethodDelete, "/api/vhosts/"+url.PathEscape(w.vhost), nil, nil)
	})
	return w
}

func (w *world) connect() {
	w.t.Helper()
	conn, err := amqp.DialConfig(w.server.URL(), amqp.Config{Vhost: w.vhost})
	w.must(err)
	ch, err := conn.Channel()
	w.must(err)
	w.must(ch.Confirm(false))
	w.conn, w.ch = conn, ch
}

// version is that of the server.
func (w *world) version() management.Version {
	text, _ := w.conn.Properties["version"].(string)
	return management.ParseVersion(text)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// url is the vhost as bustop takes it.
func (w *world) url() string {
	return w.server.URL() + url.PathEscape(w.vhost) + "?management=" + w.server.ManagementURL()
}

// open opens the vhost by the source under test.
func (w *world) open() *source { return openURL(w.t, w.url(), backends.Options{}) }

func openURL(t testing.TB, raw string, opt backends.Options) *source {
	t.Helper()
	src, err := backends.Drivers{Driver()}.Open(raw, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s := src.(*source)
	s.hold = time.Minute // a busy machine must not cut looks short
	return s
}

// manage uses the management API as any client would.
func (w *world) manage(method, path string, body, into any) int {
	w.t.Helper()
	var reader io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		w.must(err)
		reader = strings.NewReader(string(text))
	}
	request, err := http.NewRequest(method, w.server.ManagementURL()+path, reader)
	w.must(err)
	request.SetBasicAuth("guest", "guest")
	if body != nil {
		request.Header.Set("Content-Type", "application/json") // some resources take nothing else
	}
	answer, err := http.DefaultClient.Do(request)
	w.must(err)
	defer answer.Body.Close()
	if into != nil && answer.StatusCode == http.StatusOK {
		w.must(json.NewDecoder(answer.Body).Decode(into))
	}
	return answer.StatusCode
}

// queue declares a queue and publishes bodies into it.
func (w *world) queue(name string, args amqp.Table, bodies ...string) {
	w.t.Helper()
	_, err := w.ch.QueueDeclare(name, true, false, false, false, args)
	w.must(err)
	for _, b := range bodies {
		w.publish("", name, b)
	}
}

func (w *world) publish(exchange, key, body string) {
	w.t.Helper()
	w.send(exchange, key, amqp.Publishing{Body: []byte(body)})
}

func (w *world) send(exchange, key string, p amqp.Publishing) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	confirmation, err := w.ch.PublishWithDeferredConfirmWithContext(ctx, exchange, key, false, false, p)
	w.must(err)
	if ok, err := confirmation.WaitContext(ctx); !ok || err != nil {
		w.t.Fatalf("not confirmed: %v", err)
	}
}

// ready waits until n messages wait in a queue. A quorum queue gets back what a closed channel
// held a moment after the channel has closed.
func (w *world) ready(name string, n int) {
	w.t.Helper()
	testkit.Eventually(w.t, fmt.Sprintf("%d messages are ready in %s", n, name), func() bool {
		q, err := w.ch.QueueDeclarePassive(name, false, false, false, false, nil)
		w.must(err)
		return q.Messages == n
	})
}

// drain waits until n messages are ready in a queue and takes everything out.
func (w *world) drain(name string, n int) []string {
	w.t.Helper()
	w.ready(name, n)
	var out []string
	for {
		d, ok, err := w.ch.Get(name, true)
		w.must(err)
		if !ok {
			return out
		}
		out = append(out, string(d.Body))
	}
}

// seen waits until the management API shows the queue with its statistics and n messages.
func (w *world) seen(name string, n int) {
	w.t.Helper()
	testkit.Eventually(w.t, fmt.Sprintf("%s shows %d messages", name, n), func() bool {
		var row struct {
			Messages  *int `json:"messages"`
			Consumers *int `json:"consumers"`
		}
		w.manage(http.MethodGet, w.path("queues", name), nil, &row)
		return row.Messages != nil && *row.Messages == n && row.Consumers != nil
	})
}

func (w *world) path(kind, name string) string {
	return "/api/" + kind + "/" + url.PathEscape(w.vhost) + "/" + url.PathEscape(name)
}

// look gives a plan the consent it asks for.
func lookAt(p backends.Plan, n int) backends.Look {
	return backends.Look{Target: p.Target, N: n, Confirmed: true, TypedName: p.Target.Name}
}

func bodies(messages []backends.Message) []string {
	var out []string
	for _, m := range messages {
		if m.Gap == "" {
			out = append(out, string(m.Body))
		}
	}
	return out
}

func ctxFor(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("m%d", i+1)
	}
	return out
}

func isRefused(err error) bool { return errors.Is(err, backends.ErrRefused) }
