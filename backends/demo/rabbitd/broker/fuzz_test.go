package broker

import (
	"testing"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// script reads a client's doings from bytes.
type script struct{ data []byte }

func (s *script) next() byte {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return b
}

func (s *script) yes() bool { return s.next()&1 == 1 }

func pick[T any](s *script, list ...T) T { return list[int(s.next())%len(list)] }

func (s *script) queue() string {
	return pick(s, "q", "r", "s", "", "amq.x", "q\n", replyQueue, replyPrefix+"x.y")
}

func (s *script) exchange() string {
	return pick(s, "x", "y", "", "amq.topic", "amq.headers", "amq.fanout", traceExchange, "z")
}

func (s *script) key() string {
	return pick(s, "q", "r", "a.b", "#", "*.b", "", "a.#.b", ".", replyPrefix+"x")
}

func (s *script) value() any {
	return pick[any](s, nil, true, int8(-1), uint8(3), int16(2), uint16(9), int32(5), uint32(1), int64(1<<40), float32(1.5), 2.5,
		wire.Decimal{Scale: 1, Value: 5}, "x", "quorum", "stream", "drop-head", "reject-publish", "reject-publish-dlx", "first",
		"last", "any", "5s", "99999999999999999999s", []byte("b"), []any{"q", int32(1)}, time.Unix(5, 0), wire.Table{"a": "b"}, "", int32(0))
}

func (s *script) table() wire.Table {
	t := wire.Table{}
	for range s.next() % 5 {
		name := pick(s, argType, "x-max-length", "x-max-length-bytes", "x-message-ttl", "x-expires", "x-dead-letter-exchange",
			"x-dead-letter-routing-key", "x-overflow", "x-max-priority", "x-single-active-consumer", "x-delivery-limit", "x-priority",
			streamOffset, "x-match", "CC", "BCC", deathHeader, "alternate-exchange", argSegment, "x-max-age", "x-queue-master-locator", "a")
		t[name] = s.value()
	}
	if s.yes() {
		t[argType] = pick(s, Classic, Quorum, Stream)
	}
	if s.yes() {
		t["x-dead-letter-exchange"] = pick(s, "", "x", "amq.fanout")
	}
	return t
}

func (s *script) properties() *wire.Properties {
	return &wire.Properties{
		Headers: s.table(), DeliveryMode: s.next() % 4, Priority: s.next(), Expiration: pick(s, "", "", "", "0", "5", "x", "-1"),
		ReplyTo: pick(s, "", replyQueue, "r"), UserID: pick(s, "", "", "guest", "joe"),
	}
}

// step does one thing and returns the exception.
func (s *script) step(ch *Channel) (e *Error) {
	switch s.next() % 24 {
	case 0, 1, 2:
		_, e = ch.DeclareQueue(QueueDeclare{
			Name: s.queue(), Passive: s.next()%8 == 0, Durable: s.next()%8 != 0, Exclusive: s.next()%8 == 0,
			AutoDelete: s.next()%8 == 0, Arguments: s.table(),
		})
	case 3:
		e = ch.DeclareExchange(ExchangeDeclare{
			Name: s.exchange(), Type: pick(s, "topic", "direct", "fanout", "headers", "none"), Passive: s.yes(), AutoDelete: s.yes(),
			Internal: s.next()%8 == 0, Arguments: s.table(),
		})
	case 4:
		e = ch.BindQueue(s.queue(), s.exchange(), s.key(), s.table())
	case 5:
		e = ch.BindExchange(s.exchange(), s.exchange(), s.key(), s.table())
	case 6:
		e = ch.UnbindQueue(s.queue(), s.exchange(), s.key(), s.table())
	case 7, 8, 9, 10:
		e = ch.Publish(Publishing{
			Exchange: s.exchange(), RoutingKey: s.key(), Mandatory: s.yes(), Immediate: s.next() == 9, Properties: s.properties(),
			Body: make([]byte, s.next()),
		})
	case 11, 12:
		_, e = ch.Get(s.queue(), s.yes())
	case 13, 14:
		_, e = ch.Consume(ConsumeRequest{
			Queue: s.queue(), Tag: pick(s, "", "t", "u"), NoAck: s.yes(), Exclusive: s.next()%8 == 0, Arguments: s.table(),
		})
	case 15:
		e = ch.Cancel(pick(s, "t", "u"))
	case 16, 17:
		e = ch.Ack(uint64(s.next()%20), s.yes())
	case 18, 19:
		e = ch.Nack(uint64(s.next()%20), s.yes(), s.yes())
	case 20:
		e = s.mode(ch)
	case 21:
		_, e = ch.DeleteQueue(s.queue(), s.next()%8 == 0, s.next()%8 == 0)
	case 22:
		e = ch.DeleteExchange(s.exchange(), s.yes())
	case 23:
		s.administer(ch)
	}
	return e
}

func (s *script) mode(ch *Channel) *Error {
	switch s.next() % 7 {
	case 0:
		return ch.Qos(0, uint16(s.next()%4), s.yes())
	case 1:
		return ch.TxSelect()
	case 2:
		return ch.TxCommit()
	case 3:
		return ch.TxRollback()
	case 4:
		return ch.Recover(s.next()%8 != 0)
	case 5:
		return ch.ConfirmSelect()
	}
	_, e := ch.PurgeQueue(s.queue())
	return e
}

func (s *script) administer(ch *Channel) {
	b := ch.broker
	switch s.next() % 6 {
	case 0:
		_ = b.SetPolicy(Policy{
			VHost: "/", Name: pick(s, "p", "o"), Pattern: pick(s, ".*", "^q", "(", "^(?!r)"), Operator: s.yes(),
			Definition: map[string]any{pick(s, "max-length", "message-ttl", "expires", "overflow", "delivery-limit"): s.value()},
		})
	case 1:
		_ = b.DeletePolicy("/", pick(s, "p", "o"), s.yes())
	case 2:
		_ = b.SetTracing("/", s.yes())
	case 3:
		b.SetMemoryAlarm(s.yes())
		ch.conn.Blocked()
	case 4:
		ch.Close()
	default:
		ch.conn.Resume()
	}
}

// FuzzClients has two clients do anything: nothing panics, and nothing is left at the end.
func FuzzClients(f *testing.F) {
	f.Add([]byte("\x00\x00\x01\x01\x01\x01\x00\x00\x07\x02\x00\x00\x0d\x00\x00\x12\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &script{data: data}
		b := New(Options{MemoryLimit: 200_000})
		defer b.Close()
		var clients [2]*Channel
		for steps := 0; len(s.data) > 0 && steps < 300; steps++ {
			i := s.next() % 2
			if clients[i] == nil {
				clients[i] = dial(t, b).Channel
			}
			ch := clients[i]
			e := s.step(ch)
			switch {
			case e != nil && e.Hard:
				clients[i] = nil
			case ch.closed:
				clients[i] = (&client{t: t, conn: ch.conn}).open(1).Channel
			}
		}
		b.Queues("")
		b.Bindings("")
		b.Sample(func(Sample) {})
		empty(t, b)
	})
}

// empty closes all connections, deletes all queues and looks for what is left.
func empty(t *testing.T, b *Broker) {
	for _, c := range b.Connections() {
		if err := b.CloseConnection(c.Info.Name, "end"); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.DeleteVHost("/"); err != nil {
		t.Fatal(err)
	}
	if b.memory != 0 || len(b.replies) > 0 || b.later.len() > 0 {
		t.Fatalf("memory %d, %d reply addresses", b.memory, len(b.replies))
	}
}

// FuzzPatterns holds that no text for a pattern panics.
func FuzzPatterns(f *testing.F) {
	f.Add("^(?!amq\\.).*", "name")
	f.Fuzz(func(_ *testing.T, pattern, name string) {
		if p, err := newPattern(pattern); err == nil {
			p.match(name)
		} else {
			patternError(pattern, err)
		}
		parseExpiration(pattern)
		parseAge(pattern)
		checkTTL(int64(len(name)))
		term(wire.Table{pattern: name})
	})
}
