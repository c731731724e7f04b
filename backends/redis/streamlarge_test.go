package redis_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"

	goredis "github.com/redis/go-redis/v9"
)

// demanded runs read as a feed does when a person asks for it.
func demanded[T any](t *testing.T, read func(context.Context) (T, error)) T {
	t.Helper()
	out := make(chan T, 1)
	feed := backends.NewFeed(backends.NewPace(time.Hour), func(ctx context.Context) (T, error) {
		v, err := read(ctx)
		if err != nil {
			t.Error(err)
		}
		out <- v
		return v, err
	})
	defer feed.Close()
	feed.Refresh()
	feed.Look()
	select {
	case v := <-out:
		return v
	case <-within(t).Done():
		t.Fatal("nothing was read")
		panic("unreachable")
	}
}

// TestLargeEntriesAreMovedRarely: XINFO STREAM has two entries whole, so with large ones it is not what a look
// costs, and what is not of now is told as such.
func TestLargeEntriesAreMovedRarely(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		ctx := context.Background()
		c := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { c.Close() })
		for i := 1; i <= 6; i++ {
			add(t, c, "s", fmt.Sprintf("%d-1", i), "payload", strings.Repeat("x", 1<<20))
		}
		for _, group := range []string{"none", "some", "all", "odd"} {
			must(t, c.XGroupCreate(ctx, "s", group, "0").Err())
		}
		readGroup(t, c, "s", "some", "ann", 2)
		readGroup(t, c, "s", "all", "ann", 6)
		must(t, c.XGroupSetID(ctx, "s", "odd", "3-7").Err()) // the server does not know its lag
		src := source(t, server.Addr(), nil)
		role := src.Roles().Streams
		walked := false
		list := func(ctx context.Context) (backends.Stream, error) {
			page, err := role.ListStreams(ctx, backends.Query{Complete: !walked})
			if err != nil || len(page.Items) != 1 {
				return backends.Stream{}, fmt.Errorf("%d streams: %w", len(page.Items), err)
			}
			return page.Items[0], nil
		}
		fresh, err := list(within(t))
		must(t, err)
		if !fresh.EndsAt.IsZero() || fresh.EntriesAdded != backends.ExactCount(6) || fresh.LastID != "6-1" || fresh.InRate.Known() {
			t.Errorf("at first: %+v", fresh)
		}
		walked = true
		add(t, c, "s", "7-1", "payload", strings.Repeat("x", 1<<20))
		before := src.Status().Cost.BytesIn
		var later backends.Stream
		for range 20 {
			_, err = list(within(t))
			must(t, err)
			later, err = role.DescribeStream(within(t), "s")
			must(t, err)
		}
		if took := src.Status().Cost.BytesIn - before; took > 100<<10 {
			t.Errorf("40 looks at a stream of large entries took %d bytes", took)
		}
		if later.EndsAt.IsZero() || later.Length != backends.ExactCount(7) || later.EntriesAdded != backends.CountAtLeast(6) || later.LastID != "6-1" || later.InRate.Known() {
			t.Errorf("later: %+v", later)
		}
		want := map[string]backends.Count{
			"none": backends.ExactCount(7), "some": backends.ExactCount(5), "all": backends.ExactCount(1),
			"odd": {Value: 4, Certainty: backends.About},
		}
		for _, g := range later.Groups {
			if w := want[g.Name]; g.Lag != w && g.Name != "odd" || g.Lag.Certainty == backends.Exact && g.Name == "odd" || g.Lag == backends.ExactCount(0) {
				t.Errorf("lag of %s: %+v, not %+v", g.Name, g.Lag, w)
			}
		}
		var asked backends.Stream
		testkit.Eventually(t, "a rate is measured", func() bool {
			asked = demanded(t, list)
			return asked.InRate.Known()
		})
		if !asked.EndsAt.IsZero() || asked.EntriesAdded != backends.ExactCount(7) || asked.LastID != "7-1" || asked.InRate.Value <= 0 || asked.InRate.Certainty != backends.Exact {
			t.Errorf("asked for: %+v", asked)
		}
		if then, _ := list(within(t)); then.InRate.Value != asked.InRate.Value || then.InRate.Certainty != backends.About {
			t.Errorf("the rate afterwards: %+v", then.InRate)
		}
		must(t, c.Del(ctx, "s").Err())
		if page, err := role.ListStreams(within(t), backends.Query{}); err != nil || len(page.Items) != 0 {
			t.Errorf("deleted: %+v %v", page, err)
		}
	})
}

// TestPendingLargeEntriesAreMovedRarely: the page of pending entries looks for payloads by reading them.
func TestPendingLargeEntriesAreMovedRarely(t *testing.T) {
	onStreams(t, func(t *testing.T, c *goredis.Client, role backends.Streams) {
		ctx := context.Background()
		for i := 1; i <= 6; i++ {
			add(t, c, "s", fmt.Sprintf("%d-1", i), "n", strings.Repeat("x", 100<<10))
		}
		must(t, c.XGroupCreate(ctx, "s", "g", "0").Err())
		readGroup(t, c, "s", "g", "ann", 6)
		must(t, c.XDel(ctx, "s", "5-1").Err())
		read := func(ctx context.Context) (backends.PendingPage, error) {
			return role.(backends.PendingReader).ReadPending(ctx, "s", backends.PendingLook{Group: "g", N: 50})
		}
		shows := func(page backends.PendingPage, now bool, want ...backends.Presence) {
			t.Helper()
			for i, e := range page.Entries {
				if e.Payload != want[i] {
					t.Errorf("%s: %v, not %v", e.Position, e.Payload, want[i])
				}
			}
			if page.LookedAt.IsZero() != now || len(page.Entries) != len(want) {
				t.Errorf("%d entries, looked for at %v", len(page.Entries), page.LookedAt)
			}
		}
		const there, gone = backends.Present, backends.Gone
		page, err := read(within(t))
		must(t, err)
		shows(page, true, there, there, there, there, gone, there)
		must(t, c.XDel(ctx, "s", "2-1").Err())
		page, err = read(within(t))
		must(t, err)
		shows(page, false, there, there, there, there, gone, there)
		shows(demanded(t, read), true, there, gone, there, there, gone, there)
	})
}
