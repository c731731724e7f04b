// Package shoptest lets tests look at the servers of an order shop as any client would.
package shoptest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/go-redis/v9"

	"bustop/backends/demo/shop"
)

// Look looks at the servers of a shop.
type Look struct {
	T testing.TB
	// Redis and Broker are how to reach them, as in shop.Options; Broker.HTTP must be set.
	Redis  func() *redis.Options
	Broker shop.Broker
}

// Everything waits until everything is there that a console could show.
func (l Look) Everything() {
	l.T.Helper()
	l.redisHas()
	l.rabbitHas()
}

// limit is how long eventually waits, look how often it looks. What a shop does takes seconds.
const (
	limit = 90 * time.Second
	look  = 100 * time.Millisecond
)

// eventually waits until done returns true and fails the test when it does not within the limit.
func (l Look) eventually(what string, done func() bool) {
	l.T.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			l.T.Fatalf("not within %v: %s", limit, what)
		}
	}
}

// check is something to wait for.
type check struct {
	what string
	done func(context.Context, *redis.Client) bool
}

func (l Look) redisHas() {
	l.T.Helper()
	db := redis.NewClient(l.Redis())
	defer db.Close()
	ctx := l.T.Context()
	for _, checks := range [][]check{streamChecks(), jobChecks(), lockChecks(), webChecks()} {
		for _, c := range checks {
			l.eventually(c.what, func() bool { return c.done(ctx, db) })
		}
	}
	top := db.ZRevRangeWithScores(ctx, "leaderboard:sellers", 0, 9).Val()
	l.eventually("movement on the leaderboard", func() bool {
		now := db.ZRevRangeWithScores(ctx, "leaderboard:sellers", 0, 9).Val()
		return len(now) > 0 && (len(top) != len(now) || now[0] != top[0])
	})
	l.hearsEveryFormat(db)
}

func streamChecks() []check {
	return []check{
		{"the ledger keeps up, the fraud check does not", func(ctx context.Context, db *redis.Client) bool {
			groups := map[string]redis.XInfoGroup{}
			for _, g := range db.XInfoGroups(ctx, "payments").Val() {
				groups[g.Name] = g
			}
			slow, fast := groups["fraud-check"], groups["ledger"]
			return len(groups) == 2 && slow.Lag > 5 && slow.Pending > 1 && slow.Consumers == 2 &&
				fast.EntriesRead > slow.EntriesRead && fast.Lag < slow.Lag
		}},
		{"payments with a trace", func(ctx context.Context, db *redis.Client) bool {
			entries := db.XRevRangeN(ctx, "payments", "+", "-", 1).Val()
			return len(entries) == 1 && len(fmt.Sprint(entries[0].Values["traceparent"])) == 55 && entries[0].Values["receipt"] != ""
		}},
		{"subscribers of channels, of a pattern and of sharded channels", func(ctx context.Context, db *redis.Client) bool {
			return len(db.PubSubChannels(ctx, "prices.*").Val()) == 3 && db.PubSubNumPat(ctx).Val() == 1 &&
				len(db.PubSubShardChannels(ctx, "market.*").Val()) == 2
		}},
		{"a leaderboard", func(ctx context.Context, db *redis.Client) bool {
			return db.ZCard(ctx, "leaderboard:sellers").Val() > 5
		}},
		{"a leaderboard with ties", func(ctx context.Context, db *redis.Client) bool {
			board := db.ZRangeWithScores(ctx, "leaderboard:product-stars", 0, -1).Val()
			for i := 1; i < len(board); i++ {
				if board[i].Score == board[i-1].Score {
					return true
				}
			}
			return false
		}},
		{"a leaderboard with scores below 0", func(ctx context.Context, db *redis.Client) bool {
			return db.ZCount(ctx, "leaderboard:balance", "-inf", "(0").Val() > 0
		}},
	}
}

