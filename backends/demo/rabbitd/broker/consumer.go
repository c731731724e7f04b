package broker

import (
	"slices"

	"bustop/backends/demo/rabbitd/wire"
)

// consumer is a subscription of a channel to a queue.
type consumer struct {
	tag       string
	ch        *Channel
	q         *queue
	noAck     bool
	exclusive bool
	prefetch  int // as the client asked, 0 without limit
	priority  int64
	args      wire.Table
	pair      *pair

	limited bool // credit counts
	credit  int  // how many messages it may still be given
	// queued is set while the consumer waits in its queue's line for a message; a consumer that
	// cannot take one is not in it.
	queued bool
	// held is the number of messages that it has not acknowledged.
	held int
	gone bool

	cursor int64 // streams: the offset to be read next
}

// ready reports whether the consumer can take a message now.
func (c *consumer) ready() bool {
	if c.limited && c.credit <= 0 {
		return false
	}
	if c.q.kind == Classic && c.ch.limitReached() {
		return false
	}
	return !c.ch.conn.full()
}

// line is the order in which a queue serves its consumers: the highest priority first, in turns
// within a priority.
type line struct{ groups []group }

type group struct {
	priority int64
	ring     ring[*consumer]
}

// join puts a consumer at the end of its group.
func (l *line) join(c *consumer) {
	if c.queued || c.gone {
		return
	}
	c.queued = true
	i, found := slices.BinarySearchFunc(l.groups, c.priority, func(g group, p int64) int {
		switch {
		case g.priority > p:
			return -1
		case g.priority < p:
			return 1
		}
		return 0
	})
	if !found {
		l.groups = slices.Insert(l.groups, i, group{priority: c.priority})
	}
	l.groups[i].ring.pushBack(c)
}

// leave takes a consumer out.
func (l *line) leave(c *consumer) {
	if !c.queued {
		return
	}
	c.queued = false
	for i := range l.groups {
		if l.groups[i].priority == c.priority {
			l.groups[i].ring.keep(func(other *consumer) bool { return other != c })
		}
	}
	l.groups = slices.DeleteFunc(l.groups, func(g group) bool { return g.ring.n == 0 })
}

// first is the consumer whose turn it is, nil when there is none.
func (l *line) first() *consumer {
	for i := range l.groups {
		if r := &l.groups[i].ring; r.n > 0 {
			return r.at(0)
		}
	}
	return nil
}

// next takes the consumer whose turn it is and puts it at the end again; those that are not ready
// drop out.
func (l *line) next() *consumer {
	for i := range l.groups {
		r := &l.groups[i].ring
		for r.n > 0 {
			c := r.popFront()
			if c.ready() {
				r.pushBack(c)
				return c
			}
			c.queued = false
		}
	}
	return nil
}

// join puts a consumer into the queue's line and has the queue look whether it holds something.
func (q *queue) join(c *consumer) {
	if c.gone {
		return
	}
	if q.log == nil {
		q.line.join(c)
		q.use.change(q.broker.now, false)
	}
	q.runLater()
}
