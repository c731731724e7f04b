package management

import (
	"net/url"
	"slices"

	"bustop/backends/demo/rabbitd/broker"
	"bustop/backends/demo/rabbitd/wire"
)

func bindingJSON(b *broker.BindingInfo) object {
	return object{
		"source": b.Source, "vhost": b.VHost, "destination": b.Destination, "destination_type": b.DestinationType,
		"routing_key": b.RoutingKey, "arguments": tableJSON(b.Arguments), "properties_key": propertiesKey(b.RoutingKey, b.Arguments),
	}
}

// bindings answers a listing of bindings.
func (c *call) bindings(all []broker.BindingInfo) any {
	sees := c.sees()
	items := []object{}
	for i := range all {
		if sees(all[i].VHost) {
			items = append(items, bindingJSON(&all[i]))
		}
	}
	return c.list(items, "vhost", "source", "type", "destination", "routing_key", "properties_key")
}

// listBindings is GET /api/bindings and /api/bindings/:vhost.
func listBindings(c *call) any { return c.bindings(c.api.broker.Bindings(c.scope())) }

// bindingsFrom is GET /api/exchanges/:vhost/:exchange/bindings/source.
func bindingsFrom(c *call) any {
	return c.bindings(c.api.broker.ExchangeBindings(c.params["vhost"], c.exchangeName("exchange"), true))
}

// bindingsTo is GET /api/exchanges/:vhost/:exchange/bindings/destination.
func bindingsTo(c *call) any {
	return c.bindings(c.api.broker.ExchangeBindings(c.params["vhost"], c.exchangeName("exchange"), false))
}

// queueBindings is GET /api/queues/:vhost/:queue/bindings. Every name is bound to the default
// exchange, that of a queue that is not there too.
func queueBindings(c *call) any {
	found := c.api.broker.QueueBindings(c.params["vhost"], c.params["queue"])
	if !queueExists(c) {
		name := c.params["queue"]
		found = []broker.BindingInfo{{
			VHost: c.params["vhost"], Destination: name, DestinationType: "queue", RoutingKey: name,
		}}
	}
	return c.bindings(found)
}

// between are the bindings from the path's source to its destination.
func (c *call) between() []broker.BindingInfo {
	kind, source := "queue", c.exchangeName("source")
	destination := c.params["destination"]
	var all []broker.BindingInfo
	switch c.params["dtype"] {
	case "q":
		all = c.api.broker.QueueBindings(c.params["vhost"], destination)
	case "e":
		kind, destination = "exchange", c.exchangeName("destination")
		all = c.api.broker.ExchangeBindings(c.params["vhost"], destination, false)
	default:
		c.fail(crash())
	}
	return slices.DeleteFunc(all, func(b broker.BindingInfo) bool {
		return b.Source != source || b.DestinationType != kind || b.Destination != destination
	})
}

// listBetween is GET /api/bindings/:vhost/e/:source/:dtype/:destination.
func listBetween(c *call) any { return c.bindings(c.between()) }

// binding is the one that the path names by its properties.
func (c *call) binding() (broker.BindingInfo, bool) {
	all := c.between()
	i := slices.IndexFunc(all, func(b broker.BindingInfo) bool { return sameProperties(b, c.params["props"]) })
	if i < 0 {
		return broker.BindingInfo{}, false
	}
	return all[i], true
}

// sameProperties compares a binding's name with what a client sent, which may have written the
// escapes of the routing key in another way.
func sameProperties(b broker.BindingInfo, props string) bool {
	if propertiesKey(b.RoutingKey, b.Arguments) == props {
		return true
	}
	key, err := url.QueryUnescape(props)
	return err == nil && len(b.Arguments) == 0 && b.RoutingKey == key && props != ""
}

func bindingExists(c *call) bool {
	if !c.vhostExists() {
		return false
	}
	_, ok := c.binding()
	return ok
}

// getBinding is GET /api/bindings/:vhost/e/:source/:dtype/:destination/:props.
func getBinding(c *call) any {
	b, _ := c.binding()
	return bindingJSON(&b)
}

// deleteBinding is DELETE on the same path.
func deleteBinding(c *call) {
	b, _ := c.binding()
	c.through(func(ch *broker.Channel) *broker.Error {
		if b.DestinationType == "exchange" {
			return ch.UnbindExchange(b.Destination, b.Source, b.RoutingKey, b.Arguments)
		}
		return ch.UnbindQueue(b.Destination, b.Source, b.RoutingKey, b.Arguments)
	})
}

// newBinding reads routing key and arguments. RabbitMQ gives up on every mistake in them.
func (c *call) newBinding() (key string, args wire.Table) {
	defer func() {
		switch f := recover().(type) {
		case nil:
		case fault:
			c.fail(crash())
		default:
			panic(f)
		}
	}()
	b := c.body()
	if value, there := b["routing_key"]; there {
		key = c.text(value)
	}
	return key, c.argumentsOf(b)
}

// postBinding is POST /api/bindings/:vhost/e/:source/:dtype/:destination.
func postBinding(c *call) any {
	c.needVHost()
	key, args := c.newBinding()
	source, destination := c.exchangeName("source"), c.params["destination"]
	switch c.params["dtype"] {
	case "q":
		c.through(func(ch *broker.Channel) *broker.Error { return ch.BindQueue(destination, source, key, args) })
	case "e":
		destination = c.exchangeName("destination")
		c.through(func(ch *broker.Channel) *broker.Error { return ch.BindExchange(destination, source, key, args) })
	default:
		c.fail(crash())
	}
	return created(url.QueryEscape(c.params["destination"]) + "/" + url.QueryEscape(propertiesKey(key, args)))
}
