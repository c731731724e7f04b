package routing

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Topic reports whether a topic exchange's pattern takes a routing key: words between dots, "*" for one
// word, "#" for any number of them. The empty key has no words.
func Topic(pattern, key string) bool {
	// at[i] says that the pattern so far may have taken the first i words.
	words := split(key)
	at := make([]bool, len(words)+1)
	at[0] = true
	for _, p := range split(pattern) {
		if p == "#" {
			for i := range words {
				at[i+1] = at[i+1] || at[i]
			}
			continue
		}
		for i := len(words); i > 0; i-- {
			at[i] = at[i-1] && (p == "*" || p == words[i-1])
		}
		at[0] = false
	}
	return at[len(words)]
}

func split(key string) []string {
	if key == "" {
		return nil
	}
	return strings.Split(key, ".")
}

// Headers reports whether a headers exchange's binding with these arguments takes a message with these
// headers. A value of nil asks only that the header is there; arguments that begin with "x-" are compared
// only by all-with-x and any-with-x. Where numbers are exact 1 and 1.0 are two values.
func Headers(arguments, headers map[string]any, exact bool) bool {
	kind, _ := arguments["x-match"].(string)
	anyOf := strings.TrimSuffix(kind, "-with-x") == "any"
	for name, want := range arguments {
		if !compared(name, kind) {
			continue
		}
		have, there := headers[name]
		if matches := there && (want == nil || same(want, have, exact)); matches == anyOf {
			return anyOf
		}
	}
	return !anyOf
}

// compared reports whether a binding's argument of that name is compared, under its x-match.
func compared(name, kind string) bool {
	return name != "x-match" && (strings.HasSuffix(kind, "-with-x") || !strings.HasPrefix(name, "x-"))
}

// comparesHeaders reports whether there are headers for which a binding with these arguments takes a message
// and others for which it does not.
func comparesHeaders(arguments map[string]any) bool {
	kind, _ := arguments["x-match"].(string)
	for name := range arguments {
		if compared(name, kind) {
			return true
		}
	}
	return false
}

// same compares values as Erlang's == does, numbers by value whatever their type, or where it is exact as =:= does,
// for which a whole number is never one with a fraction.
func same(a, b any, exact bool) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x.equal(y) && (!exact || x.whole == y.whole)
	}
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case nil:
		return b == nil
	case []any:
		return sameLists(x, b, exact)
	case map[string]any:
		return sameTables(x, b, exact)
	}
	return false
}

func sameLists(x []any, b any, exact bool) bool {
	y, ok := list(b)
	if !ok || len(x) != len(y) {
		return false
	}
	for i := range x {
		if !same(x[i], y[i], exact) {
			return false
		}
	}
	return true
}

func sameTables(x map[string]any, b any, exact bool) bool {
	y, ok := b.(map[string]any)
	if !ok || len(x) != len(y) {
		return false
	}
	for name := range x {
		if have, there := y[name]; !there || !same(x[name], have, exact) {
			return false
		}
	}
	return true
}

// list takes both forms in which lists come here.
func list(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case []string:
		out := make([]any, len(v))
		for i := range v {
			out[i] = v[i]
		}
		return out, true
	}
	return nil, false
}

// figure is a number: whole where it can be, so that large ones are compared exactly.
type figure struct {
	n     int64
	f     float64
	whole bool
}

func (x figure) equal(y figure) bool {
	if x.whole && y.whole {
		return x.n == y.n
	}
	return x.f == y.f
}

func number(v any) (figure, bool) {
	switch v := v.(type) {
	case int64:
		return figure{n: v, f: float64(v), whole: true}, true
	case float64:
		return figure{f: v}, true
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return figure{n: n, f: float64(n), whole: true}, true
		}
		f, err := strconv.ParseFloat(string(v), 64)
		return figure{f: f}, err == nil
	}
	return figure{}, false
}
