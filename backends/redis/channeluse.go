package redis

import (
	"regexp"
	"strings"
)

// use is a sort of channel that is known by its name. What the groups of name match is put into text
// as $1, $2, …
type use struct {
	name *regexp.Regexp
	text string
}

// knownUses are the channels whose names tell what they are for, each with where that is defined.
func knownUses() []use {
	rule := func(name, text string) use { return use{regexp.MustCompile(`(?s)^` + name + `$`), text} }
	return []use{
		// redis.io/docs/latest/develop/pubsub/keyspace-notifications
		rule(`__keyevent@(\d+)__:(.+)`, "key events of database $1: $2"),
		rule(`__keyspace@(\d+)__:.*`, "events of one key in database $1"),
		// redis.io/docs/latest/operate/oss_and_stack/management/sentinel
		rule(`__sentinel__:hello`, "Sentinel: sentinels find each other"),
		rule(`__redis__:invalidate`, "invalidation of client caches"),
		// socketio/socket.io-redis-adapter, lib/index.ts
		rule(`.*socket\.io-request#.*`, "Socket.IO adapter: requests between servers"),
		rule(`.*socket\.io-response#.*`, "Socket.IO adapter: answers between servers"),
		rule(`.*socket\.io#(/[^#]*)#(.+)#`, "Socket.IO adapter: room $2 of $1"),
		rule(`.*socket\.io#(/[^#]*)#`, "Socket.IO adapter: broadcasts of $1"),
		// redisson/redisson: RedissonLock, RedissonReadLock, RedissonSemaphore, RedissonCountDownLatch
		rule(`redisson_lock__channel:\{?(.*?)\}?`, "Redisson lock $1: unlocked"),
		rule(`redisson_rwlock:\{?(.*?)\}?`, "Redisson read-write lock $1: unlocked"),
		rule(`redisson_sc:\{?(.*?)\}?`, "Redisson semaphore $1: released"),
		rule(`redisson_countdownlatch__channel__\{?(.*?)\}?`, "Redisson latch $1: open"),
		// celery/kombu, transport/redis.py: fanout exchanges
		rule(`/(\d+)\.(celery\.pidbox|reply\.celery\.pidbox)(/.*)?`, "Celery remote control ($2)"),
		rule(`/(\d+)\.(celeryev)(/.*)?`, "Celery events of workers and tasks"),
		rule(`/(\d+)\.([^/]+)(/.*)?`, "Celery fanout of exchange $2"),
		// OptimalBits/bull, lib/queue.js; bee-queue, README
		rule(`bq:(.+):events`, "Bee-Queue $1: events of jobs"),
		rule(`bull:(.+):(waiting|active|completed|failed|progress|delayed|stalled|paused|resumed|drained|removed|error|duplicated|added)(@.*)?`, "Bull queue $1: $2"),
		rule(`bull:(.+):events`, "BullMQ queue $1: events"),
		// rails/rails, actioncable/lib/action_cable/subscription_adapter/redis.rb
		rule(`_action_cable_internal`, "Action Cable: connections"),
	}
}

// channelUses returns what says for what a channel is. SignalR's channels are told by their company
// only: one of a prefix is sure, and then the others of that prefix are its.
func channelUses(names []channelID) func(name string) string {
	uses, hubs := knownUses(), map[string]bool{}
	for _, id := range names {
		if hub, sure := signalRHub(id.name); sure {
			hubs[hub] = true
		}
	}
	return func(name string) string {
		for _, u := range uses {
			if m := u.name.FindStringSubmatchIndex(name); m != nil {
				return string(u.name.ExpandString(nil, u.text, name, m))
			}
		}
		return signalRUse(name, hubs)
	}
}

// signalRHub is the prefix of a channel that only SignalR's backplane has
// (dotnet/aspnetcore, SignalR/server/StackExchangeRedis/src/Internal/RedisChannels.cs).
func signalRHub(name string) (hub string, sure bool) {
	for _, mark := range []string{":internal:groups", ":internal:ack:", ":internal:return:"} {
		if hub, rest, ok := strings.Cut(name, mark); ok && (rest == "") == (mark == ":internal:groups") {
			return hub, true
		}
	}
	return "", false
}

func signalRUse(name string, hubs map[string]bool) string {
	if hub, sure := signalRHub(name); sure {
		return "SignalR backplane of " + hub + ": between servers"
	}
	for hub := range hubs {
		rest, ok := strings.CutPrefix(name, hub+":")
		if !ok {
			continue
		}
		sort, of, _ := strings.Cut(rest, ":")
		switch sort {
		case "all":
			return "SignalR backplane of " + hub + ": to everybody"
		case "group", "user", "connection":
			return "SignalR backplane of " + hub + ": to " + sort + " " + of
		}
	}
	return ""
}

// keyEvents reports whether a channel or pattern is one of keyspace notifications. Each server
// publishes those of its own keys to its own clients only.
func keyEvents(name string) bool {
	return strings.HasPrefix(name, "__keyevent@") || strings.HasPrefix(name, "__keyspace@") || strings.HasPrefix(name, "__key*")
}
