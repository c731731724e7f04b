package rabbitmq

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
	record "bustop/backends/spans"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// The headers by which a quorum queue counts the deliveries of a message before this one, from 4.3 on
// those that failed, and how often it was taken at all.
const (
	deliveryHeader = "x-delivery-count"
	acquiredHeader = "x-acquired-count"
)

// held is a peek over AMQP under way.
type held struct {
	session  *session
	plan     peekPlan
	span     trace.Span
	spans    spans
	hold     time.Duration
	messages []backends.Message
	links    record.Links
	bytes    int
	tag      uint64 // of the last delivery, 0 for none
	// asked says that a message was asked for, nacked that what came was put back by a nack and the
	// server said so.
	asked, nacked bool
	// over are the counts of those of the messages that the queue does not keep when they come back, by
	// their place.
	over map[int]int64
	// deliveries is what the first message's count will be after it was put back; -1 when the
	// queue does not count. perhaps says that it may be one that does not; classic that it is.
	deliveries       int64
	perhaps, classic bool
	// ready is how many messages were there to be taken, -1 where that was not told.
	ready int64
}

// get takes up to n messages and puts them back. From the first one on everything must be done
// within hold; then the connection is closed whatever state it is in, and that puts them
// back too.
func (h *held) get(ctx context.Context, n int) error {
	h.deliveries, h.ready = -1, -1
	ch, err := h.session.conn.Channel()
	if err != nil {
		return err
	}
	var (
		deadline *time.Timer
		last     uint64
	)
	for len(h.messages) < max(n, maxQuorum) && h.bytes < maxPeekBytes {
		h.asked = true
		d, ok, getErr := ch.Get(h.plan.Target.Name, false)
		if err = getErr; err != nil || !ok {
			break
		}
		if h.ready < 0 { // basic.get-ok counts those that are left
			h.ready = int64(d.MessageCount) + 1
		}
		if deadline == nil {
			deadline = time.AfterFunc(h.hold, h.session.kill)
			defer deadline.Stop()
		}
		last, h.bytes = d.DeliveryTag, h.bytes+len(d.Body)
		if h.add(&d, n) {
			break
		}
	}
	if last == 0 {
		if err == nil {
			h.ready = 0
		}
		return err
	}
	return h.putBack(ctx, ch, last, err)
}

// unsure reports whether a message may have been taken that never came: the server said neither that
// there is none nor that we may not.
func (h *held) unsure(err error) bool {
	var said *amqp.Error
	told := errors.As(err, &said) && said.Server
	return h.asked && len(h.messages) == 0 && err != nil && !told
}

// shown are the first n messages, and every one that the queue did not keep, each with what became of it.
func (h *held) shown(n int) []backends.Message {
	var out []backends.Message
	for i, m := range h.messages {
		count, over := h.over[i]
		over = over && !h.nacked
		if i < n || over {
			out = append(out, m)
		}
		if over {
			out = append(out, backends.Message{Target: m.Target, Time: time.Now(), TimeReceived: true, Gap: h.ending(count)})
		}
	}
	return out
}

// ending says what became of a message that had been delivered so often. It was out when its count
// could be read, and then every way on is a loss: an acknowledgement deletes it, to publish it anew is no
// look any more, and to keep it out takes it from its consumers. So it goes the way that it goes with the
// next consumer that fails, to the dead letters where there are any, and a copy of it is here.
func (h *held) ending(count int64) string {
	if h.plan.unsure {
		return fmt.Sprintf("the message above had been delivered %d times before. If that is the queue's delivery limit, putting it back "+
			"got it %s, and this copy may be the last one", count, h.plan.fate)
	}
	return fmt.Sprintf("the message above had been delivered %d times of at most %d before this look: putting it back got it %s. "+
		"This is its copy", count, h.plan.limit, h.plan.fate)
}

// add keeps a message and reports whether it is the last one to take. A quorum queue keeps what
// was put back in a line of its own before all other messages and puts a message back at the end
// of that line. So that the order stays, a look takes the whole line as far as it may: it goes on
// until a message comes that was never delivered before. Where putting back counts, a message near its
// limit ends it all the same, and so does a count where no limit is known.
func (h *held) add(d *amqp.Delivery, n int) bool {
	h.keep(d)
	v := h.session.version()
	count, kind := h.classify(d, v)
	if len(h.messages) == 1 {
		h.classic, h.perhaps = kind == countsNothing, kind == countsPerhaps
	}
	if h.classic || kind == countsNothing {
		return len(h.messages) >= n
	}
	if len(h.messages) == 1 {
		h.deliveries = count + 1
	}
	if h.plan.unsure && count > 0 || h.plan.limited && count >= h.plan.limit {
		if h.over == nil {
			h.over = map[int]int64{}
		}
		h.over[len(h.messages)-1] = count
	}
	if countsNacks(v) && (h.plan.unsure || h.plan.limited && count >= h.plan.limit-1) {
		return true
	}
	// From 4.3 on one that was put back by a nack counts no delivery and is in the line all the same.
	return len(h.messages) >= n && count == 0 && !d.Redelivered
}

