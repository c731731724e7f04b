package redis

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

// askAgain is how long a denied command is not tried again on the same connection. Every denial
// is written to the server's ACL LOG, where it alarms people.
const askAgain = 5 * time.Minute

// rights remembers which commands the server denies us, or does not have.
type rights struct {
	mu     sync.Mutex
	denied map[string]denial
}

type denial struct {
	err error
	gen uint64
	at  time.Time
}

// known returns the error of a command that is known to be denied, nil otherwise.
func (r *rights) known(name string, gen uint64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.denied[name]
	if !ok || d.gen != gen || time.Since(d.at) > askAgain {
		return nil
	}
	return d.err
}

// deny remembers a denial and returns the error that says so.
func (r *rights) deny(name string, gen uint64, err error) error {
	e := &backends.Error{
		Reason: backends.Denied, What: "no permission: " + name,
		Advice: fmt.Sprintf("the server's administrator can grant it: ACL SETUSER … +%s", strings.ToLower(strings.ReplaceAll(name, " ", "|"))),
		Err:    err,
	}
	if theirs, ok := err.(*backends.Error); ok { //nolint:errorlint // made by fault, never wrapped
		e.Source = theirs.Source
	}
	r.keep(name, gen, e)
	return e
}

// keep remembers what a command is answered with.
func (r *rights) keep(name string, gen uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.denied == nil {
		r.denied = map[string]denial{}
	}
	r.denied[name] = denial{err, gen, time.Now()}
}

// lacksCommand reports whether the server has no such command, as older servers and those of other
// make do not. It is asked again on a new connection: the server may be another one then.
func lacksCommand(r reply) bool {
	return containsFold(r.text, "unknown command") || containsFold(r.text, "unknown subcommand")
}

// deniesCommand reports whether the server forbids the command as such, not only this key or
// channel (redis.io/docs/latest/operate/oss_and_stack/management/security/acl).
func deniesCommand(r reply) bool {
	text := strings.ToLower(r.text)
	return r.code() == "NOPERM" && strings.Contains(text, "permissions to run the")
}

// anyKnown returns the error of the first of the commands that is known to be denied.
func (r *rights) anyKnown(gen uint64, names ...string) error {
	for _, name := range names {
		if err := r.known(name, gen); err != nil {
			return err
		}
	}
	return nil
}
