package redisd_test

// channels is publishing and subscribing.
func channels() []observation {
	return []observation{
		{name: "pubsub/subscribe", script: `
			b SUBSCRIBE ch
			PUBLISH ch hello
			<b
			PUBLISH ch "bin\x00\xff"
			<b
			PUBLISH other x
			b SUBSCRIBE ch
			b UNSUBSCRIBE ch
			b UNSUBSCRIBE ch
			b PING`},
		{name: "pubsub/subscribe-several", script: `
			b:3 SUBSCRIBE x y x
			PUBLISH y 1
			<b
			b UNSUBSCRIBE x
			b UNSUBSCRIBE
			b UNSUBSCRIBE
			SUBSCRIBE`},
		{name: "pubsub/pattern", script: `
			b:2 PSUBSCRIBE news.* n?ws.[ab]
			PUBLISH news.a hi
			<b:2 %any
			PUBLISH news.c hi
			<b
			PUBLISH other hi
			b:2 PUNSUBSCRIBE news.* nosuch
			b PUNSUBSCRIBE
			b PUNSUBSCRIBE`},
		{name: "pubsub/pattern-and-channel", script: `
			b SUBSCRIBE ch
			b PSUBSCRIBE c*
			PUBLISH ch once
			<b:2
			b UNSUBSCRIBE
			b PUNSUBSCRIBE`},
		{name: "pubsub/sharded", script: `
			b SSUBSCRIBE sh
			SPUBLISH sh hello
			<b
			PUBLISH sh plain
			c SUBSCRIBE sh
			SPUBLISH sh again
			<b
			PUBLISH sh plain
			<c
			b SUNSUBSCRIBE sh
			b SUNSUBSCRIBE
			SPUBLISH sh gone
			b PING`},
		{name: "pubsub/sharded-several", script: `
			b:2 SSUBSCRIBE x y
			b SUBSCRIBE z
			b UNSUBSCRIBE z
			b SUNSUBSCRIBE y
			b SUNSUBSCRIBE`},
		{name: "pubsub/channels", script: `
			@until :0 <- PUBSUB NUMPAT
			b:3 SUBSCRIBE one two three
			c SUBSCRIBE two
			c PSUBSCRIBE t*
			%sorted PUBSUB CHANNELS
			%sorted PUBSUB CHANNELS t*
			PUBSUB CHANNELS nosuch*
			PUBSUB NUMSUB one two nosuch
			PUBSUB NUMSUB
			PUBSUB NUMPAT
			b PSUBSCRIBE t*
			PUBSUB NUMPAT
			b PSUBSCRIBE u*
			PUBSUB NUMPAT`},
		{name: "pubsub/shardchannels", script: `
			b:2 SSUBSCRIBE one two
			c SSUBSCRIBE two
			c SUBSCRIBE plain
			%sorted PUBSUB SHARDCHANNELS
			PUBSUB SHARDCHANNELS o*
			PUBSUB SHARDNUMSUB one two nosuch
			PUBSUB SHARDNUMSUB
			PUBSUB CHANNELS`},
		{name: "pubsub/introspection-after-close", script: `
			b SUBSCRIBE ch
			PUBSUB NUMSUB ch
			@close b
			@until ["ch" :0] <- PUBSUB NUMSUB ch
			PUBLISH ch x
			PUBSUB CHANNELS`},
		{name: "pubsub/refused-while-subscribed", script: `
			b SUBSCRIBE ch
			b GET k
			b SET k v
			b PUBLISH ch x
			b PING
			b PING hello
			b MULTI
			b INFO server
			b CLIENT ID`, only: 2},
		{name: "pubsub/allowed-while-subscribed", script: `
			b SUBSCRIBE ch
			b SET k v
			b GET k
			b PING
			b PING hello
			b:2 PUBLISH ch self
			b MULTI
			b EXEC`, only: 3},
		{name: "pubsub/quit-while-subscribed", script: `
			b SUBSCRIBE ch
			b QUIT
			<b`},
		{name: "pubsub/again-a-client", script: `
			b SUBSCRIBE ch
			b UNSUBSCRIBE ch
			b SET k v
			b GET k`},
		{name: "pubsub/publish-errors", script: `
			PUBLISH
			PUBLISH ch
			PUBLISH ch a b
			SPUBLISH ch
			SUBSCRIBE
			PSUBSCRIBE
			SSUBSCRIBE
			PUBSUB
			PUBSUB CHANNELS a b`},
		{name: "pubsub/order", script: `
			b:2 SUBSCRIBE x y
			PUBLISH x 1
			PUBLISH y 2
			PUBLISH x 3
			<b:3`},
		{name: "pubsub/all-databases", script: `
			b SELECT 3
			b SUBSCRIBE ch
			SELECT 7
			PUBLISH ch hello
			<b`},
		{name: "pubsub/subscribe-in-transaction", script: `
			MULTI
			PUBLISH ch x
			EXEC
			b MULTI
			b SUBSCRIBE ch
			b EXEC`, only: 2},
	}
}

// monitoring is what MONITOR shows.
func monitoring() []observation {
	return []observation{
		{name: "monitor/commands", script: `
			b MONITOR
			SET k v
			<b %monitor
			get k
			<b %monitor
			SET k "quo\"te \\ \n \x01 é"
			<b %monitor
			PING
			<b %monitor
			SELECT 3
			<b %monitor
			GET k
			<b %monitor`},
		{name: "monitor/errors", script: `
			b MONITOR
			LPUSH l a
			<b %monitor
			GET l
			<b %monitor
			GET
			NOSUCH x
			PING
			<b %monitor`},
		{name: "monitor/hidden", script: `
			b MONITOR
			AUTH secret
			CONFIG GET maxmemory
			HELLO 9
			PING
			<b %monitor`},
		{name: "monitor/transaction", script: `
			b MONITOR
			MULTI
			SET k v
			INCR n
			EXEC
			<b:4 %monitor`},
		{name: "monitor/script", script: `
			b MONITOR
			EVAL "return redis.call('SET', KEYS[1], 'v')" 1 k
			<b:2 %monitor`},
		{name: "monitor/reset", script: `
			b MONITOR
			b RESET
			SET k v
			b PING`},
		{name: "monitor/twice", script: `
			b MONITOR
			b MONITOR x
			b PING`},
		{name: "monitor/two", script: `
			b MONITOR
			c MONITOR
			SET k v
			<b %monitor
			<c %monitor`},
	}
}
