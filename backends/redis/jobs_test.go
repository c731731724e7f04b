package redis_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit/each"
	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// keyspace is what a library has written, as commands.
type keyspace [][]any

func (k keyspace) write(t testing.TB, c *goredis.Client) {
	t.Helper()
	pipe := c.Pipeline()
	for _, words := range k {
		pipe.Do(context.Background(), words...)
	}
	_, err := pipe.Exec(context.Background())
	must(t, err)
}

// system is the queues of one library with what they have to be listed and opened as.
type system struct {
	keys   keyspace
	queues []wantQueue
	// states by queue that are read, and the first job of each.
	jobs []wantJob
}

type wantQueue struct {
	name, framework, states string
	ready, unacked, total   int64 // -1 is unknown
	oldest                  time.Duration
	state                   string
	consumers               int64
}

type wantJob struct {
	queue, state string
	positions    string
	total        int64
	body         string
	headers      map[string]string
}

func ago(d time.Duration) time.Time { return time.Now().Add(-d) }

func ms(t time.Time) int64 { return t.UnixMilli() }

func unix(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMicro())/1e6, 'f', -1, 64) }

// Each library's queues are one row each, nothing of theirs is a row elsewhere, and their jobs open.
func TestJobSystems(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		defer client.Close()
		for name := range systems() {
			t.Run(name, func(t *testing.T) {
				must(t, client.FlushDB(context.Background()).Err())
				made := time.Now()
				sys := systems()[name] // its jobs are of now, however long the others took
				sys.keys.write(t, client)
				sys.check(t, source(t, server.Addr(), nil), made)
			})
		}
	})
}

func (s system) check(t *testing.T, src backends.Source, made time.Time) {
	t.Helper()
	s.open(t, source(t, strings.TrimPrefix(src.Identity().Address, "redis://"), nil)) // before any walk
	page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
	must(t, err)
	var names []string
	for _, q := range s.queues {
		names = append(names, q.name)
	}
	if diff := cmp.Diff(names, queueNames(page.Items)); diff != "" {
		t.Fatalf("queues (-want +listed):\n%s", diff)
	}
	for i, want := range s.queues {
		want.check(t, page.Items[i], made)
	}
	boards, err := src.Roles().Leaderboards.ListLeaderboards(within(t), backends.Query{Complete: true})
	must(t, err)
	streams, err := src.Roles().Streams.ListStreams(within(t), backends.Query{Complete: true})
	must(t, err)
	locks, err := src.Roles().Locks.ListLocks(within(t), backends.Query{Complete: true})
	must(t, err)
	if len(boards.Items)+len(streams.Items)+len(locks.Items) > 0 {
		t.Errorf("rows elsewhere: %+v %+v %+v", boards.Items, streams.Items, locks.Items)
	}
	s.open(t, src)
}

// check compares a row with what its keys, made at a moment, say.
func (w wantQueue) check(t *testing.T, q backends.Queue, made time.Time) {
	t.Helper()
	var states []string
	for _, s := range q.States {
		states = append(states, fmt.Sprintf("%s %d", s.Name, s.Count.Value))
	}
	got := wantQueue{
		name: q.Name, framework: q.Framework, states: strings.Join(states, " "), ready: known(q.Ready), unacked: known(q.Unacked), total: known(q.Total),
		state: q.State, consumers: max(known(q.Consumers), 0),
	}
	if !q.HeadTime.IsZero() {
		got.oldest = made.Sub(q.HeadTime).Round(30 * time.Second)
	}
	if got != w {
		t.Errorf("queue:\n got %+v\nwant %+v", got, w)
	}
}

func known(c backends.Count) int64 {
	if !c.Known() {
		return -1
	}
	return c.Value
}

func (s system) open(t *testing.T, src backends.Source) {
	t.Helper()
	jobs, ok := src.Roles().Queues.(backends.JobQueues)
	if !ok {
		t.Fatal("no jobs can be read")
	}
	for _, want := range s.jobs {
		page, err := jobs.ReadJobs(within(t), want.queue, want.state, 0, 10)
		if err != nil {
			t.Errorf("%s %s: %v", want.queue, want.state, err)
			continue
		}
		var positions []string
		for _, m := range page.Jobs {
			positions = append(positions, m.Position)
		}
		if got := strings.Join(positions, " "); got != want.positions || page.Total != backends.ExactCount(want.total) {
			t.Errorf("%s %s: jobs %q of %+v, want %q", want.queue, want.state, got, page.Total, want.positions)
			continue
		}
		if len(page.Jobs) == 0 {
			continue
		}
		first := page.Jobs[0]
		if want.body != "" && string(first.Body) != want.body {
			t.Errorf("%s %s: body %q, want %q", want.queue, want.state, first.Body, want.body)
		}
		for name, value := range want.headers {
			if got := first.Header(name); got != value {
				t.Errorf("%s %s: header %s is %q, want %q", want.queue, want.state, name, got, value)
			}
		}
		rest, err := jobs.ReadJobs(within(t), want.queue, want.state, 1, 1)
		must(t, err)
		if len(page.Jobs) > 1 && (len(rest.Jobs) != 1 || rest.Jobs[0].Position != page.Jobs[1].Position) {
			t.Errorf("%s %s: from 1 on: %+v", want.queue, want.state, rest.Jobs)
		}
	}
}

