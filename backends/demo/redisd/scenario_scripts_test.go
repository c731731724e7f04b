package redisd_test

// transactions are commands that run together.
func transactions() []observation {
	return []observation{
		{name: "multi/exec", script: `
			MULTI
			SET k v
			GET k
			INCR n
			HSET h f v
			HGETALL h
			EXEC
			GET k`},
		{name: "multi/discard", script: `
			MULTI
			SET k v
			DISCARD
			GET k
			EXEC`},
		{name: "multi/not-in-one", script: `
			EXEC
			DISCARD
			MULTI
			MULTI
			EXEC
			WATCH
			MULTI
			WATCH k
			EXEC`},
		{name: "multi/empty", script: `
			MULTI
			EXEC`},
		{name: "multi/error-while-queueing", script: `
			MULTI
			SET k v
			NOSUCH
			SET k
			EXEC
			GET k`},
		{name: "multi/error-while-running", script: `
			MULTI
			SET k v
			LPUSH k x
			INCR k
			SET after yes
			EXEC
			GET after`},
		{name: "multi/watch-untouched", script: `
			SET k v
			WATCH k
			MULTI
			SET k w
			EXEC
			GET k`},
		{name: "multi/watch-touched", script: `
			SET k v
			WATCH k
			b SET k other
			MULTI
			SET k mine
			EXEC
			GET k`},
		{name: "multi/watch-deleted-and-made", script: `
			WATCH k
			b SET k v
			b DEL k
			MULTI
			PING
			EXEC
			SET l v
			WATCH l
			b DEL l
			MULTI
			PING
			EXEC`},
		{name: "multi/watch-same-value", script: `
			SET k v
			WATCH k
			b SET k v
			MULTI
			PING
			EXEC`},
		{name: "multi/unwatch", script: `
			SET k v
			WATCH k
			b SET k other
			UNWATCH
			MULTI
			SET k mine
			EXEC
			GET k`},
		{name: "multi/watch-expired", script: `
			@fill SET k v PX 100
			@fill WATCH k
			@until nil-bulk <- GET k
			MULTI
			PING
			EXEC`},
		{name: "multi/watch-other-database", script: `
			WATCH k
			b SELECT 1
			b SET k v
			MULTI
			PING
			EXEC`},
		{name: "multi/watch-by-collection", script: `
			WATCH l h z x
			b ZADD z 1 a
			MULTI
			PING
			EXEC`},
		{name: "multi/blocking-does-not-block", script: `
			MULTI
			BLPOP nosuch 0
			XREAD BLOCK 0 STREAMS nosuch $
			EXEC`},
		{name: "multi/own-commands-inside", script: `
			MULTI
			CLIENT GETNAME
			CONFIG GET maxmemory
			OBJECT ENCODING k
			TYPE k
			SCAN 0
			PING
			EXEC`},
		{name: "multi/select-inside", script: `
			MULTI
			SELECT 4
			SET k v
			EXEC
			GET k
			SELECT 0
			GET k`},
	}
}

const (
	// release deletes a lock that is still its owner's, renew gives it more time
	// (redis.io/docs/latest/develop/use/patterns/distributed-locks).
	release = `"if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end" 1 lock `
	renew   = `"if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) else return 0 end" 1 lock `
)

