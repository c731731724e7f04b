package session

import (
	"net"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// write is the goroutine that writes what the outbox has. It ends after the last batch, or when the
// connection fails, and closes the connection in the second case so that the reader ends too.
func (s *session) write(done chan<- struct{}) {
	defer close(done)
	beat := time.NewTimer(time.Hour)
	defer beat.Stop()
	var b batch
	for !b.last {
		interval := time.Duration(s.beat.Load())
		if beat.Stop(); interval > 0 {
			beat.Reset(interval)
		}
		select {
		case <-s.out.wake:
		case <-beat.C:
			s.out.heartbeat()
			b.bytes = nil // nothing goes on: a large buffer need not stay
		}
		b = s.out.take(b)
		if b.starved {
			s.resume()
		}
		if b.empty() {
			continue
		}
		err := s.flush(&b)
		b.release()
		if err != nil {
			cut(s.conn)
			return
		}
	}
}

// resume tells the broker that there is room again.
func (s *session) resume() {
	if core := s.core.Load(); core != nil {
		core.Resume()
	}
}

// flush writes one batch.
func (s *session) flush(b *batch) error {
	if s.opt.Faults != nil {
		return s.flushFaulty(b)
	}
	n := len(b.bytes)
	if len(b.large) == 0 {
		_, err := s.conn.Write(b.bytes)
		s.count(&s.sent, n, b.frames)
		return err
	}
	var pieces net.Buffers
	from := 0
	for _, l := range b.large {
		pieces = append(pieces, b.bytes[from:l.at], l.body)
		from = l.at
		n += len(l.body)
	}
	pieces = append(pieces, b.bytes[from:])
	_, err := pieces.WriteTo(s.conn)
	s.count(&s.sent, n, b.frames)
	return err
}

// flushFaulty writes frame by frame as the faults want it.
func (s *session) flushFaulty(b *batch) error {
	for left := b.bytes; len(left) > 0; {
		frame, rest, err := wire.SplitFrame(left)
		if err != nil {
			return err
		}
		this := left[:len(left)-len(rest)]
		left = rest
		pass, err := s.judge(false, frame)
		if err != nil {
			return err
		}
		if !pass {
			continue
		}
		if _, err := s.conn.Write(this); err != nil {
			return err
		}
		s.count(&s.sent, len(this), 1)
	}
	return nil
}

// judge asks the faults about a frame and waits for as long as they say. It reports whether the frame
// goes on.
func (s *session) judge(in bool, frame wire.Frame) (pass bool, err error) {
	fault := s.opt.Faults(in, frame)
	if fault.Delay > 0 {
		delay := time.NewTimer(fault.Delay)
		defer delay.Stop()
		select {
		case <-delay.C:
		case <-s.ctx.Done():
		}
	}
	if fault.Cut {
		return false, errCut
	}
	return !fault.Drop, s.ctx.Err()
}
