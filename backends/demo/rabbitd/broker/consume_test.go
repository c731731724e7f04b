package broker

import (
	"testing"

	"bustop/backends/demo/rabbitd/wire"
)

// tags returns which consumers got the messages since the last call.
func (r *recorder) tags() []string {
	list := []string{}
	for _, d := range r.got {
		list = append(list, d.ConsumerTag+string(d.Body))
	}
	r.got = nil
	return list
}

func TestConsumersTakeTurns(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	for _, tag := range []string{"a", "b", "c"} {
		c.consume("q", tag, nil)
	}
	c.send("q", numbers(1, 6)...)
	same(t, "turns", c.out.tags(), []string{"a1", "b2", "c3", "a4", "b5", "c6"})
	c.ok(c.Cancel("b"))
	c.ok(c.Cancel("none"))
	c.send("q", numbers(7, 9)...)
	same(t, "turns", c.out.tags(), []string{"a7", "c8", "a9"})
}

func TestConsumerPriority(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.ok(c.Qos(0, 2, false))
	c.consume("q", "low", nil)
	c.consume("q", "high", wire.Table{"x-priority": int32(10)})
	c.send("q", numbers(1, 5)...)
	same(t, "order", c.out.tags(), []string{"high1", "high2", "low3", "low4"})
	c.ok(c.Ack(1, false))
	same(t, "after an acknowledgement", c.out.tags(), []string{"high5"})
}

func TestPrefetch(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.send("q", numbers(1, 9)...)
	c.ok(c.Qos(0, 2, false))
	c.consume("q", "a", nil)
	c.consume("q", "b", nil)
	same(t, "two each", c.out.tags(), []string{"a1", "a2", "b3", "b4"})
	c.ok(c.Ack(3, true))
	same(t, "room for three", c.out.tags(), []string{"a5", "b6", "a7"})
	same(t, "unacknowledged", info(t, c.broker, "q").Unacked, 4)
}

func TestGlobalPrefetch(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.send("q", numbers(1, 9)...)
	c.hold("q", 1) // what get takes counts as well when the limit is set
	c.ok(c.Qos(0, 3, true))
	c.consume("q", "a", nil)
	c.consume("q", "b", nil)
	same(t, "all together", c.out.tags(), []string{"a2", "a3"})
	c.ok(c.Ack(1, false))
	same(t, "but gives nothing back", c.out.tags(), []string{})
	c.ok(c.Ack(2, false))
	same(t, "one more", c.out.tags(), []string{"a4"})
	c.ok(c.Qos(0, 0, true))
	same(t, "without limit", len(c.out.tags()), 5)
	_, e := c.Consume(ConsumeRequest{Queue: "q", Tag: "a"})
	c.refused(e, "530 NOT_ALLOWED - attempt to reuse consumer tag 'a'")
}

func TestExclusiveConsumer(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	_, e := c.Consume(ConsumeRequest{Queue: "q", Tag: "a", Exclusive: true})
	c.ok(e)
	d := c.open(2)
	_, e = d.Consume(ConsumeRequest{Queue: "q"})
	d.refused(e, "403 ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use")
	c.ok(c.Cancel("a"))
	d.consume("q", "b", nil)
	_, e = c.Consume(ConsumeRequest{Queue: "q", Exclusive: true})
	c.refused(e, "403 ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use")
}

func TestSingleActiveConsumer(t *testing.T) {
	for _, kind := range []string{Classic, Quorum} {
		t.Run(kind, func(t *testing.T) {
			c := dial(t, newBroker(t))
			c.queue("q", wire.Table{"x-single-active-consumer": true, "x-queue-type": kind})
			a, b := c.open(2), c.open(3)
			a.ok(a.Qos(0, 1, false))
			a.consume("q", "a", nil)
			b.consume("q", "b", wire.Table{"x-priority": int32(5)})
			b.consume("q", "c", nil)
			c.send("q", "1", "2")
			same(t, "the first one", c.out.tags(), []string{"a1"})
			same(t, "active", info(t, c.broker, "q").ActiveConsumer.Tag, "a")
			a.ok(a.Ack(1, false))
			same(t, "again", c.out.tags(), []string{"a2"})
			a.Close()
			same(t, "handed over", c.out.tags(), []string{"b2"})
			b.ok(b.Cancel("b"))
			c.send("q", "3")
			same(t, "handed over again", c.out.tags(), []string{"c3"})
		})
	}
}

