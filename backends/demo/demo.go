// Package demo starts servers and lets an order shop run on them, so that there is something to
// look at. The shop is package shop, an ordinary client of the servers; these are either within
// this program (packages redisd and rabbitd) or installed ones (package servers).
package demo

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"go.opentelemetry.io/otel/trace"

	"bustop/backends"
	"bustop/backends/demo/shop"
)

// grace is how long services may take to hang up before their servers end.
const grace = 2 * time.Second

// Options say which demo to start.
type Options struct {
	// Servers is "embedded" for servers within this program or "real" for installed server
	// programs.
	Servers string
	// Scenario is "calm", "incident" or "flood"; "" is calm.
	Scenario string
	// Seed chooses the story.
	Seed int64
	// Rate is things that happen a second, the scenario's own when it is 0. The workers keep up
	// with it as well or badly as they do at the default.
	Rate float64
	// For is how long the story takes, 0 for ever.
	For time.Duration
	// Log takes what happens to the servers and services, a line at a time. It is called from
	// several goroutines and may be nil.
	Log func(line string)
	// Tracers returns the provider of a service's spans; nil makes none.
	Tracers func(service string) trace.TracerProvider
}

// Address is where a client can connect, with the name of what is there.
type Address struct{ Name, Text string }

// Demo is a running shop with its servers.
type Demo struct {
	pair pair
	stop context.CancelFunc
	// over is closed when the story has come to its end, ended when the shop is closed.
	over, ended chan struct{}
	once        sync.Once
}

// pair is a Redis and a RabbitMQ of the demo's own.
type pair interface {
	shop.Operator
	// redisAddr is host:port; brokerURL is that of AMQP, managementURL that of the management API,
	// without user and password.
	redisAddr() string
	brokerURL() string
	managementURL() string
	close()
}

// Start starts the servers and the shop. The shop ends when ctx does; the servers and their
// folders go with Close, which must be called.
func Start(ctx context.Context, opt Options) (*Demo, error) {
	if opt.Log == nil {
		opt.Log = func(string) {}
	}
	redis.SetLogger(&logging.VoidLogger{}) // the default writes to standard error
	p, err := opt.servers(ctx)
	if err != nil {
		return nil, err
	}
	s, err := shop.New(shop.Options{
		Seed: opt.Seed, Rate: opt.Rate, Scenario: shop.Scenario(opt.Scenario), For: opt.For, Log: opt.Log, Operator: p, Tracers: opt.Tracers,
		Redis:  func() *redis.Options { return &redis.Options{Addr: p.redisAddr()} },
		Broker: shop.Broker{URL: p.brokerURL(), Management: p.managementURL()},
	})
	if err != nil {
		p.close()
		return nil, err
	}
	d := &Demo{pair: p, over: make(chan struct{}), ended: make(chan struct{})}
	ctx, d.stop = context.WithCancel(ctx)
	go func() {
		defer close(d.ended)
		if s.Run(ctx) == nil {
			close(d.over)
		}
	}()
	return d, nil
}

// servers starts the servers that were asked for.
func (o *Options) servers(ctx context.Context) (pair, error) {
	switch o.Servers {
	case "embedded":
		return startEmbedded()
	case "real":
		return startReal(ctx, o.Log)
	}
	return nil, &backends.Error{
		Reason: backends.BadUsage, What: fmt.Sprintf("unknown kind of servers %q", o.Servers), Advice: "known: embedded, real",
	}
}

// URLs are the addresses of the demo's servers as bustop takes them.
func (d *Demo) URLs() []string {
	return []string{d.redisURL(), d.pair.brokerURL() + "?management=" + url.QueryEscape(d.pair.managementURL())}
}

// Addresses are where any client can join.
func (d *Demo) Addresses() []Address {
	return []Address{
		{"redis", d.redisURL()}, {"amqp", d.pair.brokerURL()}, {"management", d.pair.managementURL()},
	}
}

func (d *Demo) redisURL() string { return "redis://" + d.pair.redisAddr() + "/0" }

// Over is closed when Options.For has passed.
func (d *Demo) Over() <-chan struct{} { return d.over }

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
		d.pair.close()
		<-d.ended
	})
}
