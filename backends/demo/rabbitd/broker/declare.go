package broker

import (
	"strings"

	"bustop/backends/demo/rabbitd/wire"
)

// DeclareExchange is exchange.declare.
func (ch *Channel) DeclareExchange(r ExchangeDeclare) *Error {
	if !ch.begin() {
		return nil
	}
	return ch.end(ch.declareExchange(r))
}

func (ch *Channel) declareExchange(r ExchangeDeclare) *Error {
	v := ch.conn.vhost
	if !r.Passive {
		switch r.Type {
		case typeDirect, typeFanout, typeTopic, typeHeaders:
		default:
			return unknownType(r.Type)
		}
	}
	r.Name = stripLines(r.Name)
	if r.Name == "" {
		return notOnDefault()
	}
	if !r.Passive {
		if e := ch.may(verbConfigure, kindExchange, r.Name); e != nil {
			return e
		}
	}
	if x := v.exchanges[r.Name]; x != nil {
		if r.Passive {
			return nil
		}
		return x.equivalent(r)
	}
	if r.Passive {
		return noExchange(v.name, r.Name)
	}
	if e := ch.mayAddExchange(r); e != nil {
		return e
	}
	v.addExchange(r, ch.conn.user.name)
	return nil
}

// unknownType refuses a type of exchange. RabbitMQ has another word for names that its virtual machine
// knows, of which there are many: these are those that somebody may well write.
func unknownType(name string) *Error {
	switch name {
	case "", "Direct", "system", "exchange", "queue", "default", "none", "undefined", "all", "any":
		return NewError(CommandInvalid, "invalid exchange type '%s'", name)
	}
	return NewError(CommandInvalid, "unknown exchange type '%s'", name)
}

func notOnDefault() *Error {
	return NewError(AccessRefused, "operation not permitted on the default exchange")
}

func (ch *Channel) mayAddExchange(r ExchangeDeclare) *Error {
	if e := notReserved(kindExchange, r.Name); e != nil {
		return e
	}
	alternate, there, e := nameArgument(r.Arguments, "alternate-exchange", resource(kindExchange, r.Name, ch.conn.vhost.name))
	if e != nil || !there {
		return e
	}
	if e := ch.may(verbRead, kindExchange, r.Name); e != nil {
		return e
	}
	return ch.may(verbWrite, kindExchange, alternate)
}

// notReserved refuses the names that only the broker gives.
func notReserved(kind, name string) *Error {
	if !strings.HasPrefix(name, "amq.") {
		return nil
	}
	return NewError(AccessRefused, "%s name '%s' contains reserved prefix 'amq.*'", kind, name)
}

// nameArgument reads an argument that names an exchange.
func nameArgument(args wire.Table, key, where string) (name string, there bool, e *Error) {
	value, there := args[key]
	if !there {
		return "", false, nil
	}
	name, ok := value.(string)
	if !ok {
		return "", true, NewError(PreconditionFailed, "invalid type '%s' for arg '%s' in %s", fieldType(value), key, where)
	}
	return name, true, nil
}

// DeleteExchange is exchange.delete. An exchange that is not there is no error.
func (ch *Channel) DeleteExchange(name string, ifUnused bool) *Error {
	if !ch.begin() {
		return nil
	}
	return ch.end(ch.deleteExchange(stripLines(name), ifUnused))
}

func (ch *Channel) deleteExchange(name string, ifUnused bool) *Error {
	if name == "" {
		return notOnDefault()
	}
	v := ch.conn.vhost
	if strings.HasPrefix(name, "amq.") {
		return NewError(AccessRefused, "deletion of system %s not allowed", resource(kindExchange, name, v.name))
	}
	if e := ch.may(verbConfigure, kindExchange, name); e != nil {
		return e
	}
	x := v.exchanges[name]
	switch {
	case x == nil:
		return nil
	case ifUnused && len(x.bindings) > 0:
		return NewError(PreconditionFailed, "%s in use", x)
	}
	x.delete()
	return nil
}

// DeclareQueue is queue.declare.
func (ch *Channel) DeclareQueue(r QueueDeclare) (QueueOK, *Error) {
	if !ch.begin() {
		return QueueOK{}, nil
	}
	ok, e := ch.declareQueue(r)
	if e == nil {
		ch.lastQueue = ok.Name
	}
	return ok, ch.end(e)
}

func (ch *Channel) declareQueue(r QueueDeclare) (QueueOK, *Error) {
	v := ch.conn.vhost
	if strings.HasPrefix(r.Name, replyQueue) {
		return ch.broker.replyDeclared(v.name, stripLines(r.Name))
	}
	r.Name = stripLines(r.Name)
	if r.Passive {
		q, e := ch.accessible(r.Name)
		if e != nil {
			return QueueOK{}, e
		}
		return q.declared(r.NoWait), nil
	}
	r.Arguments = v.withDefaultType(r)
	r.Durable = r.Durable && !r.Exclusive
	if e := r.fillName(); e != nil {
		return QueueOK{}, e
	}
	if e := ch.may(verbConfigure, kindQueue, r.Name); e != nil {
		return QueueOK{}, e
	}
	ch.broker.churn.QueueDeclared++
	q := v.queues[r.Name]
	if q == nil {
		return ch.addQueue(r)
	}
	if e := q.equivalent(r, ch.conn); e != nil {
		return QueueOK{}, e
	}
	return q.declared(r.NoWait), nil
}

