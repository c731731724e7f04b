package rabbitmq

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"bustop/backends"

	amqp "github.com/rabbitmq/amqp091-go"
	"pgregory.net/rapid"
)

// longRuns is how many times as many cases are tried with BUSTOP_LONG=1.
const longRuns = 16

// TestPeekChangesNothing: whatever kind of queue, whatever it holds and however often it is looked at
// with the consent that the plan asks for, contents, order and number are those of a twin that nobody
// looked at, or the look was refused; and nothing turns up among the dead letters.
func TestPeekChangesNothing(t *testing.T) { peekChangesNothing(newWorld(t), 2) }

// peekChangesNothing tries so many times as many cases as rapid does by itself.
func peekChangesNothing(w *world, runs int) {
	t := w.t.(*testing.T)
	w.queue("dead", nil)
	ledger := &shortLedger{}
	c := &peekCase{world: w, ledger: ledger, source: openURL(t, w.url(), backends.Options{Ledger: ledger})}
	if os.Getenv("BUSTOP_LONG") != "" {
		runs = max(runs, longRuns)
	}
	for range runs {
		rapid.Check(t, c.check)
	}
	t.Logf("%d queues, %d looks, %d refused; %d messages seen in %d queues of which none was refused; by kind %v",
		c.number, c.looks, c.refused, c.seen, c.number-c.refusedQueues, c.kinds)
	if c.looks == 0 || c.seen == 0 || c.refused == 0 && !testing.Short() { // a short run may have too few queues for that
		t.Error("not everything happened")
	}
}

// peekCase makes a queue and its twin, looks at one, and compares both.
type peekCase struct {
	*world
	source                                      *source
	ledger                                      backends.Ledger
	number, looks, refused, seen, refusedQueues int
	kinds                                       map[string]int
}

func (c *peekCase) check(rt *rapid.T) {
	c.number++
	args, messages := drawQueue(rt), drawMessages(rt)
	names := []string{fmt.Sprintf("q%d", c.number), fmt.Sprintf("twin%d", c.number)}
	for _, name := range names {
		c.queue(name, args)
		for _, m := range messages {
			confirmation, err := c.ch.PublishWithDeferredConfirm("", name, false, false, m)
			c.must(err)
			confirmation.Wait() // a full queue may refuse it
		}
	}
	if c.kinds == nil {
		c.kinds = map[string]int{}
	}
	c.kinds[fmt.Sprint(args["x-queue-type"], " ", len(args))]++
	if k := rapid.IntRange(-5, maxQuorum).Draw(rt, "returned"); k > 0 && canReturn(args) {
		for _, name := range names {
			c.giveBack(name, k)
		}
	}
	want := c.takeAll(names[1])
	refused := c.refused
	for range rapid.IntRange(1, 5).Draw(rt, "looks") {
		c.look(rt, names[0], want, rapid.IntRange(1, 25).Draw(rt, "n"))
	}
	if c.refused > refused {
		c.refusedQueues++
	}
	c.ready(names[0], len(want))
	got := c.takeAll(names[0])
	if len(got) != len(want) {
		rt.Fatalf("%v: %d messages after the looks, %d before", args, len(got), len(want))
	}
	for i := range got {
		if !same(got[i], want[i]) {
			rt.Fatalf("%v: message %d is\n%+v, was\n%+v", args, i, got[i], want[i])
		}
	}
	if dead, err := c.ch.QueueDeclarePassive("dead", true, false, false, false, nil); err != nil || dead.Messages != 0 {
		rt.Fatalf("%v: %d dead letters, %v", args, dead.Messages, err)
	}
	for _, name := range names {
		_, err := c.ch.QueueDelete(name, false, false, false)
		c.must(err)
	}
}

// canReturn leaves out the queues where an ordinary client's return, or the first look after it, is what
// the plan of that look warns of (TestFirstLookNearTheLimit).
func canReturn(args amqp.Table) bool {
	limit, limited := args["x-delivery-limit"].(int)
	return args["x-single-active-consumer"] == nil && (!limited || limit > 2)
}

