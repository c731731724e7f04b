package rabbitmq

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/rabbitmq/management"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// onBoth runs a test on the demo's broker and on a vhost of the real one.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		s, err := rabbitd.Start(rabbitd.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		w := &world{t: t, server: s, vhost: "/"}
		w.connect()
		t.Cleanup(func() { w.conn.Close() })
		test(t, w)
	})
	t.Run("real", func(t *testing.T) { test(t, newWorld(t)) })
}

// stuckWorker consumes queues on one connection and acknowledges nothing.
func (w *world) stuckWorker(client string, queues ...string) *amqp.Connection {
	w.t.Helper()
	properties := amqp.NewConnectionProperties()
	properties.SetClientConnectionName(client)
	conn, err := amqp.DialConfig(w.server.URL(), amqp.Config{Vhost: w.vhost, Properties: properties})
	w.must(err)
	w.t.Cleanup(func() { conn.Close() })
	for _, queue := range queues {
		ch, err := conn.Channel()
		w.must(err)
		w.must(ch.Qos(2, 0, false))
		_, err = ch.Consume(queue, "tag of "+queue, false, false, false, false, nil)
		w.must(err)
	}
	return conn
}

// TestTheFourQuestions: messages wait, there is a consumer and nothing happens: which consumer is it,
// why, since when, and is it only this queue?
func TestTheFourQuestions(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.manage(http.MethodPut, w.path("policies", "dead"), map[string]any{
			"pattern": "^(orders|audit)$", "definition": map[string]any{"dead-letter-exchange": "amq.fanout", "max-length": 500}, "apply-to": "queues",
		}, nil)
		w.manage(http.MethodPut, w.path("operator-policies", "ops"), map[string]any{
			"pattern": "^orders$", "definition": map[string]any{"message-ttl": 86400000}, "apply-to": "queues",
		}, nil)
		w.queue("orders", amqp.Table{"x-max-length": 1000, "x-overflow": "reject-publish"}, numbered(6)...)
		w.queue("refunds", nil, numbered(5)...)
		w.queue("audit", nil, numbered(4)...)
		w.queue("calm", nil)
		conn := w.stuckWorker("billing", "orders", "refunds", "calm")
		address := conn.LocalAddr().String()
		var d backends.QueueDetail
		testkit.Eventually(t, "all of it is there", func() bool {
			var err error
			d, err = s.DescribeQueue(ctxFor(t), "orders")
			w.must(err)
			s.describer.company.rows.until = time.Time{} // do not wait for the next round
			return d.Unacked.Value == 2 && len(d.Readers) == 1 && d.Readers[0].Unacked.Value == 2 && !d.Readers[0].Since.IsZero() &&
				len(d.Company) == 2 && d.Company[1].Consumers.Value == 1
		})
		r := d.Readers[0]
		if r.Client != "billing" || r.Address != address || r.Tag != "tag of orders" || r.User != "guest" || !r.Acks || !r.Active ||
			r.Prefetch.Value != 2 || time.Since(r.Since) > time.Hour || !slices.Contains(r.Others, "refunds") || !strings.Contains(r.Product, "AMQP") {
			t.Errorf("the consumer: %+v", r)
		}
		if d.Ready.Value != 4 || d.Type != management.TypeClassic || !slices.Contains(d.Traits, "durable") || !d.Memory.Known() || d.Leader == "" {
			t.Errorf("the queue: %+v", d)
		}
		if d.Drain.Outlook != backends.NeverDrained && d.Drain.Outlook != backends.OutlookUnknown {
			t.Errorf("drain: %+v", d.Drain)
		}
		if !d.HeadTime.IsZero() || d.HeadWhy == "" {
			t.Errorf("the age of the oldest: %v %q", d.HeadTime, d.HeadWhy)
		}
		if c := d.Company; c[0].Name != "audit" || c[0].Shares != "policy dead" || c[0].Trouble != "messages wait and nobody reads it" ||
			c[1].Name != "refunds" || c[1].Shares != "connection billing" || !strings.Contains(c[1].Trouble, "delivered") {
			t.Errorf("company: %+v", c)
		}
		if d.Sharing != 3 || d.Compared != 3 {
			t.Errorf("%d of %d queues were compared", d.Compared, d.Sharing)
		}
		settings := map[string]backends.QueueSetting{}
		for _, x := range d.Settings {
			settings[x.Source+" "+x.Name] = x
		}
		for name, meaning := range map[string]string{
			"argument x-max-length":            "holds at most 1,000 messages; a policy lowers it to 500",
			"argument x-overflow":              "new messages are refused",
			"policy dead dead-letter-exchange": "go to the exchange amq.fanout",
			"policy dead max-length":           "holds at most 500 messages",
			"operator policy ops message-ttl":  "messages expire after 1 d",
		} {
			if got, ok := settings[name]; !ok || !strings.Contains(got.Meaning, meaning) {
				t.Errorf("%s: %+v of %+v", name, got, d.Settings)
			}
		}
		conn.Close()
		testkit.Eventually(t, "nobody reads it", func() bool {
			d, err := s.DescribeQueue(ctxFor(t), "orders")
			w.must(err)
			return len(d.Readers) == 0 && d.Consumers == backends.ExactCount(0) && d.Drain.Outlook == backends.NeverDrained && !d.Capacity.Known()
		})
		if _, err := s.DescribeQueue(ctxFor(t), "none"); backends.ReasonOf(err) != backends.NotFound {
			t.Errorf("a queue that is not there: %v", err)
		}
	})
}

