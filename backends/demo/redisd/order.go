package redisd

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// scored is a member of a sorted set.
type scored struct {
	member string
	score  float64
}

// order is what reading a collection makes of it: the members of a sorted set by score, or the
// elements of any collection by hash, for scanning. It lives until the next change.
type order struct {
	byScore []scored
	byHash  []hashed
}

type hashed struct {
	hash  uint64
	name  string
	value string // of a hash field
	score float64
}

// zset is the members of a sorted set from low to high.
func (k *call) zset(name string) ([]scored, error) {
	e, err := k.typed(name, kindZSet)
	if err != nil || e == nil {
		return nil, err
	}
	if e.order == nil {
		e.order = &order{}
	}
	if e.order.byScore == nil {
		scores, err := k.n.engine.db(k.db.id).SortedSet(name)
		if err != nil {
			return nil, err
		}
		e.order.byScore = sorted(scores)
	}
	return e.order.byScore, nil
}

func sorted(scores map[string]float64) []scored {
	out := make([]scored, 0, len(scores))
	for m, s := range scores {
		out = append(out, scored{m, s})
	}
	slices.SortFunc(out, byScore)
	return out
}

// byScore orders members as sorted sets do: by score, then by bytes.
func byScore(a, b scored) int {
	if c := cmp.Compare(a.score, b.score); c != 0 {
		return c
	}
	return strings.Compare(a.member, b.member)
}

// rank finds a member of a known score.
func rank(all []scored, m scored) int {
	i, _ := slices.BinarySearchFunc(all, m, byScore)
	return i
}

// scores is the map behind a sorted set; it must not be changed.
func (k *call) scores(name string) (map[string]float64, error) {
	e, err := k.typed(name, kindZSet)
	if err != nil || e == nil {
		return nil, err
	}
	return k.n.engine.db(k.db.id).SortedSet(name)
}

// byHash lists the elements of a hash, set or sorted set in the order of a scan.
func (k *call) byHash(e *entry) ([]hashed, error) {
	if e.order == nil {
		e.order = &order{}
	}
	if e.order.byHash != nil {
		return e.order.byHash, nil
	}
	db := k.n.engine.db(k.db.id)
	var out []hashed
	switch e.kind {
	case kindHash:
		fields, err := db.HKeys(e.name)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			out = append(out, hashed{hash: hash(f), name: f, value: db.HGet(e.name, f)})
		}
	case kindSet:
		names, err := db.Members(e.name)
		if err != nil {
			return nil, err
		}
		for _, m := range names {
			out = append(out, hashed{hash: hash(m), name: m})
		}
	default:
		scores, err := k.scores(e.name)
		if err != nil {
			return nil, err
		}
		for m, s := range scores {
			out = append(out, hashed{hash: hash(m), name: m, score: s})
		}
	}
	slices.SortFunc(out, func(a, b hashed) int {
		if c := cmp.Compare(a.hash, b.hash); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	e.order.byHash = out
	return out, nil
}

// page returns the elements from a hash on, about n of them, and the hash to go on from, 0 at
// the end. Elements of one hash stay together.
func page(all []hashed, cursor uint64, n int) ([]hashed, uint64) {
	i := sort.Search(len(all), func(i int) bool { return all[i].hash >= cursor })
	j := min(i+n, len(all))
	for j > i && j < len(all) && all[j].hash == all[j-1].hash {
		j++
	}
	if j == len(all) {
		return all[i:], 0
	}
	return all[i:j], all[j].hash
}
