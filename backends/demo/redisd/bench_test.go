package redisd_test

import (
	"context"
	"testing"

	"bustop/backends/demo/redisd"
	"bustop/backends/testkit"

	goredis "github.com/redis/go-redis/v9"
)

// BenchmarkTCP puts redisd beside redis-server: SET and GET in turn over one connection for each
// goroutine, and in pipelines of fifty.
func BenchmarkTCP(b *testing.B) {
	embedded := start(b, redisd.Options{})
	for _, server := range []struct{ name, addr string }{{"redisd", embedded.Addr()}, {"redis-server", testkit.Redis(b).Addr()}} {
		b.Run(server.name, func(b *testing.B) {
			c := goredis.NewClient(&goredis.Options{Addr: server.addr, DisableIdentity: true})
			defer c.Close()
			b.Run("one", func(b *testing.B) {
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := c.Set(context.Background(), "k", "value", 0).Err(); err != nil {
							b.Error(err)
						}
						if err := c.Get(context.Background(), "k").Err(); err != nil {
							b.Error(err)
						}
					}
				})
			})
			b.Run("pipeline", func(b *testing.B) {
				for b.Loop() {
					_, err := c.Pipelined(context.Background(), func(p goredis.Pipeliner) error {
						for range 25 {
							p.Set(context.Background(), "k", "value", 0)
							p.Get(context.Background(), "k")
						}
						return nil
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
