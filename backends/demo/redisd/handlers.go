package redisd

import (
	"maps"
	"strings"

	"bustop/backends/demo/redisd/internal/glob"
)

func globFold(pattern, name string) bool { return glob.MatchFold(pattern, name) }

// handlers are the commands that are not left to the engine, by name.
func handlers() map[string]handler {
	all := map[string]handler{"append": (*call).appendString}
	for _, group := range []map[string]handler{
		connectionHandlers(), clientHandlers(), genericHandlers(), expiryHandlers(), stringHandlers(), listHandlers(),
		hashHandlers(), zsetHandlers(), streamHandlers(), scanHandlers(), pubsubHandlers(), transactionHandlers(),
		scriptHandlers(), observeHandlers(), memoryHandlers(), objectHandlers(), aclHandlers(), valueHandlers(), refusedHandlers(), bitHandlers(), geoHandlers(), readHandlers(),
	} {
		maps.Copy(all, group)
	}
	for _, container := range strings.Fields("acl client command config latency memory module object pubsub script slowlog xgroup xinfo cluster function") {
		all[container+"|help"] = help
	}
	return all
}

// help lists the sub-commands of a container.
func help(k *call) error {
	container := k.cmd.parent()
	var lines []string
	lines = append(lines, upper(container)+" <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
	for _, sub := range sortedNames(k.n.table[container].subs) {
		lines = append(lines, upper(sub))
	}
	k.w.Array(len(lines))
	for _, l := range lines {
		k.w.Simple(l)
	}
	return nil
}
