// Package gate makes bustop read-only at the wire. It stands between a client library and its
// connection, reads what is about to be sent, and lets through only what its tables name:
// Redis commands, AMQP 0-9-1 methods, requests to RabbitMQ's management API.
//
// The gate wraps the outermost connection, after TLS: it must see plain protocol. A stream it
// cannot follow (TLS records, inline commands, garbage) is refused, never passed on. Its parsers
// are stricter than the servers', so that no stream reads differently here and there.
package gate

import (
	"net"
	"sync"
	"syscall"

	"bustop/backends"
)

// Refusal is the error for something that is not on the list. It names the command or method
// and never its arguments. errors.Is finds backends.ErrRefused in it, and backends.ReasonOf
// says NotAllowed.
type Refusal struct {
	// What was refused: "FLUSHALL", "CONFIG SET", "queue.purge", "DELETE /api/queues".
	What string
	// Why, "" when it is simply not on the list.
	Why string
}

// Error returns one line.
func (r *Refusal) Error() string {
	why := r.Why
	if why == "" {
		why = "not on the list of what only reads"
	}
	return "refused: " + r.What + ": " + why
}

// Unwrap gives the refusal its reason.
func (r *Refusal) Unwrap() error {
	return &backends.Error{Reason: backends.NotAllowed, What: r.Error(), Err: backends.ErrRefused}
}

// protocol splits an outgoing stream into units, each sent whole or not at all.
type protocol interface {
	// next judges the first unit of buf and returns its length, 0 when more bytes are needed to
	// judge it. A unit that is refused is never needed beyond a small, fixed length, so the
	// caller holds back a bounded number of bytes.
	next(buf []byte) (int, *Refusal)
}

// gated is a connection whose writes pass a protocol. Units are forwarded in the order they were
// written; how they were cut into writes makes no difference to what is forwarded.
type gated struct {
	net.Conn

	mu    sync.Mutex
	rules protocol
	// held is the beginning of a unit that is not complete yet.
	held []byte
	// ended is the error of the first write that failed. Later writes fail with it too: after a
	// refusal or half a write the two ends no longer agree on what was said.
	ended error
}

// Write forwards what is allowed. Bytes of a unit that is not complete yet count as written.
func (c *gated) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != nil {
		return 0, c.ended
	}
	before, buf := len(c.held), p
	if before > 0 {
		buf = append(c.held, p...)
	}
	judged, refusal := c.judge(buf)
	if judged > 0 {
		if n, err := c.Conn.Write(buf[:judged]); err != nil {
			c.ended = err
			return max(n-before, 0), err
		}
	}
	if refusal != nil {
		c.held, c.ended = nil, refusal
		return max(judged-before, 0), refusal
	}
	c.held = append([]byte(nil), buf[judged:]...)
	return len(p), nil
}

// judge returns how many bytes of buf are whole units that may be sent.
func (c *gated) judge(buf []byte) (int, *Refusal) {
	judged := 0
	for judged < len(buf) {
		n, refusal := c.rules.next(buf[judged:])
		if refusal != nil || n == 0 {
			return judged, refusal
		}
		judged += n
	}
	return judged, nil
}

// gate puts the rules of a protocol between a client and conn.
func gate(conn net.Conn, rules protocol) net.Conn {
	c := &gated{Conn: conn, rules: rules}
	if raw, ok := conn.(syscall.Conn); ok {
		return &gatedSocket{c, raw}
	}
	return c
}

// gatedSocket is a gated connection that is a socket. A client library may look whether the server
// has hung up, as go-redis does for pooled connections; over TLS there is nothing to look at.
type gatedSocket struct {
	*gated
	raw syscall.Conn
}

// SyscallConn implements syscall.Conn. Writing past the gate by it is refused.
func (c *gatedSocket) SyscallConn() (syscall.RawConn, error) {
	raw, err := c.raw.SyscallConn()
	return readingOnly{raw}, err
}

type readingOnly struct{ syscall.RawConn }

func (readingOnly) Write(func(uintptr) bool) error {
	return &Refusal{What: "raw write", Why: "it would pass by the gate"}
}