func jobChecks() []check {
	positive := func(key string) check {
		return check{key + " holds jobs", func(ctx context.Context, db *redis.Client) bool {
			return db.LLen(ctx, key).Val()+db.ZCard(ctx, key).Val() > 0
		}}
	}
	return []check{
		positive("jobs:thumbnails"),
		positive("queue:mailers"), positive("schedule"), positive("retry"),
		positive("bull:images:active"), positive("bull:images:delayed"), positive("bull:images:completed"), positive("bull:images:failed"),
		{"Sidekiq's processes and counters", func(ctx context.Context, db *redis.Client) bool {
			processes := db.SMembers(ctx, "processes").Val()
			return db.SIsMember(ctx, "queues", "mailers").Val() && len(processes) == 1 &&
				db.HGet(ctx, processes[0], "beat").Val() != "" && db.Get(ctx, "stat:processed").Val() != "" && db.Get(ctx, "stat:failed").Val() != ""
		}},
		{"a job of BullMQ with a trace", func(ctx context.Context, db *redis.Client) bool {
			ids := db.ZRange(ctx, "bull:images:completed", -1, -1).Val()
			if len(ids) == 0 {
				return false
			}
			job := db.HGetAll(ctx, "bull:images:"+ids[0]).Val()
			return strings.Contains(job["opts"], "traceparent") && json.Valid([]byte(job["data"])) && job["finishedOn"] != "" &&
				db.XLen(ctx, "bull:images:events").Val() > 5 && db.HExists(ctx, "bull:images:meta", "version").Val()
		}},
	}
}

func lockChecks() []check {
	return []check{
		{"order locks with a holder and an end", func(ctx context.Context, db *redis.Client) bool {
			keys := db.Keys(ctx, "lock:order:*").Val()
			return len(keys) > 0 && len(db.Get(ctx, keys[0]).Val()) == 22 && db.PTTL(ctx, keys[0]).Val() > 0
		}},
		{"a lock without an end", func(ctx context.Context, db *redis.Client) bool {
			return db.PTTL(ctx, "lock:report:nightly").Val() == -1
		}},
		{"a lock of Redisson's", func(ctx context.Context, db *redis.Client) bool {
			for field, count := range db.HGetAll(ctx, "warehouse:eu").Val() {
				return count == "1" && strings.Count(field, "-") == 4 && db.PTTL(ctx, "warehouse:eu").Val() > 0
			}
			return false
		}},
		{"a lock that is renewed", func(ctx context.Context, db *redis.Client) bool {
			return db.PTTL(ctx, "lock:courier:1").Val() > 0
		}},
		{"a fenced lock", func(ctx context.Context, db *redis.Client) bool {
			return db.HLen(ctx, "stock:count").Val() == 1 && db.Get(ctx, "redisson_lock_token:{stock:count}").Val() != ""
		}},
		{"BullMQ's locks", func(ctx context.Context, db *redis.Client) bool {
			return len(db.Keys(ctx, "bull:images:*:lock").Val()) > 0
		}},
	}
}

func webChecks() []check {
	living := func(what, pattern, kind string) check {
		return check{what, func(ctx context.Context, db *redis.Client) bool {
			keys := db.Keys(ctx, pattern).Val()
			return len(keys) > 0 && db.Type(ctx, keys[0]).Val() == kind && db.PTTL(ctx, keys[0]).Val() > 0
		}}
	}
	return []check{
		living("a cache", "cache:product:*", "string"),
		living("sessions", "session:*", "hash"),
		living("a rate limiter with windows", "rate:203.*", "string"),
		living("a rate limiter that slides", "limit:customer:*", "zset"),
		living("a HyperLogLog", "visitors:*", "string"),
		{"visitors", func(ctx context.Context, db *redis.Client) bool {
			keys := db.Keys(ctx, "visitors:*").Val()
			return len(keys) > 0 && db.PFCount(ctx, keys[0]).Val() > 5
		}},
		{"places", func(ctx context.Context, db *redis.Client) bool {
			at := db.GeoPos(ctx, "couriers:positions", "courier-1").Val()
			return len(at) == 1 && at[0] != nil && at[0].Latitude > 52
		}},
		{"levels of stock", func(ctx context.Context, db *redis.Client) bool {
			return db.HGet(ctx, "stock:levels", "kettle").Val() != "" && db.HGet(ctx, "clicks:pages", "/tea").Val() != ""
		}},
	}
}

// hearsEveryFormat waits for a price in each format; a channel says nothing about it.
func (l Look) hearsEveryFormat(db *redis.Client) {
	l.T.Helper()
	sub := db.PSubscribe(l.T.Context(), "prices.*")
	defer sub.Close()
	wanted := map[string]bool{"JSON": true, "MessagePack": true, "CBOR": true, "Protocol Buffers": true, "gzip": true, "zlib": true, "zstd": true}
	l.eventually("prices in every format", func() bool {
		message, err := sub.ReceiveTimeout(l.T.Context(), time.Second)
		if m, ok := message.(*redis.Message); ok && err == nil {
			delete(wanted, formatOf(m.Payload))
		}
		return len(wanted) == 0
	})
}

