package cli_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bustop/backends"
	"bustop/views/cli"
)

// double is a source in memory. It stands in for a server where only the printing is tested;
// the tests with real servers are in servers_test.go and beside main.go.
type double struct {
	id     backends.Identity
	roles  backends.Roles
	ping   error
	plan   backends.Plan
	feed   func(ctx context.Context, t *backends.Tail)
	mu     sync.Mutex
	looks  []backends.Look
	froms  []string // from where streams were read
	closed bool
	// body is that of the only message in each queue; "" for letters.
	body string
}

func (d *double) Identity() backends.Identity { return d.id }
func (d *double) Roles() backends.Roles       { return d.roles }
func (d *double) Status() backends.Status     { return backends.Status{} }
func (d *double) Pace() *backends.Pace        { return &backends.Pace{} }
func (d *double) Ping(context.Context) error  { return d.ping }

func (d *double) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

// shop returns a double with one of everything, and with everything awkward.
func shop(name string) *double {
	d := &double{id: backends.Identity{Name: name, Backend: "redis", Address: "redis://h", Namespace: "0"}}
	d.roles = backends.Roles{
		Queues: queues{d}, Streams: streams{d}, Channels: channels{d}, Locks: locks{},
		Leaderboards: boards{}, Keys: keys{}, Health: health{},
	}
	return d
}

func match[T any](q backends.Query, items []T, name func(T) string, notes ...string) backends.Page[T] {
	items = slices.DeleteFunc(items, func(i T) bool { return !strings.Contains(name(i), q.Match) })
	total := backends.ExactCount(int64(len(items)))
	return backends.Page[T]{Items: items[:min(len(items), q.Limit)], Total: total, Notes: notes}
}

type queues struct{ d *double }

func (queues) ListQueues(_ context.Context, q backends.Query) (backends.Page[backends.Queue], error) {
	return match(q, []backends.Queue{
		{
			Name: "orders", Type: "classic", Ready: backends.ExactCount(12), Unacked: backends.ExactCount(3),
			Total: backends.ExactCount(15), Consumers: backends.ExactCount(2), InRate: backends.ExactRate(4.25),
			OutRate: backends.Rate{Value: 4, Certainty: backends.About}, DeadLetterExchange: "dlx",
			Arguments: []backends.Field{{Name: "x-max-length", Value: []byte("100")}},
			HeadTime:  time.Date(2026, 5, 4, 3, 2, 1, 0, time.FixedZone("", 7200)),
		},
		{
			Name: "bull:mail", Type: "list", Total: backends.CountAtLeast(1000), Framework: "bullmq",
			States: []backends.NamedCount{
				{Name: "wait", Count: backends.ExactCount(7)}, {Name: "delayed", Count: backends.CountAtLeast(9)},
			},
		},
		{Name: "bad\xff\x1b[2J\u202e", Type: "list"},
	}, func(q backends.Queue) string { return q.Name }, "rates are not known"), nil
}

func (q queues) PlanPeek(_ context.Context, name string) (backends.Plan, error) {
	if name == "nope" {
		return backends.Plan{}, &backends.Error{Reason: backends.NotFound, Source: "h", Object: "queue/nope", What: "no such queue"}
	}
	plan := q.d.plan
	plan.Target = backends.Target{Kind: backends.KindQueue, Name: name}
	return plan, nil
}

func (q queues) Peek(_ context.Context, look backends.Look) ([]backends.Message, error) {
	q.d.mu.Lock()
	defer q.d.mu.Unlock()
	q.d.looks = append(q.d.looks, look)
	if q.d.body != "" {
		return []backends.Message{{Target: look.Target, Position: "1", Body: []byte(q.d.body), Size: len(q.d.body)}}, nil
	}
	return letters(look.Target)[:min(look.N, 3)], nil
}

// letters are three messages.
func letters(target backends.Target) []backends.Message {
	at := time.Date(2026, 5, 4, 3, 2, 1, 500e6, time.UTC)
	return []backends.Message{
		{Target: target, Position: "1", Time: at, Route: "orders.new", Body: []byte(`{"id":7}`), Size: 8, ContentType: "application/json"},
		{Target: target, Position: "2", Body: []byte("\x1b[2Jboo"), Size: 7, Redelivered: true, Headers: []backends.Field{
			{Name: "a", Value: []byte("b")}, {Name: "raw", Value: []byte{0xff}, Type: "byte array"},
		}},
		{Target: target, Position: "3", Time: at, TimeReceived: true, Body: []byte(`"x\ny"`), Size: 6, Headers: []backends.Field{
			{Name: "a", Value: []byte("1")}, {Name: "a", Value: []byte("2")},
		}},
	}
}

