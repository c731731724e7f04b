package app

import (
	"strings"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"bustop/backends"
	"bustop/backends/testkit"
)

const sessionPassword = "correct-horse-battery"

// TestASessionChangesNothing drives the whole console over a server that holds something of every kind, and
// holds the server to what it was before: its keys and settings, and which commands it was sent. It holds
// the spans of the session to their schema, and to tell nothing of what the server keeps.
func TestASessionChangesNothing(t *testing.T) {
	server := testkit.Redis(t, "--slowlog-log-slower-than", "0", "--latency-monitor-threshold", "1", "--notify-keyspace-events", "", "--requirepass", sessionPassword)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), Password: sessionPassword, DisableIdentity: true, Protocol: 2})
	t.Cleanup(func() { _ = client.Close() })
	s := sessionServer{t, client}
	s.fill()
	s.attend()
	secrets := append(s.secrets(), sessionPassword)
	before, counted := s.digest(), s.commands()
	t.Run("looking", func(t *testing.T) { // its end closes the console and the source
		c := liveConsole(t, "redis://:"+sessionPassword+"@"+server.Addr())
		wholeSession(c)
		everyAbility(t, c.deps.Sources[0].Roles())
		recorded := spansOf(t, c.deps.Spans)
		inSchema(t, recorded, append(commonSchema(), redisSchema()...))
		tellNothing(t, recorded, secrets)
		refreshed(t, recorded, "overview", "queues", "queue", "jobs", "stream", "locks", "lock", "leaderboard")
	})
	s.harmless(s.commandsSince(counted))
	testkit.Eventually(t, "our connections are gone", func() bool { return s.others() == before["clients"] })
	s.unchanged(before)
}

// wholeSession opens every pane, and every row of it.
func wholeSession(c *console) {
	for _, pane := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		c.press(pane, "?", "esc", "space", "space", "s", "S", "s", "r", "y", "tab")
	}
	for _, one := range visits() {
		if !c.t.Run("opens "+one.pane+" "+one.name, func(t *testing.T) { c.on(t).visit(one) }) {
			return
		}
	}
	c.press("4", "p")
	c.shows("channels or patterns")
	c.press("ticket.*", "enter")
	c.see("● live", "▸ channel/ticket.*")
	c.home()
	c.press("1")
	c.see("redis 7.", "streams")
	c.press("8", "enter")
	c.home()
}

// visit is one row with the keys that are pressed after it is opened. A step "see:TEXT" waits for a text.
type visit struct {
	pane, name string
	steps      []string
}

// inspect are the keys of the inspector, after the one that opens it.
func inspect() []string {
	return []string{"enter", "see:diagnostic", "]", "]", "]", "]", "/", "a", "enter", "n", "esc", "w", "p", "y", "esc"}
}

func visits() []visit {
	messages := append([]string{"/", "a", "enter", "esc", "up", "space", "space"}, inspect()...)
	job := []string{"see:as of", "]", "]", "]", "]", "]", "r", "s", "S", "y"}
	all := []visit{
		{"2", "orders", append([]string{"see:copies as of"}, messages...)},
		{"2", "bull:mail", job},
		{"2", "asynq:{critical}", job},
		{"2", "queue:default", job},
		{"3", "tickets", append([]string{"see:● live", "see:gzip"}, messages...)},
		{"3", "bull:mail:events", append([]string{"see:● live", "see:added"}, messages...)},
		{"4", "prices", []string{"see:▸ channel/prices", "see:● live"}},
		{"6", "leaderboard:players", []string{
			"see:player-299", "down", "p", "end", "see:player-0", "home", "d", "see:spread of 300 scores", "d", "a", "see:lowest first", "a", "#", "150", "enter", "see:player-150",
			"/", "player-77", "see:player-77", "enter", "esc", "esc", "space", "space", "r",
		}},
	}
	for _, lock := range []string{"lock:invoice", "lock:forever", "stock", "bull:mail:1:lock", "import-mutex", "nightly-lock", "job-lock:default:x"} {
		all = append(all, visit{"5", lock, []string{"see:▸ lock " + lock, "see:recognised as", "y"}})
	}
	for _, key := range [][2]string{
		{"product:#", "string"},
		{"profile:#", "hash"},
		{"settings", "hash"},
		{"tags", "set"},
		{"numbers", "set"},
		{"visitors", "string"},
		{"blob", "string"},
		{"tickets", "stream"},
		{"places", "zset"},
		{"leaderboard:players", "zset"},
		{"orders", "list"},
		{"emails", "list"},
	} {
		all = append(all, visit{"7", key[0], append([]string{
			"see:▸ keys " + key[0], "see: " + key[1], "n", "s", "enter", "see:in memory", "see:▌", "n",
		}, inspect()...)})
	}
	return all
}

// visit opens a row of a pane by filtering for it, and goes back.
func (c *console) visit(v visit) {
	c.t.Helper()
	c.press(v.pane)
	c.home()
	c.press("/", v.name, "enter")
	c.row(v.name)
	c.press("enter")
	for _, step := range v.steps {
		if text, ok := strings.CutPrefix(step, "see:"); ok {
			c.see(text)
		} else {
			c.press(step)
		}
	}
	c.home()
}

