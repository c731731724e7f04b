package broker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bustop/backends/demo/rabbitd/wire"
)

// Publish is basic.publish. Returns and confirms come through the Outlet before it returns, each
// message's return before its confirm and confirms in the order of publishing.
func (ch *Channel) Publish(p Publishing) *Error {
	if !ch.begin() {
		return nil
	}
	return ch.end(ch.publish(p))
}

func (ch *Channel) publish(p Publishing) *Error {
	if p.Immediate {
		return NewError(NotImplemented, "immediate=true")
	}
	if p.Properties == nil {
		p.Properties = &wire.Properties{}
	}
	x, e := ch.target(p)
	if e != nil {
		return e
	}
	m := &message{exchange: p.Exchange, key: p.RoutingKey, props: p.Properties, header: p.Header, body: p.Body}
	if e := ch.check(m); e != nil {
		return e
	}
	if x.name == "" && strings.HasPrefix(m.key, replyPrefix) {
		if e := checkReplyAddress(m.key); e != nil {
			return e
		}
	}
	queues := ch.broker.route(x, m)
	ch.traceIn(x, m, queues)
	out := publication{exchange: x, msg: m, mandatory: p.Mandatory}
	if ch.confirms || ch.tx != nil {
		ch.sequence++
		out.sequence = ch.sequence
	}
	if ch.tx != nil {
		ch.broker.hold(m)
		out.queues = slices.Clone(queues)
		ch.tx.publications = append(ch.tx.publications, out)
		return nil
	}
	out.queues = queues
	rejected := ch.deliver(out)
	if ch.confirms {
		if !rejected {
			ch.withExchange(x).countExchange(statConfirm)
		}
		ch.conn.out.Confirm(ch.number, out.sequence, false, !rejected)
	}
	return nil
}

// publication is a message that was routed.
type publication struct {
	exchange  *exchange
	msg       *message
	queues    []*queue
	mandatory bool
	sequence  uint64 // 0 when nobody asked for a confirm
}

// target finds the exchange and checks that the user may publish to it.
func (ch *Channel) target(p Publishing) (*exchange, *Error) {
	if limit := ch.broker.opt.MaxMessageSize; int64(len(p.Body)) > limit {
		return nil, NewError(PreconditionFailed, "message size %d is larger than configured max size %d", len(p.Body), limit)
	}
	if e := ch.may(verbWrite, kindExchange, p.Exchange); e != nil {
		return nil, e
	}
	x := ch.conn.vhost.exchanges[p.Exchange]
	if x == nil {
		return nil, noExchange(ch.conn.vhost.name, p.Exchange)
	}
	if x.internal {
		return nil, NewError(AccessRefused, "cannot publish to internal %s", x)
	}
	return x, ch.mayTopic(verbWrite, x, p.RoutingKey)
}

// check looks at the message's properties and takes from them what the broker goes by.
func (ch *Channel) check(m *message) *Error {
	if m.props.ReplyTo == replyQueue {
		if ch.reply == nil {
			return NewError(PreconditionFailed, "fast reply consumer does not exist")
		}
		props := *m.props
		props.ReplyTo = replyPrefix + ch.reply.suffix
		m.props, m.header = &props, nil
	}
	user := ch.conn.user
	if m.props.Has(wire.HasUserID) && m.props.UserID != user.name && !slices.Contains(user.tags, "impersonator") {
		return NewError(PreconditionFailed, "user_id property set to '%s' but authenticated user was '%s'",
			m.props.UserID, user.name)
	}
	m.ttl = unlimited
	if m.props.Has(wire.HasExpiration) {
		ttl, reason := parseExpiration(m.props.Expiration)
		if reason != "" {
			return NewError(PreconditionFailed, "%s", wrapped(fmt.Sprintf("invalid expiration '%s': ", m.props.Expiration), reason))
		}
		m.ttl = ttl
	}
	return m.addressed()
}

