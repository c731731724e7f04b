package redis_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"bustop/backends"
	"bustop/backends/testkit/each"

	goredis "github.com/redis/go-redis/v9"
)

// fillTypes writes a key of each type, each with more than one page.
func fillTypes(t testing.TB, c *goredis.Client) {
	t.Helper()
	ctx := context.Background()
	pipe := c.Pipeline()
	for i := range 450 {
		n := fmt.Sprintf("%04d", i)
		pipe.RPush(ctx, "k:list", n)
		pipe.HSet(ctx, "k:hash", n, "v"+n)
		pipe.SAdd(ctx, "k:set", n)
		pipe.ZAdd(ctx, "k:zset", goredis.Z{Member: n, Score: float64(i)})
		pipe.XAdd(ctx, &goredis.XAddArgs{Stream: "k:stream", ID: fmt.Sprintf("%d-1", i+1), Values: []string{"n", n}})
	}
	pipe.Set(ctx, "k:string", strings.Repeat("0123456789", 20_000), 0)
	pipe.Set(ctx, "k:small", "x", 0)
	_, err := pipe.Exec(ctx)
	must(t, err)
}

// readAll opens a key page by page.
func readAll(t *testing.T, b backends.KeyBrowser, name string, n int) (all []backends.KeyElement, pages int, last backends.KeyContent) {
	t.Helper()
	for cursor := ""; ; pages++ {
		if pages > 100 {
			t.Fatalf("%s does not end", name)
		}
		c, err := b.OpenKey(within(t), name, cursor, n)
		must(t, err)
		all, last = append(all, c.Elements...), c
		if cursor = c.Next; cursor == "" {
			return all, pages + 1, last
		}
	}
}

// Every type opens page by page, without a gap and without an element twice.
func TestOpenKey(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
		t.Cleanup(func() { client.Close() })
		fillTypes(t, client)
		browser, ok := source(t, server.Addr(), nil).Roles().Keys.(backends.KeyBrowser)
		if !ok {
			t.Fatal("keys cannot be browsed")
		}
		for _, typ := range []string{"list", "hash", "set", "zset", "stream"} {
			all, pages, last := readAll(t, browser, "k:"+typ, 100)
			seen := map[string]bool{}
			for _, e := range all {
				seen[string(e.Value)+fieldsText(e.Fields)] = true
			}
			// HSCAN and SSCAN give what is stored compactly in one piece.
			if len(seen) != 450 || len(all) != 450 || (pages < 2 && typ != "hash" && typ != "set") {
				t.Errorf("%s: %d elements, %d different, in %d pages", typ, len(all), len(seen), pages)
			}
			if last.Key.Type != typ || last.Key.Length != backends.ExactCount(450) || !last.Key.NoExpiry {
				t.Errorf("%s: %+v", typ, last.Key)
			}
		}
		pieces, pages, last := readAll(t, browser, "k:string", 100)
		whole := ""
		for _, p := range pieces {
			whole += string(p.Value)
		}
		if len(whole) != 200_000 || pages != 4 || pieces[0].Size != 200_000 || last.Key.Length.Value != 200_000 || pieces[1].Position != "65536" {
			t.Errorf("the string: %d bytes in %d pages", len(whole), pages)
		}
	})
}

func fieldsText(fields []backends.Field) (out string) {
	for _, f := range fields {
		out += f.Name + "=" + string(f.Value)
	}
	return out
}

func TestOpenKeyOrderAndFaults(t *testing.T) {
	addr, client := server(t)
	fillTypes(t, client)
	must(t, client.PFAdd(context.Background(), "k:hll", "a", "b").Err())
	browser := source(t, addr, nil).Roles().Keys.(backends.KeyBrowser) //nolint:forcetypeassert // as above
	c, err := browser.OpenKey(within(t), "k:zset", "", 2)
	must(t, err)
	if e := c.Elements; len(e) != 2 || string(e[0].Value) != "0449" || e[0].Score != 449 || e[0].Position != "1" || c.Next != "2" {
		t.Errorf("the highest scores: %+v", c)
	}
	c, err = browser.OpenKey(within(t), "k:stream", "", 2)
	must(t, err)
	if e := c.Elements; len(e) != 2 || e[0].Position != "450-1" || fieldsText(e[0].Fields) != "n=0449" || c.Next != "449-1" {
		t.Errorf("the newest entries: %+v", c)
	}
	before, err := client.Dump(context.Background(), "k:hll").Result()
	must(t, err)
	c, err = browser.OpenKey(within(t), "k:hll", "", 2)
	must(t, err)
	after, err := client.Dump(context.Background(), "k:hll").Result()
	must(t, err)
	if len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "HyperLogLog") || before != after {
		t.Errorf("a HyperLogLog: %q, changed %v", c.Notes, before != after)
	}
	if _, err := browser.OpenKey(within(t), "k:none", "", 2); backends.ReasonOf(err) != backends.NotFound {
		t.Errorf("a key that is not there: %v", err)
	}
	for _, key := range []string{"list", "hash", "string", "stream"} {
		if _, err := browser.OpenKey(within(t), "k:"+key, "no (cursor", 2); backends.ReasonOf(err) != backends.BadUsage {
			t.Errorf("%s with a cursor of another form: %v", key, err)
		}
	}
}

// What reading does to a key under an evicting policy is said before; listings do not do it.
func TestLookingKeepsTheLRU(t *testing.T) {
	addr, client := server(t, "--maxmemory-policy", "allkeys-lru")
	ctx := context.Background()
	must(t, client.Set(ctx, "order:1", "x", 0).Err())
	must(t, client.Do(ctx, "RESTORE", "old", 0, mustDump(t, client, "order:1"), "IDLETIME", 1000).Err())
	src := source(t, addr, func(*url.URL, *backends.Options) {})
	browser := src.Roles().Keys.(backends.KeyBrowser) //nolint:forcetypeassert // as above
	plan, err := browser.PlanOpen(within(t), "old")
	spares := canSpare(t, client)
	if err != nil || (len(plan.Effects) == 0) != spares || plan.Consent != backends.Free {
		t.Errorf("plan %+v, %v", plan, err)
	}
	if spares { // then not even opening it counts as a use
		_, err := browser.OpenKey(within(t), "old", "", 10)
		must(t, err)
	}
	_, err = browser.ListShapes(within(t), backends.Query{Complete: true})
	must(t, err)
	page, err := browser.ShapeKeys(within(t), "old", "", 10)
	must(t, err)
	if len(page.Items) != 1 || page.Items[0].Idle.Value.Seconds() < 1000 || page.Items[0].Length.Known() != spares {
		t.Errorf("%+v", page.Items)
	}
	if idle, err := client.ObjectIdleTime(ctx, "old").Result(); err != nil || idle.Seconds() < 1000 {
		t.Errorf("after the listings the key is idle for %v, %v", idle, err)
	}
}

// canSpare reports whether the server has CLIENT NO-TOUCH, which is there from 7.2 on.
func canSpare(t *testing.T, c *goredis.Client) bool {
	t.Helper()
	conn := c.Conn()
	defer conn.Close()
	err := conn.Do(context.Background(), "CLIENT", "NO-TOUCH", "OFF").Err()
	if err != nil && !strings.Contains(err.Error(), "unknown subcommand") && !strings.Contains(err.Error(), "Unknown subcommand") {
		t.Fatal(err)
	}
	return err == nil
}

func mustDump(t *testing.T, c *goredis.Client, name string) string {
	t.Helper()
	text, err := c.Dump(context.Background(), name).Result()
	must(t, err)
	return text
}
