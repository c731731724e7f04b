package messages_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/views/messages"
	"bustop/views/viewtest"
)

// called is a request, or without an address for the reply a reply.
func called(id, replyTo string, after time.Duration) backends.Message {
	m := backends.Message{
		Time: viewtest.Start().Add(after), TimeReceived: true, Body: []byte("body " + id + replyTo),
		Headers: []backends.Field{{Name: "correlation-id", Value: []byte(id)}},
	}
	if replyTo != "" {
		m.Headers = append(m.Headers, backends.Field{Name: "reply-to", Value: []byte(replyTo)})
	}
	return m
}

// TestCallsOfAFlow: requests and replies that are seen in one flow are counted as calls.
func TestCallsOfAFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := viewtest.Deps(t, true)
		tail := flow(t)
		defer tail.Close()
		s := messages.New(d, messages.Options{Title: "x", Tail: tail})
		tail.Ring.Add(called("1", "answers", 0), called("2", "answers", 0))
		s.Sync(d.Now())
		if text := screenText(s); len(text) == 0 || viewtest.Has(s, "answered") {
			t.Errorf("calls before any was answered:\n%s", text)
		}
		tail.Ring.Add(called("1", "", 12*time.Millisecond))
		s.Sync(d.Now())
		expect(t, s, "1 call answered in 12.0ms, 1 open")
	})
}

// TestPairsOfCalls: requests and replies are marked on their rows, and a key goes from the one to the other.
func TestPairsOfCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true)
		tail := flow(t)
		defer tail.Close()
		s := messages.New(d, messages.Options{Title: "x", Tail: tail})
		tail.Ring.Add(backends.Message{Time: d.Now(), Body: []byte("no call")})
		s.Sync(d.Now())
		if viewtest.Has(s, "REPLY") {
			t.Error("a column without calls")
		}
		tail.Ring.Add(
			called("1", "answers", 0), called("2", "answers", 0), called("3", "amq.rabbitmq.reply-to.x", 0), called("9", "", 0),
			called("1", "", 12*time.Millisecond),
		)
		s.Sync(viewtest.Start().Add(14 * time.Second))
		expect(t, s, "REPLY", "▸ 12.0ms", "◂ 12.0ms", "▸ none 14s", "▸ aside", "1 call answered in 12.0ms, 2 open")
		selected := func(want string) {
			t.Helper()
			if m, ok := s.Selected(); !ok || string(m.Body) != want {
				t.Errorf("%q is selected, want %q", m.Body, want)
			}
		}
		viewtest.Press(t, nav, s, "m")
		selected("body 1answers")
		viewtest.Press(t, nav, s, "m")
		selected("body 1")
		for _, want := range []string{"neither a request nor a reply", "goes straight to the requester's channel", "no reply has been seen here"} {
			viewtest.Press(t, nav, s, "up", "m")
			if last := nav.Toasts[len(nav.Toasts)-1]; !strings.Contains(last, want) {
				t.Errorf("said %q, want %q", last, want)
			}
		}
		viewtest.Press(t, nav, s, "end", "/", "!", "a", "n", "s", "w", "e", "r", "s", "enter", "end", "m")
		selected("body 1")
		if last := nav.Toasts[len(nav.Toasts)-1]; !strings.Contains(last, "the filter hides") {
			t.Errorf("said %q", last)
		}
	})
}

// TestPairsOfCopies: copies stand still, and their publishers stamp whole seconds.
func TestPairsOfCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true)
		all := []backends.Message{called("1", "answers", 0), called("1", "", 0), called("2", "answers", 0), called("2", "", 3*time.Second), called("4", "answers", 0)}
		for i := range all {
			all[i].TimeReceived = false
		}
		s := messages.New(d, messages.Options{Title: "x", History: all, Taken: d.Now()})
		s.Sync(d.Now().Add(time.Hour))
		expect(t, s, "▸ <1s", "◂ ~3.00s", "▸ none", "2 calls answered")
		viewtest.Press(t, nav, s, "m")
		if m, _ := s.Selected(); string(m.Body) != "body 1" {
			t.Errorf("%q is selected", m.Body)
		}
		viewtest.Press(t, nav, s, "end", "m")
		if last := nav.Toasts[len(nav.Toasts)-1]; last != "no reply is among these messages" {
			t.Errorf("said %q", last)
		}
	})
}
