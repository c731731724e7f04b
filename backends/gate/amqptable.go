package gate

import "strings"

// methodID is a class and a method of AMQP 0-9-1.
type methodID struct{ class, method uint16 }

// amqpMethod is a method that a client may send by the protocol. A nil rule refuses it; a rule
// returns why it refuses, "" when it does not.
type amqpMethod struct {
	name string
	rule func(r *amqpRules, channel uint16, args *fields) string
}

// amqpTable lists every method a client can send (AMQP 0-9-1 reference with RabbitMQ's
// extensions); those with a rule may pass.
func amqpTable() map[methodID]amqpMethod {
	return map[methodID]amqpMethod{
		{10, 11}:  {"connection.start-ok", always},
		{10, 21}:  {"connection.secure-ok", always},
		{10, 31}:  {"connection.tune-ok", always},
		{10, 40}:  {"connection.open", always},
		{10, 50}:  {"connection.close", always},
		{10, 51}:  {"connection.close-ok", always},
		{10, 70}:  {"connection.update-secret", nil},
		{20, 10}:  {"channel.open", openChannel},
		{20, 20}:  {"channel.flow", nil},
		{20, 21}:  {"channel.flow-ok", always},
		{20, 40}:  {"channel.close", always},
		{20, 41}:  {"channel.close-ok", always},
		{30, 10}:  {"access.request", nil},
		{40, 10}:  {"exchange.declare", nil},
		{40, 20}:  {"exchange.delete", nil},
		{40, 30}:  {"exchange.bind", nil},
		{40, 40}:  {"exchange.unbind", nil},
		{50, 10}:  {"queue.declare", declareOwn},
		{50, 20}:  {"queue.bind", bindOwn},
		{50, 30}:  {"queue.purge", nil},
		{50, 40}:  {"queue.delete", nil},
		{50, 50}:  {"queue.unbind", bindOwn},
		{60, 10}:  {"basic.qos", always},
		{60, 20}:  {"basic.consume", consumeHarmlessly},
		{60, 30}:  {"basic.cancel", always},
		{60, 40}:  {"basic.publish", nil},
		{60, 70}:  {"basic.get", getToPutBack},
		{60, 80}:  {"basic.ack", ackOwn},
		{60, 90}:  {"basic.reject", nil},
		{60, 100}: {"basic.recover-async", nil},
		{60, 110}: {"basic.recover", nil},
		{60, 120}: {"basic.nack", putBack},
		{85, 10}:  {"confirm.select", nil},
		{90, 10}:  {"tx.select", nil},
		{90, 20}:  {"tx.commit", nil},
		{90, 30}:  {"tx.rollback", nil},
	}
}

// ownPrefix is how RabbitMQ names the queues that clients leave nameless; nobody else may
// declare a name with it.
const ownPrefix = "amq.gen-"

// Why a method is refused.
const (
	whyMalformed = "malformed"
	whyForeign   = "only for a queue of bustop's own (" + ownPrefix + "…)"
)

func always(*amqpRules, uint16, *fields) string { return "" }

func openChannel(r *amqpRules, channel uint16, _ *fields) string {
	delete(r.got, channel)
	return ""
}

// declareOwn lets nameless queues through that end with the connection. Passive declarations,
// which only ask, are refused too: they keep a queue alive that would expire (x-expires).
func declareOwn(_ *amqpRules, _ uint16, args *fields) string {
	args.short()
	name, bits, table := args.shortString(), args.octet(), args.table()
	if !args.complete() {
		return whyMalformed
	}
	const passive, durable, exclusive, autoDelete = 1, 2, 4, 8
	if name != "" || bits&(passive|durable|exclusive|autoDelete) != exclusive|autoDelete {
		return "only a nameless, exclusive, auto-delete, transient queue"
	}
	return deadLettersNowhere(table)
}

// deadLettersNowhere keeps what a tap drops from turning up in somebody's queue: dead letters go
// to the default exchange under a name that ends in ".discard", which no queue has.
func deadLettersNowhere(table map[string]field) string {
	if exchange, ok := table["x-dead-letter-exchange"]; ok {
		key := table["x-dead-letter-routing-key"].text
		if exchange.kind != 'S' || exchange.text != "" || !strings.HasSuffix(key, ".discard") {
			return `dead letters may only go to the default exchange, under a key that ends in ".discard"`
		}
	}
	return ""
}

func bindOwn(_ *amqpRules, _ uint16, args *fields) string {
	args.short()
	if name := args.shortString(); args.bad || !strings.HasPrefix(name, ownPrefix) {
		return whyForeign
	}
	return ""
}

// consumeHarmlessly lets consumers on queues of our own and on streams through, where reading
// takes nothing away. Elsewhere a consumer takes messages from others, and its end deletes an
// auto-delete queue. A stream is known by its offset argument and by manual acknowledgement,
// which it demands.
func consumeHarmlessly(_ *amqpRules, _ uint16, args *fields) string {
	args.short()
	name, _, bits, table := args.shortString(), args.shortString(), args.octet(), args.table()
	if !args.complete() {
		return whyMalformed
	}
	if strings.HasPrefix(name, ownPrefix) {
		return ""
	}
	const noAck, exclusive = 2, 4
	if _, stream := table["x-stream-offset"]; stream && bits&(noAck|exclusive) == 0 {
		return ""
	}
	return whyForeign + " or a stream, from an offset"
}

// getToPutBack refuses basic.get with automatic acknowledgement, which takes the message away.
func getToPutBack(r *amqpRules, channel uint16, args *fields) string {
	args.short()
	_, bits := args.shortString(), args.octet()
	if !args.complete() {
		return whyMalformed
	}
	if bits != 0 {
		return "automatic acknowledgement takes the message away"
	}
	r.got[channel] = true
	return ""
}

// ackOwn refuses basic.ack on a channel that holds messages by basic.get.
func ackOwn(r *amqpRules, channel uint16, _ *fields) string {
	if r.got[channel] {
		return "what basic.get holds is put back, not acknowledged"
	}
	return ""
}

// putBack lets basic.nack through when it gives the messages back to the queue.
func putBack(_ *amqpRules, _ uint16, args *fields) string {
	args.skip(8)
	bits := args.octet()
	if !args.complete() {
		return whyMalformed
	}
	const requeue = 2
	if bits&requeue == 0 {
		return "without requeue it takes the message away"
	}
	return ""
}
