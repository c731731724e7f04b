package shop

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/trace"
)

// dialTime is how long a connection to the broker and its handshake may take each.
const dialTime = 5 * time.Second

// link is a service's connection to RabbitMQ and the one channel on it.
type link struct {
	// name is the service's, by which consumers are known.
	name   string
	ch     *amqp.Channel
	tracer trace.Tracer
	gate   *gate
}

// onBroker connects a service to RabbitMQ, sees to the topology and lets work run. The context of
// work ends with the connection.
func (s *Shop) onBroker(ctx context.Context, service, suffix string, work func(context.Context, *link) error) error {
	conn, err := amqp.DialConfig(s.opt.Broker.URL, amqp.Config{
		Heartbeat: 10 * time.Second, Dial: s.dialer(ctx),
		Properties: amqp.Table{"connection_name": "shop/" + service + suffix, "product": "order shop"},
	})
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.CloseDeadline(time.Now().Add(time.Second)) }()
	l := &link{name: service + suffix, tracer: s.tracer(service), gate: watchGate(conn)}
	if l.ch, err = conn.Channel(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go endWith(ctx, cancel, conn, l.ch)
	if err := s.declareOnce(ctx, l.ch); err != nil {
		return fmt.Errorf("declare: %w", err)
	}
	if err := work(ctx, l); err != nil {
		s.declareAgain() // something may have been deleted
		return err
	}
	return nil
}

// endWith cancels a context when the connection or its channel ends first.
func endWith(ctx context.Context, cancel context.CancelCauseFunc, conn *amqp.Connection, ch *amqp.Channel) {
	connection, channel := conn.NotifyClose(make(chan *amqp.Error, 1)), ch.NotifyClose(make(chan *amqp.Error, 1))
	select {
	case err := <-connection:
		cancel(fmt.Errorf("connection lost: %w", reasonOf(err)))
	case err := <-channel:
		cancel(fmt.Errorf("channel lost: %w", reasonOf(err)))
	case <-ctx.Done():
	}
}

// dialer dials until ctx ends. The deadline is for the handshake; the client library clears it.
func (s *Shop) dialer(ctx context.Context) func(network, addr string) (net.Conn, error) {
	return func(network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, dialTime)
		defer cancel()
		dial := s.opt.Broker.Dial
		if dial == nil {
			dial = new(net.Dialer).DialContext
		}
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return conn, conn.SetDeadline(time.Now().Add(dialTime))
	}
}

// declareOnce declares the topology unless another service has since the last failure.
func (s *Shop) declareOnce(ctx context.Context, ch *amqp.Channel) error {
	select {
	case done := <-s.declared:
		var err error
		if !done {
			err = declare(ch)
		}
		s.declared <- err == nil
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *Shop) declareAgain() {
	<-s.declared
	s.declared <- false
}

// reasonOf avoids a nil *amqp.Error in an error.
func reasonOf(err *amqp.Error) error {
	if err == nil {
		return amqp.ErrClosed
	}
	return err
}

// gate is closed to publishers while the broker blocks their connection
// (rabbitmq.com/docs/connection-blocked).
type gate struct {
	mu   sync.Mutex
	open chan struct{} // closed while publishers may pass
}

// watchGate follows what the broker says until the connection ends.
func watchGate(conn *amqp.Connection) *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	news := conn.NotifyBlocked(make(chan amqp.Blocking, 1))
	go func() {
		blocked := false
		for n := range news {
			if n.Active != blocked {
				blocked = n.Active
				g.turn(blocked)
			}
		}
	}()
	return g
}

func (g *gate) turn(blocked bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if blocked {
		g.open = make(chan struct{})
	} else {
		close(g.open)
	}
}

// pass waits until publishers may go on.
func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
