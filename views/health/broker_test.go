package health_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views/health"
	"bustop/views/viewtest"
)

// rabbit is a message broker that tells everything, except for what fails.
type rabbit struct {
	*viewtest.Source

	mu    sync.Mutex
	many  int // connections, of a channel each
	fault error
	asked []backends.Query
}

func newRabbit() *rabbit {
	r := &rabbit{Source: viewtest.RabbitMQ(), many: 250}
	r.Now = backends.Status{State: backends.Live, Since: viewtest.Start(), DataAt: viewtest.Start()}
	c := func(name string, value float64, unit backends.Unit) backends.Figure {
		return backends.Figure{Name: name, Value: backends.ExactRate(value), Unit: unit}
	}
	r.Report = backends.HealthReport{
		Product: "RabbitMQ", Version: "3.10.8", Role: "node", Uptime: backends.ExactSpan(50 * time.Hour), Connections: backends.ExactCount(250),
		Operations: backends.ExactRate(120), MemoryUsed: backends.ExactCount(900 << 20), MemoryLimit: backends.ExactCount(1 << 30),
		Alarms: []backends.Alarm{
			{Severity: backends.Warning, Text: "rabbit@a has less than a fifth of its sockets left"},
			{Severity: backends.Critical, Text: "memory alarm on rabbit@a: publishers are blocked", For: backends.Span{Value: 4 * time.Minute, Certainty: backends.AtLeast}},
			{Severity: backends.Critical, Text: "rabbit@c is not running"},
		},
		Facts: []backends.Fact{{Group: "cluster", Name: "name", Value: viewtest.Hostile}, {Group: "totals", Name: "blocked connections", Value: "≥500"}},
		Figures: []backends.Figure{
			c("ready", 41_000, backends.Things), c("published", 120, backends.PerSecond), {Name: "dropped", Unit: backends.PerSecond}, c("memory", 900<<20, backends.Bytes),
		},
	}
	return r
}

// Roles implements backends.Source.
func (r *rabbit) Roles() backends.Roles {
	roles := r.Source.Roles()
	roles.Health = r
	return roles
}

// set changes what the broker says while a screen looks at it.
func (r *rabbit) set(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
}

func (r *rabbit) failing() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

func (r *rabbit) ReadNodes(context.Context) ([]backends.BrokerNode, error) {
	c := backends.ExactCount
	use := func(used, limit int64) backends.Usage { return backends.Usage{Used: c(used), Limit: c(limit)} }
	return []backends.BrokerNode{
		{Name: "rabbit@c", Down: true, Kind: "disc"},
		{
			Name: "rabbit@a", Ours: true, Kind: "disc", Uptime: backends.ExactSpan(50 * time.Hour), Memory: use(1<<30, 1<<30), DiskFree: c(40 << 30), DiskLimit: c(50 << 20),
			Files: use(900, 1024), Sockets: use(800, 829), Processes: use(3000, 1<<20), RunQueue: c(3), Partitions: []string{"rabbit@b", viewtest.Hostile},
			MemoryAlarm: backends.Span{Value: 4 * time.Minute, Certainty: backends.AtLeast},
		},
		{Name: "rabbit@b", Draining: true, Uptime: backends.ExactSpan(time.Minute), DiskFree: c(1 << 20), DiskLimit: c(50 << 20), DiskAlarm: backends.Span{Value: time.Minute, Certainty: backends.About}},
	}, r.failing()
}

// connection is the nth: the first are held up.
func connection(n int) backends.BrokerConnection {
	states := map[int]string{0: "blocked", 1: "blocking", 2: "flow", 3: "", 4: viewtest.Hostile}
	state, odd := states[n]
	if !odd {
		state = "running"
	}
	c := backends.BrokerConnection{
		Name: fmt.Sprintf("10.0.0.%d:4%04d -> 10.0.1.1:5672", n%200, n), ClientName: fmt.Sprintf("worker-%03d", n), Product: "shop-billing", Version: "1.2", Platform: "Go",
		User: "billing", Vhost: "shop/eu", Protocol: "AMQP 0-9-1", Peer: fmt.Sprintf("10.0.0.%d:4%04d", n%200, n), Node: "rabbit@a", State: state, Mechanism: "PLAIN",
		Channels: backends.ExactCount(1), Since: viewtest.Start().Add(-time.Hour), Heartbeat: backends.ExactSpan(10 * time.Second),
		In: backends.ExactRate(1500), Out: backends.ExactRate(0), Pending: backends.ExactCount(int64(n % 2)),
	}
	switch n {
	case 0:
		c.Secure, c.TLS, c.Certificate = true, "tlsv1.3 TLS_AES_256_GCM_SHA384", "CN=billing,O=Shop"
	case 4:
		c.ClientName, c.User, c.Vhost, c.Peer, c.Product = viewtest.Hostile, viewtest.Hostile, viewtest.Hostile, viewtest.Hostile, viewtest.Hostile
	case 5:
		c = backends.BrokerConnection{Name: c.Name, Ours: true}
	}
	return c
}

