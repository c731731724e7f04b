package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	goredis "github.com/redis/go-redis/v9"

	"bustop/backends/testkit"
)

// sessionServer is the server of a whole session, as seen by somebody else. Nothing happens on it but
// what the console asks for.
type sessionServer struct {
	t      *testing.T
	client *goredis.Client
}

// fill makes keys of every kind that is recognised, and of every type.
func (s sessionServer) fill() {
	s.t.Helper()
	seedRedis(s.t, s.client)
	ctx := s.t.Context()
	pipe := s.client.Pipeline()
	now := float64(time.Now().UnixMilli())
	// BullMQ, asynq and Sidekiq.
	pipe.HSet(ctx, "bull:mail:meta", "opts.maxLenEvents", "10000", "version", "bullmq:5.1")
	pipe.RPush(ctx, "bull:mail:wait", "3", "2")
	pipe.RPush(ctx, "bull:mail:active", "1")
	pipe.ZAdd(ctx, "bull:mail:delayed", goredis.Z{Member: "4", Score: (now + 3.6e6) * 4096})
	pipe.ZAdd(ctx, "bull:mail:failed", goredis.Z{Member: "5", Score: now})
	for i := range 6 {
		pipe.HSet(ctx, fmt.Sprintf("bull:mail:%d", i), "name", "send", "data", `{"to":"ann"}`, "opts", "{}", "timestamp", int64(now), "failedReason", "no such mailbox")
	}
	pipe.Set(ctx, "bull:mail:1:lock", "b983c153-7421-469a-addb-44fb92259a1b:0", time.Hour)
	pipe.XAdd(ctx, &goredis.XAddArgs{Stream: "bull:mail:events", ID: "5-0", Values: []any{"event", "added", "jobId", "1"}})
	pipe.SAdd(ctx, "asynq:queues", "critical")
	pipe.RPush(ctx, "asynq:{critical}:pending", "id1")
	pipe.HSet(ctx, "asynq:{critical}:t:id1", "msg", "\x0a\x04mail", "state", "pending")
	pipe.SAdd(ctx, "queues", "default")
	pipe.LPush(ctx, "queue:default", `{"class":"HardJob","args":[1],"jid":"b4a577edbccf1d805744efa9","queue":"default","created_at":1700000000.1}`)
	// Locks: Redisson's fair one with its waiters, redsync's, redis-py's, the recipe's.
	pipe.HSet(ctx, "stock", "8743c9c0-0795-4907-87fd-6c719a6b4586:31", 2)
	pipe.Expire(ctx, "stock", time.Hour)
	pipe.RPush(ctx, "redisson_lock_queue:{stock}", "a:1", "b:2")
	pipe.ZAdd(ctx, "redisson_lock_timeout:{stock}", goredis.Z{Member: "a:1", Score: now + 3.6e6})
	pipe.Set(ctx, "import-mutex", "3q2+7wABAgMEBQYHCAkKCw==", time.Hour)
	pipe.Set(ctx, "nightly-lock", "8d3a5c1e9b2a11eeb9620242ac120002", time.Hour)
	pipe.Set(ctx, "job-lock:default:x", "ADDED:2026-05-06T07:08:09.123Z@web-1", time.Hour)
	s.fillTypes(pipe)
	_, err := pipe.Exec(ctx)
	must(s.t, err)
}

// fillTypes makes keys that no pane but the keys' lists, of every type and encoding, some with an end.
func (s sessionServer) fillTypes(pipe goredis.Pipeliner) {
	ctx := s.t.Context()
	for i := range 300 {
		pipe.Set(ctx, fmt.Sprintf("product:%d", i), fmt.Sprintf(`{"id":%d,"name":"chair"}`, i), time.Duration(i%3)*time.Hour)
		pipe.HSet(ctx, fmt.Sprintf("profile:%d", i), "name", "ann", "age", i)
		pipe.SAdd(ctx, "tags", fmt.Sprintf("tag-%d", i))
		pipe.SAdd(ctx, "numbers", i)
		pipe.HSet(ctx, "settings", fmt.Sprintf("field-%d", i), strings.Repeat("x", 80))
		pipe.ZAdd(ctx, "leaderboard:players", goredis.Z{Member: fmt.Sprintf("player-%d", i), Score: float64(i) * 1.5})
		pipe.PFAdd(ctx, "visitors", i)
	}
	pipe.Set(ctx, "blob", strings.Repeat("bytes", 50_000), 0)
	pipe.GeoAdd(ctx, "places", &goredis.GeoLocation{Name: "Rome", Longitude: 12.5, Latitude: 41.9})
	pipe.Set(ctx, "rate:north", "1.5", time.Hour)
	pipe.Set(ctx, "sess:17", `{"cookie":{"maxAge":86400},"user":17}`, time.Hour)
}

