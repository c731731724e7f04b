package redisd_test

import (
	"bufio"
	"context"
	"net"
	"testing"
	"time"

	"bustop/backends/demo/redisd"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start starts a server that ends with the test.
func start(t testing.TB, opt redisd.Options) *redisd.Server {
	t.Helper()
	s, err := redisd.Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// connect is an ordinary client of a server, in memory.
func connect(t testing.TB, s *redisd.Server, opt *goredis.Options) *goredis.Client {
	t.Helper()
	if opt == nil {
		opt = &goredis.Options{}
	}
	opt.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) { return s.Dial(ctx) }
	opt.DisableIdentity = true
	c := goredis.NewClient(opt)
	t.Cleanup(func() { c.Close() })
	return c
}

// raw is a connection that is spoken to in RESP by hand.
type raw struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func dial(t testing.TB, s *redisd.Server) *raw {
	t.Helper()
	conn, err := s.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute)) // fails when it was cut already, as reading will
	return &raw{t, conn, bufio.NewReader(conn)}
}

// send writes a request without waiting for the answer.
func (r *raw) send(text string) {
	r.t.Helper()
	if _, err := r.conn.Write([]byte(text)); err != nil {
		r.t.Fatal(err)
	}
}

// line reads a line of an answer.
func (r *raw) line() string {
	r.t.Helper()
	s, err := r.in.ReadString('\n')
	if err != nil {
		r.t.Fatalf("read: %v", err)
	}
	return s[:len(s)-2]
}
