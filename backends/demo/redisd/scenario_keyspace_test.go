package redisd_test

// events is a subscription to all notifications of some classes.
func events(flags string) string {
	return `
		CONFIG SET notify-keyspace-events ` + flags + `
		b PSUBSCRIBE __key*__:*`
}

// keyspace are the notifications of changes, by class
// (redis.io/docs/latest/develop/use/keyspace-notifications).
func keyspace() []observation {
	// last is what every script ends with: whatever came unexpectedly before it is seen.
	const last = `
		PUBLISH __keyend__: end
		<b`
	return []observation{
		{name: "keyspace/off", script: events(`""`) + `
			SET k v` + last},
		{name: "keyspace/key-and-event", script: events("KEA") + `
			SET k v
			<b:2` + last},
		{name: "keyspace/key-only", script: events("KA") + `
			SET k v
			<b` + last},
		{name: "keyspace/event-only", script: events("EA") + `
			SET k v
			<b` + last},
		{name: "keyspace/class-missing", script: events("K") + `
			SET k v` + last},
		{name: "keyspace/database", script: events("EA") + `
			SELECT 5
			SET k v
			<b
			MOVE k 6
			<b:2` + last},
		{name: "keyspace/generic", script: events("Eg") + `
			MSET a 1 b 2
			DEL a nosuch
			<b
			UNLINK b
			<b
			SET c 1
			EXPIRE c 100
			<b
			PERSIST c
			<b
			RENAME c d
			<b:2
			COPY d e
			<b
			EXPIRE e 0
			<b
			RENAMENX d e
			<b:2` + last},
		{name: "keyspace/strings", script: events("E$") + `
			SET k v
			<b
			SETNX k2 v
			<b
			GETSET k v
			<b
			APPEND k w
			<b
			SETRANGE k 0 x
			<b
			INCR n
			<b
			DECRBY n 2
			<b
			INCRBYFLOAT n 1.5
			<b
			MSET a 1 b 2
			<b:2
			SET k v NX
			SETEX k 100 v
			<b` + last},
		{name: "keyspace/lists", script: events("El") + `
			RPUSH l a b c
			<b
			LPUSH l z
			<b
			LPOP l
			<b
			RPOP l
			<b
			LSET l 0 x
			<b
			LINSERT l BEFORE x y
			<b
			LREM l 0 y
			<b
			LREM l 0 nosuch
			LTRIM l 0 0
			<b
			LMOVE l m LEFT RIGHT
			<b:2
			RPOPLPUSH m l
			<b:2
			RPUSHX nosuch x` + last},
		{name: "keyspace/lists-emptied", script: events("EA") + `
			RPUSH l a
			<b
			LPOP l
			<b:2
			RPUSH l a
			<b
			LTRIM l 5 6
			<b:2
			RPUSH l a
			<b
			LREM l 0 a
			<b:2` + last},
		{name: "keyspace/lists-blocked", script: events("El") + `
			c! BLPOP l 5
			@blocked 1
			RPUSH l a
			<c
			<b:2` + last},
		{name: "keyspace/sets", script: events("Es") + `
			SADD s a b
			<b
			SADD s a
			SREM s a
			<b
			SREM s nosuch
			SADD t x
			<b
			SMOVE t s x
			<b:2
			SINTERSTORE d s s
			<b
			%shape SPOP d 1
			<b
			SUNIONSTORE d s s
			<b
			SDIFFSTORE e s nosuch
			<b` + last},
		{name: "keyspace/hashes", script: events("Eh") + `
			HSET h a 1 b 2
			<b
			HSETNX h c 3
			<b
			HSETNX h c 4
			HINCRBY h a 1
			<b
			HINCRBYFLOAT h a 1.5
			<b
			HDEL h a
			<b
			HDEL h nosuch
			HMSET h x 1
			<b` + last},
		{name: "keyspace/hashes-emptied", script: events("EA") + `
			HSET h a 1
			<b
			HDEL h a
			<b:2` + last},
		{name: "keyspace/zsets", script: events("Ez") + `
			ZADD z 1 a 2 b 3 c 4 d 5 e
			<b
			ZADD z 1 a
			ZADD z 2 a
			<b
			ZINCRBY z 1 a
			<b
			ZADD z INCR 1 a
			<b
			ZREM z a
			<b
			ZREMRANGEBYSCORE z 0 2
			<b
			ZREMRANGEBYRANK z 0 0
			<b
			ZPOPMIN z
			<b
			ZPOPMAX z
			<b
			ZADD y 1 a
			<b
			ZUNIONSTORE u 1 y
			<b` + last},
		{name: "keyspace/streams", script: events("Et") + `
			XADD s 1-1 f v
			<b
			XADD s MAXLEN 1 1-2 f v
			<b:2
			XGROUP CREATE s g 0
			<b
			XGROUP CREATECONSUMER s g c
			<b
			XREADGROUP GROUP g d STREAMS s >
			<b
			XGROUP SETID s g 0
			<b
			XGROUP DELCONSUMER s g c
			<b
			XGROUP DESTROY s g
			<b
			XDEL s 1-2
			<b
			XDEL s 1-2
			XADD s 2-1 f v
			<b
			XTRIM s MAXLEN 0
			<b
			XSETID s 9-9
			<b` + last},
		{name: "keyspace/expired", script: events("KEx") + `
			SET k v PX 20
			<b:2
			SET l v
			PEXPIRE l 20
			<b:2` + last},
		{name: "keyspace/expired-on-access", script: events("Ex") + `
			SET k v PX 1
			@until nil-bulk <- GET k
			<b` + last},
		{name: "keyspace/expired-in-database", script: events("KEx") + `
			SELECT 3
			SET k v PX 20
			<b:2` + last},
		{name: "keyspace/set-with-expiry", script: events("EA") + `
			SET k v EX 100
			<b:2
			GETEX k EX 200
			<b
			GETEX k PERSIST
			<b
			GETDEL k
			<b
			SET k v
			<b
			SETEX k 10 v
			<b:2` + last},
		{name: "keyspace/evicted-form", script: events("Ee") + `
			SET k v` + last},
		{name: "keyspace/new", script: events("En") + `
			SET k v
			<b
			SET k w
			LPUSH l a
			<b
			LPUSH l b
			XADD s 1-1 f v
			<b
			INCR n
			<b
			RENAME n m` + last},
		{name: "keyspace/miss", script: events("Em") + `
			GET nosuch
			<b
			HGET nosuch f
			<b
			SET k v
			GET k` + last},
		{name: "keyspace/flush-says-nothing", script: events("EA") + `
			SET k v
			<b
			FLUSHALL` + last},
		{name: "keyspace/in-transaction", script: events("EA") + `
			MULTI
			SET k v
			INCR n
			EXEC
			<b:2` + last},
		{name: "keyspace/in-script", script: events("EA") + `
			EVAL "redis.call('SET', KEYS[1], 'v') redis.call('DEL', KEYS[1])" 1 k
			<b:2` + last},
		{name: "keyspace/after-errors", script: events("EA") + `
			SET k v
			<b
			LPUSH k x
			INCR k
			SET k v EX x
			HSET k f` + last},
		{name: "keyspace/hyperloglog", script: events("EA") + `
			PFADD h a
			<b
			PFADD h a
			PFMERGE i h
			<b` + last},
		{name: "keyspace/subscriber-of-one-key", script: `
			CONFIG SET notify-keyspace-events KEA
			b SUBSCRIBE __keyspace@0__:wanted
			SET other v
			SET wanted v
			<b
			DEL wanted
			<b`},
	}
}
