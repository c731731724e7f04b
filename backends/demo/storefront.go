package demo

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// bigOrder is from what sum on an order is handled with priority, in cents.
const bigOrder = 90_000

// sellOrders publishes orders as customers place them.
func (s *shop) sellOrders(ctx context.Context) error {
	return s.onBroker(ctx, "storefront", func(ctx context.Context, ch *amqp.Channel) error {
		return each(ctx, s.orders, func(o *order) error { return place(traced(ctx, o.trace), ch, o) })
	})
}

func place(ctx context.Context, ch *amqp.Channel, o *order) error {
	body, err := o.travelling(time.Now())
	if err != nil {
		return err
	}
	p := parcel{exchange: exchangeOrders, key: "order.placed." + o.Region, format: o.format, id: o.ID, body: body}
	p.headers = amqp.Table{"region": o.Region, "bill_ms": o.bill.Milliseconds(), "ship_ms": o.ship.Milliseconds()}
	if err := publish(ctx, ch, p); err != nil {
		return err
	}
	if o.TotalCents < bigOrder || o.poison {
		return nil
	}
	p.exchange, p.key, p.priority = exchangePriority, "", uint8(min(o.TotalCents/bigOrder, 5))
	p.headers = amqp.Table{"region": o.Region, "priority": "high"}
	return publish(ctx, ch, p)
}

// travelling is the order's payload; that of a poison order is cut off.
func (o *order) travelling(placed time.Time) ([]byte, error) {
	sent := *o
	sent.PlacedAt = placed.UTC().Truncate(time.Millisecond)
	body, err := o.format.encode(&sent)
	if o.poison {
		body = body[:len(body)*2/3]
	}
	return body, err
}

// readOrder reads an order from a delivery, or fails on a poison one.
func readOrder(d amqp.Delivery) (*order, error) {
	o := &order{format: format{d.ContentType, d.ContentEncoding}}
	if err := o.format.decode(d.Body, o); err != nil {
		return nil, err
	}
	o.bill, o.ship = headerTime(d, "bill_ms"), headerTime(d, "ship_ms")
	return o, nil
}

func headerTime(d amqp.Delivery, name string) time.Duration {
	ms, _ := d.Headers[name].(int64)
	return time.Duration(ms) * time.Millisecond
}
