package profile

import (
	"strings"

	"bustop/backends"
)

// probableLocks are keys that behave like locks though nobody's hand is recognised: the names of keys are
// the user's own with most libraries, so what has no tell-tale value needs a name that says lock or a short
// life. A random value that lives short may be many things: a name that says one of them keeps it out. They
// come after everything that is known better.
func probableLocks() []Profile {
	return []Profile{{Name: "probable lock", Kind: Lock, Keys: []Key{
		silent(0.5, "node-redlock", token(formHex32)),
		saying(lockKey("*", AnyLife, 0.75, token(formUUID))),
		silent(0.6, "RedLock.net, redlock-rb or SET NX with a UUID", token(formUUID)),
		saying(lockKey("*", ExpiresSoon, 0.4, token(formNumber))),
		saying(lockKey("*", Expires, 0.5, word)),
		saying(lockKey("*", AnyLife, 0.4, word)),
		silent(0.4, "SET NX PX with 20 random bytes", func(e Evidence) (Finding, bool) {
			return Finding{Lock: backends.Lock{Holder: e.Value}}, !e.Cut && len(e.Value) == 20 && randomBytes(e.Value)
		}),
		silent(0.35, "SET NX PX with 20 random bytes in hexadecimal", token(formHex40)),
		silent(0.4, "bsm/redislock", func(e Evidence) (Finding, bool) {
			f, ok := token(formRawURL)(e)
			return f, ok && len(e.Value) == 22 && randomText(e.Value)
		}),
	}}}
}

// silent is the row of a lock whose name does not say that it is one: its token and its short life do.
func silent(confidence float64, like string, confirm func(Evidence) (Finding, bool)) Key {
	k := lockKey("*", ExpiresSoon, confidence, func(e Evidence) (Finding, bool) {
		f, ok := confirm(e)
		f.Lock.Tells = []backends.Field{tell("looks like", like)}
		return f, ok
	})
	k.Unless = saysOther
	return k
}

// word is a value that may name a holder: no JSON, no markup, no counter.
func word(e Evidence) (Finding, bool) {
	f, ok := token(formWord)(e)
	if !ok || strings.ContainsAny(e.Value[:1], "{[<\"") || formNumber.MatchString(e.Value) {
		return Finding{}, false
	}
	return f, true
}
