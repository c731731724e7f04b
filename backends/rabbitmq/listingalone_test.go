package rabbitmq

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/demo/rabbitd"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// nowhere is where no management API listens.
const nowhere = "?management=http://127.0.0.1:1&prometheus="

// fewQueues is a broker of the demo with a handful of queues.
func fewQueues(t *testing.T) *world {
	t.Helper()
	s, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := &world{t: t, server: s, vhost: "/"}
	w.connect()
	t.Cleanup(func() { w.conn.Close() })
	w.queue("orders", nil, numbered(7)...)
	w.queue("empty", nil)
	return w
}

// TestQueuesWithoutManagement: Prometheus alone tells how many messages wait where.
func TestQueuesWithoutManagement(t *testing.T) {
	w := manyQueues(t)
	away := w.server.URL() + nowhere
	s := openURL(t, away+w.server.ManagementURL(), backends.Options{})
	page, err := s.ListQueues(ctxFor(t), backends.Query{Survey: true, Limit: 10})
	w.must(err)
	i := slices.IndexFunc(page.Items, func(q backends.Queue) bool { return q.Name == "zz deep" })
	if i < 0 || page.Items[i].Ready != backends.ExactCount(7) || page.Items[i].Consumers != backends.ExactCount(0) || page.Items[i].InRate.Known() {
		t.Errorf("%d rows: %+v", len(page.Items), page.Items[max(i, 0)])
	}
	if len(page.Notes) != 1 || !strings.Contains(page.Notes[0], "no management API") || !page.Survey.Only || !strings.HasPrefix(page.Survey.From, "Prometheus ") {
		t.Errorf("notes: %q, %+v", page.Notes, page.Survey)
	}
	if page.Total != backends.CountAtLeast(int64(len(page.Items))) {
		t.Errorf("%+v, though other nodes may have more", page.Total)
	}
	if page, err = s.ListQueues(ctxFor(t), backends.Query{Offset: 2, Limit: 3}); err != nil || len(page.Items) != 3 || page.Items[0].Name != "q0002" || !strings.Contains(page.Notes[0], "counts by Prometheus") {
		t.Errorf("a part: %+v, %v", page, err)
	}
	if s.census.latest().wide {
		t.Error("more than counts was asked for of very many queues")
	}
}

// TestOverviewIsAskedOnce: where there is no management API a refresh asks for the listing only.
func TestOverviewIsAskedOnce(t *testing.T) {
	asked := map[string]int{}
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++ // one request is in flight at a time
		http.NotFound(w, r)
	}))
	t.Cleanup(away.Close)
	w := fewQueues(t)
	s := openURL(t, w.server.URL()+"?management="+away.URL+"&prometheus="+w.server.ManagementURL(), backends.Options{})
	for range 3 {
		page, err := s.ListQueues(ctxFor(t), backends.Query{Survey: true, Limit: 10})
		if err != nil || len(page.Items) != 2 {
			t.Fatalf("%+v, %v", page.Items, err)
		}
	}
	if asked["/api/overview"] != 1 || asked["/api/queues/%2F"]+asked["/api/queues//"] < 3 {
		t.Errorf("asked for %v", asked)
	}
}

// TestQueuesWithoutAnybody: with neither management nor Prometheus the error says how to get both, and the
// names that are known are the listing.
func TestQueuesWithoutAnybody(t *testing.T) {
	w := fewQueues(t)
	away := w.server.URL() + nowhere + "http://127.0.0.1:1"
	s := openURL(t, away, backends.Options{})
	_, err := s.ListQueues(ctxFor(t), backends.Query{})
	if backends.ReasonOf(err) != backends.Unsupported || !strings.Contains(err.Error(), "rabbitmq_prometheus") || !strings.Contains(err.Error(), "rabbitmq_management") {
		t.Errorf("with neither: %v", err)
	}
	s = openURL(t, away, backends.Options{Queues: []string{"other", "orders"}})
	page, err := s.ListQueues(ctxFor(t), backends.Query{Match: "ord"})
	if err != nil || len(page.Items) != 1 || page.Items[0].Name != "orders" || page.Items[0].Ready.Known() || page.Total != backends.CountAtLeast(1) || len(page.Notes) != 2 {
		t.Errorf("named beforehand: %+v, %v", page, err)
	}
	page, err = s.ListQueues(ctxFor(t), backends.Query{})
	if err != nil || len(page.Items) != 2 || page.Items[0].Name != "orders" || page.Items[1].Ready.Known() {
		t.Errorf("all: %+v, %v", page, err)
	}
}

