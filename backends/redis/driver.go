// Package redis shows a Redis server: lists as queues, Streams with their groups, pub/sub
// channels, locks, sorted sets as leaderboards, keys, and the server's own health.
//
// It changes nothing on the server. It never sends a command that package gate does not know as
// reading, sends each server one request at a time beside its subscriptions, and finds its objects
// by one SCAN that runs only while somebody looks.
//
// A source is one server, the one that Sentinel names, or all of a cluster: type topology says which
// server has what, type node is one of them. What a server can do is found out by asking it, not
// by its version, as several products speak this protocol.
package redis

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/user"
	"slices"
	"strings"

	"bustop/backends"
	"bustop/backends/spans"

	goredis "github.com/redis/go-redis/v9"
)

// Driver returns the driver of Redis servers: single ones, those that Sentinel guards, clusters.
func Driver() backends.Driver {
	several := []string{"redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"}
	return backends.Driver{
		Schemes: append([]string{"redis", "rediss", "unix"}, several...), Several: several, Open: open,
	}
}

func open(u *url.URL, opt backends.Options) (backends.Source, error) {
	at, err := parse(u, opt)
	if err != nil {
		return nil, err
	}
	// The library's own logger writes to standard error, in the middle of the screen.
	goredis.SetLogger(silent{})
	return newSource(at, opt), nil
}

type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// clientName is "bustop/user@host", with what CLIENT SETNAME does not take left out.
func clientName() string {
	name := "unknown"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	host, _ := os.Hostname()
	printable := func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}
	return "bustop/" + strings.Map(printable, name+"@"+host)
}

// clientOptions are chosen so that every request fails once, soon, and in the server's own
// words: no retries, deadlines that hold, no commands of the library's own.
func (n *node) clientOptions() *goredis.Options {
	timeout := n.timeout
	return &goredis.Options{
		Addr: n.at.addr, Network: n.at.network, Protocol: 2,
		// The dialer logs in by itself, see dialer.
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			// The library dials apart from the request that needs the connection.
			return n.dialer.dial(spans.Under(ctx, n.askedBy()))
		},
		MaxRetries: -1, DialTimeout: 2 * dialTimeout, DialerRetries: 1,
		ReadTimeout: timeout, WriteTimeout: timeout, ContextTimeoutEnabled: true,
		PoolSize: 3, MaxActiveConns: 4, PipelinePoolSize: -1, PoolTimeout: timeout,
		DisableIdentity:          true,
		MaintNotificationsConfig: noMaintenance(),
	}
}

// sameWord reports whether a is one of the words, whatever its case.
func sameWord(a string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(a, w) })
}
