// Package testkit gives tests real servers. Where a server is not installed the test is
// skipped, or fails when the environment variable BUSTOP_REQUIRE_SERVERS is set, as CI does. With
// -short such tests are always skipped.
package testkit

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"bustop/backends/demo/servers"
)

// Redis starts a redis-server for one test, with additional arguments as on its command line.
func Redis(t testing.TB, args ...string) *servers.Redis {
	t.Helper()
	SkipShort(t)
	r, err := servers.StartRedis(context.Background(), args...)
	check(t, err)
	t.Cleanup(r.Close)
	return r
}

// RabbitMQ starts a rabbitmq-server for one test. It takes seconds: share one among the tests
// of a package and give each its own vhost.
func RabbitMQ(t testing.TB, opt servers.RabbitOptions) *servers.RabbitMQ {
	t.Helper()
	SkipShort(t)
	r, err := servers.StartRabbitMQ(context.Background(), opt)
	check(t, err)
	t.Cleanup(r.Close)
	return r
}

// SkipShort skips a test on real servers when short ones are asked for.
func SkipShort(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a real server")
	}
}

// Missing reports whether err says that a server is not installed and that this may be.
func Missing(err error) bool {
	return errors.Is(err, servers.ErrNotInstalled) && os.Getenv("BUSTOP_REQUIRE_SERVERS") == ""
}

func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case Missing(err):
		t.Skipf("needs a real server: %v", err)
	default:
		t.Fatal(err)
	}
}

// limit is how long Eventually waits. A RabbitMQ that comes back on a busy machine needs half of it.
const limit = time.Minute

// Eventually waits until done returns true and fails the test when it does not within the limit.
// What names the condition.
func Eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}
