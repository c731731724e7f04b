package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/demo/servers"
)

// installed are servers of the machine, as processes of ours.
type installed struct {
	redis  *servers.Redis
	rabbit *servers.RabbitMQ
}

// measured has the server count what each exchange passes to each queue, as the embedded one does.
const measured = "management.rates_mode = detailed"

// startReal starts both servers side by side.
func startReal(ctx context.Context, log func(string)) (pair, error) {
	p := &installed{}
	var wg sync.WaitGroup
	var redisErr, rabbitErr error
	start := time.Now()
	wg.Go(func() {
		if p.redis, redisErr = servers.StartRedis(ctx); redisErr == nil {
			log(fmt.Sprintf("redis-server answers on %s after %v", p.redis.Addr(), time.Since(start).Round(time.Millisecond)))
		}
	})
	wg.Go(func() {
		if p.rabbit, rabbitErr = servers.StartRabbitMQ(ctx, servers.RabbitOptions{Config: measured}); rabbitErr == nil {
			log(fmt.Sprintf("rabbitmq-server answers on port %d after %v", p.rabbit.Port, time.Since(start).Round(time.Millisecond)))
		}
	})
	wg.Wait()
	err := errors.Join(redisErr, rabbitErr)
	if err == nil {
		return p, nil
	}
	p.close()
	if errors.Is(err, servers.ErrNotInstalled) {
		err = &backends.Error{
			Reason: backends.Unsupported, What: "--servers real needs redis-server and rabbitmq-server",
			Advice: "install them, on Debian with: apt-get install redis-server rabbitmq-server; or take --servers embedded", Err: err,
		}
	}
	return nil, err
}

func (p *installed) redisAddr() string            { return p.redis.Addr() }
func (p *installed) brokerURL() string            { return p.rabbit.URL() }
func (p *installed) managementURL() string        { return p.rabbit.ManagementURL() }
func (p *installed) SetMemoryAlarm(on bool) error { return p.rabbit.SetMemoryAlarm(on) }

func (p *installed) close() {
	var wg sync.WaitGroup
	if p.redis != nil {
		wg.Go(p.redis.Close)
	}
	if p.rabbit != nil {
		wg.Go(p.rabbit.Close)
	}
	wg.Wait()
}
