package management_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// place is a server that a scenario is played on: the real one or ours.
type place struct {
	t testing.TB
	// amqp is the address host:port, http the root of the management API.
	amqp, http string
	// node is the server's name of itself.
	node string
	// open holds the connections that the scenario leaves open.
	open []*amqp.Connection
	web  http.Transport
}

// answer is what a client of the management API sees.
type answer struct {
	status int
	header http.Header
	body   string
}

// request is one call of the management API. User "" is guest, "-" is nobody.
type request struct {
	method, path, user, body string
	header                   map[string]string
}

// ask sends a request. Every user's password is the user's name.
func (p *place) ask(r request) answer {
	p.t.Helper()
	var body io.Reader = http.NoBody
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.method, p.http, body)
	p.must(err)
	var path string // as it is written, encoded dots too
	path, req.URL.RawQuery, _ = strings.Cut(r.path, "?")
	req.URL.Opaque = "//" + strings.TrimPrefix(p.http, "http://") + path
	switch r.user {
	case "-":
	case "":
		req.SetBasicAuth("guest", "guest")
	default:
		name, password, other := strings.Cut(r.user, ":")
		if !other {
			password = name
		}
		req.SetBasicAuth(name, password)
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	req.Close = r.method == http.MethodHead // RabbitMQ sends a body where there must be none
	got, err := p.web.RoundTrip(req)
	p.must(err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	p.must(err)
	return answer{got.StatusCode, got.Header, string(text)}
}

func (p *place) put(path, body string) {
	p.t.Helper()
	if a := p.ask(request{method: http.MethodPut, path: path, body: body, header: map[string]string{"Content-Type": "application/json"}}); a.status >= 300 {
		p.t.Fatalf("PUT %s: %d %s", path, a.status, a.body)
	}
}

func (p *place) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// connect opens a connection with a name.
func (p *place) connect(user, vhost, name string) *amqp.Connection {
	p.t.Helper()
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(name)
	conn, err := amqp.DialConfig(fmt.Sprintf("amqp://%s:%s@%s/", user, user, p.amqp), amqp.Config{
		Vhost: vhost, Properties: properties, Heartbeat: 30 * time.Second,
	})
	p.must(err)
	p.open = append(p.open, conn)
	return conn
}

func (p *place) channel(conn *amqp.Connection) *amqp.Channel {
	p.t.Helper()
	ch, err := conn.Channel()
	p.must(err)
	return ch
}

func (p *place) queue(ch *amqp.Channel, name string, durable, autoDelete, exclusive bool, args amqp.Table) {
	p.t.Helper()
	_, err := ch.QueueDeclare(name, durable, autoDelete, exclusive, false, args)
	p.must(err)
}

func (p *place) send(ch *amqp.Channel, exchange, key string, m amqp.Publishing) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := ch.PublishWithDeferredConfirmWithContext(ctx, exchange, key, false, false, m)
	p.must(err)
	if c == nil {
		return
	}
	_, err = c.WaitContext(ctx)
	p.must(err)
}

// leave closes what the scenario left open.
func (p *place) leave() {
	for _, c := range p.open {
		_ = c.CloseDeadline(time.Now().Add(time.Second)) // one that is blocked does not answer
	}
	p.web.CloseIdleConnections()
}

// fill makes one of everything that the management API shows.
func (p *place) fill() {
	p.t.Helper()
	p.administer()
	main := p.connect("guest", "/", "main")
	ch := p.channel(main)
	p.must(ch.Confirm(false))
	p.declare(ch)
	p.bind(ch)
	p.traffic(ch)
	p.consume(main)
	p.orders()
}

