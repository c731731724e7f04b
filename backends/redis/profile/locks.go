package profile

import (
	"regexp"
	"strconv"
	"strings"

	"bustop/backends"
)

// formRedisson is a field of a Redisson lock: client id, thread id, and what is added for the
// write side of a read/write lock.
var formRedisson = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:\d+(:write)?$`)

// lockLibraries are the libraries that keep locks.
func lockLibraries() []Profile {
	return []Profile{redissonFair()}
}

// redissonFair is Redisson's fair lock (redisson.org/docs/data-and-services/locks-and-synchronizers):
// an ordinary lock's hash, beside it a list of those who wait, in order, and a sorted set of when
// they give up. A name with a brace in it is a hash tag already and gets no further braces.
func redissonFair() Profile {
	const queue, tagged = "redisson_lock_queue:{<name>}", "redisson_lock_queue:<name>"
	const limits, limitsTagged = "redisson_lock_timeout:{<name>}", "redisson_lock_timeout:<name>"
	companion := func(form, typ, role string) Key {
		return Key{Match: form, Type: typ, Part: Companion, Role: role, Confidence: 0.98}
	}
	row := func(beside string) Key {
		return Key{Match: "<name>", Type: "hash", Life: Expires, Beside: beside, Confirm: redissonLock, Confidence: 0.98}
	}
	return Profile{
		Name: "redisson fair", Library: "redisson", Kind: Lock, Object: "<name>",
		Keys: []Key{
			row(queue), row(tagged),
			companion(queue, "list", RoleWaiters), companion(tagged, "list", RoleWaiters),
			companion(limits, "zset", "limits"), companion(limitsTagged, "zset", "limits"),
		},
	}
}

// redissonLock judges the hash of an RLock or RReadWriteLock: a field for each holder, whose value
// counts how often it has entered, and for the latter the mode.
func redissonLock(e Evidence) (Finding, bool) {
	var lock backends.Lock
	var holders []string
	for _, f := range e.Fields {
		if f.Name == "mode" {
			lock.Mode = string(f.Value)
			continue
		}
		n, err := strconv.ParseInt(string(f.Value), 10, 64)
		if err != nil || !formRedisson.MatchString(f.Name) {
			return Finding{}, false
		}
		holders = append(holders, f.Name)
		lock.Reentrancy = backends.ExactCount(lock.Reentrancy.Value + n)
	}
	if len(holders) == 0 || (lock.Mode != "" && lock.Mode != "read" && lock.Mode != "write") {
		return Finding{}, false
	}
	if lock.Mode == "read" && len(holders) > 1 {
		lock.Reentrancy = backends.Count{} // several holders: the sum is nobody's
	}
	lock.Holder = strings.Join(holders, ", ")
	return Finding{Lock: lock}, true
}
