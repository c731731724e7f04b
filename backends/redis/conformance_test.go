package redis_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/conformance"
	"bustop/backends/redis"
	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
)

const password = "c4nary-secret"

func TestConformance(t *testing.T) {
	server := testkit.Redis(t, "--requirepass", password)
	conformance.Run(t, world(t, server.Addr(), server.Kill, func() error { return server.Start(t.Context()) }))
}

// world describes a server with the password above, however it is run.
func world(t *testing.T, addr string, kill func(), restart func() error) conformance.World {
	client := goredis.NewClient(&goredis.Options{Addr: addr, Password: password, DisableIdentity: true, ClientName: "seeder"})
	t.Cleanup(func() { client.Close() })
	at := func(pass, addr string) string { return "redis://:" + pass + "@" + addr + "/0" }
	return conformance.World{
		Drivers: backends.Drivers{redis.Driver()}, URL: at(password, addr),
		WrongPassword: at("wr0ng-secret", addr), Secrets: []string{password, "wr0ng-secret"},
		At: func(addr string) (string, backends.Options) { return at(password, addr), backends.Options{} },
		Roles: []backends.Kind{
			backends.KindQueue, backends.KindStream, backends.KindChannel, backends.KindLock,
			backends.KindLeaderboard, backends.KindKey, backends.KindHealth,
		},
		Tapped: backends.KindChannel, Names: conformance.HostileNames(false), Seed: seed(client),
		Fingerprint: func(t *testing.T) map[string]string { return fingerprint(t, client) },
		Leftovers:   func(t *testing.T) []string { return leftovers(t, client) },
		Kill:        func(*testing.T) { kill() },
		Restart:     func(t *testing.T) { must(t, restart()) },
	}
}

// must fails the test on a seeding client's error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func seed(c *goredis.Client) conformance.Seed {
	ctx := context.Background()
	return conformance.Seed{
		Queue: func(t *testing.T, name string, bodies ...string) {
			must(t, c.Del(ctx, name).Err())
			for _, b := range bodies {
				must(t, c.RPush(ctx, name, b).Err())
			}
		},
		Stream: func(t *testing.T, name string, groups []string, bodies ...string) {
			must(t, c.Del(ctx, name).Err())
			for _, b := range bodies {
				must(t, c.XAdd(ctx, &goredis.XAddArgs{Stream: name, Values: []string{"data", b}}).Err())
			}
			for _, g := range groups {
				must(t, c.XGroupCreate(ctx, name, g, "0").Err())
			}
		},
		Append: func(t *testing.T, stream, body string) {
			must(t, c.XAdd(ctx, &goredis.XAddArgs{Stream: stream, Values: []string{"data", body}}).Err())
		},
		Channel: func(t *testing.T, name string) {
			sub := c.Subscribe(ctx, name)
			t.Cleanup(func() { sub.Close() })
			if _, err := sub.Receive(ctx); err != nil {
				t.Fatal(err)
			}
		},
		Publish: func(t *testing.T, channel, body string) { must(t, c.Publish(ctx, channel, body).Err()) },
		Lock: func(t *testing.T, name, holder string, ttl time.Duration) {
			must(t, c.Set(ctx, name, holder, ttl).Err())
		},
		Leaderboard: func(t *testing.T, name string, scores map[string]float64) {
			must(t, c.Del(ctx, name).Err())
			for m, s := range scores {
				must(t, c.ZAdd(ctx, name, goredis.Z{Member: m, Score: s}).Err())
			}
		},
		Key: func(t *testing.T, name, value string) { must(t, c.Set(ctx, name, value, 0).Err()) },
	}
}

// fingerprint describes every key of the database by DUMP, which holds the groups, consumers
// and pending entries of streams too, and by whether it expires.
func fingerprint(t *testing.T, c *goredis.Client) map[string]string {
	t.Helper()
	ctx := context.Background()
	out := map[string]string{}
	names, err := c.Keys(ctx, "*").Result()
	must(t, err)
	for _, name := range names {
		dump, err := c.Dump(ctx, name).Result()
		must(t, err)
		life, err := c.PTTL(ctx, name).Result()
		must(t, err)
		out["key "+name] = fmt.Sprintf("%x expires=%v", dump, life > 0)
	}
	for _, dir := range []string{"notify-keyspace-events", "maxmemory-policy", "slowlog-log-slower-than"} {
		out["config "+dir] = fmt.Sprint(c.ConfigGet(ctx, dir).Val())
	}
	patterns, err := c.PubSubNumPat(ctx).Result()
	must(t, err)
	out["patterns"] = fmt.Sprint(patterns)
	return out
}

// leftovers are connections with our name.
func leftovers(t *testing.T, c *goredis.Client) []string {
	t.Helper()
	list, err := c.ClientList(context.Background()).Result()
	must(t, err)
	return slices.DeleteFunc(strings.Split(list, "\n"), func(line string) bool { return !strings.Contains(line, "name=bustop/") })
}

// source opens a source on a server and closes it with the test.
func source(t testing.TB, addr string, change func(*url.URL, *backends.Options)) backends.Source {
	t.Helper()
	u := &url.URL{Scheme: "redis", Host: addr}
	var opt backends.Options
	if change != nil {
		change(u, &opt)
	}
	src, err := backends.Drivers{redis.Driver()}.Open(u.String(), opt)
	must(t, err)
	t.Cleanup(func() { src.Close() })
	return src
}