// attend connects others: subscribers, and a worker that waits.
func (s sessionServer) attend() {
	s.t.Helper()
	sub := s.client.PSubscribe(s.t.Context(), "prices.*")
	s.t.Cleanup(func() { _ = sub.Close() })
	_, err := sub.Receive(s.t.Context())
	must(s.t, err)
	ctx, done := context.Background(), make(chan struct{})
	go func() {
		defer close(done)
		s.client.BLPop(ctx, 0, "nothing:comes")
	}()
	s.t.Cleanup(func() {
		s.client.RPush(ctx, "nothing:comes", "but the end")
		<-done
	})
	testkit.Eventually(s.t, "a worker waits", func() bool { return strings.Contains(s.others(), " b ") })
}

// digest is all that a session may not change.
func (s sessionServer) digest() map[string]string {
	s.t.Helper()
	ctx := s.t.Context()
	out := map[string]string{"clients": s.others()}
	for keys := s.client.Scan(ctx, 0, "", 1000).Iterator(); keys.Next(ctx); {
		name := keys.Val()
		pipe := s.client.Pipeline()
		expires, encoding := pipe.Do(ctx, "PEXPIRETIME", name), pipe.Do(ctx, "OBJECT", "ENCODING", name)
		dump, kind := pipe.Dump(ctx, name), pipe.Type(ctx, name)
		_, err := pipe.Exec(ctx)
		must(s.t, err)
		out["key "+name] = fmt.Sprint(kind.Val(), " ", encoding.Val(), " ", expires.Val(), " ", fmt.Sprintf("%x", dump.Val()))
		if kind.Val() == "stream" {
			full, err := s.client.Do(ctx, "XINFO", "STREAM", name, "FULL", "COUNT", 0).Result()
			must(s.t, err)
			out["stream "+name] = fmt.Sprint(full)
		}
	}
	config, err := s.client.ConfigGet(ctx, "*").Result()
	must(s.t, err)
	for name, value := range config {
		out["config "+name] = value
	}
	for name, ask := range map[string][]any{"acl": {"ACL", "LIST"}, "functions": {"FUNCTION", "LIST"}, "patterns": {"PUBSUB", "NUMPAT"}, "channels": {"PUBSUB", "CHANNELS"}} {
		answer, err := s.client.Do(ctx, ask...).Result()
		must(s.t, err)
		out[name] = fmt.Sprint(answer)
	}
	return out
}

// unchanged compares the server with an earlier digest.
func (s sessionServer) unchanged(before map[string]string) {
	s.t.Helper()
	after := s.digest()
	if diff := cmp.Diff(before, after); diff != "" {
		s.t.Errorf("looking changed the server (-before +after):\n%s", diff)
	}
	s.t.Logf("%d facts of the server are as before", len(before))
}

