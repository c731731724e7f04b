package profile

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"bustop/backends"
)

// lockLibraries are the libraries that keep locks, as far as a key or its value is proof of one.
func lockLibraries() []Profile {
	return slices.Concat([]Profile{shedLock(), redLockNet()}, bullLocks(), []Profile{
		asynqUnique(), pythonLock(), redisPy(),
	}, redissonLocks(), sidekiqUnique(), []Profile{
		laravelUnique(), springRegistry(), redsync(), nodeRedlock(), bsmRedislock(), laravelLock(), redlockRuby(), recipe(),
	})
}

// lockKey is the row of a lock that is one string: of a form of name, with a value that is judged.
func lockKey(form string, life Life, confidence float64, confirm func(Evidence) (Finding, bool)) Key {
	return Key{Match: form, Type: "string", Life: life, Confirm: confirm, Confidence: confidence}
}

// saying is a key whose name has to say that it is a lock.
func saying(k Key) Key {
	k.Named = saysLock
	return k
}

// token confirms a value of a form; the whole of it is the holder.
func token(form *regexp.Regexp) func(Evidence) (Finding, bool) {
	return func(e Evidence) (Finding, bool) {
		if e.Cut || !form.MatchString(e.Value) {
			return Finding{}, false
		}
		return Finding{Lock: backends.Lock{Holder: e.Value}}, true
	}
}

// anyHolder confirms any value that is there.
func anyHolder(e Evidence) (Finding, bool) {
	return Finding{Lock: backends.Lock{Holder: e.Value}}, e.Value != "" && !e.Cut
}

func tell(name, value string) backends.Field { return backends.Field{Name: name, Value: []byte(value)} }

// shedLock is ShedLock (github.com/lukas-krecan/ShedLock): "job-lock:ENV:NAME" by default.
func shedLock() Profile {
	return Profile{Name: "shedlock", Library: "shedlock", Kind: Lock, Keys: []Key{
		lockKey("*", AnyLife, 0.98, func(e Evidence) (Finding, bool) {
			parts := formShed.FindStringSubmatch(e.Value)
			if parts == nil || e.Cut {
				return Finding{}, false
			}
			lock := backends.Lock{Holder: e.Value, Host: parts[2]}
			if i := strings.LastIndexByte(parts[2], ':'); i > 0 && formUUID.MatchString(parts[2][i+1:]) {
				lock.Host = parts[2][:i]
			}
			if at, err := time.Parse(time.RFC3339Nano, strings.TrimSuffix(parts[1], "Z")+"Z"); err == nil {
				lock.Since = at
			}
			return Finding{Lock: lock}, true
		}),
	}}
}

// redLockNet is RedLock.net (github.com/samcook/RedLock.net).
func redLockNet() Profile {
	return Profile{Name: "redlock.net", Library: "redlock.net", Kind: Lock, Keys: []Key{
		lockKey("redlock:<name>", Expires, 0.95, token(formUUID)),
	}}
}

// bullLocks are a worker's locks on jobs of BullMQ and of the older Bull: "prefix:queue:job:lock" with both. A
// queue of BullMQ has the hash "meta"; one of Bull has none, and a counter of ids. Where neither is there the
// lock is of one of them. Workers renew after half of the time, 15 of 30 s by default.
func bullLocks() []Profile {
	confirm := func(e Evidence) (Finding, bool) {
		f, ok := anyHolder(e)
		f.Lock.Renewal = backends.Renewal{Part: 0.5, Always: true}
		// The token is the worker's UUID, of BullMQ with a number for each of its jobs.
		f.Lock.Owner, _, _ = strings.Cut(e.Value, ":")
		return f, ok
	}
	const queue = "<prefix>:<queue>:"
	by := func(library, sign, typ string) Profile {
		k := lockKey(queue+"<id:w>:lock", Expires, 0.95, confirm)
		k.Beside, k.BesideType = queue+sign, typ
		return Profile{Name: library + " job lock", Library: library, Kind: Lock, Keys: []Key{k}}
	}
	bull := by("bull", "id", "string")
	bull.Keys[0].Named = isBullID // under another prefix a counter proves nothing
	return []Profile{by("bullmq", "meta", "hash"), bull, {
		Name: "bull or bullmq job lock", Kind: Lock, Keys: []Key{
			lockKey("bull:<queue>:<id:w>:lock", Expires, 0.8, func(e Evidence) (Finding, bool) {
				f, ok := confirm(e)
				f.Lock.Tells = []backends.Field{tell("looks like", "a worker's lock on a job of Bull or BullMQ")}
				return f, ok
			}),
		},
	}}
}

