package redis_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server starts a server with a client to fill it.
func server(t testing.TB, args ...string) (addr string, client *goredis.Client) {
	t.Helper()
	s := testkit.Redis(t, args...)
	client = goredis.NewClient(&goredis.Options{Addr: s.Addr(), DisableIdentity: true})
	t.Cleanup(func() { client.Close() })
	return s.Addr(), client
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func queueNames(items []backends.Queue) (out []string) {
	for _, q := range items {
		out = append(out, q.Name)
	}
	return out
}

// fillKeys makes 100 000 keys, most of them alike, with some lists among strings of their shape.
func fillKeys(t testing.TB, c *goredis.Client) (lists []string) {
	t.Helper()
	ctx := context.Background()
	const n = 100_000
	for start := 0; start < n; start += 5000 {
		pipe := c.Pipeline()
		for i := start; i < start+5000; i++ {
			name := fmt.Sprintf("item:%d", i)
			switch {
			case i%10_000 == 1234:
				pipe.RPush(ctx, name, "x")
				lists = append(lists, name)
			case i%3 == 0:
				pipe.Set(ctx, name, "v", time.Hour)
			default:
				pipe.Set(ctx, name, "v", 0)
			}
		}
		_, err := pipe.Exec(ctx)
		must(t, err)
	}
	slices.Sort(lists)
	return lists
}

func TestWalkerFindsEverything(t *testing.T) {
	addr, client := server(t, "--slowlog-log-slower-than", "30", "--slowlog-max-len", "20000") // µs; the large ones
	lists := fillKeys(t, client)
	src := source(t, addr, nil)
	page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
	must(t, err)
	if diff := cmp.Diff(lists, queueNames(page.Items)); diff != "" {
		t.Errorf("lists (-made +listed):\n%s", diff)
	}
	if page.Seen < 100_000 || page.SeenOf < page.Seen || page.Total != backends.ExactCount(int64(len(lists))) {
		t.Errorf("seen %d of %d, total %+v", page.Seen, page.SeenOf, page.Total)
	}
	keys, err := src.Roles().Keys.ListKeys(within(t), backends.Query{Complete: true, Limit: 10})
	must(t, err)
	if keys.Total != backends.ExactCount(100_000) || len(keys.Items) != 10 || keys.Items[9].Name != "item:10004" {
		t.Errorf("keys: total %+v, %d items, notes %q", keys.Total, len(keys.Items), keys.Notes)
	}
	logged, err := client.SlowLogGet(within(t), 20_000).Result()
	must(t, err)
	scans := 0
	for _, entry := range logged {
		if strings.ToUpper(entry.Args[0]) != "SCAN" {
			continue
		}
		scans++
		// An element costs the server about a microsecond: a thousand of them hold nobody up.
		if n, err := strconv.Atoi(entry.Args[3]); strings.ToUpper(entry.Args[2]) != "COUNT" || err != nil || n > 1000 {
			t.Errorf("%v is not bounded", entry.Args)
		}
	}
	if scans < 100 {
		t.Errorf("%d SCANs are not enough for 100,000 keys", scans)
	}
}

// A pane's listing does not wait for the walker, shows how far the walker is, and goes on without another
// word; deleted keys leave it.
func TestPaneListing(t *testing.T) {
	t.Parallel()
	addr, client := server(t)
	pipe := client.Pipeline()
	for i := range 30_000 {
		pipe.Set(context.Background(), fmt.Sprint("item:", i), "v", 0)
	}
	pipe.RPush(context.Background(), "queue:a", "1", "2")
	_, err := pipe.Exec(context.Background())
	must(t, err)
	src := source(t, addr, nil)
	list := func() backends.Page[backends.Queue] {
		page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Match: "queue:"})
		must(t, err)
		return page
	}
	first := list()
	if first.SeenOf == 0 || first.Seen >= first.SeenOf || first.Total.Certainty != backends.AtLeast {
		t.Errorf("the first listing: seen %d of %d, total %+v", first.Seen, first.SeenOf, first.Total)
	}
	testkit.Eventually(t, "the walker comes to the list", func() bool {
		page := list()
		return len(page.Items) == 1 && page.Items[0].Total == backends.ExactCount(2)
	})
	must(t, client.Del(context.Background(), "queue:a").Err())
	if page := list(); len(page.Items) != 0 {
		t.Errorf("a deleted list is still listed: %+v", page.Items)
	}
}