func (p *place) administer() {
	p.put("/api/vhosts/orders", `{"description":"all orders","tags":"production,eu"}`)
	p.put("/api/vhosts/empty", ``)
	for _, u := range []string{"monitoring", "policymaker", "management"} {
		p.put("/api/users/"+u, fmt.Sprintf(`{"password":%q,"tags":%q}`, u, u))
	}
	p.put("/api/users/plain", `{"password":"plain","tags":""}`)
	p.put("/api/users/two%20tags", `{"password":"x","tags":"management,policymaker"}`)
	for _, u := range []string{"policymaker", "management", "guest", "plain"} {
		p.put("/api/permissions/orders/"+u, `{"configure":"^orders","write":".*","read":".*"}`)
	}
	p.put("/api/permissions/orders/guest", `{"configure":".*","write":".*","read":".*"}`)
	p.put("/api/topic-permissions/orders/management", `{"exchange":"amq.topic","write":"^a","read":".*"}`)
	p.put("/api/policies/orders/limit", `{"pattern":"^orders","definition":{"max-length":1000,"message-ttl":600000},"apply-to":"queues","priority":3}`)
	p.put("/api/policies/orders/others", `{"pattern":"^x","definition":{"alternate-exchange":"amq.fanout"},"apply-to":"exchanges"}`)
	p.put("/api/policies/%2F/dead", `{"pattern":"^dying","definition":{"dead-letter-exchange":"dlx"}}`)
	p.put("/api/operator-policies/orders/cap", `{"pattern":".*","definition":{"max-length":5000},"apply-to":"queues"}`)
}

func (p *place) declare(ch *amqp.Channel) {
	for _, x := range []struct {
		name, kind                    string
		durable, autoDelete, internal bool
		args                          amqp.Table
	}{
		{"x.direct", "direct", true, false, false, nil},
		{"x.topic", "topic", true, false, false, amqp.Table{"alternate-exchange": "x.fanout"}},
		{"x.fanout", "fanout", false, false, false, nil},
		{"x.headers", "headers", true, true, false, nil},
		{"x.internal", "direct", true, false, true, nil},
		{"dlx", "fanout", true, false, false, nil},
	} {
		p.must(ch.ExchangeDeclare(x.name, x.kind, x.durable, x.autoDelete, x.internal, false, x.args))
	}
	p.queue(ch, "plain", true, false, false, nil)
	p.queue(ch, "args", true, false, false, amqp.Table{
		"x-max-length": 10, "x-max-length-bytes": int64(100000), "x-overflow": "reject-publish", "x-message-ttl": 3600000,
		"x-expires": 7200000, "x-dead-letter-exchange": "dlx", "x-dead-letter-routing-key": "dead",
	})
	p.queue(ch, "temporary", false, true, false, nil)
	p.queue(ch, "mine", false, false, true, nil)
	p.queue(ch, "lazy", true, false, false, amqp.Table{"x-queue-mode": "lazy"})
	p.queue(ch, "priority", true, false, false, amqp.Table{"x-max-priority": 5})
	p.queue(ch, "single", true, false, false, amqp.Table{"x-single-active-consumer": true})
	p.queue(ch, "quorum", true, false, false, amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 4})
	p.queue(ch, "stream", true, false, false, amqp.Table{"x-queue-type": "stream", "x-max-length-bytes": int64(1000000)})
	p.queue(ch, "dying", true, false, false, nil)
	for _, odd := range []string{"a/b c%ü", ".", "..", "q?x=1#y", "line", "100%25"} {
		p.queue(ch, odd, true, false, false, nil)
	}
	p.queue(ch, "fast", true, false, false, nil)
}

func (p *place) bind(ch *amqp.Channel) {
	p.must(ch.QueueBind("plain", "red", "x.direct", false, nil))
	p.must(ch.QueueBind("plain", "", "x.direct", false, nil))
	p.must(ch.QueueBind("plain", "a~b/c d", "x.direct", false, nil))
	p.must(ch.QueueBind("plain", "*.blue.#", "x.topic", false, nil))
	p.must(ch.QueueBind("args", "", "x.headers", false, amqp.Table{"x-match": "all", "colour": "red", "n": int32(7)}))
	p.must(ch.QueueBind("dying", "", "dlx", false, nil))
	p.must(ch.ExchangeBind("x.fanout", "all.#", "x.topic", false, nil))
}