// fillName checks the queue's name and makes one up when it is empty.
func (r *QueueDeclare) fillName() *Error {
	if r.Name != "" {
		return notReserved(kindQueue, r.Name)
	}
	if kind := queueType(r.Arguments); kind == Quorum || kind == Stream {
		return NewError(PreconditionFailed, "Cannot declare a server-named queue for type %s", kindName(kind))
	}
	r.Name = madeName("amq.gen")
	return nil
}

// withDefaultType adds the host's type of queues to arguments that name none, where the queue may be
// of that type.
func (v *vhost) withDefaultType(r QueueDeclare) wire.Table {
	if _, there := r.Arguments[argType]; there || v.defaultType == "" || v.defaultType == "undefined" {
		return r.Arguments
	}
	if v.defaultType != Classic && (!r.Durable || r.Exclusive || r.AutoDelete) {
		return r.Arguments
	}
	args := r.Arguments.Clone()
	if args == nil {
		args = wire.Table{}
	}
	args[argType] = v.defaultType
	return args
}

// declared is queue.declare-ok for a queue that is there.
func (q *queue) declared(noWait bool) QueueOK {
	if noWait {
		return QueueOK{Name: q.name}
	}
	if q.kind == Classic {
		q.watchUnused()
	}
	return QueueOK{Name: q.name, Messages: uint32(q.ready()), Consumers: uint32(q.counted())}
}

func (ch *Channel) addQueue(r QueueDeclare) (QueueOK, *Error) {
	v := ch.conn.vhost
	where := resource(kindQueue, r.Name, v.name)
	if e := v.mayAddQueue(r.Name); e != nil {
		return QueueOK{}, e
	}
	dead, there, e := nameArgument(r.Arguments, "x-dead-letter-exchange", where)
	if e != nil {
		return QueueOK{}, e
	}
	if there {
		if e := ch.may(verbRead, kindQueue, r.Name); e != nil {
			return QueueOK{}, e
		}
		if e := ch.may(verbWrite, kindExchange, dead); e != nil {
			return QueueOK{}, e
		}
	}
	if e := checkQueueArguments(where, r.Arguments); e != nil {
		return QueueOK{}, e
	}
	kind := queueType(r.Arguments)
	if e := r.suits(kind, where); e != nil {
		return QueueOK{}, e
	}
	var owner *Connection
	if r.Exclusive {
		owner = ch.conn
	}
	v.addQueue(r, kind, owner, ch.conn.user.name)
	return QueueOK{Name: r.Name}, nil
}

// suits refuses the properties that quorum and stream queues cannot have.
func (r *QueueDeclare) suits(kind, where string) *Error {
	if kind == Classic {
		return nil
	}
	property := ""
	switch {
	case r.AutoDelete:
		property = "auto-delete"
	case r.Exclusive:
		property = "exclusive-owner"
	case !r.Durable:
		property = "non-durable"
	}
	if property != "" {
		return NewError(PreconditionFailed, "invalid property '%s' for %s", property, where)
	}
	if size, ok := integer(r.Arguments[argSegment]); ok && kind == Stream && size > largestSegment {
		return NewError(PreconditionFailed, "Exceeded max value for %s", argSegment)
	}
	return nil
}

// DeleteQueue is queue.delete and returns how many messages went with it. A queue that is not there
// is no error.
func (ch *Channel) DeleteQueue(name string, ifUnused, ifEmpty bool) (uint32, *Error) {
	if !ch.begin() {
		return 0, nil
	}
	n, e := ch.deleteQueue(name, ifUnused, ifEmpty)
	return n, ch.end(e)
}

func (ch *Channel) deleteQueue(name string, ifUnused, ifEmpty bool) (uint32, *Error) {
	name, e := ch.named(name)
	if e != nil {
		return 0, e
	}
	name = stripLines(name)
	if e := ch.may(verbConfigure, kindQueue, name); e != nil {
		return 0, e
	}
	q := ch.conn.vhost.queues[name]
	if q == nil {
		return 0, nil
	}
	if e := q.open(ch.conn); e != nil {
		return 0, e
	}
	n := uint32(q.ready())
	switch q.kind {
	case Quorum:
		unsupported := "cannot delete %s. queue.delete operations with %s flag set are not supported by quorum queues"
		switch {
		case ifUnused:
			return 0, NewError(NotImplemented, unsupported, q, "if-unused")
		case ifEmpty:
			return 0, NewError(NotImplemented, unsupported, q, "if-empty")
		}
	case Stream:
		n = 0
	default:
		switch {
		case ifEmpty && q.ready() > 0:
			return 0, NewError(PreconditionFailed, "%s not empty", q)
		case ifUnused && len(q.consumers) > 0:
			return 0, NewError(PreconditionFailed, "%s in use", q)
		}
	}
	q.delete()
	return n, nil
}

// PurgeQueue is queue.purge and returns how many messages it dropped.
func (ch *Channel) PurgeQueue(name string) (uint32, *Error) {
	if !ch.begin() {
		return 0, nil
	}
	q, e := ch.readable(name)
	if e == nil && q.kind == Stream {
		e = NewError(NotImplemented, "queue.purge not supported by stream queues %s", q)
	}
	if e != nil {
		return 0, ch.end(e)
	}
	q.touch()
	n := q.purge()
	return uint32(n), ch.end(nil)
}