// addressed takes further routing keys from the headers CC and BCC and drops the latter
// (https://www.rabbitmq.com/docs/sender-selected).
func (m *message) addressed() *Error {
	m.persistent = m.props.DeliveryMode == 2
	for _, name := range []string{"CC", "BCC"} {
		value, there := m.props.Headers[name]
		if !there {
			continue
		}
		if _, ok := value.([]any); !ok {
			return NewError(PreconditionFailed, "invalid message: {unacceptable_type_in_header,%s,%s}",
				quoted(name), atom(fieldType(value)))
		}
		m.more = append(m.more, copies(m.props.Headers, name)...)
	}
	if mode := m.props.DeliveryMode; m.props.Has(wire.HasDeliveryMode) && mode != 1 && mode != 2 {
		return NewError(PreconditionFailed, "invalid message: {delivery_mode_unknown,%d}", mode)
	}
	if _, blind := m.props.Headers["BCC"]; blind {
		props := *m.props
		props.Headers = props.Headers.Clone()
		delete(props.Headers, "BCC")
		m.props, m.header = &props, nil
	}
	return nil
}

// copies are the routing keys in a header.
func copies(headers wire.Table, name string) []string {
	array, _ := headers[name].([]any)
	var keys []string
	for _, v := range array {
		if key, ok := v.(string); ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// longestTTL bounds times in arguments and properties: ten years in milliseconds.
const longestTTL = 315360000000

// parseExpiration reads the property as Erlang reads integers; the reason is empty when it is fine.
func parseExpiration(text string) (ms int64, reason string) {
	digits := strings.TrimPrefix(strings.TrimPrefix(text, "+"), "-")
	n := len(digits) - len(strings.TrimLeft(digits, "0123456789"))
	if n == 0 || len(text)-len(digits) > 1 {
		return 0, "no_integer"
	}
	if n < len(digits) {
		return 0, "{leftover_string," + quoted(digits[n:]) + "}"
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		number := strings.TrimPrefix(text, "+")
		if strings.HasPrefix(text, "-") {
			return 0, "{value_negative," + number + "}"
		}
		return 0, "{value_too_large," + number + "}"
	}
	return ms, checkTTL(ms)
}

func checkTTL(ms int64) string {
	switch {
	case ms < 0:
		return fmt.Sprintf("{value_negative,%d}", ms)
	case ms > longestTTL:
		return fmt.Sprintf("{value_too_large,%d}", ms)
	}
	return ""
}

// deliver puts a message into its queues and reports whether one of them refused it.
func (ch *Channel) deliver(p publication) (rejected bool) {
	m, x := p.msg, p.exchange
	pair := ch.withExchange(x)
	pair.countExchange(statPublish)
	routed := 0
	for _, q := range p.queues {
		if q.deleted {
			continue
		}
		routed++
		x.withQueue(q).countRouted()
		if !q.publish(m, ch) {
			rejected = true
		}
	}
	switch {
	case routed > 0:
	case p.mandatory:
		pair.countExchange(statReturn)
		ch.conn.out.Return(ch.number, Returned{
			Code: NoRoute, Text: codeName(NoRoute), Exchange: m.exchange, RoutingKey: m.key,
			Properties: m.props, Header: m.header, Body: m.body,
		})
	default:
		pair.countExchange(statDrop)
	}
	return rejected
}

// ConfirmSelect is confirm.select.
func (ch *Channel) ConfirmSelect() *Error {
	if !ch.begin() {
		return nil
	}
	if ch.tx != nil {
		return ch.end(NewError(PreconditionFailed, "cannot switch from tx to confirm mode"))
	}
	ch.confirms = true
	return ch.end(nil)
}

// Flow is channel.flow from the client.
func (ch *Channel) Flow(active bool) *Error {
	if !ch.begin() {
		return nil
	}
	if !active {
		return ch.end(NewError(NotImplemented, "active=false"))
	}
	return ch.end(nil)
}
