package redis_test

import (
	"context"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit/each"
)

// Who listens by a pattern is invisible, and is said to be. It is not found out by listening to everything:
// that is done only for a person who has agreed to it.
func TestPatternsAreInvisibleAndNothingIsSubscribedUnasked(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client, ctx := clientOf(t, server), context.Background()
		listen(t, client, "orders")
		pattern := client.PSubscribe(ctx, "hidden.*")
		t.Cleanup(func() { pattern.Close() })
		_, err := pattern.Receive(ctx)
		must(t, err)
		src := source(t, server.Addr(), nil)
		roles := src.Roles()
		page, err := roles.Channels.ListChannels(within(t), backends.Query{Complete: true})
		must(t, err)
		if notes := strings.Join(page.Notes, "; "); len(page.Items) != 1 || !strings.Contains(notes, "listeners by 1 pattern are invisible") {
			t.Errorf("%+v", page)
		}
		for _, all := range []string{"*", "**"} {
			plan, err := roles.Channels.PlanTap(within(t), channel(all))
			if err != nil || plan.Consent != backends.Confirm || len(plan.Effects) == 0 {
				t.Errorf("%s: %+v, %v", all, plan, err)
			}
			looks := []backends.Look{{Target: channel("orders")}, {Target: channel(all)}}
			if tail, err := roles.Channels.(backends.ChannelMixer).TapAll(ctx, looks); backends.ReasonOf(err) != backends.NotAllowed {
				t.Errorf("%s without a yes: %v", all, err)
				if err == nil {
					tail.Close()
				}
			}
		}
		_, err = roles.Queues.ListQueues(within(t), backends.Query{Complete: true})
		must(t, err)
		_, err = roles.Health.ReadHealth(within(t))
		must(t, err)
		if n := client.PubSubNumPat(ctx).Val(); n != 1 {
			t.Errorf("%d patterns, one of them the test's", n)
		}
		if names := client.PubSubChannels(ctx, "*").Val(); len(names) != 1 {
			t.Errorf("channels with subscribers: %q", names)
		}
	})
}
