package rabbitmq

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The firehose (rabbitmq.com/docs/firehose): while tracing is on in a vhost, the server sends a copy of
// each message that is published and of each that is delivered to this exchange, under the keys
// publish.EXCHANGE and deliver.QUEUE. It alone shows what goes by the default exchange and what is
// routed nowhere. To switch it on is a write, which is left to an administrator.
const traceExchange = "amq.rabbitmq.trace"

// firehoseTime bounds a look at the firehose: nobody forgets one that ends by itself.
const firehoseTime = time.Minute

// The beginnings of the firehose's routing keys.
const (
	tracePublish = "publish."
	traceDeliver = "deliver."
)

// tracing asks whether the firehose is on. Unsure says that it cannot be asked: there is no management
// API, or the user may not see the vhost there.
func (s *source) tracing(ctx context.Context) (on, unsure bool, err error) {
	var v management.Vhost
	err = s.manage(ctx, func(ctx context.Context) error {
		return s.client.Get(ctx, management.To("/api/vhosts/{vhost}", s.address.vhost), nil, &v)
	})
	if reason := backends.ReasonOf(err); err != nil && reason != backends.Unreachable && ctx.Err() == nil {
		return false, true, nil
	}
	return bool(v.Tracing), false, err
}

// firehose is what of the firehose a tap shows.
type firehose struct {
	// exchange and queue narrow it to what is published to one exchange or delivered from one queue;
	// where named is false everything is shown.
	exchange, queue string
	named           bool
}

// keys are the bindings that bring it. Names with the wildcards of topics bring more, which wants
// leaves out.
func (t firehose) keys() []tapKey {
	switch {
	case t.queue != "":
		return []tapKey{{key: traceDeliver + t.queue}}
	case t.named:
		return []tapKey{{key: tracePublish + t.exchange}}
	}
	return []tapKey{{key: tracePublish + "#"}, {key: traceDeliver + "#"}}
}

// wants reports whether a copy is part of what is shown.
func (t firehose) wants(d *amqp.Delivery) bool {
	return !t.named || d.RoutingKey == tracePublish+t.exchange || t.queue != "" && d.RoutingKey == traceDeliver+t.queue
}

// about says whose messages are shown.
func (t firehose) about() string {
	switch {
	case t.queue != "":
		return "what is delivered from the queue " + t.queue
	case t.named:
		return "what is published to the exchange " + exchangeName(t.exchange)
	}
	return "everything that is published and delivered in this vhost"
}

// planTrace plans a look at the firehose where it is on, and says what it is where it is not. Why says
// what keeps the target from being tapped by itself, "" for the firehose itself.
func (s *source) planTrace(ctx context.Context, p tapPlan, t firehose, why string) (tapPlan, error) {
	on, unsure, err := s.tracing(ctx)
	if err != nil {
		return tapPlan{}, err
	}
	var effects []string
	if why != "" {
		effects = append(effects, why)
	}
	if !on && !unsure {
		p.Command = management.Command("rabbitmqctl", "trace_on", "-p", s.address.vhost)
		return p.refuse(append(effects, "The firehose would show "+t.about()+"; it is off in this vhost, and bustop never switches it on. "+
			"An administrator does, on the server by "+p.Command+` or with the management API by PUT /api/vhosts/VHOST {"tracing":true}.`, tracePrice())...), nil
	}
	p.trace, p.exchange, p.keys, p.mirrored = &t, traceExchange, t.keys(), false
	p.Consent, p.Command = backends.Confirm, management.Command("rabbitmqctl", "trace_off", "-p", s.address.vhost)
	if p.Effects = append(effects, fmt.Sprintf("The firehose is on in this vhost and shows %s. The tap declares a temporary queue of at most %d messages, "+
		"takes at most 200 messages a second and ends after %d seconds; what it drops is counted.",
		t.about(), tapMessages, int(s.traceTime.Seconds())), tracePrice()); unsure {
		p.Effects = append(p.Effects, "Whether the firehose is on could not be asked; while it is off nothing comes.")
	}
	return p, nil
}

func tracePrice() string {
	return "While it is on, the server copies every message of the vhost once when it is published and once for each delivery, watched or not: " +
		"that costs throughput until an administrator switches it off (rabbitmqctl trace_off)."
}

// planDeliveryTrace plans to watch what a queue delivers, which only the firehose shows: a consumer
// would take the messages from those they are for.
func (s *source) planDeliveryTrace(ctx context.Context, p tapPlan) (tapPlan, error) {
	if s.noTaps {
		return p.refuse(tapsForbidden), nil
	}
	name := p.Target.Name
	if err := s.checkName(name); err != nil {
		return tapPlan{}, err
	}
	var row management.Queue
	err := s.manage(ctx, func(ctx context.Context) (err error) {
		row, err = s.queueRow(ctx, name)
		return err
	})
	if err != nil && (backends.ReasonOf(err) != backends.Unsupported || !errors.Is(err, management.ErrMissing)) {
		return tapPlan{}, err
	}
	if row.Kind() == management.TypeStream {
		return tapPlan{}, &backends.Error{
			Reason: backends.BadUsage, Source: s.address.shown, Object: name, What: "this is a stream", Advice: "follow it as a stream",
		}
	}
	return s.planTrace(ctx, p, firehose{named: true, queue: name}, "To follow a queue as a consumer would take its messages from those they are for.")
}

