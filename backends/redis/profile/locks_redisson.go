package profile

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"bustop/backends"
)

// redissonLocks are Redisson's locks and what it builds like them
// (redisson.pro/docs/data-and-services/locks-and-synchronizers). A name with a brace in it is a hash tag
// already and gets no further braces.
func redissonLocks() []Profile {
	return []Profile{
		redissonFair(), redissonFenced(), redissonReadWrite(), redissonLock(),
		redissonPermits(), redissonSemaphore(), redissonLatch(),
	}
}

// tagged are the two forms of a companion's name: prefix, the lock's name as a hash tag, suffix.
func tagged(prefix, suffix string) [2]string {
	return [2]string{prefix + "{<name>}" + suffix, prefix + "<name>" + suffix}
}

// braced keeps the forms apart: the second is for names that have a brace.
func braced(name string) bool { return strings.Contains(name, "{") }

// besides are the companions of a key, in both forms of their names.
func besides(prefix, suffix, typ, role string) []Key {
	forms := tagged(prefix, suffix)
	one := Key{Match: forms[0], Type: typ, Part: Companion, Role: role, Confidence: 0.98}
	two := one
	two.Match, two.Named = forms[1], braced
	return []Key{one, two}
}

// hashLock is a profile of locks that are a hash with a field for each holder. The companions of all sorts
// may stand beside a lock of any: a plain lock becomes a fair one when somebody waits.
func hashLock(name, variant string, companions []Key, rows ...Key) Profile {
	for i := range rows {
		rows[i].Match, rows[i].Type, rows[i].Life, rows[i].Confidence = "<name>", "hash", Expires, 0.98
		rows[i].Confirm = redissonHash(variant)
	}
	return Profile{Name: name, Library: "redisson", Kind: Lock, Object: "<name>", Keys: slices.Concat(rows, companions)}
}

// redissonFair is the fair lock: beside an ordinary lock's hash a list of those who wait, in order, and a
// sorted set of when they give up.
func redissonFair() Profile {
	queue := tagged("redisson_lock_queue:", "")
	companions := slices.Concat(
		besides("redisson_lock_queue:", "", "list", RoleWaiters), besides("redisson_lock_timeout:", "", "zset", "limits"),
	)
	return hashLock("redisson fair", "fair", companions, Key{Beside: queue[0]}, Key{Beside: queue[1]})
}

// redissonFenced is the lock that counts its holders, so that a late one can be told.
func redissonFenced() Profile {
	count := tagged("redisson_lock_token:", "")
	companions := besides("redisson_lock_token:", "", "string", RoleToken)
	return hashLock("redisson fenced", "fenced", companions, Key{Beside: count[0]}, Key{Beside: count[1]})
}

// redissonReadWrite is the lock of one writer or many readers: the hash has the mode beside the holders, and
// each reader's time stands in a key of its own.
func redissonReadWrite() Profile {
	companions := besides("", ":<holder>:rwlock_timeout:<n:d>", "string", "reader's time")
	return hashLock("redisson read-write", "read-write", companions, Key{})
}

// redissonLock is the plain lock. A name that says lock is reason enough to read any hash.
func redissonLock() Profile {
	companions := besides("redisson_unlock_latch:", ":<request>", "string", "unlock latch")
	return hashLock("redisson lock", "", companions, Key{Named: saysLock}, Key{})
}

