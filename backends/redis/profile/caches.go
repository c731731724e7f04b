package profile

import (
	"strings"

	"github.com/klauspost/compress/s2"

	"bustop/backends"
)

// caches are the forms in which libraries keep what can be had again.
func caches() []Profile {
	return []Profile{
		{Name: "asp.net cache", Library: "IDistributedCache", Kind: Cache, Keys: []Key{
			{Match: "*", Type: "hash", Confirm: fields("absexp", "sldexp", "data"), Confidence: 0.97, Payload: "data"},
			{Match: "*", Type: "hash", Confirm: fields("aev", "swv", "dv"), Confidence: 0.9, Payload: "dv"},
		}},
		springEntity(),
		{Name: "django cache", Library: "django", Kind: Cache, Keys: []Key{{
			Match: "*:<version:d>:<name>", Type: "string", Confirm: djangoValue, Confidence: 0.85, Decode: "pickle, never executed",
		}}},
		{Name: "go-redis cache", Library: "go-redis/cache", Kind: Cache, Keys: []Key{{
			Match: "*", Type: "string", Confirm: goRedisCache, Confidence: 0.7, Decode: "go-redis-cache → msgpack",
		}}},
	}
}

// springEntity is a @RedisHash of Spring Data: a hash for each entity, a set of their ids, copies
// that outlive the entity a little, and indexes.
func springEntity() Profile {
	const entity = "<space>:<id>"
	return Profile{
		Name: "spring data entity", Library: "spring-data-redis", Kind: Cache, Object: entity,
		Keys: []Key{
			{Match: entity + ":phantom", Type: "hash", Part: Companion, Role: "phantom", Confirm: fields("_class"), Confidence: 0.9},
			{Match: entity + ":idx", Type: "set", Part: Companion, Role: "index", Beside: entity, Confidence: 0.8},
			{Match: entity, Type: "hash", Confirm: fields("_class"), Confidence: 0.95},
		},
	}
}

// djangoValue: a pickle of protocol 2 to 5 (docs.python.org/3/library/pickletools), or a plain whole
// number, which Django keeps as text; under a name ":VERSION:KEY" or "PREFIX:VERSION:KEY".
func djangoValue(e Evidence) (Finding, bool) {
	if len(e.Value) >= 2 && e.Value[0] == 0x80 && e.Value[1] >= 2 && e.Value[1] <= 5 {
		return Finding{}, e.Cut || strings.HasSuffix(e.Value, ".")
	}
	_, isNumber := number(e.Value)
	return Finding{Confidence: 0.6}, isNumber && strings.HasPrefix(e.Name, ":1:")
}

// maxInflated bounds what a compressed value is unpacked to before it is believed.
const maxInflated = 64 << 10

// goRedisCache: github.com/go-redis/cache writes msgpack and one byte, 0 for plain and 1 for
// compressed by S2, as it does from 64 bytes on. Only what is a container and ends there is believed.
func goRedisCache(e Evidence) (Finding, bool) {
	last := len(e.Value) - 1
	if e.Cut || last < 2 || e.Value[last] > 1 {
		return Finding{}, false
	}
	body := e.Value[:last]
	if e.Value[last] == 1 {
		if n, err := s2.DecodedLen([]byte(body)); err != nil || n > maxInflated {
			return Finding{}, false
		}
		plain, err := s2.Decode(nil, []byte(body))
		if err != nil || len(plain) == 0 {
			return Finding{}, false
		}
		body = string(plain)
	}
	return Finding{}, isContainer(body[0]) && msgpackLen(body) == len(body)
}

func columns(name, value string) []backends.Field {
	return []backends.Field{column(name, value)}
}