func (p *place) traffic(ch *amqp.Channel) {
	p.send(ch, "", "plain", amqp.Publishing{
		Headers:     amqp.Table{"text": "t", "n": int64(5), "list": []any{int32(1), "two"}, "deep": amqp.Table{"yes": true}},
		ContentType: "application/json", ContentEncoding: "identity", DeliveryMode: 2, Priority: 4, CorrelationId: "c1",
		ReplyTo: "back", Expiration: "9000000", MessageId: "m1", Timestamp: time.Unix(1700000000, 0), Type: "order",
		UserId: "guest", AppId: "shop", Body: []byte(`{"a":1}`),
	})
	p.send(ch, "x.direct", "red", amqp.Publishing{Body: []byte("plain text, ü")})
	p.send(ch, "x.direct", "red", amqp.Publishing{Body: []byte{0xff, 0x00, 0x80}})
	p.send(ch, "x.topic", "sky.blue.deep", amqp.Publishing{Body: []byte("topic")})
	p.send(ch, "x.direct", "nowhere", amqp.Publishing{Body: []byte("lost")})
	for i := range 5 {
		p.send(ch, "", "stream", amqp.Publishing{Body: fmt.Append(nil, "s", i)})
		p.send(ch, "", "quorum", amqp.Publishing{Body: fmt.Append(nil, "q", i), DeliveryMode: 2})
		p.send(ch, "", "priority", amqp.Publishing{Body: fmt.Append(nil, "p", i), Priority: uint8(i)})
		p.send(ch, "", "a/b c%ü", amqp.Publishing{Body: fmt.Append(nil, "o", i)})
	}
	got, ok, err := ch.Get("priority", false)
	p.must(err)
	if !ok {
		p.t.Fatal("nothing in priority")
	}
	p.must(got.Nack(false, true))
	_, _, err = ch.Get("priority", true)
	p.must(err)
	_, _, err = ch.Get("temporary", true) // empty
	p.must(err)
}

func (p *place) consume(conn *amqp.Connection) {
	worker := p.channel(conn)
	p.must(worker.Qos(10, 0, false))
	take, err := worker.Consume("plain", "worker", false, false, false, false, amqp.Table{"x-priority": int32(3)})
	p.must(err)
	for i := range 4 {
		d := p.take(take)
		if i == 0 {
			p.must(d.Ack(false))
		}
	}
	other := p.channel(conn)
	p.must(other.Qos(7, 0, true))
	for i, q := range []string{"fast", "single", "single"} {
		_, err = other.Consume(q, fmt.Sprint("c", i), q == "fast", false, false, false, nil)
		p.must(err)
	}
	_, err = other.Consume("lazy", "alone", false, true, false, false, nil)
	p.must(err)
	held := p.channel(conn)
	p.must(held.Qos(2, 0, false))
	quorum, err := held.Consume("quorum", "quorum", false, false, false, false, nil)
	p.must(err)
	p.take(quorum)
	p.take(quorum)
	stream, err := held.Consume("stream", "stream", false, false, false, false, amqp.Table{"x-stream-offset": "first"})
	p.must(err)
	p.take(stream)
	tx := p.channel(conn)
	p.must(tx.Tx())
	p.must(tx.PublishWithContext(context.Background(), "", "dying", false, false, amqp.Publishing{Body: []byte("uncommitted")}))
}

func (p *place) take(from <-chan amqp.Delivery) amqp.Delivery {
	p.t.Helper()
	select {
	case d := <-from:
		return d
	case <-time.After(20 * time.Second):
		p.t.Fatal("nothing was delivered")
		return amqp.Delivery{}
	}
}

// orders fills the second vhost, as a user who may only use that one.
func (p *place) orders() {
	conn := p.connect("management", "orders", "orders")
	ch := p.channel(conn)
	p.must(ch.Confirm(false))
	p.queue(ch, "orders.new", true, false, false, nil)
	p.must(ch.QueueBind("orders.new", "a.#", "amq.topic", false, nil))
	p.send(ch, "amq.topic", "a.b", amqp.Publishing{Body: []byte("order 1")})
	p.send(ch, "amq.topic", "a.c", amqp.Publishing{Body: []byte("order 2")})
	p.connect("guest", "orders", "idle") // without a channel
}
