package redis_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"

	goredis "github.com/redis/go-redis/v9"
)

const (
	lockUUID  = "b983c153-7421-469a-addb-44fb92259a1b"
	redissonA = "8743c9c0-0795-4907-87fd-6c719a6b4586:31"
	redissonB = "0b1ae9a5-53c5-4ef7-8a8a-0f1f6a0d3c11:7"
)

// fillLocks writes locks as their libraries do.
func fillLocks(t testing.TB, c *goredis.Client) {
	t.Helper()
	ctx := context.Background()
	pipe := c.Pipeline()
	pipe.HSet(ctx, "stock", redissonA, 2)
	pipe.PExpire(ctx, "stock", time.Minute)
	pipe.RPush(ctx, "redisson_lock_queue:{stock}", redissonB, redissonA+"9")
	pipe.ZAdd(ctx, "redisson_lock_timeout:{stock}", goredis.Z{Member: redissonB, Score: 9})
	pipe.HSet(ctx, "fence", redissonA, 1)
	pipe.PExpire(ctx, "fence", time.Minute)
	pipe.Set(ctx, "redisson_lock_token:{fence}", "41", 0)
	pipe.HSet(ctx, "catalogue", "mode", "read", redissonA, 1, redissonB, 2)
	pipe.PExpire(ctx, "catalogue", time.Minute)
	pipe.Set(ctx, "pool", "7", 0)
	pipe.ZAdd(ctx, "{pool}:timeout", goredis.Z{Member: "8a9f", Score: 9e12}, goredis.Z{Member: "8aa0", Score: 9e12})
	pipe.Set(ctx, "lock:report", "q83vASNFZ4mrze8BI0VniavN", time.Minute)
	pipe.Set(ctx, "orders:17", lockUUID, time.Minute)
	pipe.Set(ctx, "orders:18", lockUUID, time.Minute)
	pipe.Set(ctx, "job-lock:default:nightly", "ADDED:2026-03-01T12:00:00.5Z@web-1", time.Minute)
	pipe.Set(ctx, "cache:page", "0f3c9a5be17d4c0298aa63e1d5b7f024", 0)
	_, err := pipe.Exec(ctx)
	must(t, err)
}

func locksByName(t testing.TB, src backends.Source) map[string]backends.Lock {
	t.Helper()
	page, err := src.Roles().Locks.ListLocks(within(t), backends.Query{Complete: true})
	must(t, err)
	out := map[string]backends.Lock{}
	for _, l := range page.Items {
		out[l.Name] = l
	}
	return out
}

func TestLocksOfAllSorts(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		fillLocks(t, client)
		waiter := client.Subscribe(within(t), "redisson_rwlock:{catalogue}")
		t.Cleanup(func() { waiter.Close() })
		_, err := waiter.Receive(within(t))
		must(t, err)
		src := source(t, server.Addr(), nil)
		all := locksByName(t, src)
		n := backends.ExactCount
		for name, ok := range map[string]bool{
			"eight locks": len(all) == 8,
			"fair":        all["stock"].Variant == "fair" && all["stock"].Waiters == n(2) && all["stock"].Reentrancy == n(2),
			"fenced":      all["fence"].Variant == "fenced" && all["fence"].FencingToken == n(41),
			"read-write":  all["catalogue"].Mode == "read" && len(all["catalogue"].Holders) == 2,
			"estimate":    all["catalogue"].Waiters == backends.Count{Value: 1, Certainty: backends.About} && strings.Contains(all["catalogue"].WaitersBy, "redisson_rwlock:{catalogue}"),
			"permits":     all["pool"].Permits == n(7) && all["pool"].NoExpiry && all["pool"].Library == "redisson",
			"python":      all["lock:report"].Library == "python-redis-lock",
			"spring":      all["orders:17"].Library == "spring-integration" && all["orders:18"].Owner == lockUUID,
			"shedlock":    all["job-lock:default:nightly"].Host == "web-1" && all["job-lock:default:nightly"].Since.Second() == 0,
		} {
			if !ok {
				t.Errorf("%s: %+v", name, all)
			}
		}
	})
}

