package broker

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

func quorum(more ...any) wire.Table {
	t := wire.Table{"x-queue-type": "quorum"}
	for i := 0; i < len(more); i += 2 {
		t[more[i].(string)] = more[i+1]
	}
	return t
}

// counts drains a quorum queue and shows bodies with delivery counts.
func (c *client) counts(queue string) string {
	c.t.Helper()
	var list []string
	for g := c.fetch(queue); g != nil; g = c.fetch(queue) {
		list = append(list, fmt.Sprintf("%s:%v", mark(string(g.Body), g.Redelivered), g.Properties.Headers[deliveryCount]))
	}
	return strings.Join(list, " ")
}

func TestQuorumRequeue(t *testing.T) {
	nackAll := func(c *client) { c.ok(c.Nack(0, true, true)) }
	closeIt := func(c *client) {
		c.Close()
		*c = *c.open(1)
	}
	for _, x := range []struct {
		name  string
		args  wire.Table
		send  int
		hold  int
		again func(*client)
		want  string
	}{
		{"to the end without a limit", quorum(), 5, 3, nackAll, "4:0 5:0 1R:1 2R:1 3R:1"},
		{"to the front with one", quorum("x-delivery-limit", int32(9)), 5, 3, nackAll, "1R:1 2R:1 3R:1 4:0 5:0"},
		{"to the front when the channel closes", quorum(), 5, 3, closeIt, "1R:1 2R:1 3R:1 4:0 5:0"},
		{"in the order of the tags as text", quorum(), 12, 11, closeIt, "1R:1 10R:1 11R:1 2R:1 3R:1 4R:1 5R:1 6R:1 7R:1 8R:1 9R:1 12:0"},
		{"in reverse", quorum(), 3, 3, func(c *client) {
			for tag := uint64(3); tag > 0; tag-- {
				c.ok(c.Nack(tag, false, true))
			}
		}, "3R:1 2R:1 1R:1"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := dial(t, newBroker(t))
			c.queue("q", x.args)
			c.send("q", numbers(1, x.send)...)
			c.hold("q", x.hold)
			same(t, "consumers", info(t, c.broker, "q").Consumers, x.hold)
			x.again(c)
			same(t, "queue", c.counts("q"), x.want)
			same(t, "consumers", info(t, c.broker, "q").Consumers, 0)
		})
	}
}

func TestDeliveryLimit(t *testing.T) {
	for name, again := range map[string]func(*client, uint64){
		"nack":   func(c *client, tag uint64) { c.ok(c.Nack(tag, false, true)) },
		"reject": func(c *client, tag uint64) { c.ok(c.Reject(tag, true)) },
		"close": func(c *client, _ uint64) {
			c.Close()
			*c = *c.open(1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, newBroker(t))
			c.queue("sink", nil)
			args := quorum("x-delivery-limit", int32(2), "x-dead-letter-exchange", "", "x-dead-letter-routing-key", "sink")
			c.queue("q", args)
			c.send("q", "m")
			for range 3 {
				again(c, c.hold("q", 1)[0])
			}
			g := c.fetch("sink")
			if g == nil {
				t.Fatal("not dead")
			}
			same(t, "deaths", deaths(g.Properties.Headers), "q/delivery_limit×1")
			if _, there := g.Properties.Headers[deliveryCount]; there {
				t.Error("the count is part of the message")
			}
		})
	}
}

func TestQuorumConsumer(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", quorum())
	c.ok(c.Qos(0, 2, false))
	c.consume("q", "a", nil)
	c.consume("q", "b", nil)
	c.send("q", numbers(1, 5)...)
	same(t, "turns", c.out.tags(), []string{"a1", "b2", "a3", "b4"})
	c.ok(c.Nack(1, false, true))
	same(t, "behind the others", c.out.tags(), []string{"a5"})
	c.ok(c.Ack(0, true))
	if len(c.out.got) != 1 || c.out.got[0].Properties.Headers[deliveryCount] != int64(1) || c.out.got[0].Header != nil {
		t.Errorf("redelivered: %v", c.out.got)
	}
}

func TestQuorumRejectPublish(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", quorum("x-max-length", int32(5), "x-overflow", "reject-publish"))
	c.ok(c.ConfirmSelect())
	c.send("q", numbers(1, 8)...)
	same(t, "one more than the limit", strings.Join(c.out.confirms, " "),
		"ack 1 ack 2 ack 3 ack 4 ack 5 ack 6 nack 7 nack 8")
	c.out.confirms = nil
	c.fetch("q")
	c.send("q", "still too many")
	c.fetch("q")
	c.send("q", "still more than 80 percent")
	c.fetch("q")
	c.fetch("q")
	c.send("q", "now")
	same(t, "until it is down to 80 percent", c.out.confirms, []string{"nack 9", "ack 10", "ack 11"})
}

func TestQuorumDropHead(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", quorum("x-max-length", int32(3), "x-delivery-limit", int32(5)))
	c.send("q", numbers(1, 3)...)
	c.hold("q", 2)
	c.send("q", "4", "5")
	c.ok(c.Nack(0, true, true))
	same(t, "what comes back is the first to go", c.rest("q"), []string{"3", "4", "5"})
}

func TestQuorumTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		c.queue("sink", nil)
		c.queue("q", quorum("x-message-ttl", int32(1000), "x-dead-letter-exchange", "", "x-dead-letter-routing-key", "sink"))
		c.send("q", "1", "2")
		c.hold("q", 1)
		time.Sleep(time.Second)
		synctest.Wait()
		same(t, "ready", info(t, b, "q").Ready, 0)
		c.Close()
		c = c.open(1)
		same(t, "dead", c.rest("sink"), []string{"2", "1"})

		c.queue("e", quorum("x-expires", int32(1000)))
		tag := c.hold2("e")
		time.Sleep(time.Minute)
		synctest.Wait()
		info(t, b, "e") // held by a get
		c.ok(c.Ack(tag, false))
		time.Sleep(time.Second)
		synctest.Wait()
		if _, there := b.Queue("/", "e"); there {
			t.Error("not expired")
		}
	})
}

// hold2 publishes a message and holds it.
func (c *client) hold2(queue string) uint64 {
	c.t.Helper()
	c.send(queue, "m")
	return c.hold(queue, 1)[0]
}

func TestQuorumDelete(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", quorum())
	_, e := c.DeleteQueue("q", true, false)
	c.refused(e, "540 NOT_IMPLEMENTED - cannot delete queue 'q' in vhost '/'. queue.delete operations with if-unused flag set "+
		"are not supported by quorum queues")
}
