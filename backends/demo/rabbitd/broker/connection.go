package broker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bustop/backends/demo/rabbitd/wire"
)

// Connection is one client's connection. Its methods are called by a session.
type Connection struct {
	broker *Broker
	id     uint64
	info   ConnInfo
	vhost  *vhost
	user   *user
	out    Outlet

	closed    bool
	connected int64 // Broker.now
	channels  map[uint16]*Channel
	exclusive map[*queue]struct{}

	// starved is set while deliveries wait because the Outlet was full.
	starved bool
	// gate is open while nil, see Blocked.
	gate chan struct{}

	cancelNotify  bool // the client's capability consumer_cancel_notify
	blockedNotify bool // connection.blocked

	bytesIn, framesIn   uint64
	bytesOut, framesOut uint64
}

// Connect opens a connection to a virtual host for a user who has been authenticated. It is refused
// with 530 NOT_ALLOWED when the host does not exist or the user may not enter it.
func (b *Broker) Connect(info ConnInfo, out Outlet) (*Connection, *Error) {
	b.lock()
	defer b.unlock()
	if b.closed {
		return nil, NewError(ConnectionForced, "broker forced connection closure with reason 'shutdown'")
	}
	v := b.vhosts[info.VHost]
	u := b.users[info.User]
	if e := b.mayEnter(v, u, info); e != nil {
		return nil, e
	}
	info.Protocol = cmp.Or(info.Protocol, "AMQP 0-9-1")
	c := &Connection{
		broker: b, id: b.id(), vhost: v, user: u, out: out, connected: b.now,
		channels: map[uint16]*Channel{}, exclusive: map[*queue]struct{}{},
	}
	info.Name = b.connName(info)
	c.info = info
	capabilities, _ := info.ClientProperties["capabilities"].(wire.Table)
	c.cancelNotify = capabilities["consumer_cancel_notify"] == true
	c.blockedNotify = capabilities["connection.blocked"] == true
	b.conns[info.Name] = c
	b.churn.ConnectionCreated++
	return c, nil
}

func (b *Broker) mayEnter(v *vhost, u *user, info ConnInfo) *Error {
	refused := fmt.Sprintf("access to vhost '%s' refused for user '%s'", info.VHost, info.User)
	if v == nil {
		return NewError(NotAllowed, "vhost %s not found", info.VHost)
	}
	if limit, ok := v.limits["max-connections"]; ok && limit >= 0 && b.countConns(v, nil) >= limit {
		return NewError(NotAllowed, "%s: connection limit (%d) is reached", refused, limit)
	}
	if u == nil {
		return NewError(NotAllowed, "%s", refused)
	}
	if limit, ok := u.limits["max-connections"]; ok && limit >= 0 && b.countConns(nil, u) >= limit {
		return NewError(NotAllowed, "connection refused for user '%s': user connection limit (%d) is reached",
			u.name, limit)
	}
	if u.grants[v.name] == nil {
		return NewError(NotAllowed, "%s", refused)
	}
	return nil
}

func (b *Broker) countConns(v *vhost, u *user) int {
	n := 0
	for _, c := range b.conns {
		if c.vhost == v || c.user == u {
			n++
		}
	}
	return n
}

// connName gives a connection the name that the management API knows it by; it is made unique.
func (b *Broker) connName(info ConnInfo) string {
	name := info.Name
	if name == "" {
		name = fmt.Sprintf("%s:%d -> %s:%d", info.PeerHost, info.PeerPort, info.Host, info.Port)
	}
	for base, n := name, 2; b.conns[name] != nil; n++ {
		name = fmt.Sprintf("%s #%d", base, n)
	}
	return name
}

// sortedConns lists the connections in the order of their opening.
func (b *Broker) sortedConns() []*Connection {
	list := make([]*Connection, 0, len(b.conns))
	for _, c := range b.conns {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, c *Connection) int { return cmp.Compare(a.id, c.id) })
	return list
}

// Channel opens channel id; 504 CHANNEL_ERROR when it is open.
func (c *Connection) Channel(id uint16) (*Channel, *Error) {
	c.broker.lock()
	defer c.broker.unlock()
	if c.closed {
		return nil, NewError(ConnectionForced, "connection closed")
	}
	if c.channels[id] != nil {
		return nil, NewError(ChannelError, "second 'channel.open' seen")
	}
	if limit, ok := c.user.limits["max-channels"]; ok && limit >= 0 && c.broker.countChannels(c.user) >= limit {
		return nil, NewError(NotAllowed, "number of channels opened for user '%s' has reached the maximum allowed limit of (%d)",
			c.user.name, limit)
	}
	ch := newChannel(c, id)
	c.channels[id] = ch
	c.broker.churn.ChannelCreated++
	return ch, nil
}

func (b *Broker) countChannels(u *user) int {
	n := 0
	for _, c := range b.conns {
		if c.user == u {
			n += len(c.channels)
		}
	}
	return n
}

// Close ends the connection and its channels, and deletes its exclusive queues. It may be called
// more than once.
func (c *Connection) Close() {
	c.broker.lock()
	defer c.broker.unlock()
	c.close()
}

func (c *Connection) close() {
	if c.closed {
		return
	}
	c.closed = true
	for _, ch := range c.sortedChannels() {
		ch.close()
	}
	for _, q := range sortedQueues(c.exclusive) {
		q.delete()
	}
	c.free()
	delete(c.broker.conns, c.info.Name)
	c.broker.churn.ConnectionClosed++
}

// force closes the connection from the broker's side.
func (c *Connection) force(e *Error) {
	if !c.closed {
		c.close()
		c.out.CloseWith(e)
	}
}

func (c *Connection) sortedChannels() []*Channel {
	list := make([]*Channel, 0, len(c.channels))
	for _, ch := range c.channels {
		list = append(list, ch)
	}
	slices.SortFunc(list, func(a, b *Channel) int { return cmp.Compare(a.number, b.number) })
	return list
}

func sortedQueues(set map[*queue]struct{}) []*queue {
	list := make([]*queue, 0, len(set))
	for q := range set {
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b *queue) int { return strings.Compare(a.name, b.name) })
	return list
}

// full reports whether deliveries have to wait for Resume.
func (c *Connection) full() bool {
	if !c.starved && c.out.Full() {
		c.starved = true
	}
	return c.starved
}

// Resume takes deliveries up again after Outlet.Full was true.
func (c *Connection) Resume() {
	c.broker.lock()
	defer c.broker.unlock()
	if c.closed || !c.starved {
		return
	}
	c.starved = false
	for _, ch := range c.sortedChannels() {
		ch.wake()
	}
}

// Traffic reports what the session read and wrote since the last report, in bytes and in frames.
func (c *Connection) Traffic(bytesIn, framesIn, bytesOut, framesOut uint64) {
	c.broker.lock()
	defer c.broker.unlock()
	c.bytesIn += bytesIn
	c.framesIn += framesIn
	c.bytesOut += bytesOut
	c.framesOut += framesOut
	c.vhost.bytesIn += bytesIn
	c.vhost.bytesOut += bytesOut
	c.broker.bytesIn += bytesIn
	c.broker.bytesOut += bytesOut
}

// Name is the connection's name in the management API.
func (c *Connection) Name() string { return c.info.Name }

// ID is the connection's ID in the snapshots.
func (c *Connection) ID() uint64 { return c.id }
