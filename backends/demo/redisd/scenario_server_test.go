package redisd_test

// consoleInfo are the names of INFO that the console reads, by what it does with them.
const (
	infoServer      = "redis_version,redis_mode,os,tcp_port,run_id,uptime_in_seconds,uptime_in_days,process_id,hz,arch_bits"
	infoClients     = "connected_clients,blocked_clients,maxclients,cluster_connections,tracking_clients"
	infoMemory      = "used_memory,used_memory_human,used_memory_peak,used_memory_peak_human,used_memory_rss,maxmemory,maxmemory_human,maxmemory_policy,mem_fragmentation_ratio"
	infoPersistence = "loading,rdb_last_bgsave_status,rdb_changes_since_last_save,aof_enabled,aof_last_write_status,rdb_bgsave_in_progress"
	infoStats       = "total_connections_received,total_commands_processed,instantaneous_ops_per_sec,rejected_connections,expired_keys,evicted_keys,keyspace_hits,keyspace_misses,pubsub_channels,pubsub_patterns,total_net_input_bytes,total_net_output_bytes"
	infoReplication = "role,connected_slaves,master_replid,master_repl_offset"
)

// introspection is what a server says of itself.
func introspection() []observation {
	return []observation{
		{name: "info/sections", script: `
			%info INFO
			%info INFO default
			%info INFO everything
			%info INFO all`},
		{name: "info/server", script: `
			%info=` + infoServer + ` INFO server
			%exactly=redis_version,redis_mode,arch_bits,hz INFO server`},
		{name: "info/clients", script: `
			%info=` + infoClients + ` INFO clients
			%exactly=connected_clients,blocked_clients,maxclients INFO clients
			b PING
			%exactly=connected_clients INFO clients`},
		{name: "info/memory", script: `
			%info=` + infoMemory + ` INFO memory
			%exactly=maxmemory,maxmemory_human,maxmemory_policy INFO memory
			CONFIG SET maxmemory 100mb
			CONFIG SET maxmemory-policy allkeys-lru
			%exactly=maxmemory,maxmemory_human,maxmemory_policy INFO memory`},
		{name: "info/persistence", script: `
			%info=` + infoPersistence + ` INFO persistence
			%exactly=loading,rdb_last_bgsave_status,aof_enabled,aof_last_write_status INFO persistence`},
		{name: "info/stats", script: `
			%info=` + infoStats + ` INFO stats
			%exactly=rejected_connections,evicted_keys,pubsub_channels,pubsub_patterns INFO stats`},
		{name: "info/stats-count", script: `
			CONFIG RESETSTAT
			SET k v
			GET k
			GET nosuch
			GET nosuch2
			b SUBSCRIBE ch
			c PSUBSCRIBE p*
			%exactly=keyspace_hits,keyspace_misses,expired_keys,pubsub_channels,pubsub_patterns INFO stats`},
		{name: "info/replication", script: `
			%info=` + infoReplication + ` INFO replication
			%exactly=role,connected_slaves INFO replication`},
		{name: "info/cpu", script: `
			%info=used_cpu_sys,used_cpu_user INFO cpu`},
		{name: "info/cluster", script: `
			%exactly=cluster_enabled INFO cluster`},
		{name: "info/keyspace", script: `
			INFO keyspace
			MSET a 1 b 2
			SELECT 5
			SET c 3
			%exactly=db0,db5 INFO keyspace
			SET c 3 EX 100
			%info=db0,db5 INFO keyspace`},
		{name: "info/commandstats", script: `
			CONFIG RESETSTAT
			SET k v
			%info=cmdstat_set INFO commandstats`},
		{name: "info/errorstats", script: `
			CONFIG RESETSTAT
			GET
			NOSUCH
			LPUSH l a
			GET l
			%exactly=errorstat_ERR,errorstat_WRONGTYPE INFO errorstats`},
		{name: "info/two-sections", script: `
			%info=role,connected_clients INFO clients replication
			%info=role,connected_clients INFO replication clients
			%info=role,used_memory INFO Memory MEMORY`},
		{name: "info/unknown-section", script: `
			INFO nosuch
			%info=role INFO nosuch replication`},
		{name: "info/resp3-type", script: `
			%shape INFO server`},
		{name: "role/master", script: `
			%at=1 ROLE`},
		{name: "command/count", script: `
			COMMAND COUNT
			%length COMMAND`},
		{name: "command/info", script: `
			COMMAND INFO get
			COMMAND INFO nosuch
			COMMAND INFO get set xadd subscribe`},
		{name: "command/list", script: `
			%length COMMAND LIST
			%sorted COMMAND LIST FILTERBY PATTERN xr*
			COMMAND LIST FILTERBY NOSUCH x`},
		{name: "command/getkeys", script: `
			COMMAND GETKEYS MSET a 1 b 2
			COMMAND GETKEYS GET
			COMMAND GETKEYS NOSUCH`},
		{name: "command/docs", script: `
			%length COMMAND DOCS get
			COMMAND DOCS nosuch`},
		{name: "cluster/disabled", script: `
			CLUSTER INFO
			CLUSTER NODES
			CLUSTER SLOTS
			CLUSTER SHARDS
			CLUSTER MYID
			CLUSTER KEYSLOT k`},
		{name: "sentinel/none", script: `
			SENTINEL MASTERS
			SENTINEL MYID`},
		{name: "lastsave", script: `
			%number LASTSAVE
			LASTSAVE x`},
	}
}

