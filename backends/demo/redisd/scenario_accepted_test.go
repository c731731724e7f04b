package redisd_test

// accepted are the observations in which redisd differs, with the reason why that is good. A name stands for both
// versions of the protocol, "name resp3" for one of them.
func accepted() map[string]string {
	const (
		help = "help texts are shorter"
		lua  = "scripts run in another Lua: errors of its parser and a few library functions differ"
	)
	return map[string]string{
		"acl/user":       "there is one user and no rules",
		"command/info":   "key specifications are not told",
		"eval/cjson":     lua,
		"eval/errors":    lua,
		"eval/libraries": lua,
		"script/errors":  lua,
		"memory/doctor":  help,
		"object/help":    help,
		"memory/evicted": "memory is that of the program: nothing is evicted",
	}
}
