//go:build unix

package app

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	goredis "github.com/redis/go-redis/v9"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/redis"
	"bustop/backends/testkit"
)

// The promises of a large keyspace: how long one of our commands may keep the server, and how much the
// console's processes may hold at most.
const (
	millionKeys   = 1_000_000
	slowestOfOurs = 5 * time.Millisecond
	ownMemory     = 100 << 20
)

// TestAMillionKeys runs the program on a million keys. It takes minutes, so it runs only when BUSTOP_LONG is 1.
func TestAMillionKeys(t *testing.T) {
	if os.Getenv("BUSTOP_LONG") != "1" {
		t.Skip("BUSTOP_LONG is not 1")
	}
	server := testkit.Redis(t, "--slowlog-log-slower-than", strconv.Itoa(int(slowestOfOurs.Microseconds())), "--slowlog-max-len", "10000")
	client := clientOf(t, server.Addr())
	fillMillion(t, client)
	t.Run("the console is live", func(t *testing.T) {
		must(t, client.Do(t.Context(), "SLOWLOG", "RESET").Err())
		millionOnScreen(t, server.URL())
		notSlow(t, client)
	})
	t.Run("a pass", func(t *testing.T) {
		must(t, client.Do(t.Context(), "SLOWLOG", "RESET").Err())
		ours := fullPass(t, server.URL())
		notSlow(t, client)
		for _, how := range []string{"--bigkeys", "--memkeys"} {
			theirs := redisCLI(t, server, how)
			t.Logf("a pass takes %v, redis-cli %s %v: %.2f of it", ours, how, theirs, ours.Seconds()/theirs.Seconds())
			if ours >= theirs {
				t.Errorf("a pass is slower than redis-cli %s", how)
			}
		}
	})
}

// fillMillion writes keys of all types and of some twenty shapes, most of them strings.
func fillMillion(t *testing.T, client *goredis.Client) {
	t.Helper()
	ctx := t.Context()
	const batch = 5000
	for start := 0; start < millionKeys; start += batch {
		_, err := client.Pipelined(ctx, func(p goredis.Pipeliner) error {
			for i := start; i < start+batch; i++ {
				oneOfMillion(ctx, p, i)
			}
			return nil
		})
		must(t, err)
	}
	n, err := client.DBSize(ctx).Result()
	must(t, err)
	if n != millionKeys {
		t.Fatalf("%d keys", n)
	}
}

func oneOfMillion(ctx context.Context, p goredis.Pipeliner, i int) {
	uuid := fmt.Sprintf("%08x-7f3a-4b1c-9d2e-%012x", uint32(i)*2654435761, i)
	switch i % 20 {
	case 0, 1, 2, 3, 4:
		p.Set(ctx, fmt.Sprintf("session:%s", uuid), `{"user":17,"cart":[1,2,3]}`, 24*time.Hour)
	case 5, 6, 7:
		p.Set(ctx, fmt.Sprintf("cache:page:%d", i), "<html>a page</html>", time.Hour)
	case 8, 9:
		p.HSet(ctx, fmt.Sprintf("user:%d", i), "name", "ann", "mail", "ann@example.org")
	case 10:
		p.HSet(ctx, fmt.Sprintf("user:%d:settings", i), "theme", "dark")
	case 11, 12:
		p.SAdd(ctx, fmt.Sprintf("user:%d:tags", i), "a", "b", "c")
	case 13:
		p.ZAdd(ctx, fmt.Sprintf("board:%d", i), goredis.Z{Member: "ann", Score: 3}, goredis.Z{Member: "bo", Score: 7})
	case 14:
		p.RPush(ctx, fmt.Sprintf("jobs:%d", i), "one", "two")
	case 15:
		p.XAdd(ctx, &goredis.XAddArgs{Stream: fmt.Sprintf("events:%d", i), Values: []any{"data", "{}"}})
	case 16:
		p.Set(ctx, fmt.Sprintf("lock:order:%d", i), uuid, time.Hour)
	case 17:
		p.Set(ctx, fmt.Sprintf("counter:%d:%d", i%97, i), i, 0)
	case 18:
		p.Set(ctx, fmt.Sprintf("avatar:%s.png", uuid), strings.Repeat("\x89P", 100), 0)
	default:
		p.Set(ctx, fmt.Sprintf("tenant-%d/doc/%d", i%31, i), "a text", 0)
	}
}

