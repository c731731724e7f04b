package rabbitd

import (
	"errors"
	"testing"

	"bustop/backends/demo/servers"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

const (
	benchMessages = 100_000
	benchBody     = 256
	benchWindow   = 256 // unconfirmed and unacknowledged messages
)

// BenchmarkEndToEnd sends messages from one publisher to one consumer, on two connections over TCP,
// through this server and through RabbitMQ, each in a process of its own.
func BenchmarkEndToEnd(b *testing.B) {
	for _, server := range []struct {
		name  string
		start func(testing.TB) string
	}{
		{"rabbitd", startChild},
		{"RabbitMQ", func(t testing.TB) string {
			return testkit.RabbitMQ(t, servers.RabbitOptions{NoManagement: true}).URL()
		}},
	} {
		b.Run(server.name, func(b *testing.B) {
			url := server.start(b)
			for name, safe := range map[string]bool{"plain": false, "confirms+acks": true} {
				b.Run(name, func(b *testing.B) { endToEnd(b, url, safe) })
			}
		})
	}
}

func endToEnd(b *testing.B, url string, safe bool) {
	_, in := channelTo(b, url, amqp.Config{})
	_, out := channelTo(b, url, amqp.Config{})
	queue, err := in.QueueDeclare("", false, true, false, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	if err := in.Qos(benchWindow, 0, false); err != nil {
		b.Fatal(err)
	}
	deliveries, err := in.Consume(queue.Name, "", !safe, false, false, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		failed := make(chan error, 1)
		go func() { failed <- publishMany(out, queue.Name, safe) }()
		for i := range benchMessages {
			d, ok := <-deliveries
			if !ok || len(d.Body) != benchBody {
				b.Fatal("the consumer ended")
			}
			if safe && i%(benchWindow/2) == benchWindow/2-1 {
				if err := d.Ack(true); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*benchMessages/b.Elapsed().Seconds(), "msg/s")
	if _, err := in.QueueDelete(queue.Name, false, false, false); err != nil {
		b.Fatal(err)
	}
}

func publishMany(ch *amqp.Channel, queue string, safe bool) error {
	message := amqp.Publishing{Body: make([]byte, benchBody)}
	if !safe {
		for range benchMessages {
			if err := ch.Publish("", queue, false, false, message); err != nil {
				return err
			}
		}
		return nil
	}
	if err := ch.Confirm(false); err != nil {
		return err
	}
	window := make(chan *amqp.DeferredConfirmation, benchWindow)
	refused := make(chan error, 1)
	go func() {
		var err error
		for c := range window {
			if !c.Wait() {
				err = errors.New("a publish was not confirmed")
			}
		}
		refused <- err
	}()
	var failed error
	for range benchMessages {
		c, err := ch.PublishWithDeferredConfirm("", queue, false, false, message)
		if err != nil {
			failed = err
			break
		}
		window <- c
	}
	close(window)
	return errors.Join(failed, <-refused)
}
