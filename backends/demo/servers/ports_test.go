package servers

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
)

func TestPortsAreThoseThatNoConnectionTakes(t *testing.T) {
	ports, err := FreePorts(50)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, port := range ports {
		if seen[port] || port < firstPort || port >= pastPort {
			t.Errorf("port %d among %v", port, ports)
		}
		seen[port] = true
	}
}

// A server whose port was taken between our look and its start is started on another.
func TestAPortThatWasTakenIsLeft(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a real server")
	}
	taken := 0
	r, err := startRedis(t.Context(), func(r *Redis) error {
		if taken != 0 {
			return nil
		}
		taken = r.Port
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", r.Addr())
		if err == nil {
			t.Cleanup(func() { l.Close() })
		}
		return err
	}, "--cluster-enabled", "yes", "--cluster-port", AnyPort)
	if errors.Is(err, ErrNotInstalled) && os.Getenv("BUSTOP_REQUIRE_SERVERS") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Port == taken || r.PortOf("cluster-port") == 0 || r.PortOf("tls-port") != 0 {
		t.Errorf("port %d after %d was taken, bus %d", r.Port, taken, r.PortOf("cluster-port"))
	}
	// What is wrong in other ways is not tried again, and the server's words are told.
	_, err = StartRedis(context.Background(), "--no-such-directive", "1")
	if err == nil || !strings.Contains(err.Error(), "no-such-directive") {
		t.Errorf("a wrong directive: %v", err)
	}
}
