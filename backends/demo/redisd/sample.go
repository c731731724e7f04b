package redisd

import "math"

// sampled is an element with the size it takes.
type sampled struct {
	size  int64
	value int64 // of an integer
}

// sample looks at some elements of a collection, all of them when n is 0, and tells how many
// there are.
func (n *node) sample(db *database, e *entry, limit int) ([]sampled, int) {
	store, enc := n.engine.db(db.id), n.encoding(db, e)
	compact := enc == "listpack" || enc == "quicklist"
	word := func(s string) int64 {
		if compact {
			return packed(s)
		}
		return sds(len(s))
	}
	total := n.elements(db, e)
	var out []sampled
	switch e.kind {
	case kindList:
		list, err := store.List(e.name)
		for _, s := range list[:pick(limit, len(list))] {
			out = append(out, sampled{size: word(s)})
		}
		return keep(out, total, err)
	case kindHash:
		fields, err := store.HKeys(e.name)
		for _, f := range fields[:pick(limit, len(fields))] {
			out = append(out, sampled{size: word(f) + word(store.HGet(e.name, f))})
		}
		return keep(out, total, err)
	case kindSet:
		members, err := store.Members(e.name)
		for _, m := range members[:pick(limit, len(members))] {
			v, _ := integer(m) // 0 where it is none, which asks for no width
			out = append(out, sampled{size: word(m), value: v})
		}
		return keep(out, total, err)
	}
	scores, err := store.SortedSet(e.name)
	for m, s := range scores {
		if limit > 0 && len(out) >= limit {
			break
		}
		size := word(m)
		if compact {
			size += packed(score(s))
		}
		out = append(out, sampled{size: size})
	}
	return keep(out, total, err)
}

// keep is nothing when the key could not be read.
func keep(out []sampled, total int, err error) ([]sampled, int) {
	if err != nil {
		return nil, 0
	}
	return out, total
}

func pick(limit, n int) int {
	if limit <= 0 {
		return n
	}
	return min(limit, n)
}

// intWidth is how many bytes an integer of an intset takes.
func intWidth(list []sampled) int {
	width := 2
	for _, s := range list {
		switch {
		case s.value > math.MaxInt32 || s.value < math.MinInt32:
			return 8
		case s.value > math.MaxInt16 || s.value < math.MinInt16:
			width = 4
		}
	}
	return width
}
