package broker

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// vhost is a virtual host.
type vhost struct {
	broker      *Broker
	id          uint64
	name        string
	description string
	tags        []string
	defaultType string // of queues that name none
	tracing     bool
	limits      map[string]int

	queues    map[string]*queue
	exchanges map[string]*exchange
	policies  map[policyKey]*policy

	stats    tally
	bytesIn  uint64
	bytesOut uint64
}

// internalUser is who makes what RabbitMQ makes itself.
const internalUser = "rmq-internal"

// addVHost makes a virtual host with the exchanges that every one has.
func (b *Broker) addVHost(name, creator string) *vhost {
	v := &vhost{
		broker: b, id: b.id(), name: name,
		queues:    map[string]*queue{},
		exchanges: map[string]*exchange{},
		policies:  map[policyKey]*policy{},
	}
	b.vhosts[name] = v
	for _, x := range []ExchangeDeclare{
		{Name: "", Type: typeDirect},
		{Name: "amq.direct", Type: typeDirect},
		{Name: "amq.topic", Type: typeTopic},
		{Name: "amq.fanout", Type: typeFanout},
		{Name: "amq.headers", Type: typeHeaders},
		{Name: "amq.match", Type: typeHeaders},
		{Name: traceExchange, Type: typeTopic, Internal: true},
	} {
		x.Durable = true
		v.addExchange(x, creator)
	}
	return v
}

// AddVHost makes a virtual host with the exchanges that every one has. It changes description, tags
// and default queue type when the host is there.
func (b *Broker) AddVHost(w VHost) error {
	b.lock()
	defer b.unlock()
	v := b.vhosts[w.Name]
	if v == nil {
		v = b.addVHost(w.Name, cmp.Or(w.Creator, internalUser))
	}
	v.description, v.tags, v.defaultType = w.Description, slices.Clone(w.Tags), w.DefaultQueueType
	return nil
}

// DeleteVHost removes a virtual host with all that is in it, and closes its connections.
func (b *Broker) DeleteVHost(name string) error {
	b.lock()
	defer b.unlock()
	v := b.vhosts[name]
	if v == nil {
		return ErrNotFound
	}
	for _, c := range b.sortedConns() {
		if c.vhost == v {
			c.force(NewError(ConnectionForced, "vhost '%s' is deleted", name))
		}
	}
	for _, q := range v.sortedQueues() {
		q.delete()
	}
	for _, x := range v.exchanges {
		x.deleted = true
	}
	delete(b.vhosts, name)
	for _, u := range b.users {
		delete(u.grants, name)
	}
	maps.DeleteFunc(b.topics, func(k topicKey, _ *topicGrant) bool { return k.vhost == name })
	b.grants++
	return nil
}

// SetTracing switches the firehose of a virtual host: copies of all messages to amq.rabbitmq.trace.
func (b *Broker) SetTracing(name string, on bool) error {
	b.lock()
	defer b.unlock()
	v := b.vhosts[name]
	if v == nil {
		return ErrNotFound
	}
	v.tracing = on
	return nil
}

// SetVHostLimits sets max-connections and max-queues; negative is without limit, nil removes them.
func (b *Broker) SetVHostLimits(name string, limits map[string]int) error {
	b.lock()
	defer b.unlock()
	v := b.vhosts[name]
	if v == nil {
		return ErrNotFound
	}
	v.limits = maps.Clone(limits)
	return nil
}

func (v *vhost) sortedQueues() []*queue {
	list := make([]*queue, 0, len(v.queues))
	for _, q := range v.queues {
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b *queue) int { return strings.Compare(a.name, b.name) })
	return list
}

func (v *vhost) sortedExchanges() []*exchange {
	list := make([]*exchange, 0, len(v.exchanges))
	for _, x := range v.exchanges {
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b *exchange) int { return strings.Compare(a.name, b.name) })
	return list
}

// mayAddQueue checks the host's bound on queues.
func (v *vhost) mayAddQueue(name string) *Error {
	limit, ok := v.limits["max-queues"]
	if !ok || limit < 0 || len(v.queues) < limit {
		return nil
	}
	return NewError(PreconditionFailed, "cannot declare queue '%s': queue limit in vhost '%s' (%d) is reached",
		name, v.name, limit)
}