func TestQueueGoneEndsConsumers(t *testing.T) {
	b := newBroker(t)
	c, other := dial(t, b), dial(t, b)
	c.queue("q", nil)
	c.send("q", "1")
	other.consume("q", "a", nil)
	n, e := c.DeleteQueue("q", false, false)
	c.ok(e)
	same(t, "deleted with", n, 0)
	same(t, "told", other.out.canceled, []string{"a"})
	other.ok(other.Ack(1, false))
	other.queue("q", nil)
	other.consume("q", "a", nil)
	other.conn.Close()
	same(t, "told once", other.out.canceled, []string{"a"})
}

func TestAutoDeleteQueue(t *testing.T) {
	b := newBroker(t)
	c := dial(t, b)
	for _, end := range []func(*client){
		func(c *client) { c.ok(c.Cancel("a")) },
		func(c *client) { c.Close() },
	} {
		_, e := c.DeclareQueue(QueueDeclare{Name: "q", AutoDelete: true})
		c.ok(e)
		c.send("q", "1")
		c.hold("q", 1)
		d := c.open(2)
		d.consume("q", "a", nil)
		if _, there := b.Queue("/", "q"); !there {
			t.Fatal("gone too early")
		}
		end(d)
		if _, there := b.Queue("/", "q"); there {
			t.Error("still there")
		}
		d.Close()
	}
}

func TestFullOutletHoldsDeliveries(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.queue("s", wire.Table{"x-queue-type": "stream"})
	c.send("q", numbers(1, 5)...)
	c.send("s", "a", "b", "c")
	c.out.room = 2
	_, e := c.Consume(ConsumeRequest{Queue: "q", Tag: "t", NoAck: true})
	c.ok(e)
	same(t, "until full", c.out.take(), []string{"1", "2"})
	d := c.open(2)
	d.ok(d.Qos(0, 10, false))
	d.consume("s", "u", wire.Table{"x-stream-offset": "first"})
	same(t, "nothing for others", c.out.take(), []string{})
	c.out.full = false
	c.conn.Resume()
	same(t, "the rest", c.out.take(), []string{"3", "4", "5", "a", "b", "c"})
}

func TestConsumeTexts(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.queue("s", wire.Table{"x-queue-type": "stream"})
	c.queue("r", wire.Table{"x-queue-type": "quorum", "x-single-active-consumer": true})
	consume := func(queue string, args wire.Table) *Error {
		_, e := c.Consume(ConsumeRequest{Queue: queue, Arguments: args})
		return e
	}
	c.refused(consume("none", nil), "404 NOT_FOUND - no queue 'none' in vhost '/'")
	c.refused(consume("", nil), "404 NOT_FOUND - no previously declared queue")
	c.refused(consume("q", wire.Table{"x-priority": "high"}),
		`406 PRECONDITION_FAILED - invalid arg 'x-priority' for queue 'q' in vhost '/': "expected integer, got longstr"`)
	c.refused(consume("q", wire.Table{"x-stream-offset": "first"}),
		"406 PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue 'q' in vhost '/' of queue type rabbit_classic_queue")
	c.refused(consume("s", nil), "406 PRECONDITION_FAILED - consumer prefetch count is not set for 'queue 's' in vhost '/''")
	_, e := c.Get("r", true)
	c.refused(e, "405 RESOURCE_LOCKED - cannot obtain access to locked queue 'r' in vhost '/'. basic.get operations are not "+
		"supported by quorum queues with single active consumer")
	c.ok(c.Qos(0, 1, true))
	c.refused(consume("r", nil), "540 NOT_IMPLEMENTED - queue 'r' in vhost '/' does not support global qos")
}

func TestOKComesBeforeDeliveries(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.send("q", "1")
	var before int
	tag, e := c.Consume(ConsumeRequest{Queue: "q", OK: func(string) { before = len(c.out.got) }})
	c.ok(e)
	same(t, "deliveries before consume-ok", before, 0)
	same(t, "deliveries", len(c.out.got), 1)
	same(t, "tag", c.out.got[0].ConsumerTag, tag)
}
