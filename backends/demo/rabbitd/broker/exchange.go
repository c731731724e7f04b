package broker

import (
	"slices"
	"strings"

	"bustop/backends/demo/rabbitd/wire"
)

// The types of exchanges.
const (
	typeDirect  = "direct"
	typeFanout  = "fanout"
	typeTopic   = "topic"
	typeHeaders = "headers"
)

// The kinds of what can be bound.
const (
	kindExchange = "exchange"
	kindQueue    = "queue"
)

// exchange is an exchange.
type exchange struct {
	broker     *Broker
	vhost      *vhost
	id         uint64
	name       string
	typ        string
	durable    bool
	autoDelete bool
	internal   bool
	args       wire.Table
	creator    string
	deleted    bool

	bindings map[bindingKey]*binding // that leave it
	arriving map[*binding]struct{}   // that lead to it
	direct   map[string][]*binding   // direct: by routing key
	topics   *node                   // topic: by pattern
	all      []*binding              // fanout and headers: in the order of binding

	policy   *policy
	opPolicy *policy
	// alternate is the alternate exchange by argument or policy, nil without.
	alternate *string

	visited  uint64 // Broker.visit of the last walk that met it
	stats    tally
	channels map[*Channel]*pair
	queues   map[*queue]*pair
}

func (v *vhost) addExchange(r ExchangeDeclare, creator string) {
	x := &exchange{
		broker: v.broker, vhost: v, id: v.broker.id(),
		name: r.Name, typ: r.Type, durable: r.Durable, autoDelete: r.AutoDelete, internal: r.Internal,
		args: r.Arguments, creator: creator,
		bindings: map[bindingKey]*binding{},
		arriving: map[*binding]struct{}{},
		channels: map[*Channel]*pair{},
		queues:   map[*queue]*pair{},
	}
	switch r.Type {
	case typeDirect:
		x.direct = map[string][]*binding{}
	case typeTopic:
		x.topics = &node{}
	}
	v.exchanges[r.Name] = x
	x.applyPolicy()
}

// delete removes the exchange and every binding that touches it.
func (x *exchange) delete() {
	if x.deleted {
		return
	}
	x.deleted = true
	delete(x.vhost.exchanges, x.name)
	for _, bd := range x.bindings {
		bd.detach()
	}
	clear(x.bindings)
	for _, bd := range sortedBindings(x.arriving) {
		bd.remove()
	}
	for ch := range x.channels {
		delete(ch.exchanges, x)
	}
	for q := range x.queues {
		delete(q.exchanges, x)
	}
}

// bindingKey tells the bindings of an exchange apart.
type bindingKey struct {
	kind, name string // destination
	key        string
	args       string // in bytes
}

// binding leads from an exchange to a queue or another exchange.
type binding struct {
	id    uint64
	from  *exchange
	queue *queue    // one of these
	to    *exchange // two is set
	key   bindingKey
	args  wire.Table
	rule  *headerRule // of headers exchanges
}

func sortedBindings(set map[*binding]struct{}) []*binding {
	list := make([]*binding, 0, len(set))
	for bd := range set {
		list = append(list, bd)
	}
	slices.SortFunc(list, func(a, b *binding) int {
		if c := strings.Compare(a.from.name, b.from.name); c != 0 {
			return c
		}
		return int(a.id) - int(b.id)
	})
	return list
}

// bind adds a binding; a binding that is there already is left alone.
func (x *exchange) bind(to *exchange, q *queue, key string, args wire.Table) {
	k := bindingKey{key: key, args: canonical(args)}
	if q != nil {
		k.kind, k.name = kindQueue, q.name
	} else {
		k.kind, k.name = kindExchange, to.name
	}
	if x.bindings[k] != nil {
		return
	}
	bd := &binding{id: x.broker.id(), from: x, queue: q, to: to, key: k, args: args}
	x.bindings[k] = bd
	if q != nil {
		q.bindings[bd] = struct{}{}
	} else {
		to.arriving[bd] = struct{}{}
	}
	switch x.typ {
	case typeDirect:
		x.direct[key] = append(x.direct[key], bd)
	case typeTopic:
		x.topics.add(key, bd)
	case typeHeaders:
		bd.rule = newHeaderRule(args)
		x.all = append(x.all, bd)
	default:
		x.all = append(x.all, bd)
	}
}

// canonical is a table in bytes, the same for the same fields.
func canonical(t wire.Table) string {
	if len(t) == 0 {
		return ""
	}
	return string(wire.AppendTable(nil, t))
}

// remove takes a binding away; an exchange that deletes itself goes with its last one.
func (bd *binding) remove() {
	x := bd.from
	if x.bindings[bd.key] != bd {
		return
	}
	delete(x.bindings, bd.key)
	bd.detach()
	same := func(other *binding) bool { return other == bd }
	switch x.typ {
	case typeDirect:
		key := bd.key.key
		if x.direct[key] = slices.DeleteFunc(x.direct[key], same); len(x.direct[key]) == 0 {
			delete(x.direct, key)
		}
	case typeTopic:
		x.topics.remove(bd.key.key, bd)
	default:
		x.all = slices.DeleteFunc(x.all, same)
	}
	if x.autoDelete && len(x.bindings) == 0 {
		x.delete()
	}
}

// detach forgets the binding at its destination.
func (bd *binding) detach() {
	if bd.queue != nil {
		delete(bd.queue.bindings, bd)
	} else {
		delete(bd.to.arriving, bd)
	}
}
