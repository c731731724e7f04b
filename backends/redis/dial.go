package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/gate"
	"bustop/backends/redis/resp"

	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	// dialTimeout bounds each of: the TCP connection, TLS, logging in.
	dialTimeout = 2 * time.Second
	// holdDenied is how long a refused login is not tried again: repeating it locks accounts and
	// fills the server's ACL LOG.
	holdDenied = 30 * time.Second
	// keepBytes is how much of one string is kept on our own connections.
	keepBytes = 4 << 20
)

func noMaintenance() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// dialer makes connections that are logged in, named, in the right database, gated and counted.
// It logs in by itself because the library tries a wrong password twice and gives the whole
// connection up when only CLIENT SETNAME is forbidden.
type dialer struct {
	at      address
	network backends.DialFunc
	vitals  *backends.Vitals
	tracer  tracer

	mu    sync.Mutex
	held  error // what dial returns until the time below
	until time.Time
	count uint64 // connections made
}

func newDialer(at address, opt backends.Options, vitals *backends.Vitals, t tracer) *dialer {
	return &dialer{
		at: at, vitals: vitals, tracer: t,
		network: opt.DialOr(&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}),
	}
}

// generation counts connections made: facts learnt of the server are learnt anew after it grew.
func (d *dialer) generation() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// dial returns a connection that is ready for commands.
func (d *dialer) dial(ctx context.Context) (net.Conn, error) {
	d.mu.Lock()
	held := d.held
	if time.Now().After(d.until) {
		held = nil
	}
	d.mu.Unlock()
	if held != nil {
		return nil, held
	}
	ctx, done := d.tracer.connect(ctx)
	start := time.Now()
	conn, err := d.connect(ctx)
	if err != nil {
		err = d.fault(err)
		if !errors.Is(err, context.Canceled) {
			d.vitals.Failed(backends.Down, err)
		}
	}
	done(err)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.count++
		d.vitals.Answered(time.Since(start))
		return conn, nil
	}
	if backends.ReasonOf(err) == backends.Denied || errors.Is(err, errFull) {
		d.held, d.until = err, time.Now().Add(holdDenied)
	}
	return nil, err
}

func (d *dialer) connect(ctx context.Context) (net.Conn, error) {
	raw, err := d.network(ctx, d.at.network, d.at.addr)
	if err != nil {
		return nil, err
	}
	conn := backends.Counted(raw, d.vitals)
	if d.at.tls != nil {
		secure := tls.Client(conn, d.at.tls)
		tlsCtx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		if err := secure.HandshakeContext(tlsCtx); err != nil {
			raw.Close()
			return nil, err
		}
		conn = secure
	}
	conn = gate.Redis(conn)
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	err = d.login(conn)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		raw.Close()
		return nil, err
	}
	return conn, conn.SetDeadline(time.Time{})
}

// login authenticates, selects the database and gives the connection its name. The name is a
// courtesy: a user without the right to set it goes without.
func (d *dialer) login(conn net.Conn) error {
	var out []byte
	var steps []string
	add := func(words ...string) {
		out = resp.Append(out, words...)
		steps = append(steps, words[0])
	}
	switch {
	case d.at.user != "" && d.at.password != "":
		add("AUTH", d.at.user, d.at.password)
	case d.at.password != "":
		add("AUTH", d.at.password)
	}
	add("CLIENT", "SETNAME", d.at.client)
	if d.at.db != 0 {
		add("SELECT", strconv.Itoa(d.at.db))
	}
	if err := conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	if _, err := conn.Write(out); err != nil {
		// A server that is full says so and closes; what it said may still be read.
		if said := firstLine(conn); said != nil {
			return said
		}
		return err
	}
	r := resp.NewReader(conn, keepBytes)
	for _, step := range steps {
		var v resp.Value
		if err := r.Read(&v); err != nil {
			return err
		}
		if v.Kind != resp.Failure {
			continue
		}
		failure := serverError(v.Text)
		if step != "CLIENT" || strings.HasPrefix(failure.Error(), "NOAUTH") || errors.Is(failure, errFull) {
			return failure
		}
	}
	return nil
}

// firstLine returns the error that a server sent on its own, nil if there is none.
func firstLine(conn net.Conn) error {
	var v resp.Value
	if resp.NewReader(conn, keepBytes).Read(&v) == nil && v.Kind == resp.Failure {
		return serverError(v.Text)
	}
	return nil
}
