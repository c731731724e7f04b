package rabbitmq

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bustop/backends/rabbitmq/management"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

func TestHealth(t *testing.T) {
	w := newWorld(t)
	s := w.open()
	var (
		r   backends.HealthReport
		err error
	)
	testkit.Eventually(t, "a server that was just started has its first statistics", func() bool {
		r, err = s.ReadHealth(ctxFor(t))
		return err != nil || r.MemoryUsed.Known()
	})
	if err != nil || r.Product != "RabbitMQ" || !management.ParseVersion(r.Version).Known() || !r.Uptime.Known() || !r.MemoryUsed.Known() ||
		!r.MemoryLimit.Known() || !r.Connections.Known() || len(r.Alarms) != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	if !slices.ContainsFunc(r.Facts, func(f backends.Fact) bool { return f.Group == "listeners" && f.Name == "amqp" }) {
		t.Errorf("facts: %+v", r.Facts)
	}
}

// TestMemoryAlarm: the server's own alarm is told once.
func TestMemoryAlarm(t *testing.T) {
	t.Parallel()
	server := testkit.RabbitMQ(t, servers.RabbitOptions{Config: "vm_memory_high_watermark.absolute = 40MB"})
	w := &world{t: t, server: server, vhost: "/"}
	s := w.open()
	var r backends.HealthReport
	testkit.Eventually(t, "the alarm shows", func() bool {
		var err error
		r, err = s.ReadHealth(ctxFor(t))
		return err == nil && len(r.Alarms) > 0
	})
	if len(r.Alarms) != 1 || r.Alarms[0].Severity != backends.Critical || !strings.Contains(r.Alarms[0].Text, "memory alarm") {
		t.Errorf("%+v", r.Alarms)
	}
}

// TestWithoutManagement: what is missing is said, and what is safe still works.
func TestWithoutManagement(t *testing.T) {
	t.Parallel()
	server := testkit.RabbitMQ(t, servers.RabbitOptions{NoManagement: true})
	conn, err := amqp.Dial(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, server: server, vhost: "/", conn: conn, ch: ch}
	w.must(ch.Confirm(false))
	w.queue("q", amqp.Table{"x-queue-type": "quorum"}, "m1", "m2")
	w.queue("c", nil, "c1", "c2")
	s := openURL(t, server.URL()+"?management=http://127.0.0.1:1", backends.Options{})
	_, err = s.ListQueues(ctxFor(t), backends.Query{Complete: true})
	if backends.ReasonOf(err) != backends.Unsupported || !strings.Contains(err.Error(), "rabbitmq-plugins enable rabbitmq_management") {
		t.Errorf("queues: %v", err)
	}
	if st := s.Status(); st.State != backends.Live || len(st.Notes) != 1 {
		t.Errorf("status: %+v", st)
	}
	if r, err := s.ReadHealth(ctxFor(t)); err != nil || !management.ParseVersion(r.Version).Known() || len(r.Alarms) != 1 {
		t.Errorf("health: %+v, %v", r, err)
	}
	w.blindPeeks(s)
	w.blindTaps(s)
}

// blindPeeks: what a look takes, and whether there is a second one, by what the server tells of queue q,
// which counts, and c, which does not, each of two messages.
func (w *world) blindPeeks(s *source) {
	w.t.Helper()
	type look struct {
		consent backends.Consent
		phrase  bool
		bodies  []string
	}
	all := map[string][]string{"q": {"m1", "m2"}, "c": {"c1", "c2"}}
	type looks map[string][2]look
	var want looks
	switch v := w.version(); {
	case !countsNacks(v):
		want = looks{
			"q": {{backends.TypeName, false, all["q"]}, {backends.TypeName, false, all["q"]}},
			"c": {{backends.TypeName, false, all["c"]}, {backends.TypeName, false, all["c"]}},
		}
	case leavesOutZero(v):
		want = looks{
			"q": {{backends.TypeName, false, all["q"][:1]}, {backends.TypeName, true, all["q"][:1]}},
			"c": {{backends.TypeName, false, all["c"][:1]}, {backends.TypeName, true, all["c"]}},
		}
	default:
		want = looks{
			"q": {{backends.TypeName, false, all["q"][:1]}, {consent: backends.Refused}},
			"c": {{backends.TypeName, false, all["c"]}, {backends.TypeName, false, all["c"]}},
		}
	}
	for name, looks := range want {
		for i, want := range looks {
			w.ready(name, 2)
			plan, err := s.PlanPeek(ctxFor(w.t), name)
			if err != nil || plan.Consent != want.consent || (plan.Phrase != "") != want.phrase {
				w.t.Errorf("look %d at %s: %+v, %v", i, name, plan, err)
			}
			consent := lookAt(plan, 5)
			consent.TypedName = plan.Typed()
			got, err := s.Peek(ctxFor(w.t), consent)
			if isRefused(err) != (want.consent == backends.Refused) || !isRefused(err) && err != nil || !slices.Equal(bodies(got), want.bodies) {
				w.t.Errorf("look %d at %s: %v, %v", i, name, bodies(got), err)
			}
		}
		w.ready(name, 2)
	}
}

// blindTaps: only exchanges whose type is known by their names.
func (w *world) blindTaps(s *source) {
	w.t.Helper()
	if plan, err := s.PlanTap(ctxFor(w.t), exchange("amq.direct")); err != nil || plan.Consent != backends.Refused {
		w.t.Errorf("amq.direct: %+v, %v", plan, err)
	}
	tail := w.tap(s, "amq.topic")
	w.publish("amq.topic", "any.key", "seen")
	testkit.Eventually(w.t, "the tap has seen one", func() bool { return tail.Ring.Stats().Seen() == 1 })
	if _, err := s.ReadStream(ctxFor(w.t), "c", "first", 1); backends.ReasonOf(err) != backends.Unsupported {
		w.t.Errorf("a stream that may be none: %v", err)
	}
}

// TestManagementUserWithoutTag: the broker lets the user in, the management API does not.
func TestManagementUserWithoutTag(t *testing.T) {
	w := newWorld(t)
	w.manage(http.MethodPut, "/api/users/plain", map[string]any{"password": "pw", "tags": ""}, nil)
	w.manage(http.MethodPut, w.path("permissions", "plain"), map[string]any{"configure": ".*", "write": ".*", "read": ".*"}, nil)
	s := openURL(t, strings.Replace(w.url(), "guest:guest", "plain:pw", 1), backends.Options{})
	_, err := s.ListQueues(context.Background(), backends.Query{})
	if backends.ReasonOf(err) != backends.Unsupported || !strings.Contains(err.Error(), "tag monitoring") {
		t.Errorf("%v", err)
	}
	none := openURL(t, strings.Replace(w.url(), w.vhost, "no-such-vhost", 1), backends.Options{})
	if err := none.Ping(ctxFor(t)); backends.ReasonOf(err) != backends.Denied {
		t.Errorf("no such vhost: %v", err)
	}
}
