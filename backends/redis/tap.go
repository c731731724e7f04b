package redis

import (
	"context"
	"slices"
	"strings"
	"time"

	"bustop/backends"
	"bustop/backends/redis/resp"
)

// tapBatch is how many messages are handed over together at most.
const tapBatch = 512

// tap reads a subscription's socket as fast as it can: a subscriber that lags is cut off by
// the server, and what it has not read is lost.
type tap struct {
	tail  *backends.Tail
	own   *own
	meter meter
	batch []backends.Message
	route string // the last channel, so that a busy one is not allocated for each message
	// shards: the server has sharded channels, which have names of their own.
	shards bool
}

// session subscribes and hands on messages until the connection breaks.
func (t *tap) session(_ context.Context, w *wire, live func()) error {
	for _, typ := range t.types() {
		t.own.add(typ, t.tail.Target.Name, 1)
		defer t.own.add(typ, t.tail.Target.Name, -1)
	}
	if err := t.subscribe(w); err != nil {
		return err
	}
	var v resp.Value
	subscribed := false
	ping := func() error { return w.send("PING") }
	for {
		if err := w.next(&v, ping); err != nil {
			t.hand()
			return err
		}
		if v.Kind == resp.Failure {
			if err := t.refused(serverError(v.Text), subscribed); err != nil {
				return err
			}
		}
		if movedAway(&v) {
			return errSlotMoved
		}
		if t.take(&v) && !subscribed {
			subscribed = true
			live()
		}
		if w.in.Buffered() == 0 || len(t.batch) >= tapBatch {
			t.hand()
		}
	}
}

// refused judges an error that a subscription is answered with. A user may be allowed channels
// and not sharded ones: then the former are watched, and the tail says so.
func (t *tap) refused(err error, subscribed bool) error {
	r, _ := replyOf(err)
	if !subscribed || r.code() != "NOPERM" {
		return err
	}
	note := "no permission: SSUBSCRIBE: sharded channels are not watched"
	t.tail.Update(func(st *backends.TailState) {
		if !slices.Contains(st.Notes, note) {
			st.Notes = append(st.Notes, note)
		}
	})
	return nil
}

// movedAway reports whether the server ends a sharded subscription on its own, as it does when
// the channel's slot gets another node.
func movedAway(v *resp.Value) bool {
	return len(v.Items) > 2 && string(v.Items[0].Text) == "sunsubscribe"
}

// types are what the name is subscribed as: a channel and, where the server has such, a sharded
// channel of the same name; or a pattern, which does not reach the latter.
func (t *tap) types() []string {
	switch {
	case isPattern(t.tail.Target.Name):
		return []string{"pattern"}
	case t.shards:
		return []string{"channel", "shard"}
	}
	return []string{"channel"}
}

func (t *tap) subscribe(w *wire) error {
	verbs := map[string]string{"pattern": "PSUBSCRIBE", "channel": "SUBSCRIBE", "shard": "SSUBSCRIBE"}
	for _, typ := range t.types() {
		if err := w.send(verbs[typ], t.tail.Target.Name); err != nil {
			return err
		}
	}
	return nil
}

// take keeps a message and reports whether the frame confirmed the subscription
// (redis.io/docs/latest/develop/pubsub#format-of-pushed-messages).
func (t *tap) take(v *resp.Value) (subscribed bool) {
	if len(v.Items) < 3 {
		return false // the answer to a PING has two parts
	}
	kind := v.Items[0].Text
	switch {
	case string(kind) == "message", string(kind) == "smessage":
		t.keep(&v.Items[1], &v.Items[2])
	case string(kind) == "pmessage" && len(v.Items) > 3:
		t.keep(&v.Items[2], &v.Items[3])
	default:
		return strings.HasSuffix(string(kind), "subscribe")
	}
	return false
}

func (t *tap) keep(channel, body *resp.Value) {
	if string(channel.Text) != t.route {
		t.route = string(channel.Text)
	}
	t.batch = append(t.batch, backends.Message{
		Target: t.tail.Target, Route: t.route, TimeReceived: true,
		Body: append([]byte(nil), body.Text...), Size: body.Size,
	})
}

// hand puts the batch into the ring, under one time stamp.
func (t *tap) hand() {
	if len(t.batch) == 0 {
		return
	}
	now := time.Now()
	for i := range t.batch {
		t.batch[i].Time = now
	}
	t.tail.Ring.Add(t.batch...)
	t.meter.add(len(t.batch))
	clear(t.batch)
	t.batch = t.batch[:0]
}
