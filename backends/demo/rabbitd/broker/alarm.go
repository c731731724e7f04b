package broker

// Alarms as of https://www.rabbitmq.com/docs/alarms: a connection that publishes while one is on is
// not read from until it is off again.

// SetMemoryAlarm switches the memory alarm, beside the one of Options.MemoryLimit.
func (b *Broker) SetMemoryAlarm(on bool) {
	b.lock()
	defer b.unlock()
	b.memoryAlarm = on
	b.raise()
}

// SetDiskAlarm switches the disk alarm.
func (b *Broker) SetDiskAlarm(on bool) {
	b.lock()
	defer b.unlock()
	b.diskAlarm = on
	b.raise()
}

// watchMemory follows the bound of memory. The alarm ends a little below the bound, so that it does
// not come and go with every message.
func (b *Broker) watchMemory() {
	full := b.memory > b.opt.MemoryLimit
	if b.memoryFull && b.memory > b.opt.MemoryLimit/16*15 {
		full = true
	}
	if full != b.memoryFull {
		b.memoryFull = full
		b.raise()
	}
}

// raise tells the connections what has become of the alarms.
func (b *Broker) raise() {
	on := b.alarmReason() != ""
	b.alarmed.Store(on)
	if on {
		return
	}
	for _, c := range b.sortedConns() {
		c.free()
	}
}

// alarmReason is what connection.blocked says, empty without an alarm.
func (b *Broker) alarmReason() string {
	memory := b.memoryAlarm || b.memoryFull
	switch {
	case memory && b.diskAlarm:
		return "low on memory & disk"
	case memory:
		return "low on memory"
	case b.diskAlarm:
		return "low on disk"
	}
	return ""
}

// Blocked is nil while the client may go on. When an alarm holds this connection, it is a channel
// that is closed when the alarm is over or the connection closed. The session asks whenever a
// basic.publish has come, before it takes the content or hands it to Channel.Publish, and as long as
// the alarm holds reads nothing more, as RabbitMQ does. Asking marks the connection as one that
// publishes. Without an alarm it costs no lock.
func (c *Connection) Blocked() <-chan struct{} {
	if !c.broker.alarmed.Load() {
		return nil
	}
	c.broker.lock()
	defer c.broker.unlock()
	reason := c.broker.alarmReason()
	if reason == "" || c.closed {
		return nil
	}
	if c.gate == nil {
		c.gate = make(chan struct{})
		if c.blockedNotify {
			c.out.Blocked(reason)
		}
	}
	return c.gate
}

// free opens the gate of a connection that was held.
func (c *Connection) free() {
	if c.gate == nil {
		return
	}
	close(c.gate)
	c.gate = nil
	if c.blockedNotify && !c.closed {
		c.out.Unblocked()
	}
}
