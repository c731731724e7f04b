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
		n := uint64(i + 1)
		got := c.See(n, step.m)
		if reply := got != nil && got.Reply == n; reply != step.reply || reply && got.Took != step.took {
			t.Errorf("message %d: %+v", i, got)
		}
	}
	want := CallStats{Answered: 4, Open: 1, Median: Span{Value: 2 * time.Second, Certainty: About}}
	if got := c.Stats(); got != want {
		t.Errorf("%+v", got)
	}
}

// TestCallsOfTheFirehose: it copies each message when it is published and once more when it is delivered.
func TestCallsOfTheFirehose(t *testing.T) {
	traced := func(how, id, replyTo string, at time.Duration) Message {
		m := call(id, replyTo, at, true)
		m.Headers = append(m.Headers, Field{Name: "firehose", Value: []byte(how)})
		return m
	}
	const direct = "amq.rabbitmq.reply-to.g1h"
	var c Calls
	for i, step := range []struct {
		m              Message
		request, reply uint64 // 0, 0 is no call
	}{
		{traced("published by a", "1", direct, 0), 1, 0},
		{traced("delivered from queue q", "1", direct, time.Millisecond), 1, 0},
		{traced("published by b", "1", "", 4*time.Millisecond), 1, 3},
		{traced("delivered from queue answers", "1", "", 5*time.Millisecond), 1, 3},
		{traced("delivered from queue q", "1", direct, 6*time.Millisecond), 1, 3},
		{traced("published by b", "1", "", 7*time.Millisecond), 0, 0},       // a second reply
		{traced("published by a", "1", direct, 8*time.Millisecond), 7, 0},   // the same id for another call
		{traced("delivered from queue q", "2", "", time.Millisecond), 0, 0}, // nobody asked
	} {
		got := c.See(uint64(i+1), step.m)
		if (got == nil) != (step.request == 0) || got != nil && (got.Request != step.request || got.Reply != step.reply || got.Aside) {
			t.Errorf("message %d: %+v", i+1, got)
		}
	}
	if got := c.Stats(); got.Answered != 1 || got.Open != 1 || got.Median != ExactSpan(4*time.Millisecond) {
		t.Errorf("%+v", got)
	}
	if got := c.See(9, call("3", direct, 0, true)); got == nil || !got.Aside { // of a tap
		t.Errorf("%+v", got)
	}
}

// TestCallsAreBounded: requests are forgotten, the oldest first.
func TestCallsAreBounded(t *testing.T) {
	var c Calls
	for i := range callsKept + 10 {
		c.See(uint64(i), call(strconv.Itoa(i), "answers", 0, true))
	}
	if got := c.See(1, call("5", "", 0, true)); got != nil || c.Stats().Open != callsKept {
		t.Errorf("%+v, %+v", got, c.Stats())
	}
	for i := range 3 * callsKept {
		id := "again " + strconv.Itoa(i)
		c.See(uint64(2*i), call(id, "answers", 0, true))
		c.See(uint64(2*i+1), call(id, "", time.Millisecond, true))
	}
	if len(c.order) != callsKept || len(c.latest) != callsKept || len(c.timed) != callsTimed || c.Stats().Open != 0 {
		t.Errorf("%d and %d remembered, %d timed, %+v", len(c.order), len(c.latest), len(c.timed), c.Stats())
	}
}
