package redisd_test

// setCommands are those on sets.
func setCommands() []observation {
	return []observation{
		{name: "sets/basic", script: `
			SADD s a b c a
			SADD s a
			SCARD s
			SCARD nosuch
			SISMEMBER s a
			SISMEMBER s nosuch
			SMISMEMBER s a nosuch c
			SMISMEMBER nosuch a
			%sorted SMEMBERS s
			SMEMBERS nosuch
			SREM s a nosuch
			SREM s b c
			EXISTS s
			SMISMEMBER s`},
		{name: "sets/integers-in-order", script: `
			SADD s 10 9 1 100 -5
			SMEMBERS s
			SSCAN s 0`},
		{name: "sets/algebra", script: `
			SADD a 1 2 3 4
			SADD b 3 4 5
			%sorted SINTER a b
			%sorted SUNION a b
			%sorted SDIFF a b
			SINTER a nosuch
			SINTERCARD 2 a b
			SINTERCARD 2 a b LIMIT 1
			SINTERCARD 0 a
			SINTERSTORE d a b
			SUNIONSTORE e a b
			SDIFFSTORE f a b
			%sorted SMEMBERS d
			SINTERSTORE d a nosuch
			EXISTS d
			SMOVE a b 1
			SMOVE a b nosuch`},
		{name: "sets/random", script: `
			SRANDMEMBER nosuch
			SRANDMEMBER nosuch 3
			SADD s a
			SRANDMEMBER s
			SRANDMEMBER s 5
			SRANDMEMBER s -2
			SRANDMEMBER s 0
			SPOP s 0
			SPOP s
			SPOP s
			SPOP s 2
			SADD t a b
			%sorted SPOP t 5
			SPOP t -1
			SPOP t x`},
	}
}

