package gate

import (
	"slices"
	"strings"
)

// redisReads are the commands that read, by what they are for, in the words of
// redis.io/docs/latest/commands. A command with sub-commands stands as "COMMAND|SUB".
//
// The rule for adding one: it changes nothing for anybody else, and it answers in a time bounded
// by its arguments or by the caller. HGETALL, SMEMBERS, KEYS and their like are therefore not
// here though they only read: HSCAN, SSCAN and SCAN do the same in steps. MONITOR is not here
// because it slows the whole server down (see RedisMonitor), ACL LIST and GETUSER because they show secrets.
const redisReads = `
AUTH HELLO PING SELECT QUIT RESET READONLY READWRITE ASKING
CLIENT|SETNAME CLIENT|GETNAME CLIENT|INFO CLIENT|LIST CLIENT|ID CLIENT|NO-TOUCH
INFO DBSIZE ROLE TIME LASTSAVE
COMMAND|COUNT COMMAND|INFO COMMAND|DOCS COMMAND|LIST
SLOWLOG|GET SLOWLOG|LEN LATENCY|LATEST LATENCY|HISTORY
ACL|WHOAMI ACL|DRYRUN
CLUSTER|INFO CLUSTER|SHARDS CLUSTER|SLOTS CLUSTER|NODES CLUSTER|MYID CLUSTER|KEYSLOT
SENTINEL|GET-MASTER-ADDR-BY-NAME SENTINEL|MASTERS SENTINEL|MASTER SENTINEL|REPLICAS
SENTINEL|SLAVES SENTINEL|SENTINELS SENTINEL|MYID

SCAN TYPE EXISTS TTL PTTL EXPIRETIME PEXPIRETIME
OBJECT|ENCODING OBJECT|IDLETIME OBJECT|FREQ OBJECT|REFCOUNT
GET GETRANGE STRLEN
HLEN HGET HMGET HEXISTS HSTRLEN HSCAN HPTTL
LLEN LINDEX LRANGE
SCARD SISMEMBER SMISMEMBER SSCAN
ZCARD ZSCORE ZMSCORE ZRANK ZREVRANK ZCOUNT ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZSCAN
XLEN XRANGE XREVRANGE XREAD XPENDING XINFO|GROUPS XINFO|CONSUMERS

PUBSUB|CHANNELS PUBSUB|NUMSUB PUBSUB|NUMPAT PUBSUB|SHARDCHANNELS PUBSUB|SHARDNUMSUB
SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE
`

// redisSettings are the parameters CONFIG GET may name: what panes explain the server by. None
// of them is a secret, a path or a pattern.
const redisSettings = `
maxmemory maxmemory-policy maxmemory-samples maxclients timeout databases hz
notify-keyspace-events client-output-buffer-limit
slowlog-log-slower-than slowlog-max-len latency-monitor-threshold
appendonly appendfsync save cluster-enabled replica-read-only repl-backlog-size
list-max-listpack-size list-max-ziplist-size hash-max-listpack-entries zset-max-listpack-entries
stream-node-max-bytes stream-node-max-entries lfu-log-factor lfu-decay-time
`

// redisTable is redisReads with the commands whose arguments matter.
func redisTable() map[string]redisRule {
	table := map[string]redisRule{
		"COMMAND":    func(words [][]byte) bool { return len(words) == 1 },
		"CONFIG GET": onlySettings(strings.Fields(redisSettings)),
		// It concerns our own connection, and ends with it.
		"CLIENT TRACKING": trackByPrefix,
		"MEMORY USAGE":    positive("SAMPLES"), // 0 counts every element, in one blocking step
		"XINFO STREAM":    positive("COUNT"),   // 0 sends the whole stream, in one blocking step
	}
	for _, name := range strings.Fields(redisReads) {
		table[strings.Replace(name, "|", " ", 1)] = nil
	}
	return table
}

// trackByPrefix accepts "CLIENT TRACKING ON BCAST PREFIX p…", by which the server tells this
// connection which keys of those prefixes change, and OFF. Without BCAST the server would remember
// keys for us, without a prefix it would tell every write, and REDIRECT would put somebody else's
// connection to use.
func trackByPrefix(words [][]byte) bool {
	if len(words) == 3 {
		return upper(words[2]) == "OFF"
	}
	if len(words) < 6 || len(words)%2 != 0 || upper(words[2]) != "ON" || upper(words[3]) != "BCAST" {
		return false
	}
	for i := 4; i < len(words); i += 2 {
		if upper(words[i]) != "PREFIX" || len(words[i+1]) == 0 {
			return false
		}
	}
	return true
}

// onlySettings accepts CONFIG GET of the named parameters and of no pattern.
func onlySettings(names []string) redisRule {
	return func(words [][]byte) bool {
		for _, w := range words[2:] {
			if !slices.Contains(names, strings.ToLower(string(w))) {
				return false
			}
		}
		return len(words) > 2
	}
}

// positive accepts "COMMAND SUB key [option…]" when the option's value, if it is given, is a
// positive number.
func positive(option string) redisRule {
	return func(words [][]byte) bool {
		for i := 3; i < len(words); i++ {
			if upper(words[i]) != option {
				continue
			}
			if i+1 == len(words) || !isPositive(words[i+1]) {
				return false
			}
		}
		return true
	}
}

func isPositive(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(word) > 0 && len(word) <= 9 && word[0] != '0'
}
