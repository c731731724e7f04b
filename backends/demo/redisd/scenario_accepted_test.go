package redisd_test

// accepted are the observations in which redisd differs, with the reason why that is good. A name stands for both
// versions of the protocol, "name resp3" for one of them.
func accepted() map[string]string {
	const (
		help = "help texts are shorter"
		lua  = "scripts run in another Lua: its parser words syntax errors in its own way"
	)
	return map[string]string{
		"encoding/by-arithmetic":            "what a sum is made of is not looked at anew",
		"keys/missing-before-bad-arguments": "arguments are checked even where the key is missing",
		"acl/user":                          "there is one user: rules are for servers that are shared",
		"command/info":                      "key specifications have no notes",
		"eval/errors":                       lua,
		"script/errors":                     lua,
		"memory/doctor":                     help,
		"object/help":                       help,
	}
}
