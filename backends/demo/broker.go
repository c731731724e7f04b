package demo

import (
	"context"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// onBroker connects a service to RabbitMQ, sees to the topology and lets work run. The context
// of work ends with the connection.
func (s *shop) onBroker(ctx context.Context, name string, work func(context.Context, *amqp.Channel) error) error {
	conn, err := amqp.DialConfig(s.brokerURL, amqp.Config{
		Heartbeat: 5 * time.Second, Dial: amqp.DefaultDial(3 * time.Second),
		Properties: amqp.Table{"connection_name": "shop/" + name, "product": "order shop"},
	})
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.CloseDeadline(time.Now().Add(time.Second)) }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	closed := conn.NotifyClose(make(chan *amqp.Error, 1))
	go func() {
		select {
		case err := <-closed:
			cancel(fmt.Errorf("connection lost: %w", reasonOf(err)))
		case <-ctx.Done():
		}
	}()
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	if err := declare(ch); err != nil {
		return fmt.Errorf("declare: %w", err)
	}
	return work(ctx, ch)
}

// reasonOf avoids a nil *amqp.Error in an error.
func reasonOf(err *amqp.Error) error {
	if err == nil {
		return amqp.ErrClosed
	}
	return err
}

// consume takes messages from a queue and lets several workers handle them. A handler settles
// its message itself.
func consume(ctx context.Context, ch *amqp.Channel, queue string, workers int, handle func(context.Context, amqp.Delivery) error) error {
	if err := ch.Qos(2*workers, 0, false); err != nil {
		return err
	}
	deliveries, err := ch.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { stop(takeTurns(ctx, deliveries, handle)) }) // one that fails ends all
	}
	wg.Wait()
	return context.Cause(ctx)
}

func takeTurns(ctx context.Context, from <-chan amqp.Delivery, handle func(context.Context, amqp.Delivery) error) error {
	for {
		select {
		case d, open := <-from:
			if !open {
				return amqp.ErrClosed
			}
			if err := handle(ctx, d); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// parcel is a message to publish.
type parcel struct {
	exchange, key string
	format        format
	id            string
	headers       amqp.Table
	priority      uint8
	body          []byte
}

// publish sends a parcel with the trace context of ctx in its headers
// (www.w3.org/TR/trace-context).
func publish(ctx context.Context, ch *amqp.Channel, p parcel) error {
	headers := tableCarrier{}
	for k, v := range p.headers {
		headers[k] = v
	}
	propagation.TraceContext{}.Inject(ctx, headers)
	return ch.PublishWithContext(ctx, p.exchange, p.key, false, false, amqp.Publishing{
		Headers: amqp.Table(headers), ContentType: p.format.contentType, ContentEncoding: p.format.contentEncoding,
		DeliveryMode: amqp.Persistent, Priority: p.priority, MessageId: p.id, Timestamp: time.Now(), AppId: "order-shop", Body: p.body,
	})
}

// traced returns ctx within the trace of a placed order.
func traced(ctx context.Context, c trace.SpanContext) context.Context {
	return trace.ContextWithRemoteSpanContext(ctx, c)
}

// continued returns ctx within the trace that a delivery carries.
func continued(ctx context.Context, d amqp.Delivery) context.Context {
	return propagation.TraceContext{}.Extract(ctx, tableCarrier(d.Headers))
}

// tableCarrier carries a trace context in AMQP headers.
type tableCarrier amqp.Table

func (c tableCarrier) Get(key string) string {
	text, _ := c[key].(string)
	return text
}

func (c tableCarrier) Set(key, value string) { c[key] = value }

func (c tableCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	return keys
}
