package backends_test

import (
	"testing"
	"time"

	"bustop/backends"
)

func TestQuorum(t *testing.T) {
	sight := func(server, holder string, at, ttl time.Duration) backends.LockSight {
		s := backends.LockSight{Server: server, At: lockStart().Add(at), Held: holder != ""}
		s.Lock = backends.Lock{Holder: holder, TTL: backends.ExactSpan(ttl)}
		return s
	}
	const ms, sec = time.Millisecond, time.Second
	for name, c := range map[string]struct {
		sights   []backends.LockSight
		want     backends.LockQuorum
		majority bool
	}{
		"all agree": {
			[]backends.LockSight{sight("a", "w", 0, 9*sec), sight("b", "w", 500*ms, 8530*ms), sight("c", "w", 0, 9010*ms)},
			backends.LockQuorum{Agree: 3, Of: 3, Holder: "w", Skew: backends.ExactSpan(30 * ms)},
			true,
		},
		"one is free, one another's": {
			[]backends.LockSight{sight("a", "v", 0, sec), sight("b", "w", 0, 9*sec), sight("c", "", 0, 0), sight("d", "w", 0, 9*sec)},
			backends.LockQuorum{Agree: 2, Of: 4, Holder: "w", Skew: backends.ExactSpan(0)},
			false,
		},
		"one server twice": {
			[]backends.LockSight{sight("a", "w", 0, sec), sight("a", "w", 0, sec), sight("b", "v", 0, sec)},
			backends.LockQuorum{Agree: 1, Of: 2, Holder: "w"},
			false,
		},
		"nowhere": {[]backends.LockSight{sight("a", "", 0, 0)}, backends.LockQuorum{Of: 1}, false},
	} {
		if got := backends.QuorumOf(c.sights); got != c.want || got.Majority() != c.majority {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	on := func(server, name, holder string) backends.LockSight {
		s := sight(server, holder, 0, sec)
		s.Lock.Name = name
		return s
	}
	all := backends.Quorums([]backends.LockSight{on("a", "r", "w"), on("b", "r", "w"), on("a", "own", "w"), on("c", "two", "v"), on("b", "two", "w")}, []string{"a", "b", "c"})
	if len(all) != 2 || all["r"].Agree != 2 || all["r"].Of != 3 || all["two"].Agree != 1 || !all["r"].Majority() {
		t.Errorf("%+v", all)
	}
	for address, want := range map[string]string{"redis://a:6379/0": "a:6379", "redis://a:6379/1": "a:6379", "unix:///x": "unix:///x"} {
		if got := backends.ServerOf(backends.Identity{Address: address}); got != want {
			t.Errorf("%s is on %s", address, got)
		}
	}
}
