package broker

import (
	"slices"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// Why a message is dead-lettered (https://www.rabbitmq.com/docs/dlx).
const (
	reasonRejected      = "rejected"
	reasonExpired       = "expired"
	reasonMaxLen        = "maxlen"
	reasonDeliveryLimit = "delivery_limit"
)

const deathHeader = "x-death"

// death is a message on its way from a queue to its dead-letter exchange.
type death struct {
	queue  *queue
	msg    *message
	reason string
}

// bin drops a message that was taken from the queue and sends it to the dead-letter exchange when
// there is one.
func (q *queue) bin(e *entry, reason string) {
	q.kill(e.msg, reason)
	q.drop(e)
}

// kill sends a message to the queue's dead-letter exchange.
func (q *queue) kill(m *message, reason string) {
	if q.limits.deadExchange == nil {
		return
	}
	q.broker.hold(m)
	q.broker.later.pushBack(task{death: &death{queue: q, msg: m, reason: reason}})
}

// bury publishes a dead message. No one hears of it when that fails: dead-lettering is at most once.
func (b *Broker) bury(d *death) {
	defer b.release(d.msg)
	if d.queue.limits.deadExchange == nil {
		return
	}
	x := d.queue.vhost.exchanges[*d.queue.limits.deadExchange]
	if x == nil {
		return
	}
	m := d.letter(x.name, d.queue.limits.deadKey, b.wall())
	deaths := deathsOf(m.props.Headers)
	for _, q := range b.route(x, m) {
		if !isCycle(q.name, deaths) {
			q.publish(m, nil)
		}
	}
}

// letter makes the message that is published in place of the dead one.
func (d *death) letter(exchange string, key *string, now time.Time) *message {
	old := d.msg
	props := *old.props
	keys := append([]string{old.key}, copies(props.Headers, "CC")...)
	info := wire.Table{
		"reason":       d.reason,
		"queue":        d.queue.name,
		"time":         time.Unix(now.Unix(), 0).UTC(),
		"exchange":     old.exchange,
		"routing-keys": texts(keys),
	}
	if props.Has(wire.HasExpiration) {
		info["original-expiration"] = props.Expiration
	}
	props.Headers = recordDeath(props.Headers, info)
	props.Expiration = ""
	props.Present = props.Present&^wire.HasExpiration | wire.HasHeaders
	m := &message{
		exchange: exchange, key: old.key, more: old.more, props: &props, body: old.body,
		persistent: old.persistent, ttl: unlimited,
	}
	if key != nil {
		m.key, m.more = *key, nil
		delete(props.Headers, "CC")
	}
	return m
}

func texts(list []string) []any {
	array := make([]any, len(list))
	for i, s := range list {
		array[i] = s
	}
	return array
}

// deathsOf returns the tables of the header x-death, the latest first.
func deathsOf(headers wire.Table) []wire.Table {
	array, _ := headers[deathHeader].([]any)
	deaths := make([]wire.Table, 0, len(array)+1)
	for _, v := range array {
		if t, ok := v.(wire.Table); ok {
			deaths = append(deaths, t)
		}
	}
	return deaths
}

func sameDeath(a, b wire.Table) bool { return a["queue"] == b["queue"] && a["reason"] == b["reason"] }

// recordDeath returns the headers with one more death. Deaths of the same queue and reason are one
// entry with a count, which moves to the front.
func recordDeath(old, info wire.Table) wire.Table {
	headers := old.Clone()
	if headers == nil {
		headers = wire.Table{}
	}
	if _, dead := headers[deathHeader]; !dead {
		headers["x-first-death-reason"] = info["reason"]
		headers["x-first-death-queue"] = info["queue"]
		headers["x-first-death-exchange"] = info["exchange"]
	}
	groups := groupDeaths(deathsOf(old))
	first := info
	first["count"] = int64(1)
	if i := slices.IndexFunc(groups, func(t wire.Table) bool { return sameDeath(t, info) }); i >= 0 {
		first = groups[i].Clone()
		n, _ := integer(first["count"])
		first["count"] = n + 1
		groups = slices.Delete(groups, i, i+1)
	}
	list := []any{first}
	for _, t := range groups {
		list = append(list, t)
	}
	headers[deathHeader] = list
	return headers
}

// groupDeaths makes one entry of those with the same queue and reason. With two or more it turns
// their order round: RabbitMQ 3.10 does so every time.
func groupDeaths(deaths []wire.Table) []wire.Table {
	if len(deaths) < 2 {
		return deaths
	}
	var groups []wire.Table
	for _, t := range deaths {
		same := func(other wire.Table) bool { return sameDeath(other, t) }
		if slices.ContainsFunc(groups, same) {
			continue
		}
		if _, counted := t["count"]; !counted {
			n := 0
			for _, other := range deaths {
				if same(other) {
					n++
				}
			}
			t = t.Clone()
			t["count"] = int64(n)
		}
		groups = append(groups, t)
	}
	slices.Reverse(groups)
	return groups
}

// isCycle reports whether a message with these deaths comes back to a queue without having been
// rejected on the way.
func isCycle(queue string, deaths []wire.Table) bool {
	for _, t := range deaths {
		if t["reason"] == reasonRejected {
			return false
		}
		if t["queue"] == queue {
			return true
		}
	}
	return false
}
