package broker

import "slices"

// Exchanges lists the exchanges of a virtual host, or of all when it is empty.
func (b *Broker) Exchanges(vhost string) []ExchangeInfo {
	b.lock()
	defer b.unlock()
	list := []ExchangeInfo{}
	for _, v := range b.vhostsNamed(vhost) {
		for _, x := range v.sortedExchanges() {
			list = append(list, x.snapshot())
		}
	}
	return list
}

// Exchange describes one exchange with its details.
func (b *Broker) Exchange(vhost, name string) (ExchangeInfo, bool) {
	b.lock()
	defer b.unlock()
	x := b.exchangeNamed(vhost, name)
	if x == nil {
		return ExchangeInfo{}, false
	}
	i := x.snapshot()
	i.Incoming = details(x.channels)
	i.Outgoing = details(x.queues)
	return i, true
}

func (b *Broker) exchangeNamed(vhost, name string) *exchange {
	if v := b.vhosts[vhost]; v != nil {
		return v.exchanges[name]
	}
	return nil
}

func (x *exchange) snapshot() ExchangeInfo {
	return ExchangeInfo{
		ID: x.id, VHost: x.vhost.name, Name: x.name, Type: x.typ, Durable: x.durable, AutoDelete: x.autoDelete,
		Internal: x.internal, Arguments: x.args, Policy: policyName(x.policy), Creator: x.creator,
		Counters: x.stats.counters(),
	}
}

// Bindings lists the bindings of a virtual host, or of all when it is empty, those of the default
// exchange too.
func (b *Broker) Bindings(vhost string) []BindingInfo {
	b.lock()
	defer b.unlock()
	list := []BindingInfo{}
	for _, v := range b.vhostsNamed(vhost) {
		for _, q := range v.sortedQueues() {
			list = append(list, q.implicit())
		}
		for _, x := range v.sortedExchanges() {
			list = append(list, x.leaving()...)
		}
	}
	return list
}

// implicit is the binding that every queue has from the default exchange.
func (q *queue) implicit() BindingInfo {
	return BindingInfo{
		VHost: q.vhost.name, Destination: q.name, DestinationType: kindQueue, RoutingKey: q.name,
	}
}

func (x *exchange) leaving() []BindingInfo {
	all := make(map[*binding]struct{}, len(x.bindings))
	for _, bd := range x.bindings {
		all[bd] = struct{}{}
	}
	return bindingInfos(all)
}

func bindingInfos(set map[*binding]struct{}) []BindingInfo {
	list := []BindingInfo{}
	for _, bd := range sortedBindings(set) {
		list = append(list, BindingInfo{
			VHost: bd.from.vhost.name, Source: bd.from.name, Destination: bd.key.name, DestinationType: bd.key.kind,
			RoutingKey: bd.key.key, Arguments: bd.args,
		})
	}
	return list
}

// QueueBindings lists the bindings that lead to a queue.
func (b *Broker) QueueBindings(vhost, queue string) []BindingInfo {
	b.lock()
	defer b.unlock()
	v := b.vhosts[vhost]
	if v == nil || v.queues[queue] == nil {
		return nil
	}
	q := v.queues[queue]
	return slices.Concat([]BindingInfo{q.implicit()}, bindingInfos(q.bindings))
}

// ExchangeBindings lists the bindings of an exchange: those that leave it, or those that lead to it.
func (b *Broker) ExchangeBindings(vhost, exchange string, asSource bool) []BindingInfo {
	b.lock()
	defer b.unlock()
	x := b.exchangeNamed(vhost, exchange)
	switch {
	case x == nil:
		return nil
	case !asSource:
		return bindingInfos(x.arriving)
	case x.name != "":
		return x.leaving()
	}
	list := []BindingInfo{}
	for _, q := range x.vhost.sortedQueues() {
		list = append(list, q.implicit())
	}
	return list
}
