package demo

import (
	"context"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/propagation"
)

// billers is how many orders are billed at the same time.
const billers = 4

// The stream of payments and its bound.
const (
	streamPayments = "payments"
	maxPayments    = 5000
)

// receipt is the payload of a payment.
type receipt struct {
	Order       string `json:"order"`
	AmountCents int64  `json:"amount_cents"`
	Currency    string `json:"currency"`
	Method      string `json:"method"`
	Approved    bool   `json:"approved"`
	Signature   []byte `json:"signature"`
}

// billOrders takes placed orders, charges the customer under a lock, writes the payment to the
// stream and says that the order is paid. What cannot be read is rejected and dead-lettered.
func (s *shop) billOrders(ctx context.Context) error {
	db := s.openRedis("billing")
	defer db.Close()
	return s.onBroker(ctx, "billing", func(ctx context.Context, ch *amqp.Channel) error {
		return consume(ctx, ch, queueBilling, billers, func(ctx context.Context, d amqp.Delivery) error {
			o, err := readOrder(d)
			if err != nil {
				return d.Reject(false)
			}
			if err := insist(ctx, func() error { return s.bill(continued(ctx, d), db, ch, o) }); err != nil {
				return err
			}
			return d.Ack(false)
		})
	})
}

func (s *shop) bill(ctx context.Context, db *redis.Client, ch *amqp.Channel, o *order) error {
	unlock, err := lockKey(ctx, db, "lock:order:"+o.ID, s.token(o.ID), orderLease)
	if err != nil {
		return err
	}
	defer unlock()
	if !pause(ctx, s.takes(o.bill)) {
		return context.Cause(ctx)
	}
	if err := pay(ctx, db, o); err != nil {
		return err
	}
	body, err := o.format.encode(o)
	if err != nil {
		return err
	}
	headers := amqp.Table{"region": o.Region, "ship_ms": o.ship.Milliseconds()}
	paid := parcel{exchange: exchangeOrders, key: "order.paid." + o.Region, format: o.format, id: o.ID, headers: headers, body: body}
	if err := publish(ctx, ch, paid); err != nil {
		return err
	}
	return notify(ctx, ch, o)
}

// pay adds a payment to the stream. Redis streams have no headers: the trace context is a field.
func pay(ctx context.Context, db *redis.Client, o *order) error {
	payload, err := o.format.encode(&receipt{
		Order: o.ID, AmountCents: o.TotalCents, Currency: o.Currency, Method: "card", Approved: true, Signature: o.Signature,
	})
	if err != nil {
		return err
	}
	fields := propagation.MapCarrier{"order": o.ID, "amount": fmt.Sprintf("%d.%02d", o.TotalCents/100, o.TotalCents%100), "receipt": string(payload)}
	propagation.TraceContext{}.Inject(ctx, fields)
	return db.XAdd(ctx, &redis.XAddArgs{Stream: streamPayments, MaxLen: maxPayments, Approx: true, Values: map[string]string(fields)}).Err()
}

// notify tells the customer, now and then by a way that nobody listens to.
func notify(ctx context.Context, ch *amqp.Channel, o *order) error {
	key := []string{"email", "email", "sms", "email", "pigeon"}[o.Number%5]
	f := format{contentType: typeJSON}
	body, err := f.encode(map[string]any{"order": o.ID, "to": o.Customer.Email, "template": "order-paid"})
	if err != nil {
		return err
	}
	return publish(ctx, ch, parcel{exchange: exchangeNotify, key: key, format: f, id: "msg-" + o.ID, body: body})
}