// Looking into a queue of a library shows its jobs; a state that it does not have is refused.
func TestPeekAtJobs(t *testing.T) {
	addr, client := server(t)
	bullmqSystem().keys.write(t, client)
	queues := source(t, addr, nil).Roles().Queues
	plan, err := queues.PlanPeek(within(t), "bull:mail")
	must(t, err)
	if plan.Consent != backends.Free {
		t.Errorf("the plan: %+v", plan)
	}
	msgs, err := queues.Peek(within(t), backends.Look{Target: plan.Target, N: 10})
	must(t, err)
	if len(msgs) != 2 || msgs[0].Position != "2" {
		t.Errorf("messages: %+v", msgs)
	}
	_, err = queues.(backends.JobQueues).ReadJobs(within(t), "bull:mail", "lost", 0, 1)
	if backends.ReasonOf(err) != backends.BadUsage || !strings.Contains(fmt.Sprint(err), "wait") {
		t.Errorf("a state it does not have: %v", err)
	}
	_, err = queues.(backends.JobQueues).ReadJobs(within(t), "bull:none", "", 0, 1)
	if backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("no queue: %v", err)
	}
}

// What a library has counted becomes a rate.
func TestJobRates(t *testing.T) {
	addr, client := server(t)
	bullmqSystem().keys.write(t, client)
	src := source(t, addr, nil)
	var q backends.Queue
	for range 2 {
		page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
		must(t, err)
		q = page.Items[0]
		must(t, client.Set(context.Background(), "bull:mail:id", 5000, 0).Err())
		for start := time.Now(); time.Since(start) < 600*time.Millisecond; {
			must(t, client.Ping(context.Background()).Err())
		}
	}
	if q.InRate.Certainty != backends.AtLeast || q.InRate.Value <= 0 || q.OutRate != backends.ExactRate(0) {
		t.Errorf("rates: in %+v out %+v", q.InRate, q.OutRate)
	}
}

// A job too large to be read is known by its size; the others of the page are there.
func TestLargeJobs(t *testing.T) {
	addr, client := server(t)
	bullmqSystem().keys.write(t, client)
	large := strings.Repeat("x", 2<<20)
	keyspace{{"HSET", "bull:mail:2", "data", large}, {"LPUSH", "queue:default", `{"class":"A","jid":"1","args":["` + large + `"]}`, `{"class":"A","jid":"2","args":[]}`}}.write(t, client)
	jobs := source(t, addr, nil).Roles().Queues.(backends.JobQueues)
	page, err := jobs.ReadJobs(within(t), "bull:mail", "", 0, 10)
	must(t, err)
	if len(page.Jobs) != 2 || page.Jobs[0].Size != 2<<20 || len(page.Jobs[0].Body) != 0 || page.Jobs[0].Header("name") != "send" || page.Jobs[1].Size != 8 {
		t.Errorf("%d jobs, the first %d of %d bytes", len(page.Jobs), len(page.Jobs[0].Body), page.Jobs[0].Size)
	}
}

// A queue of a library is not looked for under the names of others: what is off stays a list.
func TestJobSystemOff(t *testing.T) {
	addr, client := server(t)
	sidekiqSystem().keys.write(t, client)
	src := source(t, addr, func(_ *url.URL, opt *backends.Options) {
		opt.Profiles = []backends.ProfileRule{{Off: "sidekiq"}, {Off: "sidekiq sets"}}
	})
	page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
	must(t, err)
	if !slices.Contains(queueNames(page.Items), "queue:default") || page.Items[0].Framework != "" {
		t.Errorf("queues: %+v", page.Items)
	}
	if _, err := src.Roles().Queues.(backends.JobQueues).ReadJobs(within(t), "queue:default", "", 0, 1); backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("its jobs: %v", err)
	}
}

// One key switches a wrong rule off: the next pass finds lists where a queue was.
func TestSwitchOff(t *testing.T) {
	addr, client := server(t)
	bullmqSystem().keys.write(t, client)
	role := source(t, addr, nil).Roles().Queues
	list := func() []string {
		page, err := role.ListQueues(within(t), backends.Query{Complete: true})
		must(t, err)
		return queueNames(page.Items)
	}
	if got := list(); !slices.Equal(got, []string{"bull:mail"}) {
		t.Fatalf("queues: %q", got)
	}
	for _, name := range []string{"bullmq", "bull", "no such rule"} {
		role.(backends.ProfileSwitch).SwitchOff(name)
	}
	if got := list(); !slices.Equal(got, []string{"bull:mail:5:logs", "bull:mail:active", "bull:mail:paused"}) {
		t.Errorf("queues without the rules: %q", got)
	}
}
