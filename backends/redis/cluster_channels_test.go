package redis_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit"
)

func TestClusterChannels(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 1)
	src := opened(t, c.URL(), backends.Options{})
	ctx := context.Background()
	for i, r := range slices.Concat(c.Masters, c.Replicas) {
		sub := c.Client(r).Subscribe(ctx, "news", fmt.Sprintf("own:%d", i))
		t.Cleanup(func() { _ = sub.Close() })
		for range 2 {
			_, err := sub.Receive(ctx)
			must(t, err)
		}
	}
	owner := c.Owner(t, "shard")
	shard := c.Client(owner).SSubscribe(ctx, "shard")
	t.Cleanup(func() { _ = shard.Close() })
	_, err := shard.Receive(ctx)
	must(t, err)
	page, err := src.Roles().Channels.ListChannels(within(t), backends.Query{Complete: true})
	must(t, err)
	got := map[string]int64{}
	for _, ch := range page.Items {
		got[ch.Type+" "+ch.Name] = ch.Subscribers.Value
	}
	for name, want := range map[string]int64{"channel news": 4, "channel own:0": 1, "channel own:3": 1, "shard shard": 1} {
		if got[name] != want {
			t.Errorf("%s: %d subscribers, want %d", name, got[name], want)
		}
	}

	// A tap of a sharded channel is at the node that has it, and follows its slot.
	tail, err := src.Roles().Channels.Tap(ctx, backends.Look{Target: backends.Target{Kind: backends.KindChannel, Name: "orders"}})
	must(t, err)
	defer tail.Close()
	testkit.Eventually(t, "the tap is live", func() bool { return tail.State().State == backends.Live })
	heard := func(body string) bool {
		msgs, _ := tail.Ring.Last(10)
		return slices.ContainsFunc(msgs, func(m backends.Message) bool { return string(m.Body) == body })
	}
	from := c.Owner(t, "orders")
	testkit.Eventually(t, "a sharded message", func() bool {
		must(t, c.Client(from).SPublish(ctx, "orders", "one").Err())
		return heard("one")
	})
	to := c.Masters[(slices.Index(c.Masters, from)+1)%3]
	slot := slotOf(t, c, "orders")
	c.BeginMove(t, slot, from, to)
	c.EndMove(t, slot, to)
	testkit.Eventually(t, "a sharded message of the new owner", func() bool {
		_ = c.Client(to).SPublish(ctx, "orders", "two").Err()
		return heard("two")
	})
	if tail.State().Gaps == 0 {
		t.Error("no gap marks the move")
	}
}

// A pattern is watched on any node that is there: what is published comes to all of them.
func TestClusterPatternOutlivesANode(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 0)
	src := opened(t, c.URL(), backends.Options{})
	tail, err := src.Roles().Channels.Tap(context.Background(), backends.Look{Target: backends.Target{Kind: backends.KindChannel, Name: "news.*"}})
	must(t, err)
	defer tail.Close()
	testkit.Eventually(t, "the tap is live", func() bool { return tail.State().State == backends.Live })
	for i, r := range c.Masters {
		clients, err := c.Client(r).ClientList(context.Background()).Result()
		must(t, err)
		if !strings.Contains(clients, "psub=1") {
			continue
		}
		r.Kill()
		other := c.Masters[(i+1)%3]
		testkit.Eventually(t, "a message by another node", func() bool {
			must(t, c.Client(other).Publish(context.Background(), "news.a", "still").Err())
			msgs, _ := tail.Ring.Last(10)
			return slices.ContainsFunc(msgs, func(m backends.Message) bool { return string(m.Body) == "still" })
		})
		return
	}
	t.Error("no node has the subscription")
}
