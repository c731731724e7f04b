package management

import "bustop/backends/demo/rabbitd/broker"

// listVHosts is GET /api/vhosts.
func listVHosts(c *call) any {
	wanted := c.spans()
	bare := c.asks("disable_stats")
	var rows []row
	all := c.visibleVHosts()
	for i := range all {
		v := &all[i] // not a copy of each
		rows = append(rows, row{name: v.Name, ask: func() object {
			if bare {
				return c.vhostBasics(v)
			}
			return c.vhostStats(v, wanted)
		}})
	}
	return c.augmented(rows, "name")
}

func (c *call) vhostBasics(v *broker.VHost) object {
	kind := v.DefaultQueueType
	if kind == "" {
		kind = "undefined"
	}
	return object{
		"name": v.Name, "description": v.Description, "tags": tags(v.Tags), "default_queue_type": kind,
		"metadata": map[string]any{"description": v.Description, "tags": tags(v.Tags)}, "tracing": v.Tracing,
		"cluster_state": map[string]any{c.api.node: "running"},
	}
}

func (c *call) vhostStats(v *broker.VHost, wanted spans) object {
	o := c.vhostBasics(v)
	now := countersOf(v.Counters)
	now[messages], now[ready], now[unacked] = v.Totals.Messages, v.Totals.Ready, v.Totals.Unacked
	now[octetsIn], now[octetsOut] = v.BytesIn, v.BytesOut
	s := c.stats(broker.SampleVHost, v.ID, now, wanted)
	if v.BytesIn > 0 {
		s.write(o, wanted.data, octetNumbers()...)
	}
	if len(c.api.broker.Queues(v.Name)) > 0 {
		s.write(o, wanted.rates, lengthNumbers()...)
	}
	if m := s.messageStats(wanted.rates, publishNumbers(), deliverNumbers()); m != nil {
		o["message_stats"] = m
	}
	return o
}

// getVHost is GET /api/vhosts/:vhost.
func getVHost(c *call) any {
	wanted := c.spans()
	v, _ := c.api.broker.VHost(c.params["vhost"])
	if c.asks("disable_stats") {
		return c.vhostBasics(&v)
	}
	return c.vhostStats(&v, wanted)
}

// putVHost is PUT /api/vhosts/:vhost. What the body leaves out goes back to its default.
func putVHost(c *call) {
	b := c.body()
	v := broker.VHost{Name: c.params["vhost"], Creator: c.user.Name}
	if value, there := b["description"]; there {
		v.Description = c.text(value)
	}
	if value, there := b["tags"]; there {
		v.Tags = c.tagList(value)
	}
	if value, there := b["defaultqueuetype"]; there {
		v.DefaultQueueType = c.text(value)
	}
	tracing, traced := b["tracing"]
	on := c.boolean(tracing, traced)
	fresh := !c.vhostExists()
	c.done(c.api.broker.AddVHost(v))
	if traced {
		c.done(c.api.broker.SetTracing(v.Name, on))
	}
	if fresh { // whoever makes it may use it
		c.done(c.api.broker.SetPermissions(broker.Permission{
			User: c.user.Name, VHost: v.Name, Configure: ".*", Write: ".*", Read: ".*",
		}))
	}
}

// deleteVHost is DELETE on the same path.
func deleteVHost(c *call) {
	if err := c.api.broker.DeleteVHost(c.params["vhost"]); err != nil {
		c.fail(notFound())
	}
}