// boxed bounds the time of a look at the firehose. Ended replaces the error of a look that ran out of it.
func (t *tap) boxed(ctx context.Context) (bounded context.Context, cancel context.CancelFunc, ended func(error) error) {
	if t.plan.trace == nil {
		return ctx, func() {}, func(err error) error { return err }
	}
	if t.until.IsZero() {
		t.until = time.Now().Add(t.source.traceTime)
	}
	bounded, cancel = context.WithDeadline(ctx, t.until)
	return bounded, cancel, func(err error) error {
		if ctx.Err() != nil || bounded.Err() == nil {
			return err
		}
		return finalError{&backends.Error{
			Reason: backends.NotAllowed, Source: t.source.address.shown, Object: t.look.Target.Name,
			What: fmt.Sprintf("the %d seconds of the firehose are over", int(t.source.traceTime.Seconds())), Advice: "open it again for as many more",
		}}
	}
}

// seen is the message of a delivery as it is shown; false for a copy that is not part of what is looked at.
func (t *tap) seen(d *amqp.Delivery) (backends.Message, bool) {
	if t.plan.trace == nil {
		return fromDelivery(t.look.Target, d), true
	}
	if queue, ok := strings.CutPrefix(d.RoutingKey, traceDeliver); !t.plan.trace.wants(d) || ok && t.source.owns(queue) {
		return backends.Message{}, false
	}
	return unwrap(t.look.Target, d), true
}

// unwrap turns a copy of the firehose back into the message that it was, with what the server noted
// (rabbit_trace.erl): who published it and which queues it went to, or from which queue it was
// delivered to whom.
func unwrap(target backends.Target, d *amqp.Delivery) backends.Message {
	noted := d.Headers
	exchange, _ := noted["exchange_name"].(string)
	m := backends.Message{Target: target, Body: d.Body, Size: len(d.Body), Route: firstText(noted["routing_keys"])}
	head := []property{{"exchange", exchangeName(exchange)}}
	queue, delivered := strings.CutPrefix(d.RoutingKey, traceDeliver)
	if delivered {
		again, _ := deliveryCount(noted["redelivered"])
		m.Redelivered = again != 0
		head = append([]property{{"firehose", "delivered from queue " + queue + " to " + whom(noted)}}, head...)
	} else {
		to := texts(noted["routed_queues"])
		words := "routed nowhere"
		switch {
		case exchange == "": // noted before the server looks whether they are there
			words = "meant for the queue " + strings.Join(to, ", ")
		case len(to) > 0:
			words = "routed to " + strings.Join(to, ", ")
		}
		head = append([]property{{"firehose", "published by " + whom(noted) + ", " + words}}, head...)
		if len(to) > 0 {
			head = append(head, property{"routed-queues", string(render(noted["routed_queues"]))})
		}
	}
	if keys := texts(noted["routing_keys"]); len(keys) > 1 {
		head = append(head, property{"routing-keys", string(render(noted["routing_keys"]))})
	}
	var was amqp.Table
	switch t := noted["properties"].(type) {
	case amqp.Table:
		was = t
	case map[string]any:
		was = t
	}
	m.ContentType, m.ContentEncoding = word(was["content_type"]), word(was["content_encoding"])
	for _, name := range []string{
		"message_id", "correlation_id", "reply_to", "type", "app_id", "user_id", "expiration", "priority", "delivery_mode", "cluster_id",
	} {
		head = append(head, property{strings.ReplaceAll(name, "_", "-"), word(was[name])})
	}
	headers, _ := was["headers"].(amqp.Table)
	m.Headers = headerFields(head, headers)
	stamp(&m, timeOf(was["timestamp"]))
	return m
}

// whom is the user and the channel that a copy was made for.
func whom(noted amqp.Table) string {
	text := word(noted["user"]) + " on " + word(noted["connection"])
	if channel := word(noted["channel"]); channel != "" {
		text += ", channel " + channel
	}
	if node := word(noted["node"]); node != "" {
		text += ", " + node
	}
	return text
}

// word is a property as text, "" when it is not set.
func word(v any) string {
	if v == nil {
		return ""
	}
	return string(render(v))
}

// timeOf reads a timestamp, which the server notes in seconds.
func timeOf(v any) time.Time {
	if t, ok := v.(time.Time); ok {
		return t
	}
	if seconds, ok := deliveryCount(v); ok && seconds > 0 {
		return time.Unix(seconds, 0)
	}
	return time.Time{}
}

// texts are the texts in an array.
func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, item := range list {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func firstText(v any) string {
	if all := texts(v); len(all) > 0 {
		return all[0]
	}
	return ""
}
