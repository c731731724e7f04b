package redisd

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"time"
)

// commandsText describes the commands of Redis 7.0.15 that exist here, one a line: name
// (container|sub-command), arity (negative: at least), first and last key and step between
// them, flags, ACL categories, tips, group, since, key specifications.
//
//go:embed commands.tsv
var commandsText string

// handler answers one command. What it returns is the reply instead of what it wrote.
type handler func(*call) error

// command is what is known of a command, with its figures since CONFIG RESETSTAT.
type command struct {
	name              string // in lower case, container|sub
	arity             int
	first, last, step int
	flags, cats, tips []string
	group, since      string
	specs             []keySpec
	subs              map[string]*command
	run               handler
	effect            effect

	write, readonly, noAuth, noScript, noMulti, denyOOM, blocking bool

	calls, rejected, failed int64
	spent                   time.Duration
	times                   histogram
}

// has reports whether the command carries a flag.
func (c *command) has(flag string) bool { return slices.Contains(c.flags, flag) }

// parent is the name without the sub-command.
func (c *command) parent() string { name, _, _ := strings.Cut(c.name, "|"); return name }

// commandTable reads the commands and gives them their handlers.
func commandTable() map[string]*command {
	run, effects := handlers(), effects()
	table := map[string]*command{}
	for line := range strings.Lines(commandsText) {
		c := parseCommand(strings.Split(strings.TrimSpace(line), "\t"))
		c.run, c.effect = run[c.name], effects[c.name]
		container, sub, isSub := strings.Cut(c.name, "|")
		switch {
		case isSub:
			parent := table[container]
			if parent.subs == nil {
				parent.subs = map[string]*command{}
			}
			if c.run == nil {
				c.run = run[container]
			}
			parent.subs[sub] = c
		default:
			if c.run == nil {
				c.run = (*call).engine
			}
			table[c.name] = c
		}
	}
	return table
}

// parseCommand reads a line of commandsText; a test holds its form.
func parseCommand(f []string) *command {
	list := func(s string) []string {
		if s == "-" {
			return nil
		}
		return strings.Split(s, ",")
	}
	number := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			panic("redisd: commands.tsv: " + strings.Join(f, " "))
		}
		return n
	}
	keys := strings.Split(f[2], ",")
	c := &command{
		name: f[0], arity: number(f[1]), first: number(keys[0]), last: number(keys[1]), step: number(keys[2]),
		flags: list(f[3]), cats: list(f[4]), tips: list(f[5]), group: f[6], since: f[7], specs: keySpecs(f[8]),
	}
	c.write, c.readonly, c.noAuth = c.has("write"), c.has("readonly"), c.has("no_auth")
	c.noScript, c.noMulti = c.has("noscript"), c.has("no_multi")
	c.denyOOM, c.blocking = c.has("denyoom"), c.has("blocking")
	return c
}

// lookup finds a command, or the sub-command that the second word names.
func (n *node) lookup(args []string) (*command, error) {
	c := n.table[strings.ToLower(args[0])]
	if c == nil {
		return nil, errUnknown(args)
	}
	if c.subs != nil && len(args) > 1 {
		sub := c.subs[strings.ToLower(args[1])]
		if sub == nil {
			return nil, errSubcommand(args[0], args[1])
		}
		c = sub
	}
	if c.arity > 0 && len(args) != c.arity || len(args) < -c.arity {
		return nil, errArity(c.name)
	}
	return c, nil
}

// keys are the keys among the arguments of a command.
func (c *command) keys(args []string) []string {
	if f := movableKeys(c.name); f != nil {
		return f(args)
	}
	if c.first == 0 || c.step == 0 {
		return nil
	}
	last := c.last
	if last < 0 {
		last = len(args) + last
	}
	var out []string
	for i := c.first; i <= last && i < len(args); i += c.step {
		out = append(out, args[i])
	}
	return out
}

// movableKeys finds the keys of commands that have them at no fixed place.
func movableKeys(name string) func(args []string) []string {
	counted := func(at int, fixed ...int) func([]string) []string {
		return func(args []string) []string { return countedKeys(args, at, fixed...) }
	}
	switch name {
	case "eval", "evalsha", "eval_ro", "evalsha_ro", "blmpop", "bzmpop":
		return counted(2)
	case "zunion", "zinter", "zdiff", "zintercard", "sintercard", "lmpop", "zmpop":
		return counted(1)
	case "zunionstore", "zinterstore", "zdiffstore":
		return counted(2, 1)
	case "xread", "xreadgroup":
		return streamKeys
	case "sort", "sort_ro":
		return func(args []string) []string { return storeKeys(args, "STORE") }
	case "georadius", "georadiusbymember":
		return func(args []string) []string { return storeKeys(args, "STORE", "STOREDIST") }
	}
	return nil
}

func countedKeys(args []string, at int, fixed ...int) []string {
	var out []string
	for _, i := range fixed {
		if i < len(args) {
			out = append(out, args[i])
		}
	}
	if at >= len(args) {
		return out
	}
	n, err := strconv.Atoi(args[at])
	if err != nil || n < 0 || n > len(args)-at-1 {
		return out
	}
	return append(out, args[at+1:at+1+n]...)
}

func streamKeys(args []string) []string {
	for i, a := range args {
		if strings.EqualFold(a, "STREAMS") {
			rest := args[i+1:]
			return rest[:len(rest)/2]
		}
	}
	return nil
}

func storeKeys(args []string, options ...string) []string {
	if len(args) < 2 {
		return nil
	}
	out := []string{args[1]}
	for i := 2; i+1 < len(args); i++ {
		if slices.ContainsFunc(options, func(o string) bool { return strings.EqualFold(o, args[i]) }) {
			out = append(out, args[i+1])
		}
	}
	return out
}
