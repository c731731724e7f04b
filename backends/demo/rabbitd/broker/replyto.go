package broker

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// Direct reply-to (https://www.rabbitmq.com/docs/direct-reply-to): a consumer on a queue that does
// not exist, which gets what others publish to an address made for it.
const (
	replyQueue  = "amq.rabbitmq.reply-to"
	replyPrefix = replyQueue + "."
)

// replyConsumer is the channel's one consumer of replies.
type replyConsumer struct{ tag, suffix string }

func (ch *Channel) consumeReplies(r ConsumeRequest) (string, *Error) {
	switch {
	case ch.consumers[r.Tag] != nil:
		return "", NewError(NotAllowed, "attempt to reuse consumer tag '%s'", r.Tag)
	case !r.NoAck:
		return "", NewError(PreconditionFailed, "reply consumer cannot acknowledge")
	case ch.reply != nil:
		return "", NewError(PreconditionFailed, "reply consumer already set")
	}
	if r.Tag == "" {
		r.Tag = madeName("amq.ctag")
	}
	ch.reply = &replyConsumer{tag: r.Tag, suffix: random(36) + "." + random(16)}
	ch.broker.replies[ch.reply.suffix] = ch
	if r.OK != nil {
		r.OK(r.Tag)
	}
	return r.Tag, nil
}

func (ch *Channel) dropReply() {
	if ch.reply != nil {
		delete(ch.broker.replies, ch.reply.suffix)
		ch.reply = nil
	}
}

// reply delivers a message to the consumer of replies that the key names.
func (b *Broker) reply(key string, m *message) {
	ch := b.replies[strings.TrimPrefix(key, replyPrefix)]
	if ch == nil {
		return
	}
	ch.conn.out.Deliver(ch.number, Delivery{
		ConsumerTag: ch.reply.tag, DeliveryTag: ch.nextTag, Exchange: m.exchange, RoutingKey: m.key,
		Properties: m.props, Header: m.header, Body: m.body,
	})
}

// replyDeclared answers queue.declare for the pseudo-queues of replies.
func (b *Broker) replyDeclared(vhost, name string) (QueueOK, *Error) {
	if name != replyQueue && b.replies[strings.TrimPrefix(name, replyPrefix)] == nil {
		return QueueOK{}, noQueue(vhost, name)
	}
	return QueueOK{Name: name, Consumers: 1}, nil
}

// random is text from n random bytes.
func random(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

// madeName is a name made by the server: amq.gen-… of queues, amq.ctag-… of consumers.
func madeName(prefix string) string { return prefix + "-" + random(16) }
