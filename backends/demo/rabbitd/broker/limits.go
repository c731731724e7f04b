package broker

import "time"

// What x-overflow may be.
const (
	dropHead         = "drop-head"
	rejectPublish    = "reject-publish"
	rejectPublishDLX = "reject-publish-dlx"
)

// unlimited stands for a limit that is not set.
const unlimited = -1

// limits are a queue's bounds, as its arguments and policies make them together.
type limits struct {
	ttl           int64 // milliseconds
	expires       int64 // milliseconds
	length        int64 // messages
	bytes         int64
	overflow      string
	deadExchange  *string
	deadKey       *string
	deliveryLimit int64
	age           int64 // streams: milliseconds
	segment       int64 // streams: bytes
}

// expiry is when a message that comes now will expire, 0 for never.
func (q *queue) expiry(m *message) int64 {
	ttl := m.ttl
	if ttl == unlimited || (q.limits.ttl != unlimited && q.limits.ttl < ttl) {
		ttl = q.limits.ttl
	}
	switch {
	case ttl == unlimited:
		return 0
	case ttl == 0 && q.kind == Quorum:
		ttl = 1 // a quorum queue delivers a message without time when somebody waits for it
	}
	return max(1, q.broker.now+ttl*int64(time.Millisecond))
}

// over reports whether n messages of so many bytes are more than the queue may hold.
func (l *limits) over(n, bytes int64) bool {
	return (l.length != unlimited && n > l.length) || (l.bytes != unlimited && bytes > l.bytes)
}

// overflows reports whether a classic queue refuses one more message.
func (q *queue) overflows(m *message) bool {
	if q.limits.overflow == dropHead {
		return false
	}
	return q.limits.over(int64(q.store.len()+1), q.readyLoad.bytes+int64(len(m.body)))
}

// trim drops messages from the head while there are too many; a quorum queue that rejects tells its
// publishers instead.
func (q *queue) trim() {
	over := func() bool { return q.limits.over(int64(q.store.len()), q.readyLoad.bytes) }
	if q.limits.overflow != dropHead {
		if q.kind == Quorum {
			q.tellEnqueuers(over())
		}
		return
	}
	for q.store.len() > 0 && over() {
		q.bin(q.take(), reasonMaxLen)
	}
}

// stopped reports whether a quorum queue with overflow reject-publish has told the channel to stop.
// It does so when it holds more than its limit, and takes that back when it holds 80 % or less.
func (q *queue) stopped(ch *Channel) bool {
	if q.limits.overflow == dropHead {
		return false
	}
	stop := q.enqueuers[ch]
	if stop == nil {
		stop = new(bool)
		*stop = q.limits.over(int64(q.store.len()), q.readyLoad.bytes)
		q.enqueuers[ch] = stop
	}
	return *stop
}

func (q *queue) tellEnqueuers(over bool) {
	if over {
		for _, stop := range q.enqueuers {
			*stop = true
		}
		return
	}
	q.freeEnqueuers()
}

func (q *queue) freeEnqueuers() {
	low := func(limit, value int64) bool { return limit == unlimited || value <= limit*8/10 }
	if low(q.limits.length, int64(q.store.len())) && low(q.limits.bytes, q.readyLoad.bytes) {
		for _, stop := range q.enqueuers {
			*stop = false
		}
	}
}

// expire drops the messages at the head whose time is over, sets the timer for the next, and reports
// whether it dropped any.
func (q *queue) expire() bool {
	dropped := false
	for {
		e := q.store.peek()
		switch {
		case e == nil || e.expires == 0:
			return dropped
		case e.expires > q.broker.now:
			q.wakeAt(e.expires)
			return dropped
		}
		q.bin(q.take(), reasonExpired)
		dropped = true
	}
}

// wakeAt makes sure that expire runs at a time, or earlier. There is one timer for each queue.
func (q *queue) wakeAt(at int64) {
	if q.ttlAt != 0 && q.ttlAt <= at {
		return
	}
	if q.ttlTimer != nil {
		q.ttlTimer.Stop()
	}
	q.ttlAt = at
	var timer *time.Timer
	timer = q.broker.after(time.Duration(at-q.broker.now), func() {
		if q.ttlTimer != timer || q.deleted {
			return
		}
		q.ttlTimer, q.ttlAt = nil, 0
		q.settle()
	})
	q.ttlTimer = timer
}

// watchUnused starts the time of x-expires again when nobody consumes.
func (q *queue) watchUnused() {
	if q.expireTimer != nil {
		q.expireTimer.Stop()
		q.expireTimer = nil
	}
	if q.limits.expires == unlimited || q.deleted || len(q.consumers) > 0 {
		return
	}
	var timer *time.Timer
	timer = q.broker.after(time.Duration(q.limits.expires)*time.Millisecond, func() {
		switch {
		case q.expireTimer != timer || q.deleted || len(q.consumers) > 0:
		case len(q.holds) > 0:
			q.watchUnused()
		default:
			q.delete()
		}
	})
	q.expireTimer = timer
}

func (q *queue) stopTimers() {
	for _, timer := range []*time.Timer{q.ttlTimer, q.expireTimer} {
		if timer != nil {
			timer.Stop()
		}
	}
	q.ttlTimer, q.ttlAt, q.expireTimer = nil, 0, nil
}