// giveBack is a client that takes k messages and puts them back by going away.
func (c *peekCase) giveBack(name string, k int) {
	ch, err := c.conn.Channel()
	c.must(err)
	q, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
	c.must(err)
	for range min(k, q.Messages) {
		_, _, err := ch.Get(name, false)
		c.must(err)
	}
	c.must(ch.Close())
	c.ready(name, q.Messages)
}

// look is one look through the public API: what it shows is the head of the queue.
func (c *peekCase) look(rt *rapid.T, name string, want []amqp.Delivery, n int) {
	c.ready(name, len(want))
	c.looks++
	from := c.source
	if rapid.IntRange(0, 2).Draw(rt, "another process") == 0 {
		other, err := backends.Drivers{Driver()}.Open(c.url(), backends.Options{Ledger: c.ledger})
		c.must(err)
		defer other.Close()
		from = other.(*source)
		from.hold = c.source.hold
	}
	plan, err := from.PlanPeek(ctxFor(c.t), name)
	c.must(err)
	got, err := from.Peek(ctxFor(c.t), lookAt(plan, n))
	if plan.Consent == backends.Refused || isRefused(err) {
		if !isRefused(err) || len(got) != 0 {
			rt.Fatalf("a look that is refused: %d messages, %v", len(got), err)
		}
		c.refused++
		return
	}
	if err != nil || len(got) > min(n, plan.Max) || len(got) == 0 && len(want) > 0 {
		rt.Fatalf("look at %d of %d, plan %+v: %d messages, %v", n, len(want), plan, len(got), err)
	}
	c.seen += len(got)
	for i, m := range got {
		if len(m.Body) > len(want[i].Body) || !bytes.Equal(m.Body, want[i].Body[:len(m.Body)]) || m.Size != len(want[i].Body) ||
			m.ContentType != want[i].ContentType || header(m, "message-id") != want[i].MessageId {
			rt.Fatalf("look shows at %d\n%+v, which is\n%+v", i, m, want[i])
		}
	}
}

// takeAll consumes what a queue holds.
func (w *world) takeAll(name string) (all []amqp.Delivery) {
	w.t.Helper()
	for {
		q, err := w.ch.QueueDeclarePassive(name, true, false, false, false, nil)
		w.must(err)
		if q.Messages == 0 {
			return all
		}
		ch, err := w.conn.Channel()
		w.must(err)
		deliveries, err := ch.Consume(name, "", true, false, false, false, nil)
		w.must(err)
		for range q.Messages {
			all = append(all, <-deliveries)
		}
		w.must(ch.Close())
	}
}

// same compares what publishers gave a message; redelivered and the counts are what a look leaves.
func same(a, b amqp.Delivery) bool {
	for _, name := range []string{deliveryHeader, acquiredHeader} {
		delete(a.Headers, name)
		delete(b.Headers, name)
	}
	if len(a.Headers) == 0 && len(b.Headers) == 0 {
		a.Headers, b.Headers = nil, nil
	}
	for _, d := range []*amqp.Delivery{&a, &b} {
		d.Redelivered, d.DeliveryTag, d.MessageCount, d.RoutingKey, d.ConsumerTag, d.Acknowledger = false, 0, 0, "", "", nil
	}
	return reflect.DeepEqual(a, b)
}

