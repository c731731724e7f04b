package rabbitmq

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"os/user"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	"bustop/backends/gate"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// The times of a connection.
const (
	// dialTimeout bounds each of: the TCP connection, the TLS handshake, the wait for the server's first
	// word. The word names the cluster, for which it may take management.LookupTime more: that is granted
	// to a server that is known to be there, and at a second try.
	dialTimeout = 3 * time.Second
	// loginTimeout bounds the rest of the login. RabbitMQ waits three seconds before it hangs
	// up on a wrong password, so it must be longer.
	loginTimeout = 6 * time.Second
	// silentRefusal is the shortest wait that tells such a hang-up from a broken connection.
	silentRefusal = 2 * time.Second
	// heartbeat makes both sides notice a dead network within a few of it, and the server give
	// back what we hold.
	heartbeat = 5 * time.Second
	// closeTime is how long a goodbye may take.
	closeTime = time.Second
	// denialTime is how long a refused login is not tried again, so that a wrong password does
	// not look like an attack.
	denialTime = 30 * time.Second
)

// dialer opens AMQP connections. It remembers a refused login.
type dialer struct {
	address *address
	vitals  *backends.Vitals
	spans   spans

	// moved, if set, is told that another node is connected to from now on, and why not the one before.
	moved func(from endpoint, why error)

	mu       sync.Mutex
	denied   error
	deniedAt time.Time
	node     int  // of the address's nodes, the one to connect to
	patient  bool // the server's first word is waited for longer
}

// session is one AMQP connection. Peeks, taps and stream reads have one each, so that what goes
// wrong with it concerns nobody else.
type session struct {
	conn *amqp.Connection
	raw  *meter
}

// open connects. The context bounds the login only; the session outlives it.
func (d *dialer) open(ctx context.Context, attempt int) (*session, error) {
	if err := d.lastDenial(); err != nil {
		return nil, err
	}
	ctx, span := d.spans.start(ctx, "connect rabbitmq", attribute.Int("bustop.attempt", attempt),
		semconv.MessagingSystemRabbitMQ)
	start := time.Now()
	sess, err := d.anyNode(ctx)
	d.learn(err)
	span.SetAttributes(d.spans.server()...)
	finish(span, err)
	if err != nil {
		d.remember(err)
		return nil, err
	}
	d.vitals.Answered(time.Since(start))
	return sess, nil
}

func (d *dialer) lastDenial() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.denied != nil && time.Since(d.deniedAt) < denialTime {
		return d.denied
	}
	return nil
}

func (d *dialer) remember(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.denied = nil
	if backends.ReasonOf(err) == backends.Denied {
		d.denied, d.deniedAt = err, time.Now()
	}
}

// learn makes the first word be waited for longer after a login, and after a wait in vain.
func (d *dialer) learn(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var late net.Error
	d.patient = d.patient || err == nil || errors.As(err, &late) && late.Timeout()
}

// greeting bounds the wait for the server's first word.
func (d *dialer) greeting() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.patient {
		return dialTimeout + management.LookupTime
	}
	return dialTimeout
}

func (d *dialer) login(ctx context.Context, node endpoint) (*session, error) {
	tcp, err := d.address.network(ctx, "tcp", node.String())
	if err != nil {
		return nil, d.unreachable(err)
	}
	raw := &meter{Conn: tcp, vitals: d.vitals}
	_ = raw.SetDeadline(time.Now().Add(dialTimeout))
	stop := context.AfterFunc(ctx, func() { tcp.Close() })
	defer stop()
	var plain net.Conn = raw
	if d.address.tls != nil {
		secure := tls.Client(raw, d.address.secure(node))
		if err := secure.HandshakeContext(ctx); err != nil {
			tcp.Close()
			return nil, d.unreachable(err)
		}
		plain = secure
	}
	_ = raw.SetDeadline(time.Now().Add(d.greeting()))
	raw.greeted.Store(false) // what TLS read was not the server's first word
	read := &ending{Conn: plain}
	conn, err := amqp.Open(gate.AMQP(read), d.config())
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		tcp.Close()
		if refused := read.alert(); refused != nil && ctx.Err() == nil {
			err = refused
		}
		return nil, d.loginFault(ctx, err, raw)
	}
	return &session{conn: conn, raw: raw}, nil
}

