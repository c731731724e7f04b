package rabbitd_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	amqp "github.com/rabbitmq/amqp091-go"
)

// walkObservations do things at random, the same on each server.
func walkObservations() []observation {
	var all []observation
	for kind, args := range sorted(map[string]amqp.Table{
		"plain":           {},
		"lazy":            {"x-queue-mode": "lazy"},
		"length":          {"x-max-length": int32(5)},
		"bytes":           {"x-max-length-bytes": int32(60)},
		"length-priority": {"x-max-length": int32(5), "x-max-priority": int32(3)},
		"priority":        {"x-max-priority": int32(3)},
		"quorum":          {"x-queue-type": "quorum"},
		"quorum-length":   {"x-queue-type": "quorum", "x-max-length": int32(5), "x-delivery-limit": int32(2)},
		"reject-publish":  {"x-max-length": int32(5), "x-overflow": "reject-publish"},
	}) {
		for seed := range uint64(3) {
			all = append(all, observation{name: fmt.Sprintf("walk-%s-%d", kind, seed), see: func(s *scene) {
				w := newWalk(s, seed, args)
				for range 150 {
					w.step()
				}
				w.end()
			}})
		}
	}
	return all
}

// walk is one channel that publishes, gets and gives back, on a queue with dead letters.
type walk struct {
	ch      *channel
	random  *rand.Rand
	q, dead string
	// held are the delivery tags without an answer, in order.
	held []uint64
	sent int
}

func newWalk(s *scene, seed uint64, args amqp.Table) *walk {
	w := &walk{ch: s.confirming(), random: rand.New(rand.NewPCG(seed, 7))}
	w.dead = w.ch.plain("dead", nil)
	table := amqp.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": w.dead}
	for k, v := range args {
		table[k] = v
	}
	w.q = w.ch.queue("q", queueOptions{durable: table["x-queue-type"] == "quorum"}, table)
	return w
}

func (w *walk) step() {
	s := w.ch.s
	switch n := w.random.IntN(20); {
	case n < 8:
		w.publish()
	case n < 13:
		if d := w.ch.get(w.q); d.Acknowledger != nil {
			w.held = append(w.held, d.DeliveryTag)
		}
	case n == 13:
		d, ok, err := w.ch.Get(w.q, true)
		s.must(err, "get")
		s.say("automatic %t %s", ok, showDelivery(d))
	case n == 14:
		s.must(w.ch.recovered(true), "recover")
		s.say("recover %d", len(w.held))
		w.held = nil
	case len(w.held) == 0:
	case n < 17:
		w.answer("ack", func(tag uint64, multiple bool) error { return w.ch.Ack(tag, multiple) })
	case n < 19:
		w.answer("requeue", func(tag uint64, multiple bool) error { return w.ch.Nack(tag, multiple, true) })
	default:
		w.answer("drop", func(tag uint64, multiple bool) error { return w.ch.Nack(tag, multiple, false) })
	}
}

func (w *walk) publish() {
	w.sent++
	p := amqp.Publishing{Priority: uint8(w.random.IntN(5)), Body: fmt.Appendf(nil, "%d", w.sent)}
	p.Body = append(p.Body, make([]byte, w.random.IntN(20))...)
	w.ch.publish("", w.q, p)
	c := await(w.ch.s, w.ch.confirms, "a confirm")
	w.ch.s.say("publish %d priority %d: %t", w.sent, p.Priority, c.Ack)
}

// answer gives an answer to one of the messages held, or to all up to it.
func (w *walk) answer(what string, f func(tag uint64, multiple bool) error) {
	i, multiple := w.random.IntN(len(w.held)), w.random.IntN(3) == 0
	tag := w.held[i]
	w.ch.s.must(f(tag, multiple), what)
	w.ch.s.say("%s %d %t", what, tag, multiple)
	if multiple {
		w.held = w.held[i+1:]
		return
	}
	w.held = slices.Delete(w.held, i, i+1)
}

// end says what is left, and then all dead letters: a last one, which comes after the others,
// shows that they are complete.
func (w *walk) end() {
	s := w.ch.s
	s.must(w.ch.recovered(true), "recover")
	w.ch.drain(w.q)
	w.ch.sure(w.q, "last")
	d := w.ch.get(w.q)
	s.must(w.ch.Reject(d.DeliveryTag, false), "reject")
	c := w.ch.subscribe(w.dead, "tag", nil)
	for d = s.delivery(c); string(d.Body) != "last"; d = s.delivery(c) {
		s.say("dead: %s", showDelivery(d))
	}
}
