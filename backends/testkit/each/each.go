// Package each runs a test on servers of each kind: those within the program, which are there
// everywhere, and installed ones. A test that holds on both holds the demo's servers to the truth.
package each

import (
	"context"
	"testing"

	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/redisd"
	"bustop/backends/demo/servers"
	"bustop/backends/testkit"
)

// Redis is a Redis server that a test may kill and start again. Its data are gone then.
type Redis interface {
	// Addr is host:port, URL the address as bustop takes it.
	Addr() string
	URL() string
	// Kill ends the server as kill -9 does, Start starts it again on the same port.
	Kill()
	Start(ctx context.Context) error
}

// RabbitMQ is a RabbitMQ server that a test may kill and start again, with what was durable.
type RabbitMQ interface {
	// URL is the address as bustop takes it, ManagementURL that of the management API.
	URL() string
	ManagementURL() string
	// Kill ends the server as kill -9 does, Start starts it again on the same ports.
	Kill()
	Start(ctx context.Context) error
}

// OnRedis runs a test as subtests "embedded" and "real".
func OnRedis(t *testing.T, test func(t *testing.T, server Redis)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		server, err := redisd.Start(redisd.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		test(t, redisWithin{server})
	})
	t.Run("real", func(t *testing.T) { test(t, testkit.Redis(t)) })
}

// OnRabbitMQ runs a test as subtests "embedded" and "real".
func OnRabbitMQ(t *testing.T, test func(t *testing.T, server RabbitMQ)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		server, err := rabbitd.Start(rabbitd.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		test(t, brokerWithin{server})
	})
	t.Run("real", func(t *testing.T) { test(t, testkit.RabbitMQ(t, servers.RabbitOptions{})) })
}

type redisWithin struct{ *redisd.Server }

func (s redisWithin) Start(context.Context) error { return s.Restart() }

type brokerWithin struct{ *rabbitd.Server }

func (s brokerWithin) Start(context.Context) error { return s.Restart() }
