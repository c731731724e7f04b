package shop

import (
	"errors"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The exchanges: some of each kind, and one that gets what no binding wants.
const (
	exchangeOrders   = "shop.orders"   // topic: order.placed.REGION, order.paid.REGION
	exchangeAudit    = "shop.audit"    // fanout, bound to shop.orders
	exchangeEvents   = "shop.events"   // fanout: what the warehouse does
	exchangeNotify   = "shop.notify"   // direct: email, sms
	exchangeClicks   = "shop.clicks"   // direct: click
	exchangeRetry    = "shop.retry"    // direct: 5s, 30s, 5m
	exchangePriority = "shop.priority" // headers: big orders
	exchangeDead     = "shop.dead"     // fanout: dead letters
	exchangeUnrouted = "shop.unrouted" // fanout: alternate of shop.notify
)

// The queues.
const (
	queueBilling   = "billing"
	queueShipping  = "shipping" // quorum
	queueInvoices  = "invoices" // one of its two consumers is active
	queueAudit     = "audit"    // stream
	queueVIP       = "vip"      // with priorities
	queueEmail     = "notify.email"
	queueSMS       = "notify.sms"
	queueWarehouse = "events.warehouse"
	queueAnalytics = "events.analytics" // lazy, and nobody reads it
	queueClicks    = "clicks"
	queueStock     = "rpc.stock" // asked with direct reply-to
	queueUnrouted  = "notify.unrouted"
	queueDead      = "orders.dead"
)

// rung is a step of the ladder on which a declined order waits before it is billed again. Its
// queue "retry.NAME" has no consumer: what is in it expires and is dead-lettered to billing.
type rung struct {
	name string
	wait time.Duration
}

func rungs() []rung {
	return []rung{{"5s", 5 * time.Second}, {"30s", 30 * time.Second}, {"5m", 5 * time.Minute}}
}

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
		exchangeNotify: amqp.ExchangeDirect, exchangeClicks: amqp.ExchangeDirect, exchangeRetry: amqp.ExchangeDirect,
		exchangePriority: amqp.ExchangeHeaders, exchangeDead: amqp.ExchangeFanout, exchangeUnrouted: amqp.ExchangeFanout,
	}
}

// queues have a bound each (rabbitmq.com/docs/maxlength): the demo may run for days.
func queues() []queue {
	list := []queue{
		{queueBilling, amqp.Table{"x-max-length": int32(5000), "x-dead-letter-exchange": exchangeDead}},
		{queueShipping, amqp.Table{
			"x-queue-type": "quorum", "x-max-length": int32(5000), "x-delivery-limit": int32(5), "x-dead-letter-exchange": exchangeDead,
		}},
		{queueInvoices, amqp.Table{"x-max-length": int32(2000), "x-single-active-consumer": true}},
		{queueAudit, amqp.Table{
			"x-queue-type": "stream", "x-max-length-bytes": int32(4 << 20), "x-stream-max-segment-size-bytes": int32(1 << 20),
		}},
		{queueVIP, amqp.Table{"x-max-length": int32(200), "x-max-priority": int32(5)}},
		{queueEmail, amqp.Table{"x-max-length": int32(1000), "x-message-ttl": int32(3_600_000)}},
		{queueSMS, amqp.Table{"x-max-length": int32(1000)}},
		{queueWarehouse, amqp.Table{"x-max-length": int32(1000)}},
		{queueAnalytics, amqp.Table{"x-max-length": int32(1000), "x-queue-mode": "lazy"}},
		{queueClicks, amqp.Table{"x-max-length": int32(20_000)}},
		{queueStock, amqp.Table{"x-max-length": int32(100), "x-message-ttl": int32(quoteWait.Milliseconds())}},
		{queueUnrouted, amqp.Table{"x-max-length": int32(100)}},
		{queueDead, amqp.Table{"x-max-length": int32(500)}},
	}
	for _, r := range rungs() {
		list = append(list, queue{"retry." + r.name, amqp.Table{
			"x-max-length": int32(2000), "x-message-ttl": int32(r.wait.Milliseconds()),
			"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queueBilling,
		}})
	}
	return list
}

func bindings() []binding {
	list := []binding{
		{queueBilling, "order.placed.#", exchangeOrders, nil},
		{queueShipping, "order.paid.#", exchangeOrders, nil},
		{queueInvoices, "order.paid.*", exchangeOrders, nil},
		{queueAudit, "", exchangeAudit, nil},
		{queueVIP, "", exchangePriority, amqp.Table{"x-match": "all", "priority": "high"}},
		{queueEmail, "email", exchangeNotify, nil},
		{queueSMS, "sms", exchangeNotify, nil},
		{queueWarehouse, "", exchangeEvents, nil},
		{queueAnalytics, "", exchangeEvents, nil},
		{queueClicks, "click", exchangeClicks, nil},
		{queueUnrouted, "", exchangeUnrouted, nil},
		{queueDead, "", exchangeDead, nil},
	}
	for _, r := range rungs() {
		list = append(list, binding{"retry." + r.name, r.name, exchangeRetry, nil})
	}
	return list
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
