package management

import (
	"bustop/backends/demo/rabbitd/broker"
)

// needStats ends a call for what is nothing but statistics when these are not wanted.
func (c *call) needStats() {
	if c.asks("disable_stats") {
		c.fail(badRequest("Stats in management UI are disabled on this node"))
	}
}

func (c *call) channelJSON(x *broker.ChannelInfo, wanted spans) object {
	o := object{
		"name": x.Ref.Name, "number": x.Ref.Number, "user": x.Ref.User, "user_who_performed_action": x.Ref.User,
		"vhost": x.VHost, "node": c.api.node, "state": x.State,
		"confirm": x.Confirm, "transactional": x.Transactional,
		"consumer_count": x.Consumers, "messages_unacknowledged": x.Unacked, "messages_unconfirmed": x.Unconfirmed,
		"messages_uncommitted": x.Uncommitted, "acks_uncommitted": x.AcksUncommitted,
		"prefetch_count": x.Prefetch, "global_prefetch_count": x.GlobalPrefetch,
		"pending_raft_commands": 0, "reductions": 0, "reductions_details": object{"rate": decimal(0)},
		"garbage_collection": garbageCollection(),
		"connection_details": connectionRef(broker.ConnectionRef{
			Name: x.Ref.Connection, PeerHost: x.Ref.PeerHost, PeerPort: x.Ref.PeerPort,
		}),
	}
	if !x.IdleSince.IsZero() {
		o["idle_since"] = instant(x.IdleSince)
	}
	s := c.stats(broker.SampleChannel, x.Ref.ID, countersOf(x.Counters), wanted)
	if m := s.messageStats(wanted.rates, publishNumbers(), deliverNumbers()); m != nil {
		o["message_stats"] = m
	}
	return o
}

// channelObjects are the channels that the user may see and keep wants.
func (c *call) channelObjects(keep func(*broker.ChannelInfo) bool) []object {
	c.needStats()
	wanted := c.spans()
	vhost, some := c.vhost()
	items := []object{}
	for _, x := range c.api.broker.Channels() {
		if (c.isMonitor() || x.Ref.User == c.user.Name) && (!some || x.VHost == vhost) && keep(&x) {
			items = append(items, c.channelJSON(&x, wanted))
		}
	}
	return items
}

func all(*broker.ChannelInfo) bool { return true }

// listChannels is GET /api/channels.
func listChannels(c *call) any { return c.paged(c.channelObjects(all), "vhost", "name") }

// vhostChannels is GET /api/vhosts/:vhost/channels.
func vhostChannels(c *call) any { return c.list(c.channelObjects(all), "vhost", "name") }

// connectionChannels is GET /api/connections/:connection/channels.
func connectionChannels(c *call) any {
	if !connectionExists(c) {
		c.fail(crash())
	}
	name := c.params["connection"]
	return c.list(c.channelObjects(func(x *broker.ChannelInfo) bool { return x.Ref.Connection == name }), "vhost", "name")
}

func channelExists(c *call) bool {
	c.needStats()
	_, ok := c.api.broker.ChannelByName(c.params["channel"])
	return ok
}

func channelOwner(c *call) string {
	x, _ := c.api.broker.ChannelByName(c.params["channel"])
	return x.Ref.User
}

// getChannel is GET /api/channels/:channel.
func getChannel(c *call) any {
	wanted := c.spans()
	x, _ := c.api.broker.ChannelByName(c.params["channel"])
	o := c.channelJSON(&x, wanted)
	o["publishes"], o["deliveries"] = []object{}, []object{}
	consumers := []object{}
	for i := range x.ConsumerDetails {
		consumers = append(consumers, c.consumer(&x.ConsumerDetails[i]))
	}
	o["consumer_details"] = consumers
	return spelledOut(o)
}

func (c *call) consumer(x *broker.ConsumerInfo) object {
	return object{
		"consumer_tag": x.Tag, "queue": object{"name": x.Queue, "vhost": x.VHost},
		"channel_details": c.channelRef(&x.Channel), "ack_required": x.AckRequired, "exclusive": x.Exclusive,
		"active": x.Active, "activity_status": x.ActivityStatus, "prefetch_count": x.Prefetch,
		"arguments": tableJSON(x.Arguments),
	}
}

// listConsumers is GET /api/consumers and /api/consumers/:vhost.
func listConsumers(c *call) any {
	c.needStats()
	items := []object{}
	for _, x := range c.api.broker.Consumers(c.scope()) {
		if c.isMonitor() || x.Channel.User == c.user.Name {
			items = append(items, c.consumer(&x))
		}
	}
	return c.list(items, "vhost", "name")
}