// session is the channel of the nth connection.
func session(n int) backends.BrokerSession {
	c := connection(n)
	s := backends.BrokerSession{
		Name: c.Name + " (1)", Connection: c.Name, ClientName: c.ClientName, Number: backends.ExactCount(1), User: c.User, Vhost: c.Vhost, Peer: c.Peer, State: c.State,
		Unacked: backends.ExactCount(int64(max(20-n, 0))), Unconfirmed: backends.ExactCount(0), Uncommitted: backends.ExactCount(2), Prefetch: backends.ExactCount(20),
		Consumers: backends.ExactCount(1), Publish: backends.ExactRate(0), Deliver: backends.ExactRate(12.5), Ack: backends.ExactRate(12),
	}
	switch n {
	case 1:
		s.IdleSince, s.Confirms = viewtest.Start().Add(-90*time.Second), true
	case 2:
		s.Prefetch, s.Transactions = backends.ExactCount(0), true
	case 3:
		s.Prefetch, s.GlobalPrefetch = backends.ExactCount(0), backends.ExactCount(300)
	case 5:
		s = backends.BrokerSession{Name: s.Name, Connection: s.Connection}
	}
	return s
}

// listed answers as a server does: a page of what matches, or that there is no such page.
func listed[T any](r *rabbit, q backends.Query, row func(int) T, name func(T) string) (backends.Page[T], error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, q)
	if r.fault != nil {
		return backends.Page[T]{}, r.fault
	}
	var all []T
	for n := range r.many {
		if one := row(n); strings.Contains(name(one), q.Match) {
			all = append(all, one)
		}
	}
	if q.Offset > len(all) || (q.Offset == len(all) && q.Offset > 0) {
		return backends.Page[T]{}, &backends.Error{Reason: backends.ServerError, What: "Page out of range", Err: backends.ErrPastEnd}
	}
	return backends.Page[T]{Items: all[q.Offset:min(q.Offset+q.Limit, len(all))], Total: backends.ExactCount(int64(len(all)))}, nil
}

func (r *rabbit) ReadConnections(_ context.Context, q backends.Query) (backends.Page[backends.BrokerConnection], error) {
	return listed(r, q, connection, func(c backends.BrokerConnection) string { return c.Name })
}

func (r *rabbit) ReadSessions(_ context.Context, q backends.Query) (backends.Page[backends.BrokerSession], error) {
	return listed(r, q, session, func(c backends.BrokerSession) string { return c.Name })
}

func (r *rabbit) ReadVhosts(context.Context) ([]backends.BrokerVhost, error) {
	c := backends.ExactCount
	return []backends.BrokerVhost{
		{Name: "shop/eu", Description: "the shop in Europe", Tags: []string{"prod", "eu"}, Ours: true, DefaultQueueType: "quorum", Ready: c(41_000), Unacked: c(20), Publish: backends.ExactRate(120), Deliver: backends.ExactRate(12.5), Limits: map[string]int64{"max-queues": 50, "max-connections": -1}},
		{Name: viewtest.Hostile, Tracing: true, DownOn: []string{"rabbit@b"}, Limits: map[string]int64{}},
		{Name: "/", LimitsErr: &backends.Error{Reason: backends.Denied, What: "not permitted"}},
	}, r.failing()
}

func (r *rabbit) ReadPolicies(context.Context) (backends.BrokerRules, error) {
	return backends.BrokerRules{
		Policies: backends.Part[backends.BrokerPolicy]{Items: []backends.BrokerPolicy{
			{Vhost: "shop/eu", Name: "expire", Pattern: "^orders", ApplyTo: "queues", Priority: backends.ExactCount(3), Definition: []string{"max-length = 100000", "message-ttl = 86400000"}},
			{Vhost: viewtest.Hostile, Name: viewtest.Hostile, Pattern: viewtest.Hostile, Definition: []string{viewtest.Hostile}},
		}},
		Operator: backends.Part[backends.BrokerPolicy]{Err: &backends.Error{Reason: backends.Denied, What: "not permitted: the user lacks the tag administrator"}},
	}, r.failing()
}

