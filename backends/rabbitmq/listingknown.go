package rabbitmq

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// maxSightings bounds how many queues are remembered to have been seen.
const maxSightings = 1000

// sightings are the queues of which the name is known though nobody lists them: the person has named them
// beforehand, or a look has shown that they are there.
type sightings struct {
	named []string

	mu   sync.Mutex
	seen map[string]sighting
}

// sighting is what a look told.
type sighting struct {
	ready int64
	at    time.Time
}

// note keeps how many messages a look found ready: those it took are among them.
func (s *sightings) note(name string, ready int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil || len(s.seen) >= maxSightings {
		s.seen = map[string]sighting{}
	}
	s.seen[name] = sighting{ready, time.Now()}
}

// forget drops a queue that is not there any more.
func (s *sightings) forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, name)
}

// of is the last look at a queue.
func (s *sightings) of(name string) (sighting, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, ok := s.seen[name]
	return seen, ok
}

// names are all that are known, in order.
func (s *sightings) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.AppendSeq(slices.Clone(s.named), maps.Keys(s.seen))
	slices.Sort(all)
	return slices.Compact(all)
}

// none reports whether no name is known.
func (s *sightings) none() bool { return len(s.names()) == 0 }
