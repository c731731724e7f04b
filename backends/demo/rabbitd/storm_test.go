package rabbitd

import (
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bustop/backends/demo/rabbitd/wire"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// TestStorm has clients publish, consume, vanish and be cut while the server is killed and comes
// back. In the end nothing is left of it.
func TestStorm(t *testing.T) {
	var frames atomic.Uint64
	s := start(t, Options{Faults: Faults{Frame: func(string, bool, wire.Frame) Fault {
		return Fault{Cut: frames.Add(1)%5000 == 0}
	}}})
	var (
		clients  sync.WaitGroup
		received atomic.Uint64
		over     atomic.Bool
	)
	for i := range 12 {
		clients.Go(func() {
			for n := uint64(0); !over.Load(); n++ {
				life(s, rand.New(rand.NewPCG(uint64(i), n)), &received)
			}
		})
	}
	for range 3 {
		goal := received.Load() + 2000
		testkit.Eventually(t, "messages arrive", func() bool { return received.Load() > goal })
		s.Kill()
		if err := s.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	over.Store(true)
	clients.Wait()
	testkit.Eventually(t, "no connection is left", func() bool { return len(s.Broker().Connections()) == 0 })
}

// life is that of one connection. Every call may fail, as the server may be gone at any time.
func life(s *Server, r *rand.Rand, received *atomic.Uint64) {
	dial := amqp.DefaultDial(time.Second)
	if r.IntN(2) == 0 {
		dial = dialing(s).Dial
	}
	var socket net.Conn
	conn, err := amqp.DialConfig(s.URL(), amqp.Config{Dial: func(network, addr string) (c net.Conn, err error) {
		socket, err = dial(network, addr)
		return socket, err
	}})
	if err != nil {
		runtime.Gosched()
		return
	}
	defer conn.Close()
	if r.IntN(2) == 0 {
		defer socket.Close() // it vanishes with what it has not acknowledged
	}
	work(conn, r, received)
}

func work(conn *amqp.Connection, r *rand.Rand, received *atomic.Uint64) {
	ch, err := conn.Channel()
	if err != nil {
		return
	}
	queue := fmt.Sprint("storm ", r.IntN(3))
	if _, err := ch.QueueDeclare(queue, true, false, false, false, amqp.Table{"x-max-length": 200}); err != nil {
		return
	}
	_ = ch.Qos(20, 0, false)
	deliveries, err := ch.Consume(queue, "", false, false, false, false, nil)
	if err != nil {
		return
	}
	body := make([]byte, 1+r.IntN(40_000))
	for range r.IntN(300) {
		if err := ch.Publish("", queue, true, false, amqp.Publishing{Body: body, DeliveryMode: 2}); err != nil {
			return
		}
		select {
		case d, ok := <-deliveries:
			if !ok || d.Ack(false) != nil {
				return
			}
			received.Add(1)
		default:
		}
	}
}
