package redis_test

import (
	"context"
	"net"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends"
	"bustop/backends/demo/redisd"
	"bustop/backends/redis"

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

// memory is an embedded server that lives in the test's own time, and a source on it.
func memory(t *testing.T) (*goredis.Client, backends.Source) {
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
	src, err := redis.Driver().Open(&url.URL{Scheme: "redis", Host: "memory"}, backends.Options{Dial: dial})
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
