package redisd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"
)

// Options say how a server starts.
type Options struct {
	// Addr is the address to listen on; "" is a free port of 127.0.0.1.
	Addr string
	// Password is what clients have to give in AUTH; "" asks for none.
	Password string
	// NoListen makes a server that is reached by Dial only.
	NoListen bool
	// Settings are changes to the defaults of CONFIG GET, as CONFIG SET takes them.
	Settings map[string]string
	// Report is told of errors inside the server, with its lock held; nil drops them.
	Report func(error)
	// Faults make the server misbehave, for tests.
	Faults Faults
}

// Faults are asked before something is done, outside all locks. They are called from several
// goroutines at once.
type Faults struct {
	// Accept is asked for every new connection; Cut closes it, Delay waits before it is served.
	Accept func(addr string) Fault
	// Command is asked for every request with the words of it.
	Command func(client int64, args []string) Fault
}

// Fault is what goes wrong with one connection or request. The zero value is nothing.
type Fault struct {
	Delay  time.Duration // first wait
	Refuse string        // answer with this error and do nothing, "ERR why"
	Drop   bool          // do nothing and do not answer
	Cut    bool          // close the connection
}

// ErrClosed is returned by Dial when the server is not running.
var ErrClosed = errors.New("redisd: server closed")

// Server is a Redis server in this process. Its data live as long as it runs.
type Server struct {
	opt Options

	mu       sync.Mutex
	node     *node // nil while the server is down
	listener net.Listener
	addr     string
	closed   bool
}

// Start starts a server.
func Start(opt Options) (*Server, error) {
	s := &Server{opt: opt, addr: opt.Addr}
	if s.addr == "" {
		s.addr = "127.0.0.1:0"
	}
	if err := s.Restart(); err != nil {
		return nil, err
	}
	return s, nil
}

// Restart starts a server again that was killed, empty and at the same address.
func (s *Server) Restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.node != nil {
		return errors.New("redisd: server is running")
	}
	port := 0
	var listener net.Listener
	if !s.opt.NoListen {
		var err error
		if listener, err = listen(s.addr); err != nil {
			return err
		}
		s.addr = listener.Addr().String()
		port = portOf(listener.Addr())
	}
	n, err := newNode(s.opt, port)
	if err != nil {
		if listener != nil {
			listener.Close()
		}
		return err
	}
	s.node, s.listener = n, listener
	n.shutdown = func() { s.kill(n) }
	if listener != nil {
		n.work.Add(1)
		go n.accept(listener)
	}
	return nil
}

func listen(addr string) (net.Listener, error) {
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("redisd: %w", err)
	}
	return l, nil
}

func portOf(a net.Addr) int {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.Port
	}
	return 0
}

// accept serves the connections of a listener until that is closed.
func (n *node) accept(l net.Listener) {
	defer n.work.Done()
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		n.work.Add(1)
		go func() {
			defer n.work.Done()
			if n.faulty(conn) {
				conn.Close()
				return
			}
			_ = n.connect(conn, conn.RemoteAddr().String(), conn.LocalAddr().String()) // has closed it then
		}()
	}
}

// faulty asks the faults about a new connection.
func (n *node) faulty(conn net.Conn) bool {
	if n.faults.Accept == nil {
		return false
	}
	f := n.faults.Accept(conn.RemoteAddr().String())
	return !n.sleep(f.Delay) || f.Cut || f.Drop
}

// sleep waits, and returns false when the server was stopped meanwhile.
func (n *node) sleep(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-n.stop:
		return false
	}
}

// Kill ends the server as kill -9 does: every connection is cut and the data are lost. Restart
// brings it back.
func (s *Server) Kill() { s.kill(nil) }

// kill ends the node, or whatever runs when that is nil.
func (s *Server) kill(n *node) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n != nil && s.node != n {
		return
	}
	if s.listener != nil {
		s.listener.Close()
	}
	if s.node != nil {
		s.node.shut()
	}
	s.node, s.listener = nil, nil
}

// Close ends the server, its connections and its goroutines. It may be called more than once.
func (s *Server) Close() {
	s.Kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
}

// Addr is the address the server listens on, host:port; "" without a listener.
func (s *Server) Addr() string {
	if s.opt.NoListen {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// URL is the address as clients take it, with the password: redis://:password@host:port/0.
func (s *Server) URL() string {
	u := url.URL{Scheme: "redis", Host: s.Addr(), Path: "/0"}
	if s.opt.Password != "" {
		u.User = url.UserPassword("", s.opt.Password)
	}
	return u.String()
}

// Dial connects within the process, without a socket: go-redis takes it as its Dialer. It works
// inside a bubble of testing/synctest when the server was started in it.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	n := s.node
	s.mu.Unlock()
	if n == nil {
		return nil, ErrClosed
	}
	near, far := net.Pipe()
	if n.faulty(far) {
		far.Close()
		return near, nil // as a connection that is cut after it was accepted
	}
	if err := n.connect(far, "", "127.0.0.1:0"); err != nil {
		near.Close()
		return nil, ErrClosed
	}
	return near, nil
}
