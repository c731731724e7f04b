package rabbitmq

import (
	"crypto/tls"
	"errors"
	"net/url"
	"strings"

	"bustop/backends"
)

// setPrometheus takes the address of the plugin rabbitmq_prometheus where it is not the usual one. User
// and password are sent only when the address holds them.
func (a *address) setPrometheus(raw string, base *tls.Config) error {
	a.prometheusTLS = tlsFor(base)
	if raw == "" {
		return nil
	}
	p, err := backends.ParseURL(raw)
	if err != nil || p.Host == "" || (p.Scheme != "http" && p.Scheme != "https") {
		return errors.New("the Prometheus URL cannot be used")
	}
	if p.RawQuery != "" || p.Fragment != "" || strings.Contains(p.Host, ",") {
		return errors.New("the Prometheus URL is that of one node, without a query")
	}
	path := strings.TrimSuffix(p.Path, "/")
	for _, end := range []string{"/metrics", "/metrics/detailed", "/metrics/per-object"} {
		if before, ok := strings.CutSuffix(path, end); ok {
			path = before
		}
	}
	a.prometheus = &url.URL{Scheme: p.Scheme, User: p.User, Host: p.Host, Path: path}
	return nil
}
