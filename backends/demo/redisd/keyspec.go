package redisd

import (
	"slices"
	"strings"
)

// keySpec says where the keys of a command are, as COMMAND INFO does: flags, how to find the
// first, and how to go on. See https://redis.io/docs/latest/develop/reference/key-specs.
type keySpec struct {
	flags       []string
	begin, find []string // the kind, then its values
}

// keySpecs reads flags/begin/find;flags/begin/find….
func keySpecs(s string) (out []keySpec) {
	if s == "-" {
		return nil
	}
	for _, one := range strings.Split(s, ";") {
		part := strings.Split(one, "/")
		out = append(out, keySpec{strings.Split(part[0], ","), strings.Split(part[1], ":"), strings.Split(part[2], ":")})
	}
	return out
}

// specNames are the names of the values of each kind.
func specNames(kind string) []string {
	switch kind {
	case "index":
		return []string{"index"}
	case "keyword":
		return []string{"keyword", "startfrom"}
	case "range":
		return []string{"lastkey", "keystep", "limit"}
	case "keynum":
		return []string{"keynumidx", "firstkey", "keystep"}
	}
	return nil
}

func (k *call) keySpec(s keySpec) {
	half := func(words []string) func() {
		return func() {
			k.pairs("type", words[0], "spec", func() {
				names := specNames(words[0])
				k.w.Map(len(names))
				for i, name := range names {
					k.w.Bulk(name)
					if v, err := integer(words[i+1]); err == nil {
						k.w.Int(v)
					} else {
						k.w.Bulk(words[i+1])
					}
				}
			})
		}
	}
	k.pairs("flags", func() { k.statuses(s.flags, "") }, "begin_search", half(s.begin), "find_keys", half(s.find))
}

// describe writes a command as COMMAND INFO does.
func (k *call) describe(c *command) {
	k.w.Array(10)
	k.w.Bulk(c.name)
	k.w.Int(int64(c.arity))
	k.statuses(c.flags, "")
	k.w.Int(int64(c.first))
	k.w.Int(int64(c.last))
	k.w.Int(int64(c.step))
	k.statuses(c.cats, "@")
	k.w.Set(len(c.tips))
	for _, t := range c.tips {
		k.w.Bulk(t)
	}
	k.w.Set(len(c.specs))
	for _, s := range c.specs {
		k.keySpec(s)
	}
	k.w.Set(len(c.subs))
	for _, name := range sortedNames(c.subs) {
		k.describe(c.subs[name])
	}
}

// every lists all commands, sub-commands too, by name.
func (n *node) every() []*command {
	var out []*command
	for _, c := range n.table {
		out = append(out, c)
		for _, sub := range c.subs {
			out = append(out, sub)
		}
	}
	slices.SortFunc(out, func(a, b *command) int { return strings.Compare(a.name, b.name) })
	return out
}
