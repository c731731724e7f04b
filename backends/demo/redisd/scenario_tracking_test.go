package redisd_test

// tracks is what clients are told of keys that change.
func tracks() []observation {
	return []observation{
		{name: "tracking/switches", script: `
			CLIENT TRACKING on
			CLIENT TRACKINGINFO
			CLIENT GETREDIR
			CLIENT TRACKING on BCAST
			CLIENT TRACKING on OPTIN
			CLIENT TRACKINGINFO
			CLIENT TRACKING on OPTOUT
			CLIENT TRACKING off
			CLIENT TRACKINGINFO
			CLIENT TRACKING on PREFIX a
			CLIENT TRACKING on OPTIN OPTOUT
			CLIENT TRACKING on BCAST OPTIN
			CLIENT TRACKING on BCAST PREFIX
			CLIENT TRACKING on NOSUCH
			CLIENT TRACKING nosuch BCAST
			CLIENT TRACKING on REDIRECT x
			CLIENT TRACKING on REDIRECT 1234567
			CLIENT TRACKING on BCAST PREFIX ab PREFIX x PREFIX abc
			CLIENT TRACKING on BCAST PREFIX b PREFIX a NOLOOP
			CLIENT TRACKINGINFO
			CLIENT TRACKING on BCAST PREFIX bb
			CLIENT TRACKING on BCAST PREFIX c
			CLIENT TRACKINGINFO
			RESET
			CLIENT TRACKINGINFO
			CLIENT TRACKING on BCAST
			CLIENT TRACKINGINFO`},
		{name: "tracking/keys", script: `
			%field=id b HELLO 3
			b CLIENT TRACKING on BCAST PREFIX lock: PREFIX q
			SET lock:a 1
			<b
			SET other 1
			SET LOCK:a 1
			PEXPIRE lock:a 100000
			<b
			GET lock:a
			MSET lock:b 1 lock:a 2 x 1
			<b
			RPUSH q:1 a b
			<b
			LPOP q:1 2
			<b
			HSET lock:h f 1
			<b
			HDEL lock:h nosuch
			RENAME lock:h lock:i
			<b
			DEL lock:a lock:b lock:a nosuch
			<b
			SELECT 3
			SET lock:c 1
			<b
			PERSIST lock:c
			PEXPIRE lock:c -1
			<b
			b PING`},
		{name: "tracking/own-changes", script: `
			%field=id b HELLO 3
			b CLIENT TRACKING on BCAST
			b SET k 1
			<b
			b CLIENT TRACKING off
			b CLIENT TRACKING on BCAST NOLOOP
			b SET k 2
			SET k 3
			<b
			b PING`},
		{name: "tracking/transactions", script: `
			%field=id b HELLO 3
			b CLIENT TRACKING on BCAST
			MULTI
			SET k 1
			SET l 1
			INCR k
			EXEC
			<b
			EVAL "redis.call('SET', 'm', 1) redis.call('SET', 'n', 1)" 0
			<b
			b PING`},
		{name: "tracking/expiry", script: `
			SET k 1 PX 30
			%field=id b HELLO 3
			b CLIENT TRACKING on BCAST PREFIX k
			<b
			EXISTS k
			b PING`},
		{name: "tracking/flush", script: `
			SET k 1
			%field=id b HELLO 3
			b CLIENT TRACKING on BCAST
			FLUSHDB
			<b
			SWAPDB 0 1
			SET l 1
			<b
			b CLIENT TRACKING off
			SET k 1
			b PING`},
	}
}
