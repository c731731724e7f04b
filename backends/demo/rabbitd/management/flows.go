package management

import "bustop/backends/demo/rabbitd/broker"

// ratesMode is how much is counted, in RabbitMQ's words (rabbitmq.com/docs/management#rates-mode).
func (a *api) ratesMode() string {
	if a.opt.Detailed {
		return "detailed"
	}
	return "basic"
}

// flows are what an object counted with each of another kind, which only the mode detailed shows.
func (c *call) flows(pairs []broker.Detail, wanted spans, peer func(*broker.Detail) (string, object), groups ...[]named) []object {
	items := []object{}
	if !c.api.opt.Detailed {
		return items
	}
	for i := range pairs {
		p := &pairs[i]
		s := c.stats(broker.SampleDetail, p.ID, countersOf(p.Counters), wanted)
		if m := s.messageStats(wanted.rates, groups...); m != nil {
			name, value := peer(p)
			items = append(items, object{name: value, "stats": m})
		}
	}
	return items
}

func (c *call) byChannel(p *broker.Detail) (string, object) {
	return "channel_details", c.channelRef(&p.Channel)
}

func (c *call) byQueue(p *broker.Detail) (string, object) {
	return "queue", object{"name": p.Queue, "vhost": c.params["vhost"]}
}

func (c *call) byExchange(p *broker.Detail) (string, object) {
	return "exchange", object{"name": p.Exchange, "vhost": c.params["vhost"]}
}
