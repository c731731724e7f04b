package redis_test

import (
	"context"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit/each"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

// How sure the number of workers is depends on what a library writes down, and what cannot be read within
// bounds is unknown.
func TestWorkersAreAsSureAsTheyAreKnown(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		laravelSystem().keys.write(t, client)
		celerySystem().keys.write(t, client)
		ctx := context.Background()
		must(t, client.Del(ctx, "unacked").Err())
		must(t, client.HSet(ctx, "unacked", "tag", `[`+strings.Repeat(" ", 2<<20)+`{},"","celery"]`).Err())
		page, err := source(t, server.Addr(), nil).Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
		must(t, err)
		type figures struct{ Workers, Busy backends.Count }
		got := map[string]figures{}
		for _, q := range page.Items {
			got[q.Name] = figures{q.Consumers, q.Unacked}
		}
		two := backends.Count{Value: 2, Certainty: backends.About}
		want := map[string]figures{
			"celery": {Workers: two}, "mail": {Workers: two},
			"laravel_database_queues:default": {backends.CountAtLeast(5), backends.ExactCount(1)},
			"shop_database_queues:default":    {Busy: backends.ExactCount(0)}, // of an application without Horizon
			"laravel_horizon":                 {Workers: backends.ExactCount(6)},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}
