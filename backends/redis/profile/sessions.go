package profile

import (
	"strconv"
	"time"

	"bustop/backends"
)

// sessions are the stores of web frameworks.
func sessions() []Profile {
	return []Profile{springSession(), {
		// connect-redis for Express: JSON that holds the cookie.
		Name: "express session", Library: "connect-redis", Kind: Session, Keys: []Key{{
			Match: "sess:<id>", Type: "string", Confirm: expressSession, Confidence: 0.95, Decode: "json",
		}},
	}}
}

// springSession is Spring Session (docs.spring.io/spring-session). Its namespace, "spring:session"
// by default, is the user's.
func springSession() Profile {
	const ns = "<ns>:sessions:"
	return Profile{
		Name: "spring session", Library: "spring-session", Kind: Session, Object: ns + "<id>",
		Keys: []Key{
			{Match: ns + "expires:<id>", Type: "string", Part: Companion, Role: "expiry", Beside: ns + "<id>", Confidence: 0.95},
			{Match: "<ns>:expirations:<id:d>", Type: "set", Part: Companion, Role: "expiry", Named: hasSpring, Confidence: 0.9},
			{Match: "<ns>:sessions:expirations", Type: "zset", Part: Companion, Role: "expiry", Named: hasSpring, Confidence: 0.9},
			{Match: "<ns>:index:<id>", Type: "set", Part: Companion, Role: "index", Named: hasSpring, Confidence: 0.9},
			{Match: ns + "<id>", Type: "hash", Confirm: springHash, Confidence: 0.97, Decode: "java serialization"},
		},
	}
}

func hasSpring(name string) bool { return len(name) > 7 && name[:7] == "spring:" }

func springHash(e Evidence) (Finding, bool) {
	if !e.Has("creationTime", "maxInactiveInterval", "lastAccessedTime") {
		return Finding{}, false
	}
	var f Finding
	// Numbers are Java-serialised by default and plain with another serialiser.
	if at, _ := e.Field("lastAccessedTime"); at != "" {
		if ms, err := strconv.ParseInt(at, 10, 64); err == nil {
			f.Columns = append(f.Columns, column("last access", time.UnixMilli(ms).UTC().Format(time.RFC3339)))
		}
	}
	return f, true
}

func column(name, value string) backends.Field {
	return backends.Field{Name: name, Value: []byte(value)}
}

func expressSession(e Evidence) (Finding, bool) {
	members := jsonMembers(e.Value)
	return Finding{}, members["cookie"]
}
