package config

import (
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"time"

	"bustop/backends"
	"bustop/decoders"
)

// Colours returns the words a context's colour may be: those of the terminal's own palette.
func Colours() []string {
	return []string{"red", "green", "yellow", "blue", "magenta", "cyan", "white"}
}

// check finds what strict decoding cannot.
func (f *File) check(mode fs.FileMode) error {
	if err := f.checkDefaults(); err != nil {
		return err
	}
	if err := f.checkPins(); err != nil {
		return err
	}
	if err := f.checkProfiles(); err != nil {
		return err
	}
	if err := f.checkTraces(mode); err != nil {
		return err
	}
	for _, name := range f.Names() {
		c := f.Contexts[name]
		if c == nil {
			return &Error{Path: f.Path, What: fmt.Sprintf("context %q is empty", name)}
		}
		if c.Colour.Value != "" && !slices.Contains(Colours(), c.Colour.Value) {
			return f.fault(c.Colour.at, "unknown colour; known: "+strings.Join(Colours(), ", "))
		}
		if err := f.checkSources(name, c, mode); err != nil {
			return err
		}
	}
	if f.Current.Value != "" && f.Contexts[f.Current.Value] == nil {
		return f.fault(f.Current.at, fmt.Sprintf("no context %q", f.Current.Value))
	}
	return nil
}

func (f *File) checkDefaults() error {
	if t := f.Defaults.Timeout; t.Value != "" {
		if d, err := time.ParseDuration(t.Value); err != nil || d <= 0 {
			return f.fault(t.at, "timeout: expected a length of time such as 5s")
		}
	}
	if o := f.Defaults.Output; o.Value != "" && !slices.Contains([]string{"table", "json", "jsonl"}, o.Value) {
		return f.fault(o.at, "output: expected table, json or jsonl")
	}
	return nil
}

func (f *File) checkPins() error {
	for i, p := range f.Decode.Pins {
		switch {
		case p == nil || p.Match.Value == "":
			return &Error{Path: f.Path, What: fmt.Sprintf("decode: pin %d has no match", i+1)}
		case !targetPattern(p.Match.Value):
			return f.fault(p.Match.at, "match: expected a target with * and ?, for example queue/orders.*")
		case p.As.Value == "":
			return f.fault(p.Match.at, "the pin does not say as what")
		}
		if err := decoders.CheckChain(p.As.Value); err != nil {
			return f.fault(p.As.at, "as: "+err.Error())
		}
	}
	return nil
}

// targetPattern reports whether a pattern can match a target: its kind stands in front, or after a
// source and a colon, or a * may stand for it.
func targetPattern(pattern string) bool {
	if strings.HasPrefix(pattern, "*") {
		return true
	}
	for {
		kind, name, found := strings.Cut(pattern, "/")
		if found && name != "" && slices.Contains(backends.TargetKinds(), backends.Kind(kind)) {
			return true
		}
		if _, pattern, found = strings.Cut(pattern, ":"); !found {
			return false
		}
	}
}

func (f *File) checkSources(context string, c *Context, mode fs.FileMode) error {
	if len(c.Sources) == 0 {
		return &Error{Path: f.Path, What: fmt.Sprintf("context %q has no sources", context)}
	}
	seen := map[string]bool{}
	for i, s := range c.Sources {
		if s == nil || s.URL.Value == "" {
			return &Error{Path: f.Path, What: fmt.Sprintf("context %q: source %d has no url", context, i+1)}
		}
		if name := s.Name.Value; name != "" && seen[name] {
			return f.fault(s.Name.at, "the context has another source of this name")
		}
		seen[s.Name.Value] = true
		if err := f.checkSecrets(s, mode); err != nil {
			return err
		}
		if err := f.checkQueues(s); err != nil {
			return err
		}
		if t := s.TLS; t != nil && (t.Cert.Value == "") != (t.Key.Value == "") {
			return f.fault(s.URL.at, "tls: cert and key go together")
		}
	}
	return nil
}

// checkQueues finds names that no queue can have.
func (f *File) checkQueues(s *Source) error {
	for _, name := range s.Queues {
		switch {
		case name.Value == "":
			return f.fault(s.URL.at, "queues: one has no name")
		case len(name.Value) > 255: // a short string of AMQP 0-9-1
			return f.fault(name.at, "queues: a name has at most 255 bytes")
		case !strings.HasPrefix(s.URL.Value, "amqp"):
			return f.fault(name.at, "queues: only of amqp and amqps URLs; other servers list theirs")
		}
	}
	return nil
}

// checkSecrets looks at where a source's passwords come from.
func (f *File) checkSecrets(s *Source, mode fs.FileMode) error {
	for _, t := range []Text{s.URL, s.Management} {
		if mode&0o077 != 0 && literalPassword(t.Value) {
			return f.fault(t.at, wideOpen("a URL holds a password", mode))
		}
	}
	passwords := []Password{s.Password}
	if s.Sentinel != nil {
		passwords = append(passwords, s.Sentinel.Password)
	}
	for _, p := range passwords {
		if err := f.checkPassword(p, mode); err != nil {
			return err
		}
	}
	return nil
}

func wideOpen(what string, mode fs.FileMode) string {
	return fmt.Sprintf("%s, and other users may read the file (mode %04o): chmod 600 it, or take the password from env, file or command", what, mode)
}

// literalPassword reports whether a URL has a password that is more than variables. In one that
// does not parse, as one with a variable does not, everything between ":" and "@" is the password.
func literalPassword(raw string) bool {
	before, user, after := splitUser(raw)
	if _, query, found := strings.Cut(raw, "sentinel_password="); found {
		if secret, _, _ := strings.Cut(query, "&"); literal(secret) {
			return true
		}
	}
	if user == "" {
		return false
	}
	if u, err := url.Parse(before + user + after); err == nil {
		secret, _ := u.User.Password()
		return secret != "" && literal(secret)
	}
	_, secret, found := strings.Cut(user, ":")
	return found && literal(strings.TrimSuffix(secret, "@"))
}

// literal reports whether a text has anything in it but variables.
func literal(s string) bool {
	rest, _ := expand(s, func(string) (string, bool) { return "", true })
	return rest != ""
}

func (f *File) fault(at place, what string) error {
	return &Error{Path: f.Path, Line: at.line, Column: at.column, What: what}
}
