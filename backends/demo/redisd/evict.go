package redisd

import "strings"

// evict removes the key that maxmemory-policy chooses from a sample, and reports whether there
// was one.
func (n *node) evict() bool {
	policy := n.conf.values["maxmemory-policy"]
	if policy == "noeviction" {
		return false
	}
	var worst *entry
	var at *database
	for _, db := range n.keys.dbs {
		for range n.conf.number("maxmemory-samples") {
			e := db.candidate(strings.HasPrefix(policy, "volatile-"))
			if e != nil && (worst == nil || staler(policy, e, worst)) {
				worst, at = e, db
			}
		}
	}
	if worst == nil {
		return false
	}
	n.removeKey(at, worst)
	n.stats.evicted++
	n.notify(at, 'e', "evicted", worst.name)
	return true
}

// staler reports whether a policy would rather remove one key than another.
func staler(policy string, a, b *entry) bool {
	switch {
	case strings.HasSuffix(policy, "-lru"):
		return a.used.Before(b.used)
	case strings.HasSuffix(policy, "-lfu"):
		return a.uses < b.uses
	case strings.HasSuffix(policy, "-ttl"):
		return a.expire < b.expire
	}
	return false
}

// candidate is a key that may be evicted, or nil: any, or one with an expiry.
func (db *database) candidate(expiring bool) *entry {
	switch {
	case db.dict.len() == 0 || expiring && db.expiring == 0:
		return nil
	case !expiring:
		return db.dict.random()
	}
	for _, e := range db.dict.names {
		if e.expire != 0 {
			return e
		}
	}
	return nil
}
