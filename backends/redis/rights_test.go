package redis_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
)

// as opens a source for a user of the server.
func as(t *testing.T, addr, user, password string) backends.Source {
	t.Helper()
	return source(t, addr, func(u *url.URL, _ *backends.Options) { u.User = url.UserPassword(user, password) })
}

// denials is how often the server has refused somebody something, by its ACL LOG.
func denials(t *testing.T, c *goredis.Client) (n int64) {
	t.Helper()
	entries, err := c.ACLLog(context.Background(), 100).Result()
	must(t, err)
	for _, e := range entries {
		n += e.Count
	}
	return n
}

func user(t *testing.T, c *goredis.Client, rules ...any) {
	t.Helper()
	must(t, c.Do(context.Background(), append([]any{"ACL", "SETUSER"}, rules...)...).Err())
}

// A user that may read keys and nothing else sees what keys show; each other view says what
// is missing, and the server hears of it once.
func TestRestrictedUser(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	must(t, client.RPush(ctx, "app:q", "x").Err())
	must(t, client.RPush(ctx, "other:q", "x").Err())
	must(t, client.ZAdd(ctx, "app:board", goredis.Z{Member: "a", Score: 1}).Err())
	must(t, client.XAdd(ctx, &goredis.XAddArgs{Stream: "app:s", Values: []string{"a", "b"}}).Err())
	user(t, client, "eve", "on", ">pw", "~app:*", "resetchannels", "-@all", "+@read", "+ping", "-xinfo")
	src := as(t, addr, "eve", "pw")
	r := src.Roles()
	all := backends.Query{Complete: true}
	for range 3 {
		must(t, src.Ping(within(t)))
		queues, err := r.Queues.ListQueues(within(t), all)
		must(t, err)
		if len(queues.Items) != 1 || len(queues.Notes) != 1 || !strings.Contains(queues.Notes[0], "1 keys are not shown") {
			t.Errorf("queues: %+v", queues)
		}
		boards, err := r.Leaderboards.ListLeaderboards(within(t), all)
		if err != nil || len(boards.Items) != 1 {
			t.Errorf("leaderboards: %+v, %v", boards, err)
		}
		denied := func(what string, err error) {
			t.Helper()
			if backends.ReasonOf(err) != backends.Denied || !strings.Contains(err.Error(), "no permission: "+what) {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err = r.Health.ReadHealth(within(t))
		denied("INFO", err)
		_, err = r.Channels.ListChannels(within(t), all)
		denied("PUBSUB CHANNELS", err)
		_, err = r.Streams.ListStreams(within(t), all)
		denied("XINFO STREAM", err)
	}
	if src.Status().State != backends.Live {
		t.Errorf("status %+v", src.Status())
	}
	// CLIENT SETNAME on connecting, TYPE of the other key in each pass; the rest once each.
	commands := map[string]int64{}
	entries, err := client.ACLLog(ctx, 100).Result()
	must(t, err)
	for _, e := range entries {
		commands[e.Object] += e.Count
	}
	for _, name := range []string{"info", "xinfo|stream", "pubsub|channels", "dbsize"} {
		if commands[name] > 1 {
			t.Errorf("%s was tried %d times: %v", name, commands[name], commands)
		}
	}
}

func TestForbiddenChannel(t *testing.T) {
	addr, client := server(t)
	user(t, client, "eve", "on", ">pw", "~*", "resetchannels", "&open", "+@all")
	src := as(t, addr, "eve", "pw")
	tail, err := src.Roles().Channels.Tap(context.Background(), backends.Look{Target: channel("secret")})
	must(t, err)
	testkit.Eventually(t, "the tap says that it may not", func() bool {
		return backends.ReasonOf(tail.State().Err) == backends.Denied && tail.State().Err != nil
	})
	tap(t, src, "open")
}

// A wrong password is tried once, by whomever and however often it is asked for.
func TestWrongPasswordIsTriedOnce(t *testing.T) {
	addr, client := server(t)
	user(t, client, "eve", "on", ">right")
	src := as(t, addr, "eve", "wrong-s3cret")
	feed := backends.NewFeed(src.Pace(), func(ctx context.Context) (int, error) {
		_, err := src.Roles().Queues.ListQueues(ctx, backends.Query{})
		return 0, err
	})
	defer feed.Close()
	tail, err := src.Roles().Channels.Tap(context.Background(), backends.Look{Target: channel("c")})
	must(t, err)
	for range 50 {
		err := src.Ping(within(t))
		if backends.ReasonOf(err) != backends.Denied || strings.Contains(fmt.Sprintf("%+v", err), "s3cret") {
			t.Fatalf("ping: %v", err)
		}
	}
	testkit.Eventually(t, "feed and tap say so", func() bool {
		return backends.ReasonOf(feed.Look().Err) == backends.Denied && backends.ReasonOf(tail.State().Err) == backends.Denied
	})
	if n := denials(t, client); n < 1 || n > 3 { // at most once for each that dialled at the same moment
		t.Errorf("the server refused %d logins", n)
	}
}

func TestPasswordChanged(t *testing.T) {
	addr, client := server(t)
	user(t, client, "eve", "on", ">old", "~*", "&*", "+@all")
	src := as(t, addr, "eve", "old")
	must(t, src.Ping(within(t)))
	user(t, client, "eve", "resetpass", ">new")
	must(t, client.ClientKillByFilter(context.Background(), "USER", "eve").Err())
	testkit.Eventually(t, "denied", func() bool { return backends.ReasonOf(src.Ping(within(t))) == backends.Denied })
	if st := src.Status(); st.State != backends.Down || backends.ReasonOf(st.Err) != backends.Denied {
		t.Errorf("status %+v", st)
	}
}

func TestNoPasswordWhereOneIsNeeded(t *testing.T) {
	s := testkit.Redis(t, "--requirepass", "pw")
	if err := source(t, s.Addr(), nil).Ping(within(t)); backends.ReasonOf(err) != backends.Denied {
		t.Error(err)
	}
}

// A full server is named as such, and its next free place is left to others.
func TestFullServer(t *testing.T) {
	s := testkit.Redis(t, "--maxclients", "2")
	var taken []*goredis.Client
	for range 2 {
		c := goredis.NewClient(&goredis.Options{Addr: s.Addr(), DisableIdentity: true})
		defer c.Close()
		must(t, c.Ping(context.Background()).Err())
		taken = append(taken, c)
	}
	src := source(t, s.Addr(), nil)
	for range 5 {
		err := src.Ping(within(t))
		if backends.ReasonOf(err) != backends.Unreachable || !strings.Contains(err.Error(), "maximum number of clients") {
			t.Errorf("%v", err)
		}
	}
	stats, err := taken[0].Info(context.Background(), "stats").Result()
	must(t, err)
	if !strings.Contains(stats, "rejected_connections:1\r") {
		_, rest, _ := strings.Cut(stats, "rejected_connections:")
		t.Errorf("rejected connections: %.4s", rest)
	}
}

// While the server stands still, requests fail in time and one by one; then all is well.
func TestPausedServer(t *testing.T) {
	const pause = 5 * time.Second // much longer than a request may take
	t.Parallel()
	addr, client := server(t)
	src := source(t, addr, func(_ *url.URL, opt *backends.Options) { opt.Timeout = 300 * time.Millisecond })
	testkit.Eventually(t, "an answer", func() bool { return src.Ping(within(t)) == nil })
	start := time.Now()
	must(t, client.Do(context.Background(), "CLIENT", "PAUSE", pause.Milliseconds(), "ALL").Err())
	err := src.Ping(within(t))
	if took := time.Since(start); backends.ReasonOf(err) != backends.Unreachable || took > pause {
		t.Errorf("%v after %v", err, took)
	}
	if st := src.Status().State; st != backends.Stale {
		t.Errorf("state %v", st)
	}
	testkit.Eventually(t, "live again", func() bool { return src.Ping(within(t)) == nil && src.Status().State == backends.Live })
}

func TestReplica(t *testing.T) {
	t.Parallel()
	master := testkit.Redis(t)
	addr, _ := server(t, "--replicaof", fmt.Sprintf("127.0.0.1 %d", master.Port))
	src := source(t, addr, nil)
	testkit.Eventually(t, "the replica is known as one", func() bool {
		report, err := src.Roles().Health.ReadHealth(within(t))
		return err == nil && report.Role == "replica" && len(report.Alarms) == 0 &&
			strings.HasPrefix(strings.Join(src.Status().Notes, "|"), "replica of 127.0.0.1")
	})
	master.Kill()
	testkit.Eventually(t, "an alarm for the link", func() bool {
		report, err := src.Roles().Health.ReadHealth(within(t))
		return err == nil && len(report.Alarms) == 1 && report.Alarms[0].Severity == backends.Critical
	})
}

// A key that changes its type while it is looked at leaves one listing and enters another.
func TestTypeChanges(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	must(t, client.RPush(ctx, "k", "x").Err())
	src := source(t, addr, nil)
	page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	must(t, client.Del(ctx, "k").Err())
	must(t, client.ZAdd(ctx, "k", goredis.Z{Member: "a", Score: 1}).Err())
	page, err = src.Roles().Queues.ListQueues(within(t), backends.Query{})
	if err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
	testkit.Eventually(t, "the leaderboard is listed", func() bool {
		page, err := src.Roles().Leaderboards.ListLeaderboards(within(t), backends.Query{})
		return err == nil && len(page.Items) == 1
	})
	if _, err := src.Roles().Queues.PlanPeek(within(t), "k"); backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("a peek into what is no list: %v", err)
	}
}

func TestLoadingServer(t *testing.T) {
	t.Parallel()
	addr, client := server(t, "--enable-debug-command", "yes", "--key-load-delay", "4000", "--loading-process-events-interval-bytes", "1024")
	ctx := context.Background()
	for i := range 500 {
		must(t, client.Set(ctx, fmt.Sprint("k", i), strings.Repeat("x", 100), 0).Err())
	}
	src := source(t, addr, nil)
	must(t, src.Ping(within(t)))
	reload := goredis.NewClient(&goredis.Options{Addr: addr, DisableIdentity: true, ReadTimeout: time.Minute, MaxRetries: -1})
	defer reload.Close()
	done := make(chan error, 1)
	go func() { done <- reload.Do(ctx, "DEBUG", "RELOAD").Err() }()
	testkit.Eventually(t, "the source says that the server loads", func() bool {
		_, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
		return err != nil && strings.Contains(err.Error(), "% done") && strings.Contains(err.Error(), "seconds to go")
	})
	if st := src.Status().State; st != backends.Stale {
		t.Errorf("state %v", st)
	}
	must(t, <-done)
	testkit.Eventually(t, "live again", func() bool { return src.Ping(within(t)) == nil && src.Status().State == backends.Live })
}

// Close does not wait for a server that does not answer.
func TestCloseInSilence(t *testing.T) {
	t.Parallel()
	addr, _ := server(t)
	p := newProxy(t, addr)
	src := source(t, p.addr, func(_ *url.URL, opt *backends.Options) { opt.Timeout = time.Hour })
	must(t, src.Ping(within(t)))
	p.stall.Store(true)
	asked, closed := make(chan error, 1), make(chan error, 1)
	requests := src.Status().Cost.BytesOut
	go func() { asked <- src.Ping(context.Background()) }()
	testkit.Eventually(t, "the request is sent", func() bool { return src.Status().Cost.BytesOut > requests })
	go func() { closed <- src.Close() }()
	testkit.Eventually(t, "the request and the source end", func() bool { return len(asked) == 1 && len(closed) == 1 })
	must(t, <-closed)
	if err := <-asked; err == nil {
		t.Error("a request without an answer succeeds")
	}
}