type streams struct{ d *double }

func (streams) ListStreams(_ context.Context, q backends.Query) (backends.Page[backends.Stream], error) {
	return match(q, []backends.Stream{{
		Name: "events", Type: "stream", Length: backends.ExactCount(40), FirstID: "1-0", LastID: "9-0",
		EntriesAdded: backends.ExactCount(50),
		Groups: []backends.Group{
			{
				Name: "fast", ConsumerCount: backends.ExactCount(1), Pending: backends.ExactCount(0),
				Lag: backends.ExactCount(0), LastDeliveredID: "9-0",
				Consumers: []backends.Consumer{{Name: "w1", Pending: backends.ExactCount(0), Idle: backends.ExactSpan(1500 * time.Millisecond)}},
			},
			{
				Name: "slow", ConsumerCount: backends.ExactCount(2), Pending: backends.ExactCount(6),
				Lag: backends.Count{Value: 30, Certainty: backends.About}, LastDeliveredID: "3-0",
			},
		},
	}}, func(s backends.Stream) string { return s.Name }), nil
}

// DescribeStream knows every name but that of a list.
func (s streams) DescribeStream(_ context.Context, name string) (backends.Stream, error) {
	if name == "list" {
		return backends.Stream{}, &backends.Error{Reason: backends.NotFound, What: "no stream"}
	}
	return backends.Stream{}, nil
}

func (s streams) ReadStream(_ context.Context, name, from string, n int) ([]backends.Message, error) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	s.d.froms = append(s.d.froms, from)
	return letters(backends.Target{Kind: backends.KindStream, Name: name})[:min(n, 3)], nil
}

func (s streams) TailStream(ctx context.Context, name string) (*backends.Tail, error) {
	return backends.OpenTail(ctx, backends.Target{Kind: backends.KindStream, Name: name}, s.d.feed), nil
}

type channels struct{ d *double }

func (channels) ListChannels(_ context.Context, q backends.Query) (backends.Page[backends.Channel], error) {
	return match(q, []backends.Channel{{
		Name: "shop", Type: "topic", InRate: backends.ExactRate(2),
		Bindings: []backends.Binding{{Destination: backends.Target{Kind: backends.KindQueue, Name: "orders"}, RoutingKey: "orders.#"}},
		Flags:    []string{"durable"}, Alternate: "lost",
	}, {Name: "prices", Type: "channel", Subscribers: backends.ExactCount(3)}}, func(c backends.Channel) string { return c.Name }), nil
}

func (c channels) PlanTap(_ context.Context, target backends.Target) (backends.Plan, error) {
	plan := c.d.plan
	plan.Target = target
	return plan, nil
}

func (c channels) Tap(ctx context.Context, look backends.Look) (*backends.Tail, error) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.d.looks = append(c.d.looks, look)
	return backends.OpenTail(ctx, look.Target, c.d.feed), nil
}

type locks struct{}

func (locks) ListLocks(_ context.Context, q backends.Query) (backends.Page[backends.Lock], error) {
	return match(q, []backends.Lock{
		{Name: "lock:a", Holder: "w1", TTL: backends.ExactSpan(12345 * time.Millisecond), Library: "redisson", Confidence: 0.97, Reentrancy: backends.ExactCount(2)},
		{Name: "lock:b", Holder: "\xfe\x01", NoExpiry: true, Confidence: 0.5},
	}, func(l backends.Lock) string { return l.Name }), nil
}

type boards struct{}

func (boards) ListLeaderboards(_ context.Context, q backends.Query) (backends.Page[backends.Leaderboard], error) {
	top, _ := boards{}.ReadLeaderboard(context.Background(), "", 1, 4)
	return match(q, []backends.Leaderboard{{Name: "sellers", Size: backends.ExactCount(4), Top: top}},
		func(l backends.Leaderboard) string { return l.Name }), nil
}

