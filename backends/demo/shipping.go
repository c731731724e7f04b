package demo

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// packers is how many orders are shipped at the same time. They wait for each other at the
// warehouse of their region.
const packers = 3

// shipOrders takes paid orders, locks the warehouse of their region and packs.
func (s *shop) shipOrders(ctx context.Context) error {
	db := s.openRedis("shipping")
	defer db.Close()
	return s.onBroker(ctx, "shipping", func(ctx context.Context, ch *amqp.Channel) error {
		return consume(ctx, ch, queueShipping, packers, func(ctx context.Context, d amqp.Delivery) error {
			o, err := readOrder(d)
			if err != nil {
				return d.Reject(false)
			}
			if err := insist(ctx, func() error { return s.ship(continued(ctx, d), db, ch, o) }); err != nil {
				return err
			}
			return d.Ack(false)
		})
	})
}

func (s *shop) ship(ctx context.Context, db *redis.Client, ch *amqp.Channel, o *order) error {
	holder := s.holder("shipping", 30+int(o.Number%packers))
	unlock, err := lockWarehouse(ctx, db, "warehouse:"+o.Region, holder)
	if err != nil {
		return err
	}
	defer unlock()
	if !pause(ctx, s.takes(o.ship)) {
		return context.Cause(ctx)
	}
	f := format{contentType: typeCBOR}
	body, err := f.encode(map[string]any{"event": "shipped", "order": o.ID, "region": o.Region, "parcels": len(o.Items), "at": time.Now()})
	if err != nil {
		return err
	}
	return publish(ctx, ch, parcel{exchange: exchangeEvents, format: f, id: "shipped-" + o.ID, body: body})
}

// settle returns a service that empties a queue and takes its time over each message.
func (s *shop) settle(queue string, each time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		return s.onBroker(ctx, queue, func(ctx context.Context, ch *amqp.Channel) error {
			return consume(ctx, ch, queue, 1, func(ctx context.Context, d amqp.Delivery) error {
				pause(ctx, s.takes(each))
				return d.Ack(false)
			})
		})
	}
}