// TestQuorumQueuesSayWhereTheyAre: leader and members, and why the age of the oldest is not known.
func TestQuorumQueuesSayWhereTheyAre(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		w.queue("q", amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": 5, "x-single-active-consumer": true}, "a", "b")
		w.stuckWorker("one", "q")
		w.stuckWorker("two", "q")
		testkit.Eventually(t, "leader, member and readers", func() bool {
			d, err := s.DescribeQueue(ctxFor(t), "q")
			w.must(err)
			active := 0
			for _, r := range d.Readers {
				if r.Active {
					active++
				}
			}
			return d.Type == management.TypeQuorum && d.Leader != "" && len(d.Members) == 1 && d.Members[0].Leader && d.Members[0].Online &&
				len(d.Readers) == 2 && active == 1 && (d.Ready.Value == 0 || strings.Contains(d.HeadWhy, "quorum"))
		})
	})
}

// TestRecordsDoNotAgeTheCounts: the server answers a question for records by the minute with counts that
// are up to a minute old.
func TestRecordsDoNotAgeTheCounts(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		s := w.open()
		ready := func() int64 {
			s.describer.records = nil // they are due
			d, err := s.DescribeQueue(ctxFor(t), "q")
			w.must(err)
			return d.Ready.Value
		}
		w.queue("q", nil, numbered(3)...)
		testkit.Eventually(t, "the first are counted", func() bool { return ready() == 3 })
		for _, body := range numbered(4) {
			w.publish("", "q", body)
		}
		testkit.Eventually(t, "those that came since are counted", func() bool { return ready() == 7 })
	})
}

func history(step time.Duration, values ...float64) management.History {
	var h management.History
	for i, v := range values {
		at := time.Unix(1_000_000, 0).Add(-time.Duration(i) * step)
		h.Samples = append(h.Samples, struct {
			Value management.Number `json:"sample"`
			At    management.Number `json:"timestamp"`
		}{management.Num(v), management.Num(float64(at.UnixMilli()))})
	}
	return h
}

