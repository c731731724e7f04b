package broker

import (
	crand "crypto/rand"
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strconv"
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
	ch.reply = &replyConsumer{tag: r.Tag, suffix: replyAddress()}
	ch.broker.replies[ch.reply.suffix] = ch
	if r.OK != nil {
		r.OK(r.Tag)
	}
	return r.Tag, nil
}

// replyAddress makes an address. RabbitMQ's is a process of the Erlang virtual machine in its external
// form, and a key, both in base64; this has the form of such a process and the key.
func replyAddress() string {
	node := "reply@" + strconv.Itoa(1<<20+rand.IntN(1<<20))
	process := slices.Concat([]byte{131, 'X', 'w', byte(len(node))}, []byte(node), make([]byte, 12))
	return base64.StdEncoding.EncodeToString(process) + "." + base64.StdEncoding.EncodeToString(randomBytes(16))
}

// checkReplyAddress fails, as RabbitMQ does, on an address in which no process can be found.
func checkReplyAddress(key string) *Error {
	process, _, ok := strings.Cut(strings.TrimPrefix(key, replyPrefix), ".")
	if !ok || process == "" {
		return nil
	}
	raw, err := base64.StdEncoding.DecodeString(process)
	if err != nil || len(raw) < 4 || raw[0] != 131 || raw[1] != 'X' {
		return NewError(InternalError, "")
	}
	return nil
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
	if e := checkReplyAddress(name); name != replyQueue && e != nil {
		return QueueOK{}, e
	}
	if name != replyQueue && b.replies[strings.TrimPrefix(name, replyPrefix)] == nil {
		return QueueOK{}, noQueue(vhost, name)
	}
	return QueueOK{Name: name, Consumers: 1}, nil
}

func randomBytes(n int) []byte {
	raw := make([]byte, n)
	_, _ = crand.Read(raw) // never fails
	return raw
}

// madeName is a name made by the server: amq.gen-… of queues, amq.ctag-… of consumers.
func madeName(prefix string) string {
	return prefix + "-" + base64.RawURLEncoding.EncodeToString(randomBytes(16))
}
