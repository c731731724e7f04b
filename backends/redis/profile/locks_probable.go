package profile

import (
	"strings"

	"bustop/backends"
)

// probableLocks are keys that behave like locks though nobody's hand is recognised: the names of keys are
// the user's own with most libraries, so what has no tell-tale value needs a name that says lock or a short
// life. They come after everything that is known better.
func probableLocks() []Profile {
	return []Profile{{Name: "probable lock", Kind: Lock, Keys: []Key{
		lockKey("*", ExpiresSoon, 0.5, token(formHex32)),
		saying(lockKey("*", AnyLife, 0.75, token(formUUID))),
		lockKey("*", ExpiresSoon, 0.6, token(formUUID)),
		saying(lockKey("*", ExpiresSoon, 0.4, token(formNumber))),
		saying(lockKey("*", Expires, 0.5, word)),
		saying(lockKey("*", AnyLife, 0.4, word)),
		lockKey("*", ExpiresSoon, 0.4, func(e Evidence) (Finding, bool) {
			return Finding{Lock: backends.Lock{Holder: e.Value}}, !e.Cut && len(e.Value) == 20 && randomBytes(e.Value)
		}),
	}}}
}

// word is a value that may name a holder: no JSON, no markup, no counter.
func word(e Evidence) (Finding, bool) {
	f, ok := token(formWord)(e)
	if !ok || strings.ContainsAny(e.Value[:1], "{[<\"") || formNumber.MatchString(e.Value) {
		return Finding{}, false
	}
	return f, true
}
