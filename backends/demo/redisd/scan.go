package redisd

import (
	"strconv"

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
	if s.cursor, err = strconv.ParseUint(k.args[at], 10, 64); err != nil {
		return s, errCursor
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
		all, err := k.byHash(e)
		if err != nil {
			return err
		}
		if k.compact(e) {
			s.cursor, s.count = 0, len(all)
		}
		part, after := page(all, s.cursor, s.count)
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
			k.w.Double(h.score)
		}
	}
}
