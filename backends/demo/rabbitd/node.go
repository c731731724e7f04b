package rabbitd

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/management"
	"bustop/backends/demo/rabbitd/session"
	"bustop/backends/demo/rabbitd/wire"
)

// A node is a server from one start to its end.
type node struct {
	opt     Options
	broker  *broker.Broker
	session session.Options

	ctx    context.Context // ends with the node
	cancel context.CancelFunc
	work   sync.WaitGroup // listeners and AMQP connections
	web    sync.WaitGroup // HTTP connections

	amqp, http *pipeListener
	amqpOn     []net.Listener
	httpOn     []net.Listener
	listeners  []management.Listener
	sampler    *management.Sampler
	server     *http.Server
}

func newNode(opt Options, b *broker.Broker) *node {
	n := &node{opt: opt, broker: b, amqp: newPipeListener(), http: newPipeListener()}
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.amqpOn, n.httpOn = []net.Listener{n.amqp}, []net.Listener{n.http}
	overview := b.Overview()
	n.session = session.Options{
		ServerProperties: wire.Table{
			"product": "RabbitMQ", "version": overview.Version, "platform": "Go " + runtime.Version(),
			"cluster_name": overview.ClusterName, "information": "The broker of bustop's demo: it behaves as RabbitMQ does",
		},
		Heartbeat: opt.Heartbeat, External: opt.External, LoopbackUsers: []string{"guest"},
	}
	return n
}

// listen opens the listeners that at has addresses for, and writes down which they got.
func (n *node) listen(at *addresses) error {
	for _, l := range []struct {
		addr     *string
		on       *[]net.Listener
		protocol string
		secure   bool
	}{
		{&at.amqp, &n.amqpOn, "amqp", false},
		{&at.amqps, &n.amqpOn, "amqp/ssl", true},
		{&at.http, &n.httpOn, "http", false},
		{&at.https, &n.httpOn, "https", true},
	} {
		if *l.addr == "" {
			continue
		}
		var config net.ListenConfig
		listener, err := config.Listen(n.ctx, "tcp", *l.addr)
		if err != nil {
			return err
		}
		*l.addr = listener.Addr().String()
		host, _, _ := net.SplitHostPort(*l.addr)
		n.listeners = append(n.listeners, management.Listener{Protocol: l.protocol, Address: host, Port: portOf(*l.addr)})
		if l.secure {
			listener = tls.NewListener(listener, n.opt.TLS)
		}
		*l.on = append(*l.on, listener)
	}
	return nil
}

// serve begins to accept connections.
func (n *node) serve() {
	n.sampler = management.NewSampler(n.broker, n.opt.StatisticsInterval)
	n.server = &http.Server{
		Handler: management.Handler(n.broker, management.Options{
			Sampler:   n.sampler,
			Listeners: func() []management.Listener { return n.listeners },
			Detailed:  n.opt.DetailedRates,
		}),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // this runs behind a full-screen program
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				n.web.Add(1)
			case http.StateClosed, http.StateHijacked:
				n.web.Done()
			case http.StateActive, http.StateIdle:
			}
		},
	}
	for _, l := range n.amqpOn {
		n.work.Go(func() { n.accept(l) })
	}
	for _, l := range n.httpOn {
		n.work.Go(func() { _ = n.server.Serve(l) }) // says only that it was closed
	}
}

// accept serves the connections of a listener until that is closed.
func (n *node) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			// Too many open files, most likely: some may be closed soon.
			if !n.sleep(acceptPause) {
				return
			}
			continue
		}
		n.work.Go(func() { n.connect(conn) })
	}
}

// acceptPause is how long a listener waits after a failure to accept.
const acceptPause = 50 * time.Millisecond

// connect serves one AMQP connection. Why it ended is nobody's concern: the client knows.
func (n *node) connect(conn net.Conn) {
	defer conn.Close()
	addr := conn.RemoteAddr().String()
	if accept := n.opt.Faults.Accept; accept != nil {
		if f := accept(addr); !n.sleep(f.Delay) || f.Cut || f.Drop {
			return
		}
	}
	opt := n.session
	if frame := n.opt.Faults.Frame; frame != nil {
		opt.Faults = func(in bool, f wire.Frame) Fault { return frame(addr, in, f) }
	}
	_ = session.Serve(n.ctx, conn, n.broker, opt)
}

// sleep waits, and reports false when the node has ended meanwhile.
func (n *node) sleep(d time.Duration) bool {
	if d <= 0 {
		return n.ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-n.ctx.Done():
		return false
	}
}

// stop ends everything. When politely is set clients are told and have a moment to answer.
func (n *node) stop(politely bool) {
	for _, l := range append(n.amqpOn, n.httpOn...) {
		l.Close()
	}
	if politely {
		n.broker.Close()
		n.await(farewell)
	}
	n.cancel()
	n.work.Wait()
	if n.server != nil {
		_ = n.server.Close()
		n.web.Wait()
		n.sampler.Close()
	}
}

// await waits until all connections have ended, for at most that long.
func (n *node) await(limit time.Duration) {
	ended := make(chan struct{})
	go func() {
		n.work.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(limit):
	}
}

func portOf(addr string) int {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return 0
	}
	return int(at.Port())
}
