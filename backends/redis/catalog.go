package redis

import (
	"slices"
	"strings"
	"sync"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// maxNames bounds the names kept of each kind; what is beyond is counted only.
const maxNames = 20_000

// catalog holds the objects that the walker has found, by kind. The keys of the keyspace are not
// among them: there may be more than fit.
type catalog struct {
	mu    sync.Mutex
	kinds map[backends.Kind]*names
	pass  uint32 // the number of the present pass
}

// names are the objects of one kind.
type names struct {
	found  map[string]entry
	sorted []string // nil when found has changed
	// beyond says that the present or the last pass found more than fit.
	beyond bool
}

type entry struct {
	typ  string
	pass uint32 // the last pass that saw it
	// other marks a key that a read has shown to be something else: a delay queue is no
	// leaderboard. It is kept so that it is not read again and again.
	other bool
	// match says what the object is, where that is more than its type.
	match *profile.Match
}

func newCatalog() *catalog { return &catalog{kinds: map[backends.Kind]*names{}} }

// begin starts a pass.
func (c *catalog) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pass++
}

// number is that of the present pass.
func (c *catalog) number() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pass
}

// add records an object seen in this pass.
func (c *catalog) add(kind backends.Kind, name, typ string, match *profile.Match) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.kinds[kind]
	if n == nil {
		n = &names{found: map[string]entry{}}
		c.kinds[kind] = n
	}
	old, known := n.found[name]
	if !known && len(n.found) >= maxNames {
		n.beyond = true
		return
	}
	// A lock was recognised anew; other kinds are added by their type alone.
	other := old.other && old.typ == typ && kind != backends.KindLock
	if !known || other != old.other {
		n.sorted = nil
	}
	n.found[name] = entry{typ: typ, pass: c.pass, other: other, match: match}
}

// matchOf returns what an object is, nil where that is no more than its type.
func (c *catalog) matchOf(kind backends.Kind, name string) *profile.Match {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.kinds[kind]; n != nil {
		return n.found[name].match
	}
	return nil
}

// keep marks an object as seen in this pass, in every kind in which it is known, and reports
// whether there is any.
func (c *catalog) keep(name string) (known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.kinds {
		if e, ok := n.found[name]; ok {
			e.pass = c.pass
			n.found[name] = e
			known = true
		}
	}
	return known
}

// end closes a complete pass: what it has not seen is gone.
func (c *catalog) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.kinds {
		before := len(n.found)
		for name, e := range n.found {
			if e.pass != c.pass {
				delete(n.found, name)
			}
		}
		if len(n.found) != before {
			n.sorted = nil
		}
		if before < maxNames {
			n.beyond = false
		}
	}
}

// forget drops a key that is gone.
func (c *catalog) forget(kind backends.Kind, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.kinds[kind]; n != nil {
		if _, ok := n.found[name]; ok {
			delete(n.found, name)
			n.sorted = nil
		}
	}
}

// reclass marks a key as something else than its kind.
func (c *catalog) reclass(kind backends.Kind, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.kinds[kind]; n != nil {
		if e, ok := n.found[name]; ok && !e.other {
			e.other = true
			n.found[name] = e
			n.sorted = nil
		}
	}
}

// list returns the names of a kind that contain match, in order, and whether there may be more
// than are kept. The slice must not be changed.
func (c *catalog) list(kind backends.Kind, match string) (found []string, beyond bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.kinds[kind]
	if n == nil {
		return nil, false
	}
	if n.sorted == nil {
		n.sorted = make([]string, 0, len(n.found))
		for name, e := range n.found {
			if !e.other {
				n.sorted = append(n.sorted, name)
			}
		}
		slices.Sort(n.sorted)
	}
	if match == "" {
		return n.sorted, n.beyond
	}
	for _, name := range n.sorted {
		if strings.Contains(name, match) {
			found = append(found, name)
		}
	}
	return found, n.beyond
}

// typeOf returns the type under which a name of a kind was found.
func (c *catalog) typeOf(kind backends.Kind, name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.kinds[kind]; n != nil {
		return n.found[name].typ
	}
	return ""
}