// asynqUnique is asynq's lock on tasks of which there may be one at a time.
func asynqUnique() Profile {
	return Profile{Name: "asynq unique", Library: "asynq", Kind: Lock, Keys: []Key{
		lockKey("asynq:{<queue>}:unique:<task>", Expires, 0.9, func(e Evidence) (Finding, bool) {
			f, ok := anyHolder(e)
			f.Lock.Tells = []backends.Field{tell("task", e.Value)}
			return f, ok
		}),
	}}
}

// pythonLock is python-redis-lock (pypi.org/project/python-redis-lock): beside the lock a list by which
// who releases it wakes one who waits in BLPOP.
func pythonLock() Profile {
	const name, signal = "lock:<name>", "lock-signal:<name>"
	own := lockKey(name, AnyLife, 0.9, anyHolder) // an id of the user's own
	own.Beside = signal
	return Profile{
		Name: "python-redis-lock", Library: "python-redis-lock", Kind: Lock, Object: name,
		Keys: []Key{
			lockKey(name, AnyLife, 0.9, token(formBase6418)), own,
			{Match: signal, Type: "list", Part: Companion, Role: RoleSignal, Confidence: 0.9},
		},
	}
}

// redisPy is redis-py's Lock: a UUID of version 1, which tells when and where it was made.
func redisPy() Profile {
	confirm := func(e Evidence) (Finding, bool) {
		f, ok := token(formUUID1Hex)(e)
		if !ok {
			return f, false
		}
		// One of 64 random tokens has the digits of version 1, too, but hardly any a time of these years.
		at, node := uuid1(e.Value)
		if at.Before(e.Now.Add(-decade)) || at.After(e.Now.Add(24*time.Hour)) {
			return Finding{}, false
		}
		f.Lock.Since = at
		if node != nil {
			f.Lock.Owner = node.String()
			f.Lock.Tells = []backends.Field{tell("network card", node.String())}
		}
		return f, true
	}
	short := lockKey("*", ExpiresSoon, 0.8, confirm)
	short.Unless = saysOther
	return Profile{Name: "redis-py", Library: "redis-py", Kind: Lock, Keys: []Key{
		saying(lockKey("*", AnyLife, 0.9, confirm)), short,
	}}
}

// redsync is github.com/go-redsync/redsync.
func redsync() Profile {
	short := lockKey("*", ExpiresSoon, 0.6, token(formBase64of))
	short.Unless = saysOther
	return Profile{Name: "redsync", Library: "redsync", Kind: Lock, Keys: []Key{
		saying(lockKey("*", Expires, 0.85, token(formBase64of))), short,
	}}
}

// nodeRedlock is github.com/mike-marcacci/node-redlock.
func nodeRedlock() Profile {
	return Profile{Name: "node-redlock", Library: "node-redlock", Kind: Lock, Keys: []Key{
		saying(lockKey("*", Expires, 0.75, token(formHex32))),
	}}
}

