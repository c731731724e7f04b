package messages_test

import (
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/views/messages"
	"bustop/views/viewtest"
)

// TestCallsOfAFlow: requests and replies that are seen in one flow are counted as calls.
func TestCallsOfAFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		tail := flow(t)
		defer tail.Close()
		s := messages.New(d, messages.Options{Title: "x", Tail: tail})
		ask := func(id, replyTo string, after time.Duration) backends.Message {
			m := backends.Message{Time: viewtest.Start().Add(after), TimeReceived: true, Headers: []backends.Field{{Name: "correlation-id", Value: []byte(id)}}}
			if replyTo != "" {
				m.Headers = append(m.Headers, backends.Field{Name: "reply-to", Value: []byte(replyTo)})
			}
			return m
		}
		tail.Ring.Add(ask("1", "answers", 0), ask("2", "answers", 0))
		s.Sync(d.Now())
		if text := screenText(s); len(text) == 0 || viewtest.Has(s, "answered") {
			t.Errorf("calls before any was answered:\n%s", text)
		}
		tail.Ring.Add(ask("1", "", 12*time.Millisecond))
		s.Sync(d.Now())
		expect(t, s, "1 call answered in 12.0ms, 1 open")
	})
}