// While nobody lists, the walker asks nothing.
func TestWalkerRests(t *testing.T) {
	t.Parallel()
	addr, client := server(t)
	must(t, client.RPush(context.Background(), "q", "1").Err())
	src := source(t, addr, nil)
	_, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
	must(t, err)
	scans := func() string {
		stats, err := client.Info(context.Background(), "commandstats").Result()
		must(t, err)
		_, line, _ := strings.Cut(stats, "cmdstat_scan:calls=")
		n, _, _ := strings.Cut(line, ",")
		return n
	}
	last, since := scans(), time.Now()
	testkit.Eventually(t, "three seconds without a SCAN", func() bool {
		if now := scans(); now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > 3*time.Second
	})
}

func TestLagAfterDeletion(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	add := func(stream string, n int) (ids []string) {
		for range n {
			id, err := client.XAdd(ctx, &goredis.XAddArgs{Stream: stream, Values: []string{"data", "x"}}).Result()
			must(t, err)
			ids = append(ids, id)
		}
		return ids
	}
	ids := add("s", 10)
	must(t, client.XGroupCreate(ctx, "s", "at3", ids[2]).Err())
	must(t, client.XGroupCreate(ctx, "s", "start", "0").Err())
	must(t, client.XGroupCreate(ctx, "s", "end", "$").Err())
	must(t, client.XDel(ctx, "s", ids[5]).Err())
	long := add("long", 300)
	must(t, client.XGroupCreate(ctx, "long", "early", long[1]).Err())
	must(t, client.XDel(ctx, "long", long[5]).Err())
	src := source(t, addr, nil)
	page, err := src.Roles().Streams.ListStreams(within(t), backends.Query{Complete: true})
	must(t, err)
	got := map[string]backends.Count{}
	for _, s := range page.Items {
		for _, g := range s.Groups {
			got[s.Name+"/"+g.Name] = g.Lag
		}
	}
	want := map[string]backends.Count{
		"s/at3": backends.ExactCount(6), "s/start": backends.ExactCount(9), "s/end": backends.ExactCount(0),
		"long/early": backends.CountAtLeast(100),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lags (-want +got):\n%s", diff)
	}
}

func TestDescribeStream(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	for i := range 5 {
		must(t, client.XAdd(ctx, &goredis.XAddArgs{Stream: "s", Values: []string{"n", fmt.Sprint(i), "payload", "p"}}).Err())
	}
	must(t, client.XGroupCreate(ctx, "s", "g", "0").Err())
	for _, c := range []string{"ann", "bob"} {
		must(t, client.XReadGroup(ctx, &goredis.XReadGroupArgs{Group: "g", Consumer: c, Streams: []string{"s", ">"}, Count: 2}).Err())
	}
	src := source(t, addr, nil)
	st, err := src.Roles().Streams.DescribeStream(within(t), "s")
	must(t, err)
	if len(st.Groups) != 1 || len(st.Groups[0].Consumers) != 2 || st.EntriesAdded != backends.ExactCount(5) {
		t.Fatalf("%+v", st)
	}
	g := st.Groups[0]
	if g.Pending != backends.ExactCount(4) || g.Lag != backends.ExactCount(1) || !g.OldestPending.Known() || g.Consumers[0].Pending != backends.ExactCount(2) {
		t.Errorf("%+v", g)
	}
	entries, err := src.Roles().Streams.ReadStream(within(t), "s", "last", 1)
	must(t, err)
	if m := entries[0]; string(m.Body) != "p" || len(m.Headers) != 1 || m.Headers[0].Name != "n" || time.Since(m.Time) > time.Minute || m.TimeReceived {
		t.Errorf("%+v", m)
	}
	if _, err := src.Roles().Streams.ReadStream(within(t), "s", "$", 1); backends.ReasonOf(err) != backends.BadUsage {
		t.Errorf("from $: %v", err)
	}
}