func (r *rabbit) ReadLinks(context.Context) (backends.BrokerTransfers, error) {
	return backends.BrokerTransfers{
		Shovels: backends.Part[backends.BrokerTransfer]{Items: []backends.BrokerTransfer{
			{Name: "broken", Vhost: "shop/eu", Kind: "dynamic", State: "terminated", Node: "rabbit@a", Since: "1999-12-31 18:59:50", Problem: viewtest.Hostile},
			{Name: "slow", Vhost: "shop/eu", Kind: "dynamic", State: "starting", Node: "rabbit@a", Since: "1999-12-31 18:00:00", For: backends.Span{Value: time.Hour, Certainty: backends.About}},
			{Name: "archive", Vhost: "shop/eu", Kind: "dynamic", State: "running", Node: "rabbit@a", From: "old at 10.0.1.1:5672", To: "archive at 10.0.2.1:5672 vhost archive"},
		}},
		NoFederation: true,
	}, r.failing()
}

func (r *rabbit) ReadAccess(context.Context) (backends.BrokerRights, error) {
	return backends.BrokerRights{
		User: "console", Tags: []string{"monitoring"},
		Permissions: backends.Part[backends.BrokerPermission]{Items: []backends.BrokerPermission{{Vhost: "shop/eu", Configure: "", Write: "^$", Read: ".*"}, {Vhost: viewtest.Hostile, Read: viewtest.Hostile}}},
		Topics:      backends.Part[backends.BrokerTopicPermission]{Items: []backends.BrokerTopicPermission{{Vhost: "shop/eu", Exchange: "amq.topic", Write: "^eu", Read: ".*"}}},
		Abilities: []backends.BrokerAbility{
			{What: "connect over AMQP", Verdict: backends.Granted},
			{What: "look into queues, read streams", Right: "read on the queue"},
			{What: "permissions of users, feature flags", Verdict: backends.Missing, Right: "the tag administrator", Advice: "bustop does without"},
		},
	}, r.failing()
}

func (r *rabbit) ReadFeatures(context.Context) ([]backends.BrokerFeature, error) {
	return []backends.BrokerFeature{
		{Name: "detailed_queues_endpoint", State: "disabled", Stability: "stable", Description: "Add a detailed queues HTTP API endpoint"},
		{Name: "khepri_db", State: "disabled", Stability: "experimental", Description: viewtest.Hostile},
		{Name: "quorum_queue", State: "enabled", Stability: "stable", Description: "Support queues of type `quorum`"},
	}, r.failing()
}

func TestBrokerDrawings(t *testing.T) {
	names := []string{"trends", "nodes", "connections", "channels", "vhosts", "policies", "links", "rights", "features", "facts"}
	shown(t, newRabbit(), func(nav *viewtest.Nav, s *health.Screen) {
		for _, name := range names {
			for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 50}} {
				lines := s.Render(size[0], size[1])
				if len(lines) != size[1] {
					t.Fatalf("%d lines of %d", len(lines), size[1])
				}
				golden.Check(t, fmt.Sprintf("broker-%s-%dx%d", name, size[0], size[1]), lines)
			}
			viewtest.Press(t, nav, s, "right")
		}
	})
}

// onSection runs a test on a section of a broker, counted from the first one.
func onSection(t *testing.T, r *rabbit, turns int, test func(nav *viewtest.Nav, s *health.Screen)) {
	shown(t, r, func(nav *viewtest.Nav, s *health.Screen) {
		for range turns {
			viewtest.Press(t, nav, s, "right")
		}
		test(nav, s)
	})
}

// TestPages: forward and back by the keys, a last page that is not full, and no key that leads past an end.
func TestPages(t *testing.T) {
	for section, things := range map[int]string{2: "connections", 3: "channels"} {
		r := newRabbit()
		onSection(t, r, section, func(nav *viewtest.Nav, s *health.Screen) {
			viewtest.Shows(t, s, "250 "+things+" · 1–100 shown", "worker-000")
			viewtest.Lacks(t, s, "worker-100")
			if hasKey(s, "[") {
				t.Error("there is a key for the page before the first")
			}
			viewtest.Press(t, nav, s, "]")
			viewtest.Shows(t, s, "101–200 shown", "worker-100")
			viewtest.Press(t, nav, s, "]")
			viewtest.Shows(t, s, "201–250 shown", "worker-200")
			if hasKey(s, "]") {
				t.Error("there is a key for the page after the last")
			}
			viewtest.Press(t, nav, s, "[", "[")
			viewtest.Shows(t, s, "1–100 shown", "worker-000")
			for _, q := range r.asked {
				if q.Limit != 100 || q.Offset%100 != 0 || q.Complete {
					t.Errorf("asked: %+v", q)
				}
			}
		})
	}
}

func hasKey(s *health.Screen, key string) bool {
	for _, b := range s.Bindings() {
		for _, k := range b.Keys {
			if k == key {
				return true
			}
		}
	}
	return false
}

