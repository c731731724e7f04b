// Package redis shows a Redis server: lists as queues, Streams with their groups, pub/sub
// channels, locks, sorted sets as leaderboards, keys, and the server's own health.
//
// It changes nothing on the server. It never sends a command that package gate does not know as
// reading, sends one request at a time beside its subscriptions, and finds its objects by one
// SCAN that runs only while somebody looks.
package redis

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"bustop/backends"

	goredis "github.com/redis/go-redis/v9"
)

// Driver returns the driver of single Redis servers.
func Driver() backends.Driver {
	return backends.Driver{Schemes: []string{"redis", "rediss", "unix"}, Open: open}
}

// address is a URL taken apart.
type address struct {
	network, addr string
	// host and port are for spans; port is 0 for a socket file.
	host     string
	port     int
	tls      *tls.Config
	user     string
	password string
	db       int
	// client is the name under which the server's administrators see the connections.
	client string
	shown  string
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

// parse takes redis://user:password@host:port/db?db=n apart (www.iana.org/assignments/uri-schemes
// "redis", "rediss"), and unix://user:password@/path?db=n.
func parse(u *url.URL, opt backends.Options) (address, error) {
	at := address{user: u.User.Username(), client: clientName(), shown: backends.Redact(u)}
	at.password, _ = u.User.Password()
	bad := func(what, advice string) error {
		return &backends.Error{Reason: backends.BadUsage, Source: at.shown, What: what, Advice: advice}
	}
	if u.Fragment != "" || u.Opaque != "" {
		return at, bad("the URL has a part that means nothing here", "characters such as / # % in a password are written %2F %23 %25")
	}
	db := strings.Trim(u.Path, "/")
	switch u.Scheme {
	case "unix":
		at.network, at.addr, at.host, db = "unix", u.Path, u.Path, ""
	default:
		if err := at.tcp(u, opt); err != nil {
			return at, bad(err.Error(), "expected redis://host:port/database")
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return at, bad("the part after ? is not a query", "")
	}
	for name, values := range query {
		switch {
		case name == "skip_verify":
			return at, bad("skip_verify is not supported: it would send the password to anybody", "trust the server's authority instead (SSL_CERT_FILE)")
		case name != "db":
			return at, bad("unknown parameter "+strconv.Quote(name), "known: db")
		case len(values) != 1 || (db != "" && db != values[0]):
			return at, bad("two different databases are given", "")
		}
		db = values[0]
	}
	if opt.Namespace != "" {
		db = opt.Namespace
	}
	if db != "" {
		if at.db, err = strconv.Atoi(db); err != nil || at.db < 0 {
			return at, bad("the database "+strconv.Quote(db)+" is not a number", "expected redis://host:port/0")
		}
	}
	return at, nil
}

func (a *address) tcp(u *url.URL, opt backends.Options) error {
	a.network, a.host, a.port = "tcp", u.Hostname(), 6379
	if a.host == "" {
		a.host = "localhost"
	}
	if p := u.Port(); p != "" {
		port, err := strconv.ParseUint(p, 10, 16)
		if err != nil || port == 0 {
			return errBadPort
		}
		a.port = int(port)
	}
	a.addr = net.JoinHostPort(a.host, strconv.Itoa(a.port))
	if u.Scheme != "rediss" {
		return nil
	}
	a.tls = &tls.Config{}
	if opt.TLS != nil {
		a.tls = opt.TLS.Clone()
	}
	a.tls.MinVersion = max(a.tls.MinVersion, tls.VersionTLS12)
	if a.tls.ServerName == "" {
		a.tls.ServerName = a.host
	}
	return nil
}

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
		Dialer:     func(ctx context.Context, _, _ string) (net.Conn, error) { return n.dialer.dial(ctx) },
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
