package rabbitmq

import (
	"cmp"
	"crypto/tls"
	"errors"
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

// endpoint is one node of a source.
type endpoint struct {
	host string
	port int
}

// String is "host:port".
func (e endpoint) String() string { return net.JoinHostPort(e.host, strconv.Itoa(e.port)) }

// address is where and as whom to connect. It holds the password: never print it.
type address struct {
	shown string // without user, password and query
	// nodes are those of one cluster, in the order of the URL; at least one.
	nodes          []endpoint
	tls            *tls.Config // nil for amqp
	user, password string
	// external: the user is who the client's certificate says (SASL EXTERNAL).
	external bool
	vhost    string

	// management has the URLs of the API without user and password, one for each node that serves it.
	management         []url.URL
	managementTLS      *tls.Config
	managementUser     string
	managementPassword string

	// prometheus is where its plugin listens, with user and password if it wants any, one for each node; none
	// when that has to be found.
	prometheus    []url.URL
	prometheusTLS *tls.Config

	timeout time.Duration
	network backends.DialFunc
}

// parseAddress reads an AMQP URI (rabbitmq.com/docs/uri-spec). The host may be several, which are
// nodes of one cluster; the path is the vhost, and none or an empty one stands for "/".
func parseAddress(u *url.URL, opt backends.Options) (address, error) {
	a := address{shown: backends.Redact(u), timeout: opt.Timeout, network: opt.DialOr(&net.Dialer{Timeout: dialTimeout})}
	fault := func(what, advice string) (address, error) {
		return address{}, &backends.Error{Reason: backends.BadUsage, Source: a.shown, What: what, Advice: advice}
	}
	if a.timeout <= 0 {
		a.timeout = answerTimeout
	}
	if err := a.setNodes(u, opt.TLS); err != nil {
		return fault(err.Error(), "")
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
	query, err := parameters(u)
	if err != nil {
		return fault(err.Error(), "known: "+strings.Join(known(), ", "))
	}
	if err := a.setLogin(query.Get("auth_mechanism")); err != nil {
		return fault(err.Error(), "")
	}
	raw := opt.Management
	if raw == "" {
		raw = query.Get("management")
	}
	if err := a.setManagement(raw, opt.TLS); err != nil {
		return fault(err.Error(), "expected http://host:port or https://host:port, or several hosts separated by commas")
	}
	if err := a.setPrometheus(query.Get("prometheus"), opt.TLS); err != nil {
		return fault(err.Error(), "expected http://host:port or https://host:port")
	}
	return a, nil
}

// known are the parameters that a URL may have after the question mark.
func known() []string { return []string{"auth_mechanism", "management", "prometheus"} }

// parameters reads the query. Errors name its keys, never values.
func parameters(u *url.URL) (url.Values, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errors.New("the query of the URL cannot be read")
	}
	var unknown []string
	for key := range query {
		if !slices.Contains(known(), key) {
			unknown = append(unknown, strconv.Quote(key))
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return nil, fmt.Errorf("unknown parameter %s", strings.Join(unknown, ", "))
	}
	return query, nil
}

// setNodes takes the hosts of the URL.
func (a *address) setNodes(u *url.URL, base *tls.Config) error {
	usual := amqpPort
	if u.Scheme == "amqps" {
		usual = amqpsPort
		a.tls = tlsFor(base)
	}
	for _, raw := range backends.Hosts(u) {
		one := url.URL{Host: raw}
		e := endpoint{cmp.Or(one.Hostname(), "localhost"), usual}
		if text := one.Port(); text != "" {
			port, err := strconv.Atoi(text)
			if err != nil || port < 1 || port > 65535 {
				return errors.New("the port is not a number from 1 to 65535")
			}
			e.port = port
		}
		if !slices.Contains(a.nodes, e) {
			a.nodes = append(a.nodes, e)
		}
	}
	return nil
}

// setLogin takes the SASL mechanism (rabbitmq.com/docs/uri-query-parameters, auth_mechanism).
func (a *address) setLogin(mechanism string) error {
	switch {
	case mechanism == "" || strings.EqualFold(mechanism, "plain"):
		return nil
	case !strings.EqualFold(mechanism, "external"):
		return errors.New("auth_mechanism takes plain or external")
	case a.tls == nil || len(a.tls.Certificates) == 0 && a.tls.GetClientCertificate == nil:
		return errors.New("auth_mechanism=external needs amqps:// and a certificate of ours (tls: in the config file)")
	}
	a.external = true
	return nil
}

// setManagement takes raw, or the hosts of the broker with the plugin's usual port. User and
// password are those of the broker unless raw has its own.
func (a *address) setManagement(raw string, base *tls.Config) error {
	a.managementUser, a.managementPassword = a.user, a.password
	if raw == "" {
		one := url.URL{Scheme: "http"}
		port := managementPort
		if a.tls != nil {
			one.Scheme, port = "https", managementsPort
		}
		for _, e := range a.nodes {
			one.Host = endpoint{e.host, port}.String()
			if !slices.Contains(a.management, one) {
				a.management = append(a.management, one)
			}
		}
	} else if err := a.readManagement(raw); err != nil {
		return err
	}
	if a.management[0].Scheme == "https" {
		a.managementTLS = tlsFor(base)
	}
	return nil
}

func (a *address) readManagement(raw string) error {
	m, err := backends.ParseURL(raw)
	if err != nil || m.Host == "" || (m.Scheme != "http" && m.Scheme != "https") {
		return errors.New("the management URL cannot be used")
	}
	if m.RawQuery != "" || m.Fragment != "" {
		return errors.New("the management URL has a query or fragment")
	}
	a.managementUser, a.managementPassword = userOf(m, a.user, a.password)
	path := strings.TrimSuffix(strings.TrimSuffix(m.Path, "/"), "/api")
	for _, host := range backends.Hosts(m) {
		a.management = append(a.management, url.URL{Scheme: m.Scheme, Host: host, Path: path})
	}
	return nil
}

func userOf(u *url.URL, user, password string) (string, string) {
	if u.User == nil {
		return user, password
	}
	password, _ = u.User.Password()
	return u.User.Username(), password
}

// tlsFor is the configuration for all nodes: verifying, and never below TLS 1.2. The name that a
// certificate must have is that of the host, unless base names one.
func tlsFor(base *tls.Config) *tls.Config {
	c := base.Clone()
	if c == nil {
		c = &tls.Config{}
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}

// secure is the TLS configuration for a node.
func (a *address) secure(e endpoint) *tls.Config {
	if a.tls.ServerName != "" {
		return a.tls
	}
	own := a.tls.Clone()
	own.ServerName = e.host
	return own
}
