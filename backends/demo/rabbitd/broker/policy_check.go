package broker

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
)

// validatePolicy checks a policy and compiles its pattern.
func validatePolicy(w Policy) (*pattern, error) {
	failed := func(format string, args ...any) error {
		return errors.New("Validation failed\n\n" + fmt.Sprintf(format, args...) + "\n")
	}
	names, err := newPattern(w.Pattern)
	if w.Pattern == "" {
		names = &pattern{any: true}
	}
	switch {
	case err != nil:
		return nil, failed("pattern should be regular expression but is invalid: %s", patternError(w.Pattern, err))
	case w.ApplyTo != "all" && w.ApplyTo != "queues" && w.ApplyTo != "exchanges":
		return nil, failed("apply-to '%s' unrecognised; should be 'queues', 'exchanges' or 'all'", w.ApplyTo)
	case len(w.Definition) == 0:
		return nil, failed("no policy provided")
	}
	known := policySettings(w.Operator)
	var extra []string
	for _, name := range sortedNames(w.Definition) {
		if !slices.Contains(known, name) {
			extra = append(extra, "{"+term(name)+","+jsonTerm(w.Definition[name])+"}")
		}
	}
	if extra != nil {
		return nil, failed("[%s] are not recognised policy settings", strings.Join(extra, ",\n "))
	}
	for _, name := range sortedNames(w.Definition) {
		if wrong := checkSetting(name, w.Definition[name]); wrong != "" {
			return nil, failed("%s %s", jsonTerm(w.Definition[name]), wrong)
		}
	}
	return names, nil
}

// patternError says what is wrong with a regular expression and where, in the words of PCRE.
func patternError(text string, err error) string {
	var wrong *syntax.Error
	if !errors.As(err, &wrong) {
		return "{" + quoted(err.Error()) + ",0}"
	}
	at := max(0, strings.LastIndex(text, wrong.Expr))
	what := string(wrong.Code)
	switch wrong.Code {
	case syntax.ErrMissingParen:
		what, at = "missing )", len(text)
	case syntax.ErrMissingBracket:
		what, at = "missing terminating ] for character class", len(text)
	case syntax.ErrUnexpectedParen:
		what, at = "unmatched parentheses", strings.LastIndex(text, ")")
	case syntax.ErrMissingRepeatArgument:
		what = "nothing to repeat"
	case syntax.ErrTrailingBackslash:
		what, at = `\ at end of pattern`, len(text)
	default: // in the words of Go
	}
	return fmt.Sprintf("{%s,%d}", quoted(what), at)
}

// jsonTerm writes a value from JSON in Erlang's notation.
func jsonTerm(v any) string {
	switch x := v.(type) {
	case nil:
		return "null"
	case []any:
		parts := make([]string, len(x))
		for i, e := range x {
			parts[i] = jsonTerm(e)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		parts := make([]string, 0, len(x))
		for _, name := range sortedNames(x) {
			parts = append(parts, term(name)+" => "+jsonTerm(x[name]))
		}
		return "#{" + strings.Join(parts, ",") + "}"
	}
	return term(v)
}

func policySettings(operator bool) []string {
	numbers := []string{
		"expires", "message-ttl", "max-length", "max-length-bytes", "max-in-memory-length", "max-in-memory-bytes",
		"delivery-limit",
	}
	if operator {
		return numbers
	}
	return append(numbers, "alternate-exchange", "dead-letter-exchange", "dead-letter-routing-key", "dead-letter-strategy",
		"queue-mode", "queue-version", "overflow", "max-age", "stream-max-segment-size-bytes", "queue-leader-locator",
		"initial-cluster-size", "queue-master-locator", "ha-mode", "ha-params", "ha-sync-mode", "ha-sync-batch-size",
		"ha-promote-on-shutdown", "ha-promote-on-failure")
}

// checkSetting returns what is wrong with a setting, or nothing.
func checkSetting(name string, value any) string {
	is := func(values ...string) bool {
		s, ok := value.(string)
		return ok && (len(values) == 0 || slices.Contains(values, s))
	}
	number := func(least, most int64) bool {
		n, ok := value.(int64)
		return ok && n >= least && n <= most
	}
	const most = 1<<63 - 1
	checks := map[string]struct {
		ok    func() bool
		wrong string
	}{
		"alternate-exchange":      {func() bool { return is() }, "is not a valid alternate exchange name"},
		"dead-letter-exchange":    {func() bool { return is() }, "is not a valid dead letter exchange name"},
		"dead-letter-routing-key": {func() bool { return is() }, "is not a valid dead letter routing key"},
		"dead-letter-strategy": {
			func() bool { return is("at-most-once", "at-least-once") }, "is not a valid dead letter strategy",
		},
		"message-ttl":          {func() bool { return number(0, most) }, "is not a valid message TTL"},
		"expires":              {func() bool { return number(1, most) }, "is not a valid queue expiry"},
		"max-length":           {func() bool { return number(0, most) }, "is not a valid maximum length"},
		"max-length-bytes":     {func() bool { return number(0, most) }, "is not a valid maximum length in bytes"},
		"max-in-memory-length": {func() bool { return number(0, most) }, "is not a valid maximum memory in bytes"},
		"max-in-memory-bytes":  {func() bool { return number(0, most) }, "is not a valid maximum memory in bytes"},
		"queue-mode":           {func() bool { return is("default", "lazy") }, "is not a valid queue-mode value"},
		"queue-version":        {func() bool { return number(1, 2) }, "is not a valid queue-version value"},
		"overflow": {
			func() bool { return is(dropHead, rejectPublish, rejectPublishDLX) }, "is not a valid overflow value",
		},
		"delivery-limit": {func() bool { return number(0, most) }, "is not a valid delivery limit"},
		"max-age": {func() bool {
			s, ok := value.(string)
			if ok {
				_, ok = parseAge(s)
			}
			return ok
		}, "is not a valid max age"},
		"queue-leader-locator": {
			func() bool { return is("client-local", "balanced", "random", "least-leaders") },
			"is not a valid queue leader locator value",
		},
		"initial-cluster-size":          {func() bool { return number(0, most) }, "is not a valid cluster size"},
		"stream-max-segment-size-bytes": {func() bool { return number(0, largestSegment) }, "is not a valid segment size"},
	}
	if check, there := checks[name]; there && !check.ok() {
		return check.wrong
	}
	return ""
}
