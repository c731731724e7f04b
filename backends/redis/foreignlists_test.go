package redis_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends/testkit/foreign"

	"bustop/backends"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"
)

// claim is what a program of foreign libraries says has to be recognised; its fields are told there.
type claim struct {
	Kind, Name, Library, Holder, Use string
	States, Groups                   map[string]int64
}

func (c claim) ready() bool { return c.Kind == "ready" }

// TestForeignListings holds the listings to what others' libraries, running, keep in a server. It needs the network,
// npm and node, so it runs only when BUSTOP_FOREIGN is 1.
func TestForeignListings(t *testing.T) {
	foreign.Need(t)
	for name, install := range map[string]func(t *testing.T) []string{"Go": foreign.Go, "npm": foreign.Node} {
		t.Run(name, func(t *testing.T) {
			program := install(t)
			addr, client := server(t)
			claims := append(foreign.Play(t, append(program, "all", "redis://"+addr), claim.ready), foreignDecoys(t, client)...)
			t.Logf("%d claims", len(claims))
			held := want{t, claims, source(t, addr, nil)}
			held.queues()
			held.locks()
			held.streams()
			held.channels()
			held.leaderboards()
			held.keys()
		})
	}
}

// foreignDecoys writes keys that are named or filled like those of libraries, and returns as what they have to be listed.
func foreignDecoys(t *testing.T, client *goredis.Client) []claim {
	t.Helper()
	ctx := context.Background()
	now := float64(time.Now().Unix())
	pipe := client.Pipeline()
	pipe.RPush(ctx, "shop:cards:wait", "17")                                                // no "meta": nobody's queue
	pipe.RPush(ctx, "asynq:low:pending", "17")                                              // no braces
	pipe.RPush(ctx, "road:queue:left", "a car")                                             // no job
	pipe.HSet(ctx, "bull:barn:meta", "breed", "Angus")                                      // no options of a queue
	pipe.ZAdd(ctx, "bull:farm:delayed", goredis.Z{Member: "bella", Score: 7})               // no times
	pipe.ZAdd(ctx, "reminders", goredis.Z{Member: "17", Score: now + 60})                   // times
	pipe.Set(ctx, "etag:logo.png", "0f3c9a5be17d4c0298aa63e1d5b7f024", 0)                   // never ends
	pipe.Set(ctx, "rate:usd", "1.08", time.Hour)                                            // no debt that ends with it
	pipe.Set(ctx, "rl:members", "17", 0)                                                    // never ends
	pipe.Set(ctx, "sess:minutes:17", `{"chair":"ann"}`, time.Hour)                          // no cookie
	pipe.Set(ctx, "text:17", "a plain text\x00", time.Hour)                                 // no msgpack before the byte
	pipe.Set(ctx, "asynq:default:unique:mail", "17", 0)                                     // no braces
	pipe.Set(ctx, "bull:farm:1:lock", "17", 0)                                              // never ends
	pipe.HSet(ctx, "clock:17", "8743c9c0-0795-4907-87fd-6c719a6b4586:31", "noon")           // no count
	pipe.XAdd(ctx, &goredis.XAddArgs{Stream: "orders", Values: []any{"payload", "{}"}})     // no library's
	pipe.XAdd(ctx, &goredis.XAddArgs{Stream: "bull:farm:news", Values: []any{"title", ""}}) // no event
	_, err := pipe.Exec(ctx)
	must(t, err)
	claims := []claim{
		{Kind: "queue", Name: "shop:cards:wait"},
		{Kind: "queue", Name: "asynq:low:pending"},
		{Kind: "queue", Name: "road:queue:left"},
		{Kind: "stream", Name: "orders"},
		{Kind: "stream", Name: "bull:farm:news"},
		{Kind: "leaderboard", Name: "bull:farm:delayed"},
	}
	for _, name := range []string{"etag:logo.png", "rate:usd", "rl:members", "sess:minutes:17", "text:17", "bull:barn:meta"} {
		claims = append(claims, claim{Kind: "key", Name: name})
	}
	return claims
}

