package profile

import "slices"

// Builtin returns the profiles that bustop brings along, in the order in which they are tried: what
// is certain by name or content first, what any type is otherwise last.
func Builtin() []Profile {
	return slices.Concat(jobSystems(), lockLibraries(), envelopes(), sessions(), limiters(), caches(), boards(), probableLocks(), plain())
}

// plain is what keys of a type are when nobody claims them.
func plain() []Profile {
	one := func(name string, kind Kind, typ string) Profile {
		return Profile{Name: name, Kind: kind, Keys: []Key{{Match: "*", Type: typ, Confidence: 0.5}}}
	}
	return []Profile{
		{Name: "delayed", Kind: Other, Keys: []Key{{Match: "*", Type: "zset", Confirm: scoredByTime, Confidence: 0.7}}},
		{Name: "geo", Kind: Other, Keys: []Key{{Match: "*", Type: "zset", Confirm: scoredByPlace, Confidence: 0.8}}},
		one("list", Queue, "list"), one("stream", Stream, "stream"), one("sorted set", Leaderboard, "zset"),
	}
}
