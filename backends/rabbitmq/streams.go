package rabbitmq

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	record "bustop/backends/spans"

	amqp "github.com/rabbitmq/amqp091-go"
)

// The bounds of reading a stream.
const (
	streamPrefetch = 100
	// ackEvery gives the server credit for more before it runs out.
	ackEvery = 25
	// firstWait is how long the first message may take, idleWait how long after a message the
	// next one: a stream does not tell where it ends.
	firstWait = 3 * time.Second
	emptyWait = 300 * time.Millisecond
	idleWait  = 250 * time.Millisecond
	// newestWait bounds the search for the newest messages of a stream that never rests.
	newestWait = 2 * time.Second
	// maxRead bounds one reading.
	maxRead = 10_000
)

// consumerTag names our consumers to the server.
const consumerTag = "bustop"

// ListStreams lists the stream queues of the vhost.
func (s *source) ListStreams(ctx context.Context, q backends.Query) (backends.Page[backends.Stream], error) {
	if !q.Complete {
		if total := s.census.foresee(ctx); total > 0 {
			return s.surveyStreams(ctx, q, total)
		}
	}
	found, err := s.queueRows(ctx, q)
	if err != nil {
		return backends.Page[backends.Stream]{}, err
	}
	keep := func(row management.Queue) bool { return row.Kind() == management.TypeStream }
	return management.PageOf(found, q, func(r management.Queue) string { return r.Name }, keep, s.streamFrom), nil
}

// streamFrom converts a row. RabbitMQ's streams have no groups; readers keep their offsets
// themselves.
func (s *source) streamFrom(row management.Queue) backends.Stream {
	return backends.Stream{
		Name: row.Name, Type: management.TypeStream, Length: row.Messages.Count(), Bytes: row.Bytes.Count(),
		InRate: s.slopes.rate("in "+row.Name, row.Stats.Value.PublishD, row.Stats.Value.Publish),
	}
}

// DescribeStream returns one stream.
func (s *source) DescribeStream(ctx context.Context, name string) (backends.Stream, error) {
	row, err := s.streamRow(ctx, name)
	return s.streamFrom(row), err
}

// streamRow reads a stream's row. Whoever reads must know that it is one: a consumer on any
// other queue takes messages away.
func (s *source) streamRow(ctx context.Context, name string) (management.Queue, error) {
	if err := s.checkName(name); err != nil {
		return management.Queue{}, err
	}
	var row management.Queue
	err := s.manage(ctx, func(ctx context.Context) error {
		var err error
		row, err = s.queueRow(ctx, name)
		return err
	})
	if err != nil {
		return management.Queue{}, err
	}
	if row.Kind() != management.TypeStream {
		return management.Queue{}, s.refused(name, "this is a queue of the type "+row.Kind()+" and no stream", "peek it as a queue")
	}
	return row, nil
}

// ReadStream reads messages by offset on a connection of its own.
func (s *source) ReadStream(ctx context.Context, name, from string, n int) ([]backends.Message, error) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	offset, err := s.parseOffset(name, from)
	if err != nil {
		return nil, err
	}
	row, err := s.streamRow(ctx, name)
	if err != nil {
		return nil, err
	}
	sess, err := s.dialer.open(ctx, 1)
	if err != nil {
		return nil, err
	}
	defer sess.close()
	defer context.AfterFunc(ctx, sess.kill)()
	r := &reading{
		source: s, session: sess, name: name, n: min(max(n, 1), maxRead), patience: firstWait,
		window: window{ctx: record.Gather(ctx), spans: s.spans, queue: name},
	}
	defer r.window.flush()
	if row.Messages.Known && row.Messages.Value == 0 {
		r.patience = emptyWait
	}
	start := time.Now()
	messages, err := r.from(ctx, offset)
	if ctx.Err() != nil {
		return nil, s.dialer.unreachable(ctx.Err())
	}
	if err != nil {
		return nil, amqpFault(s.address.shown, name, err)
	}
	s.vitals.Answered(time.Since(start))
	return messages, nil
}

// parseOffset turns a position into the argument x-stream-offset.
func (s *source) parseOffset(name, from string) (any, error) {
	switch from {
	case "first", "last", "next":
		return from, nil
	}
	if n, err := strconv.ParseInt(from, 10, 64); err == nil && n >= 0 {
		return n, nil
	}
	if t, err := time.Parse(time.RFC3339, from); err == nil {
		return t, nil
	}
	if interval(from) {
		return from, nil
	}
	return nil, &backends.Error{
		Reason: backends.BadUsage, Source: s.address.shown, Object: name,
		What:   "cannot start at " + strconv.Quote(from),
		Advice: "first, last, next, an offset, a time such as 2026-01-31T12:00:00Z, or how long ago: -5m, or in the server's words 5m, 2h, 7D",
	}
}

