package spans

import (
	"fmt"
	"testing"
)

func TestTraceparent(t *testing.T) {
	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for text, want := range map[string]string{
		good: "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 true",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00":       "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 false",
		"cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03-later": "4bf92f3577b34da6a3ce929d0e0e4736 00f067aa0ba902b7 true",
		good + "-more": "",
		good[:54]:      "",
		good + "0":     "",
		"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": "",
		"00-00000000000000000000000000000000-00f067aa0ba902b7-01": "",
		"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01": "",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01": "",
		"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01": "",
		"": "",
	} {
		got := ""
		if c, ok := Traceparent([]byte(text)); ok {
			got = fmt.Sprint(c.TraceID(), " ", c.SpanID(), " ", c.IsSampled())
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { Traceparent([]byte(good)) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestLinksAreBounded(t *testing.T) {
	var l Links
	for i := range 100 {
		l.Add(fmt.Appendf(nil, "00-%032x-%016x-%02x", i+1, i+1, i%2))
	}
	if l.Add([]byte("nothing")); l.Found != 100 || len(l.List) != MaxLinks {
		t.Errorf("%d found, %d links", l.Found, len(l.List))
	}
}
