package management

// The methods of resources, as the header Allow lists them.
func reading() []string { return []string{"HEAD", "GET", "OPTIONS"} }

func changing() []string { return []string{"HEAD", "GET", "PUT", "DELETE", "OPTIONS"} }

func posting() []string { return []string{"POST", "OPTIONS"} }

// look is a resource that can only be read.
func look(allowed rule, get func(*call) any) resource {
	return resource{methods: reading(), allowed: allowed, get: get}
}

// within is look for a resource in a virtual host that has to be there.
func within(allowed rule, get func(*call) any) resource {
	return resource{methods: reading(), allowed: allowed, exists: (*call).vhostExists, get: get}
}

// varying says whether RabbitMQ has another format for a resource than JSON.
func varying(r resource, varies bool) resource {
	r.onlyJSON = !varies
	return r
}

// limited is a limit, which cannot be read by itself.
func limited(put, remove func(*call)) resource {
	return resource{
		methods: []string{"PUT", "DELETE", "OPTIONS"}, allowed: administrators, put: put, delete: remove, needsJSON: true, onlyJSON: true,
	}
}

// routes is the API. Of two that match the first counts.
func routes() []route {
	var all []route
	for _, part := range [][]route{serverRoutes(), objectRoutes(), clientRoutes(), accountRoutes(), policyRoutes(), healthRoutes()} {
		all = append(all, part...)
	}
	return all
}

func serverRoutes() []route {
	memory := func(get func(*call) any) resource {
		return resource{methods: reading(), allowed: monitors, exists: nodeExists, get: get}
	}
	return []route{
		at("/overview", look(anybody, getOverview)),
		at("/cluster-name", look(anybody, clusterName)),
		at("/nodes", look(monitors, listNodes)),
		at("/nodes/:node", look(monitors, getNode)),
		at("/nodes/:node/memory", memory(nodeMemory)),
		at("/nodes/:node/memory/relative", memory(relativeMemory)),
		at("/extensions", look(anybody, extensions)),
		at("/all-configuration", look(administrators, definitions)),
		at("/definitions", look(administrators, definitions)),
		at("/definitions/:vhost", look(administrators, definitions)),
		at("/feature-flags", look(administrators, featureFlags)),
		at("/auth", look(anybody, oauth)),
	}
}

func objectRoutes() []route {
	return []route{
		at("/vhosts", look(anybody, listVHosts)),
		at("/vhosts/:vhost", resource{
			methods: changing(), allowed: administrators, exists: (*call).vhostExists,
			get: getVHost, put: putVHost, delete: deleteVHost,
		}),
		at("/exchanges", look(ofVHost, listExchanges)),
		at("/exchanges/:vhost", within(ofVHost, listExchanges)),
		at("/exchanges/:vhost/:exchange", resource{
			methods: changing(), allowed: ofVHost, exists: exchangeExists,
			get: getExchange, put: putExchange, delete: deleteExchange,
		}),
		at("/exchanges/:vhost/:exchange/publish", resource{methods: posting(), allowed: ofVHost, post: publishMessage}),
		at("/exchanges/:vhost/:exchange/bindings/source", within(ofVHost, bindingsFrom)),
		at("/exchanges/:vhost/:exchange/bindings/destination", within(ofVHost, bindingsTo)),
		at("/queues", look(ofVHost, listQueues)),
		at("/queues/:vhost", within(ofVHost, listQueues)),
		at("/queues/:vhost/:queue", resource{
			methods: changing(), allowed: ofVHost, exists: queueExists,
			get: getQueue, put: putQueue, delete: deleteQueue,
		}),
		at("/queues/:vhost/:queue/bindings", within(ofVHost, queueBindings)),
		at("/queues/:vhost/:queue/contents", resource{
			methods: []string{"DELETE", "OPTIONS"}, allowed: ofVHost, exists: queueExists, delete: purgeQueue, onlyJSON: true,
		}),
		at("/queues/:vhost/:queue/get", resource{methods: posting(), allowed: ofVHost, post: getMessages}),
		at("/queues/:vhost/:queue/actions", varying(resource{methods: posting(), allowed: administrators, post: actOnQueue}, false)),
		at("/bindings", look(ofVHost, listBindings)),
		at("/bindings/:vhost", within(ofVHost, listBindings)),
		at("/bindings/:vhost/e/:source/:dtype/:destination", resource{
			methods: []string{"HEAD", "GET", "POST", "OPTIONS"}, allowed: ofVHost, exists: (*call).vhostExists,
			get: listBetween, post: postBinding,
		}),
		at("/bindings/:vhost/e/:source/:dtype/:destination/:props", resource{
			methods: []string{"HEAD", "GET", "DELETE", "OPTIONS"}, allowed: ofVHost, exists: bindingExists,
			get: getBinding, delete: deleteBinding,
		}),
	}
}