// formatOf tells the formats of a price by how they begin.
func formatOf(payload string) string {
	for begin, name := range map[string]string{
		"{": "JSON", "\x85": "MessagePack", "\xa5": "CBOR", "\x0a": "Protocol Buffers",
		"\x1f\x8b": "gzip", "\x78": "zlib", "\x28\xb5\x2f\xfd": "zstd",
	} {
		if strings.HasPrefix(payload, begin) {
			return name
		}
	}
	return "unknown"
}

func (l Look) rabbitHas() {
	l.T.Helper()
	for _, name := range []string{
		"audit", "events.analytics", "orders.dead", "notify.unrouted", "billing", "shipping", "vip", "invoices",
		"retry.5s", "retry.30s", "retry.5m", "clicks",
	} {
		l.eventually(name+" holds messages", func() bool { return l.Queue(name).Messages > 0 })
	}
	for name, kind := range map[string]string{"billing": "classic", "shipping": "quorum", "audit": "stream"} {
		if got := l.Queue(name).Type; got != kind {
			l.T.Errorf("%s is of type %q, want %s", name, got, kind)
		}
	}
	l.eventually("two consumers of invoices, one of the stock desk", func() bool {
		return l.Queue("invoices").Consumers == 2 && l.Queue("rpc.stock").Consumers == 1
	})
	var exchanges []struct{ Name, Type string }
	l.get("/api/exchanges/%2F", &exchanges)
	kinds := map[string]bool{}
	for _, x := range exchanges {
		if strings.HasPrefix(x.Name, "shop.") {
			kinds[x.Type] = true
		}
	}
	if len(kinds) != 4 {
		l.T.Errorf("kinds of exchanges: %v", kinds)
	}
	l.eventually("a policy applies", func() bool { return l.Queue("events.warehouse").Policy == "shop-events" })
	l.deadLetters()
}

// deadLetters waits until orders have died of each cause: rejected with their trace, and jammed
// until the delivery limit.
func (l Look) deadLetters() {
	l.T.Helper()
	ch, done := l.channel()
	defer done()
	reasons := map[string]amqp.Table{}
	l.eventually("dead letters of each reason", func() bool {
		for {
			m, ok, err := ch.Get("orders.dead", false)
			if err != nil {
				l.T.Fatal(err)
			}
			if !ok {
				break
			}
			reasons[fmt.Sprint(m.Headers["x-first-death-reason"])] = m.Headers
		}
		return reasons["rejected"] != nil && reasons["delivery_limit"] != nil
	})
	if trace, _ := reasons["rejected"]["traceparent"].(string); len(trace) != 55 {
		l.T.Errorf("headers of a rejected order: %v", reasons["rejected"])
	}
}

// channel is a connection of its own; what was taken from queues goes back when it is done.
func (l Look) channel() (ch *amqp.Channel, done func()) {
	l.T.Helper()
	dial := l.Broker.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := amqp.DialConfig(l.Broker.URL, amqp.Config{Dial: func(network, addr string) (net.Conn, error) {
		return dial(l.T.Context(), network, addr)
	}})
	if err != nil {
		l.T.Fatal(err)
	}
	if ch, err = conn.Channel(); err != nil {
		l.T.Fatal(err)
	}
	return ch, func() { _ = conn.Close() }
}

// QueueState is what the management API says about a queue.
type QueueState struct {
	Name, Type, Policy  string
	Messages, Consumers int
	Unacked             int                    `json:"messages_unacknowledged"`
	Details             struct{ Rate float64 } `json:"messages_details"`
}

// Queue asks the management API about one queue.
func (l Look) Queue(name string) QueueState {
	l.T.Helper()
	var list []QueueState
	l.get("/api/queues/%2F", &list)
	for _, q := range list {
		if q.Name == name {
			return q
		}
	}
	return QueueState{}
}

func (l Look) get(path string, into any) {
	l.T.Helper()
	request, err := http.NewRequestWithContext(l.T.Context(), http.MethodGet, l.Broker.Management+path, nil)
	if err != nil {
		l.T.Fatal(err)
	}
	request.SetBasicAuth("guest", "guest")
	answer, err := l.Broker.HTTP.Do(request)
	if err != nil {
		l.T.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		l.T.Fatal(err)
	}
}
