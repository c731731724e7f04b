package redis_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/redis"
	"bustop/backends/testkit"
)

// opened opens a source by its URL.
func opened(t testing.TB, url string, opt backends.Options) backends.Source {
	t.Helper()
	src, err := backends.Drivers{redis.Driver()}.Open(url, opt)
	must(t, err)
	t.Cleanup(func() { must(t, src.Close()) })
	return src
}

// slotOf asks a server.
func slotOf(t testing.TB, c *testkit.Cluster, key string) int {
	t.Helper()
	slot, err := c.Client(c.Masters[0]).ClusterKeySlot(context.Background(), key).Result()
	must(t, err)
	return int(slot)
}

func TestClusterRoutesKeys(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 0)
	src := opened(t, c.URL(), backends.Options{})
	for i := range 60 {
		c.Do(t, "RPUSH", fmt.Sprintf("q:%d", i), "x")
	}
	must(t, src.Ping(within(t)))
	roles := src.Roles()
	for i := range 60 {
		target := backends.Target{Kind: backends.KindQueue, Name: fmt.Sprintf("q:%d", i)}
		got, err := roles.Queues.Peek(within(t), backends.Look{Target: target, N: 1})
		if err != nil || len(got) != 1 {
			t.Fatalf("q:%d: %+v, %v", i, got, err)
		}
	}
	if st := src.Status(); st.State != backends.Live || !slices.Contains(st.Notes, "cluster of 3 masters and 0 replicas") {
		t.Errorf("status %+v", st)
	}
	report, err := roles.Health.ReadHealth(within(t))
	must(t, err)
	rows := 0
	for _, f := range report.Facts {
		if f.Group == "nodes" {
			rows++
		}
	}
	said, err := c.Client(c.Masters[0]).Info(within(t), "server").Result()
	must(t, err)
	if report.Role != "cluster" || rows != 3 || report.MemoryUsed.Value < 3<<19 || report.Version == "" || !strings.Contains(said, "_version:"+report.Version+"\r\n") {
		t.Errorf("health: %+v", report)
	}
}

// A key whose slot is on the move is found on either side, and one that has moved is found after
// one MOVED.
func TestClusterFollowsSlots(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 0)
	src := opened(t, c.URL(), backends.Options{})
	const tag = "{move}"
	start := time.Now()
	for _, r := range c.Masters {
		must(t, c.Client(r).ConfigResetStat(context.Background()).Err())
	}
	for i := range 20 {
		c.Do(t, "RPUSH", fmt.Sprintf("%s:%d", tag, i), "x")
	}
	from := c.Owner(t, tag)
	to := c.Masters[(slices.Index(c.Masters, from)+1)%3]
	slot := slotOf(t, c, tag)
	peekAll := func(when string) {
		t.Helper()
		for i := range 20 {
			target := backends.Target{Kind: backends.KindQueue, Name: fmt.Sprintf("%s:%d", tag, i)}
			if got, err := src.Roles().Queues.Peek(within(t), backends.Look{Target: target, N: 1}); err != nil || len(got) != 1 {
				t.Fatalf("%s: %d: %+v, %v", when, i, got, err)
			}
		}
	}
	peekAll("before")
	c.BeginMove(t, slot, from, to)
	c.MoveKeys(t, slot, 10, from, to)
	peekAll("half way")
	c.MoveKeys(t, slot, 100, from, to)
	peekAll("all keys moved")
	c.EndMove(t, slot, to)
	peekAll("after")
	// A storm would have asked for the map at each MOVED.
	asked := 0
	for _, r := range c.Masters {
		stats, err := c.Client(r).Info(context.Background(), "commandstats").Result()
		must(t, err)
		for line := range strings.Lines(stats) {
			var n int
			if _, err := fmt.Sscanf(line, "cmdstat_cluster|slots:calls=%d,", &n); err == nil {
				asked += n
			}
		}
	}
	if most := 2 + int(time.Since(start).Seconds()); asked > most {
		t.Errorf("the map was asked for %d times, want %d at most", asked, most)
	}
}

