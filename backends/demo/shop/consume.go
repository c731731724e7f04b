package shop

import (
	"context"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/trace"
)

// reading is how a service reads a queue.
type reading struct {
	queue string
	// workers handle messages side by side; prefetch is 2 for each when 0.
	workers, prefetch int
	args              amqp.Table
}

// handler handles a message within the trace that it carries, and settles it. An error ends the
// service.
type handler func(context.Context, amqp.Delivery) error

// consume takes messages from a queue and lets workers handle them.
func consume(ctx context.Context, l *link, r reading, handle handler) error {
	if r.prefetch == 0 {
		r.prefetch = 2 * r.workers
	}
	deliveries, err := start(l, r)
	if err != nil {
		return err
	}
	handle = l.spanned(r.queue, handle)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for range r.workers {
		wg.Go(func() { stop(takeTurns(ctx, deliveries, handle)) }) // one that fails ends all
	}
	wg.Wait()
	return context.Cause(ctx)
}

func start(l *link, r reading) (<-chan amqp.Delivery, error) {
	if err := l.ch.Qos(r.prefetch, 0, false); err != nil {
		return nil, err
	}
	return l.ch.Consume(r.queue, l.name, false, false, false, false, r.args)
}

func takeTurns(ctx context.Context, from <-chan amqp.Delivery, handle handler) error {
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

// spanned continues the trace of each message with a span about its processing.
func (l *link) spanned(queue string, handle handler) handler {
	return func(ctx context.Context, d amqp.Delivery) error {
		ctx = continued(ctx, d.Headers)
		ctx, span := l.tracer.Start(ctx, "process "+queue, trace.WithSpanKind(trace.SpanKindConsumer), producer(ctx),
			messaging("process", "process", d.Exchange+":"+d.RoutingKey+":"+queue, d.RoutingKey, d.MessageId, len(d.Body)))
		return endSpan(span, handle(ctx, d))
	}
}

// settle returns a service that empties a queue and takes its time over each message.
func (s *Shop) settle(service, queue string, each time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		return s.onBroker(ctx, service, "", func(ctx context.Context, l *link) error {
			return consume(ctx, l, reading{queue: queue, workers: 1}, func(ctx context.Context, d amqp.Delivery) error {
				pause(ctx, s.takes(each))
				return d.Ack(false)
			})
		})
	}
}

// followAudit reads the stream queue from its end on (rabbitmq.com/docs/streams#consuming).
func (s *Shop) followAudit(ctx context.Context) error {
	return s.onBroker(ctx, "auditor", "", func(ctx context.Context, l *link) error {
		r := reading{queue: queueAudit, workers: 1, prefetch: 100, args: amqp.Table{"x-stream-offset": "next"}}
		return consume(ctx, l, r, func(_ context.Context, d amqp.Delivery) error { return d.Ack(false) })
	})
}

// watchEvents shows what the warehouse does on a screen, which has a queue for as long as it is
// switched on.
func (s *Shop) watchEvents(ctx context.Context) error {
	return s.onBroker(ctx, "status-screen", "", func(ctx context.Context, l *link) error {
		q, err := l.ch.QueueDeclare("", false, true, true, false, amqp.Table{"x-max-length": int32(100)})
		if err != nil {
			return err
		}
		if err := l.ch.QueueBind(q.Name, "", exchangeEvents, false, nil); err != nil {
			return err
		}
		return consume(ctx, l, reading{queue: q.Name, workers: 1, prefetch: 20}, func(_ context.Context, d amqp.Delivery) error {
			return d.Ack(false)
		})
	})
}