func TestReadLock(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		fillLocks(t, client)
		src := source(t, server.Addr(), nil)
		locksByName(t, src)
		reader := src.Roles().Locks.(backends.LockReader)
		fair, err := reader.ReadLock(within(t), "stock")
		must(t, err)
		roles := map[string]string{}
		for _, c := range fair.Companions {
			roles[c.Name] = c.Role
		}
		if !slices.Equal(fair.Waiting, []string{redissonB, redissonA + "9"}) || roles["redisson_lock_queue:{stock}"] != "waiters" || roles["redisson_lock_timeout:{stock}"] != "limits" || len(roles) != 2 {
			t.Errorf("%+v", fair)
		}
		blocked := make(chan error, 1)
		go func() { blocked <- client.BLPop(context.Background(), 0, "lock-signal:report").Err() }()
		testkit.Eventually(t, "the blocked client", func() bool {
			n, err := client.ClientList(context.Background()).Result()
			return err == nil && strings.Contains(n, "cmd=blpop")
		})
		python, err := reader.ReadLock(within(t), "lock:report")
		must(t, err)
		if (python.Waiters != backends.Count{Value: 1, Certainty: backends.About}) || !strings.Contains(python.WaitersBy, "BLPOP") {
			t.Errorf("%+v", python)
		}
		must(t, client.RPush(context.Background(), "lock-signal:report", "1").Err())
		must(t, <-blocked)
		// What was taken by another library meanwhile is still a lock.
		must(t, client.Set(context.Background(), "lock:report", "worker-3", time.Minute).Err())
		if other, err := reader.ReadLock(within(t), "lock:report"); err != nil || other.Holder != "worker-3" || other.Library != "" {
			t.Errorf("%+v, %v", other, err)
		}
		must(t, client.Del(context.Background(), "lock:report").Err())
		if _, err := reader.ReadLock(within(t), "lock:report"); backends.ReasonOf(err) != backends.NotFound {
			t.Errorf("of a lock that is free: %v", err)
		}
	})
}

func historyOf(w backends.LockWatch, name string) (out []string) {
	h, _ := w.History(name)
	for _, e := range h.Events {
		out = append(out, string(e.Change))
	}
	return out
}

// TestLockHistory: what listings show becomes a history, in an hour that takes no time.
func TestLockHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, src := memory(t)
		ctx := t.Context()
		watch, err := src.Roles().Locks.(backends.LockWatcher).WatchLocks(ctx)
		must(t, err)
		defer watch.Close()
		list := func() {
			t.Helper()
			_, err := src.Roles().Locks.ListLocks(ctx, backends.Query{Complete: true})
			must(t, err)
		}
		must(t, client.Set(ctx, "lock:report", lockUUID, 30*time.Second).Err())
		for i := range 20 {
			if i%4 == 3 {
				must(t, client.PExpire(ctx, "lock:report", 30*time.Second).Err())
			}
			list()
			time.Sleep(time.Second)
		}
		must(t, client.Set(ctx, "lock:report", "worker-2", 30*time.Second).Err())
		list()
		time.Sleep(30*time.Second - 100*time.Millisecond)
		list()
		time.Sleep(time.Second)
		list()
		must(t, client.Set(ctx, "lock:report", "worker-3", time.Hour).Err())
		time.Sleep(time.Second)
		page, err := src.Roles().Locks.ListLocks(ctx, backends.Query{})
		must(t, err)
		if len(page.Items) != 1 {
			t.Errorf("a lock taken again is not listed at once: %+v", page.Items)
		}
		must(t, client.Del(ctx, "lock:report").Err())
		list()
		want := []string{"found held", "renewed", "renewed", "renewed", "renewed", "renewed", "handed over", "expired", "acquired", "released"}
		if got := historyOf(watch, "lock:report"); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if h, _ := watch.History("lock:report"); h.Renewals != 5 || h.Longest != time.Hour-time.Second {
			t.Errorf("%+v", h)
		}
		if !strings.HasPrefix(watch.By(), "polling") {
			t.Errorf("by %s", watch.By())
		}
	})
}

