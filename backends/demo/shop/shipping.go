package shop

import (
	"context"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
)

// packers is how many orders are shipped at the same time. They wait for each other at the
// warehouse of their region.
const packers = 3

// jamTime is what a packer spends on an order that fits no parcel.
const jamTime = 200 * time.Millisecond

// shipment is what the warehouse says about a shipped order.
type shipment struct {
	Event   string    `json:"event"`
	Order   string    `json:"order"`
	Region  string    `json:"region"`
	Parcels int       `json:"parcels"`
	At      time.Time `json:"at"`
}

// shipOrders takes paid orders, locks the warehouse of their region and packs. What is jammed goes
// back to the queue until the delivery limit of the quorum queue dead-letters it
// (rabbitmq.com/docs/quorum-queues#poison-message-handling).
func (s *Shop) shipOrders(ctx context.Context) error {
	db := s.openRedis("shipping")
	defer db.Close()
	return s.asPublisher(ctx, "shipping", func(ctx context.Context, out *link) error {
		return s.onBroker(ctx, "shipping", "", func(ctx context.Context, in *link) error {
			return consume(ctx, in, reading{queue: queueShipping, workers: packers}, func(ctx context.Context, d amqp.Delivery) error {
				return s.handlePaid(ctx, db, out, d)
			})
		})
	})
}

func (s *Shop) handlePaid(ctx context.Context, db *redis.Client, out *link, d amqp.Delivery) error {
	if err := s.trouble.pass(ctx); err != nil {
		return err
	}
	o, err := s.readOrder(d)
	if err != nil {
		return d.Reject(false)
	}
	if o.fate.jammed {
		pause(ctx, s.takes(jamTime))
		return d.Nack(false, true)
	}
	if err := insist(ctx, s.takes(50*time.Millisecond), func() error { return s.ship(ctx, db, out, o) }); err != nil {
		return err
	}
	return d.Ack(false)
}

func (s *Shop) ship(ctx context.Context, db *redis.Client, out *link, o *order) error {
	holder := s.holder("shipping", 30+int(uint64(o.Number)%packers))
	unlock, err := lockHash(ctx, db, "warehouse:"+o.Region, holder, warehouseLease)
	if err != nil {
		return err
	}
	defer unlock()
	err = within(ctx, "pack", func(ctx context.Context) error {
		if !pause(ctx, s.takes(o.fate.ship)) {
			return context.Cause(ctx)
		}
		return takeStock(ctx, db, o)
	})
	if err != nil {
		return err
	}
	f := format{contentType: typeCBOR}
	body, err := s.encode(f, &shipment{"shipped", o.ID, o.Region, len(o.Items), time.Now().UTC()})
	if err != nil {
		return err
	}
	return out.deliver(ctx, parcel{exchange: exchangeEvents, format: f, id: "shipped-" + o.ID, body: body})
}
