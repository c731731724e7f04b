package broker

import (
	"strings"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// Streams (https://www.rabbitmq.com/docs/streams): an append-only log in segments, read by offset.
// Here every message is a chunk of its own.

// streamLog is what a stream holds.
type streamLog struct {
	segments ring[*segment]
	first    int64 // offset of the first message
	next     int64 // offset of the message to come
	bytes    int64 // of the bodies
}

// segment is a piece of the log; retention drops whole ones, and never the last.
type segment struct {
	first    int64
	messages []record
	size     int64
}

type record struct {
	msg *message
	at  int64 // Unix milliseconds
}

const (
	chunkOverhead  = 48 + 4 + 64 // header of a chunk, of an entry, and of the message's sections
	segmentDefault = 500_000_000 // bytes
	segmentChunks  = 256_000
	streamOffset   = "x-stream-offset"
)

func (l *streamLog) len() int { return int(l.next - l.first) }

// append adds a message and begins a new segment where the last is full.
func (l *streamLog) append(q *queue, m *message) {
	m = streamed(m)
	q.broker.hold(m)
	var last *segment
	if n := l.segments.len(); n > 0 {
		last = l.segments.at(n - 1)
	}
	if last == nil || last.size >= q.segmentSize() || len(last.messages) >= segmentChunks {
		last = &segment{first: l.next}
		l.segments.pushBack(last)
		l.retain(q)
	}
	last.messages = append(last.messages, record{m, q.broker.wall().UnixMilli()})
	last.size += int64(len(m.body)) + chunkOverhead
	l.bytes += int64(len(m.body))
	l.next++
}

// segmentSize is the size at which a segment ends. RabbitMQ's is 500 MB on disk; one in memory is
// bounded by an eighth of what the broker may use, so that retention can work at all.
func (q *queue) segmentSize() int64 {
	size := q.limits.segment
	if size == unlimited {
		size = segmentDefault
	}
	return min(size, q.broker.opt.MemoryLimit/8)
}

// retain drops the oldest segments that are too much or too old.
func (l *streamLog) retain(q *queue) {
	total := int64(0)
	for i := range l.segments.len() {
		total += l.segments.at(i).size
	}
	oldest := q.broker.wall().UnixMilli() - q.limits.age
	for l.segments.len() > 1 {
		s := l.segments.at(0)
		tooMuch := q.limits.bytes != unlimited && total > q.limits.bytes
		tooOld := q.limits.age != unlimited && len(s.messages) > 0 && s.messages[len(s.messages)-1].at < oldest
		if !tooMuch && !tooOld {
			return
		}
		total -= s.size
		l.dropFirst(q.broker)
	}
}

func (l *streamLog) dropFirst(b *Broker) {
	s := l.segments.popFront()
	for _, r := range s.messages {
		l.bytes -= int64(len(r.msg.body))
		b.release(r.msg)
	}
	l.first = s.first + int64(len(s.messages))
}

// drop empties the log.
func (l *streamLog) drop(b *Broker) {
	for l.segments.len() > 0 {
		l.dropFirst(b)
	}
}

// at returns the message with an offset that is in the log.
func (l *streamLog) at(offset int64) record {
	lo, hi := 0, l.segments.len()-1
	for lo < hi {
		if mid := (lo + hi + 1) / 2; l.segments.at(mid).first <= offset {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	s := l.segments.at(lo)
	return s.messages[offset-s.first]
}

// start is where a consumer with this argument begins to read.
func (l *streamLog) start(q *queue, spec any) int64 {
	if at, ok := spec.(time.Time); ok {
		return l.since(at.UnixMilli())
	}
	if spec == nil {
		return l.next
	}
	if b, ok := text(spec); ok {
		switch x := string(b); x {
		case "first":
			return l.first
		case "next":
			return l.next
		case "last":
			return max(l.first, l.next-1)
		}
		age, _ := parseAge(string(b))
		return l.since(q.broker.wall().UnixMilli() - age)
	}
	offset, _ := integer(spec)
	return max(offset, l.first)
}

// since is the offset of the first message that came at a time in Unix milliseconds or later.
func (l *streamLog) since(at int64) int64 {
	lo, hi := l.first, l.next
	for lo < hi {
		if mid := (lo + hi) / 2; l.at(mid).at < at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// checkStreamOffset checks the argument of that name.
func checkStreamOffset(value any, _ wire.Table) string {
	if b, ok := text(value); ok {
		s := string(b)
		_, isText := value.(string)
		_, isAge := parseAge(s)
		switch {
		case s == "first" || s == "last" || s == "next", isText && isAge:
			return ""
		case !isText || strings.TrimLeft(s, "0123456789") == s:
			return crashes
		}
		return "{invalid_stream_offset_arg," + tagged(value) + "}"
	}
	if _, ok := integer(value); !ok {
		return crashes
	}
	return ""
}

// pump gives a consumer what it has credit for.
func (q *queue) pump(c *consumer) {
	ch := c.ch
	for !c.gone && c.credit > 0 && c.cursor < q.log.next && !ch.conn.full() {
		c.cursor = max(c.cursor, q.log.first)
		m := q.log.at(c.cursor).msg
		d := Delivery{
			ConsumerTag: c.tag, DeliveryTag: ch.tag(), Exchange: m.exchange, RoutingKey: m.key,
			Properties: withHeader(m.props, streamOffset, c.cursor), Body: m.body,
		}
		c.cursor++
		c.credit--
		c.held++
		c.pair.countQueue(statDeliver, 1)
		ch.keep(held{tag: d.DeliveryTag, queue: q, consumer: c, pair: c.pair, at: q.broker.now})
		ch.traceOut(q, m, false)
		ch.conn.out.Deliver(ch.number, d)
	}
}

// streamed is a message as a stream gives it back: it is kept in the form of AMQP 1.0, which has no
// room for headers that are arrays or tables, for further routing keys, and for the cluster ID.
func streamed(m *message) *message {
	props := *m.props
	props.ClusterID, props.Present = "", props.Present&^(wire.HasClusterID|wire.HasHeaders)
	props.Headers = nil
	for name, value := range m.props.Headers {
		switch value.(type) {
		case []any, wire.Table:
			continue
		}
		if props.Headers == nil {
			props.Headers = wire.Table{}
		}
		props.Headers[name] = value
	}
	return &message{exchange: m.exchange, key: m.key, props: &props, body: m.body, persistent: m.persistent, ttl: unlimited}
}
