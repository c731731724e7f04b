package backends

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Identity names a source. It holds no secret.
type Identity struct {
	// Name is what the config calls the source, else Address.
	Name string
	// Backend is "redis" or "rabbitmq".
	Backend string
	// Address is the URL without user, password and query.
	Address string
	// Namespace is the database number or the vhost.
	Namespace string
}

// Source is one connected server or cluster. All methods may be called from several
// goroutines.
type Source interface {
	Identity() Identity
	Roles() Roles
	// Status returns at once, without asking the server.
	Status() Status
	// Pace is the rhythm at which this source may be asked.
	Pace() *Pace
	// Ping connects if need be and reports whether the server answers and lets us in.
	Ping(ctx context.Context) error
	// Close ends every connection and goroutine of the source.
	Close() error
}

// Options are what a driver needs beside the URL.
type Options struct {
	// Name overrides the source's name, which is its address otherwise.
	Name string
	// Namespace overrides the URL's database number or vhost.
	Namespace string
	// Timeout bounds one request; 0 means the driver's default.
	Timeout time.Duration
	// Tracer records a span for everything the source asks its server.
	Tracer trace.TracerProvider
	// Management is the URL of RabbitMQ's management API; "" derives it from the host.
	Management string
	// Sentinel is the user and password of Redis Sentinels, which have users of their own; nil
	// leaves it to the URL.
	Sentinel *url.Userinfo
	// TLS is the base of the TLS configuration; nil means the system's roots.
	TLS *tls.Config
	// Queues are names of queues to show where a server that has queues cannot list them.
	Queues []string
	// NoTaps forbids looks that declare something on the server, however short-lived.
	NoTaps bool
	// Ledger keeps what looks use up beyond the life of the source; nil keeps it as long as that.
	Ledger Ledger
	// Profiles are the person's own rules for what keys are.
	Profiles []ProfileRule
	// Dial connects instead of the network, to servers in this process for example. TLS and logging
	// in happen on what it returns. nil means the network.
	Dial DialFunc
}

// DialFunc makes a connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// DialOr returns Dial or, where that is nil, the network by d.
func (o Options) DialOr(d *net.Dialer) DialFunc {
	if o.Dial != nil {
		return o.Dial
	}
	return d.DialContext
}

// Driver opens the sources of some URL schemes.
type Driver struct {
	Schemes []string
	// Several are those of the schemes whose URLs may name several hosts, separated by commas.
	Several []string
	// Open checks the URL and returns at once; connecting is left to the first request. Its
	// errors are *Error with reason BadUsage.
	Open func(u *url.URL, opt Options) (Source, error)
}

// Drivers are the kinds of sources a program knows.
type Drivers []Driver

// Open opens the source of a URL by its scheme.
func (d Drivers) Open(raw string, opt Options) (Source, error) {
	u, err := ParseURL(raw)
	if err != nil {
		return nil, err
	}
	for _, driver := range d {
		if slices.Contains(driver.Schemes, u.Scheme) {
			if len(Hosts(u)) > 1 && !slices.Contains(driver.Several, u.Scheme) {
				return nil, &Error{
					Reason: BadUsage, Source: Redact(u), What: u.Scheme + ":// takes one host",
					Advice: "give each server a URL of its own",
				}
			}
			return driver.Open(u, opt)
		}
	}
	return nil, &Error{
		Reason: BadUsage, Source: Redact(u), What: fmt.Sprintf("unknown scheme %q", u.Scheme),
		Advice: "known: " + strings.Join(d.schemes(), ", "),
	}
}

func (d Drivers) schemes() []string {
	var names []string
	for _, driver := range d {
		for _, s := range driver.Schemes {
			names = append(names, s+"://")
		}
	}
	return names
}

// ParseURL parses a source URL. Its errors never quote the URL, which may hold a password, as
// those of net/url do.
//
// The host may be several, separated by commas, each with a port of its own; RFC 3986 has no such
// thing, but every driver of replicated servers does. Hosts takes them apart again.
func ParseURL(raw string) (*url.URL, error) {
	plain, hosts, err := splitHosts(raw)
	var u *url.URL
	if err == nil {
		u, err = url.Parse(plain)
	}
	if err != nil {
		return nil, &Error{
			Reason: BadUsage, What: "not a URL: " + urlFault(err),
			Advice: "expected scheme://user:password@host:port/…; characters such as / # % in a password are written %2F %23 %25",
		}
	}
	if u.Scheme == "" || (u.Host == "" && u.Path == "") {
		return nil, &Error{
			Reason: BadUsage, What: "not a URL: no scheme and host",
			Advice: "expected for example redis://localhost:6379 or amqp://localhost",
		}
	}
	if len(hosts) > 1 {
		u.Host = strings.Join(hosts, ",")
	}
	return u, nil
}

// Hosts are the hosts of a URL, each with its port if it has one.
func Hosts(u *url.URL) []string { return strings.Split(u.Host, ",") }

// splitHosts returns a URL with the first of its hosts alone, and all of them when there are
// several.
func splitHosts(raw string) (plain string, hosts []string, err error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw, nil, nil
	}
	end := len(rest)
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		end = i
	}
	start := strings.LastIndexByte(rest[:end], '@') + 1
	hosts = strings.Split(rest[start:end], ",")
	if len(hosts) == 1 {
		return raw, nil, nil
	}
	for _, host := range hosts {
		u, err := url.Parse(scheme + "://" + host)
		if err != nil {
			return "", nil, err
		}
		if u.Host == "" || u.Host != host {
			return "", nil, errors.New("a host in the list is empty")
		}
	}
	return scheme + "://" + rest[:start] + hosts[0] + rest[end:], hosts, nil
}

// urlFault is the cause of a url.Error with everything quoted taken out, as net/url quotes the
// offending part.
func urlFault(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, `": `); i >= 0 {
		text = text[i+3:]
	}
	if i := strings.IndexByte(text, '"'); i >= 0 {
		text = strings.TrimSpace(text[:i])
	}
	return text
}

// Redact returns the URL as it may be shown: without user, password and query.
func Redact(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return strings.TrimSuffix(shown.String(), "/")
}
