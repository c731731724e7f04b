package redis_test

import (
	"context"
	"net/url"
	"slices"
	"testing"
	"time"

	"bustop/backends"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

const redissonHolder = "8743c9c0-0795-4907-87fd-6c719a6b4586:31"

// fillProfiles writes what three libraries and a person's own code keep.
func fillProfiles(t testing.TB, c *goredis.Client) {
	t.Helper()
	ctx := context.Background()
	pipe := c.Pipeline()
	soon := float64(time.Now().Add(time.Hour).UnixMilli())
	pipe.HSet(ctx, "bull:mail:meta", "opts.maxLenEvents", "10000")
	pipe.RPush(ctx, "bull:mail:wait", "3", "2")
	pipe.RPush(ctx, "bull:mail:active", "1")
	pipe.ZAdd(ctx, "bull:mail:delayed", goredis.Z{Member: "4", Score: soon * 4096}, goredis.Z{Member: "5", Score: soon*4096 + 1})
	pipe.HSet(ctx, "bull:mail:1", "name", "send", "data", "{}", "opts", "{}", "timestamp", "1700000000000")
	pipe.HSet(ctx, "stock", redissonHolder, 2)
	pipe.Expire(ctx, "stock", time.Minute)
	pipe.RPush(ctx, "redisson_lock_queue:{stock}", "a:1", "b:2", "c:3")
	pipe.ZAdd(ctx, "redisson_lock_timeout:{stock}", goredis.Z{Member: "a:1", Score: 9})
	pipe.Set(ctx, "order:7:busy", "worker-1", time.Minute)
	pipe.RPush(ctx, "plain", "x")
	pipe.ZAdd(ctx, "points", goredis.Z{Member: "ann", Score: 10})
	_, err := pipe.Exec(ctx)
	must(t, err)
}

// Keys that belong together are one row, and none of them a row of another pane.
func TestProfiles(t *testing.T) {
	addr, client := server(t)
	fillProfiles(t, client)
	src := source(t, addr, func(_ *url.URL, opt *backends.Options) {
		opt.Profiles = []backends.ProfileRule{{Name: "orders", Match: "order:<id:d>:busy", Kind: "lock"}}
	})
	q := backends.Query{Complete: true}
	queues, err := src.Roles().Queues.ListQueues(within(t), q)
	must(t, err)
	if len(queues.Items) != 2 || queues.Items[1].Name != "plain" {
		t.Fatalf("queues: %+v", queues.Items)
	}
	mail := queues.Items[0]
	n := backends.ExactCount
	want := []backends.NamedCount{{Name: "wait", Count: n(2)}, {Name: "prioritized", Count: n(0)}, {Name: "paused", Count: n(0)}, {Name: "active", Count: n(1)}, {Name: "delayed", Count: n(2)}, {Name: "waiting-children", Count: n(0)}, {Name: "completed", Count: n(0)}, {Name: "failed", Count: n(0)}}
	if diff := cmp.Diff(want, mail.States); diff != "" || mail.Name != "bull:mail" || mail.Framework != "bullmq" || mail.Ready != n(2) || mail.Unacked != n(1) || mail.Total != n(3) {
		t.Errorf("%+v\n%s", mail, diff)
	}
	boards, err := src.Roles().Leaderboards.ListLeaderboards(within(t), q)
	must(t, err)
	if len(boards.Items) != 1 || boards.Items[0].Name != "points" {
		t.Errorf("leaderboards: %+v", boards.Items)
	}
	locks, err := src.Roles().Locks.ListLocks(within(t), q)
	must(t, err)
	if len(locks.Items) != 2 || locks.Items[0].Name != "order:7:busy" || locks.Items[0].Holder != "worker-1" || locks.Items[0].Confidence != 1 {
		t.Fatalf("locks: %+v", locks.Items)
	}
	if stock := locks.Items[1]; stock.Name != "stock" || stock.Holder != redissonHolder || stock.Waiters != n(3) || stock.Reentrancy != n(2) || stock.Library != "redisson" {
		t.Errorf("the fair lock: %+v", stock)
	}
	// When its last job is done a queue stays, as its meta does; without that it is gone.
	must(t, client.Del(context.Background(), "bull:mail:wait", "bull:mail:active", "bull:mail:delayed").Err())
	queues, err = src.Roles().Queues.ListQueues(within(t), backends.Query{})
	must(t, err)
	if len(queues.Items) != 2 || queues.Items[0].Total != n(0) {
		t.Errorf("an empty queue: %+v", queues.Items)
	}
	must(t, client.Del(context.Background(), "bull:mail:meta").Err())
	queues, err = src.Roles().Queues.ListQueues(within(t), backends.Query{})
	must(t, err)
	if len(queues.Items) != 1 {
		t.Errorf("a queue without keys: %+v", queues.Items)
	}
}

// A profile that is off leaves its keys to what their types say.
func TestProfileOff(t *testing.T) {
	addr, client := server(t)
	fillProfiles(t, client)
	src := source(t, addr, func(_ *url.URL, opt *backends.Options) {
		opt.Profiles = []backends.ProfileRule{{Off: "bullmq"}, {Off: "redisson fair"}}
	})
	queues, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
	must(t, err)
	if diff := cmp.Diff([]string{"bull:mail:active", "bull:mail:wait", "plain", "redisson_lock_queue:{stock}"}, queueNames(queues.Items)); diff != "" {
		t.Errorf("queues (-want +got):\n%s", diff)
	}
}

func TestShapes(t *testing.T) {
	addr, client := server(t)
	fillProfiles(t, client)
	fillKeys(t, client)
	src := source(t, addr, nil)
	browser, ok := src.Roles().Keys.(backends.KeyBrowser)
	if !ok {
		t.Fatal("keys cannot be browsed")
	}
	page, err := browser.ListShapes(within(t), backends.Query{Complete: true})
	must(t, err)
	shapes := map[string]backends.KeyShape{}
	for _, s := range page.Items {
		shapes[s.Form] = s
	}
	items := shapes["item:#"]
	if items.Count.Value < 100_000 || items.Count.Value > 101_000 || items.Never == 0 || items.Expiring == 0 || items.Longest.Value > time.Hour || !items.Bytes.Known() {
		t.Errorf("%+v", items)
	}
	if s := shapes["bull:mail:#"]; s.Profile != "bullmq" || s.Role != "job" || s.Use != "queue" || s.Decode != "json" {
		t.Errorf("%+v", s)
	}
	seen := map[string]bool{}
	cursor := ""
	for pages := 0; ; pages++ {
		if pages > 2000 {
			t.Fatal("the pages do not end")
		}
		got, err := browser.ShapeKeys(within(t), "item:#", cursor, 500)
		must(t, err)
		for _, k := range got.Items {
			seen[k.Name] = true
		}
		if cursor = got.Next; cursor == "" {
			break
		}
	}
	if len(seen) != 100_000 {
		t.Errorf("%d of 100,000 keys in the pages of their shape", len(seen))
	}
	// A search goes through all of them, page by page.
	searcher := browser.(backends.KeySearcher) //nolint:forcetypeassert // as above
	var found []string
	for cursor, first := "", true; first || cursor != ""; first = false {
		got, err := searcher.SearchKeys(within(t), "item:#", "ITEM:7777", cursor, 100)
		must(t, err)
		for _, k := range got.Items {
			found = append(found, k.Name)
		}
		cursor = got.Next
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if len(found) != 11 || found[0] != "item:7777" || found[10] != "item:77779" {
		t.Errorf("searched for names with ITEM:7777: %q", found)
	}
	if _, err := browser.ShapeKeys(within(t), "item:#", "9 9", 10); backends.ReasonOf(err) != backends.BadUsage {
		t.Errorf("a cursor of another form: %v", err)
	}
}
