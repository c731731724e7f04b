package redisd

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// unread is how much a client may leave unread of its own replies. Redis has no such bound by
	// default; a program that shows a demo has to have one.
	unread = 64 << 20
	// farewell is how long a client that is cut off may take to read what was written before.
	farewell = 2 * time.Second
	// spareBuf is what an idle client keeps for its next replies.
	spareBuf = 64 << 10
)

// outbox writes to one connection in the background, so that a client which does not read holds
// nobody up.
type outbox struct {
	conn    net.Conn
	wake    chan struct{}
	sent    *atomic.Int64 // bytes of all clients
	mu      sync.Mutex
	buf     []byte
	soft    time.Time // since when more than the soft limit has waited
	ending  bool      // write what waits, then close
	dead    bool
	flushed chan struct{}
}

func newOutbox(conn net.Conn, sent *atomic.Int64) *outbox {
	return &outbox{conn: conn, wake: make(chan struct{}, 1), sent: sent, flushed: make(chan struct{})}
}

// outLimit bounds what may wait to be written, in bytes: hard at once, soft for a while.
type outLimit struct {
	hard, soft int
	grace      time.Duration
}

// add queues bytes for the client and cuts it off, returning false, when too many wait.
func (o *outbox) add(b []byte, limit outLimit) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dead || o.ending {
		return true
	}
	if len(o.buf) > 0 && o.over(len(o.buf)+len(b), limit) {
		o.dead, o.buf = true, nil
		o.conn.Close()
		o.signal()
		return false
	}
	o.buf = append(o.buf, b...)
	o.signal()
	return true
}

func (o *outbox) over(n int, limit outLimit) bool {
	if limit.hard > 0 && n > limit.hard {
		return true
	}
	if limit.soft == 0 || n <= limit.soft {
		o.soft = time.Time{}
		return false
	}
	if o.soft.IsZero() {
		o.soft = time.Now()
	}
	return time.Since(o.soft) > limit.grace
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// waiting is how many bytes wait to be written.
func (o *outbox) waiting() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.buf)
}

// end closes the connection after what waits has been written, or after a while.
func (o *outbox) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ending && !o.dead {
		o.ending = true
		_ = o.conn.SetWriteDeadline(time.Now().Add(farewell)) // a connection without deadlines just closes later
	}
	o.signal()
}

// cut closes the connection at once.
func (o *outbox) cut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.dead, o.buf = true, nil
	o.conn.Close()
	o.signal()
}

// run writes until the connection is closed.
func (o *outbox) run() {
	defer close(o.flushed)
	defer o.conn.Close()
	var spare []byte
	for range o.wake {
		for {
			o.mu.Lock()
			b := o.buf
			if o.dead || o.ending && len(b) == 0 {
				o.mu.Unlock()
				return
			}
			if len(b) == 0 {
				o.mu.Unlock()
				break
			}
			o.buf = spare[:0]
			o.mu.Unlock()
			n, err := o.conn.Write(b)
			o.sent.Add(int64(n))
			if err != nil {
				o.cut()
				return
			}
			if spare = b; cap(spare) > spareBuf {
				spare = nil
			}
		}
	}
}