// want holds the listings of a source to claims: they show these and nothing else.
type want struct {
	t      *testing.T
	claims []claim
	src    backends.Source
}

// kind returns the claims of a kind by their names.
func (w want) kind(kind string) map[string]claim {
	out := map[string]claim{}
	for _, c := range w.claims {
		if c.Kind == kind {
			out[c.Name] = c
		}
	}
	return out
}

// same compares a listing with the claims of its kind.
func (w want) same(kind string, listed []claim) {
	w.t.Helper()
	got := map[string]claim{}
	for _, c := range listed {
		c.Kind = kind
		got[c.Name] = c
	}
	if diff := cmp.Diff(w.kind(kind), got); diff != "" {
		w.t.Errorf("%ss (-claimed +listed):\n%s", kind, diff)
	}
}

func everything() backends.Query { return backends.Query{Complete: true, Limit: 1000} }

func (w want) queues() {
	page, err := w.src.Roles().Queues.ListQueues(within(w.t), everything())
	must(w.t, err)
	var got []claim
	for _, q := range page.Items {
		c := claim{Name: q.Name, Library: q.Framework}
		for _, s := range q.States {
			if s.Count.Value == 0 {
				continue
			}
			if c.States == nil {
				c.States = map[string]int64{}
			}
			c.States[s.Name] = s.Count.Value
		}
		got = append(got, c)
	}
	w.same("queue", got)
}

func (w want) locks() {
	page, err := w.src.Roles().Locks.ListLocks(within(w.t), everything())
	must(w.t, err)
	var got []claim
	for _, l := range page.Items {
		got = append(got, claim{Name: l.Name, Library: l.Library, Holder: l.Holder})
	}
	w.same("lock", got)
}

func (w want) streams() {
	page, err := w.src.Roles().Streams.ListStreams(within(w.t), everything())
	must(w.t, err)
	var got []claim
	for _, s := range page.Items {
		c := claim{Name: s.Name, Library: s.Library}
		for _, g := range s.Groups {
			if c.Groups == nil {
				c.Groups = map[string]int64{}
			}
			c.Groups[g.Name] = g.Pending.Value
		}
		got = append(got, c)
	}
	w.same("stream", got)
}

func (w want) channels() {
	page, err := w.src.Roles().Channels.ListChannels(within(w.t), everything())
	must(w.t, err)
	var got []claim
	for _, c := range page.Items {
		if c.Type == "channel" {
			got = append(got, claim{Name: c.Name})
		}
	}
	w.same("channel", got)
}

func (w want) leaderboards() {
	page, err := w.src.Roles().Leaderboards.ListLeaderboards(within(w.t), everything())
	must(w.t, err)
	var got []claim
	for _, b := range page.Items {
		got = append(got, claim{Name: b.Name})
	}
	w.same("leaderboard", got)
}

// keys holds what shapes are said to be: what is claimed is recognised, and nothing else is a cache, a
// limiter or a session.
func (w want) keys() {
	browser, ok := w.src.Roles().Keys.(backends.KeyBrowser)
	if !ok {
		w.t.Fatal("keys cannot be browsed")
	}
	page, err := browser.ListShapes(within(w.t), everything())
	must(w.t, err)
	uses := []string{"cache", "limiter", "session"}
	claims := w.kind("key")
	open := maps.Clone(claims)
	for _, shape := range page.Items {
		for _, name := range shape.Examples {
			c, claimed := claims[name]
			delete(open, name)
			use, library := shape.Use, shape.Library
			if !slices.Contains(uses, use) {
				use, library = "", ""
			}
			if (claimed || use != "") && (c.Use != use || c.Library != library) {
				w.t.Errorf("%s of %s is taken for a %q of %q, claimed is %q of %q", name, shape.Form, use, library, c.Use, c.Library)
			}
		}
	}
	if len(open) > 0 {
		w.t.Errorf("no shape has the keys %s", strings.Join(slices.Sorted(maps.Keys(open)), ", "))
	}
}
