package backends

import (
	"strconv"
	"testing"
	"time"
)

func call(id, replyTo string, at time.Duration, received bool) Message {
	m := Message{Time: time.Unix(1000, 0).Add(at), TimeReceived: received}
	for name, value := range map[string]string{"correlation-id": id, "reply-to": replyTo} {
		if value != "" {
			m.Headers = append(m.Headers, Field{Name: name, Value: []byte(value)})
		}
	}
	return m
}

func TestCalls(t *testing.T) {
	const direct = "amq.rabbitmq.reply-to.g1h"
	var c Calls
	for i, step := range []struct {
		m     Message
		reply bool
		took  Span
	}{
		{m: call("1", direct, 0, true)},
		{m: call("2", "answers", time.Millisecond, true)},
		{m: call("1", direct, 2*time.Millisecond, true)}, // a copy
		{m: call("", "", 3*time.Millisecond, true)},
		{m: call("9", "", 3*time.Millisecond, true)}, // nobody asked
		{m: call("1", "", 5*time.Millisecond, true), reply: true, took: ExactSpan(5 * time.Millisecond)},
		{m: call("1", "", 6*time.Millisecond, true)}, // answered already
		{m: call("2", "", 8*time.Second, false), reply: true},
		{m: call("3", "answers", time.Second, false)},
		{m: call("3", "", 3*time.Second, false), reply: true, took: Span{Value: 2 * time.Second, Certainty: About}},
		{m: call("4", "answers", 2*time.Second, false)},
		{m: call("4", "", time.Second, false), reply: true}, // the clocks disagree
		{m: call("5", "answers", 0, true)},
	} {
		if _, took, reply := c.See(step.m); reply != step.reply || took != step.took {
			t.Errorf("message %d: %v, %+v", i, reply, took)
		}
	}
	want := CallStats{Answered: 4, Open: 1, Median: Span{Value: 2 * time.Second, Certainty: About}}
	if got := c.Stats(); got != want {
		t.Errorf("%+v", got)
	}
}

// TestCallsAreBounded: requests that nobody answers are forgotten, the oldest first.
func TestCallsAreBounded(t *testing.T) {
	var c Calls
	for i := range callsOpen + 10 {
		c.See(call(strconv.Itoa(i), "answers", 0, true))
	}
	if _, _, reply := c.See(call("5", "", 0, true)); reply || c.Stats().Open != callsOpen {
		t.Errorf("%v, %+v", reply, c.Stats())
	}
	for i := range 3 * callsOpen {
		id := "again " + strconv.Itoa(i)
		c.See(call(id, "answers", 0, true))
		c.See(call(id, "", time.Millisecond, true))
	}
	if len(c.order) > 2*callsOpen || len(c.timed) != callsTimed {
		t.Errorf("%d remembered, %d timed", len(c.order), len(c.timed))
	}
}
