package broker

import (
	"bytes"
	"strings"
	"time"

	"bustop/backends/demo/rabbitd/wire"
)

// headerRule is what a binding of a headers exchange asks for
// (https://www.rabbitmq.com/docs/exchanges#headers).
type headerRule struct {
	any    bool
	fields wire.Table
}

func newHeaderRule(args wire.Table) *headerRule {
	kind, _ := args["x-match"].(string)
	rule := &headerRule{any: kind == "any" || kind == "any-with-x", fields: wire.Table{}}
	withX := strings.HasSuffix(kind, "-with-x")
	for name, value := range args {
		if name == "x-match" || (!withX && strings.HasPrefix(name, "x-")) {
			continue
		}
		rule.fields[name] = value
	}
	return rule
}

// match compares with the headers of a message; exactly, as RabbitMQ does from 3.13 on, or by value.
func (r *headerRule) match(headers wire.Table, exactly bool) bool {
	same := sameValue
	if exactly {
		same = exactlySame
	}
	for name, want := range r.fields {
		have, there := headers[name]
		matches := there && (want == nil || same(want, have))
		if matches == r.any {
			return r.any
		}
	}
	return !r.any
}

// checkRule refuses an x-match that is not known.
func checkRule(args wire.Table) *Error {
	kind, there := args["x-match"]
	text, ok := kind.(string)
	switch {
	case !there:
		return nil
	case !ok:
		return NewError(PreconditionFailed, "Invalid x-match field type %s (value %s); expected longstr",
			atom(fieldType(kind)), term(kind))
	}
	switch text {
	case "all", "any", "all-with-x", "any-with-x":
		return nil
	}
	return NewError(PreconditionFailed,
		"Invalid x-match field value %s; expected all, any, all-with-x, or any-with-x", term(text))
}

// sameValue compares as Erlang's == does: numbers by their value whatever their width, times as
// seconds, bytes as text.
func sameValue(a, b any) bool {
	if x, ok := text(a); ok {
		y, ok := text(b)
		return ok && bytes.Equal(x, y)
	}
	if x, ok := integer(a); ok {
		if y, ok := integer(b); ok {
			return x == y
		}
		y, ok := float(b)
		return ok && float64(x) == y
	}
	if x, ok := float(a); ok {
		if y, ok := float(b); ok {
			return x == y
		}
		y, ok := integer(b)
		return ok && x == float64(y)
	}
	switch x := a.(type) {
	case nil:
		return b == nil
	case bool:
		return a == b
	case wire.Decimal:
		return a == b
	case wire.Table:
		y, ok := b.(wire.Table)
		return ok && canonical(x) == canonical(y)
	case []any:
		y, ok := b.([]any)
		return ok && canonical(wire.Table{"": x}) == canonical(wire.Table{"": y})
	}
	return false
}

// exactlySame compares what a binding asks for with what a message has as Erlang's =:= does: no whole number is
// one with a fraction. The message's time is then in milliseconds (mc_amqpl:routing_headers), the binding's still
// in seconds; within tables and arrays both are.
func exactlySame(want, have any) bool {
	if at, ok := have.(time.Time); ok {
		have = 1000 * at.Unix()
	}
	_, whole := integer(want)
	_, wholeToo := integer(have)
	return whole == wholeToo && sameValue(want, have)
}

func text(v any) ([]byte, bool) {
	switch x := v.(type) {
	case string:
		return []byte(x), true
	case []byte:
		return x, true
	}
	return nil, false
}

func float(v any) (float64, bool) {
	switch x := v.(type) {
	case float32:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

// integer takes what RabbitMQ keeps as an integer: numbers of all widths, and times as seconds.
func integer(v any) (int64, bool) {
	switch x := v.(type) {
	case int8:
		return int64(x), true
	case uint8:
		return int64(x), true
	case int16:
		return int64(x), true
	case uint16:
		return int64(x), true
	case int32:
		return int64(x), true
	case uint32:
		return int64(x), true
	case int64:
		return x, true
	case uint64:
		return int64(x), true
	case int:
		return int64(x), true
	case uint:
		return int64(x), true
	case time.Time:
		return x.Unix(), true
	}
	return 0, false
}
