package otlp

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

// The bounds of connections.
const (
	maxConnections = 64
	maxStreams     = 64
	maxHeader      = 16 << 10
	headerTime     = 5 * time.Second
	requestTime    = 30 * time.Second // from its first byte to its last
	idleTime       = 5 * time.Minute
	leaveTime      = 500 * time.Millisecond // for requests under way at the end
)

// usualPorts are where exporters send to when they are told nothing: OTLP/HTTP and OTLP/gRPC.
func usualPorts() []string { return []string{"4318", "4317"} }

// Server listens for a Receiver.
type Server struct {
	http  *http.Server
	addrs []string
	open  bool // other machines reach it
	done  sync.WaitGroup
	once  sync.Once
}

// Listen lets programs reach a receiver by the network. With an empty address it listens on the usual ports of
// the loopback device, or on a free one where both are taken. Everything else than the loopback device needs a
// token, and plain HTTP does not hide it: it is for networks that are trusted.
func Listen(ctx context.Context, r *Receiver, addr string) (*Server, error) {
	listeners, loopback, err := open(ctx, addr, r.opt.Token != "")
	if err != nil {
		return nil, err
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	s := &Server{open: !loopback, http: &http.Server{
		Handler: guard{r, loopback}, Protocols: &protocols, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
		MaxHeaderBytes: maxHeader, ReadHeaderTimeout: headerTime, ReadTimeout: requestTime, WriteTimeout: requestTime,
		IdleTimeout: idleTime, ErrorLog: log.New(io.Discard, "", 0),
	}}
	room := make(chan struct{}, maxConnections)
	for _, l := range listeners {
		s.addrs = append(s.addrs, l.Addr().String())
		s.done.Go(func() { _ = s.http.Serve(&bounded{l, room}) }) // ends with Close
	}
	return s, nil
}

// Addresses are where the server listens, as host:port.
func (s *Server) Addresses() []string { return s.addrs }

// Close ends the server; requests under way have a moment.
func (s *Server) Close() {
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
		defer cancel()
		if s.http.Shutdown(ctx) != nil {
			_ = s.http.Close()
		}
		s.done.Wait()
	})
}

// open opens the listeners of an address.
func open(ctx context.Context, addr string, token bool) (list []net.Listener, loopback bool, err error) {
	var config net.ListenConfig
	if addr == "" {
		for _, port := range usualPorts() {
			if l, err := config.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
				list = append(list, l)
			}
		}
		if len(list) > 0 {
			return list, true, nil
		}
		addr = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, false, &backends.Error{
			Reason: backends.BadUsage, What: fmt.Sprintf("%q is no address to take spans on", addr), Advice: "give HOST:PORT, such as 127.0.0.1:4318",
		}
	}
	if loopback = local(host); !loopback && !token {
		return nil, false, &backends.Error{
			Reason: backends.BadUsage, What: "spans from other machines are taken with a token only",
			Advice: "set BUSTOP_OTLP_TOKEN, or traces and token in the config file",
		}
	}
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, false, &backends.Error{Reason: backends.Unreachable, What: "cannot take spans on " + addr, Err: err}
	}
	return []net.Listener{l}, loopback, nil
}

// local reports whether a host is the loopback device, by name or number.
func local(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// guard keeps out who may not send. A browser can be made to post to the loopback device by any page, under
// a name that resolves to it: such a request has an Origin or a foreign Host.
type guard struct {
	next     *Receiver
	loopback bool
}

func (g guard) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	f := g.check(req)
	if f == nil {
		g.next.ServeHTTP(w, req)
		return
	}
	g.next.counted.refused.Add(1)
	if req.ProtoMajor == 2 && strings.HasPrefix(req.Header.Get(headerContentType), contentTypeGRPC) {
		w.Header().Set(headerContentType, contentTypeGRPC)
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", fmt.Sprint(int(f.code)))
		w.Header().Set(http.TrailerPrefix+"Grpc-Message", percentEncoded(f.what))
		return
	}
	in := protobuf
	if strings.HasPrefix(req.Header.Get(headerContentType), contentTypeJSON) {
		in = jsonText
	}
	answer(w, in, f.http, f.protobuf, f.json)
}

func (g guard) check(req *http.Request) *fault {
	host := req.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	switch {
	case req.Header.Get("Origin") != "":
		return refuse(http.StatusForbidden, codePermissionDenied, "nothing is taken from pages in a browser")
	case g.loopback && !local(host):
		return refuse(http.StatusForbidden, codePermissionDenied, "the host must be localhost")
	case g.next.opt.Token != "" && !g.known(req.Header):
		return refuse(http.StatusUnauthorized, codeUnauthenticated, "the token is missing or wrong: send it as authorization: Bearer TOKEN or x-otlp-api-key")
	}
	return nil
}

// known compares the token in constant time.
func (g guard) known(h http.Header) bool {
	given := h.Get("X-Otlp-Api-Key")
	if kind, bearer, found := strings.Cut(h.Get("Authorization"), " "); found && strings.EqualFold(kind, "Bearer") {
		given = bearer
	}
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(g.next.opt.Token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// bounded accepts only as many connections as there is room for and hangs up on the rest.
type bounded struct {
	net.Listener
	room chan struct{}
}

func (b *bounded) Accept() (net.Conn, error) {
	for {
		conn, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case b.room <- struct{}{}:
			return &roomy{Conn: conn, leave: sync.OnceFunc(func() { <-b.room })}, nil
		default:
			_ = conn.Close()
		}
	}
}

// roomy gives its place back when it is closed.
type roomy struct {
	net.Conn
	leave func()
}

func (c *roomy) Close() error {
	c.leave()
	return c.Conn.Close()
}
