package app

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"bustop/backends/testkit/each"
)

// headerSecret stands in a header of every message.
const headerSecret = "Quixote-1605"

// shop is a RabbitMQ with an ordinary client.
type shop struct {
	server each.RabbitMQ
	conn   *amqp.Connection
	ch     *amqp.Channel
}

func TestOnRabbitMQ(t *testing.T) { each.OnRabbitMQ(t, testOnRabbitMQ) }

func testOnRabbitMQ(t *testing.T, server each.RabbitMQ) {
	s := &shop{server: server}
	s.connect(t)
	t.Cleanup(func() { _ = s.conn.Close() })
	s.seed(t)
	c := liveConsole(t, s.server.URL()+"?management="+s.server.ManagementURL())
	for _, step := range []struct {
		name string
		do   func(c *console)
	}{
		{"the panes list what is there", rabbitPanes},
		{"payloads of a classic queue", s.peek},
		{"a delivery limit asks for the name", s.delivery},
		{"a single active consumer refuses", refused},
		{"payloads of a stream", readStream},
		{"payloads of an exchange", s.tap},
		{"the spans keep to their schema and tell no bodies", func(c *console) {
			recorded := spansOf(c.t, c.deps.Spans)
			inSchema(c.t, recorded, append(commonSchema(), rabbitSchema()...))
			tellNothing(c.t, recorded, shopSecrets(c.t))
			linked(c.t, recorded, "get work", "consume tickets")
			opened(c.t, recorded, "open stream tickets", "connect rabbitmq", "GET /api/queues")
			opened(c.t, recorded, "tap shop", "connect rabbitmq", "GET /api/exchanges")
		}},
		{"killed and restarted", s.restart},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.do(c.on(t)) }) {
			return // the console is not where the next step expects it
		}
	}
}

func (s *shop) connect(t *testing.T) {
	t.Helper()
	conn, err := amqp.Dial(s.server.URL())
	must(t, err)
	ch, err := conn.Channel()
	must(t, err)
	must(t, ch.Confirm(false))
	s.conn, s.ch = conn, ch
}

func (s *shop) seed(t *testing.T) {
	t.Helper()
	must(t, s.ch.ExchangeDeclare("shop", "topic", true, false, false, false, nil))
	for name, args := range map[string]amqp.Table{
		"work": nil, "copies": nil, "spare": nil, "tickets": {"x-queue-type": "stream"},
		"careful": {"x-queue-type": "quorum", "x-delivery-limit": 3},
		"alone":   {"x-single-active-consumer": true},
	} {
		_, err := s.ch.QueueDeclare(name, true, false, false, false, args)
		must(t, err)
	}
	must(t, s.ch.QueueBind("copies", "orders.*", "shop", false, nil))
	for _, body := range payloads(t) {
		s.publish(t, "", "work", body)
		s.publish(t, "", "tickets", body)
		s.publish(t, "", "careful", body)
	}
	s.publish(t, "", "alone", []byte("one"))
}

// publish sends a message that outlives the server and waits until it is kept.
func (s *shop) publish(t *testing.T, exchange, key string, body []byte) {
	t.Helper()
	confirmed, err := s.ch.PublishWithDeferredConfirmWithContext(t.Context(), exchange, key, false, false,
		amqp.Publishing{Body: body, DeliveryMode: amqp.Persistent, Headers: amqp.Table{
			"customer": headerSecret, "traceparent": producer,
		}})
	must(t, err)
	if ok, err := confirmed.WaitContext(t.Context()); !ok || err != nil {
		t.Fatalf("not confirmed: %v", err)
	}
}

// holds takes everything out of a queue and holds what it was.
func (s *shop) holds(t *testing.T, queue string, want [][]byte, redelivered bool) {
	t.Helper()
	for i, body := range want {
		got, ok, err := s.ch.Get(queue, true)
		must(t, err)
		if !ok || !bytes.Equal(got.Body, body) || got.Redelivered != redelivered {
			t.Errorf("message %d of %s: there %v, redelivered %v, %q", i, queue, ok, got.Redelivered, got.Body)
		}
	}
	if _, more, err := s.ch.Get(queue, true); err != nil || more {
		t.Errorf("%s holds more than %d messages (%v)", queue, len(want), err)
	}
}

