package app

import (
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"bustop/backends/testkit/each"
	"bustop/views"
)

// TestWhereSpansLead opens what spans say they worked on, and holds what is said when it cannot be.
func TestWhereSpansLead(t *testing.T) {
	each.OnRedis(t, func(t *testing.T, server each.Redis) {
		client := clientOf(t, server.Addr())
		must(t, client.HSet(t.Context(), "order:17", "state", "packed").Err())
		must(t, client.ZAdd(t.Context(), "scores", goredis.Z{Score: 12, Member: "ann"}).Err())
		must(t, client.Set(t.Context(), "greeting", "good morning", 0).Err())
		id, err := client.XAdd(t.Context(), &goredis.XAddArgs{Stream: "shipments", Values: []string{"order", "seventeen"}}).Result()
		must(t, err)
		c := liveConsole(t, server.URL())
		key := func(name string) views.SpanTarget {
			return views.SpanTarget{System: "redis", Names: []string{name}, Key: true}
		}
		stream := func(message string) views.SpanTarget {
			return views.SpanTarget{System: "redis", Names: []string{"shipments"}, Message: message}
		}
		for _, tc := range []struct {
			name   string
			target views.SpanTarget
			sees   []string
		}{
			{"a hash", key("order:17"), []string{"▸ key order:17", "hash", "state", "packed"}},
			{"a sorted set", key("scores"), []string{"▸ key scores", "zset", "SCORE", "ann"}},
			{"a string", key("greeting"), []string{"▸ key greeting", "string", "good morning"}},
			{"a stream as a key", key("shipments"), []string{"▸ key shipments", "stream", "seventeen"}},
			{"a key that has gone", key("order:18"), []string{"the key order:18 is not there any more"}},
			{"a stream", stream(""), []string{"▸ stream shipments", "seventeen"}},
			{"an entry", stream(id), []string{"▸ message " + id, "seventeen"}},
			{"an entry that has gone", stream("1-1"), []string{"▸ stream shipments", "message 1-1 was sent here; it is not among the messages looked at so far"}},
			{"a destination that is a key", views.SpanTarget{Names: []string{"greeting"}}, []string{"▸ key greeting", "good morning"}},
			{"nothing of the name", views.SpanTarget{System: "redis", Names: []string{"a", "b"}}, []string{"no queue, stream, channel or key of the open sources is called a or b"}},
			{"another system", views.SpanTarget{System: "kafka", Address: "k:9092", Names: []string{"a"}}, []string{"no open source is the kafka k:9092 of this span"}},
			{"another address", views.SpanTarget{System: "redis", Address: "cache.internal:6379", Names: []string{"greeting"}, Key: true}, []string{"▸ key greeting"}},
		} {
			c.on(t)
			c.OpenTarget(tc.target)
			c.see(tc.sees...)
			c.home()
			c.toast.text = ""
		}
	})
}