// TestDescribeByPrometheus: figures with their source and time, and that the rest is not known.
func TestDescribeByPrometheus(t *testing.T) {
	w := fewQueues(t)
	s := openURL(t, w.server.URL()+nowhere+w.server.ManagementURL(), backends.Options{})
	before := time.Now()
	d, err := s.DescribeQueue(ctxFor(t), "orders")
	w.must(err)
	if !d.Blind || d.Ready != backends.ExactCount(7) || d.Total != backends.ExactCount(7) || d.Consumers != backends.ExactCount(0) || !d.Memory.Known() || !d.Bytes.Known() {
		t.Errorf("%+v", d)
	}
	if d.ReadyAt.Before(before) || d.Drain.Outlook != backends.NeverDrained || d.Capacity.Known() {
		t.Errorf("%+v", d)
	}
	if notes := strings.Join(d.Notes, "\n"); !strings.Contains(notes, "rabbitmq-plugins enable rabbitmq_management") || !strings.Contains(notes, "figures by Prometheus 127.0.0.1:") {
		t.Errorf("notes: %s", notes)
	}
	d, err = s.DescribeQueue(ctxFor(t), "elsewhere")
	if err != nil || d.Ready.Known() || !d.Blind || !strings.Contains(strings.Join(d.Notes, "\n"), "tells of no such queue") {
		t.Errorf("of another node: %+v, %v", d, err)
	}
}

// TestHealthByPrometheus: without the management API the node's figures and alarms are Prometheus's.
func TestHealthByPrometheus(t *testing.T) {
	w := fewQueues(t)
	s := openURL(t, w.server.URL()+nowhere+w.server.ManagementURL(), backends.Options{})
	r, err := s.ReadHealth(ctxFor(t))
	w.must(err)
	if !r.MemoryUsed.Known() || !r.MemoryLimit.Known() || !r.Uptime.Known() || !r.Connections.Known() {
		t.Errorf("%+v", r)
	}
	facts := map[string]string{}
	for _, f := range r.Facts {
		facts[f.Group+" "+f.Name] = f.Value
	}
	if facts["totals queues"] != "2" || facts["totals ready"] != "7" || !strings.Contains(facts["cluster figures"], "no management API") {
		t.Errorf("%q", facts)
	}
	if len(r.Alarms) != 1 || r.Alarms[0].Severity != backends.Info {
		t.Errorf("alarms: %+v", r.Alarms)
	}
	access, err := s.ReadAccess(ctxFor(t))
	w.must(err)
	last := access.Abilities[len(access.Abilities)-1]
	if !strings.HasPrefix(last.What, "count messages") || last.Verdict != backends.Granted {
		t.Errorf("%+v", last)
	}
}

// TestHealthAlarmByPrometheus: an alarm is told of though nobody but Prometheus knows of it.
func TestHealthAlarmByPrometheus(t *testing.T) {
	var r backends.HealthReport
	w := fewQueues(t)
	w.server.(*rabbitd.Server).Broker().SetMemoryAlarm(true)
	s := openURL(t, w.server.URL()+nowhere+w.server.ManagementURL(), backends.Options{})
	s.addFigures(ctxFor(t), &r)
	if !slices.ContainsFunc(r.Alarms, func(a backends.Alarm) bool {
		return a.Severity == backends.Critical && strings.Contains(a.Text, "memory")
	}) {
		t.Errorf("alarms: %+v", r.Alarms)
	}
}

