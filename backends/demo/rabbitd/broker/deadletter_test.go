package broker

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// deaths writes the header x-death in one line: queue/reason×count …
func deaths(headers wire.Table) string {
	var list []string
	for _, d := range deathsOf(headers) {
		list = append(list, fmt.Sprintf("%v/%v×%v", d["queue"], d["reason"], d["count"]))
	}
	return strings.Join(list, " ")
}

func dead(exchange string) wire.Table { return wire.Table{"x-dead-letter-exchange": exchange} }

func deadTo(queue string) wire.Table {
	return wire.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue}
}

func with(t wire.Table, name string, value any) wire.Table {
	t = t.Clone()
	t[name] = value
	return t
}

func TestDeadLetterCarries(t *testing.T) {
	c := dial(t, newBroker(t))
	c.exchange("dlx", "topic", nil)
	c.queue("q", dead("dlx"))
	c.queue("sink", nil)
	c.ok(c.BindQueue("sink", "dlx", "#", nil))
	c.to("", "q", "m", &wire.Properties{
		DeliveryMode: 2, Expiration: "60000", ContentType: "text/plain",
		Headers: wire.Table{"a": "b", "CC": []any{"other"}},
	})
	c.ok(c.Reject(c.hold("q", 1)[0], false))
	g := c.fetch("sink")
	same(t, "exchange and key", g.Exchange+" "+g.RoutingKey, "dlx q")
	h := g.Properties.Headers
	death := deathsOf(h)[0]
	if at, ok := death["time"].(time.Time); !ok || time.Since(at) > time.Minute {
		t.Errorf("time %v", death["time"])
	}
	delete(death, "time")
	same(t, "death", term(death), term(wire.Table{
		"count": int64(1), "exchange": "", "queue": "q", "reason": "rejected", "routing-keys": []any{"q", "other"},
		"original-expiration": "60000",
	}))
	same(t, "first death", fmt.Sprint(h["x-first-death-reason"], h["x-first-death-queue"], h["x-first-death-exchange"]), "rejectedq")
	same(t, "own header", h["a"], "b")
	same(t, "carbon copies", term(h["CC"]), `[{longstr,<<"other">>}]`)
	same(t, "properties", fmt.Sprint(g.Properties.Expiration, g.Properties.DeliveryMode, g.Properties.ContentType), "2text/plain")
	if g.Properties.Has(wire.HasExpiration) {
		t.Error("the expiration is still there")
	}
}

func TestDeadLetterReasons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		c.queue("sink", nil)
		sunk := func() string {
			synctest.Wait()
			var list []string
			for g := c.fetch("sink"); g != nil; g = c.fetch("sink") {
				list = append(list, string(g.Body)+" "+deaths(g.Properties.Headers))
			}
			return strings.Join(list, ", ")
		}
		c.queue("ttl", with(deadTo("sink"), "x-message-ttl", int32(1000)))
		c.send("ttl", "a")
		time.Sleep(999 * time.Millisecond)
		same(t, "early", sunk(), "")
		time.Sleep(time.Millisecond)
		same(t, "expired", sunk(), "a ttl/expired×1")

		c.queue("short", with(deadTo("sink"), "x-max-length", int32(2)))
		c.send("short", "a", "b", "c", "d")
		same(t, "too long", sunk(), "a short/maxlen×1, b short/maxlen×1")
		same(t, "kept", c.rest("short"), []string{"c", "d"})

		c.queue("bytes", with(deadTo("sink"), "x-max-length-bytes", int32(5)))
		c.send("bytes", "aaa", "bb", "cc", "toolong")
		same(t, "too many bytes", sunk(), "aaa bytes/maxlen×1, bb bytes/maxlen×1, cc bytes/maxlen×1, toolong bytes/maxlen×1")

		reject := with(with(deadTo("sink"), "x-max-length", int32(1)), "x-overflow", "reject-publish-dlx")
		c.queue("reject", reject)
		c.send("reject", "a", "b")
		same(t, "rejected", sunk(), "b reject/maxlen×1")
		same(t, "kept", c.rest("reject"), []string{"a"})

		c.queue("lost", dead("nowhere"))
		c.send("lost", "a")
		c.ok(c.Reject(c.hold("lost", 1)[0], false))
		same(t, "without exchange", sunk(), "")
		same(t, "memory", b.memory, 0)
	})
}

func TestExpirationCountsAtTheHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		c.queue("q", nil)
		for i, ttl := range []string{"3000", "1000", ""} {
			c.to("", "q", numbers(1, 3)[i], &wire.Properties{Expiration: ttl})
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		same(t, "the second is over but not at the head", info(t, b, "q").Ready, 3)
		time.Sleep(time.Second)
		synctest.Wait()
		same(t, "both go", c.rest("q"), []string{"3"})
		c.to("", "q", "now or never", &wire.Properties{Expiration: "0"})
		same(t, "never", c.rest("q"), []string{})
		c.consume("q", "t", nil)
		c.to("", "q", "now or never", &wire.Properties{Expiration: "0"})
		same(t, "now", c.out.take(), []string{"now or never"})
	})
}

func TestHeldMessagesExpireWhenTheyComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		c.queue("q", wire.Table{"x-message-ttl": int32(1000)})
		c.send("q", "1")
		tag := c.hold("q", 1)[0]
		time.Sleep(2 * time.Second)
		same(t, "held", info(t, b, "q").Unacked, 1)
		c.ok(c.Nack(tag, false, true))
		same(t, "gone", info(t, b, "q").Messages, 0)
	})
}

