package session

import (
	"sync"
	"sync/atomic"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

const (
	// outLimit is how many bytes may wait before the broker is asked to deliver no more. As many may
	// be on their way to the peer at the same time, so that a connection holds about twice as much.
	outLimit = 256 << 10
	// answerLimit is how many bytes may wait before the session stops to read: a client that asks
	// and does not take the answers has to wait for itself.
	answerLimit = 2 * outLimit
	// keepLimit is the largest buffer that is used again.
	keepLimit = 2 * outLimit
	// largeBody is the size from which on the payload of a body frame is not copied into the buffer.
	largeBody = 16 << 10
)

// An outbox collects what is to be written to a connection until its writer takes it, all at once.
// Its lock comes after the broker's: whoever holds it does not call the broker.
type outbox struct {
	wake     chan struct{} // holds one token while there is something to do
	room     chan struct{} // gets one token when everything was taken
	frameMax uint32
	copyAll  bool // bodies are copied whatever their size

	mu      sync.Mutex
	w       wire.Writer
	large   []insertion
	inLarge int    // bytes in large
	waiting int    // bytes in w and large
	frames  uint64 // since they were last counted
	starved bool   // the broker was told to wait
	ended   bool   // the writer is to write what is there and stop
	deliver wire.BasicDeliver
	ack     wire.BasicAck

	// closed is set once connection.close is among the bytes: from then on only close-ok is added.
	closed atomic.Bool
	// choked is set while more than answerLimit waits.
	choked atomic.Bool
}

// An insertion is a payload that belongs behind the first at bytes of the buffer.
type insertion struct {
	at   int
	body []byte
}

func newOutbox(copyAll bool) *outbox {
	return &outbox{wake: make(chan struct{}, 1), room: make(chan struct{}, 1), frameMax: defaultFrameMax, copyAll: copyAll}
}

// add runs write with the lock held, unless the connection is closed.
func (o *outbox) add(frames int, write func(w *wire.Writer)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed.Load() {
		write(&o.w)
		o.added(frames)
	}
}

// added counts and wakes the writer. The lock is held.
func (o *outbox) added(frames int) {
	o.frames += uint64(frames)
	o.waiting = o.w.Len() + o.inLarge
	if o.waiting > answerLimit {
		o.choked.Store(true)
	}
	signal(o.wake)
}

func signal(token chan<- struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}

// method sends a method on channel 0, or an answer on a channel unless that is closed.
func (o *outbox) method(ch *channel, m wire.Method) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var id uint16
	if ch != nil {
		if ch.closing.Load() {
			return
		}
		id = ch.id
	}
	if o.closed.Load() {
		return
	}
	o.w.Method(id, m)
	o.added(1)
}

// content sends a method with a message. The lock is held.
func (o *outbox) content(channel uint16, m wire.Method, c content) {
	if o.closed.Load() {
		return
	}
	o.w.Method(channel, m)
	if c.header != nil {
		o.w.EncodedHeader(channel, c.header, uint64(len(c.body)))
	} else {
		o.w.Header(channel, c.properties, uint64(len(c.body)))
	}
	frames, step := 2, int(o.frameMax-wire.FrameOverhead)
	for body := c.body; len(body) > 0; frames++ {
		part := body[:min(step, len(body))]
		body = body[len(part):]
		if len(part) < largeBody || o.copyAll {
			o.w.Body(channel, part)
			continue
		}
		o.w.BodyHead(channel, len(part))
		o.large = append(o.large, insertion{at: o.w.Len(), body: part})
		o.inLarge += len(part)
		o.w.BodyTail()
	}
	o.added(frames)
}

// content is a message as it is sent: header are its properties in bytes, if they are known.
type content struct {
	properties *wire.Properties
	header     []byte
	body       []byte
}

// closeChannel sends channel.close. Nothing is sent on the channel after it but close-ok.
func (o *outbox) closeChannel(ch *channel, method wire.MethodID, e *broker.Error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ch.closing.Swap(true) || o.closed.Load() {
		return
	}
	o.w.Method(ch.id, &wire.ChannelClose{
		ReplyCode: e.Code, ReplyText: e.Text, ClassID: method.Class(), MethodID: method.Method(),
	})
	o.added(1)
}

// closeConnection sends connection.close. It reports false when that was sent before.
func (o *outbox) closeConnection(method wire.MethodID, e *broker.Error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed.Swap(true) {
		return false
	}
	o.w.Method(0, &wire.ConnectionClose{
		ReplyCode: e.Code, ReplyText: e.Text, ClassID: method.Class(), MethodID: method.Method(),
	})
	o.added(1)
	return true
}

// closeOk confirms a close of the peer: of the connection when ch is nil. It is sent even when we
// have asked to close ourselves.
func (o *outbox) closeOk(ch *channel) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if ch != nil {
		if !o.closed.Load() {
			o.w.Method(ch.id, &wire.ChannelCloseOk{})
		}
	} else {
		o.closed.Store(true)
		o.w.Method(0, &wire.ConnectionCloseOk{})
	}
	o.added(1)
}

// end lets the writer stop once it has written what is there.
func (o *outbox) end() {
	o.mu.Lock()
	o.ended = true
	o.mu.Unlock()
	signal(o.wake)
}

// full reports whether the broker has to wait, and remembers that it was told so.
func (o *outbox) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	full := o.waiting >= outLimit
	o.starved = o.starved || full
	return full
}

// A batch is what a writer took.
type batch struct {
	bytes   []byte
	large   []insertion
	frames  uint64
	starved bool // the broker waits for room
	last    bool // nothing comes after it
}

// take returns everything that waits. The buffers of the batch before are used again.
func (o *outbox) take(before batch) batch {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := batch{bytes: o.w.Bytes(), large: o.large, frames: o.frames, starved: o.starved, last: o.ended}
	o.w.Reset(before.bytes)
	o.large, o.frames, o.starved = before.large[:0], 0, false
	o.waiting, o.inLarge = 0, 0
	if o.choked.Swap(false) {
		signal(o.room)
	}
	return now
}

func (b *batch) empty() bool { return len(b.bytes) == 0 }

// release lets go of what was written: the bodies, and a buffer that is too large to be kept.
func (b *batch) release() {
	clear(b.large)
	if cap(b.bytes) > keepLimit {
		b.bytes = nil
	}
}

// heartbeat adds a heartbeat when nothing else waits.
func (o *outbox) heartbeat() {
	o.add(1, func(w *wire.Writer) {
		if w.Len() == 0 {
			w.Heartbeat()
		}
	})
}
