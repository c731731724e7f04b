package health_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/ui/golden"
	"bustop/views"
	"bustop/views/health"
	"bustop/views/viewtest"
)

// server is a source whose servers tell everything, except for what is denied.
type server struct {
	*viewtest.Source
	n      int64
	asked  map[string]int
	denied error
}

func newServer() *server {
	s := &server{Source: viewtest.Redis(), asked: map[string]int{}}
	s.Report.Alarms = []backends.Alarm{{Severity: backends.Info, Text: "9 keys were evicted since the start"}, {Severity: backends.Critical, Text: "the last save to disk failed: writes may be refused"}}
	s.Report.Facts = []backends.Fact{{Group: "clients", Name: "maxclients", Value: "10000"}, {Group: "server", Name: "os", Value: viewtest.Hostile}}
	return s
}

// Roles implements backends.Source.
func (s *server) Roles() backends.Roles {
	roles := s.Source.Roles()
	roles.Health = s
	return roles
}

func (s *server) Details(context.Context) ([]backends.OfServer[backends.ServerDetail], error) {
	s.asked["details"]++
	s.n++
	c := func(n int64) backends.Count { return backends.ExactCount(n) }
	// What is counted grows with the clock, so that rates do not depend on when it is asked.
	grown := func(perSecond int64) backends.Count {
		return c(int64(time.Since(viewtest.Start()) * time.Duration(perSecond) / time.Second))
	}
	return one(backends.ServerDetail{
		Role: "master",
		Sample: backends.ServerSample{
			Run: "x", Operations: backends.ExactRate(float64(100 * s.n)), Memory: c(12 << 20), Clients: c(7), Blocked: c(2), Keys: c(1234),
			Commands: grown(100), Hits: grown(7500), Misses: grown(2500), Evicted: c(0), Expired: c(6), BytesIn: grown(20 << 20), BytesOut: grown(100 << 20),
		},
		Memory: backends.MemoryState{Used: c(12 << 20), Limit: c(16 << 20), Peak: c(13 << 20), Policy: "allkeys-lru", Fragmentation: backends.ExactRate(1.25)},
		Persistence: backends.Persistence{
			Snapshots: "3600 1 300 100", Log: "no", LastSave: viewtest.Start().Add(-time.Hour), Unsaved: c(41), SaveFailed: true, ForkTook: backends.ExactSpan(250 * time.Microsecond),
		},
		Replication: backends.Replication{Role: "master", Offset: c(5000), Replicas: []backends.ReplicaLink{
			{Addr: "10.0.0.2:6379", State: "online", Behind: c(40), Silent: backends.ExactSpan(time.Second)}, {Addr: viewtest.Hostile, State: "wait_bgsave"},
		}},
		Keyspace: []backends.DatabaseState{{Name: "db0", Keys: c(1234), Expiring: c(200), MeanTTL: backends.ExactSpan(90 * time.Second)}, {Name: "db3", Keys: c(1), Expiring: c(0)}},
		Errors:   []backends.ErrorCount{{Code: "WRONGTYPE", Count: c(7), Rate: backends.ExactRate(0.5)}},
	}), nil
}

func one[T any](v T) []backends.OfServer[T] {
	return []backends.OfServer[T]{{Server: "127.0.0.1:6379", Value: v}}
}

func (s *server) SlowLog(context.Context) ([]backends.OfServer[backends.SlowLog], error) {
	s.asked["slow"]++
	return one(backends.SlowLog{Over: backends.ExactSpan(10 * time.Millisecond), Kept: backends.ExactCount(2), Entries: []backends.SlowCommand{
		{At: viewtest.Start().Add(-time.Minute), Took: 120 * time.Millisecond, Words: []string{"KEYS", "*"}, Name: "cron"},
		{At: viewtest.Start().Add(-time.Hour), Took: 11 * time.Millisecond, Words: []string{"SCAN", "0"}, Ours: true},
		{At: viewtest.Start().Add(-time.Hour), Took: 12 * time.Millisecond, Words: []string{"SET", viewtest.Hostile}, Client: "10.0.0.9:1"},
	}}), s.denied
}

func (s *server) Latency(context.Context) ([]backends.OfServer[backends.Latency], error) {
	s.asked["latency"]++
	return one(backends.Latency{Over: backends.ExactSpan(100 * time.Millisecond), Events: []backends.LatencyEvent{{
		Name: "fork", Last: viewtest.Start(), Latest: 120 * time.Millisecond, Worst: time.Second,
		History: []backends.LatencySpike{{Took: time.Second}, {Took: 120 * time.Millisecond}},
	}}}), nil
}

func (s *server) Clients(context.Context) ([]backends.OfServer[backends.ClientList], error) {
	s.asked["clients"]++
	c := func(id int64, name, addr, command string) backends.ClientInfo {
		return backends.ClientInfo{
			ID: id, Name: name, Addr: addr, Command: command, User: "app", Database: "0", Idle: backends.ExactSpan(3 * time.Second), Age: backends.ExactSpan(time.Hour),
			Output: backends.ExactCount(0), Memory: backends.ExactCount(22_000), Subscriptions: backends.ExactCount(0),
		}
	}
	slow := c(4, "dashboard", "10.0.0.7:50", "subscribe")
	slow.Output, slow.Subscriptions = backends.ExactCount(5<<20), backends.ExactCount(3)
	waiting := c(5, "worker", "10.0.0.8:51", "blpop")
	waiting.Blocked = true
	ours := c(6, "bustop/me@here", "10.0.0.9:52", "client|list")
	ours.Ours = true
	return one(backends.ClientList{
		At: viewtest.Start(), Total: backends.ExactCount(6),
		Clients: []backends.ClientInfo{c(3, "worker", "10.0.0.8:49", "get"), slow, waiting, ours, c(7, viewtest.Hostile, "[::1]:9", "set")},
	}), nil
}

