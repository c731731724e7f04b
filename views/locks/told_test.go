package locks_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/redis"
	"bustop/backends/testkit/each"
	"bustop/views/locks"
	"bustop/views/viewtest"

	goredis "github.com/redis/go-redis/v9"
)

// A server is asked to tell of 32 locks. Where there are more the screen says so, and marks what was found
// by looking.
func TestOfManyLocksSomeAreTold(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		ctx := context.Background()
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		name := func(i int) string { return fmt.Sprintf("lock:%02d", i) }
		for i := range 40 {
			if err := client.Set(ctx, name(i), fmt.Sprint("worker-", i), time.Minute).Err(); err != nil {
				t.Fatal(err)
			}
		}
		src, err := backends.Drivers{redis.Driver()}.Open(server.URL(), backends.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { src.Close() })
		d, _ := viewtest.Deps(t, true, src)
		pane := locks.New(d)
		t.Cleanup(pane.Close)
		see(t, pane, "40 locks", "LAST ~: found by looking again; the server tells of 32 of 40 locks, the selected one first")
		for _, i := range []int{0, 39} {
			if err := client.Set(ctx, name(i), "another", time.Hour).Err(); err != nil {
				t.Fatal(err)
			}
		}
		see(t, pane, " handed over ", "~handed over ")
	})
}
