package glob_test

import (
	"strings"
	"testing"
	"time"

	"bustop/backends/demo/redisd/internal/glob"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything\n", true},
		{"h?llo", "hello", true},
		{"h?llo", "hllo", false},
		{"h[ae]llo", "hallo", true},
		{"h[ae]llo", "hillo", false},
		{"h[^e]llo", "hallo", true},
		{"h[^e]llo", "hello", false},
		{"h[a-c]llo", "hbllo", true},
		{"h[c-a]llo", "hbllo", true},
		{"h[a-c]llo", "hdllo", false},
		{`h[\]]`, "h]", true},
		{`a\*b`, "a*b", true},
		{`a\*b`, "axb", false},
		{"a*b*c", "a1b2b3c", true},
		{"a*b*c", "a1b2b3", false},
		{"a**c", "ac", true},
		{"[abc", "b", true},
		{`a\`, `a\`, true},
		{"user:*:name", "user:1:2:name", true},
	} {
		if got := glob.Match(c.pattern, c.name); got != c.want {
			t.Errorf("Match(%q, %q) = %v", c.pattern, c.name, got)
		}
	}
	if !glob.MatchFold("MAX*", "maxmemory") {
		t.Error("MatchFold minds the case")
	}
}

func TestMatchIsQuick(t *testing.T) {
	start := time.Now()
	glob.Match(strings.Repeat("a*", 500)+"b", strings.Repeat("a", 5000))
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a[b-", "ab")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if glob.Match("*", name) != true {
			t.Error("* does not match")
		}
		glob.Match(pattern, name)
	})
}
