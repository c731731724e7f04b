package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	"bustop/backends/conformance"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestConformance runs the suite that every source passes, on a server of its own because it is
// killed at the end.
func TestConformance(t *testing.T) {
	s := testkit.RabbitMQ(t, servers.RabbitOptions{})
	conform(t, s, s.Kill, func() error { return s.Start(context.Background()) })
}

// conform runs the suite on a server that can be killed and started again.
func conform(t *testing.T, s server, kill func(), restart func() error) {
	const password = "s3cr3t-of-the-tester"
	w := &world{t: t, server: s, vhost: "/"}
	w.manage(http.MethodPut, "/api/users/tester", map[string]any{"password": password, "tags": "administrator"}, nil)
	w.manage(http.MethodPut, "/api/permissions/%2F/tester", map[string]any{"configure": ".*", "write": ".*", "read": ".*"}, nil)
	w.connect()
	parsed, err := url.Parse(s.URL())
	w.must(err)
	at := func(password, address, management string) (string, backends.Options) {
		return fmt.Sprintf("amqp://tester:%s@%s/", password, address), backends.Options{Management: management}
	}
	const wrong = "wr0ng-s3cret"
	raw, opt := at(password, parsed.Host, s.ManagementURL())
	refused, _ := at(wrong, parsed.Host, "")
	conformance.Run(t, conformance.World{
		Drivers: backends.Drivers{Driver()}, URL: raw, Options: opt,
		WrongPassword: refused, Secrets: []string{password, wrong},
		At: func(addr string) (string, backends.Options) { return at(password, addr, "http://"+addr) },
		Roles: []backends.Kind{
			backends.KindQueue, backends.KindStream, backends.KindChannel, backends.KindHealth,
		},
		Tapped: backends.KindExchange,
		Names:  acceptableNames(),
		Seed: conformance.Seed{
			Queue:   w.seedQueue,
			Stream:  w.seedStream,
			Append:  func(t *testing.T, stream, body string) { w.t = t; w.publish("", stream, body) },
			Channel: w.seedChannel,
			Publish: func(t *testing.T, channel, body string) { w.t = t; w.publish(channel, "key.1", body) },
		},
		Fingerprint: w.fingerprint,
		Leftovers:   w.ofBustop,
		Kill:        func(*testing.T) { kill() },
		Restart: func(t *testing.T) {
			w.t = t
			w.must(restart())
			w.connect()
			w.allUp()
		},
	})
}

// acceptableNames leaves out those with line ends, which RabbitMQ strips when it declares.
func acceptableNames() []string {
	var names []string
	for _, name := range conformance.HostileNames(true) {
		if !strings.ContainsAny(name, "\r\n") {
			names = append(names, name)
		}
	}
	return append(names, ".", "..", "a?b#c")
}

func (w *world) seedQueue(t *testing.T, name string, bodies ...string) {
	w.t = t
	w.queue(name, nil)
	_, err := w.ch.QueuePurge(name, false)
	w.must(err)
	w.queue(name, nil, bodies...)
}

func (w *world) seedStream(t *testing.T, name string, _ []string, bodies ...string) {
	w.t = t
	_, err := w.ch.QueueDelete(name, false, false, false)
	w.must(err)
	w.queue(name, amqp.Table{"x-queue-type": "stream"}, bodies...)
}

// allUp waits until the server has recovered every queue: stream queues come up after it answers. A
// queue that is somebody's own, as that of a tap that came back, is up.
func (w *world) allUp() {
	w.t.Helper()
	testkit.Eventually(w.t, "all queues are up", func() bool {
		for name := range w.fingerprint(w.t.(*testing.T)) {
			queue, ok := strings.CutPrefix(name, "queue ")
			if !ok {
				continue
			}
			if _, err := w.ch.QueueDeclarePassive(queue, true, false, false, false, nil); err != nil {
				w.connect()
				var closed *amqp.Error
				if !errors.As(err, &closed) || closed.Code != amqp.ResourceLocked {
					return false
				}
			}
		}
		return true
	})
}

// seedChannel makes a topic exchange that is bound to a durable queue.
func (w *world) seedChannel(t *testing.T, name string) {
	w.t = t
	w.must(w.ch.ExchangeDeclare(name, "topic", true, false, false, false, nil))
	w.queue("bound to "+name, nil)
	w.must(w.ch.QueueBind("bound to "+name, "key.*", name, false, nil))
}

// fingerprint describes queues with their bodies in order, exchanges and bindings.
func (w *world) fingerprint(t *testing.T) map[string]string {
	w.t = t
	state := map[string]string{}
	var queues []struct {
		Name     string `json:"name"`
		Type     string `json:"type"`
		Messages int    `json:"messages"`
	}
	w.manage(http.MethodGet, "/api/queues/"+url.PathEscape(w.vhost)+"?disable_stats=true&enable_queue_totals=true", nil, &queues)
	for _, q := range queues {
		text := fmt.Sprintf("%s %d", q.Type, q.Messages)
		if q.Type == management.TypeClassic && q.Messages > 0 {
			var got []struct {
				Payload string `json:"payload"`
			}
			path := "/api/queues/" + url.PathEscape(w.vhost) + "/" + management.Segment(q.Name) + "/get"
			w.manage(http.MethodPost, path, map[string]any{"count": 1000, "ackmode": "ack_requeue_true", "encoding": "base64"}, &got)
			text += fmt.Sprint(got)
		}
		state["queue "+q.Name] = text
	}
	for _, kind := range []string{"exchanges", "bindings"} {
		var rows []struct {
			Name, Source, Destination string
			Key                       string `json:"routing_key"`
		}
		w.manage(http.MethodGet, "/api/"+kind+"/"+url.PathEscape(w.vhost), nil, &rows)
		for _, r := range rows {
			state[fmt.Sprint(kind, r)] = "there"
		}
	}
	return state
}

// ofBustop names our connections and temporary queues.
func (w *world) ofBustop(t *testing.T) []string {
	w.t = t
	var connections []struct {
		Name       string `json:"name"`
		Properties struct {
			Name string `json:"connection_name"`
		} `json:"client_properties"`
	}
	w.manage(http.MethodGet, "/api/connections", nil, &connections)
	var left []string
	for _, c := range connections {
		if strings.HasPrefix(c.Properties.Name, "bustop/") {
			left = append(left, c.Name)
		}
	}
	for name := range w.fingerprint(t) {
		if strings.HasPrefix(name, "queue amq.gen-") {
			left = append(left, name)
		}
	}
	return left
}