// interval reports whether a text is a time span as x-stream-offset takes one: a number and one of the units
// of x-max-age (rabbitmq.com/docs/streams).
func interval(text string) bool {
	digits := strings.TrimRight(text, "YMDhms")
	n, err := strconv.ParseInt(digits, 10, 32)
	return err == nil && n >= 0 && len(text) == len(digits)+1
}

// reading is one reading of a stream.
type reading struct {
	source   *source
	session  *session
	name     string
	n        int
	patience time.Duration
	window   window
}

// from reads forward from an offset, or the newest messages for "last".
func (r *reading) from(ctx context.Context, offset any) ([]backends.Message, error) {
	if offset != "last" {
		return r.collect(ctx, offset, func(m []backends.Message) bool { return len(m) >= r.n })
	}
	// "last" is the beginning of the last chunk, which may hold fewer messages than are wanted,
	// or more.
	deadline := time.Now().Add(newestWait)
	newest, err := r.collect(ctx, "last", func([]backends.Message) bool { return time.Now().After(deadline) })
	if err != nil || len(newest) == 0 {
		return nil, err
	}
	if len(newest) < r.n {
		first, last := position(newest[0]), position(newest[len(newest)-1])
		if start := max(last-int64(r.n)+1, 0); start < first {
			deadline = time.Now().Add(newestWait)
			newest, err = r.collect(ctx, start, func(m []backends.Message) bool {
				return position(m[len(m)-1]) >= last || time.Now().After(deadline)
			})
		}
	}
	return newest, err
}

func position(m backends.Message) int64 {
	n, _ := strconv.ParseInt(m.Position, 10, 64)
	return n
}

// collect reads until enough says so or nothing more comes, and keeps the newest n.
func (r *reading) collect(ctx context.Context, offset any, enough func([]backends.Message) bool) ([]backends.Message, error) {
	f, err := follow(r.session, r.name, offset)
	if err != nil {
		return nil, err
	}
	defer f.channel.Close()
	target := backends.Target{Kind: backends.KindStream, Name: r.name}
	idle := time.NewTimer(r.patience)
	defer idle.Stop()
	var messages []backends.Message
	for {
		select {
		case d, ok := <-f.deliveries:
			if !ok {
				return nil, f.ended()
			}
			r.window.add(&d)
			messages = append(messages, fromStream(target, &d))
			if len(messages) > 2*r.n {
				messages = slices.Delete(messages, 0, len(messages)-r.n)
			}
			if enough(messages) {
				return messages[max(len(messages)-r.n, 0):], nil
			}
			if err := f.acknowledge(d.DeliveryTag, &r.window); err != nil {
				return nil, err
			}
			idle.Reset(idleWait)
		case <-idle.C:
			return messages[max(len(messages)-r.n, 0):], nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// follower is a consumer on a stream.
type follower struct {
	channel    *amqp.Channel
	deliveries <-chan amqp.Delivery
	closed     chan *amqp.Error
	cancelled  chan string
}

// errCancelled is the reason of a consumer's end when the server took the queue away.
var errCancelled = errors.New("deleted on the server")

func follow(sess *session, name string, offset any) (*follower, error) {
	ch, err := sess.conn.Channel()
	if err != nil {
		return nil, err
	}
	f := &follower{channel: ch}
	f.closed = ch.NotifyClose(make(chan *amqp.Error, 1))
	f.cancelled = ch.NotifyCancel(make(chan string, 1))
	if err := ch.Qos(streamPrefetch, 0, false); err != nil {
		return nil, err
	}
	f.deliveries, err = ch.Consume(name, consumerTag, false, false, false, false, amqp.Table{offsetHeader: offset})
	return f, err
}

// acknowledge gives the server credit, in groups, and notes that in the window.
func (f *follower) acknowledge(tag uint64, w *window) error {
	if tag%ackEvery != 0 {
		return nil
	}
	w.acknowledged(tag, ackEvery)
	return f.channel.Ack(tag, true)
}

// ended says why there are no more deliveries.
func (f *follower) ended() error { return consumerEnd(f.closed, f.cancelled) }

// consumerEnd says why a consumer's deliveries ended. The library closes both channels when the
// AMQP channel ends; a value says what came first.
func consumerEnd(closed <-chan *amqp.Error, cancelled <-chan string) error {
	select {
	case _, ok := <-cancelled:
		if ok {
			return errCancelled
		}
	default:
	}
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	select {
	case reply := <-closed:
		if reply != nil {
			return reply
		}
	case <-timer.C:
	}
	return amqp.ErrClosed
}