// drawQueue draws the arguments of a queue.
func drawQueue(rt *rapid.T) amqp.Table {
	args := amqp.Table{}
	put := func(name string, values ...any) {
		if v := rapid.SampledFrom(slices.Concat([]any{nil, nil}, values)).Draw(rt, name); v != nil {
			args[name] = v
		}
	}
	if rapid.Bool().Draw(rt, "quorum") {
		args["x-queue-type"] = "quorum"
		put("x-delivery-limit", 1, 2, 3, 4, 20)
	} else {
		put("x-max-priority", 1, 5)
		put("x-queue-mode", "lazy")
		put("x-queue-version", 2)
		put("x-overflow", "drop-head", "reject-publish")
	}
	put("x-max-length", 1, 5, 1000)
	put("x-max-length-bytes", 100, 1<<20)
	put("x-message-ttl", 60_000, 600_000)
	if rapid.IntRange(0, 7).Draw(rt, "single active consumer") == 0 {
		args["x-single-active-consumer"] = true
	}
	if rapid.Bool().Draw(rt, "dead letters") && args["x-max-length"] == nil && args["x-max-length-bytes"] == nil {
		args["x-dead-letter-exchange"], args["x-dead-letter-routing-key"] = "", "dead"
	}
	return args
}

func drawMessages(rt *rapid.T) []amqp.Publishing {
	return rapid.SliceOfN(rapid.Custom(drawMessage), 0, 25).Draw(rt, "messages")
}

func drawMessage(rt *rapid.T) amqp.Publishing {
	m := amqp.Publishing{
		Body: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "body"), MessageId: rapid.StringN(0, 8, 32).Draw(rt, "id"),
		ContentType: rapid.SampledFrom([]string{"", "application/json", "text/plain"}).Draw(rt, "type"),
		Priority:    rapid.Uint8Range(0, 9).Draw(rt, "priority"), DeliveryMode: rapid.Uint8Range(0, 2).Draw(rt, "mode"),
	}
	if rapid.IntRange(0, 15).Draw(rt, "large") == 0 {
		m.Body = bytes.Repeat([]byte{rapid.Byte().Draw(rt, "fill")}, rapid.IntRange(maxBody-1, 3*maxBody).Draw(rt, "size"))
	}
	if rapid.Bool().Draw(rt, "headers") {
		m.Headers = drawTable(rt, 2)
	}
	return m
}

// drawTable draws a field table with values of every type that AMQP 0-9-1 as RabbitMQ speaks it has.
func drawTable(rt *rapid.T, depth int) amqp.Table {
	t := amqp.Table{}
	for _, name := range rapid.SliceOfN(rapid.StringMatching(`[a-z ü]{1,8}`), 0, 4).Draw(rt, "names") {
		t[name] = drawValue(rt, depth)
	}
	return t
}

func drawValue(rt *rapid.T, depth int) any {
	const flat, nested = 14, 16
	most := flat
	if depth > 0 {
		most = nested
	}
	switch rapid.IntRange(1, most).Draw(rt, "type") {
	case 1:
		return rapid.Bool().Draw(rt, "t")
	case 2:
		return rapid.Int8().Draw(rt, "b")
	case 3:
		return rapid.Byte().Draw(rt, "B")
	case 4:
		return rapid.Int16().Draw(rt, "s")
	case 5:
		return rapid.Uint16().Draw(rt, "u")
	case 6:
		return rapid.Int32().Draw(rt, "I")
	case 7:
		return rapid.Uint32().Draw(rt, "i")
	case 8:
		return rapid.Int64().Draw(rt, "l")
	case 9:
		return rapid.Float32Range(-1e30, 1e30).Draw(rt, "f")
	case 10:
		return rapid.Float64Range(-1e300, 1e300).Draw(rt, "d")
	case 11:
		return amqp.Decimal{Scale: rapid.Uint8Range(0, 9).Draw(rt, "scale"), Value: rapid.Int32Range(0, 1<<30).Draw(rt, "D")}
	case 12:
		return time.Unix(rapid.Int64Range(0, 1<<32).Draw(rt, "T"), 0)
	case 13:
		return rapid.SliceOfN(rapid.Byte(), 1, 10).Draw(rt, "x")
	case 14:
		return rapid.StringN(0, 10, 40).Draw(rt, "S")
	case 15:
		return drawTable(rt, depth-1)
	}
	return []any{drawValue(rt, depth-1), nil, drawValue(rt, depth-1)}
}
