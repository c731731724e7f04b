package management

import "strings"

// definitions is GET /api/definitions and /api/definitions/:vhost: what is needed to make the same
// server, or virtual host, again.
func definitions(c *call) any {
	version := c.api.broker.Overview().Version
	if name, there := c.query["download"]; there {
		c.w.Header().Set("Content-Disposition", "attachment; filename="+strings.Map(printable, name))
	}
	vhost, one := c.params["vhost"]
	if one && !c.vhostExists() {
		c.fail(badRequest("vhost_not_found"))
	}
	parts := object{
		"rabbit_version": version, "parameters": c.parameters(""),
		"policies": c.exported(policyKind{}.all(c), one), "queues": c.exportedQueues(vhost, one),
		"exchanges": c.exportedExchanges(vhost, one), "bindings": c.exportedBindings(vhost, one),
	}
	if one {
		return parts
	}
	parts["rabbitmq_version"], parts["product_version"], parts["product_name"] = version, version, "RabbitMQ"
	parts["users"] = c.exportedUsers()
	parts["global_parameters"] = c.globalParameters()
	parts["topic_permissions"] = c.topicPermissions()
	vhosts, permissions := []object{}, []object{}
	for _, v := range c.api.broker.VHosts() {
		vhosts = append(vhosts, object{"name": v.Name})
	}
	for _, p := range c.api.broker.Permissions() {
		permissions = append(permissions, permissionJSON(&p))
	}
	parts["vhosts"], parts["permissions"] = vhosts, permissions
	return parts
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

func (k policyKind) all(c *call) []object {
	items := []object{}
	for _, p := range c.api.broker.Policies(c.scope(), k.operator) {
		items = append(items, policyJSON(&p))
	}
	return items
}

// exported leaves the virtual host of objects out where the document is about one; that of policies
// stays.
func (c *call) exported(items []object, one bool, more ...string) []object {
	for _, item := range items {
		for _, name := range more {
			delete(item, name)
		}
		if one && item["pattern"] == nil {
			delete(item, "vhost")
		}
	}
	return items
}

func (c *call) exportedUsers() []object {
	items := []object{}
	for _, u := range c.api.broker.Users() {
		items = append(items, userJSON(&u))
	}
	return items
}

func (c *call) exportedQueues(vhost string, one bool) []object {
	items := []object{}
	for _, q := range c.api.broker.Queues(vhost) {
		if !q.Exclusive {
			items = append(items, object{
				"name": q.Name, "vhost": q.VHost, "durable": q.Durable, "auto_delete": q.AutoDelete,
				"arguments": tableJSON(q.Arguments),
			})
		}
	}
	return c.exported(items, one)
}

func (c *call) exportedExchanges(vhost string, one bool) []object {
	items := []object{}
	for _, x := range c.api.broker.Exchanges(vhost) {
		if x.Name != "" && !strings.HasPrefix(x.Name, "amq.") {
			items = append(items, exchangeBasics(&x))
		}
	}
	return c.exported(items, one, "user_who_performed_action", "policy")
}

func (c *call) exportedBindings(vhost string, one bool) []object {
	exclusive := map[[2]string]bool{}
	for _, q := range c.api.broker.Queues(vhost) {
		if q.Exclusive {
			exclusive[[2]string{q.VHost, q.Name}] = true
		}
	}
	items := []object{}
	for _, b := range c.api.broker.Bindings(vhost) {
		if b.Source != "" && (b.DestinationType != "queue" || !exclusive[[2]string{b.VHost, b.Destination}]) {
			items = append(items, bindingJSON(&b))
		}
	}
	return c.exported(items, one, "properties_key")
}
