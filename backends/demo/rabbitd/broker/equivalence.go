package broker

import "bustop/backends/demo/rabbitd/wire"

// Declaring again what is there is fine when nothing differs
// (https://www.rabbitmq.com/docs/queues#property-equivalence).

func inequivalent(name, where, received, current string) *Error {
	return NewError(PreconditionFailed, "inequivalent arg '%s' for %s: received %s but current is %s",
		name, where, received, current)
}

func sameField[T comparable](name, where string, current, received T) *Error {
	if current == received {
		return nil
	}
	return inequivalent(name, where, shown(received), shown(current))
}

// sameArguments compares the arguments that count.
func sameArguments(where string, current, received wire.Table, names []string) *Error {
	for _, name := range names {
		old, wasThere := current[name]
		value, isThere := received[name]
		switch {
		case !wasThere && !isThere:
		case wasThere && isThere:
			if typeClass(old) != typeClass(value) || !sameValue(old, value) {
				if !identical(old, value) {
					return inequivalent(name, where, shown(value), shown(old))
				}
			}
		case name == argType && (old == Classic || value == Classic):
		default:
			return inequivalent(name, where, withType(value, isThere), withType(old, wasThere))
		}
	}
	return nil
}

// identical is Erlang's =:=, which RabbitMQ falls back to when the types differ.
func identical(a, b any) bool {
	x, xInt := integer(a)
	y, yInt := integer(b)
	if xInt && yInt {
		return x == y
	}
	return xInt == yInt && sameValue(a, b)
}

func withType(v any, there bool) string {
	if !there {
		return "none"
	}
	return "the value " + shown(v) + " of type '" + fieldType(v) + "'"
}

// equivalent checks exchange.declare for an exchange that is there.
func (x *exchange) equivalent(r ExchangeDeclare) *Error {
	where := x.String()
	if e := sameField("type", where, x.typ, r.Type); e != nil {
		return e
	}
	if e := sameField("durable", where, x.durable, r.Durable); e != nil {
		return e
	}
	if e := sameField("auto_delete", where, x.autoDelete, r.AutoDelete); e != nil {
		return e
	}
	if e := sameField("internal", where, x.internal, r.Internal); e != nil {
		return e
	}
	return sameArguments(where, x.args, r.Arguments, []string{"alternate-exchange"})
}

// equivalent checks queue.declare for a queue that is there.
func (q *queue) equivalent(r QueueDeclare, c *Connection) *Error {
	owner := c
	if !r.Exclusive {
		owner = nil
	}
	if q.owner != owner {
		return q.locked()
	}
	where := q.String()
	if e := sameField("durable", where, q.durable, r.Durable); e != nil {
		return e
	}
	if e := sameField("auto_delete", where, q.autoDelete, r.AutoDelete); e != nil {
		return e
	}
	return sameArguments(where, q.args, r.Arguments, queueArguments(q.kind))
}
