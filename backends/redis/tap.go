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

// tap reads subscriptions' socket as fast as it can: a subscriber that lags is cut off by the
// server, and what it has not read is lost.
type tap struct {
	tail  *backends.Tail
	own   *own
	meter meter
	subs  []channelID
	batch []backends.Message
	route string // the last channel, so that a busy one is not allocated for each message
	// plain and sharded count what comes, apart: a channel and a sharded one may have the same name.
	plain, sharded backends.Flows
	shard          bool // the batch came by sharded channels

	pending []channelID // subscriptions that are not answered yet
	granted int
	refusal error // of the first subscription that was refused
}

func (t *tap) flows(typ string) *backends.Flows {
	if typ == "shard" {
		return &t.sharded
	}
	return &t.plain
}

// session subscribes and hands on messages until the connection breaks.
func (t *tap) session(_ context.Context, w *wire, live func()) error {
	for _, id := range t.subs {
		t.own.add(id, 1)
		defer t.own.add(id, -1)
	}
	if err := t.subscribe(w); err != nil {
		return err
	}
	defer t.deaf()
	var v resp.Value
	defer t.meter.flush()
	idle := func() error {
		t.meter.tick()
		return w.send("PING")
	}
	for {
		if err := w.next(&v, idle); err != nil {
			t.hand()
			return err
		}
		if movedAway(&v) {
			return errSlotMoved
		}
		if err := t.hear(&v, live); err != nil {
			return err
		}
		if w.in.Buffered() == 0 || len(t.batch) >= tapBatch {
			t.hand()
		}
	}
}

// hear takes a frame. Subscriptions are answered in their order, each with a confirmation or an error;
// the tap is live when all are answered and one was granted.
func (t *tap) hear(v *resp.Value, live func()) error {
	refused := v.Kind == resp.Failure
	if !refused && !t.take(v) {
		return nil
	}
	if len(t.pending) == 0 {
		if refused {
			return serverError(v.Text)
		}
		return nil
	}
	id := t.pending[0]
	t.pending = t.pending[1:]
	if !refused {
		t.granted++
	} else if err := t.refused(id, serverError(v.Text)); err != nil {
		return err
	}
	switch {
	case len(t.pending) > 0:
	case t.granted == 0:
		return t.refusal
	default:
		t.plain.Run()
		t.sharded.Run()
		t.own.taps.add(t)
		live()
	}
	return nil
}

// deaf ends a session: messages may be missed from now on.
func (t *tap) deaf() {
	t.own.taps.drop(t)
	t.plain.Stop()
	t.sharded.Stop()
}

// refused judges an error that a subscription is answered with. A user may be allowed some channels
// and not others: then the former are watched, and the tail says so.
func (t *tap) refused(id channelID, err error) error {
	r, _ := replyOf(err)
	if r.code() != "NOPERM" {
		return err
	}
	denied := &backends.Error{
		Reason: backends.Denied, Object: id.name, What: "no permission for this channel",
		Advice: "the server's administrator can grant it: ACL SETUSER … &" + id.name, Err: err,
	}
	if deniesCommand(r) {
		denied.What = "no permission: " + verbOf(id.typ)
		denied.Advice = "the server's administrator can grant it: ACL SETUSER … +" + strings.ToLower(verbOf(id.typ))
	}
	if t.refusal == nil {
		t.refusal = denied
	}
	note := denied.What + ": " + id.name + " is not watched"
	if id.typ == "shard" {
		note = "no permission: SSUBSCRIBE: sharded channels are not watched"
	}
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

func verbOf(typ string) string {
	return map[string]string{"pattern": "PSUBSCRIBE", "channel": "SUBSCRIBE", "shard": "SSUBSCRIBE"}[typ]
}

// subscribe sends one command for each name: a server that refuses one of several refuses them all.
func (t *tap) subscribe(w *wire) error {
	t.pending, t.granted, t.refusal = slices.Clone(t.subs), 0, nil
	for _, id := range t.subs {
		if err := w.send(verbOf(id.typ), id.name); err != nil {
			return err
		}
	}
	return nil
}

// take keeps a message and reports whether the frame confirmed a subscription
// (redis.io/docs/latest/develop/pubsub#format-of-pushed-messages).
func (t *tap) take(v *resp.Value) (subscribed bool) {
	if len(v.Items) < 3 {
		return false // the answer to a PING has two parts
	}
	kind := v.Items[0].Text
	switch {
	case string(kind) == "message":
		t.keep(false, &v.Items[1], &v.Items[1], &v.Items[2])
	case string(kind) == "smessage":
		t.keep(true, &v.Items[1], &v.Items[1], &v.Items[2])
	case string(kind) == "pmessage" && len(v.Items) > 3:
		t.keep(false, &v.Items[1], &v.Items[2], &v.Items[3])
	default:
		return strings.HasSuffix(string(kind), "subscribe")
	}
	return false
}

// keep puts a message into the batch: the name it was subscribed to by, its channel, and its body.
func (t *tap) keep(shard bool, name, channel, body *resp.Value) {
	if shard != t.shard {
		t.hand()
		t.shard = shard
	}
	if string(channel.Text) != t.route {
		t.route = string(channel.Text)
	}
	t.batch = append(t.batch, backends.Message{
		Target: t.targetOf(name), Route: t.route, TimeReceived: true,
		Body: append([]byte(nil), body.Text...), Size: body.Size,
	})
}

// targetOf is the channel or pattern that a message came by, of the several that a tap may watch.
func (t *tap) targetOf(name *resp.Value) backends.Target {
	for _, id := range t.subs {
		if string(name.Text) == id.name {
			return backends.Target{Kind: backends.KindChannel, Name: id.name}
		}
	}
	return t.tail.Target
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
	t.tail.Flows.Add(t.batch...)
	if t.shard {
		t.sharded.Add(t.batch...)
	} else {
		t.plain.Add(t.batch...)
	}
	t.meter.add(t.batch)
	clear(t.batch)
	t.batch = t.batch[:0]
}
