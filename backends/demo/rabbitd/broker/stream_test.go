package broker

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

func stream(more ...any) wire.Table {
	return with(quorum(more...), "x-queue-type", "stream")
}

// read consumes from an offset and returns the offsets and bodies of what comes at once.
func (c *client) read(queue string, from any) string {
	c.t.Helper()
	c.ok(c.Qos(0, 1000, false))
	c.out.got = nil
	args := wire.Table{}
	if from != nil {
		args[streamOffset] = from
	}
	c.consume(queue, "reader", args)
	var list []string
	for _, d := range c.out.got {
		list = append(list, fmt.Sprintf("%v:%s", d.Properties.Headers[streamOffset], mark(string(d.Body), d.Redelivered)))
	}
	c.out.got = nil
	c.ok(c.Cancel("reader"))
	return strings.Join(list, " ")
}

func TestStreamOffsets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		c.queue("s", stream())
		c.send("s", "a", "b")
		time.Sleep(time.Hour)
		c.send("s", "c", "d")
		hourAgo := time.Now().Add(-time.Minute)
		for _, x := range []struct {
			from any
			want string
		}{
			{"first", "0:a 1:b 2:c 3:d"},
			{"last", "3:d"},
			{"next", ""},
			{nil, ""},
			{int64(2), "2:c 3:d"},
			{int32(-5), "0:a 1:b 2:c 3:d"},
			{int64(9), ""},
			{hourAgo, "2:c 3:d"},
			{"2h", "0:a 1:b 2:c 3:d"},
			{"30m", "2:c 3:d"},
			{time.Now().Add(time.Hour), ""},
		} {
			same(t, fmt.Sprint("from ", x.from), c.read("s", x.from), x.want)
		}
		same(t, "nothing is taken away", info(t, b, "s").Ready, 4)
	})
}

func TestStreamFollow(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("s", stream())
	c.send("s", "a", "b", "c")
	c.ok(c.Qos(0, 2, false))
	c.consume("s", "r", wire.Table{streamOffset: "first"})
	same(t, "credit", c.out.take(), []string{"a", "b"})
	c.ok(c.Ack(2, true))
	c.send("s", "d", "e", "f")
	same(t, "on", c.out.take(), []string{"c", "d"})
	c.ok(c.Ack(3, false))
	same(t, "and on", c.out.take(), []string{"e"})
	ok, e := c.DeclareQueue(QueueDeclare{Name: "s", Passive: true})
	c.ok(e)
	same(t, "declared", fmt.Sprint(ok.Messages, ok.Consumers), "6 0")
	c.refused(c.Nack(4, false, true),
		"540 NOT_IMPLEMENTED - basic.nack and basic.reject not supported by stream queues queue 's' in vhost '/'")
}

func TestStreamRefuses(t *testing.T) {
	b := newBroker(t)
	for want, do := range map[string]func(*client) *Error{
		"540 NOT_IMPLEMENTED - basic.get not supported by stream queues queue 's' in vhost '/'": func(c *client) *Error {
			_, e := c.Get("s", true)
			return e
		},
		"540 NOT_IMPLEMENTED - queue.purge not supported by stream queues queue 's' in vhost '/'": func(c *client) *Error {
			_, e := c.PurgeQueue("s")
			return e
		},
		"540 NOT_IMPLEMENTED - automatic acknowledgement not supported by stream queues queue 's' in vhost '/'": func(c *client) *Error {
			c.ok(c.Qos(0, 1, false))
			_, e := c.Consume(ConsumeRequest{Queue: "s", NoAck: true})
			return e
		},
	} {
		c := dial(t, b)
		c.queue("s", stream())
		c.refused(do(c), want)
	}
}

func TestStreamRetention(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{})
		defer b.Close()
		c := dial(t, b)
		size := int64(100 + chunkOverhead)
		c.queue("s", stream("x-max-length-bytes", 30*size, argSegment, 10*size))
		body := strings.Repeat("x", 100)
		for range 1000 {
			c.send("s", body)
		}
		i := info(t, b, "s")
		if i.Ready < 30 || i.Ready > 40 || i.LastOffset != 999 || i.FirstOffset != int64(1000-i.Ready) {
			t.Errorf("%d messages, %d to %d", i.Ready, i.FirstOffset, i.LastOffset)
		}
		same(t, "bytes", i.Bytes, int64(i.Ready)*100)
		c.queue("old", stream("x-max-age", "1h", argSegment, 2*size))
		for range 20 {
			c.send("old", body)
			time.Sleep(10 * time.Minute)
		}
		if i := info(t, b, "old"); i.Ready < 6 || i.Ready > 9 {
			t.Errorf("%d messages of the last hour", i.Ready)
		}
		for _, q := range []string{"s", "old"} {
			_, e := c.DeleteQueue(q, false, false)
			c.ok(e)
		}
		same(t, "memory", b.memory, 0)
	})
}

func TestStreamKeepsWhatAMQP10Has(t *testing.T) {
	c := dial(t, newBroker(t))
	c.queue("s", stream())
	c.to("", "s", "m", &wire.Properties{
		ContentType: "text/plain", ClusterID: "c",
		Headers: wire.Table{"a": "b", "array": []any{"x"}, "table": wire.Table{"x": "y"}},
	})
	c.ok(c.Qos(0, 1, false))
	c.consume("s", "r", wire.Table{streamOffset: "first"})
	p := c.out.got[0].Properties
	same(t, "headers", term(p.Headers), `[{<<"a">>,longstr,<<"b">>},{<<"x-stream-offset">>,long,0}]`)
	same(t, "properties", p.ContentType+p.ClusterID, "text/plain")
}

func TestSlowReaderSkipsWhatIsGone(t *testing.T) {
	c := dial(t, newBroker(t))
	size := int64(1 + chunkOverhead)
	c.queue("s", stream("x-max-length-bytes", 5*size, argSegment, size))
	c.ok(c.Qos(0, 1, false))
	c.consume("s", "r", wire.Table{streamOffset: "first"})
	for range 100 {
		c.send("s", "m")
	}
	c.ok(c.Ack(1, false))
	last := c.out.got[len(c.out.got)-1]
	same(t, "offset", last.Properties.Headers[streamOffset], any(info(t, c.broker, "s").FirstOffset))
}
