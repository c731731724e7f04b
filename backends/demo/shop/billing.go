package shop

import (
	"context"
	"maps"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// billers is how many orders are billed at the same time.
const billers = 4

// receipt is the payload of a payment.
type receipt struct {
	Order       string `json:"order" pb:"1"`
	AmountCents int64  `json:"amount_cents" pb:"2"`
	Currency    string `json:"currency" pb:"3"`
	Method      string `json:"method" pb:"4"`
	Approved    bool   `json:"approved" pb:"5"`
	Signature   []byte `json:"signature" pb:"6"`
}

// billOrders takes placed orders, charges the customer under a lock, writes the payment to the
// stream and says that the order is paid. What cannot be read is rejected and dead-lettered; a
// card that is declined is tried again later.
func (s *Shop) billOrders(ctx context.Context) error {
	db := s.openRedis("billing")
	defer db.Close()
	return s.asPublisher(ctx, "billing", func(ctx context.Context, out *link) error {
		return s.onBroker(ctx, "billing", "", func(ctx context.Context, in *link) error {
			return consume(ctx, in, reading{queue: queueBilling, workers: billers}, func(ctx context.Context, d amqp.Delivery) error {
				return s.handlePlaced(ctx, db, out, d)
			})
		})
	})
}

func (s *Shop) handlePlaced(ctx context.Context, db *redis.Client, out *link, d amqp.Delivery) error {
	o, err := s.readOrder(d)
	if err != nil {
		return d.Reject(false)
	}
	attempt, _ := d.Headers["attempt"].(int64)
	if o.fate.declines > attempt {
		return s.retryLater(ctx, out, d, o, attempt)
	}
	if err := insist(ctx, firstPause, func() error { return s.bill(ctx, db, out, o) }); err != nil {
		return err
	}
	return d.Ack(false)
}

// retryLater puts an order on the next rung of the ladder, or gives it up at the end of it.
func (s *Shop) retryLater(ctx context.Context, out *link, d amqp.Delivery, o *order, attempt int64) error {
	if !pause(ctx, s.takes(o.fate.bill/2)) {
		return context.Cause(ctx)
	}
	ladder := rungs()
	if attempt < 0 || attempt >= int64(len(ladder)) {
		return d.Reject(false)
	}
	headers := maps.Clone(d.Headers)
	headers["attempt"] = attempt + 1
	headers["reason"] = "card declined"
	p := parcel{exchange: exchangeRetry, key: ladder[attempt].name, format: o.format, id: o.ID, headers: headers, body: d.Body}
	if err := out.deliver(ctx, p); err != nil {
		return err
	}
	return d.Ack(false)
}

func (s *Shop) bill(ctx context.Context, db *redis.Client, out *link, o *order) error {
	unlock, err := lockKey(ctx, db, "lock:order:"+o.ID, s.token(o.ID), orderLease)
	if err != nil {
		return err
	}
	defer unlock()
	err = within(ctx, "charge card", func(ctx context.Context) error {
		if !pause(ctx, s.takes(o.fate.bill)) {
			return context.Cause(ctx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.pay(ctx, db, o); err != nil {
		return err
	}
	body, err := s.encode(o.format, o)
	if err != nil {
		return err
	}
	paid := parcel{exchange: exchangeOrders, key: "order.paid." + o.Region, format: o.format, id: o.ID, headers: o.headers(), body: body}
	if err := out.deliver(ctx, paid); err != nil {
		return err
	}
	return s.notify(ctx, out, o)
}

// notice is what a customer is told.
type notice struct {
	Order    string `json:"order"`
	To       string `json:"to"`
	Template string `json:"template"`
}

// notify tells the customer, now and then by a way that nobody listens to.
func (s *Shop) notify(ctx context.Context, out *link, o *order) error {
	key := []string{"email", "email", "sms", "email", "pigeon"}[uint64(o.Number)%5]
	f := format{contentType: typeJSON}
	body, err := s.encode(f, &notice{o.ID, o.Customer.Email, "order-paid"})
	if err != nil {
		return err
	}
	return out.deliver(ctx, parcel{exchange: exchangeNotify, key: key, format: f, id: "msg-" + o.ID, body: body})
}

// writeInvoices returns a service that writes invoices while it is the one active consumer of
// their queue (rabbitmq.com/docs/consumers#single-active-consumer); another one stands by.
func (s *Shop) writeInvoices(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		db := s.openRedis(name)
		defer db.Close()
		return s.onBroker(ctx, name, "", func(ctx context.Context, in *link) error {
			return consume(ctx, in, reading{queue: queueInvoices, workers: 1}, func(ctx context.Context, d amqp.Delivery) error {
				pause(ctx, s.takes(80*time.Millisecond))
				if err := insist(ctx, firstPause, func() error { return db.Incr(ctx, "invoice:number").Err() }); err != nil {
					return err
				}
				return d.Ack(false)
			})
		})
	}
}
