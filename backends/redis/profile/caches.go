package profile

import (
	"encoding/binary"
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
// compressed by S2, as it does from 64 bytes on. Only what is a container and ends there is believed; of a
// value that was cut off only the start can be judged.
func goRedisCache(e Evidence) (Finding, bool) {
	if e.Cut {
		return Finding{Confidence: 0.55}, startsAsCache(e.Value)
	}
	last := len(e.Value) - 1
	if last < 2 || e.Value[last] > 1 {
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

// maxCached bounds the length that a compressed value may claim, minLiteral is how much of it must be readable.
const maxCached, minLiteral = 512 << 20, 8

// startsAsCache judges the start of a value that S2 has compressed (the format is Snappy's, see
// github.com/google/snappy, format_description.txt): its length, more than was read of it, then a literal,
// as there is nothing to be repeated yet. That has to be the start of a msgpack map with words for keys, or
// of an array of such maps.
func startsAsCache(s string) bool {
	length, n := binary.Uvarint([]byte(s[:min(len(s), binary.MaxVarintLen32)]))
	if n <= 0 || length < uint64(len(s))/2 || length > maxCached || len(s) <= n {
		return false
	}
	s = s[n:]
	tag, head := int(s[0]), 1
	size := tag>>2 + 1
	if extra := tag>>2 - 59; extra > 0 { // the length stands in one to four bytes behind the tag
		if head += extra; len(s) < head {
			return false
		}
		size = 1
		for i := range extra {
			size += int(s[1+i]) << (8 * i)
		}
	}
	literal := s[head:min(len(s), head+size)]
	return tag&3 == 0 && len(literal) >= minLiteral && msgpackStarts(literal)
}

// msgpackStarts reports whether a text is the start of a msgpack map whose first key is a word, or of an array
// of such maps.
func msgpackStarts(s string) bool {
	for s != "" && isContainer(s[0]) {
		size, more, ok := msgpackHead(s)
		if !ok || more == 0 || size >= len(s) {
			return false
		}
		inMap := isMap(s[0])
		if s = s[size:]; !inMap {
			continue
		}
		return formWord.MatchString(msgpackText(s))
	}
	return false
}

// msgpackText is the text at the start of s, as far as it is there; "" for another object.
func msgpackText(s string) string {
	size, _, ok := msgpackHead(s)
	head := map[byte]int{0xd9: 2, 0xda: 3, 0xdb: 5}[s[0]]
	if s[0]&0xe0 == 0xa0 {
		head = 1
	}
	if !ok || head == 0 || len(s) < head {
		return ""
	}
	return s[head:min(size, len(s))]
}

func columns(name, value string) []backends.Field {
	return []backends.Field{column(name, value)}
}
