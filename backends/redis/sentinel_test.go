package redis_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
)

// The session of a failover: rows before and after, a subscription that goes on with a gap, and a
// status that says where the master is now.
func TestSentinelFailover(t *testing.T) {
	g := testkit.RedisSentinel(t, 1, 3, "requirepass s3cret")
	g.AwaitAgreement(t, "s3cret")
	src := opened(t, g.URL(), backends.Options{Sentinel: url.UserPassword("", "s3cret")})
	ctx := context.Background()
	old := goredis.NewClient(&goredis.Options{Addr: g.Master.Addr(), DisableIdentity: true})
	t.Cleanup(func() { _ = old.Close() })
	must(t, old.RPush(ctx, "orders", "a", "b").Err())
	must(t, old.Wait(ctx, 1, 5e9).Err())

	lists := func() string {
		page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
		return fmt.Sprint(queueNames(page.Items), err)
	}
	if got := lists(); got != "[orders] <nil>" {
		t.Fatalf("before: %s", got)
	}
	if st := src.Status(); st.State != backends.Live || !strings.Contains(fmt.Sprint(st.Notes), "mymaster is "+g.Master.Addr()) {
		t.Errorf("status %+v", st)
	}
	target := backends.Target{Kind: backends.KindChannel, Name: "news"}
	tail, err := src.Roles().Channels.Tap(ctx, backends.Look{Target: target})
	must(t, err)
	defer tail.Close()
	testkit.Eventually(t, "the tap is live", func() bool { return tail.State().State == backends.Live })

	g.Master.Kill()
	next := g.Promoted(t)
	testkit.Eventually(t, "the list is there again", func() bool { return lists() == "[orders] <nil>" })
	if st := src.Status(); st.State != backends.Live || !strings.Contains(fmt.Sprint(st.Notes), "failed over to "+next.Addr()) {
		t.Errorf("status %+v", st)
	}
	testkit.Eventually(t, "the tap is live again", func() bool { return tail.State().State == backends.Live })
	heir := goredis.NewClient(&goredis.Options{Addr: next.Addr(), DisableIdentity: true})
	t.Cleanup(func() { _ = heir.Close() })
	must(t, heir.Publish(ctx, "news", "after").Err())
	testkit.Eventually(t, "a gap and the message", func() bool {
		msgs, _ := tail.Ring.Last(10)
		gap, body := false, false
		for _, m := range msgs {
			gap = gap || m.Gap != ""
			body = body || string(m.Body) == "after"
		}
		return gap && body
	})
	// The old master comes back as a replica; nobody is sent to it.
	must(t, g.Master.Start(ctx))
	if got := lists(); got != "[orders] <nil>" {
		t.Errorf("after: %s", got)
	}
}

func TestSentinelReplica(t *testing.T) {
	g := testkit.RedisSentinel(t, 1, 1, "")
	g.AwaitAgreement(t, "")
	src := opened(t, g.URL()+"?read=replica", backends.Options{})
	report, err := src.Roles().Health.ReadHealth(within(t))
	if err != nil || report.Role != "replica" {
		t.Fatalf("%+v, %v", report, err)
	}
	notes := fmt.Sprint(src.Status().Notes)
	for _, want := range []string{"reads from the replica " + g.Replicas[0].Addr(), "replica of " + g.Master.Addr(), "last heard from it"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes %s, want %q", notes, want)
		}
	}
}

func TestSentinelSaysWhatIsWrong(t *testing.T) {
	g := testkit.RedisSentinel(t, 0, 1, "requirepass s3cret")
	addr := g.Sentinels[0].Addr()
	for u, want := range map[string]string{
		"redis+sentinel://" + addr + "/other?sentinel_password=s3cret":                 "known: mymaster",
		"redis+sentinel://" + addr + "/mymaster?sentinel_password=wrong":               "WRONGPASS",
		"redis+sentinel://" + addr + "/mymaster":                                       "NOAUTH",
		"redis+sentinel://127.0.0.1:1,127.0.0.1:2/mymaster":                            "none of the 2 sentinels answers",
		"redis+sentinel://" + g.Master.Addr() + "/mymaster":                            "does not have that command",
		"redis+cluster://" + g.Master.Addr():                                           "not in a cluster",
		"redis+sentinel://" + addr + "/mymaster?read=replica&sentinel_password=s3cret": "no replica of mymaster",
	} {
		err := opened(t, u, backends.Options{}).Ping(within(t))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", u, err, want)
		}
	}
}

// The sentinels name another master while the connection to the old one stands, as it does when
// they cannot reach what we can.
func TestSentinelNamesAnotherMaster(t *testing.T) {
	g := testkit.RedisSentinel(t, 0, 1, "")
	other := testkit.Redis(t)
	ctx := context.Background()
	for addr, name := range map[string]string{g.Master.Addr(): "old", other.Addr(): "new"} {
		client := goredis.NewClient(&goredis.Options{Addr: addr, DisableIdentity: true})
		must(t, client.RPush(ctx, name, "x").Err())
		must(t, client.Close())
	}
	src := opened(t, g.URL(), backends.Options{})
	tail, err := src.Roles().Channels.Tap(ctx, backends.Look{Target: backends.Target{Kind: backends.KindChannel, Name: "news"}})
	must(t, err)
	defer tail.Close()
	testkit.Eventually(t, "the tap is live", func() bool { return tail.State().State == backends.Live })
	if names, _ := listed(t, src); fmt.Sprint(names) != "[old]" {
		t.Fatalf("before: %q", names)
	}
	sentinel := goredis.NewSentinelClient(&goredis.Options{Addr: g.Sentinels[0].Addr(), DisableIdentity: true})
	defer sentinel.Close()
	must(t, sentinel.Remove(ctx, testkit.MasterName).Err())
	must(t, sentinel.Monitor(ctx, testkit.MasterName, "127.0.0.1", fmt.Sprint(other.Port), "1").Err())
	testkit.Eventually(t, "the other master is read", func() bool {
		page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
		return err == nil && fmt.Sprint(queueNames(page.Items)) == "[new]"
	})
	client := goredis.NewClient(&goredis.Options{Addr: other.Addr(), DisableIdentity: true})
	defer client.Close()
	testkit.Eventually(t, "the tap is at the other master", func() bool {
		n, err := client.Publish(ctx, "news", "x").Result()
		return err == nil && n > 0
	})
	// The server knows its subscriber before the tap has read the answer.
	testkit.Eventually(t, "a gap that marks the change", func() bool { return tail.State().Gaps > 0 })
}
