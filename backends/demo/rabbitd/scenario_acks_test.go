package rabbitd_test

import (
	"fmt"
)

// ackObservations are about giving messages back and keeping them.
func ackObservations() []observation {
	all := []observation{
		{name: "get", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			ch.get(q)
			ch.send(q, "1", "2", "3")
			ch.get(q)
			d, ok, err := ch.Get(q, true)
			s.say("automatic: %s %t %s", showDelivery(d), ok, describe(err))
			ch.get(q)
			ch.get(q)
		}},
		{name: "ack-multiple", see: func(s *scene) {
			ch := s.holding(5)
			s.must(ch.Ack(3, true), "ack")
			s.must(ch.Close(), "close")
			s.settled(s.n("q"), 2)
			s.channel().drain(s.n("q"))
		}},
		{name: "ack-all", see: func(s *scene) {
			ch := s.holding(5)
			s.must(ch.Ack(0, true), "ack")
			s.must(ch.Close(), "close")
			s.settled(s.n("q"), 0)
		}},
		{name: "nack-multiple", see: func(s *scene) {
			ch := s.holding(5)
			s.must(ch.Nack(2, true, true), "nack")
			ch.drain(s.n("q"))
			s.must(ch.Nack(0, true, false), "nack")
			ch.drain(s.n("q"))
		}},
		{name: "nack-drops", see: func(s *scene) {
			ch := s.holding(2)
			s.must(ch.Nack(1, false, false), "nack")
			s.must(ch.Reject(2, false), "reject")
			ch.drain(s.n("q"))
		}},
		{name: "requeue-order", see: func(s *scene) {
			ch := s.holding(4)
			q := s.n("q")
			ch.send(q, "later")
			for _, tag := range []uint64{3, 1, 4, 2} {
				s.must(ch.Reject(tag, true), "reject")
			}
			ch.drain(q)
		}},
		{name: "requeue-one-of-many", see: func(s *scene) {
			ch := s.holding(3)
			s.must(ch.Nack(2, false, true), "nack")
			ch.get(s.n("q"))
			s.must(ch.Nack(1, false, true), "nack")
			s.must(ch.Nack(4, false, true), "nack")
			ch.drain(s.n("q"))
		}},
		{name: "requeue-to-consumer", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			s.must(ch.Qos(1, 0, false), "qos")
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "1", "2")
			s.take(c, 1)
			s.must(ch.Nack(1, false, true), "nack")
			s.take(c, 1)
			s.must(ch.Ack(2, false), "ack")
			s.take(c, 1)
		}},
		{name: "requeue-goes-to-the-next", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			a, b := ch.subscribe(q, "a", nil), ch.subscribe(q, "b", nil)
			ch.send(q, "1")
			s.take(a, 1)
			s.must(ch.Nack(1, false, true), "nack")
			s.take(b, 1)
		}},
		{name: "recover", see: func(s *scene) {
			ch := s.channel()
			q := ch.plain("q", nil)
			c := ch.subscribe(q, "tag", nil)
			ch.send(q, "1", "2", "3")
			s.take(c, 3)
			s.must(ch.Ack(2, false), "ack")
			s.must(ch.recovered(true), "recover")
			s.take(c, 2)
			s.try("without requeue", func(ch *channel) error { return ch.recovered(false) })
		}},
		{name: "recover-order", see: func(s *scene) {
			ch := s.holding(3)
			q := s.n("q")
			ch.send(q, "4")
			s.must(ch.recovered(true), "recover")
			ch.drain(q)
		}},
		{name: "recover-async", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			s.channel().send(q, "1")
			s.settled(q, 1)
			w := s.raw().open()
			w.method(1, 60, 70, uint16(0), q, 0)
			w.expect("header")
			w.next()
			w.method(1, 60, 100, 1)
			w.qos()
			w.next()
			s.channel().drain(q)
			w.method(1, 60, 100, 0)
			w.last()
		}},
		{name: "channel-closed-requeues", see: func(s *scene) {
			ch := s.holding(3)
			s.must(ch.Ack(2, false), "ack")
			s.must(ch.Close(), "close")
			s.settled(s.n("q"), 2)
			s.channel().drain(s.n("q"))
		}},
		{name: "connection-closed-requeues", see: func(s *scene) {
			ch := s.holding(3)
			s.must(ch.link.Close(), "close")
			s.settled(s.n("q"), 3)
			s.channel().drain(s.n("q"))
		}},
		{name: "connection-cut-requeues", see: func(s *scene) {
			q := s.channel().plain("q", nil)
			s.channel().send(q, "1", "2")
			w := s.raw().open()
			w.method(1, 60, 20, uint16(0), q, "tag", 0, noTable())
			w.expect("body")
			s.settled(q, 0)
			s.must(w.c.Close(), "cut")
			s.settled(q, 2)
			s.channel().drain(q)
		}},
		{name: "ack-from-another-channel", see: func(s *scene) {
			s.holding(1)
			s.try("ack", func(ch *channel) error {
				s.must(ch.Ack(1, false), "ack")
				return await(s, ch.closed, "close")
			})
			m, _ := s.count(s.n("q"))
			s.say("ready: %d", m)
		}},
	}
	return append(all, ackFaults()...)
}