// bsmRedislock is github.com/bsm/redislock: 22 characters of token, then what the user adds.
func bsmRedislock() Profile {
	return Profile{Name: "bsm/redislock", Library: "bsm/redislock", Kind: Lock, Keys: []Key{
		saying(lockKey("*", Expires, 0.7, func(e Evidence) (Finding, bool) {
			f, ok := token(formRawURL)(e)
			if !ok || !mixedCase(e.Value[:22]) {
				return Finding{}, false // a word, a UUID or hexadecimal digits, which are of the same alphabet
			}
			if metadata := e.Value[22:]; metadata != "" {
				f.Lock.Tells = []backends.Field{tell("metadata", metadata)}
			}
			return f, ok
		})),
	}}
}

// laravelUnique is Laravel's lock on jobs of which there may be one at a time. The prefixes before it are
// the application's, and it is kept until the job is done, with or without an end.
func laravelUnique() Profile {
	return Profile{Name: "laravel unique job", Library: "laravel", Kind: Lock, Keys: []Key{
		lockKey("*laravel_unique_job:<job>", AnyLife, 0.9, anyHolder),
	}}
}

// laravelLock is Laravel's Cache::lock: 16 random characters under the cache's prefixes.
func laravelLock() Profile {
	prefixed := regexp.MustCompile(`laravel|[-_:]cache[-_:]`)
	named := func(name string) bool { return prefixed.MatchString(name) }
	expiring := lockKey("*", Expires, 0.7, token(formAlnum16))
	expiring.Named = named
	lasting := lockKey("*", AnyLife, 0.6, token(formAlnum16))
	lasting.Named = func(name string) bool { return named(name) && saysLock(name) }
	return Profile{Name: "laravel lock", Library: "laravel", Kind: Lock, Keys: []Key{expiring, lasting}}
}

// SpringRegistry is the name of the profile of Spring's lock registries, for what only several locks together
// tell.
const SpringRegistry = "spring lock registry"

// springRegistry is Spring Integration's RedisLockRegistry, "registry:key" with the UUID of the process. The
// registry's name is the user's; the listing takes locks of other names for such, too, when one UUID holds
// several of them.
func springRegistry() Profile {
	return Profile{Name: SpringRegistry, Library: "spring-integration", Kind: Lock, Keys: []Key{{
		Match: "<registry:w>:<name>", Type: "string", Life: ExpiresSoon, Confidence: 0.75,
		Named: func(name string) bool {
			head, _, _ := strings.Cut(strings.ToLower(name), ":")
			return strings.Contains(head, "registry")
		},
		Confirm: func(e Evidence) (Finding, bool) {
			f, ok := token(formUUID)(e)
			f.Lock.Owner = e.Value
			return f, ok
		},
	}}}
}

// redlockRuby is a UUID of version 4 that expires under a name that says lock, as github.com/leandromoreira/redlock-rb
// writes it. So do many who write their own, hence no library is claimed.
func redlockRuby() Profile {
	return Profile{Name: "redlock-rb", Kind: Lock, Keys: []Key{
		saying(lockKey("*", Expires, 0.75, func(e Evidence) (Finding, bool) {
			f, ok := token(formUUID4)(e)
			f.Lock.Tells = []backends.Field{tell("looks like", "redlock-rb, or SET NX with a random UUID")}
			return f, ok
		})),
	}}
}

// recipe is the lock of the documentation (redis.io/docs/latest/develop/clients/patterns/distributed-locks):
// SET name value NX PX time, the value 20 random bytes, by themselves or in hexadecimal.
func recipe() Profile {
	confirm := func(e Evidence) (Finding, bool) {
		ok := !e.Cut && ((len(e.Value) == 20 && randomBytes(e.Value)) || formHex40.MatchString(e.Value))
		return Finding{Lock: backends.Lock{Holder: e.Value, Tells: []backends.Field{tell("looks like", "SET NX PX with 20 random bytes")}}}, ok
	}
	return Profile{Name: "set nx px", Kind: Lock, Keys: []Key{saying(lockKey("*", Expires, 0.7, confirm))}}
}
