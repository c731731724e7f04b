package shop

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/trace"
)

// errRefused says that the broker did not take a message.
var errRefused = errors.New("the broker did not confirm a message")

// parcel is a message to publish.
type parcel struct {
	exchange, key string
	format        format
	id            string
	headers       amqp.Table
	priority      uint8
	body          []byte
	// transient messages need not survive a restart.
	transient bool
	// replyTo and correlation are those of a request or an answer.
	replyTo, correlation string
}

// asPublisher is onBroker with publisher confirms. A service that publishes has a connection for
// it, so that a blocked one holds up no acknowledgements
// (rabbitmq.com/docs/connections#flow-control).
func (s *Shop) asPublisher(ctx context.Context, service string, work func(context.Context, *link) error) error {
	return s.onBroker(ctx, service, " publisher", func(ctx context.Context, l *link) error {
		if err := l.ch.Confirm(false); err != nil {
			return err
		}
		return work(ctx, l)
	})
}

// send publishes a parcel, with the trace context of ctx in its headers, once the broker takes
// messages.
func (l *link) send(ctx context.Context, p parcel) (*amqp.DeferredConfirmation, error) {
	if err := l.gate.pass(ctx); err != nil {
		return nil, err
	}
	ctx, span := l.tracer.Start(ctx, "send "+destination(p), trace.WithSpanKind(trace.SpanKindProducer),
		messaging("send", "send", p.exchange+":"+p.key, p.key, p.id, len(p.body)))
	headers := amqp.Table{}
	maps.Copy(headers, p.headers)
	for k, v := range carried(ctx) {
		headers[k] = v
	}
	mode := amqp.Persistent
	if p.transient {
		mode = amqp.Transient
	}
	confirmation, err := l.ch.PublishWithDeferredConfirm(p.exchange, p.key, false, false, amqp.Publishing{
		Headers: headers, ContentType: p.format.contentType, ContentEncoding: p.format.contentEncoding,
		DeliveryMode: mode, Priority: p.priority, MessageId: p.id, Timestamp: time.Now(), AppId: "order-shop", Body: p.body,
		ReplyTo: p.replyTo, CorrelationId: p.correlation,
	})
	return confirmation, endSpan(span, err)
}

// destination is what a parcel is sent to; each asker of direct replies has a name of its own.
func destination(p parcel) string {
	if strings.HasPrefix(p.key, replyQueue) {
		return replyQueue
	}
	if p.exchange == "" {
		return p.key
	}
	return p.exchange
}

// deliver publishes a parcel and waits until the broker has it.
func (l *link) deliver(ctx context.Context, p parcel) error {
	confirmation, err := l.send(ctx, p)
	if err != nil {
		return err
	}
	return confirmed(ctx, confirmation)
}

func confirmed(ctx context.Context, c *amqp.DeferredConfirmation) error {
	taken, err := c.WaitContext(ctx)
	if err == nil && !taken {
		err = errRefused
	}
	return err
}

// window lets a publisher run some messages ahead of their confirmations.
type window struct {
	size int
	open []*amqp.DeferredConfirmation
}

// add waits for the oldest message when there are too many.
func (w *window) add(ctx context.Context, c *amqp.DeferredConfirmation) error {
	w.open = append(w.open, c)
	if len(w.open) <= w.size {
		return nil
	}
	oldest := w.open[0]
	w.open = slices.Delete(w.open, 0, 1)
	return confirmed(ctx, oldest)
}
