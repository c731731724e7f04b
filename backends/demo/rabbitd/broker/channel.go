package broker

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Channel is a channel of a connection. Its methods return nil or an exception; after one that is
// not Hard the channel is closed already and the session sends channel.close, after a Hard one the
// connection is closed and the session sends connection.close. On a closed channel every method does
// nothing. Names that RabbitMQ fills in (the queue that was declared last) may be left empty here
// too.
type Channel struct {
	broker *Broker
	conn   *Connection
	id     uint64
	number uint16
	closed bool

	lastQueue string // declared last
	nextTag   uint64
	unacked   ledger
	consumers map[string]*consumer
	prefetch  int // of consumers to come

	globalLimit int // basic.qos with global, 0 without limit
	volume      int // deliveries that count against it

	confirms bool
	sequence uint64 // of the last message that will be confirmed
	tx       *transaction

	reply *replyConsumer

	ackTimer *time.Timer

	permits    map[permit]struct{}
	permitsAt  uint64
	lastActive int64

	stats     tally
	queues    map[*queue]*pair
	exchanges map[*exchange]*pair
}

func newChannel(c *Connection, number uint16) *Channel {
	return &Channel{
		broker: c.broker, conn: c, id: c.broker.id(), number: number,
		nextTag: 1, lastActive: c.broker.now,
		consumers: map[string]*consumer{},
		permits:   map[permit]struct{}{},
		queues:    map[*queue]*pair{},
		exchanges: map[*exchange]*pair{},
	}
}

// ID is the channel's number.
func (ch *Channel) ID() uint16 { return ch.number }

// begin takes the lock; it reports false, and does not keep the lock, when the channel is closed.
func (ch *Channel) begin() bool {
	ch.broker.lock()
	if ch.closed {
		ch.broker.unlock()
		return false
	}
	ch.lastActive = ch.broker.now
	return true
}

// end lets the lock go, and closes what the exception closes.
func (ch *Channel) end(e *Error) *Error {
	switch {
	case e == nil:
	case e.Hard:
		ch.conn.close()
	default:
		ch.close()
	}
	ch.broker.unlock()
	return e
}

// Close is channel.close: unacknowledged messages go back to their queues, consumers end.
func (ch *Channel) Close() {
	if ch.begin() {
		ch.close()
		ch.broker.unlock()
	}
}

func (ch *Channel) close() {
	if ch.closed {
		return
	}
	ch.closed = true
	delete(ch.conn.channels, ch.number)
	ch.broker.churn.ChannelClosed++
	if ch.ackTimer != nil {
		ch.ackTimer.Stop()
	}
	ch.dropReply()
	ch.forgetTx()
	back := ch.unacked.take(0, true)
	involved := map[*queue]struct{}{}
	for _, h := range back {
		involved[h.queue] = struct{}{}
	}
	for _, c := range ch.sortedConsumers() {
		involved[c.q] = struct{}{}
		c.q.remove(c)
	}
	clear(ch.consumers)
	ch.giveBack(back)
	for _, q := range sortedQueues(involved) {
		delete(q.holds, ch)
		q.run()
		q.settle()
	}
	for q := range ch.queues {
		delete(q.channels, ch)
		delete(q.enqueuers, ch)
	}
	for x := range ch.exchanges {
		delete(x.channels, ch)
	}
}

// fewHeld is the number of keys up to which a map of the Erlang virtual machine keeps them in order.
const fewHeld = 32

// giveBack puts what the closing channel held back into its queues.
func (ch *Channel) giveBack(back []held) {
	byQueue := map[*queue][]held{}
	for _, h := range back {
		byQueue[h.queue] = append(byQueue[h.queue], h)
	}
	for q, list := range byQueue {
		gets := 0
		for _, h := range list {
			if h.consumer == nil {
				gets++
			}
		}
		if q.kind == Quorum && gets <= fewHeld {
			// A quorum queue takes back consumer by consumer in the order of their tags as text, and
			// each get was a consumer: what ten gets took comes back as 1 10 2 3 …
			slices.SortStableFunc(list, func(a, b held) int { return strings.Compare(a.owner(), b.owner()) })
		}
		q.takeBack(list, leftBehind)
	}
}

func (h held) owner() string {
	if h.consumer != nil {
		return h.consumer.tag
	}
	return strconv.FormatUint(h.tag, 10)
}

func (ch *Channel) sortedConsumers() []*consumer {
	list := make([]*consumer, 0, len(ch.consumers))
	for _, c := range ch.consumers {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *consumer) int {
		return cmp.Or(strings.Compare(a.q.name, b.q.name), strings.Compare(a.tag, b.tag))
	})
	return list
}

// tag gives out a delivery tag.
func (ch *Channel) tag() uint64 {
	tag := ch.nextTag
	ch.nextTag++
	return tag
}

// limitReached reports whether the limit of basic.qos with global holds the consumers.
func (ch *Channel) limitReached() bool { return ch.globalLimit > 0 && ch.volume >= ch.globalLimit }

// sent counts a delivery against the limit.
func (ch *Channel) sent(q *queue) {
	if ch.globalLimit > 0 && q.kind == Classic {
		ch.volume++
	}
}

// wake lets the channel's consumers into their lines again after something held them.
func (ch *Channel) wake() {
	for _, c := range ch.sortedConsumers() {
		if !c.queued && (!c.limited || c.credit > 0) {
			c.q.join(c)
		}
	}
}

// lose ends a consumer because its queue is gone.
func (ch *Channel) lose(c *consumer) {
	c.gone = true
	c.q.line.leave(c)
	c.q.consumers = slices.DeleteFunc(c.q.consumers, func(other *consumer) bool { return other == c })
	delete(ch.consumers, c.tag)
	if ch.conn.cancelNotify && !ch.closed {
		ch.conn.out.CancelConsumer(ch.number, c.tag)
	}
}

func (ch *Channel) name() string { return fmt.Sprintf("%s (%d)", ch.conn.info.Name, ch.number) }

// stripLines takes line ends out of a name, as RabbitMQ does where something is declared or bound.
func stripLines(name string) string {
	if !strings.ContainsAny(name, "\r\n") {
		return name
	}
	return strings.NewReplacer("\r", "", "\n", "").Replace(name)
}

// named is the queue name to use in place of an empty one.
func (ch *Channel) named(queue string) (string, *Error) {
	if queue != "" {
		return queue, nil
	}
	if ch.lastQueue == "" {
		return "", NewError(NotFound, "no previously declared queue")
	}
	return ch.lastQueue, nil
}
