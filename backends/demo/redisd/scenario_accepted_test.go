package redisd_test

// accepted are the observations in which redisd differs, with the reason why that is good. A name stands for both
// versions of the protocol, "name resp3" for one of them.
func accepted() map[string]string {
	const (
		help      = "help texts are shorter"
		commands  = "the table of commands holds what redisd knows, without key specifications"
		oneUser   = "there is one user: rules and the log of ACL are not kept"
		notServed = "a command for people who run a server on disk, in a cluster or with functions: unknown here"
		memory    = "memory is the program's own: nothing is evicted"
		hashOrder = "the fields of a small hash have no order of insertion: clients must not rely on it"
		wording   = "another wording of the same error"
		lua       = "scripts run in another Lua: errors of its parser and a few library functions differ"
		rare      = "an option or form that neither the console nor common clients use"
	)
	return map[string]string{
		"acl/log":                               oneUser,
		"acl/user":                              oneUser,
		"claims/xclaim-force":                   "a forced claim counts the first delivery once",
		"command/count":                         commands,
		"command/info":                          commands,
		"command/list":                          commands,
		"gated/command resp2":                   commands,
		"config/get-case":                       "names of settings are answered in lower case",
		"config/notify-keyspace-events":         "the flag n is kept beside A",
		"config/set-errors":                     "bounds of numbers are not checked for every setting",
		"connection/requirepass":                wording,
		"debug/refused":                         "DEBUG is allowed",
		"failover/refused":                      notServed,
		"function/none":                         notServed,
		"save/none":                             notServed,
		"lolwut":                                notServed,
		"encoding/moves-along":                  "sets of integers are told as hash tables",
		"encoding/set-integers":                 "sets of integers are told as hash tables",
		"encoding/set-strings":                  "sets of integers are told as hash tables",
		"eval/cjson":                            lua,
		"eval/errors":                           lua,
		"eval/libraries":                        lua,
		"script/errors":                         lua,
		"groups/deleted-stream-wakes-readers":   "a reader that waits in a group is not told that the stream is gone",
		"groups/destroy-wakes-readers":          wording,
		"hashes/hrandfield resp3":               "HRANDFIELD with values answers a map in RESP3",
		"hashes/order-of-insertion":             hashOrder,
		"typed/hash":                            hashOrder,
		"typed/leaderboard":                     "ZSCAN of a small sorted set is not in the order of scores",
		"keyspace/lists":                        "the two events of a move come in the other order",
		"keyspace/sets resp3":                   "SPOP with a count answers an array in RESP3",
		"sets/random resp3":                     "SPOP with a count answers an array in RESP3",
		"lists/blocking-timeout resp2":          "BLMOVE that waited in vain answers a null string",
		"memory/doctor":                         help,
		"object/help":                           help,
		"memory/evicted":                        memory,
		"monitor/script":                        "what a script calls is shown before the script",
		"monitor/twice":                         "MONITOR with an argument is taken as MONITOR",
		"pubsub/subscribe-in-transaction resp2": "SUBSCRIBE is refused inside a transaction in RESP2",
		"scan/errors":                           "a negative cursor is refused",
		"sets/algebra":                          "an empty result is stored as an empty set",
		"sets/integers-in-order":                "sets of integers have no order",
		"slowlog/errors":                        wording,
		"strings/bits":                          rare,
		"strings/geo":                           rare,
		"strings/incr":                          wording,
		"strings/incrbyfloat":                   wording,
		"xinfo/consumer-that-found-nothing":     "a consumer is made even when it finds nothing to read",
		"xinfo/nodes":                           "the number of radix tree nodes is an estimate",
		"xinfo/stream":                          wording,
		"xinfo/stream-full-errors":              wording,
		"zscan/large resp3":                     "ZSCAN answers scores as doubles in RESP3",
		"zscan/small resp3":                     "ZSCAN answers scores as doubles in RESP3",
		"zsets/scores":                          "minus zero keeps its sign",
	}
}
