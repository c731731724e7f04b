package redisd

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

func aclHandlers() map[string]handler {
	return map[string]handler{
		"acl|whoami": func(k *call) error { k.w.Bulk(k.c.user); return nil },
		"acl|users":  func(k *call) error { k.w.Bulks([]string{"default"}); return nil },
		"acl|list": func(k *call) error {
			k.w.Bulks([]string{"user default on " + k.n.passwordRule() + " ~* &* +@all"})
			return nil
		},
		"acl|cat":     (*call).aclCat,
		"acl|dryrun":  (*call).aclDryRun,
		"acl|getuser": (*call).aclGetUser,
		"acl|genpass": (*call).aclGenPass,
		"acl|log":     (*call).aclLog,
		"acl|setuser": func(*call) error { return failure("ERR ACL rules cannot be changed on this server") },
		"acl|deluser": func(*call) error { return failure("ERR The 'default' user cannot be removed") },
		"acl|save":    aclFile, "acl|load": aclFile,
		"command": (*call).commands, "command|count": func(k *call) error { k.w.Int(int64(len(k.n.table))); return nil },
		"command|info": (*call).commandInfo, "command|docs": (*call).commandDocs, "command|list": (*call).commandList,
		"command|getkeys": (*call).commandKeys,
	}
}

func aclFile(*call) error {
	return failure("ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users in the Redis configuration.")
}

// passwordRule is nopass, or the hash of the password.
func (n *node) passwordRule() string {
	pw := n.conf.values["requirepass"]
	if pw == "" {
		return "nopass"
	}
	sum := sha256.Sum256([]byte(pw))
	return "#" + hex.EncodeToString(sum[:])
}

// categories are the ACL categories with their commands.
func (n *node) categories() map[string][]string {
	out := map[string][]string{}
	for _, c := range n.every() {
		for _, cat := range c.cats {
			out[cat] = append(out[cat], c.name)
		}
	}
	return out
}

// aclLog is empty: nobody is ever refused what the log is about.
func (k *call) aclLog() error {
	if len(k.args) > 2 {
		if upper(k.args[2]) == "RESET" {
			k.w.OK()
			return nil
		}
		if _, err := integer(k.args[2]); err != nil {
			return err
		}
	}
	k.w.Array(0)
	return nil
}

func (k *call) aclCat() error {
	cats := k.n.categories()
	if len(k.args) == 2 {
		k.w.Bulks(slices.Sorted(maps.Keys(cats)))
		return nil
	}
	list, ok := cats[strings.ToLower(k.args[2])]
	if !ok {
		return failure("ERR Unknown category '" + k.args[2] + "'")
	}
	slices.Sort(list)
	k.w.Bulks(list)
	return nil
}

// aclDryRun tells whether the one user, who may do everything, may run a command.
func (k *call) aclDryRun() error {
	if k.args[2] != "default" {
		return failure("ERR User '" + k.args[2] + "' not found")
	}
	if _, err := k.n.lookup(k.args[3:]); err != nil {
		if strings.HasPrefix(err.Error(), "ERR wrong number") {
			return err
		}
		return failure("ERR Command '" + k.args[3] + "' not found")
	}
	k.w.OK()
	return nil
}

func (k *call) aclGetUser() error {
	if k.args[2] != "default" {
		k.w.Null()
		return nil
	}
	flags, passwords := []string{"on"}, []string{}
	if rule := k.n.passwordRule(); rule == "nopass" {
		flags = append(flags, rule)
	} else {
		passwords = []string{rule[1:]}
	}
	k.pairs("flags", func() {
		k.w.Set(len(flags))
		for _, f := range flags {
			k.w.Bulk(f)
		}
	}, "passwords", func() { k.w.Bulks(passwords) }, "commands", "+@all", "keys", "~*", "channels", "&*", "selectors", func() { k.w.Array(0) })
	return nil
}

func (k *call) aclGenPass() error {
	bits := int64(256)
	if len(k.args) > 2 {
		var err error
		if bits, err = integer(k.args[2]); err != nil {
			return err
		}
	}
	if bits < 1 || bits > 4096 {
		return failure("ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096")
	}
	b := make([]byte, (bits+7)/8)
	_, _ = rand.Read(b) // never fails
	k.w.Bulk(hex.EncodeToString(b)[:(bits+3)/4])
	return nil
}

func (k *call) commands() error {
	names := slices.Sorted(maps.Keys(k.n.table))
	k.w.Array(len(names))
	for _, name := range names {
		k.describe(k.n.table[name])
	}
	return nil
}

// statuses writes a set of status replies.
func (k *call) statuses(list []string, prefix string) {
	k.w.Set(len(list))
	for _, s := range list {
		k.w.Simple(prefix + s)
	}
}

// named finds a command by "name" or "container|sub".
func (n *node) named(name string) *command {
	container, sub, isSub := strings.Cut(strings.ToLower(name), "|")
	c := n.table[container]
	if c != nil && isSub {
		return c.subs[sub]
	}
	return c
}

func (k *call) commandInfo() error {
	if len(k.args) == 2 {
		return k.commands()
	}
	k.w.Array(len(k.args) - 2)
	for _, name := range k.args[2:] {
		if c := k.n.named(name); c != nil {
			k.describe(c)
		} else {
			k.w.Null()
		}
	}
	return nil
}

func (k *call) commandDocs() error {
	names := k.args[2:]
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(k.n.table))
	}
	var list []*command
	for _, name := range names {
		if c := k.n.named(name); c != nil {
			list = append(list, c)
		}
	}
	k.docs(list)
	return nil
}

func (k *call) docs(list []*command) {
	k.w.Map(len(list))
	for _, c := range list {
		k.w.Bulk(c.name)
		values := []any{"since", c.since, "group", c.group}
		if len(c.subs) > 0 {
			var subs []*command
			for _, name := range slices.Sorted(maps.Keys(c.subs)) {
				subs = append(subs, c.subs[name])
			}
			values = append(values, "subcommands", func() { k.docs(subs) })
		}
		k.pairs(values...)
	}
}

func (k *call) commandList() error {
	if len(k.args) != 2 && (len(k.args) != 5 || upper(k.args[2]) != "FILTERBY") {
		return errSyntax
	}
	keep := func(*command) bool { return true }
	if len(k.args) == 5 {
		value := strings.ToLower(k.args[4])
		switch upper(k.args[3]) {
		case "ACLCAT":
			keep = func(c *command) bool { return slices.Contains(c.cats, value) }
		case "PATTERN":
			keep = func(c *command) bool { return globFold(k.args[4], c.name) }
		case "MODULE":
			keep = func(*command) bool { return false }
		default:
			return errSyntax
		}
	}
	var names []string
	for _, c := range k.n.every() {
		if keep(c) {
			names = append(names, c.name)
		}
	}
	k.w.Bulks(names)
	return nil
}

func (k *call) commandKeys() error {
	cmd, err := k.n.lookup(k.args[2:])
	if err != nil {
		if strings.HasPrefix(err.Error(), "ERR wrong number") {
			return failure("ERR Invalid number of arguments specified for command")
		}
		return failure("ERR Invalid command specified")
	}
	keys := cmd.keys(k.args[2:])
	if len(keys) == 0 {
		return failure("ERR The command has no key arguments")
	}
	k.w.Bulks(keys)
	return nil
}
