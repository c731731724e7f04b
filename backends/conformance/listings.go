package conformance

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"
)

// testRoles: the roles promised are there and answer, the others are nil, not typed nils.
func testRoles(t *testing.T, w World) {
	src := w.open(t, w.URL, w.Options)
	r := src.Roles()
	for kind, role := range map[backends.Kind]any{
		backends.KindQueue: r.Queues, backends.KindStream: r.Streams, backends.KindChannel: r.Channels,
		backends.KindLock: r.Locks, backends.KindLeaderboard: r.Leaderboards, backends.KindKey: r.Keys,
		backends.KindHealth: r.Health,
	} {
		there := role != nil && !reflect.ValueOf(role).IsZero()
		if there != w.has(kind) || (role != nil && !there) {
			t.Errorf("role %s: there = %v, want %v", kind, there, w.has(kind))
		}
	}
	if err := src.Ping(within(t)); err != nil {
		t.Fatalf("ping: %v", err)
	}
	st := src.Status()
	if st.State != backends.Live || st.Cost.Requests == 0 || st.Cost.BytesIn == 0 || st.Cost.BytesOut == 0 {
		t.Errorf("status after a ping: %+v", st)
	}
	if w.has(backends.KindHealth) {
		report, err := r.Health.ReadHealth(within(t))
		if err != nil || report.Version == "" || report.Product == "" {
			t.Errorf("health: %+v, %v", report, err)
		}
	}
	id := src.Identity()
	w.clean(t, "identity", id.Name+id.Address+id.Namespace+id.Backend)
}

// testListings: complete listings hold what was made, once, with the right counts.
func testListings(t *testing.T, w World) {
	const prefix = "list-"
	src := w.open(t, w.URL, w.Options)
	all := backends.Query{Complete: true}
	if w.Seed.Queue != nil {
		w.Seed.Queue(t, prefix+"empty-or-one", "only")
		w.Seed.Queue(t, prefix+"three", "a", "b", "c")
		var (
			page backends.Page[backends.Queue]
			err  error
		)
		// A RabbitMQ that was just started does not tell the counts of its first queues for a second: then they
		// are not known, and never anything else than what they are.
		testkit.Eventually(t, "the counts are known", func() bool {
			page, err = src.Roles().Queues.ListQueues(within(t), all)
			return err != nil || !slices.ContainsFunc(page.Items, func(q backends.Queue) bool {
				return strings.HasPrefix(q.Name, prefix) && (!q.Ready.Known() || !q.Total.Known())
			})
		})
		expect(t, page, err, prefix+"three", queueName, func(q backends.Queue) {
			count(t, "ready", q.Ready, 3)
			count(t, "total", q.Total, 3)
		})
		expect(t, page, err, prefix+"empty-or-one", queueName, func(q backends.Queue) { count(t, "ready", q.Ready, 1) })
		matching(t, func(q backends.Query) (backends.Page[backends.Queue], error) {
			return src.Roles().Queues.ListQueues(within(t), q)
		}, prefix+"thr", queueName)
	}
	if w.Seed.Channel != nil {
		w.Seed.Channel(t, prefix+"channel")
		page, err := src.Roles().Channels.ListChannels(within(t), all)
		expect(t, page, err, prefix+"channel", channelName, func(backends.Channel) {})
	}
	if w.Seed.Lock != nil {
		w.Seed.Lock(t, prefix+"lock", "holder-1", time.Minute)
		page, err := src.Roles().Locks.ListLocks(within(t), all)
		expect(t, page, err, prefix+"lock", lockName, func(l backends.Lock) {
			if l.NoExpiry || l.TTL.Value <= 0 || l.TTL.Value > time.Minute || l.Holder == "" {
				t.Errorf("lock: %+v", l)
			}
		})
	}
	listBoardsAndKeys(t, w, src, prefix)
}