// keep adds a message to what the look shows, and to its span a link to what the message belongs to.
func (h *held) keep(d *amqp.Delivery) {
	m := fromDelivery(h.plan.Target, d)
	m.Position = strconv.FormatUint(d.DeliveryTag, 10)
	h.messages = append(h.messages, m)
	h.tag = d.DeliveryTag
	h.link(d.Headers, deliveryTag(d.DeliveryTag))
}

// counting is what a message tells of whether its queue counts deliveries, as quorum queues do.
type counting uint8

const (
	countsNothing counting = iota
	countsDeliveries
	countsPerhaps
)

// classify reads how often a message was delivered before. 3.10.8 tells that of every message of a quorum
// queue, 4.0.5 and 4.3.6 only where it is not 0; those between were not tried. 4.3.6 tells how often it was
// acquired besides. Where nothing is told and the type of the queue is unknown, only a message that was
// delivered before is known to be none of a quorum queue.
func (h *held) classify(d *amqp.Delivery, v management.Version) (int64, counting) {
	count, told := deliveryCount(d.Headers[deliveryHeader])
	switch {
	case told, d.Headers[acquiredHeader] != nil, h.plan.row.Kind() == management.TypeQuorum:
		return count, countsDeliveries
	case h.plan.unsure && !d.Redelivered && leavesOutZero(v):
		return 0, countsPerhaps
	}
	return 0, countsNothing
}

// leavesOutZero reports whether a quorum queue may tell no count of a message's first delivery.
func leavesOutZero(v management.Version) bool { return !v.Known() || v.AtLeast(3, 11) }

// putBack returns everything, so that a quorum queue keeps its order: before 4.3 by the end of the channel,
// because a nack moves messages to the end of a queue without delivery limit (3.10.8, and 4.0.5 with
// a limit of -1) and counts all the same; from 4.3 on by a nack, which then counts as no delivery, whatever
// the limit and even where it is reached, while the end of the channel and basic.reject count (4.3.6).
func (h *held) putBack(ctx context.Context, ch *amqp.Channel, last uint64, err error) error {
	var nackErr error
	nacks := !countsNacks(h.session.version())
	if nacks {
		_, span := h.spans.settle(ctx, "nack", h.plan.Target.Name, last, len(h.messages))
		nackErr = ch.Nack(last, true, true)
		finish(span, nackErr)
	}
	closeErr := ch.Close() // confirms what was sent before
	h.nacked = nacks && nackErr == nil && closeErr == nil
	if h.nacked && h.deliveries > 0 {
		h.deliveries--
	}
	return cmp.Or(err, nackErr, closeErr)
}

// link leads from the look to where a message with these headers comes from.
func (h *held) link(headers amqp.Table, about ...attribute.KeyValue) {
	if before := len(h.links.List); addLink(&h.links, headers) && len(h.links.List) > before {
		link := h.links.List[before]
		link.Attributes = about
		h.span.AddLink(link)
	}
}

// describe puts on the span what was looked at: what belongs to one message only where there is one.
func (h *held) describe() {
	h.span.SetAttributes(attribute.Int(record.BatchBytesKey, h.bytes), attribute.Int(record.BatchTraceparentsKey, h.links.Found))
	switch {
	case len(h.messages) != 1:
		h.span.SetAttributes(semconv.MessagingBatchMessageCount(len(h.messages)))
	case h.tag > 0:
		h.span.SetAttributes(deliveryTag(h.tag))
	}
}

// deliveryCount reads the header's value, which is an integer of some size; a publisher may have set it.
func deliveryCount(v any) (int64, bool) {
	n, ok := integer(v)
	return min(max(n, 0), math.MaxInt32), ok
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case int16:
		return int64(n), true
	case int8:
		return int64(n), true
	case uint8:
		return int64(n), true
	case int:
		return int64(n), true
	case string:
		i, err := strconv.ParseInt(strings.TrimSpace(n), 10, 64)
		return i, err == nil
	}
	return 0, false
}