func (s *server) Commands(context.Context) ([]backends.OfServer[backends.CommandTable], error) {
	s.asked["commands"]++
	return one(backends.CommandTable{Over: backends.ExactSpan(time.Second), Commands: []backends.CommandUse{
		{Name: "GET", CallRate: backends.ExactRate(1500), Share: backends.ExactRate(0.125), Recent: backends.ExactSpan(4 * time.Microsecond), P99: backends.ExactSpan(9 * time.Microsecond), Calls: backends.ExactCount(90_000), FailRate: backends.ExactRate(0)},
		{Name: "LPUSH", CallRate: backends.ExactRate(0), Share: backends.ExactRate(0), PerCall: backends.ExactSpan(7 * time.Microsecond), Calls: backends.ExactCount(7), FailRate: backends.ExactRate(2)},
	}}), nil
}

// shown runs a test on the screen of a server.
func shown(t *testing.T, src backends.Source, test func(nav *viewtest.Nav, s *health.Screen)) {
	synctest.Test(t, func(t *testing.T) {
		d, nav := viewtest.Deps(t, true, src)
		s := health.New(d, src)
		defer s.Close()
		viewtest.Settle(s)
		time.Sleep(2 * time.Second)
		viewtest.Settle(s)
		test(nav, s)
	})
}

func TestDrawings(t *testing.T) {
	names := []string{"trends", "memory", "disk", "replicas", "keys", "commands", "slow", "stalls", "clients", "errors", "facts"}
	shown(t, newServer(), func(nav *viewtest.Nav, s *health.Screen) {
		for _, name := range names {
			for _, size := range [][2]int{{80, 24}, {200, 50}} {
				lines := s.Render(size[0], size[1])
				if len(lines) != size[1] {
					t.Fatalf("%d lines of %d", len(lines), size[1])
				}
				golden.Check(t, fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), lines)
			}
			viewtest.Press(t, nav, s, "right")
		}
	})
}

// What is not shown is not asked for.
func TestOnlyTheShownSectionIsAskedFor(t *testing.T) {
	src := newServer()
	shown(t, src, func(nav *viewtest.Nav, s *health.Screen) {
		if src.asked["details"] == 0 || src.asked["slow"]+src.asked["latency"]+src.asked["clients"]+src.asked["commands"] != 0 {
			t.Fatalf("the trends are shown, asked: %v", src.asked)
		}
		viewtest.Press(t, nav, s, "left", "left", "left") // facts, errors, clients
		before := src.asked["clients"]
		viewtest.Press(t, nav, s, "left") // stalls
		for range 20 {
			time.Sleep(time.Second)
			viewtest.Settle(s)
		}
		if before == 0 || src.asked["latency"] < 5 || src.asked["clients"] > before+4 || src.asked["slow"] != 0 {
			t.Errorf("clients %d, then asked: %v", before, src.asked)
		}
	})
}

func TestAMissingRightGreysItsSection(t *testing.T) {
	src := newServer()
	src.denied = &backends.Error{Reason: backends.Denied, What: "no permission: SLOWLOG GET", Advice: "ACL SETUSER … +slowlog|get"}
	shown(t, src, func(nav *viewtest.Nav, s *health.Screen) {
		viewtest.Press(t, nav, s, "right", "right", "right", "right", "right", "right")
		viewtest.Shows(t, s, "not shown: no permission: SLOWLOG GET – ACL SETUSER … +slowlog|get")
		viewtest.Press(t, nav, s, "right")
		viewtest.Shows(t, s, "fork")
	})
}

func TestClientsAreGroupedAndOursShown(t *testing.T) {
	shown(t, newServer(), func(nav *viewtest.Nav, s *health.Screen) {
		viewtest.Press(t, nav, s, "left", "left", "left")
		viewtest.Shows(t, s, "dashboard", "5.0 MiB", "1 of bustop's own left out")
		viewtest.Lacks(t, s, "10.0.0.9:52")
		viewtest.Press(t, nav, s, "o")
		viewtest.Shows(t, s, "10.0.0.9:52")
		viewtest.Press(t, nav, s, "b")
		if screen := viewtest.Text(s, 100, 30); !strings.Contains(screen, "NAME") || strings.Index(screen, "worker") > strings.Index(screen, "dashboard") {
			t.Errorf("by name, the largest first:\n%s", screen)
		}
		viewtest.Press(t, nav, s, "b", "b")
		viewtest.Shows(t, s, "LAST COMMAND", "client|list")
	})
}

// A source that tells a report only has its trends, too.
func TestAPlainReport(t *testing.T) {
	src := viewtest.RabbitMQ()
	shown(t, src, func(nav *viewtest.Nav, s *health.Screen) {
		viewtest.Shows(t, s, "Trends Facts", "operations", "clients", "RabbitMQ")
		src.Fail(&backends.Error{Reason: backends.Unreachable, What: "connection refused"})
		time.Sleep(5 * time.Second)
		viewtest.Settle(s)
		viewtest.Shows(t, s, "connection refused", "operations")
		viewtest.Press(t, nav, s, "right", "r")
	})
}

var _ views.Screen = (*health.Screen)(nil)
