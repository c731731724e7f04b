// Package demo starts servers and lets the order shop of package shop run on them, so that there
// is something to look at.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"bustop/backends"
	"bustop/backends/demo/servers"
	"bustop/backends/demo/shop"
)

// DefaultRate is how many things a second happen in the shop when no rate is given.
const DefaultRate = shop.DefaultRate

// grace is how long services may take to hang up before their servers end.
const grace = 2 * time.Second

// Options say which demo to start.
type Options struct {
	// Servers is "real" for installed server programs or "embedded" for servers within this
	// program.
	Servers string
	// Seed chooses the story.
	Seed int64
	// Rate is things that happen a second, DefaultRate when it is 0. The workers keep up with
	// it as well or badly as they do at the default.
	Rate float64
	// Log takes what happens to the servers and services, a line at a time. It is called from
	// several goroutines and may be nil.
	Log func(line string)
}

// Demo is a running shop with its servers.
type Demo struct {
	redis  *servers.Redis
	rabbit *servers.RabbitMQ
	stop   context.CancelFunc
	ended  chan struct{}
	once   sync.Once
}

// Start starts the servers and the shop. The shop ends when ctx does; the servers and their
// folders go with Close, which must be called.
func Start(ctx context.Context, opt Options) (*Demo, error) {
	if err := opt.check(); err != nil {
		return nil, err
	}
	redis.SetLogger(&logging.VoidLogger{}) // the default writes to standard error
	d := &Demo{ended: make(chan struct{})}
	if err := d.startServers(ctx, opt.Log); err != nil {
		d.closeServers()
		return nil, err
	}
	ctx, d.stop = context.WithCancel(ctx)
	s, err := d.newShop(opt)
	if err != nil {
		d.stop()
		d.closeServers()
		return nil, err
	}
	go func() {
		defer close(d.ended)
		_ = s.Run(ctx) // ends with ctx, for no other reason
	}()
	return d, nil
}

func (d *Demo) newShop(opt Options) (*shop.Shop, error) {
	return shop.New(shop.Options{
		Seed: opt.Seed, Rate: opt.Rate, Log: opt.Log,
		Redis:  func() *redis.Options { return &redis.Options{Addr: d.redis.Addr()} },
		Broker: shop.Broker{URL: d.rabbit.URL(), Management: d.rabbit.ManagementURL()},
	})
}

// check fills in what was left open and refuses what cannot be.
func (o *Options) check() error {
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	if o.Log == nil {
		o.Log = func(string) {}
	}
	switch {
	case o.Servers == "embedded":
		return &backends.Error{
			Reason: backends.Unsupported, What: "servers within the program come with a later version",
			Advice: "use --servers real, which needs redis-server and rabbitmq-server installed",
		}
	case o.Servers != "real":
		return &backends.Error{
			Reason: backends.BadUsage, What: fmt.Sprintf("unknown kind of servers %q", o.Servers), Advice: "known: real, embedded",
		}
	case !(o.Rate > 0 && o.Rate <= 10_000):
		return &backends.Error{Reason: backends.BadUsage, What: "the rate must be above 0 and at most 10000 a second"}
	}
	return nil
}

func (d *Demo) startServers(ctx context.Context, log func(string)) error {
	var wg sync.WaitGroup
	var redisErr, rabbitErr error
	start := time.Now()
	wg.Go(func() {
		if d.redis, redisErr = servers.StartRedis(ctx); redisErr == nil {
			log(fmt.Sprintf("redis-server answers on %s after %v", d.redis.Addr(), time.Since(start).Round(time.Millisecond)))
		}
	})
	wg.Go(func() {
		if d.rabbit, rabbitErr = servers.StartRabbitMQ(ctx, servers.RabbitOptions{}); rabbitErr == nil {
			log(fmt.Sprintf("rabbitmq-server answers on port %d after %v", d.rabbit.Port, time.Since(start).Round(time.Millisecond)))
		}
	})
	wg.Wait()
	err := errors.Join(redisErr, rabbitErr)
	if errors.Is(err, servers.ErrNotInstalled) {
		return &backends.Error{
			Reason: backends.Unsupported, What: "the demo needs redis-server and rabbitmq-server",
			Advice: "install them, on Debian with: apt-get install redis-server rabbitmq-server", Err: err,
		}
	}
	return err
}

// URLs are the addresses of the demo's servers as bustop takes them.
func (d *Demo) URLs() []string {
	return []string{d.redis.URL(), d.rabbit.URL() + "?management=" + url.QueryEscape(d.rabbit.ManagementURL())}
}

// Close ends the traffic and the servers and removes their folders.
func (d *Demo) Close() {
	d.once.Do(func() {
		d.stop()
		late := time.NewTimer(grace)
		defer late.Stop()
		select {
		case <-d.ended:
		case <-late.C: // a service waits for a server that hangs: ending that ends the wait
		}
		d.closeServers()
		<-d.ended
	})
}

func (d *Demo) closeServers() {
	var wg sync.WaitGroup
	if d.redis != nil {
		wg.Go(d.redis.Close)
	}
	if d.rabbit != nil {
		wg.Go(d.rabbit.Close)
	}
	wg.Wait()
}
