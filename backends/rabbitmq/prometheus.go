package rabbitmq

import (
	"crypto/tls"
	"errors"
	"net/url"
	"strings"

	"bustop/backends"
)

// setPrometheus takes the address of the plugin rabbitmq_prometheus where it is not the usual one, or one for
// each node of a cluster (http://a:15692,b:15692). User and password are sent only when the address holds them.
func (a *address) setPrometheus(raw string, base *tls.Config) error {
	a.prometheusTLS = tlsFor(base)
	if raw == "" {
		return nil
	}
	p, err := backends.ParseURL(raw)
	if err != nil || p.Host == "" || (p.Scheme != "http" && p.Scheme != "https") {
		return errors.New("the Prometheus URL cannot be used")
	}
	if p.RawQuery != "" || p.Fragment != "" {
		return errors.New("the Prometheus URL has a query or fragment")
	}
	path := strings.TrimSuffix(p.Path, "/")
	for _, end := range []string{"/metrics", "/metrics/detailed", "/metrics/per-object"} {
		if before, ok := strings.CutSuffix(path, end); ok {
			path = before
		}
	}
	for _, host := range backends.Hosts(p) {
		a.prometheus = append(a.prometheus, url.URL{Scheme: p.Scheme, User: p.User, Host: host, Path: path})
	}
	return nil
}
