package app

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	goredis "github.com/redis/go-redis/v9"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/rabbitmq"
	"bustop/backends/redis"
	"bustop/backends/spans"
	"bustop/backends/testkit"
)

// liveConsoleWith is a console on one source that is opened with options.
func liveConsoleWith(t *testing.T, url string, opt backends.Options) *console {
	t.Helper()
	store := spans.NewStore(1 << 20)
	opt.Tracer = spans.Provider(store, "test")
	src, err := backends.Drivers{redis.Driver(), rabbitmq.Driver()}.Open(url, opt)
	must(t, err)
	t.Cleanup(func() { _ = src.Close() })
	c := startConsole(t, Options{Sources: []backends.Source{src}, Spans: store, Tracer: opt.Tracer})
	c.results = make(chan tea.Msg, 1000)
	return c
}

// capture writes what is on a screen of 120x40, without styles, into the folder that BUSTOP_SCREENS names,
// so that a person can look at what a test only asks a few words of.
func (c *console) capture(name string) {
	c.t.Helper()
	folder := os.Getenv("BUSTOP_SCREENS")
	if folder == "" {
		return
	}
	must(c.t, os.MkdirAll(folder, 0o750))
	text := ansi.Strip(strings.Join(c.at(120, 40), "\n")) + "\n"
	must(c.t, os.WriteFile(filepath.Join(folder, name+".txt"), []byte(text), 0o600))
	c.at(100, 30)
}

// captureHealth opens the health of the one source and goes through its sections; wants is what each
// of them has to show.
func (c *console) captureHealth(name string, wants map[string]string) {
	c.t.Helper()
	c.press("1", "enter")
	for _, section := range strings.Fields("Trends Memory Disk Replicas Keys Commands Slow Stalls Clients Errors Facts") {
		if want, ok := wants[section]; ok {
			c.see(want)
			c.capture(name + "-health-" + strings.ToLower(section))
		}
		c.press("right")
	}
	c.press("esc")
}

