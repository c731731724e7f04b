package demo

import (
	"errors"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The exchanges, one of each kind and one that gets what no binding wants.
const (
	exchangeOrders   = "shop.orders"   // topic: order.placed.REGION, order.paid.REGION
	exchangeAudit    = "shop.audit"    // fanout, bound to shop.orders
	exchangeEvents   = "shop.events"   // fanout: what the warehouse does
	exchangeNotify   = "shop.notify"   // direct: email, sms
	exchangePriority = "shop.priority" // headers: big orders
	exchangeDead     = "shop.dead"     // fanout: dead letters
	exchangeUnrouted = "shop.unrouted" // fanout: alternate of shop.notify
)

// The queues.
const (
	queueBilling   = "billing"
	queueShipping  = "shipping"
	queueAudit     = "audit"
	queueVIP       = "vip"
	queueEmail     = "notify.email"
	queueSMS       = "notify.sms"
	queueWarehouse = "events.warehouse"
	queueAnalytics = "events.analytics" // nobody reads it
	queueUnrouted  = "notify.unrouted"
	queueDead      = "orders.dead"
)

type queue struct {
	name string
	args amqp.Table
}

type binding struct {
	queue, key, exchange string
	args                 amqp.Table
}

func exchanges() map[string]string {
	return map[string]string{
		exchangeOrders: amqp.ExchangeTopic, exchangeAudit: amqp.ExchangeFanout, exchangeEvents: amqp.ExchangeFanout,
		exchangeNotify: amqp.ExchangeDirect, exchangePriority: amqp.ExchangeHeaders, exchangeDead: amqp.ExchangeFanout,
		exchangeUnrouted: amqp.ExchangeFanout,
	}
}

// queues have a bound each (rabbitmq.com/docs/maxlength): the demo may run for days.
func queues() []queue {
	return []queue{
		{queueBilling, amqp.Table{"x-max-length": int32(5000), "x-dead-letter-exchange": exchangeDead}},
		{queueShipping, amqp.Table{
			"x-queue-type": "quorum", "x-max-length": int32(5000), "x-delivery-limit": int32(5), "x-dead-letter-exchange": exchangeDead,
		}},
		{queueAudit, amqp.Table{
			"x-queue-type": "stream", "x-max-length-bytes": int32(8 << 20), "x-stream-max-segment-size-bytes": int32(1 << 20),
		}},
		{queueVIP, amqp.Table{"x-max-length": int32(200), "x-max-priority": int32(5)}},
		{queueEmail, amqp.Table{"x-max-length": int32(1000), "x-message-ttl": int32(3_600_000)}},
		{queueSMS, amqp.Table{"x-max-length": int32(1000)}},
		{queueWarehouse, amqp.Table{"x-max-length": int32(1000)}},
		{queueAnalytics, amqp.Table{"x-max-length": int32(1000), "x-queue-mode": "lazy"}},
		{queueUnrouted, amqp.Table{"x-max-length": int32(100)}},
		{queueDead, amqp.Table{"x-max-length": int32(500)}},
	}
}

func bindings() []binding {
	return []binding{
		{queueBilling, "order.placed.#", exchangeOrders, nil},
		{queueShipping, "order.paid.#", exchangeOrders, nil},
		{queueAudit, "", exchangeAudit, nil},
		{queueVIP, "", exchangePriority, amqp.Table{"x-match": "all", "priority": "high"}},
		{queueEmail, "email", exchangeNotify, nil},
		{queueSMS, "sms", exchangeNotify, nil},
		{queueWarehouse, "", exchangeEvents, nil},
		{queueAnalytics, "", exchangeEvents, nil},
		{queueUnrouted, "", exchangeUnrouted, nil},
		{queueDead, "", exchangeDead, nil},
	}
}

// declare makes everything that is not there yet.
func declare(ch *amqp.Channel) error {
	for name, kind := range exchanges() {
		args := amqp.Table{}
		if name == exchangeNotify {
			args["alternate-exchange"] = exchangeUnrouted
		}
		if err := ch.ExchangeDeclare(name, kind, true, false, false, false, args); err != nil {
			return err
		}
	}
	for _, q := range queues() {
		if _, err := ch.QueueDeclare(q.name, true, false, false, false, q.args); err != nil {
			return err
		}
	}
	var errs []error
	for _, b := range bindings() {
		errs = append(errs, ch.QueueBind(b.queue, b.key, b.exchange, false, b.args))
	}
	errs = append(errs, ch.ExchangeBind(exchangeAudit, "#", exchangeOrders, false, nil))
	return errors.Join(errs...)
}