// others are the connections by what does not change with time: the pool's own come and go.
func (s sessionServer) others() string {
	s.t.Helper()
	list, err := s.client.ClientList(s.t.Context()).Result()
	must(s.t, err)
	var out []string
	for line := range strings.Lines(list) {
		facts := map[string]string{}
		for _, word := range strings.Fields(line) {
			if name, value, ok := strings.Cut(word, "="); ok {
				facts[name] = value
			}
		}
		if facts["flags"] != "N" || facts["name"] != "" { // a subscriber, one that waits, or one that says who it is
			out = append(out, fmt.Sprintf("%s %s %s sub=%s psub=%s", facts["id"], facts["name"], facts["flags"], facts["sub"], facts["psub"]))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// commands are how often the server has carried out which command, and how often it refused one.
func (s sessionServer) commands() map[string]string {
	s.t.Helper()
	info, err := s.client.InfoMap(s.t.Context(), "commandstats").Result()
	must(s.t, err)
	return maps.Clone(info["Commandstats"])
}

// commandsSince are the commands that the server was sent since, without those of commands itself.
func (s sessionServer) commandsSince(before map[string]string) []string {
	s.t.Helper()
	var out []string
	for name, stats := range s.commands() {
		calls := func(stats string) string { n, _, _ := strings.Cut(stats, ","); return n }
		if calls(stats) != calls(before[name]) {
			out = append(out, strings.TrimPrefix(name, "cmdstat_"))
		}
	}
	slices.Sort(out)
	return out
}

// harmless holds that none of the commands writes, walks everything at once or slows others.
func (s sessionServer) harmless(commands []string) {
	s.t.Helper()
	s.t.Logf("%d commands: %s", len(commands), strings.Join(commands, " "))
	forbidden := strings.Fields("keys monitor hgetall hkeys hvals smembers eval evalsha fcall sort_ro debug config|set config|resetstat config|rewrite " +
		"slowlog|reset latency|reset client|kill client|pause xreadgroup pfcount memory|purge multi publish")
	administrative := strings.Fields("config|get client|list slowlog|get slowlog|len latency|latest latency|history")
	if len(commands) < 20 {
		s.t.Errorf("a whole session needs only %v", commands)
	}
	for _, name := range commands {
		flags := s.flags(name)
		if slices.Contains(flags, "write") || slices.Contains(forbidden, name) || (slices.Contains(flags, "admin") && !slices.Contains(administrative, name)) {
			s.t.Errorf("%s was sent, which is %v", name, flags)
		}
	}
}

// flags are what the server says of a command.
func (s sessionServer) flags(name string) []string {
	s.t.Helper()
	info, err := s.client.Do(s.t.Context(), "COMMAND", "INFO", name).Slice()
	must(s.t, err)
	facts, ok := info[0].([]any)
	if !ok || len(facts) < 3 {
		s.t.Fatalf("COMMAND INFO %s: %v", name, info)
	}
	return strings.Fields(strings.Trim(fmt.Sprint(facts[2]), "[]"))
}

// mark makes every key anew, with what the server remembers of its use.
func (s sessionServer) mark(how string, value int64) {
	s.t.Helper()
	ctx := s.t.Context()
	for keys := s.client.Scan(ctx, 0, "", 10_000).Iterator(); keys.Next(ctx); {
		name := keys.Val()
		dump, err := s.client.Dump(ctx, name).Result()
		must(s.t, err)
		expires, err := s.client.Do(ctx, "PEXPIRETIME", name).Int64()
		must(s.t, err)
		must(s.t, s.client.Do(ctx, "RESTORE", name, max(expires, 0), dump, "REPLACE", "ABSTTL", how, value).Err())
	}
}

// usage is what OBJECT says of all keys.
func (s sessionServer) usage(ask string) map[string]int64 {
	s.t.Helper()
	ctx, out := s.t.Context(), map[string]int64{}
	for keys := s.client.Scan(ctx, 0, "", 10_000).Iterator(); keys.Next(ctx); {
		n, err := s.client.Do(ctx, "OBJECT", ask, keys.Val()).Int64()
		must(s.t, err)
		out[keys.Val()] = n
	}
	return out
}

// onlyListed holds that of the keys that no pane but the keys' shows none was used. The rows of other
// panes have to be counted, which is a use.
func (s sessionServer) onlyListed(used map[string]bool) {
	s.t.Helper()
	kept := 0
	var counted []string
	for name, isUsed := range used {
		shape, _, _ := strings.Cut(name, ":")
		only := slices.Contains([]string{"product", "profile", "tags", "numbers", "settings", "visitors", "blob", "rate", "sess"}, shape)
		switch {
		case only && isUsed:
			s.t.Errorf("listing %s is a use of it", name)
		case only:
			kept++
		case isUsed:
			counted = append(counted, name)
		}
	}
	slices.Sort(counted)
	s.t.Logf("%d keys stay unused; used are %s", kept, strings.Join(counted, ", "))
	if kept < 600 || len(counted) == 0 {
		s.t.Error("that is not what was filled in")
	}
}
