package redis

import (
	"sync"
	"time"
)

const (
	// heavyHead is the size from which the next job of a queue is not read again and again for its
	// age, and heavyFor how long that holds.
	heavyHead = 64 << 10
	heavyFor  = time.Minute
	// crowdLife is how long it is believed who works.
	crowdLife = 5 * time.Second
	// maxHeavy bounds the table of queues with heavy heads; it is emptied when it is full.
	maxHeavy = 10_000
)

// jobMemory is what is remembered of job systems between two listings.
type jobMemory struct {
	heavy  heavyHeads
	crowds crowds
}

// heavyHeads are the queues whose next job is large: LINDEX cannot cut an element.
type heavyHeads struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (h *heavyHeads) note(queue string, size int, now time.Time) {
	if size < heavyHead {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until == nil || len(h.until) >= maxHeavy {
		h.until = map[string]time.Time{}
	}
	h.until[queue] = now.Add(heavyFor)
}

func (h *heavyHeads) has(queue string, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return now.Before(h.until[queue])
}

// crowd is who works on the queues of one library: by the object's name, how many workers take from
// it and how many jobs are in work. A queue that is not in a map has none; a nil map is unknown.
type crowd struct {
	at            time.Time
	workers, busy map[string]int64
	// anywhere are workers that take from every queue, or may: then their number is about right. atLeast
	// says that more may not be seen.
	anywhere       int64
	about, atLeast bool
}

// crowds remembers them by library and namespace.
type crowds struct {
	mu   sync.Mutex
	last map[string]crowd
}

func (c *crowds) get(key string, now time.Time) (crowd, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.last[key]
	return found, ok && now.Sub(found.at) < crowdLife
}

func (c *crowds) put(key string, found crowd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil || len(c.last) >= maxHeavy {
		c.last = map[string]crowd{}
	}
	c.last[key] = found
}