// noneSlow empties the slow log of what a busy machine has put there.
const noneSlow = `
			CONFIG SET slowlog-log-slower-than -1
			SLOWLOG RESET`

// administration is what people who run a server set and ask.
func administration() []observation {
	return []observation{
		{name: "config/get", script: `
			CONFIG GET maxmemory
			CONFIG GET maxmemory-policy
			CONFIG GET databases
			CONFIG GET nosuch
			%sorted CONFIG GET notify-keyspace-events`},
		{name: "config/get-several", script: `
			%pairs CONFIG GET maxclients timeout hz
			%pairs CONFIG GET maxmemory maxmemory
			%pairs CONFIG GET slowlog-*`},
		{name: "config/get-all-settings", script: `
			CONFIG GET maxmemory-samples
			CONFIG GET maxclients
			CONFIG GET timeout
			CONFIG GET hz
			CONFIG GET client-output-buffer-limit
			CONFIG GET slowlog-log-slower-than
			CONFIG GET slowlog-max-len
			CONFIG GET latency-monitor-threshold
			CONFIG GET appendonly
			CONFIG GET appendfsync
			CONFIG GET save
			CONFIG GET cluster-enabled
			CONFIG GET replica-read-only
			CONFIG GET repl-backlog-size
			CONFIG GET lfu-log-factor
			CONFIG GET lfu-decay-time`},
		{name: "config/get-encodings", script: `
			CONFIG GET list-max-listpack-size
			CONFIG GET list-max-ziplist-size
			CONFIG GET hash-max-listpack-entries
			CONFIG GET hash-max-listpack-value
			CONFIG GET zset-max-listpack-entries
			CONFIG GET set-max-intset-entries
			CONFIG GET stream-node-max-bytes
			CONFIG GET stream-node-max-entries`},
		{name: "config/get-case", script: `
			CONFIG GET MaxMemory
			config get MAXMEMORY-POLICY`},
		{name: "config/set", script: `
			CONFIG SET maxmemory 1000000
			CONFIG GET maxmemory
			CONFIG SET maxmemory 2mb
			CONFIG GET maxmemory
			CONFIG SET maxmemory-policy allkeys-lfu
			CONFIG GET maxmemory-policy
			CONFIG SET slowlog-max-len 5 timeout 7
			%pairs CONFIG GET slowlog-max-len timeout`},
		{name: "config/set-errors", script: `
			CONFIG SET nosuch 1
			CONFIG SET maxmemory x
			CONFIG SET maxmemory-policy nosuch
			CONFIG SET timeout -1
			CONFIG SET databases 4
			CONFIG SET slowlog-max-len
			CONFIG SET maxmemory 1mb maxmemory 2mb
			CONFIG SET maxmemory 1mb nosuch 2
			CONFIG GET maxmemory`},
		{name: "config/notify-keyspace-events", script: `
			CONFIG SET notify-keyspace-events KEA
			CONFIG GET notify-keyspace-events
			CONFIG SET notify-keyspace-events Ex
			CONFIG GET notify-keyspace-events
			CONFIG SET notify-keyspace-events EKg$lshzxetdnm
			CONFIG GET notify-keyspace-events
			CONFIG SET notify-keyspace-events K!
			CONFIG GET notify-keyspace-events
			CONFIG SET notify-keyspace-events xE
			CONFIG GET notify-keyspace-events
			CONFIG SET notify-keyspace-events A
			CONFIG GET notify-keyspace-events
			CONFIG SET notify-keyspace-events ""
			CONFIG GET notify-keyspace-events`},
		{name: "config/resetstat", script: `
			CONFIG RESETSTAT
			%exactly=keyspace_hits,keyspace_misses INFO stats`},
		{name: "config/rewrite", script: `
			CONFIG REWRITE`},
		{name: "slowlog/empty", script: noneSlow + `
			SLOWLOG LEN
			SLOWLOG GET
			SLOWLOG RESET`},
		{name: "slowlog/all", script: noneSlow + `
			CLIENT SETNAME probe
			CONFIG SET slowlog-log-slower-than 0
			SET k v
			LPUSH l a b c
			CONFIG SET slowlog-log-slower-than -1
			SLOWLOG LEN
			%slow SLOWLOG GET 1
			%length SLOWLOG GET
			%length SLOWLOG GET 2
			%length SLOWLOG GET -1
			SLOWLOG RESET
			SLOWLOG LEN`},
		{name: "slowlog/entry", script: noneSlow + `
			CLIENT SETNAME probe
			CONFIG SET slowlog-log-slower-than 0
			SET key value
			CONFIG SET slowlog-log-slower-than -1
			%slow SLOWLOG GET 128`},
		{name: "slowlog/long-arguments", script: noneSlow + `
			CONFIG SET slowlog-log-slower-than 0
			ECHO ` + long(300) + `
			RPUSH l 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36
			CONFIG SET slowlog-log-slower-than -1
			%slow SLOWLOG GET 128`},
		{name: "slowlog/max-len", script: noneSlow + `
			CONFIG SET slowlog-max-len 2
			CONFIG SET slowlog-log-slower-than 0
			SET a 1
			SET b 1
			SET c 1
			SLOWLOG LEN
			CONFIG SET slowlog-log-slower-than -1
			%slow SLOWLOG GET`},
		{name: "slowlog/errors", script: `
			SLOWLOG GET x
			SLOWLOG GET -2
			SLOWLOG GET 1 2
			SLOWLOG`},
		{name: "latency/empty", script: `
			LATENCY LATEST
			LATENCY HISTORY command
			LATENCY RESET
			LATENCY RESET command
			LATENCY HISTORY`},
		{name: "latency/histogram", script: `
			CONFIG RESETSTAT
			LATENCY HISTOGRAM nosuch
			SET k v
			%length LATENCY HISTOGRAM set`},
		{name: "latency/doctor", script: `
			%shape LATENCY DOCTOR
			LATENCY GRAPH nosuch`},
		{name: "memory/usage", script: `
			SET k v
			%min=1 MEMORY USAGE k
			%min=1 MEMORY USAGE k SAMPLES 5
			%min=1 MEMORY USAGE k SAMPLES 0
			MEMORY USAGE nosuch
			MEMORY USAGE k SAMPLES
			MEMORY USAGE k SAMPLES x
			MEMORY USAGE k SAMPLES -1
			MEMORY USAGE k NOSUCH 1`},
		{name: "memory/usage-values", script: `
			SET int 12345
			SET short v
			SET long ` + long(1000) + `
			MEMORY USAGE int
			MEMORY USAGE short
			MEMORY USAGE long`},
		{name: "memory/stats", script: `
			%length MEMORY STATS
			%entry=keys.count MEMORY STATS
			SET k v
			%entry=keys.count MEMORY STATS`},
		{name: "memory/doctor", script: `
			%shape MEMORY DOCTOR
			MEMORY PURGE
			%length MEMORY HELP`},
		{name: "memory/full", script: `
			SET k v
			LPUSH l a
			CONFIG SET maxmemory 1
			SET k w
			GET k
			DEL nosuch
			LPUSH l b
			MULTI
			SET k w
			EXEC
			EVAL "return redis.call('SET', KEYS[1], 'w')" 1 k
			CONFIG SET maxmemory 0
			SET k w`},
		{name: "memory/evicted", script: `
			CONFIG RESETSTAT
			CONFIG SET notify-keyspace-events Ee
			SET k v
			b SUBSCRIBE __keyevent@0__:evicted
			CONFIG SET maxmemory-policy allkeys-lru maxmemory 1
			<b
			EXISTS k
			%exactly=evicted_keys INFO stats
			CONFIG SET maxmemory 0`},
		{name: "acl/whoami", script: `
			ACL WHOAMI`},
		{name: "acl/users", script: `
			ACL USERS
			%length ACL CAT
			ACL CAT nosuch
			ACL GETUSER nosuch`},
		{name: "acl/list", script: `
			ACL LIST`},
		{name: "acl/dryrun", script: `
			ACL DRYRUN default GET k
			ACL DRYRUN default NOSUCH
			ACL DRYRUN default GET
			ACL DRYRUN nobody GET k`},
		{name: "acl/log", script: `
			ACL LOG RESET
			ACL LOG
			ACL LOG x`},
		{name: "acl/user", script: `
			ACL SETUSER probe on >pw ~app:* &* -@all +get +info
			b AUTH probe wrong
			b AUTH probe pw
			b ACL WHOAMI
			b GET app:k
			b GET other
			b SET app:k v
			b CONFIG GET maxmemory
			ACL DRYRUN probe SET app:k v
			ACL DRYRUN probe GET other
			ACL DELUSER probe`},
		{name: "debug/refused", script: `
			DEBUG SLEEP 0`},
		{name: "save/none", script: `
			BGREWRITEAOF x
			BGSAVE x
			REPLICAOF NO ONE
			%shape MODULE LIST
			MODULE NOSUCH`},
		{name: "function/none", script: `
			FUNCTION LIST
			FCALL nosuch 0
			FUNCTION DELETE nosuch
			FUNCTION STATS`},
		{name: "failover/refused", script: `
			FAILOVER`},
		{name: "object/help", script: `
			%length OBJECT HELP
			%length XINFO HELP
			%length CLIENT HELP
			%length PUBSUB HELP`},
		{name: "lolwut", script: `
			%shape LOLWUT`},
	}
}
