package broker

import (
	"testing"

	"bustop/backends/demo/rabbitd/wire"
)

// sink is an Outlet that forgets what it is given.
type sink struct{ recorder }

func (s *sink) Deliver(uint16, Delivery)           {}
func (s *sink) Confirm(uint16, uint64, bool, bool) {}

func benchClient(b *testing.B, broker *Broker) *Channel {
	conn, e := broker.Connect(ConnInfo{User: "guest", VHost: "/"}, &sink{})
	if e != nil {
		b.Fatal(e)
	}
	ch, e := conn.Channel(1)
	if e != nil {
		b.Fatal(e)
	}
	return ch
}

func must(b *testing.B, e *Error) {
	if e != nil {
		b.Fatal(e)
	}
}

func declare(b *testing.B, ch *Channel, name string, args wire.Table) {
	_, e := ch.DeclareQueue(QueueDeclare{Name: name, Durable: true, Arguments: args})
	must(b, e)
}

// BenchmarkPassing sends messages through a queue to a consumer who acknowledges each.
func BenchmarkPassing(b *testing.B) {
	for _, kind := range []string{Classic, Quorum, Stream} {
		b.Run(kind, func(b *testing.B) {
			broker := newBroker(b)
			ch := benchClient(b, broker)
			args := wire.Table{"x-queue-type": kind}
			if kind == Stream {
				args["x-max-length-bytes"], args[argSegment] = int64(1<<20), int64(1<<18)
			}
			declare(b, ch, "q", args)
			must(b, ch.Qos(0, 100, false))
			must(b, ch.ConfirmSelect())
			_, e := ch.Consume(ConsumeRequest{Queue: "q", Tag: "t"})
			must(b, e)
			body, props := make([]byte, 256), &wire.Properties{}
			b.ReportAllocs()
			for i := range b.N {
				must(b, ch.Publish(Publishing{RoutingKey: "q", Properties: props, Body: body}))
				must(b, ch.Ack(uint64(i+1), false))
			}
		})
	}
}

// BenchmarkLongQueue publishes to and gets from a queue that is long, has a limit and times.
func BenchmarkLongQueue(b *testing.B) {
	broker := New(Options{MemoryLimit: 1 << 40})
	defer broker.Close()
	ch := benchClient(b, broker)
	declare(b, ch, "q", wire.Table{"x-max-length": int32(1_000_000), "x-message-ttl": int32(3600_000)})
	props := &wire.Properties{}
	for range 1_000_000 {
		must(b, ch.Publish(Publishing{RoutingKey: "q", Properties: props}))
	}
	b.ReportAllocs()
	for b.Loop() {
		must(b, ch.Publish(Publishing{RoutingKey: "q", Properties: props}))
		g, e := ch.Get("q", false)
		must(b, e)
		must(b, ch.Publish(Publishing{RoutingKey: "q", Properties: props}))
		must(b, ch.Nack(g.DeliveryTag, false, true))
	}
}

// BenchmarkTopics routes by one of a thousand patterns.
func BenchmarkTopics(b *testing.B) {
	broker := newBroker(b)
	ch := benchClient(b, broker)
	declare(b, ch, "q", wire.Table{"x-max-length": int32(10)})
	for i := range 1000 {
		pattern := "orders.*." + string(rune('a'+i%26)) + "." + string(rune('a'+i/26)) + ".#"
		must(b, ch.BindQueue("q", "amq.topic", pattern, nil))
	}
	props := &wire.Properties{}
	b.ReportAllocs()
	for b.Loop() {
		must(b, ch.Publish(Publishing{Exchange: "amq.topic", RoutingKey: "orders.eu.c.d.paid", Properties: props}))
	}
}
