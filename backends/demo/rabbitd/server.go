package rabbitd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"

	"bustop/backends/demo/rabbitd/broker"
)

// Server is a broker in this process. What it holds lives as long as it runs, across Kill and
// Restart too as far as it is durable.
type Server struct {
	opt    Options
	broker *broker.Broker

	mu     sync.Mutex
	node   *node // nil while the server is down
	at     addresses
	closed bool
}

// addresses are host:port, empty without a listener. They stay the same across Kill and Restart.
type addresses struct{ amqp, amqps, http, https string }

// Start starts a server.
func Start(opt Options) (*Server, error) {
	opt = opt.withDefaults()
	s := &Server{opt: opt, broker: broker.New(opt.Broker)}
	if !opt.NoListen {
		s.at.amqp, s.at.http = opt.Addr, opt.ManagementAddr
		if opt.TLS != nil {
			s.at.amqps, s.at.https = opt.TLSAddr, opt.ManagementTLSAddr
		}
	}
	if err := errors.Join(s.addUsers(), s.Restart()); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) addUsers() error {
	for _, u := range s.opt.Users {
		if err := s.broker.AddUser(u.Name, u.Password, u.Tags...); err != nil {
			return err
		}
		all := broker.Permission{User: u.Name, VHost: "/", Configure: ".*", Write: ".*", Read: ".*"}
		if err := s.broker.SetPermissions(all); err != nil {
			return err
		}
	}
	return nil
}

// Restart starts a server again that was killed, at the same addresses.
func (s *Server) Restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if s.node != nil {
		return errors.New("rabbitd: server is running")
	}
	n := newNode(s.opt, s.broker)
	if err := n.listen(&s.at); err != nil {
		n.stop(false)
		return fmt.Errorf("rabbitd: %w", err)
	}
	n.serve()
	s.node = n
	return nil
}

// Kill ends the server as kill -9 does: every connection is cut without a word. Durable exchanges,
// durable queues and the persistent messages in them outlive it, as do users, virtual hosts and
// policies. Restart brings it back.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.node == nil {
		return
	}
	s.node.stop(false)
	s.node = nil
	s.broker.Restart()
}

// Close tells every client that the server shuts down, ends it and all its goroutines. It may be
// called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	if s.node != nil {
		s.node.stop(true)
		s.node = nil
	}
	s.broker.Close()
}

// Broker is the core: for snapshots, policies and alarms. It is the same across Kill and Restart.
func (s *Server) Broker() *broker.Broker { return s.broker }

func (s *Server) addresses() addresses {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// Addr is the address for AMQP, host:port; "" without a listener.
func (s *Server) Addr() string { return s.addresses().amqp }

// Port is the port of Addr, 0 without a listener.
func (s *Server) Port() int { return portOf(s.Addr()) }

// ManagementPort is the port of the management API, 0 without a listener.
func (s *Server) ManagementPort() int { return portOf(s.addresses().http) }

// URL is the address as clients take it, with user and password: amqp://guest:guest@host:port/. A
// server without a listener has one too, for clients that dial by Dial.
func (s *Server) URL() string { return s.amqpURL("amqp", s.addresses().amqp) }

// SecureURL is the address for AMQP over TLS, "" without it.
func (s *Server) SecureURL() string {
	if at := s.addresses().amqps; at != "" {
		return s.amqpURL("amqps", at)
	}
	return ""
}

func (s *Server) amqpURL(scheme, host string) string {
	if host == "" {
		host = memoryHost
	}
	user, password := s.opt.Broker.User, s.opt.Broker.Password
	if user == "" {
		user = "guest"
	}
	if password == "" {
		password = "guest"
	}
	return (&url.URL{Scheme: scheme, User: url.UserPassword(user, password), Host: host, Path: "/"}).String()
}

// ManagementURL is the address of the management API without user and password. A server without a
// listener has one too, for clients that use HTTPTransport.
func (s *Server) ManagementURL() string {
	if at := s.addresses().http; at != "" {
		return "http://" + at
	}
	return "http://" + memoryHost
}

// SecureManagementURL is the address of the management API over TLS, "" without it.
func (s *Server) SecureManagementURL() string {
	if at := s.addresses().https; at != "" {
		return "https://" + at
	}
	return ""
}

// Dial connects to AMQP in memory; amqp.Config.Dial can be made of it.
func (s *Server) Dial(ctx context.Context) (net.Conn, error) {
	return s.dial(ctx, func(n *node) *pipeListener { return n.amqp })
}

// DialManagement connects to the management API in memory.
func (s *Server) DialManagement(ctx context.Context) (net.Conn, error) {
	return s.dial(ctx, func(n *node) *pipeListener { return n.http })
}

func (s *Server) dial(ctx context.Context, of func(*node) *pipeListener) (net.Conn, error) {
	s.mu.Lock()
	n := s.node
	s.mu.Unlock()
	if n == nil {
		return nil, ErrClosed
	}
	return of(n).dial(ctx)
}

// HTTPTransport reaches the management API in memory, whatever host a request names. Who has it
// closes its idle connections.
func (s *Server) HTTPTransport() *http.Transport {
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return s.DialManagement(ctx) },
	}
}
