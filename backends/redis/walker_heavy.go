package redis

import (
	"sync"
	"time"

	"bustop/backends/redis/profile"
)

// heavyKeys are keys whose one read moved much, with what they were recognised as: passes take that again
// for a while, so that a few keys with large elements are not read by each of them. The zero value is ready.
type heavyKeys struct {
	mu sync.Mutex
	of map[string]heavyKey
}

type heavyKey struct {
	typ   string
	at    time.Time
	match profile.Match
}

// recall returns what a key was recognised as.
func (h *heavyKeys) recall(key sighting, now time.Time) (profile.Match, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.of[key.name]
	return known.match, ok && known.typ == key.typ && now.Sub(known.at) < largeWait
}

// keep remembers a key of which much was read.
func (h *heavyKeys) keep(e profile.Evidence, m profile.Match) {
	n := len(e.Value)
	for _, f := range e.Fields {
		n += len(f.Name) + len(f.Value)
	}
	for _, member := range e.Members {
		n += len(member.Value)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if n <= largeReply {
		delete(h.of, e.Name)
		return
	}
	if h.of == nil || len(h.of) >= maxLarge {
		h.of = map[string]heavyKey{}
	}
	m.Finding = profile.Finding{Confidence: m.Confidence}
	h.of[e.Name] = heavyKey{typ: e.Type, at: e.Now, match: m}
}

func (h *heavyKeys) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of = nil
}
