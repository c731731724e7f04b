package broker

import "time"

func (c *Connection) ref() ConnectionRef {
	return ConnectionRef{Name: c.info.Name, PeerHost: c.info.PeerHost, PeerPort: c.info.PeerPort}
}

func (ch *Channel) ref() ChannelRef {
	i := ch.conn.info
	return ChannelRef{
		ID: ch.id, Name: ch.name(), Number: ch.number, Connection: i.Name, User: ch.conn.user.name,
		PeerHost: i.PeerHost, PeerPort: i.PeerPort,
	}
}

// Connections lists the connections in the order of their opening.
func (b *Broker) Connections() []ConnectionInfo {
	b.lock()
	defer b.unlock()
	list := []ConnectionInfo{}
	for _, c := range b.sortedConns() {
		list = append(list, c.snapshot())
	}
	return list
}

// ConnectionByName describes one connection.
func (b *Broker) ConnectionByName(name string) (ConnectionInfo, bool) {
	b.lock()
	defer b.unlock()
	c := b.conns[name]
	if c == nil {
		return ConnectionInfo{}, false
	}
	return c.snapshot(), true
}

func (c *Connection) snapshot() ConnectionInfo {
	i := ConnectionInfo{
		ID: c.id, Info: c.info, State: "running", Connected: c.broker.started.Add(time.Duration(c.connected)),
		Channels: len(c.channels), BytesIn: c.bytesIn, BytesOut: c.bytesOut, FramesIn: c.framesIn, FramesOut: c.framesOut,
	}
	switch {
	case c.gate != nil:
		i.State = "blocked"
	case c.broker.alarmReason() != "":
		i.State = "blocking"
	}
	return i
}

// CloseConnection closes a connection with 320 CONNECTION_FORCED and the reason.
func (b *Broker) CloseConnection(name, reason string) error {
	b.lock()
	defer b.unlock()
	c := b.conns[name]
	if c == nil {
		return ErrNotFound
	}
	c.force(NewError(ConnectionForced, "%s", reason))
	return nil
}

// Channels lists the channels by connection and number.
func (b *Broker) Channels() []ChannelInfo {
	b.lock()
	defer b.unlock()
	list := []ChannelInfo{}
	for _, c := range b.sortedConns() {
		for _, ch := range c.sortedChannels() {
			list = append(list, ch.snapshot())
		}
	}
	return list
}

// ChannelByName describes one channel with its details.
func (b *Broker) ChannelByName(name string) (ChannelInfo, bool) {
	b.lock()
	defer b.unlock()
	for _, c := range b.conns {
		for _, ch := range c.channels {
			if ch.name() == name {
				return ch.withDetails(), true
			}
		}
	}
	return ChannelInfo{}, false
}

func (ch *Channel) withDetails() ChannelInfo {
	i := ch.snapshot()
	i.Publishes = details(ch.exchanges)
	i.Deliveries = details(ch.queues)
	i.ConsumerDetails = []ConsumerInfo{}
	for _, c := range ch.sortedConsumers() {
		i.ConsumerDetails = append(i.ConsumerDetails, c.snapshot())
	}
	return i
}

func (ch *Channel) snapshot() ChannelInfo {
	i := ChannelInfo{
		Ref: ch.ref(), VHost: ch.conn.vhost.name, State: "running", Confirm: ch.confirms, Transactional: ch.tx != nil,
		Consumers: len(ch.consumers), Unacked: ch.unacked.len(), Prefetch: ch.prefetch, GlobalPrefetch: ch.globalLimit,
		Counters: ch.stats.counters(),
	}
	if ch.tx != nil {
		i.Uncommitted = len(ch.tx.publications)
		for _, a := range ch.tx.answers {
			if a.op == opAck {
				i.AcksUncommitted += len(a.list)
			}
		}
	}
	if ch.broker.now-ch.lastActive > int64(time.Second) {
		i.IdleSince = ch.broker.started.Add(time.Duration(ch.lastActive))
	}
	return i
}
