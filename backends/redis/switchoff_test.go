package redis_test

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit/each"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

// profilesOf are the rules by which the rows of each role were recognised, by the rows' names. Of the keys
// those are left out that nothing has recognised.
func profilesOf(t *testing.T, src backends.Source) map[string]map[string]string {
	t.Helper()
	roles, q := src.Roles(), backends.Query{Complete: true}
	out := map[string]map[string]string{"locks": {}, "boards": {}, "streams": {}, "shapes": {}}
	locks, err := roles.Locks.ListLocks(within(t), q)
	must(t, err)
	for _, l := range locks.Items {
		out["locks"][l.Name] = l.Profile
	}
	boards, err := roles.Leaderboards.ListLeaderboards(within(t), q)
	must(t, err)
	for _, b := range boards.Items {
		out["boards"][b.Name] = b.Profile
	}
	streams, err := roles.Streams.ListStreams(within(t), q)
	must(t, err)
	for _, s := range streams.Items {
		out["streams"][s.Name] = s.Profile
	}
	shapes, err := roles.Keys.(backends.KeyBrowser).ListShapes(within(t), q)
	must(t, err)
	for _, s := range shapes.Items {
		if s.Use == "session" {
			out["shapes"][s.Form] = s.Profile
		}
	}
	return out
}

// One key switches a wrong rule off for every kind of row: the next pass finds what is left without it.
func TestSwitchOffForEveryRole(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		ctx := context.Background()
		const process = "b983c153-7421-469a-addb-44fb92259a1b"
		pipe := client.Pipeline()
		pipe.HSet(ctx, "stock", redissonHolder, 2)
		pipe.Expire(ctx, "stock", time.Minute)
		pipe.Set(ctx, "lock:x", "0f3c9a5be17d4c0298aa63e1d5b7f02401234567", time.Minute)
		pipe.Set(ctx, "orders:1", process, time.Minute)
		pipe.Set(ctx, "orders:2", process, time.Minute)
		pipe.ZAdd(ctx, "scores", goredis.Z{Member: "ann", Score: 10})
		pipe.HSet(ctx, "scores:member_data", "ann", "{}")
		pipe.XAdd(ctx, &goredis.XAddArgs{Stream: "events", Values: []any{"_watermill_message_uuid", "u", "metadata", "\x80", "payload", "x"}})
		pipe.Set(ctx, "sess:81f0", `{"cookie":{}}`, time.Hour)
		_, err := pipe.Exec(ctx)
		must(t, err)

		src := source(t, server.Addr(), nil)
		want := map[string]map[string]string{
			"locks":  {"stock": "redisson lock", "lock:x": "set nx px", "orders:1": "spring lock registry", "orders:2": "spring lock registry"},
			"boards": {"scores": "agoragames leaderboard"}, "streams": {"events": "watermill"}, "shapes": {"sess:#": "express session"},
		}
		if diff := cmp.Diff(want, profilesOf(t, src)); diff != "" {
			t.Fatalf("with all rules (-want +got):\n%s", diff)
		}
		roles := src.Roles()
		for profile, role := range map[string]any{
			"redisson lock": roles.Locks, "set nx px": roles.Locks, "spring lock registry": roles.Locks, "no such rule": roles.Queues,
			"agoragames leaderboard": roles.Leaderboards, "watermill": roles.Streams, "express session": roles.Keys,
		} {
			role.(backends.ProfileSwitch).SwitchOff(profile)
		}
		want = map[string]map[string]string{
			"locks":  {"lock:x": "probable lock", "orders:1": "probable lock", "orders:2": "probable lock"},
			"boards": {"scores": ""}, "streams": {"events": ""}, "shapes": {},
		}
		if diff := cmp.Diff(want, profilesOf(t, src)); diff != "" {
			t.Errorf("without them (-want +got):\n%s", diff)
		}
	})
}

// Where a rule comes from decides what is said of it, and whether it can be off at all.
func TestOriginOfRules(t *testing.T) {
	addr, _ := server(t)
	src := source(t, addr, func(_ *url.URL, opt *backends.Options) {
		opt.Profiles = []backends.ProfileRule{{Name: "orders", Match: "order:<id:d>:busy", Kind: "lock"}}
	})
	roles := src.Roles()
	want := map[string]backends.ProfileOrigin{
		"bullmq": backends.BuiltIn, "probable lock": backends.BuiltIn, "orders": backends.OwnProfile, "list": backends.ByType,
		"stream": backends.ByType, "sorted set": backends.ByType, "nothing": backends.NoProfile,
	}
	for _, role := range []any{roles.Queues, roles.Locks, roles.Leaderboards, roles.Streams, roles.Keys} {
		for _, profile := range slices.Sorted(maps.Keys(want)) {
			if got := role.(backends.ProfileSwitch).OriginOf(profile); got != want[profile] {
				t.Errorf("%T: %s is of %v, want %v", role, profile, got, want[profile])
			}
		}
	}
}
