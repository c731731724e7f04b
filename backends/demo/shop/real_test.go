package shop_test

import (
	"context"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"bustop/backends/demo/servers"
	"bustop/backends/demo/shop"
	"bustop/backends/demo/shop/shoptest"
	"bustop/backends/testkit"
)

func TestMain(m *testing.M) {
	redis.SetLogger(&logging.VoidLogger{}) // servers that are away are no news here
	goleak.VerifyTestMain(m)
}

// onRealServers runs a shop on installed servers.
func onRealServers(t *testing.T, opt shop.Options) (l shoptest.Look, end func()) {
	t.Helper()
	if os.Getenv("BUSTOP_LONG") == "" {
		t.Skip("set BUSTOP_LONG for tests that take minutes")
	}
	db, broker := testkit.Redis(t), testkit.RabbitMQ(t, servers.RabbitOptions{})
	l = shoptest.Look{
		T: t, Redis: func() *redis.Options { return &redis.Options{Addr: db.Addr(), DisableIdentity: true} },
		Broker: shop.Broker{URL: broker.URL(), Management: broker.ManagementURL(), HTTP: &http.Client{}},
	}
	opt.Seed, opt.Redis, opt.Broker, opt.Operator = 1, l.Redis, l.Broker, broker
	opt.Log = func(line string) { t.Log(line) }
	s, err := shop.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Run(ctx)
	}()
	return l, func() {
		stop()
		<-done
		l.Broker.HTTP.CloseIdleConnections()
	}
}

// TestTheIncidentOnRealServers takes ten minutes, as the incident does.
func TestTheIncidentOnRealServers(t *testing.T) {
	l, end := onRealServers(t, shop.Options{Scenario: shop.Incident})
	defer end()
	l.Incident(time.Now())
}

func TestTheFloodOnRealServers(t *testing.T) {
	l, end := onRealServers(t, shop.Options{Scenario: shop.Flood})
	defer end()
	l.Flood(30 * time.Second)
}
