package shop

import (
	"context"
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/trace"
)

// bigOrder is from what sum on an order is handled with priority, in cents.
const bigOrder = 90_000

// maxWork bounds how long a message may ask a worker to take: anybody may publish.
const maxWork = 10 * time.Second

// sellOrders publishes orders as customers place them.
func (s *Shop) sellOrders(ctx context.Context) error {
	return s.asPublisher(ctx, "storefront", func(ctx context.Context, l *link) error {
		w := &window{size: 64}
		return each(ctx, s.orders, func(o *order) error {
			ctx, span := begin(ctx, l.tracer, o.trace, "POST /orders", trace.WithSpanKind(trace.SpanKindServer))
			return endSpan(span, s.place(ctx, l, w, o))
		})
	})
}

func (s *Shop) place(ctx context.Context, l *link, w *window, o *order) error {
	p, err := s.placed(o)
	if err != nil {
		return err
	}
	confirmation, err := l.send(ctx, p)
	if err != nil {
		return err
	}
	if err := w.add(ctx, confirmation); err != nil {
		return err
	}
	if o.TotalCents < bigOrder || o.poison {
		return nil
	}
	p.exchange, p.key, p.priority = exchangePriority, "", uint8(min(o.TotalCents/bigOrder, 5))
	p.headers = amqp.Table{"region": o.Region, "priority": "high"}
	if confirmation, err = l.send(ctx, p); err != nil {
		return err
	}
	return w.add(ctx, confirmation)
}

// placed is the message about a placed order; the payload of a poison order is cut off.
func (s *Shop) placed(o *order) (parcel, error) {
	body, err := s.encode(o.format, o)
	if o.poison {
		body = body[:len(body)*2/3]
	}
	return parcel{
		exchange: exchangeOrders, key: "order.placed." + o.Region, format: o.format, id: o.ID, body: body, headers: o.headers(),
	}, err
}

func (o *order) headers() amqp.Table {
	return amqp.Table{
		"region": o.Region, "bill_ms": o.fate.bill.Milliseconds(), "ship_ms": o.fate.ship.Milliseconds(),
		"declines": o.fate.declines, "jammed": o.fate.jammed,
	}
}

// errCutOff says that a payload ends too early. In Protocol Buffers the beginning of a message
// may be a message.
var errCutOff = errors.New("the order has no signature")

// readOrder reads an order from a delivery, or fails on a poison one.
func (s *Shop) readOrder(d amqp.Delivery) (*order, error) {
	o := &order{format: format{d.ContentType, d.ContentEncoding}}
	if err := s.decode(o.format, d.Body, o); err != nil {
		return nil, err
	}
	if len(o.Signature) == 0 {
		return nil, errCutOff
	}
	o.fate = fate{bill: headerTime(d, "bill_ms"), ship: headerTime(d, "ship_ms")}
	o.fate.declines, _ = d.Headers["declines"].(int64)
	o.fate.jammed, _ = d.Headers["jammed"].(bool)
	return o, nil
}

func headerTime(d amqp.Delivery, name string) time.Duration {
	ms, _ := d.Headers[name].(int64)
	return time.Duration(min(max(ms, 0), maxWork.Milliseconds())) * time.Millisecond
}

// publishClicks publishes where visitors point at. Nobody minds if one gets lost.
func (s *Shop) publishClicks(ctx context.Context) error {
	return s.asPublisher(ctx, "clickstream", func(ctx context.Context, l *link) error {
		w := &window{size: 512}
		return each(ctx, s.clicks, func(c *click) error {
			body, err := s.encode(c.format, c)
			if err != nil {
				return err
			}
			confirmation, err := l.send(ctx, parcel{exchange: exchangeClicks, key: "click", format: c.format, body: body, transient: true})
			if err != nil {
				return err
			}
			return w.add(ctx, confirmation)
		})
	})
}