// scripting is Lua in the server.
func scripting() []observation {
	return []observation{
		{name: "eval/values", script: `
			EVAL "return 1" 0
			EVAL "return 3.99" 0
			EVAL "return 'text'" 0
			EVAL "return true" 0
			EVAL "return false" 0
			EVAL "return nil" 0
			EVAL "return {1, 2, {3, 'x'}}" 0
			EVAL "return {1, nil, 3}" 0
			EVAL "return {}" 0
			EVAL "return {ok = 'fine'}" 0
			EVAL "return {err = 'MY error'}" 0
			EVAL "return redis.status_reply('S')" 0
			EVAL "return redis.error_reply('My error')" 0
			EVAL "return redis.sha1hex('x')" 0`},
		{name: "eval/keys-and-arguments", script: `
			EVAL "return {KEYS[1], KEYS[2], ARGV[1], #KEYS, #ARGV}" 2 a b c d
			EVAL "return KEYS[3]" 2 a b
			EVAL "return 1" -1
			EVAL "return 1" 2 a
			EVAL "return 1" x
			EVAL "return 1"`},
		{name: "eval/call", script: `
			EVAL "return redis.call('SET', KEYS[1], ARGV[1])" 1 k v
			EVAL "return redis.call('GET', KEYS[1])" 1 k
			EVAL "return redis.call('GET', KEYS[1])" 1 nosuch
			EVAL "return redis.call('GET', KEYS[1]) == false" 1 nosuch
			EVAL "return redis.call('INCRBY', KEYS[1], 5)" 1 n
			EVAL "return redis.call('LRANGE', KEYS[1], 0, -1)" 1 nosuch
			EVAL "return redis.call('TYPE', KEYS[1])" 1 k
			EVAL "return redis.call('HSET', KEYS[1], 'f', 1.5)" 1 h
			EVAL "return redis.call('HGET', KEYS[1], 'f')" 1 h`},
		{name: "eval/errors", script: `
			EVAL "return redis.call('NOSUCH')" 0
			EVAL "return redis.call('GET')" 0
			EVAL "return redis.call()" 0
			EVAL "syntax error here" 0
			EVAL "return nosuchvariable" 0
			EVAL "x = 1" 0
			EVAL "error('mine')" 0
			EVAL "return redis.call('GET', {})" 0`},
		{name: "eval/wrongtype", script: `
			LPUSH l x
			EVAL "return redis.call('GET', KEYS[1])" 1 l
			EVAL "return redis.pcall('GET', KEYS[1])" 1 l
			EVAL "return redis.pcall('GET', KEYS[1]).err" 1 l
			EVAL "local r = redis.pcall('GET', KEYS[1]) return r['err'] ~= nil" 1 l`},
		{name: "eval/not-from-scripts", script: `
			EVAL "return redis.call('SUBSCRIBE', 'x')" 0
			EVAL "return redis.call('MULTI')" 0
			EVAL "return redis.call('EVAL', 'return 1', 0)" 0
			EVAL "return redis.call('BLPOP', 'nosuch', 0)" 0
			EVAL "return redis.call('MONITOR')" 0`},
		{name: "eval/partial-effects-stay", script: `
			EVAL "redis.call('SET', KEYS[1], 'v') return redis.call('NOSUCH')" 1 k
			GET k`},
		{name: "eval/cjson", script: `
			EVAL "return cjson.encode({1, 2, 3})" 0
			EVAL "return cjson.decode('{\"a\": [1, 2]}').a[2]" 0
			EVAL "return cjson.encode({a = 'x'})" 0
			EVAL "return cjson.encode({})" 0
			EVAL "return cjson.encode(cjson.null)" 0
			EVAL "return cjson.decode('nope')" 0`},
		{name: "eval/libraries", script: `
			EVAL "return bit.band(12, 10)" 0
			EVAL "return #cmsgpack.pack({1, 2})" 0
			EVAL "return cmsgpack.unpack(cmsgpack.pack('x'))" 0
			EVAL "return struct.pack('>I', 1)" 0
			EVAL "return string.format('%05d', 42)" 0
			EVAL "return tostring(redis.REDIS_VERSION)" 0
			EVAL "return redis.log(redis.LOG_DEBUG, 'x')" 0
			EVAL "return type(os.clock())" 0
			EVAL "return os.getenv('HOME')" 0
			EVAL "return loadfile('x')" 0`},
		{name: "eval/resp3", script: `
			HSET h f v
			EVAL "redis.setresp(3) return redis.call('HGETALL', KEYS[1])" 1 h
			EVAL "return redis.call('HGETALL', KEYS[1])" 1 h
			ZADD z 1.5 a
			EVAL "return redis.call('ZSCORE', KEYS[1], 'a')" 1 z`},
		{name: "eval/ro", script: `
			SET k v
			EVAL_RO "return redis.call('GET', KEYS[1])" 1 k
			EVAL_RO "return redis.call('SET', KEYS[1], 'w')" 1 k
			EVALSHA_RO 0000000000000000000000000000000000000000 0`},
		{name: "evalsha/unknown", script: `
			EVALSHA 0000000000000000000000000000000000000000 0
			EVALSHA short 0
			EVALSHA 0000000000000000000000000000000000000000 x`},
		{name: "evalsha/loaded", script: `
			SCRIPT LOAD "return ARGV[1]"
			EVALSHA 098e0f0d1448c0a81dafe820f66d460eb09263da 0 hi
			SCRIPT EXISTS 098e0f0d1448c0a81dafe820f66d460eb09263da 0000000000000000000000000000000000000000
			EVALSHA 098E0F0D1448C0A81DAFE820F66D460EB09263DA 0 hi
			SCRIPT FLUSH
			SCRIPT EXISTS 098e0f0d1448c0a81dafe820f66d460eb09263da
			EVALSHA 098e0f0d1448c0a81dafe820f66d460eb09263da 0 hi`},
		{name: "evalsha/known-by-eval", script: `
			EVAL "return 'x'" 0
			SCRIPT EXISTS d3c21d0c2b9ca22f82737626a27bcaf5d288f99f
			EVALSHA d3c21d0c2b9ca22f82737626a27bcaf5d288f99f 0`},
		{name: "script/errors", script: `
			SCRIPT LOAD "syntax error"
			SCRIPT LOAD
			SCRIPT EXISTS
			SCRIPT FLUSH NOSUCH
			SCRIPT FLUSH ASYNC
			SCRIPT KILL`},
		{name: "lock/release", script: `
			SET lock mine NX PX 30000
			EVAL ` + release + `theirs
			GET lock
			EVAL ` + release + `mine
			EXISTS lock
			EVAL ` + release + `mine`},
		{name: "lock/renew", script: `
			SET lock mine NX PX 1000
			EVAL ` + renew + `mine 300000
			%near=300000 PTTL lock
			EVAL ` + renew + `theirs 900000
			%near=300000 PTTL lock
			EVAL ` + renew + `mine x`},
		{name: "lock/by-hash", script: `
			HSET lock owner:1 1
			PEXPIRE lock 300000
			HINCRBY lock owner:1 1
			HEXISTS lock owner:2
			HSCAN lock 0 COUNT 20
			%near=300000 PTTL lock
			HINCRBY lock owner:1 -2
			DEL lock`},
		{name: "eval/in-transaction", script: `
			MULTI
			EVAL "return redis.call('INCR', KEYS[1])" 1 n
			EVAL "return redis.call('NOSUCH')" 0
			EXEC
			GET n`},
		{name: "eval/select", script: `
			EVAL "redis.call('SELECT', 3) redis.call('SET', KEYS[1], 'v') return 1" 1 k
			GET k
			SELECT 3
			GET k`},
		{name: "eval/time-and-random", script: `
			EVAL "local t = redis.call('TIME') return #t" 0
			EVAL "math.randomseed(1) return math.type and 1 or 0" 0`},
	}
}