// redissonHash judges the hash of a lock: a field for each holder, whose value counts how often it has
// entered, and for a read/write lock the mode.
func redissonHash(variant string) func(Evidence) (Finding, bool) {
	return func(e Evidence) (Finding, bool) {
		lock := backends.Lock{Variant: variant, Renewal: backends.Renewal{Part: 1. / 3}}
		for _, f := range e.Fields {
			if f.Name == "mode" {
				lock.Mode = string(f.Value)
				continue
			}
			n, err := strconv.ParseInt(string(f.Value), 10, 64)
			parts := formRedisson.FindStringSubmatch(f.Name)
			if err != nil || parts == nil {
				return Finding{}, false
			}
			holder := backends.LockHolder{Token: f.Name, Entered: backends.ExactCount(n)}
			if parts[3] != "" {
				holder.Mode = "write"
			}
			lock.Holders = append(lock.Holders, holder)
			lock.Reentrancy = backends.ExactCount(lock.Reentrancy.Value + n)
		}
		known := lock.Mode == "" || lock.Mode == "read" || lock.Mode == "write"
		if len(lock.Holders) == 0 || !known || (variant == "read-write") != (lock.Mode != "") {
			return Finding{}, false
		}
		describeHolders(&lock)
		return Finding{Lock: lock}, true
	}
}

// describeHolders says in words what the tokens hold: client id and thread of the one holder, or the list.
func describeHolders(lock *backends.Lock) {
	var all []string
	for _, h := range lock.Holders {
		all = append(all, h.Token)
	}
	slices.Sort(all)
	lock.Holder = strings.Join(all, ", ")
	if len(all) > 1 {
		if lock.Mode == "read" {
			lock.Reentrancy = backends.Count{} // several holders: the sum is nobody's
		}
		return
	}
	parts := formRedisson.FindStringSubmatch(all[0])
	lock.Owner = parts[1]
	lock.Tells = []backends.Field{tell("client", parts[1]), tell("thread", parts[2])}
}

// redissonPermits is the semaphore whose permits expire: a counter of those that are left, and a sorted set
// of those given out, by when they end. The set makes the row appear: to ask of each string whether it has
// one would double the cost of looking at strings.
func redissonPermits() Profile {
	given := tagged("", ":timeout")
	row := func(beside string) Key {
		return Key{
			Match: "<name>", Type: "string", Beside: beside, Named: semaphoreNamed,
			Confirm: permits("permit semaphore", "permits left"), Confidence: 0.9,
		}
	}
	keys := []Key{row(given[0]), row(given[1])}
	for _, k := range besides("", ":timeout", "zset", RolePermits) {
		k.Part, k.Beside, k.Confidence = Sign, "<name>", 0.8
		keys = append(keys, k)
	}
	return Profile{Name: "redisson permit semaphore", Library: "redisson", Kind: Lock, Object: "<name>", Keys: keys}
}

func semaphoreNamed(name string) bool { return strings.Contains(strings.ToLower(name), "semaphore") }

// redissonSemaphore and redissonLatch are plain counters; only their names say so.
func redissonSemaphore() Profile {
	return counterNamed("redisson semaphore", "semaphore", semaphoreNamed)
}

func redissonLatch() Profile {
	word := regexp.MustCompile(`(?i:(^|[^a-z])(count-?_?down)?-?_?latch([^a-z]|$))|[a-z]Latch([^a-z]|$)`)
	return counterNamed("redisson countdown latch", "countdown latch", word.MatchString)
}

// counterNamed is a whole number under a name that says what it counts. Others than Redisson keep such, so no
// library is claimed.
func counterNamed(profile, variant string, named func(string) bool) Profile {
	label := map[string]string{"semaphore": "permits left"}[variant]
	if label == "" {
		label = "left to count"
	}
	return Profile{Name: profile, Kind: Lock, Keys: []Key{{
		Match: "*", Type: "string", Named: named, Confirm: permits(variant, label), Confidence: 0.5,
	}}}
}

// permits judges a counter.
func permits(variant, label string) func(Evidence) (Finding, bool) {
	return func(e Evidence) (Finding, bool) {
		n, err := strconv.ParseInt(e.Value, 10, 32)
		if err != nil || n < 0 || e.Cut {
			return Finding{}, false
		}
		return Finding{Lock: backends.Lock{
			Variant: variant, Permits: backends.ExactCount(n), Tells: []backends.Field{tell(label, fmt.Sprint(n))},
		}}, true
	}
}
