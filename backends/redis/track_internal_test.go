package redis

import (
	"context"
	"net/url"
	"slices"
	"sync"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"bustop/backends"
	"bustop/backends/testkit"
)

// watched collects changes.
type watched struct {
	mu   sync.Mutex
	seen []change
}

func (w *watched) take(c change) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, c)
}

func (w *watched) has(want change) bool {
	return w.any(func(c change) bool { return c == want })
}

func (w *watched) any(match func(change) bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.seen, match)
}

func openedSource(t *testing.T, raw string) *source {
	t.Helper()
	u, err := backends.ParseURL(raw)
	if err != nil {
		t.Fatal(err)
	}
	return openURL(t, u)
}

func openURL(t *testing.T, u *url.URL) *source {
	t.Helper()
	src, err := open(u, backends.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return src.(*source)
}

// begin watches in the background until the test ends.
func begin(t *testing.T, s *source, how watching, prefixes ...string) *watched {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	w, done := &watched{}, make(chan struct{})
	go func() {
		defer close(done)
		if err := s.watch(ctx, how, prefixes, w.take, func(bool) {}); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return w
}

func TestWatchOnTheServersTerms(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want watching
	}{
		"tracking": {nil, byTracking},
		"events":   {[]string{"--notify-keyspace-events", "KA"}, byEvents},
	} {
		t.Run(name, func(t *testing.T) {
			server := testkit.Redis(t, c.args...)
			s := openedSource(t, server.URL())
			how, err := s.watchable(t.Context())
			if err != nil || how != c.want {
				t.Fatalf("%d, %v; want %d", how, err, c.want)
			}
			w := begin(t, s, how, "lock:", "lock:inner:", "", "a*[")
			client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), MaxRetries: 5})
			t.Cleanup(func() { _ = client.Close() })
			set := change{key: "lock:a", event: map[watching]string{byEvents: "set"}[how]}
			testkit.Eventually(t, "the change", func() bool {
				_ = client.Set(context.Background(), "other", "x", 0).Err()
				return client.Set(context.Background(), "lock:a", "x", 0).Err() == nil && w.has(set)
			})
			if w.has(change{key: "other", event: set.event}) {
				t.Error("a key of no prefix is told")
			}
			testkit.Eventually(t, "a prefix of special characters", func() bool {
				return client.Set(context.Background(), "a*[b", "x", 0).Err() == nil && w.has(change{key: "a*[b", event: set.event})
			})
			server.Kill()
			if err := server.Start(context.Background()); err != nil {
				t.Fatal(err)
			}
			later := change{key: "lock:later", event: set.event}
			testkit.Eventually(t, "a change after the restart", func() bool {
				return client.Set(context.Background(), "lock:later", "x", 0).Err() == nil && w.has(later)
			})
			if !w.any(func(c change) bool { return c.lost != "" }) {
				t.Error("nothing says that changes were lost")
			}
		})
	}
}

func TestWatchEveryNode(t *testing.T) {
	cluster := testkit.RedisCluster(t, 3, 0)
	s := openedSource(t, cluster.URL())
	w := begin(t, s, byTracking, "lock:")
	for _, key := range []string{"lock:a", "lock:b", "lock:c", "lock:d", "lock:e", "lock:f"} {
		testkit.Eventually(t, key, func() bool {
			cluster.Do(t, "SET", key, "x")
			return w.has(change{key: key})
		})
	}
}

func TestWatchDenied(t *testing.T) {
	server := testkit.Redis(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = client.Close() })
	err := client.Do(t.Context(), "ACL", "SETUSER", "eve", "on", ">pw", "~*", "+@read", "+hello", "+ping").Err()
	if err != nil {
		t.Fatal(err)
	}
	s := openURL(t, &url.URL{Scheme: "redis", Host: server.Addr(), User: url.UserPassword("eve", "pw")})
	if err := s.watch(t.Context(), byTracking, []string{"lock:"}, func(change) {}, func(bool) {}); backends.ReasonOf(err) != backends.Denied {
		t.Errorf("%v, want a denial", err)
	}
}