// TestLockHistoryIsTold: the server tells of changes that no look would have seen.
func TestLockHistoryIsTold(t *testing.T) {
	for by, events := range map[string]string{"client tracking": "", "keyspace events": "KA"} {
		t.Run(by, func(t *testing.T) {
			each.OnRedis(t, func(t *testing.T, server each.Redis) {
				client := clientOf(t, server)
				must(t, client.ConfigSet(t.Context(), "notify-keyspace-events", events).Err())
				toldHistory(t, client, source(t, server.Addr(), nil), by)
			})
		})
	}
}

func toldHistory(t *testing.T, client *goredis.Client, src backends.Source, by string) {
	ctx := t.Context()
	must(t, client.Set(ctx, "lock:a", "w-1", time.Minute).Err())
	watch, err := src.Roles().Locks.(backends.LockWatcher).WatchLocks(within(t))
	must(t, err)
	defer watch.Close()
	locksByName(t, src)
	// From now on nothing is listed. The locks stay on screen however long it takes.
	until := func(what string, happened func() bool) {
		t.Helper()
		testkit.Eventually(t, what, func() bool {
			watch.Show([]string{"lock:a", "lock:b"})
			return happened()
		})
	}
	has := func(event string) func() bool {
		return func() bool { return slices.Contains(historyOf(watch, "lock:a"), event) }
	}
	defer func() {
		if t.Failed() {
			h, _ := watch.History("lock:a")
			t.Logf("%+v", h.Events)
		}
	}()
	until("the watch", func() bool { return strings.HasPrefix(watch.By(), by) })
	// What changed between the listing and the first look since is not told of.
	until("a look", func() bool { h, _ := watch.History("lock:a"); return len(h.Samples) > 1 })
	until("a renewal", func() bool {
		must(t, client.PExpire(ctx, "lock:a", time.Hour).Err())
		return has("renewed")()
	})
	must(t, client.Set(ctx, "lock:a", "w-2", time.Hour).Err())
	until("a change of hands", has("handed over"))
	must(t, client.Del(ctx, "lock:a").Err())
	until("the release", has("released"))
	looks := 0
	until("the expiry", func() bool {
		// One that ends before it could be read has not been seen, where the server only says that it changed.
		// The next one comes a good while later: at once it would be the same lock to whoever looks.
		if looks%100 == 0 {
			must(t, client.SetNX(ctx, "lock:a", "w-3", 100*time.Millisecond).Err())
		}
		looks++
		return has("expired")()
	})
	if by == "client tracking" { // there is no event of a database that is emptied
		must(t, client.Set(ctx, "lock:a", "w-4", time.Hour).Err())
		until("a holder", func() bool { h, _ := watch.History("lock:a"); last, _ := h.Last(); return last.Holder == "w-4" })
		must(t, client.FlushDB(ctx).Err())
		until("the end of all", func() bool { h, _ := watch.History("lock:a"); last, _ := h.Last(); return last.Change == "released" })
	}
	// A look may be quicker than what the server says of the change.
	until("word of each change", func() bool {
		h, _ := watch.History("lock:a")
		return !slices.ContainsFunc(h.Events, func(e backends.LockEvent) bool { return e.Within != 0 })
	})
}

// TestRetakenLockIsTold: a lock that the walker does not know, as it was free when it passed, is seen to be
// taken without a listing.
func TestRetakenLockIsTold(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		ctx, client := t.Context(), clientOf(t, server)
		src := source(t, server.Addr(), nil)
		locksByName(t, src)
		watch, err := src.Roles().Locks.(backends.LockWatcher).WatchLocks(within(t))
		must(t, err)
		defer watch.Close()
		has := func(n int) func() bool {
			return func() bool {
				watch.Show([]string{"lock:free"})
				return len(historyOf(watch, "lock:free")) >= n
			}
		}
		testkit.Eventually(t, "the watch", func() bool { has(0)(); return watch.(backends.LockTeller).Told("lock:free") })
		must(t, client.Set(ctx, "lock:free", lockUUID, time.Minute).Err())
		testkit.Eventually(t, "taken", has(1))
		must(t, client.Del(ctx, "lock:free").Err())
		testkit.Eventually(t, "released", has(2))
		must(t, client.Set(ctx, "lock:free", lockUUID, time.Minute).Err())
		testkit.Eventually(t, "taken again", has(3))
	})
}
