package redisd_test

// keyCommands is what holds for keys of any type.
func keyCommands() []observation {
	return []observation{
		{name: "keys/exists-del", script: `
			MSET a 1 b 2 c 3
			EXISTS a
			EXISTS a a nosuch b
			DEL a nosuch
			UNLINK b c
			EXISTS a b c
			DEL`},
		{name: "keys/type", script: `
			SET string v
			LPUSH list v
			SADD set v
			ZADD zset 1 v
			HSET hash f v
			XADD stream 1-1 f v
			PFADD hll v
			TYPE string
			TYPE list
			TYPE set
			TYPE zset
			TYPE hash
			TYPE stream
			TYPE hll
			TYPE nosuch
			TYPE`},
		{name: "keys/hyperloglog-is-a-string", script: `
			PFADD hll a b c
			TYPE hll
			PFCOUNT hll
			GETRANGE hll 0 3
			PFADD hll a
			OBJECT ENCODING hll
			%min=4 STRLEN hll
			LPUSH hll x
			PFADD hll2 c d
			PFMERGE hll3 hll hll2
			PFCOUNT hll3
			PFCOUNT hll hll2
			SET s plain
			PFADD s x
			PFCOUNT s`},
		{name: "keys/rename", script: `
			SET a 1
			RENAME a b
			GET b
			RENAME nosuch c
			SET c 3
			RENAMENX b c
			RENAMENX b d
			RENAME d d
			RENAMENX nosuch x
			%sorted KEYS *`},
		{name: "keys/rename-keeps-ttl", script: `
			SET a 1 EX 100
			RENAME a b
			%near=100 TTL b
			SET c 1
			RENAME c b
			TTL b`},
		{name: "keys/copy", script: `
			SET a 1 EX 100
			COPY a b
			COPY a b
			COPY a b REPLACE
			%near=100 TTL b
			COPY a c DB 1
			COPY nosuch x
			COPY a a
			COPY a b NOSUCH
			COPY a x DB 99
			SELECT 1
			GET c`},
		{name: "keys/move", script: `
			SET a 1
			MOVE a 1
			MOVE a 1
			EXISTS a
			MOVE a 0
			MOVE a 99
			MOVE a x`},
		{name: "keys/missing-before-bad-arguments", script: `
			HSCAN nosuch 0 COUNT x
			LINDEX nosuch x
			BITCOUNT nosuch 0
			GETEX nosuch EXAT x
			SET string v
			SMOVE nosuch string x
			GEODIST nosuch a b parsec`},
		{name: "keys/keys", script: `
			MSET one 1 two 2 three 3 four 4
			%sorted KEYS *
			%sorted KEYS t*
			%sorted KEYS ?????
			%sorted KEYS [ot]*
			%sorted KEYS [^ot]*
			%sorted KEYS t[a-h]*
			KEYS nosuch
			KEYS`},
		{name: "keys/keys-escapes", script: `
			MSET a*b 1 axb 2 "a[b" 3 a?b 4 "a\\b" 5
			%sorted KEYS a\*b
			%sorted KEYS a[*]b
			%sorted KEYS "a\\[b"
			%sorted KEYS "a\\\\b"
			%sorted KEYS "a[x"
			%sorted KEYS a*b`},
		{name: "keys/randomkey", script: `
			RANDOMKEY
			SET only 1
			RANDOMKEY`},
		{name: "keys/touch", script: `
			MSET a 1 b 2
			TOUCH a b nosuch
			TOUCH`},
		{name: "keys/object", script: `
			SET s v
			OBJECT REFCOUNT s
			%number OBJECT IDLETIME s
			OBJECT FREQ s
			OBJECT ENCODING nosuch
			OBJECT REFCOUNT nosuch
			OBJECT IDLETIME nosuch
			OBJECT FREQ nosuch
			OBJECT`},
		{name: "keys/object-freq", script: `
			CONFIG SET maxmemory-policy allkeys-lfu
			SET s v
			%min=0 OBJECT FREQ s
			OBJECT IDLETIME s`},
		{name: "keys/dump-restore", script: `
			DUMP nosuch
			RESTORE k 0 garbage
			RESTORE k -1 garbage`},
		{name: "keys/sort", script: `
			RPUSH l 3 1 2 10
			SORT l
			SORT l DESC
			SORT l ALPHA
			SORT l LIMIT 1 2
			SORT l STORE dest
			LRANGE dest 0 -1
			SORT nosuch
			RPUSH words a b
			SORT words
			SET s v
			SORT s
			SORT_RO l`},
		{name: "keys/sort-by", script: `
			RPUSH l a b c
			MSET w_a 3 w_b 1 w_c 2 v_a A v_b B v_c C
			SORT l BY w_*
			SORT l BY w_* GET v_* GET #
			SORT l BY nosort`},
		{name: "keys/flush", script: `
			SET a 1
			FLUSHDB ASYNC
			SET a 1
			FLUSHALL SYNC
			FLUSHALL NOSUCH
			DBSIZE`},
		{name: "keys/wrongtype", script: `
			SET string v
			LPUSH list v
			GET list
			GETRANGE list 0 1
			STRLEN list
			INCR list
			APPEND list x
			LLEN string
			LRANGE string 0 -1
			LINDEX string 0
			LPUSH string x
			HGET string f
			HLEN string
			HSCAN string 0
			HSET string f v
			SCARD string
			SADD string x
			SSCAN string 0
			SISMEMBER string x
			ZCARD string
			ZADD string 1 x
			ZSCAN string 0
			ZREVRANGE string 0 -1 WITHSCORES
			ZSCORE list x
			XADD string * f v
			XLEN string
			XRANGE string - +
			XREAD STREAMS string 0
			XINFO STREAM string
			XINFO GROUPS string
			XINFO CONSUMERS string g
			XGROUP CREATE string g $
			XPENDING string g
			XACK string g 1-1
			PFADD list x
			SETBIT list 0 1
			BLPOP string 1
			SUNION string
			LMOVE string list LEFT LEFT`},
		{name: "keys/wrongtype-overwritten", script: `
			LPUSH list v
			SET list string
			GET list
			LPUSH list2 v
			MSET list2 x
			TYPE list2
			LPUSH list3 v
			SET list3 y GET
			GETSET list3 z
			SET list3 w NX
			TYPE list3`},
	}
}
