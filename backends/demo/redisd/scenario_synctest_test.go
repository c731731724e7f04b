package redisd_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"bustop/backends/demo/redisd"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// inMemory is a client of a server that has no listener.
func inMemory(t *testing.T, s *redisd.Server) *goredis.Client {
	c := goredis.NewClient(&goredis.Options{
		Dialer:          func(ctx context.Context, _, _ string) (net.Conn, error) { return s.Dial(ctx) },
		DisableIdentity: true, MaxRetries: -1,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	t.Cleanup(func() { c.Close() })
	return c
}

// TestHourInNoTime holds a lock for an hour of a clock that does not run by itself: it drains and expires, and
// that is told, as by a server with a clock on the wall.
func TestHourInNoTime(t *testing.T) {
	started := time.Now()
	synctest.Test(t, func(t *testing.T) {
		s, err := redisd.Start(redisd.Options{NoListen: true, Settings: map[string]string{"notify-keyspace-events": "Ex"}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		c := inMemory(t, s)
		ctx := t.Context()
		sub := c.Subscribe(ctx, "__keyevent@0__:expired")
		defer sub.Close()
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatal(err)
		}
		if ok, err := c.SetNX(ctx, "lock:report", "me", time.Hour).Result(); !ok || err != nil {
			t.Fatalf("SetNX = %v, %v", ok, err)
		}
		start := time.Now()
		for range 5 {
			time.Sleep(10 * time.Minute)
			want := time.Hour - time.Since(start)
			if left, err := c.PTTL(ctx, "lock:report").Result(); err != nil || left != want {
				t.Errorf("after %v: PTTL = %v, %v, want %v", time.Since(start), left, err, want)
			}
		}
		m, err := sub.ReceiveMessage(ctx)
		if err != nil || m.Payload != "lock:report" {
			t.Fatalf("ReceiveMessage = %v, %v, want that lock:report expired", m, err)
		}
		if took := time.Since(start); took < time.Hour || took > time.Hour+time.Second {
			t.Errorf("expired after %v, want an hour", took)
		}
		if ok, err := c.SetNX(ctx, "lock:report", "you", time.Hour).Result(); !ok || err != nil {
			t.Errorf("SetNX of an expired lock = %v, %v", ok, err)
		}
	})
	if took := time.Since(started); took > 10*time.Second {
		t.Errorf("took %v of the wall clock's time", took)
	}
}