// millionOnScreen starts the program on a terminal and goes from pane to pane until it has seen all keys.
func millionOnScreen(t *testing.T, url string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "bustop")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "bustop")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	term := openTTY(t, 40, 160)
	cmd := exec.CommandContext(t.Context(), program, url)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = term.slave, term.slave, term.slave
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "XDG_CONFIG_HOME="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(t, cmd.Start())
	names := []string{"", "[1 Overview]", "[2 Queues]", "[3 Streams]", "[4 Channels]", "[5 Locks]", "[6 Leaderboards]", "[7 Keys]"}
	testkit.Eventually(t, "a frame", func() bool { return strings.Contains(term.written(), names[1]) })
	var took []time.Duration
	var pass walk
	peak := int64(0)
	typing := time.NewTicker(50 * time.Millisecond) // as fast as somebody in a hurry
	defer typing.Stop()
	for pane := 2; !pass.complete; pane = pane%7 + 1 {
		<-typing.C
		seen, start := len(term.written()), time.Now()
		term.types(t, strconv.Itoa(pane))
		testkit.Eventually(t, names[pane]+" after its key", func() bool { return strings.Contains(term.written()[seen:], names[pane]) })
		took = append(took, time.Since(start))
		peak = max(peak, resident(t, cmd.Process.Pid))
		if pane == 7 {
			testkit.Eventually(t, "how many shapes there are", func() bool { return strings.Contains(ansi.Strip(term.written()[seen:]), "shapes") })
			pass.look(ansi.Strip(term.written()[seen:]))
		}
	}
	term.types(t, "q")
	must(t, cmd.Wait())
	slices.Sort(took)
	t.Logf("%d keys answered during the pass: median %v, longest %v; %.1f MiB at most", len(took), took[len(took)/2], took[len(took)-1], float64(peak)/(1<<20))
	if len(took) < 14 {
		t.Errorf("only %d keys were answered during the pass", len(took))
	}
	if peak > ownMemory {
		t.Errorf("%d bytes of memory", peak)
	}
}

// walk is what the keys' title tells of the pass that goes on.
type walk struct{ began, complete bool }

func (w *walk) look(screen string) {
	titles := regexp.MustCompile(`[0-9]+ shapes[^\n]*`).FindAllString(screen, -1)
	if len(titles) == 0 {
		return
	}
	going := strings.Contains(titles[len(titles)-1], "scanned")
	w.complete = w.began && !going
	w.began = w.began || going
}

// resident is the most memory that a process and its children have held, in bytes.
func resident(t *testing.T, pid int) (sum int64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skipf("needs /proc: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); fields[0] == "VmHWM:" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			must(t, err)
			sum = kib << 10
		}
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	must(t, err)
	for _, child := range strings.Fields(string(children)) {
		id, err := strconv.Atoi(child)
		must(t, err)
		sum += resident(t, id)
	}
	return sum
}

// fullPass is how long it takes to know all shapes when somebody waits for them.
func fullPass(t *testing.T, url string) time.Duration {
	t.Helper()
	src, err := backends.Drivers{redis.Driver()}.Open(url, backends.Options{})
	must(t, err)
	defer src.Close()
	browser, ok := src.Roles().Keys.(backends.KeyBrowser)
	if !ok {
		t.Fatal("keys cannot be browsed")
	}
	start := time.Now()
	page, err := browser.ListShapes(t.Context(), backends.Query{Complete: true})
	took := time.Since(start)
	must(t, err)
	counted := int64(0)
	for _, shape := range page.Items {
		counted += shape.Count.Value
	}
	t.Logf("%d shapes of %d keys", len(page.Items), counted)
	if counted < millionKeys*99/100 {
		t.Errorf("the shapes have %d keys", counted)
	}
	return took
}

// redisCLI is how long the tool takes for its own walk.
func redisCLI(t *testing.T, server *servers.Redis, how string) time.Duration {
	t.Helper()
	start := time.Now()
	out, err := exec.CommandContext(t.Context(), "redis-cli", "-p", strconv.Itoa(server.Port), "-i", "0", how).CombinedOutput()
	took := time.Since(start)
	if err != nil || !strings.Contains(string(out), "summary") {
		t.Skipf("redis-cli %s: %v\n%.300s", how, err, out)
	}
	return took
}

// notSlow holds that no command since the log was emptied took long. On a machine that stalls the server's
// process, that happens to any command: to those of a plain walk, too, which is made then.
func notSlow(t *testing.T, client *goredis.Client) {
	t.Helper()
	slow := slowLog(t, client)
	if len(slow) == 0 {
		return
	}
	must(t, client.Do(t.Context(), "SLOWLOG", "RESET").Err())
	for range 5 {
		walk := client.Scan(t.Context(), 0, "", 100).Iterator()
		for walk.Next(t.Context()) {
		}
		must(t, walk.Err())
	}
	stalls := slowLog(t, client)
	for _, s := range slow {
		t.Logf("%v took %v, of %s", s.Args, s.Duration, s.ClientName)
	}
	if len(stalls) == 0 {
		t.Errorf("%d commands of ours took longer than %v", len(slow), slowestOfOurs)
		return
	}
	t.Logf("the machine stalls: of a plain walk by 100 %d commands took as long", len(stalls))
}

func slowLog(t *testing.T, client *goredis.Client) []goredis.SlowLog {
	t.Helper()
	slow, err := client.SlowLogGet(t.Context(), 100).Result()
	must(t, err)
	return slow
}
