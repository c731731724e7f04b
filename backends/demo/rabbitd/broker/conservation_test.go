package broker

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"bustop/backends/demo/rabbitd/wire"
)

// world drives one queue of any kind and follows every message.
type world struct {
	b         *Broker
	pub, con  *client
	queue     string
	published int
	rejected  int // by the queue, at publishing
	acked     int
	unacked   []uint64
}

// note remembers what has come.
func (w *world) note() {
	for _, d := range w.con.out.got {
		w.unacked = append(w.unacked, d.DeliveryTag)
	}
	w.con.out.got = nil
}

// TestNothingIsLost holds for random queues and random clients that every message that was published
// is in the queue, with a consumer, acknowledged, dead-lettered for a reason, or was refused.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		args := wire.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "sink"}
		kind := rapid.SampledFrom([]string{Classic, Quorum}).Draw(t, "kind")
		args["x-queue-type"] = kind
		if n := rapid.IntRange(0, 20).Draw(t, "max-length"); n > 0 {
			args["x-max-length"] = int32(n)
			args["x-overflow"] = rapid.SampledFrom([]string{dropHead, rejectPublish}).Draw(t, "overflow")
		}
		if kind == Quorum && rapid.Bool().Draw(t, "limited") {
			args["x-delivery-limit"] = int32(rapid.IntRange(0, 3).Draw(t, "delivery-limit"))
		}
		if kind == Classic && rapid.Bool().Draw(t, "by priority") {
			args["x-max-priority"] = int32(3)
		}
		b := New(Options{})
		defer b.Close()
		w := &world{b: b, pub: dial(t, b), con: dial(t, b), queue: "q"}
		w.pub.queue("sink", nil)
		w.pub.queue("q", args)
		w.pub.ok(w.pub.ConfirmSelect())
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			w.step(t)
			w.note()
			w.check(t)
		}
	})
}

func (w *world) step(t *rapid.T) {
	some := func() int { return rapid.IntRange(0, max(0, len(w.unacked)-1)).Draw(t, "which") }
	switch rapid.IntRange(0, 9).Draw(t, "step") {
	case 0, 1, 2:
		w.pub.out.confirms = nil
		p := &wire.Properties{Priority: rapid.Uint8Range(0, 5).Draw(t, "priority")}
		w.pub.to("", "q", fmt.Sprint(w.published), p)
		w.published++
		if strings.HasPrefix(w.pub.out.confirms[0], "nack") {
			w.rejected++
		}
	case 3:
		if g, e := w.con.Get("q", false); e != nil {
			t.Fatal(e)
		} else if g != nil {
			w.unacked = append(w.unacked, g.DeliveryTag)
		}
	case 4:
		if len(w.con.consumers) < 3 {
			w.con.ok(w.con.Qos(0, uint16(rapid.IntRange(0, 4).Draw(t, "prefetch")), false))
			w.con.consume("q", "", nil)
		}
	case 5:
		for tag := range w.con.consumers {
			w.con.ok(w.con.Cancel(tag))
			break
		}
	case 6:
		if len(w.unacked) > 0 {
			i := some()
			w.con.ok(w.con.Ack(w.unacked[i], false))
			w.unacked = slices.Delete(w.unacked, i, i+1)
			w.acked++
		}
	case 7:
		if len(w.unacked) > 0 {
			i := some()
			tag := w.unacked[i]
			w.unacked = slices.Delete(w.unacked, i, i+1)
			w.con.ok(w.con.Nack(tag, false, rapid.Bool().Draw(t, "requeue")))
		}
	case 8:
		if len(w.unacked) > 0 {
			i := some()
			tag := w.unacked[i]
			w.unacked = w.unacked[i+1:]
			w.con.ok(w.con.Nack(tag, true, true))
		}
	case 9:
		w.con.Close()
		w.con.out.got, w.unacked = nil, nil
		ch, e := w.con.conn.Channel(1)
		if e != nil {
			t.Fatal(e)
		}
		w.con.Channel = ch
	}
}

