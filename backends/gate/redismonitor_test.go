package gate

import (
	"io"
	"net"
	"testing"
)

// TestRedisMonitor: its gate lets MONITOR through and nothing that reads keys; the other gate the reverse.
func TestRedisMonitor(t *testing.T) {
	for name, c := range map[string]struct {
		through func(net.Conn) net.Conn
		words   []string
		want    bool
	}{
		"monitor":           {RedisMonitor, []string{"MONITOR"}, true},
		"login":             {RedisMonitor, []string{"AUTH", "u", "p"}, true},
		"name":              {RedisMonitor, []string{"client", "setname", "x"}, true},
		"reads":             {RedisMonitor, []string{"GET", "a"}, false},
		"writes":            {RedisMonitor, []string{"SET", "a", "b"}, false},
		"kills":             {RedisMonitor, []string{"CLIENT", "KILL", "ID", "1"}, false},
		"elsewhere refused": {Redis, []string{"MONITOR"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, there) }()
			defer there.Close()
			defer here.Close()
			if _, err := c.through(here).Write([]byte(resp(c.words...))); (err == nil) != c.want {
				t.Errorf("%q: %v", c.words, err)
			}
		})
	}
}
