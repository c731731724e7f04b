package redisd

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"bustop/backends/demo/redisd/internal/resp"
)

// client is one connection. What it does is guarded by the node's mutex.
type client struct {
	id          int64
	n           *node
	conn        net.Conn
	addr, laddr string
	in          *resp.Reader
	out         *outbox
	born        time.Time

	name, user string
	authed     bool
	db         int
	v3         bool
	active     time.Time
	last       *command
	lastArgs   int // bytes
	tx         transaction
	subs       subscriptions
	monitor    bool
	noEvict    bool
	track      tracking
	mode       replyMode
	wait       *waiter // blocked in a command
	closing    bool
	gone       bool
	scratch    []byte
	gate       chan struct{} // closed when the client is no longer blocked
	parsed     atomic.Int64  // bytes of requests
}

// replyMode is what CLIENT REPLY set.
type replyMode int

const (
	replyOn replyMode = iota
	replyOff
	replySkipNext // becomes replySkip with the next command
	replySkip
)

// connect makes a client of a connection and serves it. A connection in memory has no address.
func (n *node) connect(conn net.Conn, addr, laddr string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stopped {
		conn.Close()
		return net.ErrClosed
	}
	n.stats.connections++
	c := &client{
		n: n, conn: conn, addr: addr, laddr: laddr, in: resp.NewReader(conn), out: newOutbox(conn, &n.stats.sent),
		born: time.Now(), active: time.Now(), user: "default", subs: newSubscriptions(),
	}
	if len(n.clients) >= int(n.conf.number("maxclients")) {
		n.stats.refused++
		go refuse(conn)
		return nil
	}
	n.lastID++
	c.id = n.lastID
	if addr == "" { // in memory: told apart by a port that nobody listens on
		c.addr = fmt.Sprintf("127.0.0.1:%d", 1024+c.id%64000)
	}
	c.authed = n.conf.values["requirepass"] == ""
	n.clients[c.id] = c
	n.work.Add(2)
	go func() {
		defer n.work.Done()
		c.out.run()
	}()
	go func() {
		defer n.work.Done()
		c.serve()
	}()
	return nil
}

func refuse(conn net.Conn) {
	_ = conn.SetDeadline(time.Now().Add(farewell))
	_, _ = conn.Write([]byte("-ERR max number of clients reached\r\n")) // it may be gone already
	conn.Close()
}

// serve reads requests until the connection ends.
func (c *client) serve() {
	defer c.n.disconnect(c)
	for {
		args, err := c.in.Request()
		if err != nil {
			var wrong resp.ProtocolError
			if errors.As(err, &wrong) {
				c.out.add(fmt.Appendf(nil, "-%s\r\n", wrong.Error()), outLimit{})
				c.out.end()
			}
			return
		}
		read := c.in.Bytes()
		c.n.stats.received.Add(read - c.parsed.Swap(read))
		if len(args) > 0 && !c.n.handle(c, args) {
			return
		}
	}
}

// disconnect ends a client. It may be called more than once.
func (n *node) disconnect(c *client) {
	n.mu.Lock()
	n.dropClient(c)
	n.mu.Unlock()
	c.out.end()
	<-c.out.flushed
}

// dropClient forgets a client; the caller closes its connection.
func (n *node) dropClient(c *client) {
	if c.gone {
		return
	}
	c.gone = true
	delete(n.clients, c.id)
	n.waiters.cancel(c)
	n.unwatch(c)
	n.hub.leave(c)
	n.untrack(c)
	delete(n.monitors, c)
	n.pause.waiting.Broadcast()
}

// kill cuts a client off.
func (n *node) kill(c *client) {
	n.dropClient(c)
	c.out.cut()
}

// send queues a reply to the client's own request.
func (c *client) send(b []byte) {
	if len(b) == 0 {
		return
	}
	if !c.out.add(b, outLimit{hard: unread}) {
		c.n.dropClient(c)
	}
}

// push queues a message that the client did not ask for now.
func (c *client) push(b []byte) {
	if !c.out.add(b, c.n.pushLimit()) {
		c.n.stats.overrun++
		c.n.dropClient(c)
	}
}

// subscribed reports whether the client has subscriptions of any kind.
func (c *client) subscribed() bool { return c.subs.count()+len(c.subs.shards) > 0 }

// idle is how long ago the last command was.
func (c *client) idle(now time.Time) int64 { return int64(now.Sub(c.active) / time.Second) }
