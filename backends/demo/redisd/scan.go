package redisd

import (
	"strconv"
	"strings"

	"bustop/backends/demo/redisd/internal/glob"
)

func scanHandlers() map[string]handler {
	return map[string]handler{
		"scan": (*call).scan, "hscan": (*call).scanInside, "sscan": (*call).scanInside, "zscan": (*call).scanInside,
	}
}

// scanOptions are those of the SCAN family.
type scanOptions struct {
	cursor uint64
	count  int
	match  string
	kind   string
}

func (k *call) scanOptions(at int) (s scanOptions, err error) {
	s = scanOptions{count: 10, match: "*"}
	if s.cursor, err = cursor(k.args[at]); err != nil {
		return s, err
	}
	o := options{args: k.args[at+1:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		value, err := o.value()
		if err != nil {
			return s, err
		}
		switch {
		case word == "COUNT":
			v, err := integer(value)
			if err != nil {
				return s, err
			}
			if v < 1 {
				return s, errSyntax
			}
			s.count = int(min(v, 1<<30))
		case word == "MATCH":
			s.match = value
		case word == "TYPE" && k.cmd.name == "scan":
			s.kind = value
		default:
			return s, errSyntax
		}
	}
	return s, nil
}

// cursor reads a cursor as C's strtoul does: a negative one wraps around.
func cursor(word string) (uint64, error) {
	v, err := strconv.ParseUint(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "+"), 10, 64)
	if err != nil {
		return 0, errCursor
	}
	if strings.HasPrefix(word, "-") {
		v = -v
	}
	return v, nil
}

func (k *call) scan() error {
	s, err := k.scanOptions(1)
	if err != nil {
		return err
	}
	var met []string
	next := k.db.dict.scan(s.cursor, s.count, func(e *entry) { met = append(met, e.name) })
	names := met[:0]
	for _, name := range met {
		if e := k.find(name); e != nil && (s.kind == "" || s.kind == e.kind) && glob.Match(s.match, name) {
			names = append(names, name)
		}
	}
	k.w.Array(2)
	k.w.Bulk(strconv.FormatUint(next, 10))
	k.w.Bulks(names)
	return nil
}

// scanInside scans a hash, set or sorted set. Small ones come in one piece, as from Redis.
func (k *call) scanInside() error {
	s, err := k.scanOptions(2)
	if err != nil {
		return err
	}
	kind := map[string]string{"hscan": kindHash, "sscan": kindSet, "zscan": kindZSet}[k.cmd.name]
	e, err := k.typed(k.args[1], kind)
	if err != nil {
		return err
	}
	var found []hashed
	var next uint64
	if e != nil {
		part, after, err := k.page(e, s)
		if err != nil {
			return err
		}
		next = after
		for _, h := range part {
			if glob.Match(s.match, h.name) {
				found = append(found, h)
			}
		}
	}
	k.w.Array(2)
	k.w.Bulk(strconv.FormatUint(next, 10))
	k.writeFound(kind, found)
	return nil
}

// page is the part of a collection that one call of a scan meets: all of a small one, in its
// own order.
func (k *call) page(e *entry, s scanOptions) (part []hashed, next uint64, err error) {
	if !k.compact(e) {
		all, err := k.byHash(e)
		if err != nil {
			return nil, 0, err
		}
		part, next = page(all, s.cursor, s.count)
		return part, next, nil
	}
	var names []string
	switch e.kind {
	case kindZSet:
		all, err := k.zset(e.name)
		for _, m := range all {
			part = append(part, hashed{name: m.member, score: m.score})
		}
		return part, 0, err
	case kindHash:
		names, err = k.fieldNames(e)
	default:
		names, err = k.setMembers(e)
	}
	for _, f := range names {
		part = append(part, hashed{name: f, value: k.n.engine.db(k.db.id).HGet(e.name, f)})
	}
	return part, 0, err
}

func (k *call) writeFound(kind string, found []hashed) {
	if kind == kindSet {
		k.w.Array(len(found))
	} else {
		k.w.Array(2 * len(found))
	}
	for _, h := range found {
		k.w.Bulk(h.name)
		switch kind {
		case kindHash:
			k.w.Bulk(h.value)
		case kindZSet:
			k.w.Bulk(score(h.score))
		}
	}
}
