package redis_test

import (
	"context"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/backends/demo/redisd"
	"bustop/backends/redis"
	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// TestLockOverAnHour looks at a lock from when it is taken until after it has expired, in an hour that takes no time.
func TestLockOverAnHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, src := memory(t)

		ctx := t.Context()
		if err := client.SetNX(ctx, "lock:report", "f81d4fae-7dec-4d10-a765-00a0c91e6bf6", time.Hour).Err(); err != nil {
			t.Fatal(err)
		}
		taken := time.Now()
		for range 6 {
			lock, ok := findLock(t, src, "lock:report")
			if want := time.Hour - time.Since(taken); !ok || lock.TTL.Value > want || lock.TTL.Value < want-time.Second {
				t.Errorf("after %v: lock %+v, found %v, want one with %v left", time.Since(taken), lock, ok, want)
			}
			time.Sleep(10*time.Minute - time.Since(taken)%(10*time.Minute))
		}
		time.Sleep(time.Second) // the server looks for what has expired ten times a second
		if lock, ok := findLock(t, src, "lock:report"); ok {
			t.Errorf("after %v: lock %+v, want none", time.Since(taken), lock)
		}
	})
}

// silent is a connection whose network fails without a word while stall is set.
type silent struct {
	net.Conn
	stall *atomic.Bool
}

func (c silent) Read(b []byte) (int, error) {
	for {
		if n, err := c.Conn.Read(b); err != nil || !c.stall.Load() {
			return n, err
		}
	}
}

func (c silent) Write(b []byte) (int, error) {
	if c.stall.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// TestSilenceIsNoticedInTime: a request gives up after its time, a tap when nothing has come for a while.
func TestSilenceIsNoticedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stall atomic.Bool
		_, src := memoryOver(t, &stall)
		must(t, src.Ping(t.Context()))
		tail := tap(t, src, "c")
		stall.Store(true)
		start := time.Now()
		err := src.Ping(t.Context())
		if took := time.Since(start); backends.ReasonOf(err) != backends.Unreachable || took > 4*time.Second {
			t.Errorf("a ping into silence: %v after %v", err, took)
		}
		testkit.Eventually(t, "the tap notices", func() bool { return tail.State().State == backends.Down })
		if took := time.Since(start); took > 9*time.Second {
			t.Errorf("it took %v to notice", took)
		}
	})
}

// memory is an embedded server that lives in the test's own time, and a source on it.
func memory(t *testing.T) (*goredis.Client, backends.Source) {
	t.Helper()
	return memoryOver(t, new(atomic.Bool))
}

// memoryOver is the same over a network that fails while stall is set.
func memoryOver(t *testing.T, stall *atomic.Bool) (*goredis.Client, backends.Source) {
	t.Helper()
	server, err := redisd.Start(redisd.Options{NoListen: true})
	must(t, err)
	t.Cleanup(server.Close)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return server.Dial(ctx) }
	client := goredis.NewClient(&goredis.Options{
		Dialer: dial, DisableIdentity: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { client.Close() })
	over := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return silent{conn, stall}, err
	}
	src, err := redis.Driver().Open(&url.URL{Scheme: "redis", Host: "memory"}, backends.Options{Dial: over})
	must(t, err)
	t.Cleanup(func() { src.Close() })
	return client, src
}

func findLock(t *testing.T, src backends.Source, name string) (backends.Lock, bool) {
	t.Helper()
	page, err := src.Roles().Locks.ListLocks(t.Context(), backends.Query{Complete: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, lock := range page.Items {
		if lock.Name == name {
			return lock, true
		}
	}
	return backends.Lock{}, false
}