func listBoardsAndKeys(t *testing.T, w World, src backends.Source, prefix string) {
	all := backends.Query{Complete: true}
	if w.Seed.Leaderboard != nil {
		w.Seed.Leaderboard(t, prefix+"board", map[string]float64{"ann": 3, "bob": 7, "cyd": 5})
		page, err := src.Roles().Leaderboards.ListLeaderboards(within(t), all)
		expect(t, page, err, prefix+"board", boardName, func(l backends.Leaderboard) {
			count(t, "size", l.Size, 3)
			want := []backends.Place{{Rank: 1, Member: "bob", Score: 7}, {Rank: 2, Member: "cyd", Score: 5}, {Rank: 3, Member: "ann", Score: 3}}
			if !slices.Equal(l.Top, want) {
				t.Errorf("top: %v, want %v", l.Top, want)
			}
		})
		places, err := src.Roles().Leaderboards.ReadLeaderboard(within(t), prefix+"board", 2, 1)
		if err != nil || len(places) != 1 || places[0] != (backends.Place{Rank: 2, Member: "cyd", Score: 5}) {
			t.Errorf("rank 2: %v, %v", places, err)
		}
	}
	if w.Seed.Key != nil {
		w.Seed.Key(t, prefix+"key", "12345")
		page, err := src.Roles().Keys.ListKeys(within(t), all)
		expect(t, page, err, prefix+"key", keyName, func(k backends.Key) {
			count(t, "length", k.Length, 5)
			if !k.NoExpiry {
				t.Errorf("key: %+v", k)
			}
		})
	}
}

// testNames: names come back byte for byte and can be used to read what they name.
func testNames(t *testing.T, w World) {
	src := w.open(t, w.URL, w.Options)
	for _, name := range w.Names {
		if w.Seed.Queue != nil {
			w.Seed.Queue(t, "q:"+name, "body of "+name)
		}
		if w.Seed.Stream != nil {
			w.Seed.Stream(t, "s:"+name, nil, "entry of "+name)
		}
	}
	if w.Seed.Queue != nil {
		page, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true, Match: "q:"})
		for _, name := range w.Names {
			expect(t, page, err, "q:"+name, queueName, func(q backends.Queue) { count(t, q.Name, q.Ready, 1) })
			if _, err := src.Roles().Queues.PlanPeek(within(t), "q:"+name); err != nil {
				t.Errorf("plan for %q: %v", name, err)
			}
		}
	}
	if w.Seed.Stream == nil {
		return
	}
	page, err := src.Roles().Streams.ListStreams(within(t), backends.Query{Complete: true, Match: "s:"})
	for _, name := range w.Names {
		expect(t, page, err, "s:"+name, streamName, func(backends.Stream) {})
		got, err := src.Roles().Streams.ReadStream(within(t), "s:"+name, "first", 10)
		if err != nil || !slices.Equal(bodies(got), []string{"entry of " + name}) {
			t.Errorf("stream %q: %q, %v", name, bodies(got), err)
		}
	}
}

// expect finds one object in a listing and checks it.
func expect[T any](t *testing.T, page backends.Page[T], err error, name string, of func(T) string, check func(T)) {
	t.Helper()
	if err != nil {
		t.Fatalf("listing with %q: %v", name, err)
	}
	item, once := find(page.Items, name, of)
	if !once {
		t.Errorf("%q is not exactly once in a listing of %d", name, len(page.Items))
		return
	}
	if page.Total.Known() && page.Total.Value < int64(len(page.Items)) {
		t.Errorf("total %d of a page of %d", page.Total.Value, len(page.Items))
	}
	check(item)
}

// matching checks Match, Offset and Limit of a listing by its own answers.
func matching[T any](t *testing.T, list func(backends.Query) (backends.Page[T], error), match string, of func(T) string) {
	t.Helper()
	page, err := list(backends.Query{Complete: true, Match: match})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("match %q: %d items, %v", match, len(page.Items), err)
	}
	whole, err := list(backends.Query{Complete: true})
	if err != nil || len(whole.Items) < 2 {
		t.Fatalf("whole listing: %d items, %v", len(whole.Items), err)
	}
	second, err := list(backends.Query{Complete: true, Offset: 1, Limit: 1})
	if err != nil || len(second.Items) != 1 || of(second.Items[0]) != of(whole.Items[1]) {
		t.Errorf("offset 1, limit 1: %d items, %v", len(second.Items), err)
	}
	if !slices.IsSortedFunc(whole.Items, func(a, b T) int { return strings.Compare(of(a), of(b)) }) {
		t.Error("the listing is not in the order of names")
	}
}

func queueName(q backends.Queue) string       { return q.Name }
func streamName(s backends.Stream) string     { return s.Name }
func channelName(c backends.Channel) string   { return c.Name }
func lockName(l backends.Lock) string         { return l.Name }
func boardName(l backends.Leaderboard) string { return l.Name }
func keyName(k backends.Key) string           { return k.Name }