func TestClusterNodeDown(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 0)
	src := opened(t, c.URL(), backends.Options{})
	for i := range 30 {
		c.Do(t, "RPUSH", fmt.Sprintf("q:%d", i), "x")
	}
	must(t, src.Ping(within(t)))
	_, err := src.Roles().Health.ReadHealth(within(t)) // all nodes are known now
	must(t, err)
	victim := c.Masters[1]
	theirs := map[string]bool{}
	for i := range 30 {
		name := fmt.Sprintf("q:%d", i)
		theirs[name] = c.Owner(t, name) == victim
	}
	victim.Kill()
	lost := 0
	for name := range theirs {
		_, err := src.Roles().Queues.Peek(within(t), backends.Look{Target: backends.Target{Kind: backends.KindQueue, Name: name}, N: 1})
		if theirs[name] {
			lost++
			if backends.ReasonOf(err) != backends.Unreachable && !strings.Contains(fmt.Sprint(err), "CLUSTERDOWN") {
				t.Errorf("%s of the node that is down: %v", name, err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if lost == 0 || lost == 30 {
		t.Fatalf("%d of 30 keys are the victim's", lost)
	}
	st := src.Status()
	if st.State != backends.Stale || !strings.Contains(fmt.Sprint(st.Notes), victim.Addr()+" is down: connection refused") {
		t.Errorf("status %+v", st)
	}
	must(t, victim.Start(context.Background()))
	testkit.Eventually(t, "it is live again", func() bool {
		_, _ = src.Roles().Health.ReadHealth(within(t))
		return src.Status().State == backends.Live
	})
}

func TestClusterFailover(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 3)
	src := opened(t, c.URL(), backends.Options{})
	c.Do(t, "RPUSH", "q", "x")
	look := backends.Look{Target: backends.Target{Kind: backends.KindQueue, Name: "q"}, N: 1}
	_, err := src.Roles().Queues.Peek(within(t), look)
	must(t, err)
	victim := c.Owner(t, "q")
	must(t, c.Client(victim).Do(within(t), "WAIT", 1, 5000).Err())
	victim.Kill()
	testkit.Eventually(t, "its replica answers", func() bool {
		got, err := src.Roles().Queues.Peek(within(t), look)
		return err == nil && len(got) == 1
	})
	if st := src.Status(); st.State != backends.Live {
		t.Errorf("status %+v", st)
	}
}

// listed are the names of all lists, and what the page says of itself.
func listed(t *testing.T, src backends.Source) (names []string, notes []string) {
	t.Helper()
	page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
	must(t, err)
	return queueNames(page.Items), page.Notes
}

func TestClusterListsEveryNode(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 0)
	src := opened(t, c.URL(), backends.Options{})
	want := map[string]bool{}
	for i := range 300 {
		name := fmt.Sprintf("q:%d", i)
		c.Do(t, "RPUSH", name, "x")
		want[name] = true
	}
	names, notes := listed(t, src)
	if len(names) != 300 || len(notes) != 0 {
		t.Fatalf("%d lists, notes %q", len(names), notes)
	}
	page, err := src.Roles().Keys.ListKeys(within(t), backends.Query{Complete: true})
	if err != nil || len(page.Items) != 300 || page.SeenOf != 300 {
		t.Fatalf("%d keys of %d, %v", len(page.Items), page.SeenOf, err)
	}

	// One node down: the others' rows stay, and the page says whose are missing.
	victim := c.Masters[2]
	theirs := 0
	for name := range want {
		if c.Owner(t, name) == victim {
			theirs++
		}
	}
	victim.Kill()
	names, notes = listed(t, src)
	if len(names) != 300-theirs || !strings.Contains(fmt.Sprint(notes), victim.Addr()+" does not answer: its keys are not shown") {
		t.Errorf("with a node down: %d lists, want %d; notes %q", len(names), 300-theirs, notes)
	}
	page, err = src.Roles().Keys.ListKeys(within(t), backends.Query{Complete: true})
	if err != nil || len(page.Items) != 300-theirs || len(page.Notes) != 1 {
		t.Errorf("%d keys, notes %q, %v", len(page.Items), page.Notes, err)
	}
}

// Slots that move during a walk: each key is listed once, none is missing that is not said to be.
func TestClusterSlotsMoveDuringAWalk(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 0)
	src := opened(t, c.URL(), backends.Options{})
	for i := range 200 {
		c.Do(t, "RPUSH", fmt.Sprintf("q:%d", i), "x")
		c.Do(t, "RPUSH", fmt.Sprintf("{move}:%d", i), "x")
	}
	from := c.Owner(t, "{move}")
	to := c.Masters[(slices.Index(c.Masters, from)+1)%3]
	slot := slotOf(t, c, "{move}")
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.BeginMove(t, slot, from, to)
		for range 20 {
			c.MoveKeys(t, slot, 10, from, to)
		}
		c.EndMove(t, slot, to)
	}()
	for moving := true; moving; {
		select {
		case <-done:
			moving = false
		default:
		}
		names, notes := listed(t, src)
		if sorted := slices.Compact(slices.Sorted(slices.Values(names))); len(sorted) != len(names) {
			t.Errorf("%d names are listed twice", len(names)-len(sorted))
		}
		if len(names) != 400 && len(notes) == 0 {
			t.Errorf("%d of 400 lists, and nothing says so", len(names))
		}
	}
	if names, notes := listed(t, src); len(names) != 400 || len(notes) != 0 {
		t.Errorf("after the move: %d lists, notes %q", len(names), notes)
	}
}

