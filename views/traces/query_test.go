package traces

import "testing"

func TestKeysOfCommands(t *testing.T) {
	for query, want := range map[string]string{
		"":                                     "",
		"GET session:1":                        "session:1",
		"set session:1 ?":                      "session:1",
		`HSET "cart:7" field ?`:                "cart:7",
		"HMSET myhash field1 ? field2 ?":       "myhash",
		"GET ?":                                "",
		"GET":                                  "",
		"GET session:averylongna...":           "",
		"EVALSHA abc 1 lock:a ?":               "lock:a",
		"EVAL ? 0 x":                           "",
		"FCALL f n k":                          "",
		"XREAD COUNT 10 BLOCK 0 STREAMS a b 0": "a",
		"XREADGROUP GROUP g c STREAMS s >":     "s",
		"XREADGROUP GROUP g c":                 "",
		"XINFO STREAM s":                       "s",
		"PING":                                 "",
		"PUBLISH news ?":                       "",
		"AUTH default ?":                       "",
		"SCAN 0 MATCH a*":                      "",
		"get a\nget b":                         "a",
	} {
		if got := keyOf(query); got != want {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}
