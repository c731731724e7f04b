package redisd

import (
	"math"
)

func zsetHandlers() map[string]handler {
	m := map[string]handler{
		"zadd": (*call).zadd, "zincrby": (*call).zincrby, "zrem": (*call).zrem, "zscore": (*call).zscore, "zmscore": (*call).zmscore,
		"zrank": (*call).zrank, "zrevrank": (*call).zrank, "zrandmember": (*call).zrandmember,
		"zpopmin": (*call).zpop, "zpopmax": (*call).zpop, "zmpop": (*call).zmpop,
		"bzpopmin": (*call).bzpop, "bzpopmax": (*call).bzpop, "bzmpop": (*call).bzmpop,
	}
	for _, name := range []string{"zrange", "zrangestore", "zrevrange", "zrangebyscore", "zrevrangebyscore", "zrangebylex", "zrevrangebylex"} {
		m[name] = (*call).zrange
	}
	for _, name := range []string{"zcount", "zlexcount", "zremrangebyrank", "zremrangebyscore", "zremrangebylex"} {
		m[name] = (*call).zsection
	}
	for _, name := range []string{"zunion", "zinter", "zdiff", "zunionstore", "zinterstore", "zdiffstore", "zintercard"} {
		m[name] = (*call).zcombine
	}
	return m
}

// zaddOptions are those of ZADD.
type zaddOptions struct{ nx, xx, gt, lt, ch, incr bool }

func (o *zaddOptions) read(args []string) (rest []string) {
	for i, a := range args {
		switch upper(a) {
		case "NX":
			o.nx = true
		case "XX":
			o.xx = true
		case "GT":
			o.gt = true
		case "LT":
			o.lt = true
		case "CH":
			o.ch = true
		case "INCR":
			o.incr = true
		default:
			return args[i:]
		}
	}
	return nil
}

func (k *call) zadd() error {
	var o zaddOptions
	pairs := o.read(k.args[2:])
	switch {
	case len(pairs) == 0 || len(pairs)%2 != 0:
		return errSyntax
	case o.nx && o.xx:
		return failure("ERR XX and NX options at the same time are not compatible")
	case o.gt && o.nx, o.lt && o.nx, o.gt && o.lt:
		return failure("ERR GT, LT, and/or NX options at the same time are not compatible")
	case o.incr && len(pairs) > 2:
		return failure("ERR INCR option supports a single increment-element pair")
	}
	var values []scored
	for i := 0; i < len(pairs); i += 2 {
		score, err := float(pairs[i])
		score += 0 // no negative zero: compact encodings do not keep its sign
		if err != nil {
			return errNotFloat
		}
		values = append(values, scored{pairs[i+1], score})
	}
	return k.zput(o, values)
}

func (k *call) zincrby() error {
	add, err := float(k.args[2])
	if err != nil {
		return errNotFloat
	}
	return k.zput(zaddOptions{incr: true}, []scored{{k.args[3], add}})
}

// zput adds members to the sorted set of a call, or changes their scores, and answers.
func (k *call) zput(o zaddOptions, values []scored) error {
	name := k.args[1]
	scores, err := k.scores(name)
	if err != nil {
		return err
	}
	db := k.n.engine.db(k.db.id)
	added, changed := 0, 0
	var result float64
	done := false
	for _, v := range values {
		old, has := scores[v.member]
		if o.incr && has {
			if v.score += old; math.IsNaN(v.score) && !o.nx {
				return errNaN
			}
		}
		if !o.allows(has, old, v.score) {
			continue
		}
		result, done = v.score, true
		if has && v.score == old {
			continue
		}
		if has {
			changed++
		} else {
			added++
		}
		if _, err := db.ZAdd(name, v.score, v.member); err != nil {
			return err
		}
		if scores == nil {
			if scores, err = db.SortedSet(name); err != nil {
				return err
			}
		}
	}
	if added+changed > 0 {
		k.zchanged(name, values, o.incr)
	}
	k.zputReply(o, added, changed, result, done)
	return nil
}

// allows reports whether a member may get a score.
func (o *zaddOptions) allows(has bool, old, next float64) bool {
	if !has {
		return !o.xx
	}
	return !o.nx && (!o.gt || next > old) && (!o.lt || next < old)
}