// TestRetryLadder sends a message through waits of a second, a minute and an hour.
func TestRetryLadder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		c.queue("work", deadTo("wait1"))
		steps := map[string]int64{"wait1": 1000, "wait2": 60_000, "wait3": 3600_000}
		for name, ttl := range steps {
			c.queue(name, with(deadTo("work"), "x-message-ttl", ttl))
		}
		begin := time.Now()
		c.send("work", "m")
		for i := range 4 {
			synctest.Wait()
			g, e := c.Get("work", false)
			c.ok(e)
			if g == nil {
				t.Fatalf("step %d: nothing after %v", i, time.Since(begin))
			}
			switch i {
			case 0:
				c.ok(c.Reject(g.DeliveryTag, false))
				time.Sleep(time.Second)
			case 3:
				same(t, "deaths", deaths(g.Properties.Headers), "wait3/expired×1 wait1/expired×1 work/rejected×1 wait2/expired×1")
				c.ok(c.Ack(g.DeliveryTag, false))
			default:
				next := fmt.Sprint("wait", i+1)
				c.to("", next, "m", g.Properties)
				c.ok(c.Ack(g.DeliveryTag, false))
				time.Sleep(time.Duration(steps[next]) * time.Millisecond)
			}
		}
		same(t, "time", time.Since(begin), time.Second+time.Minute+time.Hour)
	})
}

func TestDeadLetterCycles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		// Nobody rejects in the circle: the message is dropped when it comes back.
		c.queue("a", with(deadTo("b"), "x-message-ttl", int32(10)))
		c.queue("b", with(deadTo("a"), "x-message-ttl", int32(10)))
		c.send("a", "round")
		time.Sleep(time.Hour)
		synctest.Wait()
		same(t, "messages", info(t, b, "a").Messages+info(t, b, "b").Messages, 0)

		// Somebody does: it goes on for ever, and the count grows.
		c.queue("c", deadTo("d"))
		c.queue("d", with(deadTo("c"), "x-message-ttl", int32(10)))
		c.send("c", "round")
		for range 5 {
			c.ok(c.Reject(c.hold("c", 1)[0], false))
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		same(t, "deaths", deaths(c.fetch("c").Properties.Headers), "d/expired×5 c/rejected×5")
	})
}

// TestDeathsTurnRound holds that RabbitMQ turns the older deaths round each time there are two or more.
func TestDeathsTurnRound(t *testing.T) {
	var headers wire.Table
	for _, q := range []string{"a", "b", "c", "d", "b"} {
		headers = recordDeath(headers, wire.Table{"queue": q, "reason": reasonRejected})
	}
	same(t, "deaths", deaths(headers), "b/rejected×2 c/rejected×1 a/rejected×1 d/rejected×1")
	odd := wire.Table{deathHeader: []any{
		"no table", wire.Table{"queue": "a", "reason": "expired"}, wire.Table{"queue": "a", "reason": "expired"},
	}}
	same(t, "without counts", deaths(recordDeath(odd, wire.Table{"queue": "a", "reason": "expired"})), "a/expired×3")
	same(t, "no array", deaths(recordDeath(wire.Table{deathHeader: "x"}, wire.Table{"queue": "a", "reason": "expired"})), "a/expired×1")
}

func TestDeadLettersOfOneQueueToManyKeepOrder(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", dead("amq.fanout"))
	for _, sink := range []string{"s1", "s2"} {
		c.queue(sink, nil)
		c.ok(c.BindQueue(sink, "amq.fanout", "", nil))
	}
	c.send("q", numbers(1, 20)...)
	c.hold("q", 20)
	c.ok(c.Nack(0, true, false))
	for _, sink := range []string{"s1", "s2"} {
		same(t, sink, c.rest(sink), numbers(1, 20))
	}
}

func TestQueueExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		there := func() bool {
			synctest.Wait()
			_, ok := b.Queue("/", "q")
			return ok
		}
		c.queue("q", wire.Table{"x-expires": int32(1000)})
		time.Sleep(900 * time.Millisecond)
		c.fetch("q")
		time.Sleep(900 * time.Millisecond)
		_, e := c.DeclareQueue(QueueDeclare{Name: "q", Passive: true})
		c.ok(e)
		time.Sleep(900 * time.Millisecond)
		same(t, "used", there(), true)
		c.consume("q", "t", nil)
		time.Sleep(time.Hour)
		same(t, "consumed", there(), true)
		c.ok(c.Cancel("t"))
		c.send("q", "publishing is no use")
		time.Sleep(time.Second)
		same(t, "unused", there(), false)
	})
}

func TestDeadLettersLeaveHeadersAlone(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("q", deadTo("sink"))
	c.queue("sink", nil)
	c.queue("copy", nil)
	c.ok(c.BindQueue("q", "amq.fanout", "", nil))
	c.ok(c.BindQueue("copy", "amq.fanout", "", nil))
	headers := wire.Table{"a": "b", "CC": []any{"x"}}
	c.to("amq.fanout", "", "m", &wire.Properties{Headers: headers})
	c.ok(c.Reject(c.hold("q", 1)[0], false))
	if h := c.fetch("copy").Properties.Headers; len(h) != 2 {
		t.Errorf("the other copy has %v", h)
	}
	sunk := c.fetch("sink").Properties.Headers
	if _, there := sunk["CC"]; there {
		t.Error("a routing key of one's own drops the header CC")
	}
	if !slices.Equal(deathsOf(sunk)[0]["routing-keys"].([]any), []any{"", "x"}) {
		t.Errorf("routing keys %v", deathsOf(sunk)[0]["routing-keys"])
	}
}
