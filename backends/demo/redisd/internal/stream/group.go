package stream

import (
	"maps"
	"slices"
	"sort"
	"time"
)

// Group is a consumer group.
type Group struct {
	Last      ID    // last delivered
	Read      int64 // entries ever read up to Last, or Unknown
	Consumers map[string]*Consumer
	pending   []*Pending // by ID
}

// Consumer is a member of a group.
type Consumer struct {
	Name  string
	Seen  time.Time // last tried to read or claim
	Owned int       // pending entries
}

// Pending is an entry that was delivered and not acknowledged.
type Pending struct {
	ID        ID
	Owner     *Consumer
	Delivered time.Time
	Count     int64 // deliveries
}

// NewGroup makes a group that begins after an ID.
func NewGroup(last ID, read int64) *Group {
	return &Group{Last: last, Read: read, Consumers: map[string]*Consumer{}}
}

func (g *Group) clone() *Group {
	c := NewGroup(g.Last, g.Read)
	for name, consumer := range g.Consumers {
		copied := *consumer
		c.Consumers[name] = &copied
	}
	for _, p := range g.pending {
		c.pending = append(c.pending, &Pending{p.ID, c.Consumers[p.Owner.Name], p.Delivered, p.Count})
	}
	return c
}

// Lag is how many entries the group has yet to read, or false when deletions made that unknown.
func (g *Group) Lag(s *Stream) (int64, bool) {
	switch {
	case s.Added == 0:
		return 0, true
	case g.Read != Unknown && !s.tombstones(g.Last):
		return int64(s.Added) - g.Read, true
	}
	read := s.read(g.Last)
	return int64(s.Added) - read, read != Unknown
}

// Advance notes that the group has read the entry id.
func (g *Group) Advance(s *Stream, id ID) {
	if id.Compare(g.Last) <= 0 {
		return
	}
	switch {
	case g.Read != Unknown && !s.tombstones(id):
		g.Read++
	case s.Added > 0:
		g.Read = s.read(id)
	}
	g.Last = id
}

// Consumer finds a consumer, or makes one, and reports whether it is new.
func (g *Group) Consumer(name string, now time.Time) (c *Consumer, made bool) {
	if c = g.Consumers[name]; c != nil {
		return c, false
	}
	c = &Consumer{Name: name, Seen: now}
	g.Consumers[name] = c
	return c, true
}

// Members lists the consumers by name.
func (g *Group) Members() []*Consumer {
	out := make([]*Consumer, 0, len(g.Consumers))
	for _, name := range slices.Sorted(maps.Keys(g.Consumers)) {
		out = append(out, g.Consumers[name])
	}
	return out
}

// Remove deletes a consumer with its pending entries and returns how many those were.
func (g *Group) Remove(name string) int {
	c := g.Consumers[name]
	if c == nil {
		return 0
	}
	g.pending = slices.DeleteFunc(g.pending, func(p *Pending) bool { return p.Owner == c })
	delete(g.Consumers, name)
	return c.Owned
}

func (g *Group) at(id ID) int {
	return sort.Search(len(g.pending), func(i int) bool { return g.pending[i].ID.Compare(id) >= 0 })
}

// Find returns a pending entry, or nil.
func (g *Group) Find(id ID) *Pending {
	if i := g.at(id); i < len(g.pending) && g.pending[i].ID == id {
		return g.pending[i]
	}
	return nil
}

// Give makes an entry pending for a consumer, whoever had it before, and returns it.
func (g *Group) Give(id ID, to *Consumer, now time.Time) *Pending {
	p := g.Find(id)
	if p == nil {
		p = &Pending{ID: id}
		g.pending = slices.Insert(g.pending, g.at(id), p)
	} else {
		p.Owner.Owned--
	}
	p.Owner, p.Delivered = to, now
	to.Owned++
	return p
}

// Ack removes a pending entry and reports whether it was there.
func (g *Group) Ack(id ID) bool {
	i := g.at(id)
	if i == len(g.pending) || g.pending[i].ID != id {
		return false
	}
	g.pending[i].Owner.Owned--
	if i == 0 {
		g.pending[0] = nil
		g.pending = g.pending[1:]
	} else {
		g.pending = slices.Delete(g.pending, i, i+1)
	}
	return true
}

// Pending lists the pending entries from one ID to another, both included. The slice is valid
// until the group changes.
func (g *Group) Pending(from, to ID) []*Pending {
	i := g.at(from)
	j := i + sort.Search(len(g.pending)-i, func(k int) bool { return g.pending[i+k].ID.Compare(to) > 0 })
	return g.pending[i:j]
}
