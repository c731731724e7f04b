package rabbitd_test

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// show writes a table value with its type.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "void"
	case string:
		return fmt.Sprintf("%q", v)
	case []byte:
		return fmt.Sprintf("bytes(%q)", v)
	case amqp.Table:
		return showTable(v)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = show(x)
		}
		return "[" + strings.Join(parts, " ") + "]"
	case time.Time:
		return showTime(v)
	case float32:
		return fmt.Sprintf("float32(%x)", math.Float32bits(v))
	case float64:
		return fmt.Sprintf("float64(%x)", math.Float64bits(v))
	case amqp.Decimal:
		return fmt.Sprintf("decimal(%d,%d)", v.Scale, v.Value)
	}
	return fmt.Sprintf("%T(%v)", v, v)
}

func showTable(t amqp.Table) string {
	keys := make([]string, 0, len(t))
	for k := range t {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for i, k := range keys {
		keys[i] = fmt.Sprintf("%s=%s", k, show(t[k]))
	}
	return "{" + strings.Join(keys, " ") + "}"
}

// showTime calls a time within a few minutes from now "now": servers put the present into
// x-death, and observations use no present times of their own.
func showTime(t time.Time) string {
	if d := time.Since(t); d > -5*time.Minute && d < 5*time.Minute {
		return "now"
	}
	return t.UTC().Format(time.RFC3339)
}

// showProperties writes the properties that are set.
func showProperties(p amqp.Publishing) string {
	var b strings.Builder
	add := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%q", name, value)
		}
	}
	add("content-type", p.ContentType)
	add("content-encoding", p.ContentEncoding)
	if p.DeliveryMode != 0 {
		fmt.Fprintf(&b, " delivery-mode=%d", p.DeliveryMode)
	}
	if p.Priority != 0 {
		fmt.Fprintf(&b, " priority=%d", p.Priority)
	}
	add("correlation-id", p.CorrelationId)
	add("reply-to", p.ReplyTo)
	add("expiration", p.Expiration)
	add("message-id", p.MessageId)
	if !p.Timestamp.IsZero() {
		fmt.Fprintf(&b, " timestamp=%s", showTime(p.Timestamp))
	}
	add("type", p.Type)
	add("user-id", p.UserId)
	add("app-id", p.AppId)
	if p.Headers != nil {
		fmt.Fprintf(&b, " headers=%s", showTable(p.Headers))
	}
	return b.String()
}

// showBody shortens what is long.
func showBody(b []byte) string {
	if len(b) > 64 {
		return fmt.Sprintf("%d bytes, hash %x", len(b), hash(b))
	}
	return fmt.Sprintf("%q", b)
}

func hash(b []byte) uint32 {
	h := uint32(2166136261)
	for _, c := range b {
		h = (h ^ uint32(c)) * 16777619
	}
	return h
}

func showDelivery(d amqp.Delivery) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", showBody(d.Body))
	if d.Redelivered {
		b.WriteString(" redelivered")
	}
	fmt.Fprintf(&b, " tag=%d exchange=%q key=%q", d.DeliveryTag, d.Exchange, d.RoutingKey)
	if d.ConsumerTag != "" {
		fmt.Fprintf(&b, " consumer=%q", d.ConsumerTag)
	}
	b.WriteString(showProperties(amqp.Publishing{
		Headers: d.Headers, ContentType: d.ContentType, ContentEncoding: d.ContentEncoding,
		DeliveryMode: d.DeliveryMode, Priority: d.Priority, CorrelationId: d.CorrelationId,
		ReplyTo: d.ReplyTo, Expiration: d.Expiration, MessageId: d.MessageId,
		Timestamp: d.Timestamp, Type: d.Type, UserId: d.UserId, AppId: d.AppId,
	}))
	return b.String()
}

func showReturn(r amqp.Return) string {
	return fmt.Sprintf("returned %d %q exchange=%q key=%q %s%s", r.ReplyCode, r.ReplyText, r.Exchange,
		r.RoutingKey, showBody(r.Body), showProperties(amqp.Publishing{
			Headers: r.Headers, ContentType: r.ContentType, DeliveryMode: r.DeliveryMode,
			Priority: r.Priority, CorrelationId: r.CorrelationId, ReplyTo: r.ReplyTo,
			Expiration: r.Expiration, MessageId: r.MessageId, Type: r.Type, UserId: r.UserId, AppId: r.AppId,
		}))
}

// publishing makes a message with this body.
func publishing(body string) amqp.Publishing { return amqp.Publishing{Body: []byte(body)} }

// publish sends a message.
func (ch *channel) publish(exchange, key string, p amqp.Publishing) {
	ch.s.must(ch.PublishWithContext(context.Background(), exchange, key, false, false, p), "publish")
}

// mandatory sends a message that has to be routed.
func (ch *channel) mandatory(exchange, key string, p amqp.Publishing) {
	ch.s.must(ch.PublishWithContext(context.Background(), exchange, key, true, false, p), "publish")
}

// send publishes bodies to a queue, one after the other.
func (ch *channel) send(queue string, bodies ...string) {
	for _, b := range bodies {
		ch.publish("", queue, publishing(b))
	}
}

