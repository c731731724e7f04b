package broker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bustop/backends/demo/rabbitd/wire"
)

const (
	argType    = "x-queue-type"
	argSegment = "x-stream-max-segment-size-bytes"
	// largestSegment bounds argSegment.
	largestSegment = 3_000_000_000
)

// queueType is the type of queue that the arguments ask for.
func queueType(args wire.Table) string {
	if kind, ok := args[argType].(string); ok {
		return kind
	}
	return Classic
}

// rule checks one argument; check returns what is wrong in Erlang's notation, or nothing.
type rule struct {
	name  string
	check func(value any, args wire.Table) string
}

// checkArguments applies the rules for the arguments that a type of queue knows, and refuses those
// that only other types know.
func checkArguments(where, kind string, args wire.Table, rules []rule, known, all []string) *Error {
	for _, r := range rules {
		value, there := args[r.name]
		if !there || !slices.Contains(known, r.name) {
			continue
		}
		switch wrong := r.check(value, args); wrong {
		case "":
		case crashes:
			return NewError(InternalError, "")
		default:
			return NewError(PreconditionFailed, "invalid arg '%s' for %s: %s", r.name, where, wrong)
		}
	}
	for _, name := range sortedNames(args) {
		if slices.Contains(all, name) && !slices.Contains(known, name) {
			return NewError(PreconditionFailed, "invalid arg '%s' for %s of queue type %s", name, where, kind)
		}
	}
	return nil
}

