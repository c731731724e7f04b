package redis

import (
	"testing"

	"pgregory.net/rapid"
)

func TestSlotOf(t *testing.T) {
	t.Parallel()
	// The check value of CRC-16/XMODEM is that of the specification; the others are what CLUSTER KEYSLOT
	// of a server says.
	for key, want := range map[string]int{
		"123456789": 0x31C3, "": 0, "foo": 12182, "{user1000}.following": 3443, "{user1000}.followers": 3443,
		"foo{}{bar}": 8363, "foo{{bar}}zap": 4015, "foo{bar}{zap}": 5061,
	} {
		if got := slotOf(key); got != want {
			t.Errorf("%q: %d, want %d", key, got, want)
		}
	}
}

func TestTagsHashAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tag := rapid.StringMatching(`[^{}]{1,8}`).Draw(t, "tag")
		before, after := rapid.StringMatching(`[^{]{0,5}`).Draw(t, "before"), rapid.String().Draw(t, "after")
		if slotOf(before+"{"+tag+"}"+after) != slotOf(tag) {
			t.Errorf("%q does not hash by its tag", before+"{"+tag+"}"+after)
		}
	})
}

func TestReadSlots(t *testing.T) {
	t.Parallel()
	server := func(host any, port int64) []any { return []any{host, port, "id", []any{}} }
	m := readSlots([]any{
		[]any{int64(5461), int64(10922), server("10.0.0.2", 7001), server("10.0.0.5", 7004)},
		[]any{int64(0), int64(8), server("", 7000)},
		[]any{int64(10), int64(5460), server("", 7000)},
		[]any{int64(10923), int64(16383), server(nil, 7002)},
		[]any{int64(9), int64(9), server("10.0.0.2", 7001), server("10.0.0.5", 7004)},
		[]any{"nonsense"},
		"nonsense",
		[]any{int64(-5), int64(99999999), []any{}},
	}, "seed.example")
	for slot, want := range map[int]string{0: "seed.example:7000", 9: "10.0.0.2:7001", 6000: "10.0.0.2:7001", 16383: "seed.example:7002"} {
		if s, ok := m.shardOf(slot); !ok || s.master != want {
			t.Errorf("slot %d: %+v, want %s", slot, s, want)
		}
	}
	if s, _ := m.shardOf(6000); len(s.replicas) != 1 || s.replicas[0] != "10.0.0.5:7004" {
		t.Errorf("replicas %+v", s)
	}
	if len(m.shards) != 3 {
		t.Errorf("%d shards", len(m.shards))
	}
	if _, ok := readSlots(nil, "h").shardOf(1); ok {
		t.Error("an empty map has an owner")
	}
}

func TestReadShards(t *testing.T) {
	t.Parallel()
	node := func(role, health string, port int64) []any {
		return []any{"id", "x", "port", port, "tls-port", port + 1000, "ip", "10.0.0.1", "endpoint", "?", "role", role, "replication-offset", int64(1), "health", health}
	}
	answer := []any{[]any{"slots", []any{int64(0), int64(99), int64(200), int64(16383)}, "nodes", []any{
		node("master", "failed", 1), node("master", "online", 2), node("replica", "online", 3), node("replica", "loading", 4),
	}}, []any{"slots", []any{}, "nodes", []any{node("master", "online", 9)}}}
	for secure, want := range map[bool]string{false: "seed:2", true: "seed:1002"} {
		m := readShards(answer, "seed", secure)
		if s, ok := m.shardOf(99); !ok || s.master != want || len(s.replicas) != 1 {
			t.Errorf("TLS %v: %+v", secure, s)
		}
		if _, ok := m.shardOf(100); ok {
			t.Error("a slot that nobody has has an owner")
		}
	}
}

func TestReadRedirect(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]redirect{
		"MOVED 3999 127.0.0.1:6381":   {addr: "127.0.0.1:6381"},
		"ASK 3999 10.0.0.7:1":         {addr: "10.0.0.7:1", ask: true},
		"MOVED 3999 :6381":            {addr: "asked:6381"},
		"MOVED 3999 ?:6381":           {addr: "asked:6381"},
		"MOVED 3999 2001:db8::1:6381": {addr: "[2001:db8::1]:6381"},
	} {
		if got, ok := readRedirect(reply{text}, "asked"); !ok || got != want {
			t.Errorf("%s: %+v %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "MOVED", "MOVED 1", "MOVED 1 h", "MOVED 1 h:x", "MOVED 1 h:99999", "ERR MOVED 1 h:1"} {
		if got, ok := readRedirect(reply{text}, "asked"); ok {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestKeyOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cmd  command
		want string
		ok   bool
	}{
		{command{"GET", "k"}, "k", true},
		{command{"xinfo", "STREAM", "k"}, "k", true},
		{command{"MEMORY", "USAGE", "k"}, "k", true},
		{command{"XREAD", "COUNT", 5, "STREAMS", "k", "0"}, "k", true},
		{command{"XREAD"}, "", false},
		{command{"PING"}, "", false},
		{command{"PUBSUB", "NUMSUB", "c"}, "", false},
		{command{"GET", []byte("b")}, "b", true},
		{command{"GET", 5}, "", false},
	} {
		if got, ok := keyOf(c.cmd); got != c.want || ok != c.ok {
			t.Errorf("%v: %q %v", c.cmd, got, ok)
		}
	}
}