func (w *world) check(t *rapid.T) {
	q, _ := w.b.Queue("/", "q")
	sink, _ := w.b.Queue("/", "sink")
	if q.Unacked != len(w.unacked) {
		t.Fatalf("%d unacknowledged, want %d", q.Unacked, len(w.unacked))
	}
	if sum := q.Ready + q.Unacked + w.acked + sink.Ready + w.rejected; sum != w.published {
		t.Fatalf("ready %d + unacknowledged %d + acknowledged %d + dead %d + refused %d is not %d",
			q.Ready, q.Unacked, w.acked, sink.Ready, w.rejected, w.published)
	}
	core := w.b.vhosts["/"].queues["q"]
	if n := int64(q.Ready + q.Unacked + sink.Ready); w.b.memory < n*entryOverhead {
		t.Fatalf("memory %d for %d messages", w.b.memory, n)
	}
	if q.Ready > 0 && !core.single && core.line.first() != nil && core.line.first().ready() {
		t.Fatal("messages wait and a consumer does too")
	}
	if limit := core.limits.length; limit != unlimited && core.limits.overflow == dropHead && int64(q.Ready) > limit {
		t.Fatalf("%d messages, limit %d", q.Ready, limit)
	}
}

// TestOrderOfOneConsumer holds that one consumer without redeliveries sees messages in order.
func TestOrderOfOneConsumer(t *testing.T) {
	for _, kind := range []string{Classic, Quorum, Stream} {
		c := dial(t, newBroker(t))
		c.queue("q", wire.Table{"x-queue-type": kind})
		c.ok(c.Qos(0, 7, false))
		c.consume("q", "t", wire.Table{})
		got := 0
		for i := range 1000 {
			c.send("q", fmt.Sprint(i))
			for _, d := range c.out.got {
				if string(d.Body) != fmt.Sprint(got) {
					t.Fatalf("%s: got %s, want %d", kind, d.Body, got)
				}
				got++
			}
			c.out.got = nil
			if i%5 == 4 {
				c.ok(c.Ack(c.nextTag-1, true))
			}
		}
		if got < 990 {
			t.Errorf("%s: %d messages", kind, got)
		}
	}
}

// TestManyAtOnce has clients in goroutines use the same queues.
func TestManyAtOnce(t *testing.T) {
	b := newBroker(t)
	setup := dial(t, b)
	queues := map[string]wire.Table{
		"classic": deadTo("sink"), "priority": with(deadTo("sink"), "x-max-priority", int32(3)),
		"quorum": with(quorum("x-delivery-limit", int32(2)), "x-dead-letter-exchange", ""), "sink": nil,
	}
	for name, args := range queues {
		setup.queue(name, args)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			c := dial(t, b)
			for i := range 300 {
				for name := range queues {
					c.to("", name, "m", &wire.Properties{Priority: uint8(i % 5)})
				}
			}
			c.conn.Close()
		})
		wg.Go(func() {
			c := dial(t, b)
			c.ok(c.Qos(0, 10, false))
			for i := range 100 {
				for name := range queues {
					if g, e := c.Get(name, false); e == nil && g != nil {
						c.ok(c.Nack(g.DeliveryTag, false, i%3 == 0))
					}
				}
				b.Queues("")
				b.Sample(func(Sample) {})
				b.ChannelByName("none")
			}
			c.conn.Close()
		})
	}
	wg.Wait()
	for name := range queues {
		if i := info(t, b, name); i.Unacked != 0 || i.Consumers != 0 {
			t.Errorf("%s: %d unacknowledged, %d consumers", name, i.Unacked, i.Consumers)
		}
		_, e := setup.DeleteQueue(name, false, false)
		setup.ok(e)
	}
	if b.memory != 0 {
		t.Errorf("memory %d", b.memory)
	}
}

// TestDays runs a busy queue for simulated days: nothing piles up.
func TestDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		c.queue("sink", wire.Table{"x-max-length": int32(10)})
		c.queue("q", with(with(deadTo("sink"), "x-message-ttl", int32(60_000)), "x-max-length", int32(50)))
		for i := range 48 * 60 {
			c.send("q", "a", "b", "c")
			if i%2 == 0 {
				c.fetch("q")
			}
			time.Sleep(time.Minute)
			if i%60 == 0 {
				d := c.open(2)
				d.consume("q", "t", nil)
				d.Close()
			}
		}
		synctest.Wait()
		q := b.vhosts["/"].queues["q"]
		if b.memory > 100*entryOverhead || len(q.channels) > 2 || len(c.queues) > 2 || b.later.len() > 0 {
			t.Errorf("memory %d, %d channels", b.memory, len(q.channels))
		}
	})
}
