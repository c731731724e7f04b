package locks_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/redis"
	"bustop/backends/testkit"
	"bustop/backends/testkit/each"
	"bustop/views"
	"bustop/views/locks"
	"bustop/views/viewtest"

	goredis "github.com/redis/go-redis/v9"
)

// TestOnRedis: what happens to a lock on a server is on screen, in the list and in the detail.
func TestOnRedis(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		ctx := context.Background()
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		const token = "8d3a5c1e9b2a11f0b9620242ac120002" // of redis-py: made on 2025-09-23 by a card 02:42:ac:12:00:02
		if err := client.Set(ctx, "lock:report", token, time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		src, err := backends.Drivers{redis.Driver()}.Open(server.URL(), backends.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { src.Close() })
		d, nav := viewtest.Deps(t, true, src)
		pane := locks.New(d)
		t.Cleanup(pane.Close)
		see(t, pane, "lock:report", token, "redis-py")
		press(nav, pane, "enter")
		detail := nav.Pushed[0]
		t.Cleanup(detail.Close)
		see(t, detail, "network card  02:42:ac:12:00:02", "found held")
		testkit.Eventually(t, "a renewal on screen", func() bool {
			client.PExpire(ctx, "lock:report", time.Hour)
			return shows(detail, "renewed")
		})
		press(nav, detail, "c")
		testkit.Eventually(t, "an attempt on screen", func() bool {
			client.SetNX(ctx, "lock:report", "hunter2", time.Minute)
			return shows(detail, "127.0.0.1:", "SET … NX EX 60")
		})
		if shows(detail, "hunter2") {
			t.Error("a value is shown")
		}
		client.Set(ctx, "lock:report", "worker-2", time.Hour)
		see(t, detail, "handed over", "8d3a5c1e9b…2ac120002 → worker-2")
		client.Del(ctx, "lock:report")
		see(t, detail, "released", "not held any more")
	})
}

func press(nav *viewtest.Nav, s views.Screen, key string) {
	for _, b := range s.Bindings() {
		if b.Keys[0] == key {
			nav.Run(b.Do())
		}
	}
}

func shows(s views.Screen, texts ...string) bool {
	s.Sync(time.Now())
	screen := viewtest.Text(s, 200, 60)
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			return false
		}
	}
	return true
}

func see(t *testing.T, s views.Screen, texts ...string) {
	t.Helper()
	testkit.Eventually(t, strings.Join(texts, ", "), func() bool { return shows(s, texts...) })
}
