package demo

import (
	"bustop/backends/demo/rabbitd"
	"bustop/backends/demo/redisd"
)

// embedded are servers within this program. They listen on the loopback device, so that other
// clients can join.
type embedded struct {
	redis  *redisd.Server
	rabbit *rabbitd.Server
}

func startEmbedded() (pair, error) {
	r, err := redisd.Start(redisd.Options{})
	if err != nil {
		return nil, err
	}
	b, err := rabbitd.Start(rabbitd.Options{DetailedRates: true}) // so that ways tell what passes on them
	if err != nil {
		r.Close()
		return nil, err
	}
	return &embedded{r, b}, nil
}

func (p *embedded) redisAddr() string     { return p.redis.Addr() }
func (p *embedded) brokerURL() string     { return p.rabbit.URL() }
func (p *embedded) managementURL() string { return p.rabbit.ManagementURL() }

func (p *embedded) SetMemoryAlarm(on bool) error {
	p.rabbit.Broker().SetMemoryAlarm(on)
	return nil
}

func (p *embedded) close() {
	p.redis.Close()
	p.rabbit.Close()
}
