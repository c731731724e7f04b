package rabbitmq

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
)

// offsetHeader is how a stream tells where a message is, and how a consumer tells where to start
// (rabbitmq.com/docs/streams).
const offsetHeader = "x-stream-offset"

// property is a property of a message (AMQP 0-9-1, class basic) with its specified name.
type property struct {
	name  string
	value string
}

// fromDelivery converts a message that came over AMQP.
func fromDelivery(target backends.Target, d *amqp.Delivery) backends.Message {
	m := backends.Message{
		Target: target, Route: d.RoutingKey, Body: d.Body, Size: len(d.Body),
		ContentType: d.ContentType, ContentEncoding: d.ContentEncoding, Redelivered: d.Redelivered,
	}
	m.Headers = headerFields([]property{
		{"exchange", d.Exchange},
		{"message-id", d.MessageId},
		{"correlation-id", d.CorrelationId},
		{"reply-to", d.ReplyTo},
		{"type", d.Type},
		{"app-id", d.AppId},
		{"user-id", d.UserId},
		{"expiration", d.Expiration},
		{"priority", small(d.Priority)},
		{"delivery-mode", small(d.DeliveryMode)},
	}, d.Headers)
	nameTypes(m.Headers, d.Headers)
	stamp(&m, d.Timestamp)
	return m
}

// fromStream converts a message of a stream; its offset is its position and no header of its own.
func fromStream(target backends.Target, d *amqp.Delivery) backends.Message {
	m := fromDelivery(target, d)
	if offset, ok := offsetOf(d); ok {
		m.Position = strconv.FormatInt(offset, 10)
		kept := m.Headers[:0]
		for _, h := range m.Headers {
			if h.Name != offsetHeader {
				kept = append(kept, h)
			}
		}
		m.Headers = kept
	}
	return m
}

func offsetOf(d *amqp.Delivery) (int64, bool) {
	offset, ok := d.Headers[offsetHeader].(int64)
	return offset, ok
}

// fromGot converts a message that came by the management API.
func fromGot(target backends.Target, row management.Got) (backends.Message, error) {
	body := []byte(row.Payload)
	if row.Encoding == "base64" {
		decoded, err := base64.StdEncoding.DecodeString(row.Payload)
		if err != nil {
			return backends.Message{}, err
		}
		body = decoded
	}
	p := row.Properties
	m := backends.Message{
		Target: target, Route: row.Key, Body: body, Size: len(body),
		ContentType: p.Text("content_type"), ContentEncoding: p.Text("content_encoding"),
		Redelivered: bool(row.Redelivered),
	}
	if row.Bytes.Known {
		m.Size = max(m.Size, int(row.Bytes.Value))
	}
	told, _ := p["headers"].(map[string]any)
	headers := gotHeaders(told)
	m.Headers = headerFields([]property{
		{"exchange", row.Exchange},
		{"message-id", p.Text("message_id")},
		{"correlation-id", p.Text("correlation_id")},
		{"reply-to", p.Text("reply_to")},
		{"type", p.Text("type")},
		{"app-id", p.Text("app_id")},
		{"user-id", p.Text("user_id")},
		{"expiration", p.Text("expiration")},
		{"priority", digits(p["priority"])},
		{"delivery-mode", digits(p["delivery_mode"])},
	}, headers)
	nameGotTypes(m.Headers, headers)
	var when time.Time
	if seconds, ok := p.Integer("timestamp"); ok {
		when = management.Num(float64(seconds)).Seconds()
	}
	stamp(&m, when)
	return m, nil
}

// headerFields are the properties that are set, then the headers in the order of their names.
func headerFields(properties []property, headers map[string]any) []backends.Field {
	fields := make([]backends.Field, 0, len(properties)+len(headers))
	for _, p := range properties {
		if p.value != "" {
			fields = append(fields, backends.Field{Name: p.name, Value: []byte(p.value)})
		}
	}
	return append(fields, argumentFields(headers)...)
}

// stamp sets the publisher's time, else the time of receipt.
func stamp(m *backends.Message, published time.Time) {
	m.Time = published
	if published.IsZero() {
		m.Time, m.TimeReceived = time.Now(), true
	}
}

// small is a property that is zero when it is not set.
func small(n uint8) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

func digits(v any) string {
	n, _ := v.(json.Number)
	return n.String()
}