// TestLookTellsReady: on a real server a look over AMQP, consented to, tells how many messages were ready,
// whatever the queue's type; the figure is dated, and a queue that is not there is forgotten.
func TestLookTellsReady(t *testing.T) {
	w := newWorld(t)
	s := openURL(t, strings.Replace(w.url(), w.server.ManagementURL(), "http://127.0.0.1:1", 1)+"&prometheus=http://127.0.0.1:1", backends.Options{})
	for name, args := range map[string]amqp.Table{
		"classic": nil, "quorum": {"x-queue-type": "quorum"}, "lazy": {"x-queue-mode": "lazy"}, "priorities": {"x-max-priority": 5},
	} {
		w.queue(name, args, numbered(12)...)
		d, err := s.DescribeQueue(ctxFor(t), name)
		if err != nil || d.Ready.Known() || !d.ReadyAt.IsZero() || !d.Blind {
			t.Fatalf("%s: before a look: %+v, %v", name, d, err)
		}
		before := time.Now()
		look := backends.Look{Target: backends.Target{Kind: backends.KindQueue, Name: name}, N: 3, Confirmed: true, TypedName: name}
		messages, err := s.Peek(ctxFor(t), look)
		want := 3
		if v := w.version(); countsNacks(v) && (name == "quorum" || leavesOutZero(v)) { // it may have a delivery limit
			want = 1
		}
		if err != nil || len(messages) != want {
			t.Fatalf("%s: %d messages, %v", name, len(messages), err)
		}
		d, err = s.DescribeQueue(ctxFor(t), name)
		if err != nil || d.Ready != backends.ExactCount(12) || d.ReadyAt.Before(before) || d.Total.Known() || d.Consumers.Known() {
			t.Errorf("%s: after a look: %+v, %v", name, d, err)
		}
	}
	page, err := s.ListQueues(ctxFor(t), backends.Query{})
	if err != nil || len(page.Items) != 4 || page.Items[0].Ready != (backends.Count{Value: 12, Certainty: backends.About}) {
		t.Errorf("listed: %+v, %v", page.Items, err)
	}
	w.queue("none", nil)
	none := backends.Look{Target: backends.Target{Kind: backends.KindQueue, Name: "none"}, N: 3, Confirmed: true, TypedName: "none"}
	if _, err := s.Peek(ctxFor(t), none); err != nil {
		t.Fatal(err)
	}
	if d, err := s.DescribeQueue(ctxFor(t), "none"); err != nil || d.Ready != backends.ExactCount(0) {
		t.Errorf("an empty one: %+v, %v", d, err)
	}
	_, err = w.ch.QueueDelete("none", false, false, false)
	w.must(err)
	if _, err := s.Peek(ctxFor(t), none); backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("one that is gone: %v", err)
	}
	if _, ok := s.sightings.of("none"); ok {
		t.Error("a queue that is gone is remembered")
	}
}

// TestUnaskedNothingIsDeclared: describing and listing without management leave a queue that expires alone.
func TestUnaskedNothingIsDeclared(t *testing.T) {
	w := newWorld(t)
	w.queue("short", amqp.Table{"x-expires": int32(1500)})
	s := openURL(t, strings.Replace(w.url(), w.server.ManagementURL(), "http://127.0.0.1:1", 1)+"&prometheus=http://127.0.0.1:1", backends.Options{Queues: []string{"short"}})
	testkit.Eventually(t, "the queue expires while it is looked at", func() bool {
		_, err := s.DescribeQueue(ctxFor(t), "short")
		w.must(err)
		_, err = s.ListQueues(ctxFor(t), backends.Query{})
		w.must(err)
		return w.manage(http.MethodGet, w.path("queues", "short"), nil, nil) == http.StatusNotFound
	})
}

// TestLookIntoAStream: without management nobody tells that a queue is a stream; the server's refusal does.
func TestLookIntoAStream(t *testing.T) {
	w := newWorld(t)
	w.queue("log", amqp.Table{"x-queue-type": "stream"}, "one")
	s := openURL(t, strings.Replace(w.url(), w.server.ManagementURL(), "http://127.0.0.1:1", 1), backends.Options{})
	_, err := s.Peek(ctxFor(t), backends.Look{Target: backends.Target{Kind: backends.KindQueue, Name: "log"}, N: 1, TypedName: "log"})
	if backends.ReasonOf(err) != backends.Unsupported || !strings.Contains(err.Error(), "it is a stream") {
		t.Errorf("%v", err)
	}
}

// TestPrometheusIsLeftAlone: a port that does not answer is not asked again by each refresh of the health, and
// the listing says why it has no counts.
func TestPrometheusIsLeftAlone(t *testing.T) {
	var asked atomic.Int64
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.NotFound(w, r)
	}))
	t.Cleanup(away.Close)
	w := fewQueues(t)
	s := openURL(t, w.server.URL()+nowhere+away.URL, backends.Options{})
	for range 3 {
		_, err := s.ReadHealth(ctxFor(t))
		w.must(err)
	}
	once := asked.Load()
	if _, err := s.ListQueues(ctxFor(t), backends.Query{}); backends.ReasonOf(err) != backends.Unsupported || !strings.Contains(err.Error(), "Prometheus at ") {
		t.Errorf("the listing: %v", err)
	}
	if n := asked.Load(); once != 1 || n != 1 {
		t.Errorf("asked %d times by the health and %d in all", once, n)
	}
	s.census.turn.Lock()
	s.census.scrapeAfter = time.Time{} // a minute later
	s.census.turn.Unlock()
	_, err := s.ReadHealth(ctxFor(t))
	w.must(err)
	if asked.Load() != 2 {
		t.Errorf("asked %d times, though it was time to ask again", asked.Load())
	}
}