func sortedNames(t wire.Table) []string {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// queueArguments are the arguments that a type of queue knows
// (https://www.rabbitmq.com/docs/queues#optional-arguments).
func queueArguments(kind string) []string {
	switch kind {
	case Quorum:
		return []string{
			"x-dead-letter-exchange", "x-dead-letter-routing-key", "x-dead-letter-strategy", "x-expires", "x-max-length",
			"x-max-length-bytes", "x-max-in-memory-length", "x-max-in-memory-bytes", "x-overflow", "x-single-active-consumer",
			argType, "x-quorum-initial-group-size", "x-delivery-limit", "x-message-ttl", "x-queue-leader-locator",
		}
	case Stream:
		return []string{
			"x-max-length-bytes", argType, "x-max-age", argSegment, "x-initial-cluster-size", "x-queue-leader-locator",
		}
	}
	return []string{
		"x-expires", "x-message-ttl", "x-dead-letter-exchange", "x-dead-letter-routing-key", "x-max-length",
		"x-max-length-bytes", "x-max-priority", "x-overflow", "x-queue-mode", "x-queue-version", "x-single-active-consumer",
		argType, "x-queue-master-locator",
	}
}

func checkQueueArguments(where string, args wire.Table) *Error {
	typeRule := []rule{{argType, oneOf("queue type", Classic, Quorum, Stream)}}
	if e := checkArguments(where, "", args, typeRule, []string{argType}, nil); e != nil {
		return e
	}
	kind := queueType(args)
	all := slices.Concat(queueArguments(Classic), queueArguments(Quorum), queueArguments(Stream))
	return checkArguments(where, kindName(kind), args, []rule{
		{"x-expires", checkExpires},
		{"x-message-ttl", checkMessageTTL},
		{"x-dead-letter-exchange", checkText},
		{"x-dead-letter-routing-key", checkDeadKey},
		{"x-dead-letter-strategy", choice("invalid_dlx_strategy", "at-most-once", "at-least-once")},
		{"x-max-length", checkNonNegative},
		{"x-max-length-bytes", checkNonNegative},
		{"x-max-in-memory-length", checkNonNegative},
		{"x-max-in-memory-bytes", checkNonNegative},
		{"x-max-priority", checkMaxPriority},
		{"x-overflow", choice("invalid_overflow", dropHead, rejectPublish, rejectPublishDLX)},
		{"x-queue-mode", oneOf("queue mode", "default", "lazy")},
		{"x-queue-version", checkVersion},
		{"x-single-active-consumer", checkBool},
		{"x-quorum-initial-group-size", checkPositive},
		{"x-max-age", checkMaxAge},
		{argSegment, checkNonNegative},
		{"x-initial-cluster-size", checkPositive},
		{"x-queue-master-locator", checkLocator},
		{"x-queue-leader-locator", choice("invalid_queue_locator_arg", "client-local", "balanced", "random", "least-leaders")},
	}, queueArguments(kind), all)
}

// whole reads an argument of an integer type; times and decimals are not.
func whole(value any) (n int64, wrong string) {
	if typeClass(value) != "int" || fieldType(value) == "decimal" {
		return 0, quoted("expected integer, got " + fieldType(value))
	}
	n, _ = integer(value)
	return n, ""
}

func unacceptable(value any) string { return "{unacceptable_type," + fieldType(value) + "}" }

func checkInt(value any, _ wire.Table) string {
	_, wrong := whole(value)
	return wrong
}

func checkBool(value any, _ wire.Table) string {
	if _, ok := value.(bool); !ok {
		return unacceptable(value)
	}
	return ""
}

func checkText(value any, _ wire.Table) string {
	if _, ok := value.(string); !ok {
		return unacceptable(value)
	}
	return ""
}

func checkNonNegative(value any, _ wire.Table) string {
	n, wrong := whole(value)
	if wrong == "" && n < 0 {
		return fmt.Sprintf("{value_negative,%d}", n)
	}
	return wrong
}

func checkPositive(value any, args wire.Table) string {
	wrong := checkNonNegative(value, args)
	if n, _ := integer(value); wrong == "" && n == 0 {
		return "{value_zero,0}"
	}
	return wrong
}

func checkExpires(value any, _ wire.Table) string {
	n, wrong := whole(value)
	switch {
	case wrong != "":
		return wrong
	case n == 0:
		return "{value_zero,0}"
	}
	return checkTTL(n)
}

func checkMessageTTL(value any, _ wire.Table) string {
	n, wrong := whole(value)
	if wrong != "" {
		return wrong
	}
	return checkTTL(n)
}

func checkMaxPriority(value any, args wire.Table) string {
	wrong := checkNonNegative(value, args)
	if n, _ := integer(value); wrong == "" && n > 255 {
		return fmt.Sprintf("{max_value_exceeded,%d}", n)
	}
	return wrong
}

func checkVersion(value any, args wire.Table) string {
	wrong := checkNonNegative(value, args)
	if n, _ := integer(value); wrong == "" && n != 1 && n != 2 {
		return quoted(fmt.Sprintf("unsupported queue version '%d'", n))
	}
	return wrong
}

func checkDeadKey(value any, args wire.Table) string {
	if _, ok := value.(string); !ok {
		return unacceptable(value)
	}
	if _, there := args["x-dead-letter-exchange"]; !there {
		return "routing_key_but_no_dlx_defined"
	}
	return ""
}

// choice accepts some texts and answers others with a word.
func choice(wrong string, values ...string) func(any, wire.Table) string {
	return func(value any, _ wire.Table) string {
		s, ok := value.(string)
		switch {
		case !ok:
			return unacceptable(value)
		case !slices.Contains(values, s):
			return wrong
		}
		return ""
	}
}

// oneOf accepts some texts and answers others with a sentence.
func oneOf(what string, values ...string) func(any, wire.Table) string {
	return func(value any, _ wire.Table) string {
		s, ok := value.(string)
		switch {
		case !ok:
			return unacceptable(value)
		case !slices.Contains(values, s):
			return quoted(fmt.Sprintf("unsupported %s '%s'", what, s))
		}
		return ""
	}
}

// crashes marks a value on which RabbitMQ 3.10 fails with an internal error.
const crashes = "crashes"

func checkLocator(value any, _ wire.Table) string {
	if s, ok := value.(string); ok && slices.Contains([]string{"min-masters", "client-local", "random"}, s) {
		return ""
	}
	return crashes
}

func checkMaxAge(value any, _ wire.Table) string {
	s, ok := value.(string)
	switch {
	case !ok:
		return unacceptable(value)
	case strings.TrimLeft(s, "0123456789") == s:
		return crashes
	}
	if _, ok := parseAge(s); !ok {
		return "invalid_max_age"
	}
	return ""
}

// parseAge reads a number with the unit Y, M, D, h, m or s as milliseconds.
func parseAge(s string) (int64, bool) {
	rest := strings.TrimLeft(s, "0123456789")
	n, err := strconv.ParseInt(s[:len(s)-len(rest)], 10, 32)
	units := map[string]int64{"Y": 365 * 86400, "M": 30 * 86400, "D": 86400, "h": 3600, "m": 60, "s": 1}
	unit, known := units[rest]
	if err != nil || n <= 0 || !known {
		return 0, false
	}
	return n * unit * 1000, true
}
