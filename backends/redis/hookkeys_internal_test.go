package redis

import (
	"testing"

	"bustop/backends"
	"bustop/backends/spans"
)

func TestTheKeyOfACommand(t *testing.T) {
	for _, c := range []struct {
		args []any
		want string
	}{
		{[]any{"GET", "user:1"}, "user:1"},
		{[]any{"ZSCORE", []byte("board"), "member"}, "board"},
		{[]any{"OBJECT", "ENCODING", "user:1"}, "user:1"},
		{[]any{"SCAN", "0", "MATCH", "typed*"}, ""},
		{[]any{"AUTH", "secret"}, ""},
		{[]any{"HELLO", "3", "AUTH", "user", "secret"}, ""},
		{[]any{"SET", "key", "value"}, ""},
		{[]any{"GET"}, ""},
	} {
		got := ""
		for _, a := range about(c.args[0].(string), c.args) {
			if a.Key == keyKey {
				got = a.Value.AsString()
			}
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.args, got, c.want)
		}
	}
}

func TestTheTraceOfAMessage(t *testing.T) {
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for text, want := range map[string]int{
		`{"traceparent":"` + parent + `"}`:               1,
		`{"a":{"traceparent" : "` + parent + `","b":1}}`: 1,
		`{"traceparent":17,"b":"` + parent + `"}`:        0,
		`{"traceparent":"` + parent:                      0,
		`"traceparent"`:                                  0,
		`traceparent ` + parent:                          0,
		``:                                               0,
	} {
		var links spans.Links
		traceparentIn(&backends.Message{Body: []byte(text)}, &links)
		if links.Found != want || len(links.List) != want {
			t.Errorf("%s: %d", text, links.Found)
		}
	}
	var links spans.Links
	traceparentIn(&backends.Message{Headers: []backends.Field{{Name: "Traceparent", Value: []byte(parent)}}}, &links)
	if links.Found != 1 {
		t.Error("a field is not found")
	}
}
