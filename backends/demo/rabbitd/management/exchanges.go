package management

import "bustop/backends/demo/rabbitd/broker"

// listExchanges is GET /api/exchanges and /api/exchanges/:vhost.
func listExchanges(c *call) any {
	wanted := c.spans()
	sees := c.sees()
	bare := c.asks("disable_stats")
	var rows []row
	all := c.api.broker.Exchanges(c.scope())
	for i := range all {
		x := &all[i] // not a copy of each
		if sees(x.VHost) {
			rows = append(rows, row{vhost: x.VHost, name: x.Name, ask: func() object {
				if bare {
					return exchangeBasics(x)
				}
				return c.exchangeStats(x, wanted)
			}})
		}
	}
	return c.augmented(rows, "vhost", "name")
}

func exchangeBasics(x *broker.ExchangeInfo) object {
	o := object{
		"name": x.Name, "vhost": x.VHost, "type": x.Type, "durable": x.Durable, "auto_delete": x.AutoDelete,
		"internal": x.Internal, "arguments": tableJSON(x.Arguments), "user_who_performed_action": x.Creator,
	}
	if x.Policy != "" {
		o["policy"] = x.Policy
	}
	return o
}

func (c *call) exchangeStats(x *broker.ExchangeInfo, wanted spans) object {
	o := exchangeBasics(x)
	s := c.stats(broker.SampleExchange, x.ID, countersOf(x.Counters), wanted)
	if m := s.messageStats(wanted.rates, []named{{"publish_in", publishIn}}, []named{{"publish_out", publishOut}}); m != nil {
		o["message_stats"] = m
	}
	return o
}

// getExchange is GET /api/exchanges/:vhost/:exchange.
func getExchange(c *call) any {
	wanted := c.spans()
	x, _ := c.exchange()
	o := c.exchangeStats(&x, wanted)
	o["incoming"] = c.flows(x.Incoming, wanted, c.byChannel, publishNumbers())
	o["outgoing"] = c.flows(x.Outgoing, wanted, c.byQueue, []named{{"publish", publish}})
	return o
}

// exchangeName is the name in a parameter of the path; the default exchange has one of its own.
func (c *call) exchangeName(parameter string) string {
	if name := c.params[parameter]; name != "amq.default" {
		return name
	}
	return ""
}

func (c *call) exchange() (broker.ExchangeInfo, bool) {
	return c.api.broker.Exchange(c.params["vhost"], c.exchangeName("exchange"))
}

func exchangeExists(c *call) bool {
	_, ok := c.exchange()
	return ok
}

// putExchange is PUT /api/exchanges/:vhost/:exchange.
func putExchange(c *call) {
	c.needVHost()
	b := c.body()
	request := broker.ExchangeDeclare{
		Name: c.exchangeName("exchange"), Type: "direct",
		Durable: c.flag(b, "durable"), AutoDelete: c.flag(b, "auto_delete"), Internal: c.flag(b, "internal"),
		Arguments: c.argumentsOf(b),
	}
	if kind, there := b["type"]; there {
		request.Type = c.text(kind)
	}
	c.needOurNode(b)
	c.through(func(ch *broker.Channel) *broker.Error { return ch.DeclareExchange(request) })
}

// deleteExchange is DELETE /api/exchanges/:vhost/:exchange.
func deleteExchange(c *call) {
	c.through(func(ch *broker.Channel) *broker.Error {
		return ch.DeleteExchange(c.exchangeName("exchange"), c.asks("if-unused"))
	})
}
