package routing

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTopic(t *testing.T) {
	for _, c := range []struct {
		pattern, key string
		want         bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", false},
		{"#", "", true},
		{"#.#", "", true},
		{"*", "a", true},
		{"*", "a.b", false},
		{"a.*", "a.", true},
		{"a.*", "a", false},
		{"a.#", "a", true},
		{"a.#.b", "a.b", true},
		{"a.#.b", "a.x.y.b", true},
		{"a.#.b", "a.x.y", false},
		{"#.*", "", false},
		{"#.*", "a.b.c", true},
		{"*.#.*", "a", false},
		{"a*", "ab", false},
		{"#a", "a", false},
		{"#.z.#", "a.z.b", true},
		{"#.z.#", "a", false},
		{strings.Repeat("#.", 40) + "x", strings.Repeat("a.", 80) + "x", true},
		{strings.Repeat("#.", 40) + "x", strings.Repeat("a.", 80) + "y", false},
	} {
		if got := Topic(c.pattern, c.key); got != c.want {
			t.Errorf("%q takes %q: %v", c.pattern, c.key, got)
		}
	}
}

// TestTopicIsAPattern compares with a regular expression over words that are closed by dots.
func TestTopicIsAPattern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		patterns := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "*", "#"}), 1, 6).Draw(t, "pattern")
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 6).Draw(t, "key")
		parts := map[string]string{"*": `[^.]+\.`, "#": `([^.]+\.)*`, "a": `a\.`, "b": `b\.`}
		expression := "^"
		for _, p := range patterns {
			expression += parts[p]
		}
		want := regexp.MustCompile(expression + "$").MatchString(strings.Join(words, ".") + ".")
		if got := Topic(strings.Join(patterns, "."), strings.Join(words, ".")); got != want {
			t.Fatalf("%v takes %v: %v", patterns, words, got)
		}
	})
}

func TestHeaders(t *testing.T) {
	type table = map[string]any
	message := table{"a": int64(1), "b": "x", "x-c": true, "l": []string{"p"}, "t": table{"k": int64(2)}}
	for _, c := range []struct {
		arguments table
		want      bool
	}{
		{nil, true},
		{table{"x-match": "all"}, true},
		{table{"x-match": "any"}, false},
		{table{"x-match": "any-with-x"}, false},
		{table{"a": json.Number("1")}, true},
		{table{"a": json.Number("1.0")}, true},
		{table{"a": json.Number("2")}, false},
		{table{"a": "1"}, false},
		{table{"a": json.Number("1"), "b": "y"}, false},
		{table{"x-match": "any", "a": json.Number("1"), "b": "y"}, true},
		{table{"x-match": "any", "b": "y", "c": "z"}, false},
		{table{"a": nil}, true},
		{table{"z": nil}, false},
		{table{"x-c": false}, true},
		{table{"x-match": "any", "x-c": true}, false},
		{table{"x-match": "all-with-x", "x-c": true}, true},
		{table{"x-match": "all-with-x", "x-c": false}, false},
		{table{"x-match": "any-with-x", "x-c": true}, true},
		{table{"l": []any{"p"}}, true},
		{table{"l": []any{"p", "q"}}, false},
		{table{"t": table{"k": json.Number("2")}}, true},
		{table{"t": table{"k": json.Number("3")}}, false},
		{table{"a": json.Number("9007199254740993")}, false},
	} {
		if got := Headers(c.arguments, message, false); got != c.want {
			t.Errorf("%v: %v", c.arguments, got)
		}
	}
	for _, c := range []struct {
		arguments table
		want      bool
	}{
		{table{"a": json.Number("1")}, true},
		{table{"a": json.Number("1.0")}, false},
		{table{"f": json.Number("1.0")}, true},
		{table{"f": json.Number("1")}, false},
		{table{"l": []any{json.Number("2.0")}}, false},
		{table{"t": table{"k": json.Number("2.0")}}, false},
		{table{"t": table{"k": json.Number("2")}}, true},
	} {
		exact := table{"a": int64(1), "f": float64(1), "l": []any{int64(2)}, "t": table{"k": int64(2)}}
		if got := Headers(c.arguments, exact, true); got != c.want {
			t.Errorf("exactly %v: %v", c.arguments, got)
		}
		if !Headers(c.arguments, exact, false) {
			t.Errorf("by value %v does not match", c.arguments)
		}
	}
	large := table{"n": int64(9007199254740992)}
	if Headers(table{"n": json.Number("9007199254740993")}, large, false) {
		t.Error("large numbers are compared inexactly")
	}
}