// sortedSetCommands are those on sorted sets.
func sortedSetCommands() []observation {
	return []observation{
		{name: "zsets/zadd", script: `
			ZADD z 1 a 2 b
			ZADD z 5 a 3 c
			ZADD z NX 9 a 4 d
			ZADD z XX 7 a 9 nosuch
			ZADD z XX CH 8 a 2 b
			ZADD z GT 1 a 10 b
			ZADD z LT CH 1 a 20 b
			ZADD z INCR 5 a
			ZADD z NX INCR 5 a
			ZADD z XX INCR 5 nosuch
			ZRANGE z 0 -1 WITHSCORES`},
		{name: "zsets/zadd-errors", script: `
			ZADD z x a
			ZADD z 1
			ZADD z 1 a 2
			ZADD z nan a
			ZADD z NX XX 1 a
			ZADD z GT LT 1 a
			ZADD z NX GT 1 a
			ZADD z INCR 1 a 2 b
			ZADD z 1.7e309 a
			ZADD z "" a`},
		{name: "zsets/scores", script: `
			ZADD z 0 zero -0 minus-zero 1.5 half -2.25 negative inf positive-infinite -inf negative-infinite
			ZADD z 1e20 large 123456789012345678 many 0.1 tenth 3.0000000000000004 long 1e-7 small 17179869184 int
			ZRANGE z 0 -1 WITHSCORES
			ZSCORE z positive-infinite
			ZSCORE z negative-infinite
			ZSCORE z half
			ZSCORE z minus-zero
			ZSCORE z nosuch
			ZSCORE nosuch a
			ZMSCORE z half nosuch small
			ZMSCORE nosuch a
			ZINCRBY z 1 positive-infinite
			ZINCRBY z -inf positive-infinite
			ZINCRBY z 0.2 tenth
			ZINCRBY z x tenth`},
		{name: "zsets/ties-by-bytes", script: `
			ZADD z 1 b 1 a 1 B 1 "\xff" 1 "" 1 ab 1 é 1 10 1 9
			ZRANGE z 0 -1
			ZREVRANGE z 0 -1
			ZRANK z a
			ZREVRANK z a
			ZRANK z nosuch
			ZREVRANK nosuch a`},
		{name: "zsets/zrank-withscore", script: `
			ZADD z 1 a
			ZRANK z a WITHSCORE
			ZREVRANK z a WITHSCORE`},
		{name: "zsets/zrevrange", script: `
			ZADD z 1 a 2 b 3 c 4 d
			ZREVRANGE z 0 1
			ZREVRANGE z 0 1 WITHSCORES
			ZREVRANGE z 0 1 withscores
			ZREVRANGE z -2 -1
			ZREVRANGE z 10 20 WITHSCORES
			ZREVRANGE nosuch 0 -1
			ZREVRANGE z 0 1 NOSUCH
			ZREVRANGE z x 1`},
		{name: "zsets/zrange", script: `
			ZADD z 1 a 2 b 3 c 4 d
			ZRANGE z 0 -1
			ZRANGE z 1 2 WITHSCORES
			ZRANGE z 0 -1 REV
			ZRANGE z (1 3 BYSCORE
			ZRANGE z 3 (1 BYSCORE REV WITHSCORES
			ZRANGE z -inf +inf BYSCORE LIMIT 1 2
			ZRANGE z [b [c BYLEX
			ZRANGE z - + BYLEX LIMIT 0 2
			ZRANGE z 0 1 LIMIT 0 1
			ZRANGE z x 1
			ZRANGE z x 1 BYSCORE
			ZRANGE z b c BYLEX
			ZRANGE z 0 -1 BYLEX WITHSCORES
			ZRANGE z 0 -1 NOSUCH`},
		{name: "zsets/zrangebyscore", script: `
			ZADD z 1 a 2 b 3 c inf d
			ZRANGEBYSCORE z -inf +inf
			ZRANGEBYSCORE z (1 3 WITHSCORES
			ZRANGEBYSCORE z 1 (3 LIMIT 0 1
			ZRANGEBYSCORE z 1 3 LIMIT 1 -1
			ZREVRANGEBYSCORE z +inf 2
			ZREVRANGEBYSCORE z 3 1 WITHSCORES LIMIT 0 2
			ZRANGEBYSCORE z x 1
			ZRANGEBYSCORE z 1 3 LIMIT x 1
			ZRANGEBYSCORE z 1 3 LIMIT 1
			ZCOUNT z 1 3
			ZCOUNT z (1 +inf
			ZCOUNT nosuch 0 1
			ZCOUNT z x 1`},
		{name: "zsets/lex", script: `
			ZADD z 0 a 0 b 0 c 0 d
			ZRANGEBYLEX z - +
			ZRANGEBYLEX z (a [c
			ZREVRANGEBYLEX z + - LIMIT 0 2
			ZLEXCOUNT z [b +
			ZRANGEBYLEX z a b
			ZREMRANGEBYLEX z - [b
			ZCARD z`},
		{name: "zsets/remove", script: `
			ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
			ZREM z a nosuch
			ZREMRANGEBYRANK z 0 0
			ZREMRANGEBYSCORE z (3 4
			ZRANGE z 0 -1
			ZPOPMIN z
			ZPOPMAX z
			ZPOPMIN z 5
			ZPOPMIN z
			EXISTS z
			ZPOPMIN z -1
			ZREM z a`},
		{name: "zsets/zpop-count", script: `
			ZADD z 1 a 2 b 3 c
			ZPOPMIN z 2
			ZPOPMAX z 1
			ZPOPMAX z 0
			ZMPOP 1 z MIN`},
		{name: "zsets/zmpop", script: `
			ZADD z 1 a 2 b 3 c
			ZMPOP 2 nosuch z MIN
			ZMPOP 1 z MAX COUNT 5
			ZMPOP 1 z NOSUCH
			BZMPOP 0.01 1 z MIN`},
		{name: "zsets/blocking", script: `
			ZADD z 1 a 2 b
			BZPOPMIN z 1
			BZPOPMAX z 1
			BZPOPMIN z 0.01
			b! BZPOPMIN z 5
			@blocked 1
			ZADD z 7 later
			<b`},
		{name: "zsets/store", script: `
			ZADD a 1 x 2 y
			ZADD b 10 y 20 z
			ZUNIONSTORE u 2 a b
			ZRANGE u 0 -1 WITHSCORES
			ZINTERSTORE i 2 a b WEIGHTS 2 1 AGGREGATE MAX
			ZRANGE i 0 -1 WITHSCORES
			ZUNION 2 a b WITHSCORES
			ZINTER 2 a b
			ZDIFF 2 a b WITHSCORES
			ZDIFFSTORE d 2 a b
			ZINTERCARD 2 a b
			ZRANGESTORE r u 0 1
			ZRANGE r 0 -1
			ZUNIONSTORE u 0 a
			ZUNIONSTORE u 3 a b`},
		{name: "zsets/zcard", script: `
			ZCARD nosuch
			ZADD z 1 a
			ZCARD z
			ZCARD`},
		{name: "zsets/random", script: `
			ZRANDMEMBER nosuch
			ZADD z 1 a
			ZRANDMEMBER z
			ZRANDMEMBER z 2 WITHSCORES
			ZRANDMEMBER z -2`},
	}
}
