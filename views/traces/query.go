package traces

import (
	"strconv"
	"strings"
)

// keyOf is the first key that a command of Redis names, as a span writes it: "SET session:1 ?". It is "" when the
// command names none, or is not known to name one (redis.io/docs/latest/develop/reference/key-specs).
func keyOf(query string) string {
	words := strings.Fields(strings.SplitN(query, "\n", 2)[0]) // of a pipeline the first
	word := func(i int) string {
		if i >= len(words) {
			return ""
		}
		key := strings.Trim(words[i], `"'`)
		if key == "?" || strings.HasSuffix(key, "...") { // left out, or cut
			return ""
		}
		return key
	}
	switch name := strings.ToUpper(word(0)); name {
	case "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO":
		if n, err := strconv.Atoi(word(2)); err != nil || n < 1 {
			return ""
		}
		return word(3)
	case "XREAD", "XREADGROUP":
		for i := range words {
			if strings.EqualFold(words[i], "STREAMS") {
				return word(i + 1)
			}
		}
		return ""
	case "OBJECT", "XINFO", "XGROUP", "MEMORY", "BITOP":
		return word(2)
	default:
		if !keyFirst(name) {
			return ""
		}
		return word(1)
	}
}

// keyFirst reports whether the first argument of a command is a key.
func keyFirst(name string) bool {
	switch name {
	case "APPEND", "BITCOUNT", "BITFIELD", "BITFIELD_RO", "BITPOS", "BLMOVE", "BLPOP", "BRPOP", "BRPOPLPUSH", "BZPOPMAX", "BZPOPMIN",
		"COPY", "DECR", "DECRBY", "DEL", "DUMP", "EXISTS", "EXPIRE", "EXPIREAT", "EXPIRETIME",
		"GEOADD", "GEODIST", "GEOHASH", "GEOPOS", "GEOSEARCH", "GEOSEARCHSTORE",
		"GET", "GETBIT", "GETDEL", "GETEX", "GETRANGE", "GETSET",
		"HDEL", "HEXISTS", "HEXPIRE", "HGET", "HGETALL", "HINCRBY", "HINCRBYFLOAT", "HKEYS", "HLEN", "HMGET", "HMSET", "HRANDFIELD",
		"HSCAN", "HSET", "HSETNX", "HSTRLEN", "HTTL", "HVALS", "INCR", "INCRBY", "INCRBYFLOAT",
		"LINDEX", "LINSERT", "LLEN", "LMOVE", "LPOP", "LPOS", "LPUSH", "LPUSHX", "LRANGE", "LREM", "LSET", "LTRIM",
		"MGET", "MSET", "MSETNX", "PERSIST", "PEXPIRE", "PEXPIREAT", "PEXPIRETIME", "PFADD", "PFCOUNT", "PFMERGE", "PSETEX", "PTTL",
		"RENAME", "RENAMENX", "RESTORE", "RPOP", "RPOPLPUSH", "RPUSH", "RPUSHX",
		"SADD", "SCARD", "SDIFF", "SDIFFSTORE", "SET", "SETBIT", "SETEX", "SETNX", "SETRANGE", "SINTER", "SINTERSTORE", "SISMEMBER",
		"SMEMBERS", "SMISMEMBER", "SMOVE", "SORT", "SORT_RO", "SPOP", "SRANDMEMBER", "SREM", "SSCAN", "STRLEN", "SUBSTR", "SUNION",
		"SUNIONSTORE", "TOUCH", "TTL", "TYPE", "UNLINK", "WATCH",
		"XACK", "XADD", "XAUTOCLAIM", "XCLAIM", "XDEL", "XLEN", "XPENDING", "XRANGE", "XREVRANGE", "XSETID", "XTRIM",
		"ZADD", "ZCARD", "ZCOUNT", "ZINCRBY", "ZLEXCOUNT", "ZMSCORE", "ZPOPMAX", "ZPOPMIN", "ZRANDMEMBER", "ZRANGE", "ZRANGEBYLEX",
		"ZRANGEBYSCORE", "ZRANGESTORE", "ZRANK", "ZREM", "ZREMRANGEBYLEX", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE", "ZREVRANGE",
		"ZREVRANGEBYSCORE", "ZREVRANK", "ZSCAN", "ZSCORE":
		return true
	}
	return false
}
