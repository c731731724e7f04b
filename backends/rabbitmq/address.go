package rabbitmq

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
)

// The ports of the AMQP URI specification and of the management plugin's documentation.
const (
	amqpPort, amqpsPort             = 5672, 5671
	managementPort, managementsPort = 15672, 15671
)

// answerTimeout bounds one request to the management API when the options do not.
const answerTimeout = 5 * time.Second

// address is where and as whom to connect. It holds the password: never print it.
type address struct {
	shown          string // without user, password and query
	host           string
	port           int
	tls            *tls.Config // nil for amqp
	user, password string
	vhost          string

	management         url.URL // without user and password
	managementTLS      *tls.Config
	managementUser     string
	managementPassword string

	timeout time.Duration
	network backends.DialFunc
}

// parseAddress reads an AMQP URI (rabbitmq.com/docs/uri-spec). The query may hold management=URL
// and nothing else; the path is the vhost, and none or an empty one stands for "/".
func parseAddress(u *url.URL, opt backends.Options) (address, error) {
	a := address{shown: backends.Redact(u), timeout: opt.Timeout, network: opt.DialOr(&net.Dialer{Timeout: dialTimeout})}
	fault := func(what, advice string) (address, error) {
		return address{}, &backends.Error{Reason: backends.BadUsage, Source: a.shown, What: what, Advice: advice}
	}
	if a.timeout <= 0 {
		a.timeout = answerTimeout
	}
	secure := u.Scheme == "amqps"
	a.host, a.port = hostOf(u), amqpPort
	if secure {
		a.port = amqpsPort
		a.tls = tlsFor(opt.TLS, a.host)
	}
	if text := u.Port(); text != "" {
		port, err := strconv.Atoi(text)
		if err != nil || port < 1 || port > 65535 {
			return fault("the port is not a number from 1 to 65535", "")
		}
		a.port = port
	}
	a.user, a.password = userOf(u, "guest", "guest")
	a.vhost = strings.TrimPrefix(u.Path, "/")
	if opt.Namespace != "" {
		a.vhost = opt.Namespace
		a.shown = backends.Redact(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/" + a.vhost})
	}
	if a.vhost == "" {
		a.vhost = "/"
	}
	if len(a.vhost) > maxName {
		return fault("the vhost is longer than 255 bytes", "")
	}
	raw, err := managementOption(u, opt)
	if err != nil {
		return fault(err.Error(), "the only parameter is management=http://host:port")
	}
	if err := a.setManagement(raw, opt.TLS, secure); err != nil {
		return fault(err.Error(), "expected http://host:port or https://host:port")
	}
	return a, nil
}

// managementOption returns the management URL given by the query or the options; the options
// win. Errors name keys of the query, never values.
func managementOption(u *url.URL, opt backends.Options) (string, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", fmt.Errorf("the query of the URL cannot be read")
	}
	var unknown []string
	for key := range query {
		if key != "management" {
			unknown = append(unknown, strconv.Quote(key))
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return "", fmt.Errorf("unknown parameter %s", strings.Join(unknown, ", "))
	}
	if opt.Management != "" {
		return opt.Management, nil
	}
	return query.Get("management"), nil
}

// setManagement takes raw, or the host of the broker with the plugin's usual port. User and
// password are those of the broker unless raw has its own.
func (a *address) setManagement(raw string, base *tls.Config, secure bool) error {
	a.managementUser, a.managementPassword = a.user, a.password
	if raw == "" {
		a.management = url.URL{Scheme: "http", Host: net.JoinHostPort(a.host, strconv.Itoa(managementPort))}
		if secure {
			a.management = url.URL{Scheme: "https", Host: net.JoinHostPort(a.host, strconv.Itoa(managementsPort))}
		}
	} else {
		m, err := backends.ParseURL(raw)
		if err != nil || m.Host == "" || (m.Scheme != "http" && m.Scheme != "https") {
			return fmt.Errorf("the management URL cannot be used")
		}
		if m.RawQuery != "" || m.Fragment != "" {
			return fmt.Errorf("the management URL has a query or fragment")
		}
		a.managementUser, a.managementPassword = userOf(m, a.user, a.password)
		path := strings.TrimSuffix(strings.TrimSuffix(m.Path, "/"), "/api")
		a.management = url.URL{Scheme: m.Scheme, Host: m.Host, Path: path}
	}
	if a.management.Scheme == "https" {
		a.managementTLS = tlsFor(base, a.management.Hostname())
	}
	return nil
}

// dialAddress is "host:port" of the broker.
func (a *address) dialAddress() string { return net.JoinHostPort(a.host, strconv.Itoa(a.port)) }

func hostOf(u *url.URL) string {
	if h := u.Hostname(); h != "" {
		return h
	}
	return "localhost"
}

func userOf(u *url.URL, user, password string) (string, string) {
	if u.User == nil {
		return user, password
	}
	password, _ = u.User.Password()
	return u.User.Username(), password
}

// tlsFor is the configuration for a host: verifying, and never below TLS 1.2.
func tlsFor(base *tls.Config, host string) *tls.Config {
	c := base.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	if c.ServerName == "" {
		c.ServerName = host
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}