// The rights that the manual names are enough for everything that is listed, and nothing else is
// tried on any node.
func TestClusterWithAdvisedRights(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 0)
	c.Do(t, "RPUSH", "q", "x")
	c.Do(t, "XADD", "s", "*", "a", "b")
	for _, r := range c.Masters {
		user(t, c.Client(r), "bustop", "on", ">secret", "~*", "&*", "+@read", "+@connection", "-@write", "-@dangerous", "+info",
			"+slowlog|get", "+client|list", "+pubsub", "+cluster|slots", "+cluster|info", "+cluster|nodes")
	}
	src := opened(t, strings.Replace(c.URL(), "://", "://bustop:secret@", 1), backends.Options{})
	names, notes := listed(t, src)
	if len(names) != 1 || len(notes) != 0 {
		t.Errorf("lists %q, notes %q", names, notes)
	}
	streams, err := src.Roles().Streams.ListStreams(within(t), backends.Query{Complete: true})
	if err != nil || len(streams.Items) != 1 {
		t.Errorf("streams %+v, %v", streams, err)
	}
	_, err = src.Roles().Channels.ListChannels(within(t), backends.Query{Complete: true})
	must(t, err)
	_, err = src.Roles().Health.ReadHealth(within(t))
	must(t, err)
	for _, r := range c.Masters {
		entries, err := c.Client(r).ACLLog(within(t), 100).Result()
		must(t, err)
		for _, e := range entries {
			t.Errorf("%s was refused %s", r.Addr(), e.Object)
		}
	}
}

func TestClusterAnnouncesWhatCannotBeReached(t *testing.T) {
	c := testkit.RedisCluster(t, 1, 0, "--cluster-announce-ip", "127.0.0.2", "--cluster-announce-port", "1")
	src := opened(t, c.URL(), backends.Options{})
	look := backends.Look{Target: backends.Target{Kind: backends.KindQueue, Name: "q"}, N: 1}
	_, err := src.Roles().Queues.Peek(within(t), look)
	if backends.ReasonOf(err) != backends.Unreachable || !strings.Contains(err.Error(), "127.0.0.2:1") || !strings.Contains(err.Error(), "cluster-announce-ip") {
		t.Errorf("%v", err)
	}
	st := src.Status()
	if st.State != backends.Down || st.Err == nil || !strings.Contains(fmt.Sprint(st.Notes), "127.0.0.2:1 is down") {
		t.Errorf("status %+v", st)
	}
}

func TestClusterReadsFromReplicas(t *testing.T) {
	c := testkit.RedisCluster(t, 2, 2)
	src := opened(t, c.URL()+"/?read=replica", backends.Options{})
	for i := range 20 {
		c.Do(t, "RPUSH", fmt.Sprintf("q:%d", i), "x")
	}
	for _, r := range c.Masters {
		must(t, c.Client(r).Do(within(t), "WAIT", 1, 5000).Err())
		must(t, c.Client(r).ConfigResetStat(within(t)).Err())
	}
	if names, notes := listed(t, src); len(names) != 20 || len(notes) != 0 {
		t.Errorf("%d lists, notes %q", len(names), notes)
	}
	for _, r := range c.Masters {
		stats, err := c.Client(r).Info(within(t), "commandstats").Result()
		must(t, err)
		if strings.Contains(stats, "cmdstat_scan") || strings.Contains(stats, "cmdstat_llen") {
			t.Errorf("the master %s was read:\n%s", r.Addr(), stats)
		}
	}
	if notes := fmt.Sprint(src.Status().Notes); !strings.Contains(notes, "reads from replicas") {
		t.Errorf("notes %s", notes)
	}
}

// A single node of a cluster says how the whole is opened.
func TestNodeOfAClusterAlone(t *testing.T) {
	c := testkit.RedisCluster(t, 3, 0)
	src := opened(t, c.Masters[0].URL(), backends.Options{})
	_, err := src.Roles().Health.ReadHealth(within(t))
	must(t, err)
	if notes := fmt.Sprint(src.Status().Notes); !strings.Contains(notes, "redis+cluster://"+c.Masters[0].Addr()+" opens the whole") {
		t.Errorf("notes %s", notes)
	}
}
