package app

import (
	"fmt"
	"os"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

// worker is a client with a name that reads queues.
type worker struct {
	conn *amqp.Connection
	ch   *amqp.Channel
}

// work connects a client and consumes queues, prefetch messages at once on each; it acknowledges what done says.
func work(t *testing.T, server *servers.RabbitMQ, name string, prefetch int, done bool, queues ...string) *worker {
	t.Helper()
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(name)
	conn, err := amqp.DialConfig(server.URL(), amqp.Config{Properties: properties})
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	w := &worker{conn: conn}
	for _, queue := range queues {
		w.ch, err = conn.Channel()
		must(t, err)
		must(t, w.ch.Qos(prefetch, 0, false))
		deliveries, err := w.ch.Consume(queue, name+" of "+queue, false, false, false, false, nil)
		must(t, err)
		go func() {
			for d := range deliveries {
				if done {
					_ = d.Ack(false)
				}
			}
		}()
	}
	return w
}

// TestWhichConsumerSinceWhenAndIsItOnlyThisQueue: a queue has two consumers and does nothing. Which of them is it,
// why, since when, and is it only this queue?
func TestWhichConsumerSinceWhenAndIsItOnlyThisQueue(t *testing.T) {
	server := testkit.RabbitMQ(t, servers.RabbitOptions{})
	conn, err := amqp.Dial(server.URL())
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	must(t, err)
	fill := func(queue string, n int) {
		t.Helper()
		_, err := ch.QueueDeclare(queue, true, false, false, false, nil)
		must(t, err)
		for i := range n {
			must(t, ch.PublishWithContext(t.Context(), "", queue, false, false, amqp.Publishing{Body: fmt.Appendf(nil, "%s %d", queue, i)}))
		}
	}
	for queue, n := range map[string]int{"orders": 40, "refunds": 30, "audit": 20, "mails": 10, "stock": 0} {
		fill(queue, n)
	}
	billing := work(t, server, "billing-7", 10, false, "orders", "refunds")
	work(t, server, "billing-8", 5, false, "orders")
	work(t, server, "auditor", 4, false, "audit", "stock")
	work(t, server, "mailer", 4, true, "mails")
	c := liveConsoleWith(t, server.URL()+"?management="+server.ManagementURL(), backends.Options{})
	t.Run("consumers that hoard", func(t *testing.T) {
		c := c.on(t)
		c.press("2")
		c.row("orders", "classic", "25", "15", "2")
		c.openQueue("orders")
		c.see("25 ready", "15 unacked", "2 consumers", "billing-7 and billing-8 hold as many messages as they may", "began to count", "billing-7", "10/10", "billing-8", "5/5", "Not only this queue: 1 of 1")
		c.capture("incident-hoarders")
		c.press("right", "right")
		c.see("refunds", "connection billing-7")
		c.capture("incident-others")
		c.press("esc", "esc")
	})
	t.Run("only this queue", func(t *testing.T) {
		c := c.on(t)
		c.openQueue("audit")
		c.see("16 ready", "auditor holds as many messages as it may", "4/4", "Only this queue")
		c.capture("incident-only-this")
		c.press("esc", "esc")
	})
	t.Run("a connection that is blocked", func(t *testing.T) {
		if os.Getenv("BUSTOP_LONG") != "1" {
			t.Skip("BUSTOP_LONG is not 1: the server takes half a minute to say it")
		}
		c := c.on(t)
		must(t, server.SetMemoryAlarm(true))
		t.Cleanup(func() { must(t, server.SetMemoryAlarm(false)) })
		// The server blocks who publishes. A channel of its own, since it will not answer.
		must(t, billing.ch.PublishWithContext(t.Context(), "", "stock", false, false, amqp.Publishing{}))
		c.openQueue("orders")
		c.see("The connection of billing-7 is blocked by the server", "blocked", "blocking", "not empty since")
		c.capture("incident-blocked")
		c.press("esc", "esc")
	})
}
