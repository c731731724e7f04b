package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestJoinAddress(t *testing.T) {
	for in, want := range map[string]string{
		"--otlp 127.0.0.1:4318 redis://h":   "--otlp=127.0.0.1:4318 redis://h",
		"demo --otlp :4318":                 "demo --otlp=:4318",
		"--otlp redis://h:6379":             "--otlp redis://h:6379",
		"--otlp [::1]:4318":                 "--otlp=[::1]:4318",
		"--otlp":                            "--otlp",
		"--otlp=1.2.3.4:5 localhost:1":      "--otlp=1.2.3.4:5 localhost:1",
		"--otlp localhost:http":             "--otlp localhost:http",
		"get queues --context a:1 --otlp x": "get queues --context a:1 --otlp x",
	} {
		if got := joinAddress(strings.Fields(in)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
}
