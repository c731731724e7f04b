package redis_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

func TestTLSWithClientCertificates(t *testing.T) {
	mine, other := testkit.NewAuthority(t), testkit.NewAuthority(t)
	_, addr := testkit.RedisTLS(t, mine, time.Now().Add(time.Hour))
	_, stale := testkit.RedisTLS(t, mine, time.Now().Add(-time.Hour))
	named := func(c *tls.Config, name string) *tls.Config { c.ServerName = name; return c }
	good := mine.Client(t, "console")
	for _, c := range []struct {
		what, url string
		conf      *tls.Config
		want      string
	}{
		{"with a certificate", "rediss://" + addr, good, ""},
		{"by the name in the certificate", "rediss://" + addr, named(mine.Client(t, "console2"), "redis.test"), ""},
		{"by another name", "rediss://" + addr, named(mine.Client(t, "console3"), "other.test"), "not other.test"},
		{"without a certificate", "rediss://" + addr, &tls.Config{RootCAs: mine.Pool(), MinVersion: tls.VersionTLS12}, "wants a certificate of ours"},
		{"with a stranger's", "rediss://" + addr, &tls.Config{RootCAs: mine.Pool(), Certificates: other.Client(t, "x").Certificates, MinVersion: tls.VersionTLS12}, "does not take our certificate"},
		{"an authority not known", "rediss://" + addr, other.Client(t, "y"), "an authority that is not known"},
		{"expired", "rediss://" + stale, good, "has expired on"},
		{"without TLS", "redis://" + addr, nil, "rediss://"},
	} {
		err := opened(t, c.url, backends.Options{TLS: c.conf}).Ping(within(t))
		if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.what, err, c.want)
		}
	}
}

// A cluster tells each client the ports for its own kind of connection.
func TestTLSToACluster(t *testing.T) {
	authority := testkit.NewAuthority(t)
	cert, key := authority.Issue(t, "redis.test", time.Now().Add(time.Hour))
	c := testkit.RedisCluster(t, 1, 0, "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", authority.File, "--tls-auth-clients", "yes", "--tls-port", servers.AnyPort, "--tls-cluster", "yes")
	port := strconv.Itoa(c.Masters[0].PortOf("tls-port"))
	for i := range 10 {
		c.Do(t, "RPUSH", fmt.Sprintf("q:%d", i), "x")
	}
	src := opened(t, "rediss+cluster://"+net.JoinHostPort("127.0.0.1", port), backends.Options{TLS: authority.Client(t, "console")})
	if names, notes := listed(t, src); len(names) != 10 || len(notes) != 0 {
		t.Errorf("%d lists, notes %q", len(names), notes)
	}
	clients, err := c.Client(c.Masters[0]).ClientList(within(t)).Result()
	must(t, err)
	ours := 0
	for line := range strings.Lines(clients) {
		if strings.Contains(line, "name=bustop/") {
			ours++
			if !strings.Contains(line, "laddr=127.0.0.1:"+port+" ") {
				t.Errorf("a connection without TLS: %s", line)
			}
		}
	}
	if ours == 0 {
		t.Error("no connection of ours")
	}
}
