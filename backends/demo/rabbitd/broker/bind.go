package broker

import "bustop/backends/demo/rabbitd/wire"

// BindExchange is exchange.bind.
func (ch *Channel) BindExchange(destination, source, key string, args wire.Table) *Error {
	return ch.binding(bindRequest{kindExchange, destination, source, key, args}, false)
}

// UnbindExchange is exchange.unbind. A binding that is not there is no error.
func (ch *Channel) UnbindExchange(destination, source, key string, args wire.Table) *Error {
	return ch.binding(bindRequest{kindExchange, destination, source, key, args}, true)
}

// BindQueue is queue.bind.
func (ch *Channel) BindQueue(queue, exchange, key string, args wire.Table) *Error {
	return ch.binding(bindRequest{kindQueue, queue, exchange, key, args}, false)
}

// UnbindQueue is queue.unbind. A binding that is not there is no error.
func (ch *Channel) UnbindQueue(queue, exchange, key string, args wire.Table) *Error {
	return ch.binding(bindRequest{kindQueue, queue, exchange, key, args}, true)
}

type bindRequest struct {
	kind, destination, source, key string
	args                           wire.Table
}

func (ch *Channel) binding(r bindRequest, remove bool) *Error {
	if !ch.begin() {
		return nil
	}
	if r.kind == kindQueue && r.destination == "" {
		name, e := ch.named("")
		if e != nil {
			return ch.end(e)
		}
		if r.destination = name; r.key == "" {
			r.key = name
		}
	}
	r.destination, r.source = stripLines(r.destination), stripLines(r.source)
	if e := ch.mayBind(r); e != nil {
		return ch.end(e)
	}
	if remove {
		return ch.end(ch.unbind(r))
	}
	return ch.end(ch.bind(r))
}

func (ch *Channel) mayBind(r bindRequest) *Error {
	if e := ch.may(verbWrite, r.kind, r.destination); e != nil {
		return e
	}
	if r.source == "" || (r.kind == kindExchange && r.destination == "") {
		return notOnDefault()
	}
	if e := ch.may(verbRead, kindExchange, r.source); e != nil {
		return e
	}
	if x := ch.conn.vhost.exchanges[r.source]; x != nil {
		return ch.mayTopic(verbRead, x, r.key)
	}
	return nil
}

func (ch *Channel) bind(r bindRequest) *Error {
	v := ch.conn.vhost
	x := v.exchanges[r.source]
	if x == nil {
		return noExchange(v.name, r.source)
	}
	if r.kind == kindExchange {
		to := v.exchanges[r.destination]
		if to == nil {
			return noExchange(v.name, r.destination)
		}
		if e := x.accepts(r.args); e != nil {
			return e
		}
		x.bind(to, nil, r.key, r.args)
		return nil
	}
	q := v.queues[r.destination]
	if q == nil {
		return noQueue(v.name, r.destination)
	}
	if e := x.accepts(r.args); e != nil {
		return e
	}
	if e := q.open(ch.conn); e != nil {
		return e
	}
	x.bind(nil, q, r.key, r.args)
	return nil
}

// accepts checks the arguments of a binding that is to leave the exchange.
func (x *exchange) accepts(args wire.Table) *Error {
	if x.typ != typeHeaders {
		return nil
	}
	return checkRule(args)
}

func (ch *Channel) unbind(r bindRequest) *Error {
	v := ch.conn.vhost
	x := v.exchanges[r.source]
	if x == nil {
		return nil
	}
	bd := x.bindings[bindingKey{kind: r.kind, name: r.destination, key: r.key, args: canonical(r.args)}]
	if bd == nil {
		return nil
	}
	if bd.queue != nil {
		if e := bd.queue.open(ch.conn); e != nil {
			return e
		}
	}
	bd.remove()
	return nil
}
