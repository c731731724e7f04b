package management

// Runtime parameters are kept by plugins that are not here; policies are among them too.

// parameters are those of a component, or all that the API lists without one: policies of users
// have a place of their own.
func (c *call) parameters(component string) []object {
	items := []object{}
	sees := c.sees()
	for _, kind := range []struct {
		component string
		operator  bool
	}{{"policy", false}, {"operator_policy", true}} {
		if kind.component != component && (component != "" || !kind.operator) {
			continue
		}
		for _, p := range c.api.broker.Policies(c.scope(), kind.operator) {
			if !sees(p.VHost) {
				continue
			}
			items = append(items, object{
				"vhost": p.VHost, "name": p.Name, "component": kind.component, "value": map[string]any{
					"pattern": p.Pattern, "apply-to": p.ApplyTo, "priority": p.Priority, "definition": definitionJSON(p.Definition),
				},
			})
		}
	}
	return items
}

// listParameters is GET /api/parameters, /api/parameters/:component and that with a virtual host.
func listParameters(c *call) any { return c.list(c.parameters(c.params["component"]), "vhost", "name") }

func (c *call) parameter() (object, bool) {
	for _, p := range c.parameters(c.params["component"]) {
		if p["name"] == c.params["name"] {
			return p, true
		}
	}
	return nil, false
}

func parameterExists(c *call) bool {
	_, ok := c.parameter()
	return ok && c.vhostExists()
}

// getParameter is GET /api/parameters/:component/:vhost/:name.
func getParameter(c *call) any {
	p, _ := c.parameter()
	return p
}

func (c *call) globalParameters() []object {
	return []object{{"name": "internal_cluster_id", "value": clusterID(c.api.broker.Overview().ClusterName)}}
}

// listGlobalParameters is GET /api/global-parameters.
func listGlobalParameters(c *call) any { return c.list(c.globalParameters(), "vhost", "name") }

func globalParameterExists(c *call) bool { return c.params["name"] == "internal_cluster_id" }

// getGlobalParameter is GET /api/global-parameters/:name.
func getGlobalParameter(c *call) any { return c.globalParameters()[0] }

// featureFlags is GET /api/feature-flags: all that 3.10 has, and all on.
func featureFlags(c *call) any {
	const agent = "rabbitmq_management_agent"
	const docs = "https://www.rabbitmq.com/"
	items := []object{}
	for _, f := range []struct{ name, by, about, page string }{
		{"classic_mirrored_queue_version", "rabbit", "Versions of mirrored classic queues", ""},
		{"drop_unroutable_metric", agent, "Dropped unroutable messages are counted", ""},
		{"empty_basic_get_metric", agent, "basic.get on empty queues is counted", ""},
		{"implicit_default_bindings", "rabbit", "Bindings of the default exchange are not stored", ""},
		{"maintenance_mode_status", "rabbit", "Maintenance mode", ""},
		{"quorum_queue", "rabbit", "Quorum queues", docs + "quorum-queues.html"},
		{"stream_queue", "rabbit", "Streams", docs + "stream.html"},
		{"user_limits", "rabbit", "Limits of users", ""},
		{"virtual_host_metadata", "rabbit", "Descriptions and tags of virtual hosts", ""},
	} {
		items = append(items, object{
			"name": f.name, "state": "enabled", "stability": "stable", "provided_by": f.by,
			"desc": f.about, "doc_url": f.page,
		})
	}
	return c.list(items, "vhost", "name")
}

// extensions is GET /api/extensions.
func extensions(*call) any { return []object{{"javascript": "dispatcher.js"}} }

// oauth is GET /api/auth.
func oauth(*call) any {
	return object{"enable_uaa": false, "uaa_client_id": "", "uaa_location": ""}
}