// TestAPageThatIsGone: when most clients have left, the last page that there is takes the place of the one
// that is shown.
func TestAPageThatIsGone(t *testing.T) {
	r := newRabbit()
	onSection(t, r, 2, func(nav *viewtest.Nav, s *health.Screen) {
		viewtest.Press(t, nav, s, "]", "]")
		viewtest.Shows(t, s, "201–250 shown")
		r.set(func() { r.many = 130 })
		viewtest.Press(t, nav, s, "r")
		viewtest.Shows(t, s, "130 connections · 101–130 shown", "worker-100")
		r.set(func() { r.many = 3 })
		viewtest.Press(t, nav, s, "r")
		viewtest.Shows(t, s, "3 connections", "worker-000")
		viewtest.Lacks(t, s, "shown,")
		r.set(func() { r.many = 0 })
		viewtest.Press(t, nav, s, "r")
		viewtest.Shows(t, s, "0 connections")
	})
}

// TestFindByAddress: what is typed is looked for by the server, from its first page on, and emptied again.
func TestFindByAddress(t *testing.T) {
	r := newRabbit()
	onSection(t, r, 2, func(nav *viewtest.Nav, s *health.Screen) {
		viewtest.Press(t, nav, s, "]")
		nav.Answer = "10.0.0.7:"
		viewtest.Press(t, nav, s, "/")
		viewtest.Shows(t, s, "2 connections with 10.0.0.7:", "worker-007", "worker-207")
		nav.Answer = "nobody"
		viewtest.Press(t, nav, s, "/")
		viewtest.Shows(t, s, "0 connections with nobody")
		nav.Answer = ""
		viewtest.Press(t, nav, s, "/")
		viewtest.Shows(t, s, "250 connections · 1–100 shown")
	})
}

// TestDetails: a second line for each, and away again.
func TestDetails(t *testing.T) {
	onSection(t, newRabbit(), 2, func(nav *viewtest.Nav, s *health.Screen) {
		viewtest.Lacks(t, s, "certificate")
		viewtest.Press(t, nav, s, "d")
		viewtest.Shows(t, s, "certificate CN=billing,O=Shop", "login by PLAIN", "heartbeat 10s", "no TLS", "not yet sent to it: 1 frame")
		viewtest.Press(t, nav, s, "right")
		viewtest.Shows(t, s, "publisher confirms", "transactions, 2 uncommitted", "of 10.0.0.0:40000 -> 10.0.1.1:5672")
		viewtest.Press(t, nav, s, "left", "d")
		viewtest.Lacks(t, s, "certificate")
	})
}

// TestAnErrorBetweenAnswers: what was shown stays, dated, with the error above it, in every section; what
// the error comes first in shows it alone.
func TestAnErrorBetweenAnswers(t *testing.T) {
	texts := []string{"rabbit@a", "worker-001", "worker-001", "shop/eu", "expire", "archive", "monitoring", "khepri_db"}
	for i, text := range texts {
		r := newRabbit()
		onSection(t, r, 1+i, func(nav *viewtest.Nav, s *health.Screen) {
			viewtest.Shows(t, s, text)
			r.set(func() {
				r.fault = &backends.Error{Reason: backends.ServerError, What: "the management API answered 500", Advice: "tried again"}
			})
			viewtest.Press(t, nav, s, "r")
			time.Sleep(10 * time.Second)
			viewtest.Settle(s)
			viewtest.Shows(t, s, "as it was ", "the management API answered 500", text)
			r.set(func() { r.fault = nil })
			viewtest.Press(t, nav, s, "r")
			time.Sleep(30 * time.Second)
			viewtest.Settle(s)
			viewtest.Lacks(t, s, "as it was ")
		})
		r = newRabbit()
		r.fault = &backends.Error{Reason: backends.Denied, What: "not permitted: the user lacks the tag monitoring"}
		onSection(t, r, 1+i, func(_ *viewtest.Nav, s *health.Screen) {
			viewtest.Shows(t, s, "not shown: not permitted: the user lacks the tag monitoring")
			viewtest.Lacks(t, s, "as it was ")
		})
	}
}

// TestTheBarShowsWhereOneIs in a terminal that has no room for all sections.
func TestTheBarShowsWhereOneIs(t *testing.T) {
	onSection(t, newRabbit(), 9, func(nav *viewtest.Nav, s *health.Screen) {
		if text := viewtest.Text(s, 40, 12); !strings.Contains(text, "Facts") || strings.Contains(text, "Trends") {
			t.Errorf("at the last section:\n%s", text)
		}
		viewtest.Press(t, nav, s, "right")
		if text := viewtest.Text(s, 40, 12); !strings.Contains(text, "Trends Nodes") {
			t.Errorf("at the first section:\n%s", text)
		}
	})
}