// home leaves what is open on a pane, its filter, too.
func (c *console) home() {
	c.t.Helper()
	c.press("esc")
	for range 10 {
		if len(c.tabs[c.front].stack) == 1 && c.dialog == nil {
			c.press("esc", "esc")
			return
		}
		c.press("esc")
	}
	c.t.Fatal("esc does not lead back:\n" + c.text())
}

// everyAbility uses what sources can do beyond what the panes have asked by now.
func everyAbility(t *testing.T, roles backends.Roles) {
	t.Helper()
	ctx := t.Context()
	if r, ok := roles.Streams.(backends.PendingReader); ok {
		page, err := r.ReadPending(ctx, "tickets", backends.PendingLook{Group: "slow", N: 1})
		must(t, err)
		if len(page.Entries) != 1 {
			t.Errorf("%d pending entries", len(page.Entries))
		}
	} else {
		t.Error("pending entries cannot be read")
	}
	if r, ok := roles.Streams.(backends.StreamPager); ok {
		_, err := r.ReadStreamBefore(ctx, "tickets", "9-0", 10)
		must(t, err)
	}
	if r, ok := roles.Queues.(backends.JobQueues); ok {
		for _, state := range []string{"", "active", "delayed", "completed", "failed"} {
			_, err := r.ReadJobs(ctx, "bull:mail", state, 0, 10)
			must(t, err)
		}
	} else {
		t.Error("jobs cannot be read")
	}
	if r, ok := roles.Locks.(backends.LockReader); ok {
		for _, name := range []string{"lock:invoice", "stock"} {
			_, err := r.ReadLock(ctx, name)
			must(t, err)
		}
	}
	if w, ok := roles.Locks.(backends.LockWatcher); ok {
		watch, err := w.WatchLocks(ctx)
		must(t, err)
		watch.Show([]string{"lock:invoice", "stock"})
		_, err = roles.Locks.ListLocks(ctx, backends.Query{Complete: true})
		must(t, err)
		watch.Close()
	}
	everyMeasure(t, roles)
}

func everyMeasure(t *testing.T, roles backends.Roles) {
	t.Helper()
	ctx := t.Context()
	if r, ok := roles.Leaderboards.(backends.BoardReader); ok {
		_, err := r.SearchBoard(ctx, "leaderboard:sellers", backends.BoardQuery{Text: "ann"})
		must(t, err)
		_, err = r.MeasureBoard(ctx, "leaderboard:sellers")
		must(t, err)
	}
	asks := map[string]func() error{
		"health": func() error { _, err := roles.Health.ReadHealth(ctx); return err },
	}
	if h, ok := roles.Health.(backends.ServerDetails); ok {
		asks["details"] = func() error { _, err := h.Details(ctx); return err }
	}
	if h, ok := roles.Health.(backends.SlowLogs); ok {
		asks["slow log"] = func() error { _, err := h.SlowLog(ctx); return err }
	}
	if h, ok := roles.Health.(backends.Latencies); ok {
		asks["latency"] = func() error { _, err := h.Latency(ctx); return err }
	}
	if h, ok := roles.Health.(backends.ClientLists); ok {
		asks["clients"] = func() error { _, err := h.Clients(ctx); return err }
	}
	if h, ok := roles.Health.(backends.CommandStats); ok {
		asks["commands"] = func() error { _, err := h.Commands(ctx); return err }
	}
	if len(asks) < 6 {
		t.Errorf("health has %d of 6 parts", len(asks))
	}
	for name, ask := range asks {
		if err := ask(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestListingKeepsNothingFromEviction holds that under policies that evict by use, what is only listed
// among the keys stays as unused as it was.
func TestListingKeepsNothingFromEviction(t *testing.T) {
	for _, p := range []struct {
		policy, mark, ask string
		unused            int64
		isUnused          func(got, made int64) bool
	}{
		{"allkeys-lru", "IDLETIME", "IDLETIME", 100_000, func(got, made int64) bool { return got >= made }},
		{"allkeys-lfu", "FREQ", "FREQ", 5, func(got, made int64) bool { return got <= made }}, // each use of a key this rare counts
	} {
		t.Run(p.policy, func(t *testing.T) {
			server := testkit.Redis(t, "--maxmemory", "1gb", "--maxmemory-policy", p.policy)
			s := sessionServer{t, clientOf(t, server.Addr())}
			s.fill()
			s.mark(p.mark, p.unused)
			t.Run("looking", func(t *testing.T) {
				c := liveConsole(t, server.URL())
				for _, pane := range []string{"2", "3", "4", "5", "6"} {
					c.press(pane)
					c.see("0s old")
				}
				for _, shape := range []string{"product:#", "profile:#", "tags", "settings", "visitors", "blob"} {
					c.visit(visit{"7", shape, []string{"see:▸ keys " + shape, "see:▌", "n", "s"}})
				}
			})
			used := map[string]bool{}
			for name, got := range s.usage(p.ask) {
				used[name] = !p.isUnused(got, p.unused)
			}
			s.onlyListed(used)
		})
	}
}
