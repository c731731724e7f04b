package redisd

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

func readHandlers() map[string]handler {
	return map[string]handler{
		"hvals": (*call).hashAll, "hkeys": (*call).hashAll, "hgetall": (*call).hashAll, "hrandfield": (*call).hrandfield,
		"sinter": (*call).setReply, "sunion": (*call).setReply, "sdiff": (*call).setReply, "smembers": (*call).smembers,
	}
}

// arrange keeps the order of the fields of a small hash after a write that names these words:
// such a hash is answered in the order its fields came.
func (k *call) arrange(e *entry, words []string) {
	limit := k.n.conf.number("hash-max-listpack-entries")
	switch {
	case e.wide:
		e.fields = nil
		return
	case k.cmd.name == "hdel":
		e.fields = slices.DeleteFunc(e.fields, func(f string) bool { return slices.Contains(words, f) })
		return
	}
	known := make(map[string]bool, len(e.fields))
	for _, f := range e.fields {
		known[f] = true
	}
	for i := 0; i < len(words); i += 2 {
		if f := words[i]; !known[f] {
			known[f] = true
			e.fields = append(e.fields, f)
		}
	}
	if int64(len(e.fields)) > limit {
		e.wide, e.fields = true, nil
	}
}

// fieldNames are the fields of a hash in their order.
func (k *call) fieldNames(e *entry) ([]string, error) {
	names, err := k.n.engine.db(k.db.id).HKeys(e.name)
	if err == nil && len(e.fields) == len(names) {
		return e.fields, nil
	}
	return names, err
}

// hash is the fields of a hash key in their order.
func (k *call) hash(name string) ([]string, error) {
	e, err := k.typed(name, kindHash)
	if err != nil || e == nil {
		return nil, err
	}
	return k.fieldNames(e)
}

// hashAll is HGETALL, HKEYS and HVALS.
func (k *call) hashAll() error {
	names, err := k.hash(k.args[1])
	if err != nil {
		return err
	}
	keys, values := k.cmd.name != "hvals", k.cmd.name != "hkeys"
	if keys && values {
		k.w.Map(len(names))
	} else {
		k.w.Array(len(names))
	}
	db := k.n.engine.db(k.db.id)
	for _, f := range names {
		if keys {
			k.w.Bulk(f)
		}
		if values {
			k.w.Bulk(db.HGet(k.args[1], f))
		}
	}
	return nil
}

// maxPicks bounds how many elements with repetition one command may ask for.
const maxPicks = 1 << 20

// picks reads the count of HRANDFIELD and ZRANDMEMBER; without one it is 1.
func (k *call) picks(with string) (n int64, err error) {
	if len(k.args) > 4 || len(k.args) == 4 && upper(k.args[3]) != with {
		return 0, errSyntax
	}
	if len(k.args) == 2 {
		return 1, nil
	}
	if n, err = integer(k.args[2]); err == nil && (n < -maxPicks || n > math.MaxInt32) {
		err = failure("ERR value is out of range")
	}
	return n, err
}

func (k *call) hrandfield() error {
	n, err := k.picks("WITHVALUES")
	if err != nil {
		return err
	}
	names, err := k.hash(k.args[1])
	if err != nil {
		return err
	}
	picked, values := draw(names, n), len(k.args) == 4
	if len(k.args) == 2 {
		k.bulkOrNull(strings.Join(picked, ""), len(picked) > 0)
		return nil
	}
	if values && !k.w.V3 {
		k.w.Array(2 * len(picked))
	} else {
		k.w.Array(len(picked))
	}
	for _, f := range picked {
		if values && k.w.V3 {
			k.w.Array(2)
		}
		k.w.Bulk(f)
		if values {
			k.w.Bulk(k.n.engine.db(k.db.id).HGet(k.args[1], f))
		}
	}
	return nil
}

// draw picks n different elements, or -n with repetition when n is negative.
func draw[T any](from []T, n int64) []T {
	var out []T
	switch {
	case len(from) == 0:
	case n < 0:
		for range -n {
			out = append(out, from[rand.IntN(len(from))])
		}
	case n >= int64(len(from)):
		return from
	default:
		for _, i := range rand.Perm(len(from))[:n] {
			out = append(out, from[i])
		}
	}
	return out
}

// setReply answers what the engine makes an array as the set that it is.
func (k *call) setReply() error {
	k.w.RawSet(k.n.engine.run(k.db.id, k.w.V3, k.args...))
	return nil
}

func (k *call) smembers() error {
	e, err := k.typed(k.args[1], kindSet)
	if err != nil {
		return err
	}
	var members []string
	if e != nil {
		if members, err = k.setMembers(e); err != nil {
			return err
		}
	}
	k.w.Set(len(members))
	for _, m := range members {
		k.w.Bulk(m)
	}
	return nil
}

// setMembers are the members of a set; those of an intset come by their value.
func (k *call) setMembers(e *entry) ([]string, error) {
	members, err := k.n.engine.db(k.db.id).Members(e.name)
	if err == nil && k.n.encoding(k.db, e) == "intset" {
		slices.SortFunc(members, func(a, b string) int {
			x, _ := integer(a) // all are integers
			y, _ := integer(b)
			return cmp.Compare(x, y)
		})
	}
	return members, err
}
