package broker

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"bustop/backends/demo/rabbitd/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is an Outlet that keeps what it is given.
type recorder struct {
	mu       sync.Mutex
	got      []Delivery
	returned []Returned
	confirms []string
	canceled []string
	closed   []string
	blocked  []string
	full     bool
	room     int // deliveries until it is full, when not zero
}

func (r *recorder) Deliver(_ uint16, d Delivery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, d)
	if r.room > 0 {
		r.room--
		r.full = r.room == 0
	}
}

func (r *recorder) Return(_ uint16, x Returned) { r.returned = append(r.returned, x) }

func (r *recorder) Confirm(_ uint16, tag uint64, multiple, ack bool) {
	word := "nack"
	if ack {
		word = "ack"
	}
	if multiple {
		word += "s"
	}
	r.confirms = append(r.confirms, fmt.Sprint(word, " ", tag))
}

func (r *recorder) CancelConsumer(_ uint16, tag string) { r.canceled = append(r.canceled, tag) }

func (r *recorder) CloseChannel(_ uint16, e *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = append(r.closed, e.Error())
}

// closings are the texts with which the broker closed channels, for tests with timers.
func (r *recorder) closings() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.closed)
}

func (r *recorder) Blocked(reason string) { r.blocked = append(r.blocked, reason) }

func (r *recorder) Unblocked() { r.blocked = append(r.blocked, "over") }

func (r *recorder) CloseWith(e *Error) { r.closed = append(r.closed, e.Error()) }

func (r *recorder) Full() bool { return r.full }

// take returns the bodies that came since the last call, with R where redelivered.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	bodies := []string{}
	for _, d := range r.got {
		bodies = append(bodies, mark(string(d.Body), d.Redelivered))
	}
	r.got = nil
	return bodies
}

func mark(body string, again bool) string {
	if again {
		return body + "R"
	}
	return body
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func newBroker(t testing.TB) *Broker {
	b := New(Options{})
	t.Cleanup(b.Close)
	return b
}

// client is a connection with one channel that fails the test on exceptions.
type client struct {
	*Channel
	t    tester
	conn *Connection
	out  *recorder
}

func capable() wire.Table {
	return wire.Table{"capabilities": wire.Table{"consumer_cancel_notify": true, "connection.blocked": true}}
}

func dial(t tester, b *Broker) *client {
	t.Helper()
	out := &recorder{}
	conn, e := b.Connect(ConnInfo{
		PeerHost: "127.0.0.1", PeerPort: 5000, Host: "127.0.0.1", Port: 5672, User: "guest", VHost: "/",
		ClientProperties: capable(),
	}, out)
	if e != nil {
		t.Fatal(e)
	}
	return (&client{t: t, conn: conn, out: out}).open(1)
}

// open returns the same connection with another channel.
func (c *client) open(id uint16) *client {
	c.t.Helper()
	ch, e := c.conn.Channel(id)
	if e != nil {
		c.t.Fatal(e)
	}
	return &client{Channel: ch, t: c.t, conn: c.conn, out: c.out}
}

func (c *client) ok(e *Error) {
	c.t.Helper()
	if e != nil {
		c.t.Fatal(e)
	}
}

// refused checks an exception and opens the channel again.
func (c *client) refused(e *Error, want string) {
	c.t.Helper()
	if got := fmt.Sprint(e); e == nil || got != want {
		c.t.Errorf("exception\n got %v\nwant %s", got, want)
	}
	if e != nil && !e.Hard {
		*c = *c.open(c.ID())
	}
}

func (c *client) queue(name string, args wire.Table) string {
	c.t.Helper()
	ok, e := c.DeclareQueue(QueueDeclare{Name: name, Durable: true, Arguments: args})
	c.ok(e)
	return ok.Name
}

func (c *client) exchange(name, kind string, args wire.Table) {
	c.t.Helper()
	c.ok(c.DeclareExchange(ExchangeDeclare{Name: name, Type: kind, Arguments: args}))
}

// send publishes bodies to a queue.
func (c *client) send(queue string, bodies ...string) {
	c.t.Helper()
	for _, body := range bodies {
		c.ok(c.Publish(Publishing{RoutingKey: queue, Body: []byte(body)}))
	}
}

// to publishes one message to an exchange.
func (c *client) to(exchange, key, body string, p *wire.Properties) {
	c.t.Helper()
	c.ok(c.Publish(Publishing{Exchange: exchange, RoutingKey: key, Body: []byte(body), Properties: p}))
}

func (c *client) consume(queue, tag string, args wire.Table) {
	c.t.Helper()
	_, e := c.Consume(ConsumeRequest{Queue: queue, Tag: tag, Arguments: args})
	c.ok(e)
}

// fetch takes one message for good.
func (c *client) fetch(queue string) *Got {
	c.t.Helper()
	g, e := c.Get(queue, true)
	c.ok(e)
	return g
}

// rest takes all messages for good and returns their bodies.
func (c *client) rest(queue string) []string {
	c.t.Helper()
	bodies := []string{}
	for g := c.fetch(queue); g != nil; g = c.fetch(queue) {
		bodies = append(bodies, mark(string(g.Body), g.Redelivered))
	}
	return bodies
}

// hold takes n messages and keeps them.
func (c *client) hold(queue string, n int) []uint64 {
	c.t.Helper()
	var tags []uint64
	for range n {
		g, e := c.Get(queue, false)
		c.ok(e)
		if g == nil {
			c.t.Fatalf("%s is empty", queue)
		}
		tags = append(tags, g.DeliveryTag)
	}
	return tags
}

func info(t tester, b *Broker, queue string) QueueInfo {
	t.Helper()
	i, ok := b.Queue("/", queue)
	if !ok {
		t.Fatalf("no queue %s", queue)
	}
	return i
}

func same[T any](t tester, what string, got, want T) {
	t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s\n got %s\nwant %s", what, g, w)
	}
}

func numbers(from, to int) []string {
	list := []string{}
	for i := from; i <= to; i++ {
		list = append(list, fmt.Sprint(i))
	}
	return list
}
