package gate

import (
	"net"
	"strings"
)

// redisMonitoring are the commands of a connection that is for MONITOR: logging in, and MONITOR itself. It
// changes nothing and is still no reading like the rest, as the server works for it with each command of
// each client; so it has a gate of its own, which no other connection passes.
const redisMonitoring = `AUTH HELLO PING SELECT READONLY ROLE CLIENT|SETNAME CLIENT|NO-TOUCH MONITOR QUIT`

// RedisMonitor returns conn with a gate that lets MONITOR through and what is needed before it, nothing else.
func RedisMonitor(conn net.Conn) net.Conn {
	table := redisRules{}
	for _, name := range strings.Fields(redisMonitoring) {
		table[strings.Replace(name, "|", " ", 1)] = nil
	}
	return gate(conn, table)
}