func clientOf(t *testing.T, addr string) *goredis.Client {
	t.Helper()
	client := goredis.NewClient(&goredis.Options{Addr: addr, DisableIdentity: true, MaxRetries: -1})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func TestOnRedisCluster(t *testing.T) {
	cluster := testkit.RedisCluster(t, 3, 0)
	for i := range 9 {
		cluster.Do(t, "RPUSH", fmt.Sprintf("orders:%d", i), "x", "y")
	}
	cluster.Do(t, "XADD", "tickets", "1-0", "data", "hello")
	for _, r := range cluster.Masters {
		sub := cluster.Client(r).Subscribe(t.Context(), "prices")
		t.Cleanup(func() { _ = sub.Close() })
		_, err := sub.Receive(t.Context())
		must(t, err)
	}
	c := liveConsole(t, cluster.URL())
	c.see("● redis", "cluster of 3 masters and 0 replicas", "redis 7.", "cluster", "9 queues", "18 ready", "1 stream")
	c.press("2")
	for i := range 9 {
		c.row(fmt.Sprintf("orders:%d", i), "list", "2")
	}
	c.press("3")
	c.row("tickets", "1")
	c.press("4")
	c.row("prices", "channel", "3")
	c.capture("cluster-channels")
	c.press("7")
	c.row("orders:#", "~9", "list")
	c.capture("cluster-keys")
	c.captureHealth("cluster", map[string]string{"Trends": "operations", "Replicas": "master", "Clients": "subscribe", "Facts": "cluster_state"})
	c.see("18 ready")
	c.capture("cluster")
	// A slot moves while the console looks.
	from := cluster.Owner(t, "tickets")
	to := cluster.Masters[(slices.Index(cluster.Masters, from)+1)%3]
	slot, err := cluster.Client(from).ClusterKeySlot(t.Context(), "tickets").Result()
	must(t, err)
	c.press("3", "enter")
	c.see("▸ stream tickets", "● live", "hello")
	cluster.BeginMove(t, int(slot), from, to)
	cluster.MoveKeys(t, int(slot), 10, from, to)
	cluster.EndMove(t, int(slot), to)
	c.eventually("an entry of the new owner", func() bool {
		c.beat()
		return cluster.Client(to).XAdd(t.Context(), &goredis.XAddArgs{Stream: "tickets", ID: "2-0", Values: []string{"data", "moved"}}).Err() == nil
	})
	c.see("moved", "● live")
	c.capture("cluster-moved-slot")
	c.press("esc")
	// One master is killed: the others' rows stay, and the status names it.
	victim := cluster.Masters[slices.IndexFunc(cluster.Masters, func(r *servers.Redis) bool { return r != to })]
	var theirs, others []string
	for i := range 9 {
		name := fmt.Sprintf("orders:%d", i)
		if cluster.Owner(t, name) == victim {
			theirs = append(theirs, name)
		} else {
			others = append(others, name)
		}
	}
	victim.Kill()
	c.press("1")
	c.see("◐ redis", "1 of 3 masters away: "+victim.Addr(), victim.Addr()+" is down: connection refused")
	c.capture("cluster-master-down")
	c.press("2")
	for _, name := range others {
		c.row(name, "list", "2")
	}
	c.see(victim.Addr() + " does not answer: its keys are not shown")
	c.eventually("the rows of the node that is down are not shown as if known", func() bool {
		c.beat()
		return !slices.ContainsFunc(theirs, func(name string) bool { return slices.Contains(strings.Fields(c.text()), name) })
	})
	c.capture("cluster-master-down-queues")
	must(t, victim.Start(context.Background()))
	c.see("● redis")
}

func TestOnRedisSentinel(t *testing.T) {
	g := testkit.RedisSentinel(t, 1, 3, "")
	g.AwaitAgreement(t, "")
	master := clientOf(t, g.Master.Addr())
	must(t, master.RPush(t.Context(), "orders", "a", "b", "c").Err())
	must(t, master.Do(t.Context(), "WAIT", 1, 5000).Err())
	c := liveConsole(t, g.URL())
	c.see("● redis", "mymaster is "+g.Master.Addr(), "1 queue", "3 ready")
	c.capture("sentinel")
	c.captureHealth("sentinel", map[string]string{"Trends": "operations", "Replicas": "online", "Facts": "replication"})
	c.watchPattern("after.*")
	g.Master.Kill()
	next := g.Promoted(t)
	c.see("● live", "gap", "1 gap")
	must(t, clientOf(t, next.Addr()).Publish(t.Context(), "after.all", "still here").Err())
	c.see("still here")
	c.capture("sentinel-tap-after-failover")
	c.press("esc", "2")
	c.row("orders", "list", "3")
	c.press("1")
	c.see("● redis", "failed over to "+next.Addr(), "master", "3 ready")
	c.capture("sentinel-after-failover")
}

func TestOnRedisTLS(t *testing.T) {
	authority := testkit.NewAuthority(t)
	server, addr := testkit.RedisTLS(t, authority, time.Now().Add(time.Hour))
	must(t, clientOf(t, server.Addr()).RPush(t.Context(), "orders", "a").Err())
	c := liveConsoleWith(t, "rediss://"+addr, backends.Options{TLS: authority.Client(t, "console")})
	c.see("● redis", "1 queue", "1 ready")
	c.press("2")
	c.row("orders", "list", "1")
	c.press("1")
	c.see("redis 7.", "TLS 1.3, the server's certificate holds until", "the server's certificate ends in", "bustop's own certificate ends in")
	c.capture("tls")

	bare := authority.Client(t, "other")
	bare.Certificates = nil
	c = liveConsoleWith(t, "rediss://"+addr, backends.Options{TLS: bare})
	c.see("○ redis", "the server wants a certificate of ours")
	c.capture("tls-without-certificate")
}

// A user with few rights sees what these show; each thing that is missing names its right.
func TestOnRedisWithFewRights(t *testing.T) {
	server := testkit.Redis(t)
	client := clientOf(t, server.Addr())
	ctx := t.Context()
	seedRedis(t, client)
	open := func(rules ...any) *console {
		must(t, client.Do(ctx, append([]any{"ACL", "SETUSER", "eve", "reset", "on", ">pw"}, rules...)...).Err())
		u := &url.URL{Scheme: "redis", Host: server.Addr(), User: url.UserPassword("eve", "pw")}
		return liveConsoleWith(t, u.String(), backends.Options{})
	}
	// The least-privilege user that the manual advises.
	c := open("+@read", "+@connection", "-@write", "-@dangerous", "+info", "+slowlog|get", "+client|list", "+pubsub|channels", "+pubsub|numsub", "~*", "&*")
	redisPanes(c)
	c.capture("acl-advised")
	c.press("7")
	c.row("orders", "~1", "list")
	c.capture("acl-advised-keys")
	c.press("5")
	c.row("lock:invoice")
	c.capture("acl-advised-locks")
	c.captureHealth("acl-advised", map[string]string{"Memory": "dataset", "Slow": "the right to CONFIG GET", "Stalls": "no permission", "Clients": "bustop's own", "Disk": "last save"})

	c = open("-@all", "+@read", "+ping", "-xinfo", "-pttl", "~*")
	c.see("● redis", "no permission: INFO")
	c.capture("acl-without-info")
	c.press("2")
	c.row("orders", "list", "3")
	for pane, want := range map[string]string{"3streams": "no permission: XINFO STREAM", "4channels": "no permission: PUBSUB CHANNELS", "5locks": "no permission: PTTL"} {
		c.press(pane[:1])
		c.see(want+" –", "– "+pane[1:]+" ·", "not permitted", "+"+strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(want, "no permission: "), " ", "|")))
		c.capture("acl-without-" + pane[1:])
	}
	c.press("6")
	c.row("leaderboard:sellers", "2", "bo", "7.5", "·", "ann", "3")
}
