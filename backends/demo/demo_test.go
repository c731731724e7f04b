package demo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"bustop/backends"
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
	l := look{t, d}
	l.redisHasEverything()
	l.rabbitHasEverything()
	t.Logf("everything is there after %v", time.Since(started))

	d.redis.Kill()
	d.rabbit.Kill()
	testkit.Eventually(t, "the services notice", func() bool { return log.has("billing: ") && log.has("ledger: ") })
	if err := errors.Join(d.redis.Start(t.Context()), d.rabbit.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
	l.redisHasEverything()
	audited := l.queues()[queueAudit].Messages
	testkit.Eventually(t, "orders flow again", func() bool { return l.queues()[queueAudit].Messages > audited })

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
type look struct {
	t *testing.T
	d *Demo
}

func (l look) redisHasEverything() {
	l.t.Helper()
	options, err := redis.ParseURL(l.d.URLs()[0])
	if err != nil {
		l.t.Fatal(err)
	}
	db := redis.NewClient(options)
	defer db.Close()
	ctx := l.t.Context()
	has := func(what string, check func() bool) { l.t.Helper(); testkit.Eventually(l.t, what, check) }
	has("jobs wait in lists", func() bool {
		return db.LLen(ctx, listThumbnails).Val() > 0 && db.LLen(ctx, listMails).Val() > 0 && db.SIsMember(ctx, "queues", "mailers").Val()
	})
	has("the ledger keeps up, the fraud check does not", func() bool {
		groups, err := db.XInfoGroups(ctx, streamPayments).Result()
		if err != nil || len(groups) != 2 {
			return false
		}
		byName := map[string]redis.XInfoGroup{}
		for _, g := range groups {
			byName[g.Name] = g
		}
		slow, fast := byName[groupFraud], byName[groupLedger]
		return slow.Lag > 5 && slow.Pending > 1 && slow.Consumers == 2 && fast.EntriesRead > slow.EntriesRead && fast.Lag < slow.Lag
	})
	has("subscribers of channels and of a pattern", func() bool {
		return len(db.PubSubChannels(ctx, "prices.*").Val()) == 3 && db.PubSubNumPat(ctx).Val() == 1
	})
	has("order locks with a holder and an end", func() bool {
		keys := db.Keys(ctx, "lock:order:*").Val()
		return len(keys) > 0 && len(db.Get(ctx, keys[0]).Val()) == 22 && db.PTTL(ctx, keys[0]).Val() > 0
	})
	has("a lock without an end", func() bool { return db.PTTL(ctx, "lock:report:nightly").Val() == -1 })
	has("a warehouse lock", func() bool {
		for field, count := range db.HGetAll(ctx, "warehouse:eu").Val() {
			return count == "1" && strings.Count(field, "-") == 4 && db.PTTL(ctx, "warehouse:eu").Val() > 0
		}
		return false
	})
	has("a leaderboard", func() bool { return db.ZCard(ctx, boardSellers).Val() > 5 })
	top := db.ZRevRangeWithScores(ctx, boardSellers, 0, 9).Val()
	has("movement on it", func() bool {
		now := db.ZRevRangeWithScores(ctx, boardSellers, 0, 9).Val()
		return len(now) > 0 && (len(top) != len(now) || now[0] != top[0])
	})
	l.hearsEveryFormat(db)
}

// hearsEveryFormat waits for a price in each format; a channel says nothing about it.
func (l look) hearsEveryFormat(db *redis.Client) {
	l.t.Helper()
	sub := db.PSubscribe(l.t.Context(), "prices.*")
	defer sub.Close()
	wanted := map[format]bool{}
	for _, f := range formats() {
		wanted[f] = true
	}
	testkit.Eventually(l.t, "prices in every format", func() bool {
		message, err := sub.ReceiveTimeout(l.t.Context(), time.Second)
		if err != nil {
			return false
		}
		if m, ok := message.(*redis.Message); ok {
			for f := range wanted {
				var p price
				if f.decode([]byte(m.Payload), &p) == nil && "prices."+p.Symbol == m.Channel {
					delete(wanted, f)
				}
			}
		}
		return len(wanted) == 0
	})
}

func (l look) rabbitHasEverything() {
	l.t.Helper()
	for _, name := range []string{queueAudit, queueAnalytics, queueDead, queueUnrouted, queueBilling, queueShipping, queueVIP} {
		begin := time.Now()
		testkit.Eventually(l.t, name+" holds messages", func() bool { return l.queues()[name].Messages > 0 })
		l.t.Logf("%s: %v", name, time.Since(begin))
	}
	queues := l.queues()
	for name, kind := range map[string]string{queueBilling: "classic", queueShipping: "quorum", queueAudit: "stream"} {
		if queues[name].Type != kind {
			l.t.Errorf("%s is of type %q, want %s", name, queues[name].Type, kind)
		}
	}
	kinds := map[string]bool{}
	var exchanges []struct{ Name, Type string }
	l.get("/api/exchanges/%2F", &exchanges)
	for _, x := range exchanges {
		if strings.HasPrefix(x.Name, "shop.") {
			kinds[x.Type] = true
		}
	}
	if len(kinds) != 4 {
		l.t.Errorf("kinds of exchanges: %v", kinds)
	}
	l.deadLetter()
}

// deadLetter reads the first dead letter: a rejected order, with its trace.
func (l look) deadLetter() {
	l.t.Helper()
	conn, err := amqp.Dial(l.d.rabbit.URL())
	if err != nil {
		l.t.Fatal(err)
	}
	defer conn.Close()
	ch, err := conn.Channel()
	if err != nil {
		l.t.Fatal(err)
	}
	m, ok, err := ch.Get(queueDead, false)
	if err != nil || !ok {
		l.t.Fatalf("no dead letter: %v", err)
	}
	if m.Headers["x-first-death-reason"] != "rejected" || len(m.Headers["traceparent"].(string)) != 55 || m.ContentType == "" {
		l.t.Errorf("headers of the dead letter: %v, type %q", m.Headers, m.ContentType)
	}
}

type queueState struct {
	Name, Type string
	Messages   int
}

func (l look) queues() map[string]queueState {
	l.t.Helper()
	var list []queueState
	l.get("/api/queues/%2F", &list)
	byName := map[string]queueState{}
	for _, q := range list {
		byName[q.Name] = q
	}
	return byName
}

// get asks the management API whose address is part of the demo's URL.
func (l look) get(path string, into any) {
	l.t.Helper()
	u, err := url.Parse(l.d.URLs()[1])
	if err != nil {
		l.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodGet, u.Query().Get("management")+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	request.SetBasicAuth("guest", "guest")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		l.t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		l.t.Fatal(err)
	}
}
