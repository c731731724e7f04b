package redis

import (
	"slices"
	"strings"
	"sync"

	"bustop/backends"
)

// own knows the subscriptions of our own taps: they are left out of listings, and what they hear is
// what is known of a channel's traffic.
type own struct {
	mu    sync.Mutex
	count map[channelID]int64
	taps  members[*tap] // those that hear right now
}

func (o *own) add(id channelID, n int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count == nil {
		o.count = map[channelID]int64{}
	}
	if o.count[id] += n; o.count[id] == 0 {
		delete(o.count, id)
	}
}

func (o *own) of(id channelID) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.count[id]
}

// exact are the channels that taps are subscribed to by name.
func (o *own) exact() (ids []channelID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id := range o.count {
		if id.typ != "pattern" {
			ids = append(ids, id)
		}
	}
	return ids
}

// patterns reports whether any of our taps is by a pattern.
func (o *own) patterns() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id := range o.count {
		if id.typ == "pattern" {
			return true
		}
	}
	return false
}

// hears returns what comes by a channel, if one of our taps hears all of it.
func (o *own) hears(id channelID) (backends.Flow, bool) {
	for _, t := range o.taps.all() {
		if !slices.ContainsFunc(t.subs, func(s channelID) bool { return s.covers(id) }) {
			continue
		}
		if f, known := t.flows(id.typ).Of(id.name); known {
			return f, true
		}
	}
	return backends.Flow{}, false
}

// routes are the channels by which something has come to a tap that still hears, in order.
func (o *own) routes() (ids []channelID) {
	for _, t := range o.taps.all() {
		for _, typ := range []string{"channel", "shard"} {
			flows, _ := t.flows(typ).All()
			for _, f := range flows {
				ids = append(ids, channelID{f.Route, typ})
			}
		}
	}
	slices.SortFunc(ids, byName)
	return slices.Compact(ids)
}

// covers reports whether whoever is subscribed to c hears the channel id. Patterns do not reach
// sharded channels (redis.io/docs/latest/develop/pubsub#sharded-pubsub).
func (c channelID) covers(id channelID) bool {
	if c.typ == "pattern" {
		return id.typ == "channel" && globMatch(c.name, id.name)
	}
	return c == id
}

// globMatch reports whether a name matches a pattern as PSUBSCRIBE reads it: * and ? for any
// characters, [ab], [a-z] and [^a] for one, a backslash before one that is meant as it is
// (redis.io/docs/latest/commands/psubscribe). It goes back to the last star only, so that its time is
// bounded by the product of the lengths.
func globMatch(pattern, name string) bool {
	p, n, star, after := 0, 0, -1, 0
	for n < len(name) {
		if p < len(pattern) && pattern[p] == '*' {
			star, after = p, n
			p++
			continue
		}
		if width, ok := globOne(pattern[p:], name[n]); ok {
			p, n = p+width, n+1
			continue
		}
		if star < 0 {
			return false
		}
		after++
		p, n = star+1, after
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// globOne matches one byte against the beginning of a pattern and returns how much of it was used.
func globOne(pattern string, c byte) (width int, ok bool) {
	switch {
	case pattern == "":
		return 0, false
	case pattern[0] == '?':
		return 1, true
	case pattern[0] == '\\' && len(pattern) > 1:
		return 2, pattern[1] == c
	case pattern[0] == '[':
		return globClass(pattern, c)
	}
	return 1, pattern[0] == c
}

// globClass matches a byte against a class such as [^a-z]; one that is not closed ends with the pattern.
func globClass(pattern string, c byte) (width int, ok bool) {
	i := 1
	not := i < len(pattern) && pattern[i] == '^'
	if not {
		i++
	}
	found := false
	for i < len(pattern) && pattern[i] != ']' {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			found = found || pattern[i] == c
		case i+2 < len(pattern) && pattern[i+1] == '-':
			lo, hi := min(pattern[i], pattern[i+2]), max(pattern[i], pattern[i+2])
			found = found || lo <= c && c <= hi
			i += 2
		default:
			found = found || pattern[i] == c
		}
		i++
	}
	return min(i+1, len(pattern)), found != not
}
