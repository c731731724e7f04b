package redisd

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"
)

func connectionHandlers() map[string]handler {
	return map[string]handler{
		"hello": (*call).hello, "auth": (*call).auth, "reset": (*call).reset, "quit": (*call).quit,
		"ping": (*call).ping, "echo": func(k *call) error { k.w.Bulk(k.args[1]); return nil },
		"monitor": (*call).monitor, "role": (*call).role, "time": (*call).time, "wait": (*call).waitReplicas,
		"lastsave": func(k *call) error { k.w.Int(k.n.saved.Unix()); return nil },
		"save":     func(k *call) error { k.n.noteSave(k.now); k.w.OK(); return nil },
		"bgsave":   (*call).bgsave, "bgrewriteaof": func(k *call) error { k.w.Simple("Background append only file rewriting started"); return nil },
		"readonly": noCluster, "readwrite": noCluster, "asking": noCluster, "cluster": noCluster,
		"debug": (*call).debug,
	}
}

func noCluster(*call) error { return errNoCluster }

// login checks a user's password. There is one user, default.
func (n *node) login(c *client, user, password string) error {
	want := n.conf.values["requirepass"]
	if user != "default" || want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 0 {
		return errWrongPass
	}
	c.authed, c.user = true, user
	return nil
}

func (k *call) auth() error {
	switch len(k.args) {
	case 2:
		if k.n.conf.values["requirepass"] == "" {
			return failure("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?")
		}
		if err := k.n.login(k.c, "default", k.args[1]); err != nil {
			return err
		}
	case 3:
		if err := k.n.login(k.c, k.args[1], k.args[2]); err != nil {
			return err
		}
	default:
		return errSyntax
	}
	k.w.OK()
	return nil
}

// greeting are the arguments of HELLO.
type greeting struct {
	v3, auth             bool
	user, password, name string
}

func (k *call) greeting() (g greeting, err error) {
	g.v3 = k.c.v3
	o := options{args: k.args[1:]}
	if len(k.args) > 1 {
		v, err := o.integer()
		switch {
		case err != nil:
			return g, failure("ERR Protocol version is not an integer or out of range")
		case v != 2 && v != 3:
			return g, failure("NOPROTO unsupported protocol version")
		}
		g.v3 = v == 3
	}
	for word, ok := o.next(); ok; word, ok = o.next() {
		switch {
		case word == "AUTH" && o.left() >= 2:
			g.auth, g.user, g.password = true, o.args[o.at], o.args[o.at+1]
			o.at += 2
		case word == "SETNAME" && o.left() >= 1:
			if g.name, _ = o.value(); !validName(g.name) {
				return g, errClientName
			}
		default:
			return g, failure("ERR Syntax error in HELLO option '" + o.args[o.at-1] + "'")
		}
	}
	return g, nil
}

func (k *call) hello() error {
	g, err := k.greeting()
	if err != nil {
		return err
	}
	c := k.c
	if g.auth {
		if err := k.n.login(c, g.user, g.password); err != nil {
			return err
		}
	}
	if !c.authed {
		return failure("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time")
	}
	if g.name != "" {
		c.name = g.name
	}
	c.v3, k.w.V3 = g.v3, g.v3
	proto := 2
	if g.v3 {
		proto = 3
	}
	k.pairs("server", "redis", "version", version, "proto", proto, "id", c.id, "mode", "standalone", "role", "master",
		"modules", func() { k.w.Array(0) })
	return nil
}

func (k *call) reset() error {
	c := k.c
	k.n.discard(c)
	k.n.hub.leave(c)
	delete(k.n.monitors, c)
	k.n.untrack(c)
	c.monitor, c.noEvict, c.name, c.db, c.v3, c.mode = false, false, "", 0, false, replyOn
	c.user, c.authed = "default", k.n.conf.values["requirepass"] == ""
	k.w.V3 = false
	k.w.Simple("RESET")
	return nil
}

func (k *call) quit() error {
	k.c.closing = true
	k.w.OK()
	return nil
}

func (k *call) ping() error {
	if len(k.args) > 2 {
		return errArity("ping")
	}
	switch {
	case k.c.subscribed() && !k.c.v3:
		k.w.Bulks([]string{"pong", k.arg(1)})
	case len(k.args) == 2:
		k.w.Bulk(k.args[1])
	default:
		k.w.Simple("PONG")
	}
	return nil
}

func (k *call) role() error {
	k.w.Array(3)
	k.w.Bulk("master")
	k.w.Int(0)
	k.w.Array(0)
	return nil
}

func (k *call) time() error {
	k.w.Bulks([]string{fmt.Sprint(k.now.Unix()), fmt.Sprint(k.now.Nanosecond() / 1000)})
	return nil
}

// waitReplicas answers that no replica has what was written, as there is none: after the timeout
// when some are asked for.
func (k *call) waitReplicas() error {
	replicas, err := integer(k.args[1])
	if err != nil {
		return err
	}
	ms, err := integer(k.args[2])
	if err != nil {
		return failure("ERR timeout is not an integer or out of range")
	}
	if ms < 0 {
		return errNegTimeout
	}
	if replicas <= 0 || k.inTx || k.script != nil {
		k.w.Int(0)
		return nil
	}
	k.block(&waiter{late: writeZero, try: func(*call, string) (bool, error) { return false, nil }}, time.Duration(min(ms, 3e11))*time.Millisecond)
	return nil
}

// noteSave pretends that the data were saved: there is no file.
func (n *node) noteSave(now time.Time) { n.saved, n.keys.changes = now, 0 }

func (k *call) bgsave() error {
	if len(k.args) > 2 || len(k.args) == 2 && upper(k.args[1]) != "SCHEDULE" {
		return errSyntax
	}
	k.n.noteSave(k.now)
	k.w.Simple("Background saving started")
	return nil
}

// debug has the few sub-commands that tests of clients use.
func (k *call) debug() error {
	if k.n.conf.values["enable-debug-command"] == "no" {
		return failure("ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.")
	}
	switch sub := upper(k.args[1]); {
	case sub == "SLEEP" && len(k.args) == 3:
		v, err := float(k.args[2])
		if err != nil || v < 0 || v > 60 {
			return errNotFloat
		}
		k.n.sleep(time.Duration(v * float64(time.Second))) // with the lock held, as it is meant
		k.w.OK()
	case sub == "OBJECT" && len(k.args) == 3:
		e := k.find(k.args[2])
		if e == nil {
			return errNoKey
		}
		k.w.Simple(fmt.Sprintf("Value at:0x0 refcount:1 encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
			k.n.encoding(k.db, e), k.n.estimate(k.db, e, samples), e.used.Unix()&(1<<24-1), int64(k.now.Sub(e.used).Seconds())))
	case sub == "JMAP" || sub == "SET-ACTIVE-EXPIRE" || sub == "QUICKLIST-PACKED-THRESHOLD":
		k.w.OK()
	default:
		return errSubcommandUse("DEBUG", k.args[1])
	}
	return nil
}

const errClientName = failure("ERR Client names cannot contain spaces, newlines or special characters.")

// validName reports whether a client may have a name: printable ASCII without spaces.
func validName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r < '!' || r > '~' })
}