func (k *call) zchanged(name string, values []scored, incr bool) {
	if e := k.n.sync(k.db, name, false); e != nil {
		for _, v := range values {
			e.outgrow([]string{v.member})
		}
	}
	if incr {
		k.notify('z', "zincr", name)
	} else {
		k.notify('z', "zadd", name)
	}
}

func (k *call) zputReply(o zaddOptions, added, changed int, result float64, done bool) {
	switch {
	case o.incr && done:
		k.w.Double(result)
	case o.incr:
		k.w.Null()
	case o.ch:
		k.w.Int(int64(added + changed))
	default:
		k.w.Int(int64(added))
	}
}

// zdrop removes members from a sorted set and tells of it.
func (k *call) zdrop(name, event string, members []scored) error {
	if len(members) == 0 {
		return nil
	}
	db := k.n.engine.db(k.db.id)
	for _, m := range members {
		if _, err := db.ZRem(name, m.member); err != nil {
			return err
		}
	}
	gone := k.n.sync(k.db, name, false) == nil
	k.notify('z', event, name)
	if gone {
		k.notify('g', "del", name)
	}
	return nil
}

func (k *call) zrem() error {
	scores, err := k.scores(k.args[1])
	if err != nil {
		return err
	}
	var found []scored
	seen := map[string]bool{}
	for _, m := range k.args[2:] {
		if s, ok := scores[m]; ok && !seen[m] {
			seen[m] = true
			found = append(found, scored{m, s})
		}
	}
	k.w.Int(int64(len(found)))
	return k.zdrop(k.args[1], "zrem", found)
}

func (k *call) zscore() error {
	scores, err := k.scores(k.args[1])
	if err != nil {
		return err
	}
	s, ok := scores[k.args[2]]
	k.doubleOrNull(s, ok)
	return nil
}

func (k *call) doubleOrNull(s float64, ok bool) {
	if ok {
		k.w.Double(s)
	} else {
		k.w.Null()
	}
}

func (k *call) zmscore() error {
	scores, err := k.scores(k.args[1])
	if err != nil {
		return err
	}
	k.w.Array(len(k.args) - 2)
	for _, m := range k.args[2:] {
		s, ok := scores[m]
		k.doubleOrNull(s, ok)
	}
	return nil
}

func (k *call) zrank() error {
	if len(k.args) > 3 {
		return errArity(k.cmd.name)
	}
	all, err := k.zset(k.args[1])
	if err != nil {
		return err
	}
	scores, err := k.scores(k.args[1])
	if err != nil {
		return err
	}
	s, ok := scores[k.args[2]]
	if !ok {
		k.w.Null()
		return nil
	}
	i := rank(all, scored{k.args[2], s})
	if k.cmd.name == "zrevrank" {
		i = len(all) - 1 - i
	}
	k.w.Int(int64(i))
	return nil
}

// members writes members, with their scores if asked; version 3 has them in pairs where nested.
func (k *call) members(list []scored, scores, nested bool) {
	pairs := scores && nested && k.w.V3
	switch {
	case scores && !pairs:
		k.w.Array(2 * len(list))
	default:
		k.w.Array(len(list))
	}
	for _, m := range list {
		if pairs {
			k.w.Array(2)
		}
		k.w.Bulk(m.member)
		if scores {
			k.w.Double(m.score)
		}
	}
}

// resultStore replaces a key with a sorted set and tells of it, or deletes it when that is empty.
func (k *call) resultStore(name, event string, list []scored) error {
	db := k.n.engine.db(k.db.id)
	old := k.find(name)
	if old != nil {
		db.Del(name)
	}
	if len(list) == 0 {
		if old != nil {
			k.n.forget(k.db, old)
			k.notify('g', "del", name)
		}
		k.w.Int(0)
		return nil
	}
	var names []string
	for _, m := range list {
		if _, err := db.ZAdd(name, m.score, m.member); err != nil {
			return err
		}
		names = append(names, m.member)
	}
	if e := k.n.sync(k.db, name, true); e != nil {
		e.outgrow(names)
	}
	k.notify('z', event, name)
	k.w.Int(int64(len(list)))
	return nil
}