func (d *dialer) config() amqp.Config {
	properties := amqp.NewConnectionProperties()
	properties["product"] = "bustop"
	properties.SetClientConnectionName(clientName())
	login := []amqp.Authentication{&amqp.PlainAuth{Username: d.address.user, Password: d.address.password}}
	if d.address.external {
		login = []amqp.Authentication{&amqp.ExternalAuth{}}
	}
	return amqp.Config{
		SASL:       login,
		Vhost:      d.address.vhost,
		Heartbeat:  heartbeat,
		Properties: properties,
		Locale:     "en_US",
	}
}

// clientName tells the server's administrators who is looking.
func clientName() string {
	name, host := "unknown", "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return "bustop/" + name + "@" + host
}

// loginFault tells a refused login from a connection that broke during it. The library reports
// both as refused when the server gave no reason.
func (d *dialer) loginFault(ctx context.Context, err error, raw *meter) error {
	var reply *amqp.Error
	switch {
	case ctx.Err() != nil:
		return d.unreachable(ctx.Err())
	case !errors.As(err, &reply):
		return d.unreachable(err)
	case reply.Server && reply.Code == amqp.NotAllowed:
		return d.fault(backends.Denied, reply.Reason, "check the vhost and the user's permissions for it", err)
	case reply.Server && reply.Code == amqp.AccessRefused:
		return d.fault(backends.Denied, reply.Reason, "check user and password", err)
	case reply.Server:
		return d.fault(backends.Unreachable, reply.Reason, "", err)
	case raw.hungUp(silentRefusal):
		return d.fault(backends.Denied, "the server refused the login", "check user and password", err)
	}
	if cause := raw.fault(); cause != nil {
		return d.unreachable(cause)
	}
	return d.unreachable(err)
}

func (d *dialer) unreachable(err error) error {
	what, advice := management.NetworkFault(err)
	return d.fault(backends.Unreachable, what, advice, err)
}

func (d *dialer) fault(reason backends.Reason, what, advice string, err error) error {
	return &backends.Error{Reason: reason, Source: d.address.shown, What: what, Advice: advice, Err: err}
}

// close says goodbye within closeTime and then hangs up.
func (s *session) close() {
	timer := time.AfterFunc(closeTime+closeTime/2, s.kill)
	defer timer.Stop()
	_ = s.conn.CloseDeadline(time.Now().Add(closeTime))
	s.kill()
}

// kill hangs up at once. The server gives back what the connection held.
func (s *session) kill() { s.raw.Close() }

// version is the one that the server named at the login.
func (s *session) version() management.Version {
	text, _ := s.conn.Properties["version"].(string)
	return management.ParseVersion(text)
}

// meter counts the bytes of a connection.
type meter struct {
	net.Conn
	vitals *backends.Vitals
	// greeted is set by the first bytes read; they extend the deadline of the login.
	greeted atomic.Bool

	mu      sync.Mutex
	started time.Time // when greeted was set
	err     error     // the first error of a Read
	endedAt time.Time
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	m.vitals.Traffic(n, 0)
	if n > 0 && m.greeted.CompareAndSwap(false, true) {
		m.mu.Lock()
		m.started = time.Now()
		m.mu.Unlock()
		_ = m.SetDeadline(time.Now().Add(loginTimeout))
	}
	if err != nil {
		m.mu.Lock()
		if m.err == nil {
			m.err, m.endedAt = err, time.Now()
		}
		m.mu.Unlock()
	}
	return n, err
}

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.Conn.Write(p)
	m.vitals.Traffic(0, n)
	return n, err
}

// fault is why reading ended, nil when it did not.
func (m *meter) fault() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// hungUp reports whether the other side ended the connection, and not sooner than after the
// given time since its first word.
func (m *meter) hungUp(after time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	ended := errors.Is(m.err, io.EOF) || errors.Is(m.err, syscall.ECONNRESET)
	return ended && !m.started.IsZero() && m.endedAt.Sub(m.started) >= after
}