func TestOnsets(t *testing.T) {
	at := func(back time.Duration) time.Time { return time.Unix(1_000_000, 0).Add(-back) }
	stands := func(now, then float64) bool { return now == then }
	for name, c := range map[string]struct {
		values []float64
		want   backends.Onset
	}{
		"goes on":           {[]float64{9, 8, 7}, backends.Onset{}},
		"stood for two":     {[]float64{9, 9, 9, 7}, backends.Onset{At: at(2 * time.Minute)}},
		"longer than known": {[]float64{9, 9, 9}, backends.Onset{At: at(2 * time.Minute), Before: true}},
		"one value":         {[]float64{9}, backends.Onset{}},
		"none":              {nil, backends.Onset{}},
	} {
		if got := onset(history(time.Minute, c.values...), stands); !got.At.Equal(c.want.At) || got.Before != c.want.Before {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// TestNothingWasEverDone: the server fills its records up with nothing, which tells no time.
func TestNothingWasEverDone(t *testing.T) {
	record := func(values ...float64) management.Maybe[management.History] {
		return management.Maybe[management.History]{Value: history(time.Minute, values...)}
	}
	since := backends.Onset{At: time.Unix(1_000_000, 0).Add(-time.Minute)}
	for name, c := range map[string]struct {
		done management.Done
		want backends.Onset
	}{
		"never":               {management.Done{AckD: record(0, 0, 0)}, backends.Onset{Ever: true}},
		"in no way":           {management.Done{AckD: record(0, 0, 0), GetNoAckD: record(0, 0, 0)}, backends.Onset{Ever: true}},
		"before one can see":  {management.Done{AckD: record(3, 3, 3)}, backends.Onset{At: time.Unix(1_000_000, 0).Add(-2 * time.Minute), Before: true}},
		"by the first of two": {management.Done{AckD: record(3, 3, 1), GetNoAckD: record(0, 0, 0)}, since},
		"by the last of two":  {management.Done{AckD: record(0, 0, 0), GetNoAckD: record(3, 3, 1)}, since},
		"one goes on":         {management.Done{AckD: record(0, 0, 0), GetNoAckD: record(3, 2, 1)}, backends.Onset{}},
	} {
		if got := stillSince(c.done); !got.At.Equal(c.want.At) || got.Before != c.want.Before || got.Ever != c.want.Ever {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestDrains(t *testing.T) {
	count, rate := backends.ExactCount, backends.ExactRate
	detail := func(ready, consumers backends.Count, in, ack, net backends.Rate) *backends.QueueDetail {
		return &backends.QueueDetail{Queue: backends.Queue{Ready: ready, Consumers: consumers, InRate: in, NetRate: net}, AckRate: ack}
	}
	none := backends.Rate{}
	for name, c := range map[string]struct {
		queue *backends.QueueDetail
		want  backends.Outlook
		in    time.Duration
	}{
		"empty":                  {detail(count(0), count(1), none, none, none), backends.Drained, 0},
		"unknown":                {detail(backends.Count{}, count(1), rate(1), rate(2), none), backends.OutlookUnknown, 0},
		"sinks":                  {detail(count(100), count(1), rate(1), rate(3), none), backends.Draining, 50 * time.Second},
		"grows":                  {detail(count(100), count(1), rate(3), rate(1), none), backends.NeverDrained, 0},
		"stands":                 {detail(count(100), count(1), rate(3), rate(3), none), backends.NeverDrained, 0},
		"nothing comes":          {detail(count(100), count(1), none, rate(10), none), backends.Draining, 10 * time.Second},
		"nobody takes":           {detail(count(100), count(0), none, none, none), backends.NeverDrained, 0},
		"by the slope":           {detail(count(100), count(1), none, none, rate(-2)), backends.Draining, 50 * time.Second},
		"grows by the slope":     {detail(count(100), count(1), none, none, rate(2)), backends.NeverDrained, 0},
		"no rates":               {detail(count(100), count(1), none, none, none), backends.OutlookUnknown, 0},
		"longer than a lifetime": {detail(count(1<<50), count(1), none, rate(0.002), none), backends.NeverDrained, 0},
	} {
		if got := drainOf(c.queue); got.Outlook != c.want || got.In.Value != c.in {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		key  string
		n    int64
		want string
	}{
		{"message-ttl", 86_400_000, "1 d"},
		{"message-ttl", 90_000, "1m30s"},
		{"message-ttl", 60_000, "1m"},
		{"message-ttl", 7_200_000, "2h"},
		{"message-ttl", 1, "1ms"},
		{"message-ttl", 0, "0s"},
		{"expires", 1 << 62, "4,611,686,018,427,387,904 ms"},
		{"max-length", 1_234_567, "1,234,567"},
		{"max-length", -1000, "-1,000"},
		{"max-length-bytes", 1 << 30, "1 GiB"},
		{"max-length-bytes", 1500, "1,500 B"},
		{"max-length-bytes", 0, "0 B"},
	} {
		if got := amount(c.key, c.n); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.key, c.n, got, c.want)
		}
	}
}
