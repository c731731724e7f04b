// Package conformance is the one suite that every kind of source passes against its real
// server. A package that implements a source describes its server as a World and calls Run from
// a test.
package conformance

import (
	"testing"
	"time"

	"bustop/backends"
)

// World is a real server with an ordinary client that fills it: never the source under test.
// Functions for what the server does not have are nil.
type World struct {
	Drivers backends.Drivers
	// URL and Options reach the server with every right that the suite needs.
	URL     string
	Options backends.Options
	// WrongPassword is the URL with a user or password that the server refuses; Secrets are the
	// texts from both URLs that must never be seen again.
	WrongPassword string
	Secrets       []string
	// At returns URL and Options changed so that every connection goes to addr (host:port).
	At func(addr string) (string, backends.Options)
	// Roles are the kinds of objects the source must offer; all others must be nil. KindChannel
	// stands for the role Channels and KindQueue for Queues, whatever Tapped is.
	Roles []backends.Kind
	// Tapped is how a channel is addressed: KindChannel or KindExchange.
	Tapped backends.Kind
	// Names are hostile names that the server takes; HostileNames gives the usual ones.
	Names []string
	Seed  Seed
	// Fingerprint describes all server state that looking must not change, a line for each
	// object: names, contents in order, groups, consumers, pending entries, bindings.
	Fingerprint func(t *testing.T) map[string]string
	// Leftovers names connections, temporary queues and the like that stem from bustop.
	Leftovers func(t *testing.T) []string
	// Kill ends the server as kill -9 does; Restart starts it at the same address and returns
	// when it answers. Its contents may be gone.
	Kill, Restart func(t *testing.T)
}

// Seed fills the server by an ordinary client. Making what exists already is no error.
type Seed struct {
	// Queue makes a queue that holds the bodies, the one to be taken first first, with no
	// consumer. The server's own listing shows all of them when it returns.
	Queue func(t *testing.T, name string, bodies ...string)
	// Stream makes a stream with one entry for each body and consumer groups that have read
	// nothing.
	Stream func(t *testing.T, name string, groups []string, bodies ...string)
	// Append adds an entry to a stream.
	Append func(t *testing.T, stream, body string)
	// Channel makes a channel exist: an exchange, or a channel with one subscriber.
	Channel func(t *testing.T, name string)
	// Publish sends a body through a channel.
	Publish func(t *testing.T, channel, body string)
	// Lock makes a lock that its library would make. TTL 0 means no expiry.
	Lock func(t *testing.T, name, holder string, ttl time.Duration)
	// Leaderboard makes one with the members and scores given.
	Leaderboard func(t *testing.T, name string, scores map[string]float64)
	// Key makes a plain string key.
	Key func(t *testing.T, name, value string)
}

// HostileNames are names that break whatever treats a name as text, a path or a format.
// Servers that take only UTF-8 get the names that are.
func HostileNames(utf8Only bool) []string {
	names := []string{
		"esc\x1b[31m\x1b]0;title\x07", "with space", "a/b", "a%2Fb", "tab\tnew\nline",
		"ünïcödé ☃", "\u202eright to left", `quote"'\`, "%s%d%n", "*", "[a-c]?", "{tag}:x", "../../etc",
	}
	if !utf8Only {
		names = append(names, "nul\x00byte", "bad\xff\xfeutf8", "\x80")
	}
	return names
}
