package redis_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
)

// received is how many connections the server has accepted.
func received(t *testing.T, c *goredis.Client) int {
	t.Helper()
	stats, err := c.Info(context.Background(), "stats").Result()
	must(t, err)
	var n int
	_, rest, _ := strings.Cut(stats, "total_connections_received:")
	_, err = fmt.Sscan(rest, &n)
	must(t, err)
	return n
}

// certificate makes a self-signed one for 127.0.0.1 and writes it for the server.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	must(t, err)
	dir := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600))
		return path
	}
	pool = x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	pool.AddCert(cert)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "EC PRIVATE KEY", keyDER), pool
}

func TestTLS(t *testing.T) {
	cert, key, pool := certificate(t)
	port := freePort(t)
	s := testkit.Redis(t, "--tls-port", fmt.Sprint(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no")
	client := goredis.NewClient(&goredis.Options{Addr: s.Addr(), DisableIdentity: true})
	defer client.Close()
	secure := func(base *tls.Config) backends.Source {
		return source(t, net.JoinHostPort("127.0.0.1", fmt.Sprint(port)), func(u *url.URL, opt *backends.Options) {
			u.Scheme, opt.TLS = "rediss", base
		})
	}
	src := secure(&tls.Config{RootCAs: pool}) //nolint:gosec // the driver sets the minimum
	must(t, src.Ping(within(t)))
	before := received(t, client)
	for range 20 {
		must(t, src.Ping(within(t)))
	}
	if n := received(t, client) - before; n != 0 {
		t.Errorf("20 requests over TLS made %d new connections", n)
	}
	err := secure(nil).Ping(within(t))
	if backends.ReasonOf(err) != backends.Unreachable || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("an unknown authority: %v", err)
	}
	plain := source(t, s.Addr(), func(u *url.URL, _ *backends.Options) { u.Scheme = "rediss" })
	if err := plain.Ping(within(t)); backends.ReasonOf(err) != backends.Unreachable {
		t.Errorf("TLS to a plain port: %v", err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Listings, whatever they ask, use few connections and use them again.
func TestConnectionsAreUsedAgain(t *testing.T) {
	addr, client := server(t)
	for i := range 2000 {
		must(t, client.RPush(context.Background(), fmt.Sprint("q", i), "x").Err())
	}
	src := source(t, addr, nil)
	before := received(t, client)
	for range 3 {
		_, err := src.Roles().Queues.ListQueues(within(t), backends.Query{Complete: true})
		must(t, err)
	}
	if n := received(t, client) - before; n < 1 || n > 2 {
		t.Errorf("three listings made %d connections", n)
	}
}
