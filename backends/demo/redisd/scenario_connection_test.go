package redisd_test

// connections is what a connection is told about itself.
func connections() []observation {
	return []observation{
		{name: "connection/ping", script: `
			PING
			PING hello
			PING ""
			ping
			PING a b`},
		{name: "connection/echo", script: `
			ECHO hello
			ECHO
			ECHO a b`},
		{name: "connection/hello", script: `
			%field=id HELLO
			%field=id HELLO 2
			%field=id HELLO 3
			%field=id HELLO
			PING`},
		{name: "connection/hello-errors", script: `
			HELLO 1
			HELLO 4
			HELLO x
			HELLO 2 NOSUCH
			HELLO 2 AUTH x
			HELLO 2 SETNAME
			%field=id HELLO 3 AUTH default wrong
			HELLO 3 AUTH nobody x`},
		{name: "connection/hello-setname", script: `
			%field=id HELLO 2 SETNAME probe
			CLIENT GETNAME
			%field=id HELLO 3 SETNAME probe2
			CLIENT GETNAME
			HELLO 3 SETNAME "with space"
			CLIENT GETNAME`},
		{name: "connection/auth-without-password", script: `
			AUTH secret
			AUTH default secret
			AUTH nobody secret
			AUTH
			AUTH a b c`},
		{name: "connection/requirepass", script: `
			CONFIG SET requirepass secret
			b GET k
			b PING
			b HELLO 3
			b CLIENT SETNAME probe
			b AUTH wrong
			b AUTH nobody secret
			b NOSUCH
			b GET
			b MULTI
			b AUTH secret
			b PING
			c AUTH default secret
			c PING
			%field=id d HELLO 2 AUTH default secret
			d GET k
			e SUBSCRIBE ch
			e QUIT
			PING
			CONFIG GET requirepass
			CONFIG SET requirepass ""
			f PING`},
		{name: "connection/select", script: `
			SELECT 0
			SELECT 1
			SET k one
			SELECT 0
			GET k
			SELECT 15
			SELECT 16
			SELECT -1
			SELECT x
			SELECT
			SELECT 1 2
			GET k`},
		{name: "connection/select-dbsize", script: `
			SET a 1
			SELECT 3
			DBSIZE
			MSET a 1 b 2
			DBSIZE
			FLUSHDB
			DBSIZE
			SELECT 0
			DBSIZE`},
		{name: "connection/quit", script: `
			QUIT
			<a`},
		{name: "connection/reset", script: `
			CLIENT SETNAME probe
			SELECT 4
			MULTI
			RESET
			CLIENT GETNAME
			SET k v
			EXEC
			%clients CLIENT LIST
			RESET now`},
		{name: "connection/reset-subscriber", only: 2, script: `
			SUBSCRIBE ch
			GET k
			RESET
			GET k`},
		{name: "connection/reset-protocol", only: 3, script: `
			HGETALL h
			RESET
			HGETALL h`},
		{name: "connection/unknown-command", script: `
			NOSUCH
			nosuch
			NOSUCH a b
			NOSUCH "with space" "quote'd"
			NOSUCH aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b
			"" a
			PING`},
		{name: "connection/unknown-subcommand", script: `
			CLIENT NOSUCH
			client nosuch x
			CONFIG NOSUCH
			OBJECT NOSUCH k
			XINFO NOSUCH k
			XGROUP NOSUCH k
			PUBSUB NOSUCH
			MEMORY NOSUCH
			SLOWLOG NOSUCH
			LATENCY NOSUCH
			ACL NOSUCH
			COMMAND NOSUCH
			SCRIPT NOSUCH
			CLUSTER NOSUCH`},
		{name: "connection/arity", script: `
			GET
			GET a b
			SET a
			DEL
			HSET h f
			HSET h f v g
			LPUSH l
			XADD s *
			EXPIRE k
			CLIENT
			CONFIG
			OBJECT
			XINFO
			SUBSCRIBE
			PUBLISH ch
			MULTI x
			DBSIZE x
			ROLE x
			TIME x`},
		{name: "connection/arity-of-subcommands", script: `
			CLIENT SETNAME
			CLIENT GETNAME x
			CLIENT ID x
			CLIENT INFO x
			CONFIG GET
			CONFIG SET a
			CONFIG RESETSTAT x
			OBJECT ENCODING
			OBJECT ENCODING a b
			XINFO STREAM
			XINFO GROUPS
			XINFO CONSUMERS s
			XGROUP CREATE s
			MEMORY USAGE
			SLOWLOG LEN x
			PUBSUB NUMPAT x
			ACL WHOAMI x`},
		{name: "connection/inline", script: `
			@raw "PING\r\n"
			@raw "SET k 'a b'\r\n"
			@raw "GET k\r\n"
			@raw "ECHO \"\\x41\\n\"\r\n"
			@raw "ECHO unix-line\n"`},
		{name: "connection/not-a-protocol", script: `
			@raw "*1\r\n:1\r\n"
			<a`},
		{name: "connection/bad-length", script: `
			@raw "*1\r\n$x\r\n"
			<a`},
		{name: "connection/bad-count", script: `
			@raw "*x\r\n"
			<a`},
		{name: "connection/quote-not-closed", script: `
			@raw "ECHO \"abc\r\n"
			<a`},
		{name: "connection/pipeline", script: `
			@raw "*1\r\n$4\r\nPING\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n"
			<a:2`},
		{name: "connection/binary-safe", script: `
			SET "k\x00\r\n" "v\x00\xff\r\n"
			GET "k\x00\r\n"
			STRLEN "k\x00\r\n"
			%sorted KEYS *`},
		{name: "connection/time", script: `
			%shape TIME`},
		{name: "connection/dbsize", script: `
			DBSIZE
			MSET a 1 b 2 c 3
			DBSIZE
			DEL a
			DBSIZE`},
		{name: "connection/readonly", script: `
			READONLY
			READWRITE
			ASKING`},
		{name: "connection/swapdb", script: `
			SET k zero
			SWAPDB 0 1
			GET k
			SELECT 1
			GET k
			SWAPDB 0 99
			SWAPDB x 1
			SWAPDB 0 1`},
		{name: "connection/wait", script: `
			WAIT 0 10
			WAIT x 10
			WAIT 0 -1`},
		{name: "connection/client-setname", script: `
			CLIENT GETNAME
			CLIENT SETNAME probe
			CLIENT GETNAME
			CLIENT SETNAME "a b"
			CLIENT SETNAME "a\nb"
			CLIENT GETNAME
			CLIENT SETNAME ""
			CLIENT GETNAME`},
		{name: "connection/client-id", script: `
			%min=1 CLIENT ID
			id= CLIENT ID
			%clients CLIENT LIST ID {id}
			CLIENT SETNAME probe
			%clients CLIENT LIST ID {id}
			CLIENT LIST ID x
			CLIENT LIST ID`},
		{name: "connection/client-list", script: `
			CLIENT SETNAME probe-a
			b CLIENT SETNAME probe-b
			b SELECT 5
			%clients CLIENT LIST
			b SUBSCRIBE x
			b PSUBSCRIBE p*
			%clients CLIENT LIST TYPE pubsub
			%clients CLIENT LIST TYPE normal
			CLIENT LIST TYPE nosuch
			CLIENT LIST NOSUCH
			CLIENT LIST TYPE replica`},
		{name: "connection/client-list-blocked", script: `
			CLIENT SETNAME probe-a
			b CLIENT SETNAME probe-b
			b! BLPOP q 0
			@blocked 1
			%clients CLIENT LIST
			LPUSH q v
			<b
			%clients CLIENT LIST`},
		{name: "connection/client-list-multi", script: `
			CLIENT SETNAME probe-a
			b CLIENT SETNAME probe-b
			b MULTI
			b SET k v
			%clients CLIENT LIST
			b EXEC
			%clients CLIENT LIST`},
		{name: "connection/client-info", script: `
			CLIENT SETNAME probe
			%clients CLIENT INFO
			SELECT 2
			%clients CLIENT INFO`},
		{name: "connection/client-kill", script: `
			b id= CLIENT ID
			CLIENT KILL ID {id}
			<b
			CLIENT KILL ID {id}
			CLIENT KILL ID x
			CLIENT KILL 127.0.0.1:1
			CLIENT KILL
			CLIENT KILL NOSUCH x
			CLIENT KILL TYPE nosuch`},
		{name: "connection/client-reply", script: `
			CLIENT REPLY ON
			CLIENT REPLY NOSUCH
			@raw "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n*2\r\n$4\r\nECHO\r\n$1\r\na\r\n*2\r\n$4\r\nECHO\r\n$1\r\nb\r\n"
			@raw "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n*2\r\n$4\r\nECHO\r\n$1\r\na\r\n*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$2\r\nON\r\n"
			PING`},
		{name: "connection/client-no-evict", script: `
			CLIENT NO-EVICT on
			CLIENT NO-EVICT OFF
			CLIENT NO-EVICT x
			CLIENT NO-TOUCH on`},
		{name: "connection/client-pause", script: `
			CLIENT PAUSE 1
			CLIENT UNPAUSE
			CLIENT PAUSE x
			CLIENT PAUSE 1 NOSUCH`},
		{name: "connection/client-tracking", script: `
			CLIENT TRACKINGINFO
			CLIENT GETREDIR
			CLIENT TRACKING nosuch
			CLIENT CACHING yes`},
		{name: "connection/client-setinfo", script: `
			CLIENT SETINFO LIB-NAME x`},
		{name: "connection/client-unblock", script: `
			b id= CLIENT ID
			b! BLPOP q 0
			@blocked 1
			CLIENT UNBLOCK {id}
			<b
			CLIENT UNBLOCK {id}
			b! BLPOP q 0
			@blocked 1
			CLIENT UNBLOCK {id} ERROR
			<b
			CLIENT UNBLOCK x`},
	}
}