// confirmed waits for n confirms and says them in the order of their tags.
func (ch *channel) confirmed(n int) {
	got := make([]amqp.Confirmation, 0, n)
	for range n {
		got = append(got, await(ch.s, ch.confirms, "a confirm"))
	}
	slices.SortFunc(got, func(a, b amqp.Confirmation) int { return int(a.DeliveryTag) - int(b.DeliveryTag) })
	parts := make([]string, n)
	for i, c := range got {
		parts[i] = fmt.Sprintf("%d:%s", c.DeliveryTag, map[bool]string{true: "ack", false: "nack"}[c.Ack])
	}
	ch.s.say("confirms %s", strings.Join(parts, " "))
}

// sure publishes on a confirming channel and waits until the server has taken all.
func (ch *channel) sure(queue string, bodies ...string) {
	ch.send(queue, bodies...)
	for range bodies {
		await(ch.s, ch.confirms, "a confirm")
	}
}

// fetch gets one message from a queue, without acknowledging it.
func (ch *channel) fetch(queue string) (amqp.Delivery, bool) {
	d, ok, err := ch.Get(queue, false)
	ch.s.must(err, "get")
	return d, ok
}

// get says what basic.get gives.
func (ch *channel) get(queue string) amqp.Delivery {
	d, ok := ch.fetch(queue)
	if !ok {
		ch.s.say("get: empty")
		return d
	}
	ch.s.say("get: %s left=%d", showDelivery(d), d.MessageCount)
	return d
}

// arrived gets a message that comes later than its cause, and says it.
func (ch *channel) arrived(queue string) amqp.Delivery {
	var d amqp.Delivery
	ch.s.until("a message in "+queue, func() (ok bool) {
		d, ok = ch.fetch(queue)
		return ok
	})
	d.DeliveryTag = 0
	ch.s.say("arrived: %s", showDelivery(d))
	return d
}

// drain gets and acknowledges all that is there and says the bodies.
func (ch *channel) drain(queue string) {
	bodies := []string{}
	for {
		d, ok := ch.fetch(queue)
		if !ok {
			break
		}
		body := showBody(d.Body)
		if d.Redelivered {
			body += "*"
		}
		bodies = append(bodies, body)
		ch.s.must(ch.Ack(d.DeliveryTag, false), "ack")
	}
	ch.s.say("holds [%s]", strings.Join(bodies, " "))
}

// count is what a passive declare says of a queue.
func (s *scene) count(queue string) (messages, consumers int) {
	ch := s.channel()
	defer ch.Close()
	q, err := ch.QueueDeclarePassive(queue, false, false, false, false, nil)
	s.must(err, "passive declare")
	return q.Messages, q.Consumers
}

// settled waits until a queue has n ready messages, which other channels' actions bring about.
func (s *scene) settled(queue string, n int) {
	ch := s.channel()
	defer ch.Close()
	s.until(fmt.Sprintf("%d messages in %s", n, queue), func() bool {
		q, err := ch.QueueDeclarePassive(queue, false, false, false, false, nil)
		s.must(err, "passive declare")
		return q.Messages == n
	})
}

// gone waits until a queue is no more.
func (s *scene) gone(queue string) {
	s.until("the end of "+queue, func() bool {
		ch := s.channel()
		defer ch.Close()
		_, err := ch.QueueDeclarePassive(queue, false, false, false, false, nil)
		return err != nil
	})
	s.say("the queue is gone")
}

// subscribe consumes with a consumer tag of its own and manual acknowledgements.
func (ch *channel) subscribe(queue, tag string, args amqp.Table) <-chan amqp.Delivery {
	c, err := ch.Consume(queue, tag, false, false, false, false, args)
	ch.s.must(err, "consume")
	return c
}

// delivery waits for the next delivery.
func (s *scene) delivery(c <-chan amqp.Delivery) amqp.Delivery {
	d := await(s, c, "a delivery")
	if d.Acknowledger == nil {
		s.stop("the consumer's channel is closed")
	}
	return d
}

// take says the next n deliveries.
func (s *scene) take(c <-chan amqp.Delivery, n int) []amqp.Delivery {
	got := make([]amqp.Delivery, 0, n)
	for range n {
		d := s.delivery(c)
		s.say("delivery: %s", showDelivery(d))
		got = append(got, d)
	}
	return got
}

// bodies says the bodies of the next n deliveries only.
func (s *scene) bodies(c <-chan amqp.Delivery, n int) []amqp.Delivery {
	got := make([]amqp.Delivery, 0, n)
	parts := make([]string, 0, n)
	for range n {
		d := s.delivery(c)
		got = append(got, d)
		part := showBody(d.Body)
		if d.Redelivered {
			part += "*"
		}
		parts = append(parts, part)
	}
	s.say("deliveries %s", strings.Join(parts, " "))
	return got
}

// replacing makes a normaliser of a regular expression.
func replacing(name, expression, by string) normaliser {
	r := regexp.MustCompile(expression)
	return normaliser{name: name, apply: func(text string) string { return r.ReplaceAllString(text, by) }}
}

// generated hides the random part of names the server makes.
func generated() normaliser {
	return replacing("generated names", `amq\.(gen|ctag)-[A-Za-z0-9_-]{22}`, "amq.$1-RANDOM")
}
