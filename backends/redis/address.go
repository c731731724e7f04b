package redis

import (
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"bustop/backends"
)

// layout is how the servers behind a URL belong together.
type layout uint8

const (
	alone    layout = iota // redis, rediss, unix
	guarded                // redis+sentinel: one master at a time, named by sentinels
	clusters               // redis+cluster: each server has a part of the keyspace
)

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

	layout layout
	// hosts are the host:port of the sentinels, or of the nodes by which a cluster is found.
	hosts []string
	// master is the name by which the sentinels know the master.
	master string
	// replica: read from replicas instead of masters.
	replica bool
	// resp2: version 3 of the protocol is not asked for, even where something needs it.
	resp2 bool
	// sentinel is who we are at the sentinels.
	sentinel struct{ user, password string }
}

// The ports that are meant when a URL names none.
const (
	redisPort    = 6379
	sentinelPort = 26379
)

// parse takes a URL apart:
//
//	redis://user:password@host:port/db?db=n    (www.iana.org/assignments/uri-schemes "redis", "rediss")
//	unix://user:password@/path?db=n&protocol=2
//	redis+sentinel://user:password@host:port,host:port/master/db?read=replica&sentinel_user=u&sentinel_password=p
//	redis+cluster://user:password@host:port,host:port/?read=replica
//
// rediss in place of redis speaks TLS to all servers, sentinels too. All take protocol=2 for a
// proxy that only seems to speak version 3 (redis.io/docs/latest/commands/hello); 3 is the default: it is
// asked for on the connections that need it, and done without where it is refused.
func parse(u *url.URL, opt backends.Options) (address, error) {
	at := address{user: u.User.Username(), client: clientName(), shown: backends.Redact(u)}
	at.password, _ = u.User.Password()
	bad := func(what, advice string) error {
		return &backends.Error{Reason: backends.BadUsage, Source: at.shown, What: what, Advice: advice}
	}
	if u.Fragment != "" || u.Opaque != "" {
		return at, bad("the URL has a part that means nothing here", "characters such as / # % in a password are written %2F %23 %25")
	}
	_, kind, _ := strings.Cut(u.Scheme, "+")
	at.layout = map[string]layout{"sentinel": guarded, "cluster": clusters}[kind]
	db := strings.Trim(u.Path, "/")
	if u.Scheme == "unix" {
		at.network, at.addr, at.host, db = "unix", u.Path, u.Path, ""
	} else if err := at.tcp(u, opt); err != nil {
		return at, bad(err.Error(), "expected redis://host:port/database")
	}
	if at.layout == guarded {
		at.master, db, _ = strings.Cut(db, "/")
		if at.master == "" {
			return at, bad("the URL does not name the master", "expected redis+sentinel://host:26379/mymaster/0")
		}
		at.host, at.port = at.master, 0
	}
	db, what, advice := at.query(u.RawQuery, db)
	if what != "" {
		return at, bad(what, advice)
	}
	if opt.Sentinel != nil {
		at.sentinel.user = opt.Sentinel.Username()
		at.sentinel.password, _ = opt.Sentinel.Password()
	}
	if opt.Namespace != "" {
		db = opt.Namespace
	}
	if db != "" {
		var err error
		if at.db, err = strconv.Atoi(db); err != nil || at.db < 0 {
			return at, bad("the database "+strconv.Quote(db)+" is not a number", "expected redis://host:port/0")
		}
	}
	return at, nil
}

// query reads the parameters and returns the database, or what is wrong with them.
func (a *address) query(raw, db string) (database, what, advice string) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return db, "the part after ? is not a query", ""
	}
	known := a.parameters()
	for name, values := range query {
		value := values[len(values)-1]
		switch {
		case name == "skip_verify":
			return db, "skip_verify is not supported: it would send the password to anybody", "trust the server's authority instead (SSL_CERT_FILE)"
		case !slices.Contains(known, name):
			return db, "unknown parameter " + strconv.Quote(name), "known: " + strings.Join(known, ", ")
		case name == "db" && (len(values) != 1 || (db != "" && db != value)):
			return db, "two different databases are given", ""
		}
		if choices := choicesOf(name); choices != nil && !slices.Contains(choices, value) {
			return db, name + " takes " + strings.Join(choices, " or "), ""
		}
		switch name {
		case "db":
			db = value
		case "read":
			a.replica = value == "replica"
		case "protocol":
			a.resp2 = value == "2"
		case "sentinel_user":
			a.sentinel.user = value
		case "sentinel_password":
			a.sentinel.password = value
		}
	}
	return db, "", ""
}

// choicesOf are the values that a parameter may have, nil where any will do.
func choicesOf(name string) []string {
	return map[string][]string{"read": {"replica", "master"}, "protocol": {"2", "3"}}[name]
}

// parameters are those that a URL may have after the question mark.
func (a *address) parameters() []string {
	switch a.layout {
	case guarded:
		return []string{"db", "protocol", "read", "sentinel_user", "sentinel_password"}
	case clusters:
		return []string{"db", "protocol", "read"}
	case alone:
	}
	return []string{"db", "protocol"}
}

func (a *address) tcp(u *url.URL, opt backends.Options) error {
	usual := redisPort
	if a.layout == guarded {
		usual = sentinelPort
	}
	a.network = "tcp"
	for i, raw := range backends.Hosts(u) {
		one := url.URL{Host: raw}
		host, port := one.Hostname(), usual
		if host == "" {
			host = "localhost"
		}
		if p := one.Port(); p != "" {
			n, err := strconv.ParseUint(p, 10, 16)
			if err != nil || n == 0 {
				return errBadPort
			}
			port = int(n)
		}
		a.hosts = append(a.hosts, net.JoinHostPort(host, strconv.Itoa(port)))
		if i == 0 {
			a.host, a.port, a.addr = host, port, a.hosts[0]
		}
	}
	if !strings.HasPrefix(u.Scheme, "rediss") {
		return nil
	}
	a.tls = &tls.Config{}
	if opt.TLS != nil {
		a.tls = opt.TLS.Clone()
	}
	a.tls.MinVersion = max(a.tls.MinVersion, tls.VersionTLS12)
	return nil
}

// to is the address of one server among those of a URL, by its host:port.
func (a address) to(addr string) (address, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return a, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" {
		return a, errors.New("not a host and a port: " + strconv.Quote(addr))
	}
	scheme := "redis://"
	if a.tls != nil {
		scheme = "rediss://"
	}
	a.host, a.port, a.addr, a.shown = host, int(n), addr, scheme+addr
	return a, nil
}

// secure is the TLS configuration for a server of that host, nil without TLS. The host of the
// connection is what the certificate must name, unless the configuration names another.
func (a address) secure(addr string) *tls.Config {
	if a.tls == nil || a.tls.ServerName != "" {
		return a.tls
	}
	own := a.tls.Clone()
	own.ServerName, _, _ = net.SplitHostPort(addr)
	return own
}