// ready waits until a queue has n messages ready, by the server's own word.
func (s *shop) ready(c *console, queue string, n int) {
	c.t.Helper()
	c.eventually(fmt.Sprintf("%s has %d messages ready", queue, n), func() bool {
		c.beat()
		q, err := s.ch.QueueDeclarePassive(queue, true, false, false, false, nil)
		must(c.t, err)
		return q.Messages == n
	})
}

func rabbitPanes(c *console) {
	c.press("2")
	c.row("work", "classic", "3", "0", "!0")
	c.row("careful", "quorum", "3", "0", "!0")
	c.row("spare", "classic", "0", "0", "0")
	c.press("3")
	c.row("tickets", "3")
	c.press("4")
	c.row("shop", "topic", "1")
	c.see("copies [orders.*]")
	c.press("5")
	c.shows("No open source has locks.")
	c.press("1")
	c.see("RabbitMQ ", "that nobody reads", "work", "careful")
}

// openQueue opens a queue by its name in the filter.
func (c *console) openQueue(name string) {
	c.t.Helper()
	c.press("2", "/", name, "enter", "enter")
	c.see("▸ queue "+name, "p peek")
}

func (s *shop) peek(c *console) {
	c.openQueue("work")
	c.see("puts them back", "p takes a look")
	c.press("p")
	c.see("Before you look", "redelivered")
	c.until([]string{"3 messages", "copies as of"}, "y") // not before the grace has passed
	c.opensAll()
	c.press("esc", "esc")
	s.ready(c, "work", 3)
	s.holds(c.t, "work", payloads(c.t), true)
}

func (s *shop) delivery(c *console) {
	c.openQueue("careful")
	c.see("delivery limit of 3", "DROPPED")
	c.press("p")
	c.see("Type the name to go on")
	c.until([]string{"That is not its name"}, "w", "enter")
	c.press("esc", "esc", "esc")
	s.ready(c, "careful", 3)
	s.holds(c.t, "careful", payloads(c.t), false)
}

func readStream(c *console) {
	c.press("3", "/", "tickets", "enter", "enter")
	c.see("● live", "gzip")
	c.press("home")
	c.opensAll()
	c.press("esc", "esc")
}

// shopSecrets are what messages and logins of the shop hold.
func shopSecrets(t *testing.T) []string {
	secrets := []string{"Anna", "Carla", "guest:guest", headerSecret}
	for _, body := range payloads(t) {
		secrets = append(secrets, string(body))
	}
	return secrets
}

func refused(c *console) {
	c.openQueue("alone")
	c.see("single active consumer", "bustop does not look into this queue")
	c.press("p")
	c.shows("refused")
	c.press("esc", "esc")
}

func (s *shop) tap(c *console) {
	c.press("4", "/", "shop", "enter", "w")
	c.see("Before you look", "temporary queue")
	c.until([]string{"● live", "▸ exchange/shop"}, "y")
	for _, body := range payloads(c.t) {
		s.publish(c.t, "shop", "orders.new", body)
	}
	c.see("3 seen", "orders.new")
	c.ended("ack shop")
	c.press("home")
	c.opensAll()
	c.press("esc", "esc")
	s.ready(c, "copies", 3)
	s.holds(c.t, "copies", payloads(c.t), false)
}

func (s *shop) restart(c *console) {
	s.publish(c.t, "", "spare", []byte("kept"))
	c.press("2")
	c.row("spare", "classic", "1")
	c.press("4", "/", "shop", "enter", "w")
	c.until([]string{"● live", "▸ exchange/shop"}, "y")
	s.server.Kill()
	c.see("○ down")
	c.keysWork()
	c.press("2")
	c.see("○ rabbitmq", "down", "refused")
	c.row("spare", "classic", "1") // the last that was known
	up := make(chan error, 1)
	go func() { up <- s.server.Start(context.Background()) }()
	c.beatUntil(up)
	c.row("spare", "classic", "1")
	c.see("● rabbitmq", "live")
	c.press("4")
	c.see("● live", "gap")
	s.connect(c.t)
	c.eventually("the tap goes on", func() bool {
		s.publish(c.t, "shop", "orders.late", []byte("still here"))
		c.beat()
		return bytes.Contains([]byte(c.text()), []byte("still here"))
	})
	c.press("esc")
}
