package redis_test

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"bustop/backends"
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
