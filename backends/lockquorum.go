package backends

import (
	"net/url"
	"slices"
	"time"
)

// LockSight is a lock as one server showed it at a moment. Held is false where nobody has it there.
type LockSight struct {
	Server string
	At     time.Time
	Lock   Lock
	Held   bool
}

// LockQuorum is how far independent servers agree on who holds a lock
// (redis.io/docs/latest/develop/clients/patterns/distributed-locks, the Redlock algorithm).
type LockQuorum struct {
	// Agree of Of servers name the same Holder, the most that do.
	Agree, Of int
	Holder    string
	// Skew is by how much the ends of the lock differ among those that agree; unknown with less than two.
	Skew Span
}

// Majority reports whether the holder has the lock by the rule: on more than half of the servers.
func (q LockQuorum) Majority() bool { return q.Agree > q.Of/2 }

// QuorumOf compares what the servers showed. Each server counts once, by its first sight. Times left are
// compared as ends, since the servers were not looked at in the same moment.
func QuorumOf(sights []LockSight) LockQuorum {
	var q LockQuorum
	var servers []string
	ends := map[string][]time.Time{}
	votes := map[string]int{}
	for _, s := range sights {
		if slices.Contains(servers, s.Server) {
			continue
		}
		servers = append(servers, s.Server)
		if !s.Held {
			continue
		}
		holder := s.Lock.Holder
		votes[holder]++
		if s.Lock.TTL.Known() {
			ends[holder] = append(ends[holder], s.At.Add(s.Lock.TTL.Value))
		}
		if votes[holder] > q.Agree {
			q.Agree, q.Holder = votes[holder], holder
		}
	}
	q.Of = len(servers)
	if all := ends[q.Holder]; len(all) > 1 {
		slices.SortFunc(all, time.Time.Compare)
		q.Skew = ExactSpan(all[len(all)-1].Sub(all[0]))
	}
	return q
}

// Quorums compares what is held on several servers, by the names of the locks. Servers are all that were
// asked. A name that is on one of them alone is taken for a lock of that one: most servers have nothing to
// do with each other.
func Quorums(held []LockSight, servers []string) map[string]LockQuorum {
	of, on := map[string][]LockSight{}, map[string]map[string]bool{}
	for _, s := range held {
		name := s.Lock.Name
		if of[name] = append(of[name], s); on[name] == nil {
			on[name] = map[string]bool{}
		}
		on[name][s.Server] = true
	}
	out := map[string]LockQuorum{}
	for name, sights := range of {
		if len(on[name]) < 2 {
			continue
		}
		for _, server := range servers { // where it is free; those above count first
			sights = append(sights, LockSight{Server: server})
		}
		out[name] = QuorumOf(sights)
	}
	return out
}

// ServerOf is what tells a source's server from others: two databases of one server are not independent.
func ServerOf(id Identity) string {
	u, err := url.Parse(id.Address)
	if err != nil || u.Host == "" {
		return id.Address
	}
	return u.Host
}
