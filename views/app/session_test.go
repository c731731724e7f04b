package app

import (
	"os"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"bustop/backends"
	"bustop/backends/testkit"
)

// TestASessionChangesNothing drives the whole console over a server that holds something of every kind, and
// holds the server to what it was before: its keys and settings, and which commands it was sent.
func TestASessionChangesNothing(t *testing.T) {
	server := testkit.Redis(t, "--slowlog-log-slower-than", "0", "--latency-monitor-threshold", "1", "--notify-keyspace-events", "")
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true, Protocol: 2})
	t.Cleanup(func() { _ = client.Close() })
	s := sessionServer{t, client}
	s.fill()
	s.attend()
	before, counted := s.digest(), s.commands()
	t.Run("looking", func(t *testing.T) { // its end closes the console and the source
		c := liveConsole(t, server.URL())
		wholeSession(c)
		everyAbility(t, c.deps.Sources[0].Roles())
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
	c.shows("a channel, or a pattern")
	c.press("ticket.*", "enter")
	c.see("● live", "▸ channel/ticket.*")
	c.home()
	c.press("1")
	c.see("redis 7.", "streams")
	c.press("8", "enter")
	c.home()
}

// visit is one row with the keys that are pressed after it is opened, and what is to be seen before them.
type visit struct {
	pane, name string
	sees       []string
	keys       []string
}

// inspect are the keys of the inspector, after the one that opens it.
func inspect() []string {
	return []string{"enter", "]", "]", "]", "]", "/", "a", "enter", "n", "esc", "w", "p", "y", "esc"}
}

func visits() []visit {
	messages := append([]string{"/", "a", "enter", "esc", "up", "space", "space"}, inspect()...)
	board := []string{"down", "p", "d", "a", "a", "#", "1", "enter", "/", "ann", "enter", "enter", "esc", "esc", "space", "space", "r"}
	return []visit{
		{"2", "orders", []string{"▸ queue orders"}, messages},
		{"2", "bull:mail", []string{"▸"}, []string{"p", "enter", "esc"}},
		{"2", "asynq:{critical}", []string{"▸"}, []string{"p", "enter", "esc"}},
		{"2", "queue:default", []string{"▸"}, []string{"p", "enter", "esc"}},
		{"3", "tickets", []string{"▸ stream tickets", "● live"}, messages},
		{"3", "bull:mail:events", []string{"▸ stream bull:mail:events", "● live"}, messages},
		{"4", "prices", []string{"▸ channel/prices", "● live"}, nil},
		{"5", "lock:invoice", []string{"▸ lock lock:invoice"}, []string{"y"}},
		{"5", "stock", []string{"▸ lock stock"}, []string{"y"}},
		{"5", "bull:mail:1:lock", []string{"▸ lock"}, []string{"y"}},
		{"6", "leaderboard:sellers", []string{"▸ leaderboard leaderboard:sellers"}, board},
		{"7", "product:#", []string{"▸ keys product:#"}, append([]string{"n", "s", "enter", "n"}, inspect()...)},
		{"7", "profile:#", []string{"▸ keys profile:#"}, append([]string{"n", "enter", "n"}, inspect()...)},
		{"7", "tags", []string{"▸ key"}, append([]string{"n", "enter", "n"}, inspect()...)},
		{"7", "visitors", []string{"▸ key"}, append([]string{"n", "enter", "n"}, inspect()...)},
		{"7", "tickets", []string{"▸ key"}, append([]string{"n", "enter", "n"}, inspect()...)},
		{"7", "leaderboard:sellers", []string{"▸ key"}, append([]string{"n", "enter", "n"}, inspect()...)},
		{"7", "orders", []string{"▸ key"}, append([]string{"n", "enter", "n"}, inspect()...)},
	}
}

// visit opens a row of a pane by filtering for it, and goes back.
func (c *console) visit(v visit) {
	c.t.Helper()
	c.press(v.pane)
	c.home()
	c.press("/", v.name, "enter")
	c.row(v.name)
	c.press("enter")
	c.see(v.sees...)
	for _, key := range v.keys {
		c.press(key)
		c.beat()
		if os.Getenv("BUSTOP_SHOW") != "" {
			c.t.Log(key + "\n" + c.text())
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
