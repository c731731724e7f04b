package config

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"bustop/backends"
)

// The bounds of a password that is fetched.
const (
	commandTime   = 30 * time.Second
	maxSecretSize = 64 << 10
)

// Resolved is a source ready to be opened. URL and Management hold secrets.
type Resolved struct {
	Name, URL, Management string
	// Sentinel is who we are at the sentinels, nil where they ask for nothing.
	Sentinel *url.Userinfo
	TLS      *tls.Config
	NoTaps   bool
	Queues   []string
}

// Resolve fetches a source's variables, password and certificates.
func (f *File) Resolve(ctx context.Context, s *Source, getenv func(string) string) (Resolved, error) {
	r := Resolved{Name: s.Name.Value, NoTaps: s.Taps != nil && !*s.Taps}
	for _, name := range s.Queues {
		r.Queues = append(r.Queues, name.Value)
	}
	var err error
	if r.URL, err = f.expandURL(s.URL, getenv); err != nil {
		return Resolved{}, err
	}
	if r.Management, err = f.expandURL(s.Management, getenv); err != nil {
		return Resolved{}, err
	}
	password, found, err := f.password(ctx, s.Password, getenv)
	if err != nil {
		return Resolved{}, err
	}
	if found {
		if r.URL, err = f.withPassword(s.URL.at, r.URL, password); err != nil {
			return Resolved{}, err
		}
	}
	if s.Sentinel != nil {
		secret, _, err := f.password(ctx, s.Sentinel.Password, getenv)
		if err != nil {
			return Resolved{}, err
		}
		r.Sentinel = url.UserPassword(s.Sentinel.User.Value, secret)
	}
	if s.TLS != nil {
		if r.TLS, err = f.tls(s.TLS); err != nil {
			return Resolved{}, err
		}
	}
	return r, nil
}

// expandURL replaces the variables of a URL. In its user part a variable's value is taken
// literally, so that a password needs no percent signs.
func (f *File) expandURL(t Text, getenv func(string) string) (string, error) {
	before, user, after := splitUser(t.Value)
	var out strings.Builder
	for i, part := range []string{before, user, after} {
		value, missing := expand(part, func(name string) (string, bool) {
			v := getenv(name)
			if i == 1 {
				return escapeUser(v), v != ""
			}
			return v, v != ""
		})
		if missing != "" {
			return "", f.fault(t.at, fmt.Sprintf("the environment variable %q is not set", missing))
		}
		out.WriteString(value)
	}
	return out.String(), nil
}

// splitUser cuts a URL around its user part, which goes from "://" to the last "@" and includes
// that. It is empty when there is none.
func splitUser(raw string) (before, user, after string) {
	start := strings.Index(raw, "://")
	if start < 0 {
		return raw, "", ""
	}
	start += len("://")
	// A slash ends the host, unless it stands in a password that should have been escaped.
	end := strings.LastIndexByte(raw[start:], '@')
	if end < 0 {
		return raw, "", ""
	}
	return raw[:start], raw[start : start+end+1], raw[start+end+1:]
}

// escapeUser percent-encodes what may not stand in the user part (RFC 3986 section 3.2.1).
func escapeUser(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// expand replaces each ${NAME} by what lookup returns and reports the first name that it does
// not know.
func expand(s string, lookup func(string) (string, bool)) (expanded, missing string) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "${")
		out.WriteString(before)
		if !found {
			return out.String(), missing
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			out.WriteString("${" + rest)
			return out.String(), missing
		}
		value, known := lookup(name)
		if !known && missing == "" {
			missing = name
		}
		out.WriteString(value)
		s = after
	}
}

func (f *File) withPassword(at place, raw, password string) (string, error) {
	u, err := backends.ParseURL(raw)
	if err != nil {
		return "", f.fault(at, "not a URL")
	}
	name := ""
	if u.User != nil {
		name = u.User.Username()
		if _, twice := u.User.Password(); twice {
			return "", f.fault(at, "the source has a password in its URL and another beside it")
		}
	}
	u.User = url.UserPassword(name, password)
	return u.String(), nil
}

// password fetches a password; found is false when the source has none.
func (f *File) password(ctx context.Context, p Password, getenv func(string) string) (secret string, found bool, err error) {
	switch {
	case p.Literal.Value != "":
		value, missing := expand(p.Literal.Value, func(name string) (string, bool) { v := getenv(name); return v, v != "" })
		if missing != "" {
			return "", false, f.fault(p.Literal.at, fmt.Sprintf("the environment variable %q is not set", missing))
		}
		return value, true, nil
	case p.Env.Value != "":
		if secret = getenv(p.Env.Value); secret == "" {
			return "", false, f.fault(p.Env.at, fmt.Sprintf("the environment variable %q is not set", p.Env.Value))
		}
		return secret, true, nil
	case p.File.Value != "":
		secret, err = f.fromFile(p.File)
		return secret, true, err
	case p.Command.Value != "":
		secret, err = f.fromCommand(ctx, p.Command)
		return secret, true, err
	}
	return "", false, nil
}

func (f *File) fromFile(t Text) (string, error) {
	file, err := os.Open(f.path(t.Value))
	if err != nil {
		return "", f.fault(t.at, "password file: "+cause(err))
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSecretSize))
	if err != nil {
		return "", f.fault(t.at, "password file: "+cause(err))
	}
	return trimEnd(data), nil
}

// fromCommand runs a password command. What the command writes to stderr is not shown, as it
// may quote the secret.
func (f *File) fromCommand(ctx context.Context, t Text) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", t.Value)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	switch {
	case ctx.Err() != nil:
		return "", f.fault(t.at, "password command: no end within "+commandTime.String())
	case err != nil:
		return "", f.fault(t.at, "password command: "+err.Error())
	case len(out) == 0 || len(out) > maxSecretSize:
		return "", f.fault(t.at, fmt.Sprintf("password command: it printed %d bytes", len(out)))
	}
	return trimEnd(out), nil
}

func trimEnd(b []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
}

// cause is the text of an error of package os without the path.
func cause(err error) string {
	text := err.Error()
	return text[strings.LastIndex(text, ": ")+len(": "):]
}

func (f *File) tls(t *TLS) (*tls.Config, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA.Value != "" {
		pem, err := os.ReadFile(f.path(t.CA.Value))
		if err != nil {
			return nil, f.fault(t.CA.at, "tls: "+cause(err))
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, f.fault(t.CA.at, "tls: no PEM certificate in the file")
		}
	}
	if t.Cert.Value != "" {
		pair, err := tls.LoadX509KeyPair(f.path(t.Cert.Value), f.path(t.Key.Value))
		if err != nil {
			return nil, f.fault(t.Cert.at, "tls: "+cause(err))
		}
		conf.Certificates = []tls.Certificate{pair}
	}
	conf.ServerName = t.ServerName.Value
	return conf, nil
}

// SchemaFiles returns the files with message types and the folders with their imports.
func (f *File) SchemaFiles() (files, importPaths []string) {
	resolve := func(texts []Text) (out []string) {
		for _, t := range texts {
			out = append(out, f.path(t.Value))
		}
		return out
	}
	return resolve(f.Decode.Schemas), resolve(f.Decode.ProtoPaths)
}

// path resolves a path of the file: "~/" is the home folder, a relative one starts at the
// file's own folder.
func (f *File) path(p string) string {
	if rest, ok := strings.CutPrefix(p, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(filepath.Dir(f.Path), p)
}
