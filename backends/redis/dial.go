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
	// A node of a cluster that cannot be reached is not tried again for firstMiss, then twice as
	// long each time up to lastMiss.
	firstMiss, lastMiss = 250 * time.Millisecond, 8 * time.Second
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
	// where finds the server's address anew for each connection; nil means at.addr.
	where func(ctx context.Context) (string, error)
	// role is what the server has to be, "master" or "slave" as ROLE says it; "" asks for nothing.
	role string
	// member: the server is a node of a cluster, at an address that the cluster announced.
	member bool
	// readOnly: the connection reads from a replica what its master is responsible for.
	readOnly bool
	// guard is the gate that its connections pass; nil means gate.Redis.
	guard func(net.Conn) net.Conn

	mu      sync.Mutex
	held    error // what dial returns until the time below
	until   time.Time
	missed  int    // failures in a row
	count   uint64 // connections made
	touches touches
	miscast bool // the server's role is not the one wanted
	secrecy secrecy
}

// touches is whether reading through our connections counts as a use of a key. CLIENT NO-TOUCH,
// which servers have from 7.2 on, makes that it does not; see spare.
type touches uint8

const (
	untried touches = iota
	touched
	untouched
)

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
		d.missed = 0
		d.vitals.Answered(time.Since(start))
		return conn, nil
	}
	switch {
	case backends.ReasonOf(err) == backends.Denied || errors.Is(err, errFull):
		d.held, d.until = err, time.Now().Add(holdDenied)
	case d.member && ctx.Err() == nil:
		// The other nodes' rows must not wait each time for one that does not answer.
		d.held, d.until = err, time.Now().Add(min(firstMiss<<min(d.missed, 10), lastMiss))
		d.missed++
	}
	return nil, err
}

// noTouch reports whether reading through these connections leaves no mark on keys.
func (d *dialer) noTouch() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.touches == untouched
}

func (d *dialer) connect(ctx context.Context) (net.Conn, error) {
	addr := d.at.addr
	if d.where != nil {
		var err error
		if addr, err = d.where(ctx); err != nil {
			return nil, err
		}
	}
	raw, err := d.network(ctx, d.at.network, addr)
	if err != nil {
		return nil, err
	}
	conn := backends.Counted(raw, d.vitals)
	if conf := d.at.secure(addr); conf != nil {
		secure := tls.Client(conn, conf)
		tlsCtx, cancel := context.WithTimeout(ctx, dialTimeout)
		defer cancel()
		if err := secure.HandshakeContext(tlsCtx); err != nil {
			raw.Close()
			return nil, err
		}
		d.secured(conf, secure.ConnectionState())
		conn = secure
	}
	if d.guard != nil {
		conn = d.guard(conn)
	} else {
		conn = gate.Redis(conn)
	}
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

// login authenticates, selects the database and gives the connection its name.
func (d *dialer) login(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return err
	}
	r := resp.NewReader(conn, keepBytes)
	if !d.maySpare() {
		return ask(conn, r, d.steps())
	}
	mode := ""
	// HELLO without arguments changes nothing, and no user is without the right to it.
	steps := append(d.steps(), loginStep{words: []string{"HELLO"}, courtesy: true, heard: func(v *resp.Value) error {
		mode, _ = fieldsOf(plain(v))["mode"].(string)
		return nil
	}})
	if err := ask(conn, r, steps); err != nil {
		return err
	}
	return d.spare(conn, r, mode)
}

// spare has reads through the connection not count as uses of keys, where that is safe. A node of a
// cluster whose slot is on the move looks up a command's keys before it runs the command; with a
// client that has NO-TOUCH on, Redis dereferences a null pointer there and is gone (redis/redis pull
// request 14415; seen on 8.0.2). So nodes of clusters are not asked for it, nor is what does not say
// that it is none.
func (d *dialer) spare(conn net.Conn, r *resp.Reader, mode string) error {
	if mode != "standalone" {
		d.learnTouch(touched)
		return nil
	}
	return ask(conn, r, []loginStep{{words: []string{"CLIENT", "NO-TOUCH", "ON"}, courtesy: true, heard: func(v *resp.Value) error {
		if v.Kind == resp.Failure {
			d.learnTouch(touched)
		} else {
			d.learnTouch(untouched)
		}
		return nil
	}}})
}

// ask sends all steps at once and judges their answers.
func ask(conn net.Conn, r *resp.Reader, steps []loginStep) error {
	var out []byte
	for _, step := range steps {
		out = resp.Append(out, step.words...)
	}
	if _, err := conn.Write(out); err != nil {
		// A server that is full, or that misses our certificate, says so and closes; what it said
		// may still be read.
		if said := firstLine(conn); said != nil {
			return said
		}
		return err
	}
	for _, step := range steps {
		var v resp.Value
		if err := r.Read(&v); err != nil {
			return err
		}
		if step.heard != nil {
			if err := step.heard(&v); err != nil {
				return err
			}
		}
		if v.Kind != resp.Failure {
			continue
		}
		failure := serverError(v.Text)
		if !step.courtesy || strings.HasPrefix(failure.Error(), "NOAUTH") || errors.Is(failure, errFull) {
			return failure
		}
	}
	return nil
}

// loginStep is one command of a login.
type loginStep struct {
	words []string
	// courtesy: a user without the right to it, or a server that has no such thing, goes without.
	courtesy bool
	// heard looks at the answer, if set.
	heard func(v *resp.Value) error
}

func (d *dialer) steps() (steps []loginStep) {
	must := func(words ...string) { steps = append(steps, loginStep{words: words}) }
	switch {
	case d.at.user != "" && d.at.password != "":
		must("AUTH", d.at.user, d.at.password)
	case d.at.password != "":
		must("AUTH", d.at.password)
	}
	steps = append(steps, loginStep{words: []string{"CLIENT", "SETNAME", d.at.client}, courtesy: true})
	if d.at.db != 0 {
		must("SELECT", strconv.Itoa(d.at.db))
	}
	if d.readOnly {
		must("READONLY")
	}
	if d.role != "" {
		steps = append(steps, loginStep{words: []string{"ROLE"}, courtesy: true, heard: d.checkRole})
	}
	return steps
}

// checkRole refuses a server that is not what it was said to be: sentinels may still name a
// master that was replaced (redis.io/docs/latest/develop/reference/sentinel-clients, step 3).
func (d *dialer) checkRole(v *resp.Value) error {
	if v.Kind != resp.Array || len(v.Items) == 0 || string(v.Items[0].Text) == d.role {
		return nil
	}
	return &backends.Error{
		Reason: backends.Unreachable, Source: d.at.shown,
		What: "the server that the sentinels name is a " + roleName(string(v.Items[0].Text)) + " now", Advice: "a failover may be under way; it is tried again",
	}
}

// played takes in the role that the server says it has, which may change while a connection stands.
func (d *dialer) played(role string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.miscast = d.role != "" && role != "" && role != d.role
}

// maySpare reports whether reading may be made to leave no mark, as far as is known.
func (d *dialer) maySpare() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.touches != touched
}

// learnTouch remembers what was found out, so that a server without CLIENT NO-TOUCH is asked once.
func (d *dialer) learnTouch(t touches) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.touches = t
}

// firstLine returns the error that a server sent on its own, nil if there is none.
func firstLine(conn net.Conn) error {
	var v resp.Value
	err := resp.NewReader(conn, keepBytes).Read(&v)
	switch {
	case err == nil && v.Kind == resp.Failure:
		return serverError(v.Text)
	case err != nil && alert(err) != "":
		return err
	}
	return nil
}