// What a stream's writers trim before it is read is marked; a connection that breaks loses
// nothing.
func TestStreamTailMarksWhatWasTrimmed(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	add := func(n int) {
		pipe := client.Pipeline()
		for range n {
			pipe.XAdd(ctx, &goredis.XAddArgs{Stream: "s", Values: []string{"data", "x"}})
		}
		_, err := pipe.Exec(ctx)
		must(t, err)
	}
	add(5)
	src := source(t, addr, nil)
	tail, err := src.Roles().Streams.TailStream(ctx, "s")
	must(t, err)
	defer tail.Close()
	testkit.Eventually(t, "live", func() bool { return tail.State().State == backends.Live })
	add(3)
	testkit.Eventually(t, "three", func() bool { return tail.Ring.Stats().Seen() == 3 })

	must(t, client.ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes").Err())
	add(7)
	testkit.Eventually(t, "ten in all", func() bool { return tail.Ring.Stats().Seen() == 10 })
	if st := tail.State(); st.Gaps != 0 {
		t.Errorf("%d gaps where nothing was lost", st.Gaps)
	}

	// In one transaction the entries come and go before any reader can see them.
	must(t, client.ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes").Err())
	_, err = client.TxPipelined(ctx, func(p goredis.Pipeliner) error {
		for range 40 {
			p.XAdd(ctx, &goredis.XAddArgs{Stream: "s", Values: []string{"data", "y"}})
		}
		p.XTrimMaxLen(ctx, "s", 4)
		return nil
	})
	must(t, err)
	testkit.Eventually(t, "a gap and the last four", func() bool {
		last, _ := tail.Ring.Last(5)
		return len(last) == 5 && last[0].Gap != "" && string(last[4].Body) == "y"
	})
	if st := tail.State(); st.Gaps != 1 || st.LostAtServer.Value != 36 {
		t.Errorf("state %+v", st)
	}
	must(t, client.Del(ctx, "s").Err())
	add(2)
	testkit.Eventually(t, "both entries of the new stream", func() bool {
		last, _ := tail.Ring.Last(2)
		return tail.State().State == backends.Live && string(last[0].Body) == "x" && string(last[1].Body) == "x"
	})
}

func TestLeaderboardsAndDecoys(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	now := float64(time.Now().Unix())
	must(t, client.ZAdd(ctx, "scores", goredis.Z{Member: "ann", Score: 10}, goredis.Z{Member: "bob", Score: 20}).Err())
	must(t, client.Do(ctx, "ZADD", "infinite", "inf", "a", "-inf", "b", "1e300", "c").Err())
	must(t, client.ZAdd(ctx, "delayed", goredis.Z{Member: "job-1", Score: now + 60}).Err())
	must(t, client.GeoAdd(ctx, "places", &goredis.GeoLocation{Name: "Palermo", Longitude: 13.361389, Latitude: 38.115556}).Err())
	src := source(t, addr, nil)
	page, err := src.Roles().Leaderboards.ListLeaderboards(within(t), backends.Query{Complete: true})
	must(t, err)
	if len(page.Items) != 2 || page.Items[0].Name != "infinite" || page.Items[1].Name != "scores" || page.Total != backends.ExactCount(2) {
		t.Errorf("%+v", page)
	}
	places, err := src.Roles().Leaderboards.ReadLeaderboard(within(t), "infinite", 1, 10)
	must(t, err)
	if len(places) != 3 || places[0].Member != "a" || places[2].Member != "b" || places[0].Score <= places[1].Score {
		t.Errorf("%+v", places)
	}
}

func TestLocksOfARealServer(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	const holder = "b983c153-7421-469a-addb-44fb92259a1b:42"
	must(t, client.HSet(ctx, "invoices", holder, 2).Err())
	must(t, client.Expire(ctx, "invoices", 5*time.Hour).Err()) // a lease of the holder's choice
	must(t, client.Set(ctx, "nightly", "8d3a5c1e9b2a11eeb9620242ac120002", time.Minute).Err())
	must(t, client.HSet(ctx, "cart", "sku", 2).Err())
	must(t, client.Expire(ctx, "cart", time.Minute).Err())
	must(t, client.Set(ctx, "cache:1", "0f3c9a5be17d4c0298aa63e1d5b7f024", 0).Err())
	src := source(t, addr, nil)
	page, err := src.Roles().Locks.ListLocks(within(t), backends.Query{Complete: true})
	must(t, err)
	if len(page.Items) != 2 || page.Items[0].Library != "redisson" || page.Items[0].Holder != holder || page.Items[1].Library != "redis-py" {
		t.Fatalf("%+v", page.Items)
	}
	if ttl := page.Items[0].TTL.Value; ttl <= 4*time.Hour || ttl > 5*time.Hour || page.Items[0].Reentrancy != backends.ExactCount(2) {
		t.Errorf("%+v", page.Items[0])
	}
	must(t, client.Del(ctx, "invoices").Err())
	page, err = src.Roles().Locks.ListLocks(within(t), backends.Query{})
	must(t, err)
	if len(page.Items) != 1 {
		t.Errorf("a released lock is still listed: %+v", page.Items)
	}
}

func TestPeekIsBounded(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	big := strings.Repeat("x", 400<<10)
	must(t, client.RPush(ctx, "big", big, big, big, big, big, big, big, big).Err())
	for i := range 300 {
		must(t, client.RPush(ctx, "small", fmt.Sprint(i)).Err())
	}
	src := source(t, addr, nil)
	peek := func(name string, n int) []backends.Message {
		got, err := src.Roles().Queues.Peek(within(t), backends.Look{Target: backends.Target{Kind: backends.KindQueue, Name: name}, N: n})
		must(t, err)
		return got
	}
	if got := peek("big", 8); len(got) < 2 || len(got) > 4 || !got[0].Complete() {
		t.Errorf("%d messages of 400 KiB", len(got))
	}
	if got := peek("small", 1000); len(got) != 100 || string(got[99].Body) != "99" || got[99].Position != "99" {
		t.Errorf("%d messages", len(got))
	}
	_, err := src.Roles().Queues.PlanPeek(within(t), "nothing")
	if backends.ReasonOf(err) != backends.NotFound {
		t.Error(err)
	}
	must(t, client.ConfigSet(ctx, "maxmemory-policy", "allkeys-lru").Err())
	plan, err := source(t, addr, nil).Roles().Queues.PlanPeek(within(t), "small")
	if err != nil || (len(plan.Effects) == 0) != canSpare(t, client) || plan.Consent != backends.Free {
		t.Errorf("under LRU: %+v, %v", plan, err)
	}
}

func TestDatabases(t *testing.T) {
	addr, client := server(t)
	ctx := context.Background()
	must(t, client.Set(ctx, "in0", "v", 0).Err())
	pipe := client.Pipeline()
	pipe.Select(ctx, 3)
	pipe.RPush(ctx, "in3", "v")
	pipe.Select(ctx, 0)
	_, err := pipe.Exec(ctx)
	must(t, err)
	src := source(t, addr, func(u *url.URL, _ *backends.Options) { u.Path = "/3" })
	page, err := src.Roles().Keys.ListKeys(within(t), backends.Query{Complete: true})
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].Name != "in3" {
		t.Errorf("%+v", page.Items)
	}
	err = source(t, addr, func(u *url.URL, _ *backends.Options) { u.Path = "/999" }).Ping(within(t))
	if backends.ReasonOf(err) != backends.BadUsage {
		t.Errorf("a database that is not there: %v", err)
	}
}
