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
		{Options{Servers: "docker"}, "known: embedded, real"},
		{Options{Servers: "embedded", Rate: -1}, "rate"},
		{Options{Servers: "embedded", Scenario: "war"}, "known: calm, incident, flood"},
		{Options{Servers: "embedded", For: -1}, "cannot take"},
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

// start starts a demo and ends it with the test; where its servers are not installed the test is
// skipped.
func start(t *testing.T, opt Options) *Demo {
	t.Helper()
	d, err := Start(t.Context(), opt)
	if testkit.Missing(errors.Unwrap(err)) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// TestDemo starts the demo on servers of each kind, kills both under it, and sees that nothing is left
// in the end. On real ones it looks for everything a pane could show first; package shop does so for the
// others, in time that runs faster.
func TestDemo(t *testing.T) {
	for _, kind := range []string{"embedded", "real"} {
		t.Run(kind, func(t *testing.T) {
			if kind == "real" {
				testkit.SkipShort(t)
			}
			before := goleak.IgnoreCurrent()
			t.Setenv("TMPDIR", t.TempDir())
			log := &lines{}
			d := start(t, Options{Servers: kind, Seed: 1, Rate: 60, Log: log.add})
			t.Cleanup(func() {
				if t.Failed() {
					t.Log("the log of the demo:\n" + strings.Join(log.text, "\n"))
				}
			})
			l, since := look(t, d), time.Now()
			if kind == "real" {
				l.Everything()
			}
			testkit.Eventually(t, "orders flow", func() bool { return l.Queue("audit").Messages > 0 })
			t.Logf("all is there after %v", time.Since(since))

			pids := processes(d.pair)
			if err := killed(t, d.pair, func() {
				testkit.Eventually(t, "the services notice", func() bool { return log.has("billing: ") && log.has("ledger: ") })
			}); err != nil {
				t.Fatal(err)
			}
			audited := l.Queue("audit").Messages
			testkit.Eventually(t, "orders flow again", func() bool { return l.Queue("audit").Messages > audited })

			pids = append(pids, processes(d.pair)...)
			since = time.Now()
			d.Close()
			d.Close()
			t.Logf("closed after %v", time.Since(since))
			nothingLeft(t, pids, before)
		})
	}
}

// killed ends both servers as kill -9 does, and starts them again after a while.
func killed(t *testing.T, p pair, meanwhile func()) error {
	switch p := p.(type) {
	case *installed:
		p.redis.Kill()
		p.rabbit.Kill()
		meanwhile()
		return errors.Join(p.redis.Start(t.Context()), p.rabbit.Start(t.Context()))
	case *embedded:
		p.redis.Kill()
		p.rabbit.Kill()
		meanwhile()
		return errors.Join(p.redis.Restart(), p.rabbit.Restart())
	}
	return errors.New("servers of an unknown kind")
}

// processes are those of installed servers.
func processes(p pair) []int {
	if p, ok := p.(*installed); ok {
		return []int{p.redis.Pid(), p.rabbit.Pid()}
	}
	return nil
}

func nothingLeft(t *testing.T, pids []int, before goleak.Option) {
	t.Helper()
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
	ctx, cancel := context.WithCancel(t.Context())
	d, err := Start(ctx, Options{Servers: "embedded"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	cancel()
	<-d.ended
	select {
	case <-d.Over():
		t.Error("the story is over before its time")
	default:
	}
}

func TestTheStoryEndsInTime(t *testing.T) {
	d := start(t, Options{Servers: "embedded", For: 100 * time.Millisecond})
	<-d.Over()
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
	broker := shop.Broker{URL: d.pair.brokerURL(), Management: u.Query().Get("management"), HTTP: http.DefaultClient}
	return shoptest.Look{T: t, Redis: func() *redis.Options { o := *options; return &o }, Broker: broker}
}
