package management_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"

	amqp "github.com/rabbitmq/amqp091-go"
)

// settle is how long an answer may differ before it counts: a real node gathers its statistics
// every second, and caches listings for a while.
const settle = 20 * time.Second

// accepted are differences that stay, by observation and place, each with its reason. One that no
// longer shows is a failure too.
func accepted() []difference {
	return []difference{
		differs(`/api/nodes.*`, `.*\.config_files`, "a broker in a process has no configuration file"),
		differs(`/api/health/checks/(port|protocol)-listener/.*`, `.body.(ports|protocols).*`, "a node listens for other nodes too, and lists in another order"),
		differs(`.*%zz`, `.(body|header Content-Type)`, "net/http answers a path that is none by itself, with a text"),
	}
}

// difference is a place in an answer where the servers differ.
type difference struct {
	observation, path *regexp.Regexp
	reason            string
}

func differs(observation, path, reason string) difference {
	return difference{regexp.MustCompile("^(?:" + observation + ")$"), regexp.MustCompile("^(?:" + path + ")$"), reason}
}

// TestDifferential plays one scenario on RabbitMQ 3.10.8 and on ours and compares all that a client
// of the API sees.
func TestDifferential(t *testing.T) {
	theirs := startRabbitMQ(t, servers.RabbitOptions{})
	ours := start(t)
	d := &duel{t: t, theirs: theirs, ours: ours, accepted: accepted(), used: map[int]bool{}}
	t.Cleanup(func() { theirs.leave(); ours.leave() })
	for _, o := range fresh() {
		d.watch(&o)
	}
	theirs.fill()
	ours.fill()
	for _, o := range append(looks(), refusals()...) {
		d.watch(&o)
	}
	for _, o := range changes() {
		if o.method == "" {
			d.watch(&o)
			continue
		}
		d.once(&o)
	}
	d.conclude()
}

// TestAlarm compares what is seen while the memory alarm is on.
func TestAlarm(t *testing.T) {
	theirs := startRabbitMQ(t, servers.RabbitOptions{Config: "vm_memory_high_watermark.absolute = 40MB"})
	s, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.Broker().SetMemoryAlarm(true)
	ours := placeOf(t, s)
	d := &duel{t: t, theirs: theirs, ours: ours, used: map[int]bool{}}
	t.Cleanup(func() { theirs.leave(); ours.leave() })
	for _, p := range []*place{theirs, ours} {
		p.connect("guest", "/", "idle")
		publisher := p.channel(p.connect("guest", "/", "publisher"))
		p.must(publisher.PublishWithContext(t.Context(), "", "nobody", false, false, amqp.Publishing{Body: []byte("x")}))
	}
	for _, o := range reads("/api/health/checks/alarms", "/api/health/checks/local-alarms", "/api/healthchecks/node",
		"/api/nodes?columns=name,mem_alarm,disk_free_alarm", "/api/connections?columns=user_provided_name,state,channels") {
		d.watch(&o)
	}
}

// startRabbitMQ starts the real server.
func startRabbitMQ(t testing.TB, opt servers.RabbitOptions) *place {
	t.Helper()
	r := testkit.RabbitMQ(t, opt)
	return &place{t: t, amqp: strings.TrimSuffix(strings.TrimPrefix(r.URL(), "amqp://guest:guest@"), "/"), http: r.ManagementURL(), node: r.Node()}
}

// start starts ours.
func start(t testing.TB) *place {
	t.Helper()
	s, err := rabbitd.Start(rabbitd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return placeOf(t, s)
}

func placeOf(t testing.TB, s *rabbitd.Server) *place {
	return &place{t: t, amqp: s.Addr(), http: s.ManagementURL(), node: s.Broker().NodeInfo().Name}
}

// duel compares two servers.
type duel struct {
	t            *testing.T
	theirs, ours *place
	accepted     []difference
	used         map[int]bool
	seen         int
}

// watch compares a look, again until the servers agree or have had time enough to.
func (d *duel) watch(o *observation) {
	d.t.Helper()
	deadline := time.Now().Add(settle)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		found := d.compare(o)
		if len(found) == 0 || time.Now().After(deadline) {
			d.report(o, found)
			return
		}
		<-tick.C
	}
}

// once compares a change, which cannot be made twice. What a get puts back comes back a moment after
// it was answered: the queues have to be as long as each other first.
func (d *duel) once(o *observation) {
	d.t.Helper()
	if strings.HasSuffix(o.path, "/get") {
		totals := "/api/queues/%2F?disable_stats=true&enable_queue_totals=true&columns=name,messages_ready,messages_unacknowledged"
		d.watch(&observation{request: request{path: totals}})
	}
	d.report(o, d.compare(o))
}

// compare returns the differences that are not accepted.
func (d *duel) compare(o *observation) []string {
	d.t.Helper()
	theirs, ours := d.theirs.see(o), d.ours.see(o)
	var found []string
	differences("", theirs, ours, func(path, what string) {
		for i, a := range d.accepted {
			if a.observation.MatchString(o.name()) && a.path.MatchString(path) {
				d.used[i] = true
				return
			}
		}
		found = append(found, path+": "+what)
	})
	return found
}

func (p *place) see(o *observation) any {
	p.t.Helper()
	r := o.request
	if o.find != nil {
		r.path = o.find(p)
	}
	return canon(p, o, p.ask(r))
}

func (d *duel) report(o *observation, found []string) {
	d.t.Helper()
	d.seen++
	if len(found) > 12 {
		found = append(found[:12], fmt.Sprintf("and %d more", len(found)-12))
	}
	if len(found) > 0 {
		d.t.Errorf("%s\n\t%s", o.name(), strings.Join(found, "\n\t"))
	}
}

// conclude checks that every accepted difference is one.
func (d *duel) conclude() {
	for i, a := range d.accepted {
		if !d.used[i] {
			d.t.Errorf("the difference %s at %s is no longer there", a.observation, a.path)
		}
	}
	d.t.Logf("%d observations, %d accepted kinds of differences", d.seen, len(d.accepted))
}

// decode reads a JSON answer.
func (p *place) decode(path string, into any) {
	p.t.Helper()
	a := p.ask(request{path: path})
	if a.status != http.StatusOK {
		p.t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	p.must(json.Unmarshal([]byte(a.body), into))
}
