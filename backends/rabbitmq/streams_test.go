package rabbitmq

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

func TestReadStream(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	want := numbered(300)
	w.queue("s", amqp.Table{"x-queue-type": "stream"})
	start := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	for _, b := range want {
		_, err := w.ch.PublishWithDeferredConfirm("", "s", false, false, amqp.Publishing{Body: []byte(b)})
		w.must(err)
	}
	w.seen("s", 300)
	for _, c := range []struct {
		from string
		n    int
		want []string
	}{
		{"first", 5, want[:5]},
		{"first", 250, want[:250]},
		{"last", 3, want[297:]},
		{"last", 280, want[20:]},
		{"last", 1000, want},
		{"100", 2, want[100:102]},
		{"299", 10, want[299:]},
		{start, 4, want[:4]},
		{"5000", 3, nil},
		{"1h", 4, want[:4]},
		{"7D", 4, want[:4]},
	} {
		got, err := s.ReadStream(ctxFor(t), "s", c.from, c.n)
		if err != nil || !slices.Equal(bodies(got), c.want) {
			t.Errorf("%s, %d: %d messages, %v", c.from, c.n, len(got), err)
			continue
		}
		for i, m := range got {
			if i > 0 && position(m) != position(got[i-1])+1 || header(m, offsetHeader) != "" {
				t.Errorf("%s: position %s at %d", c.from, m.Position, i)
			}
		}
	}
	if _, err := s.ReadStream(ctxFor(t), "s", "yesterday", 1); backends.ReasonOf(err) != backends.BadUsage {
		t.Errorf("a bad position: %v", err)
	}
	if page, err := s.ListQueues(ctxFor(t), backends.Query{Complete: true}); err != nil || len(page.Items) != 0 {
		t.Errorf("streams among the queues: %+v, %v", page, err)
	}
	page, err := s.ListStreams(ctxFor(t), backends.Query{Complete: true})
	if err != nil || len(page.Items) != 1 || page.Items[0].Length != backends.ExactCount(300) || page.Items[0].Groups != nil {
		t.Errorf("streams: %+v, %v", page, err)
	}
}

// TestStreamIsReadBackwards: page by page to the beginning.
func TestStreamIsReadBackwards(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		want := numbered(25)
		w.queue("s", amqp.Table{"x-queue-type": "stream"}, want...)
		for _, c := range []struct {
			before string
			n      int
			want   []string
		}{{"25", 10, want[15:]}, {"15", 10, want[5:15]}, {"5", 10, want[:5]}, {"0", 10, nil}, {"1", 1, want[:1]}} {
			got, err := s.ReadStreamBefore(ctxFor(t), "s", c.before, c.n)
			if err != nil || !slices.Equal(bodies(got), c.want) {
				t.Errorf("before %s: %q, %v", c.before, bodies(got), err)
			}
		}
		if _, err := s.ReadStreamBefore(ctxFor(t), "s", "2026-01-31T12:00:00Z", 1); backends.ReasonOf(err) != backends.BadUsage {
			t.Errorf("before a time: %v", err)
		}
	})
}

// TestStreamTailFrom: what was there before comes first, from where it was asked for.
func TestStreamTailFrom(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		want := numbered(25)
		w.queue("s", amqp.Table{"x-queue-type": "stream"}, want...)
		for from, first := range map[string]int{"first": 0, "20": 20, "1h": 0, time.Now().Add(-time.Hour).Format(time.RFC3339): 0} {
			tail, err := s.TailStreamFrom(context.Background(), "s", from)
			w.must(err)
			defer tail.Close()
			testkit.Eventually(t, "all came from "+from, func() bool { return int(tail.Ring.Stats().Seen()) >= len(want)-first })
			if got, _ := tail.Ring.Last(100); !slices.Equal(bodies(got), want[first:]) {
				t.Errorf("from %s: %q", from, bodies(got))
			}
		}
		for _, from := range []string{"yesterday", "5 minutes", "1h30m", "-1"} {
			if _, err := s.TailStreamFrom(ctxFor(t), "s", from); backends.ReasonOf(err) != backends.BadUsage {
				t.Errorf("from %q: %v", from, err)
			}
		}
	})
}

// TestStreamsOnly: a consumer on any other queue would take messages.
func TestStreamsOnly(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("q", nil, "m1")
	if _, err := s.ReadStream(ctxFor(t), "q", "first", 1); !isRefused(err) {
		t.Errorf("read: %v", err)
	}
	if _, err := s.TailStream(ctxFor(t), "q"); !isRefused(err) {
		t.Errorf("tail: %v", err)
	}
	if got := w.drain("q", 1); len(got) != 1 {
		t.Errorf("after trying: %v", got)
	}
}

// TestStreamTail: it begins at the end, and ends with the stream.
func TestStreamTail(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	w.queue("s", amqp.Table{"x-queue-type": "stream"}, "before")
	tail, err := s.TailStream(context.Background(), "s")
	w.must(err)
	defer tail.Close()
	testkit.Eventually(t, "live", func() bool { return tail.State().State == backends.Live })
	w.publish("", "s", "one")
	testkit.Eventually(t, "one", func() bool { return tail.Ring.Stats().Seen() == 1 })
	last, _ := tail.Ring.Last(1)
	if fmt.Sprint(bodies(last)) != "[one]" || last[0].Position != "1" {
		t.Errorf("first seen: %+v", last)
	}
	w.queueGone(tail)
}

// queueGone deletes the stream: the tail ends and says so.
func (w *world) queueGone(tail *backends.Tail) {
	w.t.Helper()
	_, err := w.ch.QueueDelete("s", false, false, false)
	w.must(err)
	<-tail.Done()
	last, _ := tail.Ring.Last(1)
	if tail.State().State != backends.Down || tail.State().Err == nil || !strings.Contains(last[0].Gap, "deleted") {
		w.t.Errorf("state %+v, mark %+v", tail.State(), last)
	}
}
