package redis

import (
	"context"
	"slices"
	"testing"

	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
)

func TestChannelUses(t *testing.T) {
	names := []channelID{{"Shop.Hubs.Chat:internal:groups", "channel"}, {"Shop.Hubs.Chat:all", "channel"}}
	use := channelUses(names)
	for name, want := range map[string]string{
		"__keyevent@0__:expired":                    "key events of database 0: expired",
		"__keyspace@11__:user:1":                    "events of one key in database 11",
		"__keyevent@x__:expired":                    "",
		"my__keyevent@0__:expired":                  "",
		"__sentinel__:hello":                        "Sentinel: sentinels find each other",
		"socket.io#/#":                              "Socket.IO adapter: broadcasts of /",
		"socket.io#/admin#room7#":                   "Socket.IO adapter: room room7 of /admin",
		"socket.io-request#/#":                      "Socket.IO adapter: requests between servers",
		"socket.io-response#/#abc#":                 "Socket.IO adapter: answers between servers",
		"socket.io":                                 "",
		"Shop.Hubs.Chat:internal:groups":            "SignalR backplane of Shop.Hubs.Chat: between servers",
		"Shop.Hubs.Chat:internal:ack:web1_9f":       "SignalR backplane of Shop.Hubs.Chat: between servers",
		"Shop.Hubs.Chat:all":                        "SignalR backplane of Shop.Hubs.Chat: to everybody",
		"Shop.Hubs.Chat:group:vip":                  "SignalR backplane of Shop.Hubs.Chat: to group vip",
		"other:all":                                 "", // no company
		"other:group:vip":                           "",
		"redisson_lock__channel:{order:17}":         "Redisson lock order:17: unlocked",
		"redisson_rwlock:{stock}":                   "Redisson read-write lock stock: unlocked",
		"redisson_sc:{seats}":                       "Redisson semaphore seats: released",
		"redisson_countdownlatch__channel__{start}": "Redisson latch start: open",
		"redisson_locks":                            "",
		"/0.celery.pidbox":                          "Celery remote control (celery.pidbox)",
		"/3.celeryev/worker.heartbeat":              "Celery events of workers and tasks",
		"/0.news/sport":                             "Celery fanout of exchange news",
		"/news":                                     "",
		"bull:mail:completed":                       "Bull queue mail: completed",
		"bull:mail:events":                          "BullMQ queue mail: events",
		"bull:mail:beef":                            "",
		"bq:mail:events":                            "Bee-Queue mail: events of jobs",
		"price.eur":                                 "",
		"_action_cable_internal":                    "Action Cable: connections",
		"evil\nsocket.io#/#":                        "Socket.IO adapter: broadcasts of /",
		"redisson_lock__channel:{a\x1b[2J}":         "Redisson lock a\x1b[2J: unlocked",
	} {
		if got := use(name); got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
}

// What a pattern matches is asked of a real server, which is the one that decides.
func TestGlobMatchesAsTheServerDoes(t *testing.T) {
	server := testkit.Redis(t)
	ctx := context.Background()
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), DisableIdentity: true})
	defer client.Close()
	// A name of nothing is left out: whether "*" and "**" match it differs between versions.
	names := []string{"a", "ab", "abc", "a*c", "a?c", "a[c", "a]c", `a\c`, "b-d", "^", "aXc", "abbbc", "news.a", "news.b", "a^c", "a-c", "\xff\x00", "aab"}
	sub := client.Subscribe(ctx, names...)
	defer sub.Close()
	for range names {
		if _, err := sub.Receive(ctx); err != nil {
			t.Fatal(err)
		}
	}
	for _, pattern := range []string{
		"*", "**", "?", "a*", "*c", "a*c", "a?c", `a\*c`, `a\?c`, "a[bX]c", "a[^bX]c", "a[a-z]c", "a[z-a]c", "[a-c]*", "[^a]*", "a[[]c",
		`a[\]]c`, "a[]c", "a[", "a[b", `a\`, "news.?", "news.*", "*b*b*c", "a***c", "[^", "[", "\xff*", "a[*-?]c", "a[b-]c", "*a*b", "", "??", "a[b-c]?",
	} {
		listed, err := client.PubSubChannels(ctx, pattern).Result()
		if err != nil {
			t.Fatal(err)
		}
		var matched []string
		for _, name := range names {
			if globMatch(pattern, name) {
				matched = append(matched, name)
			}
		}
		slices.Sort(listed)
		slices.Sort(matched)
		if !slices.Equal(listed, matched) {
			t.Errorf("%q: the server says %q, we %q", pattern, listed, matched)
		}
	}
}
