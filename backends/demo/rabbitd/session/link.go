package session

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A link is the reading side of a connection: it keeps the time that the peer has for its next
// bytes, and reports traffic whenever the reader is about to wait.
type link struct {
	conn   net.Conn
	before func() // called before each read

	mu   sync.Mutex
	idle time.Duration // time for each read, 0 without limit
	end  time.Time     // when everything has to be over, zero while that is open
}

func (l *link) Read(p []byte) (int, error) {
	l.before()
	if err := l.arm(); err != nil {
		return 0, err
	}
	return l.conn.Read(p)
}

// arm sets the time that the next read has.
func (l *link) arm() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.end.IsZero() || l.idle == 0 {
		return nil
	}
	return l.conn.SetReadDeadline(time.Now().Add(l.idle))
}

// within gives the peer so much time from now on for everything that is still to come. Of several
// calls the earliest end counts.
func (l *link) within(limit time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end := time.Now().Add(limit); l.end.IsZero() || end.Before(l.end) {
		l.end = end
		// A connection that cannot take the deadline is closed already.
		_ = l.conn.SetReadDeadline(end)
	}
}

// settle ends the time of the handshake: the peer has so much time for each read from now on, or any
// time when idle is 0. A connection that is closing already has what within gave it.
func (l *link) settle(idle time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle = idle; idle == 0 && l.end.IsZero() {
		_ = l.conn.SetReadDeadline(time.Time{})
	}
}

// traffic counts one direction since it was last reported.
type traffic struct{ bytes, frames atomic.Uint64 }

func (s *session) count(t *traffic, bytes int, frames uint64) {
	t.bytes.Add(uint64(bytes))
	t.frames.Add(frames)
	s.report()
}

// report tells the broker what was read and written since the last report.
func (s *session) report() {
	core := s.core.Load()
	if core == nil {
		return
	}
	core.Traffic(s.received.bytes.Swap(0), s.received.frames.Swap(0), s.sent.bytes.Swap(0), s.sent.frames.Swap(0))
}
