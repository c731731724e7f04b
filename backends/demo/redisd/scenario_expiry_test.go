package redisd_test

// expiry is how keys run out.
func expiry() []observation {
	return []observation{
		{name: "expiry/ttl", script: `
			SET k v
			TTL k
			PTTL k
			TTL nosuch
			PTTL nosuch
			EXPIRE k 100
			%near=100 TTL k
			%near=100000 PTTL k
			PERSIST k
			PERSIST k
			TTL k
			PERSIST nosuch
			TTL`},
		{name: "expiry/pexpire", script: `
			SET k v
			PEXPIRE k 500000
			%near=500000 PTTL k
			%near=500 TTL k
			PEXPIRE nosuch 1
			PEXPIRE k x`},
		{name: "expiry/conditions", script: `
			SET k v
			EXPIRE k 100 XX
			EXPIRE k 100 GT
			EXPIRE k 100 NX
			EXPIRE k 200 NX
			EXPIRE k 50 GT
			EXPIRE k 200 GT
			%near=200 TTL k
			EXPIRE k 300 LT
			EXPIRE k 50 LT
			EXPIRE k 60 XX
			%near=60 TTL k
			SET l v
			EXPIRE l 10 LT
			%near=10 TTL l`},
		{name: "expiry/condition-errors", script: `
			SET k v
			EXPIRE k 100 NX XX
			EXPIRE k 100 NX GT
			EXPIRE k 100 GT LT
			EXPIRE k 100 XX GT
			EXPIRE k 100 NOSUCH
			EXPIRE k x
			EXPIRE k 9223372036854775807
			EXPIRE k`},
		{name: "expiry/past", script: `
			SET k v
			EXPIRE k 0
			EXISTS k
			SET k v
			EXPIRE k -1
			EXISTS k
			SET k v
			EXPIREAT k 1
			EXISTS k
			SET k v
			PEXPIREAT k 1
			EXISTS k`},
		{name: "expiry/at", script: `
			SET k v
			EXPIREAT k 4000000000
			EXPIRETIME k
			PEXPIRETIME k
			PEXPIREAT k 4000000000123
			EXPIRETIME k
			PEXPIRETIME k
			EXPIRETIME nosuch
			PEXPIRETIME nosuch
			PERSIST k
			EXPIRETIME k
			PEXPIRETIME k`},
		{name: "expiry/set-options", script: `
			SET k v EX 100
			%near=100 TTL k
			SET k v2
			TTL k
			SET k v PX 100000
			SET k w KEEPTTL
			%near=100 TTL k
			SET k v EXAT 4000000000
			EXPIRETIME k
			SET k v PXAT 4000000000123
			PEXPIRETIME k`},
		{name: "expiry/set-errors", script: `
			SET k v EX 0
			SET k v EX -1
			SET k v EX x
			SET k v PX 0
			SET k v EX
			SET k v EX 1 PX 1
			SET k v EX 1 KEEPTTL
			SET k v NX XX
			SET k v NOSUCH
			SET k v EX 9223372036854775807
			SETEX k 0 v
			SETEX k x v
			PSETEX k -1 v
			GET k`},
		{name: "expiry/setex", script: `
			SETEX k 100 v
			%near=100 TTL k
			PSETEX k 200000 v
			%near=200 TTL k
			GET k`},
		{name: "expiry/getex", script: `
			SET k v
			GETEX k
			TTL k
			GETEX k EX 100
			%near=100 TTL k
			GETEX k PERSIST
			TTL k
			GETEX k EXAT 4000000000
			EXPIRETIME k
			GETEX nosuch EX 1
			GETEX k EX 0
			GETEX k NOSUCH
			GETEX k EX 1 PERSIST
			LPUSH l x
			GETEX l`},
		{name: "expiry/kept-by-changes", script: `
			SET n 1 EX 100
			INCR n
			APPEND n 5
			%near=100 TTL n
			LPUSH l a b
			EXPIRE l 100
			LPOP l
			%near=100 TTL l
			GETSET n 1
			TTL n`},
		{name: "expiry/runs-out", script: `
			CONFIG SET notify-keyspace-events Ex
			b SUBSCRIBE __keyevent@0__:expired
			SET k v PX 60000
			GET k
			PEXPIRE k 20
			<b
			GET k
			EXISTS k
			TTL k
			DBSIZE`},
		{name: "expiry/runs-out-collections", script: `
			CONFIG SET notify-keyspace-events Ex
			b SUBSCRIBE __keyevent@0__:expired
			RPUSH l a
			PEXPIRE l 20
			<b
			HSET h f v
			PEXPIRE h 20
			<b
			XADD s 1-1 f v
			PEXPIRE s 20
			<b
			ZADD z 1 a
			PEXPIRE z 20
			<b
			LLEN l
			HLEN h
			XLEN s
			ZCARD z`},
		{name: "expiry/runs-out-counted", script: `
			CONFIG RESETSTAT
			SET k v PX 20
			@until nil-bulk <- GET k
			%exactly=expired_keys INFO stats`},
		{name: "expiry/lock", script: `
			CONFIG SET notify-keyspace-events Ex
			b SUBSCRIBE __keyevent@0__:expired
			SET lock:a token NX PX 60000
			SET lock:a other NX PX 60000
			PEXPIRE lock:a 20
			<b
			SET lock:a other NX PX 60000
			GET lock:a`},
	}
}
