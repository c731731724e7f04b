package broker

import (
	"cmp"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Broker is one node.
type Broker struct {
	opt     Options
	started time.Time
	// defaultLimit is the delivery limit of quorum queues that have none of their own; nacksFree says
	// that a nack uses none of it up; tellsZero that basic.get tells a count of 0.
	defaultLimit         int64
	nacksFree, tellsZero bool
	// exactHeaders says that headers exchanges tell 1 from 1.0.
	exactHeaders bool

	// alarmed is set while an alarm is on; it is read without the lock.
	alarmed atomic.Bool

	mu     sync.Mutex
	closed bool
	// now is the time since the start in nanoseconds, as of the last lock.
	now int64
	// ids counts what has an ID.
	ids uint64
	// visit marks what one walk over exchanges and queues has seen.
	visit uint64
	// later is work that one queue makes for others: it waits until the present change is done, as
	// it would on its way from one process to another. unlock does it.
	later ring[task]

	vhosts map[string]*vhost
	users  map[string]*user
	// grants counts changes of permissions: what was cached under an older count is void.
	grants uint64
	topics map[topicKey]*topicGrant

	conns   map[string]*Connection
	replies map[string]*Channel // by suffix of a direct reply-to address

	memory      int64 // bytes, see message.weight
	memoryAlarm bool  // set by SetMemoryAlarm
	memoryFull  bool  // set by Options.MemoryLimit
	diskAlarm   bool

	stats    tally
	churn    Churn
	bytesIn  uint64
	bytesOut uint64

	routed []*queue // scratch of route
	scope  []*node  // scratch of the topic matcher
}

// task is a message on its way to a queue or through an exchange.
type task struct {
	death *death
	run   *queue   // or a queue that may deliver again
	copy  *message // or a copy for the firehose of vhost
	vhost *vhost
}

// New makes a broker with the virtual host "/" and the first administrator.
func New(opt Options) *Broker {
	opt.Node = cmp.Or(opt.Node, "rabbit@localhost")
	opt.ClusterName = cmp.Or(opt.ClusterName, opt.Node)
	opt.Version = cmp.Or(opt.Version, "3.10.8")
	opt.User = cmp.Or(opt.User, "guest")
	opt.Password = cmp.Or(opt.Password, "guest")
	opt.MemoryLimit = cmp.Or(opt.MemoryLimit, 256<<20)
	opt.MaxMessageSize = cmp.Or(opt.MaxMessageSize, 128<<20)
	opt.ConsumerTimeout = cmp.Or(opt.ConsumerTimeout, 30*time.Minute)
	b := &Broker{
		opt:     opt,
		started: time.Now(),
		vhosts:  map[string]*vhost{},
		users:   map[string]*user{},
		topics:  map[topicKey]*topicGrant{},
		conns:   map[string]*Connection{},
		replies: map[string]*Channel{},
	}
	b.follow(opt.Version)
	b.lock()
	defer b.unlock()
	b.addVHost("/", internalUser).description = "Default virtual host"
	b.users[opt.User] = newUser(opt.User, opt.Password, []string{"administrator"})
	b.grant(opt.User, "/", allowAll())
	return b
}

// follow takes over what later versions do otherwise: with what comes back to quorum queues, as seen on 4.0.5
// and 4.3.6 (rabbitmq.com/docs/quorum-queues#repeated-requeues, rabbitmq.com/docs/4.3/nack), and with numbers in
// headers (rabbit_exchange_type_headers: == up to 3.12, =:= from 3.13).
func (b *Broker) follow(version string) {
	var major, minor int
	_, _ = fmt.Sscanf(version, "%d.%d", &major, &minor) // another text is none of them
	b.defaultLimit = unlimited
	if major >= 4 {
		b.defaultLimit = 20
	}
	b.tellsZero = major < 4
	b.exactHeaders = major > 3 || major == 3 && minor >= 13
	b.nacksFree = major > 4 || major == 4 && minor >= 3
}

// Close closes all connections with 320 CONNECTION_FORCED and stops every timer. Nothing can connect
// any more.
func (b *Broker) Close() {
	b.lock()
	defer b.unlock()
	if b.closed {
		return
	}
	b.closed = true
	for _, c := range b.sortedConns() {
		c.force(NewError(ConnectionForced, "broker forced connection closure with reason 'shutdown'"))
	}
	for _, v := range b.vhosts {
		for _, q := range v.queues {
			q.stopTimers()
		}
	}
}

// lock takes the broker's lock and reads the clock.
func (b *Broker) lock() {
	b.mu.Lock()
	b.now = int64(time.Since(b.started))
}

// unlock does what was put off, then lets the lock go.
func (b *Broker) unlock() {
	for b.later.n > 0 {
		t := b.later.popFront()
		switch {
		case t.death != nil:
			b.bury(t.death)
		case t.run != nil:
			t.run.scheduled = false
			t.run.run()
			t.run.settle()
		case t.copy != nil:
			b.spread(t.vhost, t.copy)
		}
	}
	b.watchMemory()
	b.mu.Unlock()
}

func (b *Broker) id() uint64 {
	b.ids++
	return b.ids
}

// after runs f under the lock in d, unless the timer is stopped or the broker closed before.
func (b *Broker) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(max(d, 0), func() {
		b.lock()
		defer b.unlock()
		if !b.closed {
			f()
		}
	})
}

// wall is the clock's time at the last lock.
func (b *Broker) wall() time.Time { return b.started.Add(time.Duration(b.now)) }