func clientRoutes() []route {
	removable := []string{"HEAD", "GET", "DELETE", "OPTIONS"}
	return []route{
		at("/connections", look(anybody, listConnections)),
		at("/connections/:connection", resource{
			methods: removable, allowed: ofOwner(connectionOwner), exists: connectionExists,
			get: getConnection, delete: closeConnection,
		}),
		at("/connections/username/:user", resource{
			methods: removable, allowed: ofOwner(func(c *call) string { return c.params["user"] }),
			get: userConnections, delete: closeUserConnections,
		}),
		at("/connections/:connection/channels", look(ofOwner(connectionOwner), connectionChannels)),
		at("/vhosts/:vhost/connections", within(ofVHost, vhostConnections)),
		at("/vhosts/:vhost/channels", within(ofVHost, vhostChannels)),
		at("/channels", look(anybody, listChannels)),
		at("/channels/:channel", resource{
			methods: reading(), allowed: ofOwner(channelOwner), exists: channelExists, get: getChannel,
		}),
		at("/consumers", look(anybody, listConsumers)),
		at("/consumers/:vhost", within(anybody, listConsumers)),
	}
}

func accountRoutes() []route {
	topic := resource{
		methods: changing(), allowed: administrators, exists: topicPermissionsExist, onlyJSON: true,
		get: getTopicPermissions, put: putTopicPermission, delete: deleteTopicPermission,
	}
	ofUser := func(get func(*call) any) resource {
		return resource{methods: reading(), allowed: administrators, exists: userExists, get: get}
	}
	return []route{
		at("/whoami", look(anybody, whoAmI)),
		at("/users/bulk-delete", resource{methods: posting(), allowed: administrators, post: deleteUsers}),
		at("/users/without-permissions", look(administrators, idleUsers)),
		at("/users", look(administrators, listUsers)),
		at("/users/:user", resource{
			methods: changing(), allowed: administrators, exists: userExists, get: getUser, put: putUser, delete: deleteUser,
		}),
		at("/users/:user/permissions", ofUser(listPermissions)),
		at("/users/:user/topic-permissions", varying(ofUser(listTopicPermissions), false)),
		at("/user-limits", varying(look(anybody, userLimits), false)),
		at("/user-limits/:user", varying(ofUser(userLimits), false)),
		at("/user-limits/:user/:name", limited(putUserLimit, deleteUserLimit)),
		at("/vhosts/:vhost/permissions", within(administrators, listPermissions)),
		at("/vhosts/:vhost/topic-permissions", varying(within(administrators, listTopicPermissions), false)),
		at("/permissions", look(administrators, listPermissions)),
		at("/permissions/:vhost/:user", resource{
			methods: changing(), allowed: administrators, exists: permissionExists,
			get: getPermission, put: putPermission, delete: deletePermission,
		}),
		at("/topic-permissions", varying(look(administrators, listTopicPermissions), false)),
		at("/topic-permissions/:vhost/:user", topic),
		at("/topic-permissions/:vhost/:user/:exchange", topic),
	}
}

func policyRoutes() []route {
	var all []route
	for _, kind := range []struct {
		path string
		policyKind
		changes rule
	}{{"/policies", policyKind{false}, policymakers}, {"/operator-policies", policyKind{true}, administrators}} {
		all = append(all,
			at(kind.path, varying(look(ofVHost, kind.list), !kind.operator)),
			at(kind.path+"/:vhost", varying(within(ofVHost, kind.list), !kind.operator)),
			at(kind.path+"/:vhost/:name", resource{
				methods: changing(), allowed: kind.changes, exists: kind.exists, needsJSON: kind.operator,
				onlyJSON: kind.operator,
				get:      kind.get, put: kind.put, delete: kind.remove,
			}),
		)
	}
	return append(all,
		at("/parameters", look(policymakers, listParameters)),
		at("/parameters/:component", look(policymakers, listParameters)),
		at("/parameters/:component/:vhost", within(policymakers, listParameters)),
		at("/parameters/:component/:vhost/:name", resource{
			methods: reading(), allowed: policymakers, exists: parameterExists, get: getParameter,
		}),
		at("/global-parameters", look(globalPolicymakers, listGlobalParameters)),
		at("/global-parameters/:name", resource{
			methods: reading(), allowed: globalPolicymakers, exists: globalParameterExists, get: getGlobalParameter,
		}),
		at("/vhost-limits", varying(look(ofVHost, vhostLimits), false)),
		at("/vhost-limits/:vhost", varying(within(ofVHost, vhostLimits), false)),
		at("/vhost-limits/:vhost/:name", limited(putVHostLimit, deleteVHostLimit)),
	)
}

func healthRoutes() []route {
	node := resource{methods: reading(), allowed: anybody, exists: checkedNodeExists, get: healthCheckNode}
	return []route{
		at("/aliveness-test/:vhost", within(ofVHost, aliveness)),
		at("/healthchecks/node", node),
		at("/healthchecks/node/:node", node),
		at("/health/checks/alarms", look(anybody, alarms("in the cluster"))),
		at("/health/checks/local-alarms", look(anybody, alarms("on the node"))),
		at("/health/checks/certificate-expiration/:within/:unit", look(anybody, certificates)),
		at("/health/checks/port-listener/:port", look(anybody, portListener)),
		at("/health/checks/protocol-listener/:protocol", look(anybody, protocolListener)),
		at("/health/checks/virtual-hosts", look(anybody, healthy)),
		at("/health/checks/node-is-mirror-sync-critical", look(anybody, singleNode)),
		at("/health/checks/node-is-quorum-critical", look(anybody, singleNode)),
	}
}
