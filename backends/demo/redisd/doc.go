// Package redisd is a Redis server within this process: it behaves as Redis 7.0.15 does as far as
// a client can see, over TCP and in memory, in both versions of the protocol.
//
// # What miniredis does
//
// github.com/alicebob/miniredis/v2 is the store: it keeps the values of strings, hashes, lists,
// sets and sorted sets, and carries out the commands on them that need no correction (MGET, MSET,
// INCR, BITOP, most of the list commands, HSET, HGET, HDEL, SADD, SREM, SINTERCARD, the geo
// commands, …). It is spoken to with peers that have no connection. Its listener, clients,
// transactions, scripts, subscriptions, blocking, streams, HyperLogLogs and clock are not used. It
// keeps a version of every name that it ever saw, so it is renewed from time to time.
//
// # What the overlay adds
//
//   - connections: a reader that is bounded, output that is bounded and written in the background,
//     so that a subscriber, a monitor or a client that does not read is cut off and holds nobody
//     up; CLIENT, HELLO, AUTH, RESET, CLIENT PAUSE, REPLY, UNBLOCK
//   - the table of commands with arity, flags, keys and ACL categories, which decides what may run
//     when, and COMMAND and ACL CAT, DRYRUN, GETUSER that tell of it
//   - transactions with WATCH, blocking commands that serve those who wait longest first, pub/sub
//     plain, by pattern and sharded, MONITOR, keyspace notifications of every class wherever a
//     change comes from, CLIENT TRACKING with BCAST
//   - keys: expiry to the millisecond, SCAN and its kin in pages, eviction, OBJECT, MEMORY, DUMP,
//     RESTORE, SORT, COPY
//   - streams with groups, lag and everything XINFO tells; HyperLogLogs as Redis' own bytes; sorted
//     set commands; BITFIELD, BITCOUNT, LCS and what else miniredis lacks
//   - Lua with redis, cjson, cmsgpack, struct and bit, and SCRIPT KILL
//   - INFO, CONFIG, SLOWLOG, LATENCY, with figures that are measured where the process can
//
// Commands run one at a time under one lock, as in Redis. Time is that of package time: in a bubble
// of testing/synctest a day passes at once. Keys run out when they are looked at, and a goroutine
// that sleeps until the next deadline removes the others, at most ten times a second.
//
// # Differences
//
// The differential test compares this server with redis-server; what it accepts is listed there
// beside the observation. These remain, and for these reasons:
//
//   - Nothing is kept on disk. SAVE and BGSAVE only note the time; there is no replication, no
//     cluster, and no functions: their commands answer as a Redis does that has none, or refuse.
//   - There is one user, default. ACL SETUSER is refused: rules are for servers that are shared.
//   - CLIENT TRACKING broadcasts to clients that speak RESP3. Without BCAST, and with REDIRECT, it is only noted: what a
//     client has read is not remembered.
//   - A string is at most 64 MB, a request 96 MB, all values together 1 GB whatever maxmemory says,
//     and a client may leave 64 MB of its own replies unread: the server lives in another program,
//     whose memory has to stay bounded. Counts that ask for repetition (SRANDMEMBER, HRANDFIELD,
//     ZRANDMEMBER) go down to -1048576. A script ends after 30 seconds.
//   - Memory is estimated from how Redis lays values out; the CPU seconds are those of the process.
//     LATENCY HISTOGRAM has powers of two, LATENCY GRAPH and the two DOCTORs a line of text.
//   - Many settings are only kept. These rule: requirepass, maxclients, maxmemory with policy and
//     samples, notify-keyspace-events, slowlog-*, latency-monitor-threshold, the output limit of
//     pubsub, the limits of compact encodings, lfu-log-factor, enable-debug-command, and what INFO
//     repeats.
//   - DUMP writes plain forms of RDB 10, which Redis restores, but not those that Redis writes itself,
//     and RESTORE reads what DUMP here writes. Streams have a form of their own. Equal values have equal dumps.
//   - Hashes that have outgrown their compact encoding, sets of strings and SORT … BY nosort come in an order
//     that has nothing to do with Redis' own; neither has an order that a client may rely on.
//   - What arithmetic leaves behind keeps its encoding: DECR after APPEND stays raw where Redis says int again, the
//     sum of INCRBYFLOAT is never embstr. Nobody reads encodings but to estimate memory.
//   - HSCAN, LINDEX, BITCOUNT, GETEX, SMOVE and GEODIST check their arguments even where the key is missing, when
//     Redis answers that first.
//   - The parser of Lua words syntax errors in its own way. HELP answers names without explanations, and
//     COMMAND DOCS and INFO leave out summaries, arguments and notes.
package redisd