// recovered asks for what is not acknowledged, as old clients do.
func (ch *channel) recovered(requeue bool) error {
	//lint:ignore SA1019 servers still have to answer it
	return ch.Recover(requeue) //nolint:staticcheck // see above
}

// holding makes the queue q with messages 1 to n, which the returned channel holds.
func (s *scene) holding(n int) *channel {
	k := s.connect(login{})
	ch := k.channel()
	q := ch.plain("q", nil)
	for i := range n {
		ch.send(q, fmt.Sprint(i+1))
	}
	for range n {
		if _, ok := ch.fetch(q); !ok {
			s.stop("the queue is empty")
		}
	}
	return ch
}

// ackFaults are acknowledgements of what is not there.
func ackFaults() []observation {
	return []observation{{name: "ack-unknown", see: func(s *scene) {
		q := s.channel().plain("q", nil)
		for what, f := range sorted(map[string]func(*channel){
			"ack unknown":                 func(ch *channel) { s.must(ch.Ack(7, false), "ack") },
			"ack unknown multiple":        func(ch *channel) { s.must(ch.Ack(7, true), "ack") },
			"ack 0":                       func(ch *channel) { s.must(ch.Ack(0, false), "ack") },
			"ack 0 multiple without any":  func(ch *channel) { s.must(ch.Ack(0, true), "ack") },
			"nack unknown":                func(ch *channel) { s.must(ch.Nack(7, false, true), "ack") },
			"nack unknown multiple":       func(ch *channel) { s.must(ch.Nack(7, true, true), "ack") },
			"nack 0 multiple without any": func(ch *channel) { s.must(ch.Nack(0, true, true), "ack") },
			"reject unknown":              func(ch *channel) { s.must(ch.Reject(7, true), "ack") },
			"largest tag":                 func(ch *channel) { s.must(ch.Ack(1<<64-1, false), "ack") },
			"ack twice":                   func(ch *channel) { ch.acked(q); s.must(ch.Ack(1, false), "ack") },
			"nack after ack":              func(ch *channel) { ch.acked(q); s.must(ch.Nack(1, false, true), "ack") },
			"ack again multiple":          func(ch *channel) { ch.acked(q); s.must(ch.Ack(1, true), "ack") },
			"multiple beyond the last":    func(ch *channel) { ch.held(q, 2); s.must(ch.Ack(3, true), "ack") },
			"multiple over a gap":         func(ch *channel) { ch.held(q, 3); s.must(ch.Ack(2, false), "ack"); s.must(ch.Ack(3, true), "ack") },
			"multiple below the oldest":   func(ch *channel) { ch.held(q, 3); s.must(ch.Ack(1, false), "ack"); s.must(ch.Ack(1, true), "ack") },
			"0 multiple, some there":      func(ch *channel) { ch.held(q, 3); s.must(ch.Ack(0, true), "ack"); s.must(ch.Ack(0, true), "ack") },
		}) {
			s.tryAsync(what, f)
			s.try("  purge", func(ch *channel) error { _, err := ch.QueuePurge(q, false); return err })
		}
	}}}
}

func (ch *channel) held(q string, n int) {
	for range n {
		ch.send(q, "held")
		if _, ok := ch.fetch(q); !ok {
			ch.s.stop("the queue is empty")
		}
	}
}

func (ch *channel) acked(q string) {
	ch.held(q, 1)
	ch.s.must(ch.Ack(1, false), "ack")
}
