package management

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"time"
	"unicode/utf8"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

// getRequest is the body of POST /api/queues/:vhost/:queue/get.
type getRequest struct {
	count    int
	truncate int // negative: not at all
	base64   bool
	mode     string
}

func (c *call) getRequest() getRequest {
	b := c.body("ackmode", "count", "encoding")
	r := getRequest{mode: c.text(b["ackmode"]), count: c.integer(b["count"]), truncate: -1}
	switch b["encoding"] {
	case "auto":
	case "base64":
		r.base64 = true
	default:
		c.fail(badRequest("Unsupported encoding. Please use auto or base64."))
	}
	if value, there := b["truncate"]; there {
		if r.truncate = c.integer(value); r.truncate < 0 {
			c.fail(crash())
		}
	}
	switch r.mode {
	case "ack_requeue_true", "ack_requeue_false", "reject_requeue_true", "reject_requeue_false":
	default:
		c.fail(crash())
	}
	return r
}

// getMessages is POST /api/queues/:vhost/:queue/get. What is to go back to the queue goes when the
// channel closes or, when it is to be rejected, after all are read.
func getMessages(c *call) any {
	r := c.getRequest()
	items := []object{}
	c.channel(func(ch *broker.Channel, _ *catcher) *broker.Error {
		var tags []uint64
		for r.count < 0 || len(items) < r.count {
			m, err := ch.Get(c.params["queue"], r.mode == "ack_requeue_false")
			if err != nil {
				return err
			}
			if m == nil {
				break
			}
			items = append(items, r.show(m))
			tags = append(tags, m.DeliveryTag)
		}
		if r.mode == "reject_requeue_true" || r.mode == "reject_requeue_false" {
			for _, tag := range tags {
				if err := ch.Reject(tag, r.mode == "reject_requeue_true"); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return items
}

func (r *getRequest) show(m *broker.Got) object {
	body := m.Body
	if r.truncate >= 0 {
		body = body[:min(r.truncate, len(body))]
	}
	o := object{
		"payload_bytes": len(m.Body), "redelivered": m.Redelivered, "exchange": m.Exchange,
		"routing_key": m.RoutingKey, "message_count": m.MessageCount, "properties": propertiesJSON(m.Properties),
		"payload": string(body), "payload_encoding": "string",
	}
	if r.base64 || !utf8.Valid(body) {
		o["payload"], o["payload_encoding"] = base64.StdEncoding.EncodeToString(body), "base64"
	}
	return o
}

// property is one of basic's properties that are texts.
type property struct {
	name  string
	flag  wire.Present
	value func(*wire.Properties) *string
}

func textProperties() []property {
	return []property{
		{"content_type", wire.HasContentType, func(p *wire.Properties) *string { return &p.ContentType }},
		{"content_encoding", wire.HasContentEncoding, func(p *wire.Properties) *string { return &p.ContentEncoding }},
		{"correlation_id", wire.HasCorrelationID, func(p *wire.Properties) *string { return &p.CorrelationID }},
		{"reply_to", wire.HasReplyTo, func(p *wire.Properties) *string { return &p.ReplyTo }},
		{"expiration", wire.HasExpiration, func(p *wire.Properties) *string { return &p.Expiration }},
		{"message_id", wire.HasMessageID, func(p *wire.Properties) *string { return &p.MessageID }},
		{"type", wire.HasType, func(p *wire.Properties) *string { return &p.Type }},
		{"user_id", wire.HasUserID, func(p *wire.Properties) *string { return &p.UserID }},
		{"app_id", wire.HasAppID, func(p *wire.Properties) *string { return &p.AppID }},
		{"cluster_id", wire.HasClusterID, func(p *wire.Properties) *string { return &p.ClusterID }},
	}
}

func propertiesJSON(p *wire.Properties) object {
	o := object{}
	if p == nil {
		return o
	}
	// A property is there when it says so or when it has a value.
	there := func(flag wire.Present, value bool) bool { return value || p.Present&flag != 0 }
	for _, t := range textProperties() {
		if value := *t.value(p); there(t.flag, value != "") {
			o[t.name] = value
		}
	}
	if there(wire.HasHeaders, len(p.Headers) > 0) {
		o["headers"] = tableJSON(p.Headers)
	}
	if there(wire.HasDeliveryMode, p.DeliveryMode != 0) {
		o["delivery_mode"] = int(p.DeliveryMode)
	}
	if there(wire.HasPriority, p.Priority != 0) {
		o["priority"] = int(p.Priority)
	}
	if there(wire.HasTimestamp, !p.Timestamp.IsZero()) {
		o["timestamp"] = p.Timestamp.Unix()
	}
	return o
}

// properties reads basic's properties.
func (c *call) properties(value any) *wire.Properties {
	b, ok := value.(map[string]any)
	if !ok {
		c.fail(crash())
	}
	p := &wire.Properties{}
	for _, t := range textProperties() {
		value, there := b[t.name]
		if !there {
			continue
		}
		text, ok := value.(string)
		if !ok {
			c.fail(badRequest([]any{"not_string", t.name}))
		}
		if len(text) > math.MaxUint8 {
			c.fail(crash())
		}
		*t.value(p), p.Present = text, p.Present|t.flag
	}
	if value, there := b["headers"]; there {
		p.Headers, p.Present = c.arguments(value, true), p.Present|wire.HasHeaders
	}
	c.small(b, "delivery_mode", &p.DeliveryMode, p, wire.HasDeliveryMode)
	c.small(b, "priority", &p.Priority, p, wire.HasPriority)
	if value, there := b["timestamp"]; there {
		p.Timestamp, p.Present = time.Unix(c.whole(value, "timestamp"), 0), p.Present|wire.HasTimestamp
	}
	return p
}

// small reads a property of one byte.
func (c *call) small(b map[string]any, name string, into *uint8, p *wire.Properties, flag wire.Present) {
	if value, there := b[name]; there {
		*into, p.Present = uint8(c.whole(value, name)), p.Present|flag
	}
}

func (c *call) whole(value any, name string) int64 {
	number, ok := value.(json.Number)
	n, err := number.Int64()
	if !ok || err != nil {
		c.fail(badRequest([]any{"not_int", name}))
	}
	return n
}

// publishMessage is POST /api/exchanges/:vhost/:exchange/publish.
func publishMessage(c *call) any {
	b := c.body("routing_key", "properties", "payload", "payload_encoding")
	payload, ok := b["payload"].(string)
	if !ok {
		c.fail(badRequest("payload_not_string"))
	}
	p := broker.Publishing{
		Exchange: c.exchangeName("exchange"), RoutingKey: c.text(b["routing_key"]), Mandatory: true,
		Properties: c.properties(b["properties"]), Body: c.payload(payload, b["payload_encoding"]),
	}
	if len(p.RoutingKey) > math.MaxUint8 {
		c.fail(crash())
	}
	var seen catcher
	err := c.with(func(ch *broker.Channel, k *catcher) *broker.Error {
		if err := ch.ConfirmSelect(); err != nil {
			return err
		}
		err := ch.Publish(p)
		seen = *k
		return err
	})
	switch {
	case err != nil:
		c.refuse(err)
	case seen.nacked:
		c.fail(badRequest("rejected Unable to publish message. Check queue limits."))
	}
	return object{"routed": !seen.returned}
}

func (c *call) payload(text string, encoding any) []byte {
	switch encoding {
	case "string":
		return []byte(text)
	case "base64":
		body, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			c.fail(badRequest([]any{"not_base64", text}))
		}
		return body
	}
	c.fail(badRequest([]any{"unsupported_encoding", encoding}))
	return nil
}
