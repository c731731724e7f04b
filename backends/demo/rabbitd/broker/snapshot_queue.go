package broker

import (
	"slices"
	"time"
)

// Queues lists the queues of a virtual host, or of all when it is empty.
func (b *Broker) Queues(vhost string) []QueueInfo {
	b.lock()
	defer b.unlock()
	list := []QueueInfo{}
	for _, v := range b.vhostsNamed(vhost) {
		list = slices.Grow(list, len(v.queues))
		for _, q := range v.sortedQueues() {
			list = append(list, q.snapshot())
		}
	}
	return list
}

// Queue describes one queue with its details.
func (b *Broker) Queue(vhost, name string) (QueueInfo, bool) {
	b.lock()
	defer b.unlock()
	v := b.vhosts[vhost]
	if v == nil || v.queues[name] == nil {
		return QueueInfo{}, false
	}
	q := v.queues[name]
	i := q.snapshot()
	i.Incoming = details(q.exchanges)
	i.Deliveries = details(q.channels)
	i.ConsumerDetails = []ConsumerInfo{}
	for _, c := range q.consumers {
		i.ConsumerDetails = append(i.ConsumerDetails, c.snapshot())
	}
	return i, true
}

// queueOverhead is what an empty queue takes, in bytes; an estimate.
const queueOverhead = 9 << 10

func (q *queue) snapshot() QueueInfo {
	i := QueueInfo{
		ID: q.id, VHost: q.vhost.name, Name: q.name, Type: q.kind,
		Durable: q.durable, AutoDelete: q.autoDelete, Exclusive: q.owner != nil, Arguments: q.args,
		State: "running", Creator: q.creator,
		Ready: q.ready(), Unacked: q.heldLoad.n,
		ReadyBytes: q.readyLoad.bytes, UnackedBytes: q.heldLoad.bytes,
		Persistent:      q.readyLoad.persistent + q.heldLoad.persistent,
		PersistentBytes: q.readyLoad.persistentBytes + q.heldLoad.persistentBytes,
		Consumers:       len(q.consumers), SingleActive: q.single,
		Counters: q.stats.counters(),
	}
	i.Policy, i.OperatorPolicy = policyName(q.policy), policyName(q.opPolicy)
	i.EffectivePolicy = effective(q.policy, q.opPolicy)
	if q.owner != nil {
		i.Owner = q.owner.ref()
	}
	q.consumersInto(&i)
	q.messagesInto(&i)
	return i
}

func policyName(p *policy) string {
	if p == nil {
		return ""
	}
	return p.Name
}

func (q *queue) consumersInto(i *QueueInfo) {
	if q.kind == Quorum {
		for _, n := range q.holds {
			i.Consumers += n
		}
	}
	if len(q.consumers) > 0 {
		i.Capacity = q.use.capacity(q.broker.now)
	}
	if q.active != nil {
		ref := ConsumerRef{Tag: q.active.tag, Channel: q.active.ch.ref()}
		if q.single {
			i.ActiveConsumer = ref
		} else {
			i.ExclusiveConsumer = ref
		}
	}
	if q.broker.now-q.lastActive > int64(time.Second) {
		i.IdleSince = q.broker.started.Add(time.Duration(q.lastActive))
	}
}

func (q *queue) messagesInto(i *QueueInfo) {
	i.LastOffset = -1
	if q.log != nil {
		i.ReadyBytes = q.log.bytes
		i.Persistent, i.PersistentBytes = i.Ready, q.log.bytes
		i.FirstOffset, i.LastOffset, i.Segments = q.log.first, q.log.next-1, q.log.segments.len()
	} else if e := q.store.peek(); e != nil {
		i.HeadTimestamp = e.msg.props.Timestamp
	}
	if s, ok := q.store.(*classicStore); ok && len(s.levels) > 1 {
		for p := range s.levels {
			i.PriorityLengths = append(i.PriorityLengths, s.levels[p].len())
		}
	}
	if q.kind == Quorum {
		i.Persistent, i.PersistentBytes = i.Ready+i.Unacked, i.ReadyBytes+i.UnackedBytes
	}
	i.Messages = i.Ready + i.Unacked
	i.Bytes = i.ReadyBytes + i.UnackedBytes
	i.MemoryBytes = queueOverhead + i.Bytes + int64(i.Messages)*entryOverhead
}

func (c *consumer) snapshot() ConsumerInfo {
	i := ConsumerInfo{
		Tag: c.tag, VHost: c.q.vhost.name, Queue: c.q.name, Channel: c.ch.ref(), AckRequired: !c.noAck,
		Exclusive: c.exclusive, Active: true, ActivityStatus: "up", Prefetch: c.prefetch, Priority: int32(c.priority),
		Arguments: c.args, User: c.ch.conn.user.name,
	}
	switch {
	case c.q.kind == Stream:
		i.Active = false
	case c.q.single && c.q.active == c:
		i.ActivityStatus = "single_active"
	case c.q.single:
		i.Active, i.ActivityStatus = false, "waiting"
	}
	return i
}

// Consumers lists the consumers of a virtual host, or of all when it is empty.
func (b *Broker) Consumers(vhost string) []ConsumerInfo {
	b.lock()
	defer b.unlock()
	list := []ConsumerInfo{}
	for _, v := range b.vhostsNamed(vhost) {
		for _, q := range v.sortedQueues() {
			for _, c := range q.consumers {
				list = append(list, c.snapshot())
			}
		}
	}
	return list
}
