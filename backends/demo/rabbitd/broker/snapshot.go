package broker

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
)

// ErrNotFound says that an object is not there.
var ErrNotFound = errors.New("not found")

// Overview describes the broker.
func (b *Broker) Overview() Overview {
	b.lock()
	defer b.unlock()
	o := Overview{
		Node: b.opt.Node, ClusterName: b.opt.ClusterName, Version: b.opt.Version, Started: b.started,
		Counters: b.stats.counters(), Connections: len(b.conns), Churn: b.churn,
	}
	for _, c := range b.conns {
		o.Channels += len(c.channels)
		for _, ch := range c.channels {
			o.Consumers += len(ch.consumers)
		}
	}
	for _, v := range b.vhosts {
		t := v.totals()
		o.Totals.Ready += t.Ready
		o.Totals.Unacked += t.Unacked
		o.Totals.Messages += t.Messages
		o.Queues += len(v.queues)
		o.Exchanges += len(v.exchanges)
	}
	return o
}

func (v *vhost) totals() Totals {
	var t Totals
	for _, q := range v.queues {
		t.Ready += uint64(q.ready())
		t.Unacked += uint64(q.heldLoad.n)
	}
	t.Messages = t.Ready + t.Unacked
	return t
}

// NodeInfo describes the node.
func (b *Broker) NodeInfo() Node {
	b.lock()
	defer b.unlock()
	n := Node{
		Name: b.opt.Node, Started: b.started, MemoryUsed: b.memory, MemoryLimit: b.opt.MemoryLimit,
		MemoryAlarm: b.memoryAlarm || b.memoryFull, DiskAlarm: b.diskAlarm,
		Connections: len(b.conns), BytesIn: b.bytesIn, BytesOut: b.bytesOut, Churn: b.churn,
	}
	for _, c := range b.conns {
		n.Channels += len(c.channels)
	}
	for _, v := range b.vhosts {
		n.Queues += len(v.queues)
	}
	return n
}

func (b *Broker) sortedVHosts() []*vhost {
	list := slices.Collect(maps.Values(b.vhosts))
	slices.SortFunc(list, func(a, c *vhost) int { return strings.Compare(a.name, c.name) })
	return list
}

// vhostsNamed lists one virtual host, or all when the name is empty.
func (b *Broker) vhostsNamed(name string) []*vhost {
	if name == "" {
		return b.sortedVHosts()
	}
	if v := b.vhosts[name]; v != nil {
		return []*vhost{v}
	}
	return nil
}

// VHosts lists the virtual hosts.
func (b *Broker) VHosts() []VHost {
	b.lock()
	defer b.unlock()
	list := []VHost{}
	for _, v := range b.sortedVHosts() {
		list = append(list, v.snapshot())
	}
	return list
}

// VHost describes one virtual host.
func (b *Broker) VHost(name string) (VHost, bool) {
	b.lock()
	defer b.unlock()
	v := b.vhosts[name]
	if v == nil {
		return VHost{}, false
	}
	return v.snapshot(), true
}

func (v *vhost) snapshot() VHost {
	return VHost{
		ID: v.id, Name: v.name, Description: v.description, Tags: slices.Clone(v.tags), DefaultQueueType: v.defaultType,
		Tracing: v.tracing, Counters: v.stats.counters(), Totals: v.totals(), BytesIn: v.bytesIn, BytesOut: v.bytesOut,
		Limits: maps.Clone(v.limits),
	}
}

// Sample visits every object that has counters; visit is called with the lock held and must not
// call the broker. IDs are those of the snapshots; the broker's is 0.
func (b *Broker) Sample(visit func(Sample)) {
	b.lock()
	defer b.unlock()
	all := Sample{Kind: SampleBroker, Counters: b.stats.counters(), BytesIn: b.bytesIn, BytesOut: b.bytesOut}
	for _, v := range b.vhosts {
		t := v.totals()
		all.Ready += int(t.Ready)
		all.Unacked += int(t.Unacked)
		visit(Sample{
			Kind: SampleVHost, ID: v.id, Counters: v.stats.counters(), Ready: int(t.Ready), Unacked: int(t.Unacked),
			BytesIn: v.bytesIn, BytesOut: v.bytesOut,
		})
		v.sample(visit)
	}
	visit(all)
	for _, c := range b.conns {
		visit(Sample{Kind: SampleConnection, ID: c.id, BytesIn: c.bytesIn, BytesOut: c.bytesOut})
		for _, ch := range c.channels {
			visit(Sample{Kind: SampleChannel, ID: ch.id, Counters: ch.stats.counters(), Unacked: ch.unacked.len()})
			for _, p := range ch.queues {
				visit(p.sample())
			}
			for _, p := range ch.exchanges {
				visit(p.sample())
			}
		}
	}
}

func (v *vhost) sample(visit func(Sample)) {
	for _, q := range v.queues {
		visit(Sample{Kind: SampleQueue, ID: q.id, Counters: q.stats.counters(), Ready: q.ready(), Unacked: q.heldLoad.n})
	}
	for _, x := range v.exchanges {
		visit(Sample{Kind: SampleExchange, ID: x.id, Counters: x.stats.counters()})
		for _, p := range x.queues {
			visit(p.sample())
		}
	}
}

func (p *pair) sample() Sample {
	return Sample{Kind: SampleDetail, ID: p.id, Counters: p.stats.counters()}
}

func (p *pair) detail() Detail {
	d := Detail{ID: p.id, Counters: p.stats.counters()}
	if p.queue != nil {
		d.Queue = p.queue.name
	}
	if p.exchange != nil {
		d.Exchange = p.exchange.name
	}
	if p.channel != nil {
		d.Channel = p.channel.ref()
	}
	return d
}

// details lists pairs in the order in which they came to be.
func details[K comparable](pairs map[K]*pair) []Detail {
	list := make([]Detail, 0, len(pairs))
	for _, p := range pairs {
		list = append(list, p.detail())
	}
	slices.SortFunc(list, func(a, b Detail) int { return cmp.Compare(a.ID, b.ID) })
	return list
}
