package broker

import (
	"testing"

	"bustop/backends/demo/rabbitd/wire"
)

// sink is an Outlet that acknowledges in the way of a quick client.
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

func declare(b *testing.B, ch *Channel, name string, args wire.Table) {
	if _, e := ch.DeclareQueue(QueueDeclare{Name: name, Durable: true, Arguments: args}); e != nil {
		b.Fatal(e)
	}
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
			ch.Qos(0, 100, false)
			ch.ConfirmSelect()
			ch.Consume(ConsumeRequest{Queue: "q", Tag: "t"})
			body, props := make([]byte, 256), &wire.Properties{}
			b.ReportAllocs()
			for i := range b.N {
				if e := ch.Publish(Publishing{RoutingKey: "q", Properties: props, Body: body}); e != nil {
					b.Fatal(e)
				}
				if e := ch.Ack(uint64(i+1), false); e != nil {
					b.Fatal(e)
				}
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
		ch.Publish(Publishing{RoutingKey: "q", Properties: props})
	}
	b.ReportAllocs()
	for b.Loop() {
		ch.Publish(Publishing{RoutingKey: "q", Properties: props})
		g, _ := ch.Get("q", false)
		ch.Publish(Publishing{RoutingKey: "q", Properties: props})
		ch.Nack(g.DeliveryTag, false, true)
	}
}

// BenchmarkTopics routes by one of a thousand patterns.
func BenchmarkTopics(b *testing.B) {
	broker := newBroker(b)
	ch := benchClient(b, broker)
	declare(b, ch, "q", wire.Table{"x-max-length": int32(10)})
	for i := range 1000 {
		ch.BindQueue("q", "amq.topic", "orders.*."+string(rune('a'+i%26))+"."+string(rune('a'+i/26))+".#", nil)
	}
	props := &wire.Properties{}
	b.ReportAllocs()
	for b.Loop() {
		ch.Publish(Publishing{Exchange: "amq.topic", RoutingKey: "orders.eu.c.d.paid", Properties: props})
	}
}
