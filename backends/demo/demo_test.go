package demo

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"bustop/backends"
	"bustop/backends/demo/shop"
	"bustop/backends/demo/shop/shoptest"
	"bustop/backends/testkit"
)

func TestWhatCannotBeStarted(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		want string
	}{
		{Options{Servers: "embedded"}, "--servers real"},
		{Options{Servers: "docker"}, "known: real, embedded"},
		{Options{Servers: "real", Rate: -1}, "rate"},
	} {
		d, err := Start(t.Context(), c.opt)
		var e *backends.Error
		if d != nil || !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.opt, err, c.want)
		}
	}
}

// lines collects the demo's log.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, line)
}

func (l *lines) has(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(strings.Join(l.text, "\n"), part)
}

// TestDemo starts the demo on real servers, looks for everything a pane could show, kills both
// servers under it, and sees that nothing is left in the end.
func TestDemo(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Setenv("TMPDIR", t.TempDir())
	log := &lines{}
	d, err := Start(t.Context(), Options{Servers: "real", Seed: 1, Rate: 60, Log: log.add})
	if testkit.Missing(errors.Unwrap(err)) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the log of the demo:\n" + strings.Join(log.text, "\n"))
		}
	})
	started := time.Now()
	l := look(t, d)
	l.Everything()
	t.Logf("everything is there after %v", time.Since(started))

	d.redis.Kill()
	d.rabbit.Kill()
	testkit.Eventually(t, "the services notice", func() bool { return log.has("billing: ") && log.has("ledger: ") })
	if err := errors.Join(d.redis.Start(t.Context()), d.rabbit.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	audited := l.Queue("audit").Messages
	testkit.Eventually(t, "orders flow again", func() bool { return l.Queue("audit").Messages > audited })
	l.Everything()

	pids := []int{d.redis.Pid(), d.rabbit.Pid()}
	begin := time.Now()
	d.Close()
	d.Close()
	t.Logf("closed after %v", time.Since(begin))
	for _, pid := range pids {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d is left: %v", pid, err)
		}
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

func TestTheEndOfTheContextEndsTheShop(t *testing.T) {
	if testing.Short() {
		t.Skip("starts servers")
	}
	ctx, cancel := context.WithCancel(t.Context())
	d, err := Start(ctx, Options{Servers: "real"})
	if testkit.Missing(errors.Unwrap(err)) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	testkit.Eventually(t, "the services end", func() bool {
		select {
		case <-d.ended:
			return true
		default:
			return false
		}
	})
	d.Close()
}

// look asks the demo's servers as any client would.
func look(t *testing.T, d *Demo) shoptest.Look {
	t.Helper()
	options, err := redis.ParseURL(d.URLs()[0])
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(d.URLs()[1])
	if err != nil {
		t.Fatal(err)
	}
	broker := shop.Broker{URL: d.rabbit.URL(), Management: u.Query().Get("management"), HTTP: http.DefaultClient}
	return shoptest.Look{T: t, Redis: func() *redis.Options { o := *options; return &o }, Broker: broker}
}
