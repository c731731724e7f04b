package broker

import (
	"slices"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// The types of queues, as x-queue-type names them.
const (
	Classic = "classic"
	Quorum  = "quorum"
	Stream  = "stream"
)

// queue is a queue of any type.
type queue struct {
	broker     *Broker
	vhost      *vhost
	id         uint64
	name       string
	kind       string
	durable    bool
	autoDelete bool
	owner      *Connection // of an exclusive queue
	args       wire.Table
	creator    string
	deleted    bool

	limits   limits // by argument and policy
	policy   *policy
	opPolicy *policy

	bindings map[*binding]struct{} // that lead to it

	store     store // nil for streams
	log       *streamLog
	seq       uint64 // of the last entry
	readyLoad load
	heldLoad  load // delivered and not acknowledged

	consumers   []*consumer // in the order in which they came
	line        line
	single      bool      // x-single-active-consumer
	active      *consumer // the single active one, or the exclusive one
	hadConsumer bool
	// holds counts messages of a quorum queue that basic.get took: each counts as a consumer.
	holds map[*Channel]int
	use   usage

	// enqueuers says for each channel that published to a quorum queue with overflow
	// reject-publish whether the queue has told it to stop.
	enqueuers map[*Channel]*bool

	ttlTimer    *time.Timer
	ttlAt       int64 // Broker.now at which ttlTimer fires, 0 when it does not run
	expireTimer *time.Timer
	scheduled   bool // waits in Broker.later
	visited     uint64
	lastActive  int64

	stats     tally
	channels  map[*Channel]*pair
	exchanges map[*exchange]*pair
}

// load counts messages.
type load struct {
	n, persistent          int
	bytes, persistentBytes int64
}

func (l *load) add(m *message, sign int) {
	size := int64(len(m.body)) * int64(sign)
	l.n += sign
	l.bytes += size
	if m.persistent {
		l.persistent += sign
		l.persistentBytes += size
	}
}

func (v *vhost) addQueue(r QueueDeclare, kind string, owner *Connection, creator string) *queue {
	q := &queue{
		broker: v.broker, vhost: v, id: v.broker.id(), name: r.Name, kind: kind,
		durable: r.Durable, autoDelete: r.AutoDelete, owner: owner, args: r.Arguments, creator: creator,
		bindings:  map[*binding]struct{}{},
		channels:  map[*Channel]*pair{},
		exchanges: map[*exchange]*pair{},
	}
	q.single = r.Arguments["x-single-active-consumer"] == true
	q.use.start(v.broker.now)
	q.touch()
	switch kind {
	case Stream:
		q.log = &streamLog{}
	case Quorum:
		q.store = &quorumStore{}
		q.holds = map[*Channel]int{}
		q.enqueuers = map[*Channel]*bool{}
	default:
		highest, _ := integer(r.Arguments["x-max-priority"])
		q.store = newClassicStore(int(highest))
	}
	v.queues[q.name] = q
	if owner != nil {
		owner.exclusive[q] = struct{}{}
	}
	v.broker.churn.QueueCreated++
	q.applyPolicy()
	return q
}

// touch notes that something happened in the queue.
func (q *queue) touch() { q.lastActive = q.broker.now }

// ready is the number of messages that wait.
func (q *queue) ready() int {
	if q.log != nil {
		return q.log.len()
	}
	return q.store.len()
}

// counted is the number of consumers as queue.declare-ok has it.
func (q *queue) counted() int {
	switch q.kind {
	case Stream:
		return 0
	case Quorum:
		n := 0
		for _, held := range q.holds {
			n += held
		}
		if q.single {
			if q.active != nil {
				n++
			}
			return n
		}
		return n + len(q.consumers)
	}
	return len(q.consumers)
}

// delete removes the queue with its messages and bindings and tells its consumers.
func (q *queue) delete() {
	if q.deleted {
		return
	}
	q.deleted = true
	q.stopTimers()
	delete(q.vhost.queues, q.name)
	if q.owner != nil {
		delete(q.owner.exclusive, q)
	}
	for _, c := range slices.Clone(q.consumers) {
		c.ch.lose(c)
	}
	for _, bd := range sortedBindings(q.bindings) {
		bd.remove()
	}
	q.purge()
	if q.log != nil {
		q.log.drop(q.broker)
	}
	for ch := range q.channels {
		delete(ch.queues, q)
	}
	for x := range q.exchanges {
		delete(x.queues, q)
	}
	q.broker.churn.QueueDeleted++
}

// purge drops the messages that are ready and returns their number.
func (q *queue) purge() int {
	if q.store == nil {
		return 0
	}
	n := q.store.len()
	q.store.drain(func(e *entry) { q.broker.release(e.msg) })
	q.readyLoad = load{}
	q.freeEnqueuers()
	return n
}

// add puts a new message at the end.
func (q *queue) add(m *message) {
	q.seq++
	q.broker.hold(m)
	q.readyLoad.add(m, 1)
	q.store.push(&entry{msg: m, seq: q.seq, expires: q.expiry(m)})
}

// take takes the next message.
func (q *queue) take() *entry {
	e := q.store.pop()
	q.readyLoad.add(e.msg, -1)
	return e
}

// drop forgets a message that take gave.
func (q *queue) drop(e *entry) { q.broker.release(e.msg) }

// remove takes a consumer away and gives its rights to the next one. The queue may delete itself.
func (q *queue) remove(c *consumer) {
	c.gone = true
	q.line.leave(c)
	q.consumers = slices.DeleteFunc(q.consumers, func(other *consumer) bool { return other == c })
	if q.active == c {
		q.active = nil
		q.promote()
	}
	q.touch()
	if q.autoDelete && q.hadConsumer && len(q.consumers) == 0 {
		q.delete()
		return
	}
	q.watchUnused()
}

// promote chooses the next single active consumer: the one whose turn it is, in a quorum queue the
// one that has waited longest.
func (q *queue) promote() {
	switch {
	case !q.single || q.active != nil:
	case q.kind == Quorum:
		if len(q.consumers) > 0 {
			q.active = q.consumers[0]
		}
	default:
		q.active = q.line.first()
	}
}
