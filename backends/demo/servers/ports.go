package servers

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
)

const (
	// firstPort and pastPort bound the ports that servers are given: below those that systems take for
	// outgoing connections (from 32768 on in Linux, from 49152 on elsewhere, RFC 6335 section 6), any of
	// which may come up between our look and the server's start, or while a server is down.
	firstPort, pastPort = 10_000, 32_768
	// portTries is how many ports are tried, startTries how often a server is started that finds its
	// port taken meanwhile.
	portTries, startTries = 200, 5
)

// FreePorts returns n different loopback ports that nothing listened on a moment ago and that no
// outgoing connection takes.
func FreePorts(n int) ([]int, error) {
	span := lastPort() - firstPort
	ports := make([]int, 0, n)
	var last error
	for range portTries {
		if len(ports) == n {
			return ports, nil
		}
		l, err := net.Listen("tcp", loopback(firstPort+rand.IntN(span))) //nolint:noctx,gosec // listening on loopback does not wait; a port is no secret
		if err != nil {
			last = err
			continue
		}
		defer l.Close() // together, so that all are different
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	if len(ports) == n {
		return ports, nil
	}
	return nil, fmt.Errorf("find a free port: %w", last)
}

// lastPort is pastPort, or less where the system takes outgoing ports from lower ones.
func lastPort() int {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err != nil {
		return pastPort
	}
	var from int
	if _, err := fmt.Sscan(string(text), &from); err != nil || from < firstPort+1000 {
		return pastPort
	}
	return min(pastPort, from)
}
