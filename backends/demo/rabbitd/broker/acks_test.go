package broker

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

func TestRequeueKeepsPlaces(t *testing.T) {
	for _, x := range []struct {
		name string
		do   func(c *client)
		want []string
	}{
		{"one by one", func(c *client) {
			for _, tag := range []uint64{3, 1, 2} {
				c.ok(c.Nack(tag, false, true))
			}
		}, []string{"1R", "2R", "3R", "4", "5"}},
		{"at once", func(c *client) { c.ok(c.Nack(3, true, true)) }, []string{"1R", "2R", "3R", "4", "5"}},
		{"all", func(c *client) { c.ok(c.Nack(0, true, true)) }, []string{"1R", "2R", "3R", "4", "5"}},
		{"the middle one", func(c *client) {
			c.ok(c.Reject(2, true))
			c.ok(c.Ack(1, false))
			c.ok(c.Reject(3, false))
		}, []string{"2R", "4", "5"}},
		{"recover", func(c *client) { c.ok(c.Recover(true)) }, []string{"1R", "2R", "3R", "4", "5"}},
		{"close", func(c *client) {
			c.Close()
			*c = *c.open(1)
		}, []string{"1R", "2R", "3R", "4", "5"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := dial(t, newBroker(t))
			c.queue("q", nil)
			c.send("q", numbers(1, 5)...)
			c.hold("q", 3)
			x.do(c)
			same(t, "queue", c.rest("q"), x.want)
		})
	}
}

func TestUnknownTags(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.refused(c.Ack(1, false), "406 PRECONDITION_FAILED - unknown delivery tag 1")
	c.refused(c.Ack(0, false), "406 PRECONDITION_FAILED - unknown delivery tag 0")
	c.ok(c.Ack(0, true))
	c.send("q", "1", "2")
	c.hold("q", 2)
	c.ok(c.Ack(1, false))
	c.refused(c.Ack(1, true), "406 PRECONDITION_FAILED - unknown delivery tag 1")
	same(t, "back in the queue", c.rest("q"), []string{"2R"})
	c.refused(c.Qos(1, 0, false), "540 NOT_IMPLEMENTED - prefetch_size!=0 (1)")
	c = dial(t, c.broker)
	c.refused(c.Recover(false), "540 NOT_IMPLEMENTED - requeue=false")
	c = dial(t, c.broker)
	c.refused(c.Flow(false), "540 NOT_IMPLEMENTED - active=false")
	c = dial(t, c.broker)
	c.refused(c.Publish(Publishing{Immediate: true}), "540 NOT_IMPLEMENTED - immediate=true")
}

func TestPriorities(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", wire.Table{"x-max-priority": int32(5)})
	for i, p := range []uint8{0, 9, 1, 5, 1} {
		c.to("", "q", numbers(1, 5)[i], &wire.Properties{Priority: p})
	}
	same(t, "by priority", info(t, c.broker, "q").PriorityLengths, []int{1, 2, 0, 0, 0, 2})
	c.hold("q", 4)
	c.ok(c.Nack(0, true, true))
	same(t, "queue", c.rest("q"), []string{"2R", "4R", "3R", "5R", "1"})
}

func TestConfirms(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("small", wire.Table{"x-max-length": int32(1), "x-overflow": "reject-publish"})
	c.queue("big", nil)
	c.ok(c.BindQueue("small", "amq.fanout", "", nil))
	c.ok(c.BindQueue("big", "amq.fanout", "", nil))
	c.send("small", "not confirmed")
	c.ok(c.ConfirmSelect())
	c.refusedTx()
	c.to("amq.fanout", "", "m", nil)
	c.send("big", "m")
	c.ok(c.Publish(Publishing{RoutingKey: "none", Mandatory: true}))
	same(t, "confirms", c.out.confirms, []string{"nack 1", "ack 2", "ack 3"})
	same(t, "returns", len(c.out.returned), 1)
	same(t, "text", c.out.returned[0].Text, "NO_ROUTE")
	same(t, "big", c.rest("big"), []string{"m", "m"})
}

// refusedTx checks that confirms and transactions do not go together.
func (c *client) refusedTx() {
	c.t.Helper()
	d := c.open(9)
	d.ok(d.ConfirmSelect())
	d.refused(d.TxSelect(), "406 PRECONDITION_FAILED - cannot switch from confirm to tx mode")
	d.ok(d.TxSelect())
	d.refused(d.ConfirmSelect(), "406 PRECONDITION_FAILED - cannot switch from tx to confirm mode")
	d.refused(d.TxCommit(), "406 PRECONDITION_FAILED - channel is not transactional")
	d.Close()
}

func TestTransactions(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.send("q", "1", "2", "3")
	c.ok(c.TxSelect())
	c.hold("q", 3)
	c.send("q", "new")
	c.ok(c.Ack(1, false))
	c.ok(c.Nack(2, false, true))
	same(t, "before", info(t, c.broker, "q").Messages, 3)
	c.ok(c.TxRollback())
	c.ok(c.Ack(2, false))
	c.send("q", "newer")
	c.ok(c.TxCommit())
	c.Close()
	c = c.open(1)
	same(t, "after", c.rest("q"), []string{"1R", "3R", "newer"})
	same(t, "memory", c.broker.memory, 0)
}

func TestAcknowledgementTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		c.queue("q", nil)
		c.send("q", "1", "2")
		tags := c.hold("q", 1)
		time.Sleep(29 * time.Minute)
		c.hold("q", 1)
		c.ok(c.Ack(tags[0], false))
		time.Sleep(20 * time.Minute)
		synctest.Wait()
		same(t, "closed", c.out.closings(), []string{})
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		same(t, "closed", c.out.closings(), []string{"406 PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. " +
			"Timeout value used: 1800000 ms. This timeout value can be configured, see consumers doc guide to learn more"})
		same(t, "ready", info(t, b, "q").Ready, 1)
	})
}

func TestManyOutOfOrder(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", nil)
	c.consume("q", "a", nil)
	for range 20 {
		c.send("q", numbers(1, 100)...)
		for tag := c.nextTag - 1; tag > c.nextTag-100; tag-- {
			c.ok(c.Ack(tag, false))
		}
	}
	same(t, "held", c.unacked.len(), 20)
	if c.unacked.ring.n > 100 {
		t.Errorf("%d places", c.unacked.ring.n)
	}
	c.out.take()
	c.ok(c.Recover(true))
	got := c.out.take()
	if len(got) != 20 || slices.ContainsFunc(got, func(s string) bool { return s != "1R" }) {
		t.Errorf("came back: %v", got)
	}
}