func (boards) ReadLeaderboard(_ context.Context, name string, _ int64, n int) ([]backends.Place, error) {
	if name == "nope" {
		return nil, nil
	}
	return []backends.Place{
		{Rank: 1, Member: "ann", Score: math.Inf(1)},
		{Rank: 2, Member: "bo\xff", Score: 9.5},
		{Rank: 3, Member: "cy", Score: 1e300},
		{Rank: 4, Member: "di", Score: -3},
	}[:min(n, 4)], nil
}

type keys struct{}

func (keys) ListKeys(_ context.Context, q backends.Query) (backends.Page[backends.Key], error) {
	return match(q, []backends.Key{
		{Name: "k", Type: "string", TTL: backends.ExactSpan(26 * time.Hour), Length: backends.ExactCount(5), Bytes: backends.Count{Value: 64, Certainty: backends.About}, Encoding: "embstr"},
		{Name: "k2", Type: "hash", NoExpiry: true},
	}, func(k backends.Key) string { return k.Name }), nil
}

type health struct{}

func (health) ReadHealth(context.Context) (backends.HealthReport, error) {
	return backends.HealthReport{
		Product: "Redis", Version: "7.0.15", Role: "master", Uptime: backends.ExactSpan(50 * time.Hour),
		Connections: backends.ExactCount(4), Operations: backends.ExactRate(1200), MemoryUsed: backends.ExactCount(1 << 20),
		Alarms: []backends.Alarm{{Severity: backends.Warning, Text: "no limit\nof memory"}},
		Facts:  []backends.Fact{{Group: "memory", Name: "policy", Value: "noeviction"}},
	}, nil
}

// run is what one run of the command line left behind.
type run struct {
	status         int
	stdout, stderr string
}

// bench runs commands on doubles, which the URLs double://NAME open.
type bench struct {
	sources map[string]*double
	env     map[string]string
	local   []string
	stdin   string
}

func (b *bench) world(t *testing.T, out, errs io.Writer) cli.Env {
	vars := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
	for k, v := range b.env {
		vars[k] = v
	}
	return cli.Env{
		Stdin: strings.NewReader(b.stdin), Stdout: out, Stderr: errs, Version: "1.2.3", Local: b.local,
		Getenv: func(name string) string { return vars[name] },
		Drivers: backends.Drivers{{Schemes: []string{"double"}, Open: func(u *url.URL, opt backends.Options) (backends.Source, error) {
			d := b.sources[u.Host]
			if d == nil {
				return nil, &backends.Error{Reason: backends.BadUsage, Source: backends.Redact(u), What: "no such double"}
			}
			if opt.Name != "" {
				d.id.Name = opt.Name
			}
			return d, nil
		}}},
		Console: func(context.Context, cli.ConsoleOptions) error { return nil },
	}
}

func (b *bench) run(t *testing.T, args ...string) run {
	t.Helper()
	var out, errs bytes.Buffer
	status := cli.Main(t.Context(), args, b.world(t, &out, &errs))
	return run{status, out.String(), errs.String()}
}

// expect checks a run's status and that stderr is exactly these lines.
func (r run) expect(t *testing.T, status int, stderr ...string) {
	t.Helper()
	want := ""
	for _, line := range stderr {
		want += "bustop: " + line + "\n"
	}
	if r.status != status || r.stderr != want {
		t.Errorf("status %d, stderr:\n%swant status %d, stderr:\n%s", r.status, r.stderr, status, want)
	}
}

func one() *bench { return &bench{sources: map[string]*double{"a": shop("a")}} }

func two() *bench {
	return &bench{sources: map[string]*double{"a": shop("a"), "b": shop("b")}}
}

func lines(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") }

func (health) SlowLog(context.Context) ([]backends.OfServer[backends.SlowLog], error) {
	return []backends.OfServer[backends.SlowLog]{{Server: "h:1", Value: backends.SlowLog{
		Over: backends.ExactSpan(10 * time.Millisecond), Kept: backends.ExactCount(1),
		Entries: []backends.SlowCommand{{ID: 3, At: time.Unix(1_700_000_000, 0), Took: 12345 * time.Microsecond, Words: []string{"KEYS", "*\xff"}, Name: "cron"}},
	}}, {Server: "h:2", Err: &backends.Error{Reason: backends.Unreachable, What: "no answer in time"}}}, nil
}

func (health) Clients(context.Context) ([]backends.OfServer[backends.ClientList], error) {
	return nil, &backends.Error{Reason: backends.Denied, Source: "a", What: "no permission: CLIENT LIST"}
}
