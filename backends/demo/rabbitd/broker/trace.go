package broker

import (
	"fmt"
	"slices"

	"bustop/backends/demo/rabbitd/wire"
)

// The firehose (https://www.rabbitmq.com/docs/firehose): with tracing on, a virtual host sends a
// copy of everything that is published and delivered to this exchange.
const traceExchange = "amq.rabbitmq.trace"

// traceIn sends the copy of a message that was published.
func (ch *Channel) traceIn(x *exchange, m *message, queues []*queue) {
	if !ch.conn.vhost.tracing {
		return
	}
	names := []any{}
	if x.name == "" { // RabbitMQ notes the queues that the keys name, whether they are there or not
		var named []string
		m.keys(func(key string) { named = append(named, key) })
		slices.Sort(named)
		for _, name := range slices.Compact(named) {
			names = append(names, name)
		}
	} else {
		for _, q := range queues {
			names = append(names, q.name)
		}
	}
	ch.trace(m, "publish."+x.name, wire.Table{"routed_queues": names})
}

// traceOut sends the copy of a message that was delivered.
func (ch *Channel) traceOut(q *queue, m *message, redelivered bool) {
	if !ch.conn.vhost.tracing {
		return
	}
	again := int32(0)
	if redelivered {
		again = 1
	}
	ch.trace(m, "deliver."+q.name, wire.Table{"redelivered": again})
}

func (ch *Channel) trace(m *message, key string, headers wire.Table) {
	v := ch.conn.vhost
	if m.exchange == traceExchange {
		return
	}
	keys := []any{}
	m.keys(func(key string) { keys = append(keys, key) })
	headers["exchange_name"] = m.exchange
	headers["routing_keys"] = keys
	headers["properties"] = propertyTable(m.props)
	headers["node"] = ch.broker.opt.Node
	headers["vhost"] = v.name
	headers["connection"] = ch.conn.info.Name
	headers["channel"] = int32(ch.number)
	headers["user"] = ch.conn.user.name
	copied := &message{
		exchange: traceExchange, key: key, body: m.body, ttl: unlimited,
		props: &wire.Properties{Headers: headers},
	}
	ch.broker.later.pushBack(task{copy: copied, vhost: v})
}

// spread publishes a message that the broker itself sends.
func (b *Broker) spread(v *vhost, m *message) {
	x := v.exchanges[m.exchange]
	if x == nil {
		return
	}
	for _, q := range b.route(x, m) {
		q.publish(m, nil)
	}
}

// propertyTable lists the properties that a message has.
func propertyTable(p *wire.Properties) wire.Table {
	t := wire.Table{}
	put := func(there wire.Present, name string, value any) {
		if p.Has(there) {
			t[name] = value
		}
	}
	put(wire.HasContentType, "content_type", p.ContentType)
	put(wire.HasContentEncoding, "content_encoding", p.ContentEncoding)
	put(wire.HasHeaders, "headers", p.Headers)
	put(wire.HasDeliveryMode, "delivery_mode", int32(p.DeliveryMode))
	put(wire.HasPriority, "priority", int32(p.Priority))
	put(wire.HasCorrelationID, "correlation_id", p.CorrelationID)
	put(wire.HasReplyTo, "reply_to", p.ReplyTo)
	put(wire.HasExpiration, "expiration", p.Expiration)
	put(wire.HasMessageID, "message_id", p.MessageID)
	if p.Has(wire.HasTimestamp) {
		t["timestamp"] = int32(min(p.Timestamp.Unix(), 1<<31-1))
	}
	put(wire.HasType, "type", p.Type)
	put(wire.HasUserID, "user_id", p.UserID)
	put(wire.HasAppID, "app_id", p.AppID)
	put(wire.HasClusterID, "cluster_id", p.ClusterID)
	return t
}

// kindName is the Erlang module that RabbitMQ's texts name a type of queues by.
func kindName(kind string) string { return fmt.Sprintf("rabbit_%s_queue", kind) }
