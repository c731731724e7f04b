package app

import (
	"context"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"

	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/spans"
)

// recent is the broker within the program where it says that it is RabbitMQ 4.3, to which a look gives messages
// back by a nack.
type recent struct{ *rabbitd.Server }

func (s recent) Start(context.Context) error { return s.Restart() }

// TestOnRecentRabbitMQ holds the spans of a session with a server that messages are put back on by a nack to their
// schema, of which no row may be missing, and to tell nothing of the messages.
func TestOnRecentRabbitMQ(t *testing.T) {
	server, err := rabbitd.Start(rabbitd.Options{Broker: broker.Options{Version: "4.3.6"}})
	must(t, err)
	t.Cleanup(server.Close)
	s := &shop{server: recent{server}}
	s.connect(t)
	t.Cleanup(func() { _ = s.conn.Close() })
	s.seed(t)
	for queue, n := range map[string]int{"several": 3, "single": 1} { // without a limit a look takes more than one
		_, err := s.ch.QueueDeclare(queue, true, false, false, false, amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": -1})
		must(t, err)
		for _, body := range payloads(t)[:n] {
			s.publish(t, "", queue, body)
		}
	}
	c := liveConsole(t, server.URL()+"?management="+server.ManagementURL())
	for _, step := range []struct {
		name string
		do   func(c *console)
	}{
		{"the panes list what is there", rabbitPanes},
		{"a look at a classic queue", s.peek},
		{"a look at several messages", func(c *console) { s.nacked(c, "several", 3) }},
		{"a look at one message", func(c *console) { s.nacked(c, "single", 1) }},
		{"a stream", readStream},
		{"a tap", s.tap},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.do(c.on(t)) }) {
			return
		}
	}
	recorded := spansOf(t, c.deps.Spans)
	inSchema(t, recorded, all(append(commonSchema(), rabbitSchema()...)))
	tellNothing(t, recorded, shopSecrets(t))
	linked(t, recorded, "get work", "consume tickets")
	refreshed(t, recorded, "overview", "queues", "queue", "stream")
	for queue, count := range map[string]string{"several": "3", "single": ""} {
		if got := nacksOf(recorded, queue); len(got) != 1 || got[0] != count {
			t.Errorf("%s: nacks of %q messages, want one of %q", queue, got, count)
		}
	}
}

// nacked looks at a quorum queue, which a nack puts back.
func (s *shop) nacked(c *console, queue string, n int) {
	c.openQueue(queue)
	c.press("p")
	c.see("Before you look", "counts as no delivery")
	shown := map[int]string{1: "1 message", 3: "3 messages"}[n]
	c.until([]string{shown, "copies as of"}, "y") // not before the grace has passed
	c.press("esc", "esc")
	s.ready(c, queue, n)
}

// nacksOf are the numbers of messages that each nack of a queue put back, "" where the span tells none. A nack is
// a part of the trace of what took the messages.
func nacksOf(recorded []spans.Span, queue string) (counts []string) {
	for i := range recorded {
		if s := &recorded[i]; s.Name == "nack "+queue && s.Parent != "" && s.Status == "Unset" {
			n, _ := s.Attribute("messaging.batch.message_count")
			counts = append(counts, n)
		}
	}
	return counts
}
