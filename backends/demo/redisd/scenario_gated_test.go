package redisd_test

// gated are commands that the console may send, asked well and badly where the other observations do not.
func gated() []observation {
	return []observation{
		{name: "gated/times-of-keys", script: `
			SET k v EX 100
			PTTL
			PTTL k x
			EXPIRETIME
			PEXPIRETIME k x
			%min=1700000000 EXPIRETIME k
			%min=1700000000000 PEXPIRETIME k`},
		{name: "gated/hashes", script: `
			SET string v
			HSET h a 1
			HEXISTS string a
			HEXISTS h
			HSTRLEN string a
			HSTRLEN h
			HMGET string a`},
		{name: "gated/sorted-sets", script: `
			SET string v
			ZADD z 1 a
			ZMSCORE z
			ZMSCORE string a
			ZREVRANGEBYSCORE z
			ZREVRANGEBYSCORE z x 1
			ZREVRANGEBYSCORE string 1 0
			ZCOUNT string 0 1
			ZRANK string a
			ZREVRANK string a`},
		{name: "gated/lists-and-sets", script: `
			SET string v
			LINDEX string 0
			LINDEX l
			SMISMEMBER string a
			SISMEMBER s
			SCARD
			LLEN`},
		{name: "gated/object", script: `
			SET k v
			OBJECT REFCOUNT
			OBJECT REFCOUNT k x
			OBJECT FREQ
			OBJECT IDLETIME`},
		{name: "gated/pubsub", script: `
			PUBSUB NUMSUB ch
			PUBSUB SHARDCHANNELS a b
			PUBSUB SHARDNUMSUB ch
			PUBSUB NUMPAT x
			UNSUBSCRIBE
			PUNSUBSCRIBE
			SUNSUBSCRIBE
			UNSUBSCRIBE nosuch
			PUNSUBSCRIBE nosuch*
			SUNSUBSCRIBE nosuch`},
		{name: "gated/command", script: `
			COMMAND COUNT x
			%length COMMAND INFO
			COMMAND DOCS nosuch
			COMMAND LIST x`, only: 2},
		{name: "gated/latency", script: `
			LATENCY LATEST x
			LATENCY HISTORY nosuch`},
		{name: "gated/cluster", script: `
			CLUSTER KEYSLOT
			CLUSTER NOSUCH
			CLUSTER
			READONLY x
			READWRITE x
			ASKING x`},
		{name: "gated/sentinel", script: `
			SENTINEL GET-MASTER-ADDR-BY-NAME mymaster
			SENTINEL MASTER mymaster
			SENTINEL REPLICAS mymaster
			SENTINEL SLAVES mymaster
			SENTINEL SENTINELS mymaster`},
		{name: "gated/quit", script: `
			QUIT x y
			<a`},
		{name: "gated/readonly-while-subscribed", only: 2, script: `
			b SUBSCRIBE ch
			b XINFO STREAM s
			b HELLO 3
			b PING`},
	}
}
