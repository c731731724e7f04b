package management_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// observation is something that a client of the API sees.
type observation struct {
	request
	// unordered says that the order of a list means nothing: names of connections have ports in
	// them.
	unordered bool
	// path is made from the server when it is not the same on both.
	find func(*place) string
}

func (o *observation) name() string {
	n := o.path
	if o.method != "" {
		n = o.method + " " + n
	}
	if o.user != "" {
		n += " as " + o.user
	}
	for k, v := range o.header {
		n += " " + k + ": " + v
	}
	if o.body != "" {
		n += " " + o.body
	}
	return n
}

func reads(paths ...string) []observation { return readsAs("", paths...) }

func readsAs(user string, paths ...string) []observation {
	var out []observation
	for _, p := range paths {
		o := observation{request: request{path: p, user: user}}
		o.unordered = strings.Contains(p, "connections") || strings.Contains(p, "channels") || strings.Contains(p, "consumers") ||
			strings.HasPrefix(p, "/api/definitions") || p == "/api/policies" || p == "/api/users/without-permissions"
		out = append(out, o)
	}
	return out
}

func writes(method, root string, pathsAndBodies ...string) []observation {
	var out []observation
	for i := 0; i+1 < len(pathsAndBodies); i += 2 {
		out = append(out, observation{request: request{method: method, path: root + pathsAndBodies[i], body: pathsAndBodies[i+1]}})
	}
	return out
}

// fresh is what a server without anything shows.
func fresh() []observation {
	return reads("/api/overview", "/api/queues", "/api/queues?page=1", "/api/vhosts", "/api/exchanges/%2F", "/api/bindings",
		"/api/connections", "/api/channels", "/api/consumers", "/api/policies", "/api/operator-policies", "/api/parameters",
		"/api/users", "/api/permissions", "/api/topic-permissions", "/api/definitions", "/api/global-parameters",
		"/api/vhost-limits", "/api/user-limits", "/api/feature-flags", "/api/extensions", "/api/auth", "/api/cluster-name")
}

// looks are what can be read of a server that is full.
func looks() []observation {
	all := reads("/api/overview", "/api/overview?disable_stats=true", "/api/overview?columns=message_stats.publish_details.rate,node",
		"/api/overview?msg_rates_age=60&msg_rates_incr=5&lengths_age=60&lengths_incr=5",
		"/api/nodes", "/api/nodes?disable_stats=true", "/api/nodes?columns=name,fd_used&page=1", "/api/whoami",
		"/api/vhosts", "/api/vhosts?page=1&page_size=1&columns=name", "/api/vhosts?disable_stats=true&columns=name,messages",
		"/api/vhosts/orders", "/api/vhosts/nosuch", "/api/vhosts/empty",
		"/api/queues", "/api/queues/", "/api/queues/%2F", "/api/queues/orders", "/api/queues/nosuch", "/api//queues",
		"/api/queues/orders?disable_stats=true", "/api/queues/orders?disable_stats=true&enable_queue_totals=true",
		"/api/queues?disable_stats=true&enable_queue_totals=true", "/api/queues?disable_stats=true",
		"/api/queues/%2F?page=1&page_size=2", "/api/queues/%2F?page=2&page_size=5&columns=name", "/api/queues/%2F?page=99",
		"/api/queues/%2F?page=0", "/api/queues/%2F?page=1&page_size=501", "/api/queues/%2F?page=x", "/api/queues/%2F?page_size=x",
		"/api/queues/%2F?page=1&name=nomatch", "/api/queues/%2F?page=1&name=(&use_regex=true",
		"/api/queues/%2F?page=1&name=LA&use_regex=true&columns=name", "/api/queues/%2F?name=PL&page=1&columns=name",
		"/api/queues/%2F?page=1&sort=banana&columns=name", "/api/queues/%2F?sort_reverse=banana&page=1",
		"/api/queues/%2F?page=1&sort_reverse=true&columns=name", "/api/queues/%2F?columns=nosuch",
		"/api/queues/%2F?columns=name,message_stats.publish_details.rate&page=1&page_size=3&sort=message_stats.publish&sort_reverse=true",
		"/api/queues/%2F?columns=name,messages&sort=messages&sort_reverse=true&page=1&page_size=4",
		"/api/queues/%2F?columns=messages&page=1&page_size=2", "/api/queues/%2F?columns=messages&sort=name",
		"/api/queues/%2F?sort=policy&columns=name,policy&page=1&page_size=3",
		"/api/queues/%2F?sort=message_stats.deliver_get&columns=name,message_stats.deliver_get",
		"/api/queues/%2F?columns=name,arguments.x-max-length&page=1&name=args",
		"/api/queues/%2F?lengths_age=60000&lengths_incr=1", "/api/queues/%2F?lengths_age=x&lengths_incr=1&columns=name")
	for _, q := range []string{
		"plain", "args", "temporary", "mine", "lazy", "priority", "single", "quorum", "stream", "dying", "fast", "nosuch",
		"a%2Fb%20c%25%C3%BC", "q%3Fx=1%23y", "100%2525", "%2E", "%2E%2E", "%zz", "plain/",
	} {
		all = append(all, reads("/api/queues/%2F/"+q)...)
	}
	all = append(all, reads("/api/queues/%2F/plain?columns=name,consumer_details.consumer_tag", "/api/queues/%2F/stream?disable_stats=true",
		"/api/queues/%2F/quorum?disable_stats=true", "/api/queues/orders/orders.new?disable_stats=true", "/api/queues/orders/orders.new",
		"/api/exchanges/%2F/x.topic?disable_stats=true", "/api/vhosts/orders?disable_stats=true", "/api/users?columns=name,tags&sort=name&sort_reverse=true",
		"/api/exchanges/orders/amq.topic", "/api/queues/%2F?page=1&page_size=3&sort=name&columns=name,arguments&disable_stats=true",
		"/api/queues/%2F/plain?msg_rates_age=60&msg_rates_incr=5&lengths_age=60&lengths_incr=5",
		"/api/queues/%2F/plain/bindings", "/api/queues/%2F/nosuch/bindings", "/api/queues/%2F/args/bindings",
		"/api/exchanges", "/api/exchanges/%2F", "/api/exchanges/orders", "/api/exchanges/nosuch",
		"/api/exchanges/%2F?page=1&page_size=2&columns=name,type", "/api/exchanges/%2F?disable_stats=true&columns=name,message_stats&page=1&page_size=1",
		"/api/exchanges/%2F/x.topic", "/api/exchanges/%2F/amq.default", "/api/exchanges/%2F/x.direct", "/api/exchanges/%2F/x.headers",
		"/api/exchanges/%2F/nosuch", "/api/exchanges/%2F/x.topic/bindings/source", "/api/exchanges/%2F/x.fanout/bindings/destination",
		"/api/exchanges/%2F/amq.default/bindings/source", "/api/exchanges/%2F/nosuch/bindings/source",
		"/api/bindings", "/api/bindings/%2F", "/api/bindings/orders", "/api/bindings/nosuch", "/api/bindings/%2F?page=1&page_size=1&columns=source",
		"/api/bindings/%2F/e/x.direct/q/plain", "/api/bindings/%2F/e/x.direct/q/plain/red", "/api/bindings/%2F/e/x.direct/q/plain/~",
		"/api/bindings/%2F/e/x.direct/q/plain/a%257Eb%252Fc+d", "/api/bindings/%2F/e/x.direct/q/plain/nope", "/api/bindings/%2F/e/x.topic/e/x.fanout/all.%2523",
		"/api/bindings/%2F/e/nosuch/q/plain", "/api/bindings/%2F/e/x.topic/q/plain/a~b~c",
		"/api/connections", "/api/connections?disable_stats=true", "/api/connections?page=1&page_size=2&columns=user&sort=user", "/api/connections?page=9",
		"/api/connections/nosuch", "/api/connections/nosuch/channels", "/api/connections/username/management",
		"/api/vhosts/orders/connections", "/api/vhosts/nosuch/connections", "/api/vhosts/orders/channels",
		"/api/channels", "/api/channels?disable_stats=true", "/api/channels?page=1&page_size=2&columns=number&sort=number", "/api/channels?columns=vhost&sort=number&sort_reverse=true", "/api/channels/nosuch",
		"/api/channels?columns=connection_details.name,number",
		"/api/consumers", "/api/consumers/%2F", "/api/consumers/orders", "/api/consumers/nosuch", "/api/consumers?page=1&columns=consumer_tag",
		"/api/policies", "/api/policies/orders", "/api/policies/nosuch", "/api/policies/orders/limit", "/api/policies/orders/nosuch",
		"/api/operator-policies", "/api/operator-policies/orders", "/api/operator-policies/orders/cap",
		"/api/users", "/api/users/management", "/api/users/nosuch", "/api/users/management/permissions", "/api/users/nosuch/permissions",
		"/api/users/management/topic-permissions", "/api/users/without-permissions", "/api/permissions", "/api/permissions/orders/management",
		"/api/permissions/orders/nosuch", "/api/topic-permissions", "/api/topic-permissions/orders/management", "/api/vhosts/orders/permissions",
		"/api/vhosts/orders/topic-permissions",
		"/api/definitions", "/api/definitions/orders", "/api/parameters", "/api/parameters/policy", "/api/parameters/policy/orders",
		"/api/parameters/nosuch", "/api/parameters/policy/nosuch", "/api/parameters/operator_policy/orders/cap",
		"/api/global-parameters", "/api/global-parameters/internal_cluster_id", "/api/global-parameters/nosuch",
		"/api/health/checks/alarms", "/api/health/checks/local-alarms", "/api/health/checks/virtual-hosts",
		"/api/health/checks/port-listener/1", "/api/health/checks/port-listener/x", "/api/health/checks/protocol-listener/AMQP091",
		"/api/health/checks/protocol-listener/mqtt", "/api/health/checks/node-is-mirror-sync-critical",
		"/api/health/checks/node-is-quorum-critical", "/api/health/checks/certificate-expiration/1/months",
		"/api/health/checks/certificate-expiration/1/eons", "/api/health/checks/certificate-expiration/x/days",
		"/api/healthchecks/node", "/api/healthchecks/node/nosuch", "/api/aliveness-test/nosuch",
		"/api", "/api/", "/api/nosuch", "/api/nodes/nosuch", "/api/nodes/nosuch/memory")...)
	return append(all, found()...)
}

// found are looks at paths that name the node, a port or a connection.
func found() []observation {
	node := func(format string) observation {
		return observation{request: request{path: format}, find: func(p *place) string { return fmt.Sprintf(format, p.node) }}
	}
	connection := func(format, which string) observation {
		return observation{
			request: request{path: fmt.Sprintf(format, which)}, unordered: true,
			find: func(p *place) string { return fmt.Sprintf(format, url.PathEscape(p.connection(which))) },
		}
	}
	return []observation{
		node("/api/nodes/%s"),
		node("/api/nodes/%s?columns=name,memory&memory=true"),
		node("/api/nodes/%s/memory"),
		node("/api/nodes/%s/memory/relative"),
		node("/api/healthchecks/node/%s"),
		connection("/api/connections/%s", "main"),
		connection("/api/connections/%s?columns=user,vhost", "main"),
		connection("/api/connections/%s?disable_stats=true", "main"),
		connection("/api/connections/%s/channels", "main"),
		connection("/api/channels/%s%%20(1)", "main"),
		connection("/api/channels/%s%%20(2)", "main"),
		connection("/api/channels/%s%%20(3)", "main"),
		{
			request: request{path: "/api/health/checks/port-listener/PORT"},
			find: func(p *place) string {
				return "/api/health/checks/port-listener/" + p.amqp[strings.LastIndexByte(p.amqp, ':')+1:]
			},
		},
	}
}

// refusals are what users with few rights see, and requests that are wrong in form.
func refusals() []observation {
	all := readsAs("-", "/api/overview", "/api/nosuch")
	all = append(all, readsAs("guest:bad", "/api/whoami")...)
	all = append(all, readsAs("nobody:x", "/api/whoami")...)
	all = append(all, readsAs("plain", "/api/whoami")...)
	all = append(all, readsAs("management", "/api/whoami", "/api/overview", "/api/overview?disable_stats=true", "/api/nodes", "/api/queues/%2F", "/api/queues?columns=name,vhost",
		"/api/queues/orders?columns=name", "/api/users", "/api/vhosts?columns=name", "/api/vhosts/orders", "/api/bindings", "/api/exchanges?columns=name", "/api/policies",
		"/api/operator-policies/orders", "/api/parameters", "/api/global-parameters", "/api/definitions", "/api/connections?columns=user", "/api/channels?columns=user",
		"/api/consumers", "/api/permissions", "/api/feature-flags", "/api/aliveness-test/%2F", "/api/health/checks/alarms")...)
	all = append(all, readsAs("monitoring", "/api/whoami", "/api/nodes?columns=name", "/api/queues", "/api/queues/orders", "/api/vhosts?columns=name",
		"/api/connections?columns=user", "/api/consumers", "/api/users")...)
	all = append(all, readsAs("policymaker", "/api/policies/orders", "/api/parameters", "/api/global-parameters", "/api/policies/%2F")...)
	for _, r := range []request{
		{method: "DELETE", path: "/api/queues"},
		{method: "PATCH", path: "/api/queues"},
		{method: "FOO", path: "/api/queues"},
		{method: "POST", path: "/api/queues/%2F/plain"},
		{method: "OPTIONS", path: "/api/queues/%2F/plain"},
		{method: "OPTIONS", path: "/api/overview", user: "-"},
		{method: "HEAD", path: "/api/whoami"},
		{method: "HEAD", path: "/api/queues/%2F/nosuch"},
		{path: "/api/whoami", header: map[string]string{"Accept": "text/html"}},
		{path: "/api/whoami", header: map[string]string{"Accept": "application/json;q=0.5, text/*"}},
		{path: "/api/queues", header: map[string]string{"X-Vhost": "orders"}},
		{path: "/api/queues/%2F/plain/contents"},
		{path: "/api/queues/%2F/plain/get"},
		{path: "/api/users/bulk-delete"},
	} {
		all = append(all, observation{request: r})
	}
	return all
}

// changes are what is made, changed and removed, in this order.
func changes() []observation {
	var all []observation
	for _, part := range [][]observation{
		queueChanges(), messageChanges(), exchangeChanges(), bindingChanges(), vhostChanges(), userChanges(), policyChanges(), limitChanges(), connectionChanges(),
	} {
		all = append(all, part...)
	}
	return all
}

func queueChanges() []observation {
	const root = "/api/queues/%2F"
	all := writes("PUT", root, "/n1", `{"durable":true}`, "/n1", `{"durable":true}`, "/n1", `{"durable":false}`, "/n1", `{"durable":true,"auto_delete":true}`,
		"/n2", `{"durable":"maybe"}`, "/n2", `{"arguments":{"x-max-length":"no"}}`, "/n2", `{"arguments":{"x-max-length":-1}}`, "/n2", `nonsense`, "/n2", `"string"`, "/n2", `[1]`, "/n3", ``,
		"/amq.n3", ``, "/n4", `{"node":"other@host"}`, "/n5", `{"durable":"true","arguments":{"x-queue-type":"quorum"}}`,
		"/n6", `{"arguments":{"x-queue-type":"stream"}}`, "/n7", `{"arguments":{"x-unknown":[1,2.5,{"a":"b"}]},"durable":true}`, "/n8", `{"exclusive":true}`,
		"/plain", `{"durable":true,"arguments":{"x-max-length":5}}`, "/n9", `{"arguments":[]}`, "/n9", `{"arguments":null}`, "/%E2%82%AC%20%22%5C%3C", `{"durable":true}`)
	all = append(all, writes("PUT", "/api/queues", "/nosuch/n3", `{}`, "/orders/n1", `{"durable":true}`)...)
	all = append(all, reads(root+"/n1?columns=name,durable,auto_delete,arguments", root+"/n7?columns=arguments", root+"/n5?columns=type,durable,arguments",
		root+"/%E2%82%AC%20%22%5C%3C?columns=name,vhost")...)
	all = append(all, writes("DELETE", root, "/n3", ``, "/n3", ``, "/plain?if-unused=true", ``, "/priority?if-empty=true", ``, "/mine", ``, "/%E2%82%AC%20%22%5C%3C", ``,
		"/priority/contents", ``, "/stream/contents", ``, "/nosuch/contents", ``, "/mine/contents", ``)...)
	all = append(all, writes("POST", root, "/plain/actions", `{"action":"sync"}`, "/plain/actions", `{"action":"dance"}`, "/plain/actions", `{}`)...)
	return all
}

func messageChanges() []observation {
	const get = "/api/queues/%2F"
	const odd = "/a%2Fb%20c%25%C3%BC/get"
	all := writes("POST", get, "/fast/get", `{}`, "/fast/get", `{"count":5,"ackmode":"ack_requeue_true","encoding":"auto"}`, "/fast/get", `{"count":5,"ackmode":"dunno","encoding":"auto"}`,
		"/fast/get", `{"count":5,"ackmode":"ack_requeue_true","encoding":"hex"}`, "/fast/get", `{"count":"x","ackmode":"ack_requeue_true","encoding":"auto"}`,
		"/fast/get", `{"count":-1,"ackmode":"ack_requeue_true","encoding":"auto"}`, "/fast/get", `{"count":"2","ackmode":"ack_requeue_true","encoding":"auto","truncate":"x"}`,
		"/stream/get", `{"count":5,"ackmode":"ack_requeue_true","encoding":"auto"}`, "/nosuch/get", `{"count":5,"ackmode":"ack_requeue_true","encoding":"auto"}`,
		"/mine/get", `{"count":5,"ackmode":"ack_requeue_true","encoding":"auto"}`,
		odd, `{"count":2,"ackmode":"ack_requeue_true","encoding":"auto","truncate":1}`, odd, `{"count":2,"ackmode":"reject_requeue_true","encoding":"base64"}`,
		odd, `{"count":1,"ackmode":"ack_requeue_false","encoding":"base64"}`, odd, `{"count":1,"ackmode":"reject_requeue_false","encoding":"auto"}`,
		odd, `{"count":9,"ackmode":"ack_requeue_true","encoding":"auto","truncate":"50000"}`,
		"/quorum/get", `{"count":9,"ackmode":"ack_requeue_true","encoding":"auto"}`, "/quorum/get", `{"count":9,"ackmode":"reject_requeue_true","encoding":"auto"}`,
		"/quorum/get", `{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}`)
	const x = "/api/exchanges/%2F"
	all = append(all, writes("POST", x,
		"/x.direct/publish", `{"properties":{},"routing_key":"red","payload":"hi","payload_encoding":"string"}`,
		"/amq.default/publish", `{"properties":{"headers":{"a":null}},"routing_key":"n1","payload":"aGk=","payload_encoding":"base64"}`,
		"/amq.default/publish", `{"properties":{"delivery_mode":2,"priority":7,"timestamp":1700000000,"content_type":"text/plain","content_encoding":"e","correlation_id":"c","reply_to":"r","expiration":"100000","message_id":"m","type":"t","app_id":"a","cluster_id":"k","headers":{"a":1,"b":"x","c":[1,2.5,true],"d":{"e":1}}},"routing_key":"n1","payload":"aGk=","payload_encoding":"base64"}`,
		"/amq.default/publish", `{"properties":{},"routing_key":"n1","payload":"/wA=","payload_encoding":"base64"}`,
		"/amq.default/publish", `{"properties":[],"routing_key":"nowhere","payload":"hi","payload_encoding":"string"}`,
		"/amq.default/publish", `{"properties":{},"routing_key":"nowhere","payload":"hi","payload_encoding":"string"}`,
		"/amq.default/publish", `{"properties":{"delivery_mode":"2"},"routing_key":"n1","payload":"hi","payload_encoding":"string"}`,
		"/amq.default/publish", `{"properties":{"type":2},"routing_key":"n1","payload":"hi","payload_encoding":"string"}`,
		"/amq.default/publish", `{"properties":{},"routing_key":"n1","payload":5,"payload_encoding":"string"}`,
		"/amq.default/publish", `{"properties":{},"routing_key":"n1","payload":"hi","payload_encoding":"hex"}`,
		"/amq.default/publish", `{"properties":{},"routing_key":"n1","payload":"!!","payload_encoding":"base64"}`,
		"/amq.default/publish", `{"properties":{},"routing_key":"n1"}`,
		"/x.internal/publish", `{"properties":{},"routing_key":"n1","payload":"hi","payload_encoding":"string"}`,
		"/nosuch/publish", `{"properties":{},"routing_key":"n1","payload":"hi","payload_encoding":"string"}`,
		"/amq.default/publish", `{"properties":{"user_id":"someone"},"routing_key":"n1","payload":"hi","payload_encoding":"string"}`,
		"/amq.default/publish", `{"properties":{"user_id":"guest"},"routing_key":"n1","payload":"mine","payload_encoding":"string"}`,
	)...)
	return append(all, writes("POST", get, "/n1/get", `{"count":9,"ackmode":"ack_requeue_false","encoding":"auto"}`)...)
}

func exchangeChanges() []observation {
	const root = "/api/exchanges/%2F"
	all := writes("PUT", root, "/n1", `{"type":"topic","durable":true}`, "/n1", `{"type":"topic","durable":true}`, "/n1", `{"type":"fanout"}`, "/n2", `{"type":"nope"}`, "/n2", `{}`,
		"/amq.n2", `{"type":"topic"}`, "/amq.default", `{"type":"topic"}`, "/n3", `{"type":"headers","auto_delete":"true","internal":true,"arguments":{"alternate-exchange":"n1"}}`, "/n4", `{"internal":5}`)
	all = append(all, reads(root+"/n3", root+"/n2")...)
	return append(all, writes("DELETE", root, "/amq.direct", ``, "/amq.default", ``, "/n2", ``, "/x.topic?if-unused=true", ``, "/n2", ``)...)
}

func bindingChanges() []observation {
	const root = "/api/bindings/%2F/e/x.topic"
	all := writes("POST", root, "/q/n1", `{"routing_key":"a.b"}`, "/q/n1", `{"routing_key":"a.b"}`, "/q/n1", ``, "/e/n1", `{"routing_key":"e"}`, "/q/nosuch", `{"routing_key":"e"}`, "/e/nosuch", `{"routing_key":"e"}`,
		"/q/n1", `{"routing_key":"a b/c~","arguments":{"x":"y","n":1}}`)
	all = append(all, writes("POST", "/api/bindings/%2F/e", "/amq.default/q/n1", `{"routing_key":"e"}`, "/nosuch/q/n1", `{"routing_key":"e"}`, "/x.direct/q/n1", `{"arguments":{"a":null}}`)...)
	all = append(all, reads(root+"/q/n1", root+"/e/n1", root+"/q/n1/a.b", root+"/q/n1/a+b%252Fc%257E~NSeMJA")...)
	all = append(all, writes("DELETE", root, "/q/n1/a.b", ``, "/q/n1/a.b", ``, "/q/n1", ``, "/q/n1/a+b%252Fc%257E~NSeMJA", ``, "/e/n1/e", ``)...)
	return append(all, reads(root+"/q/n1", "/api/exchanges/%2F/n1/bindings/destination")...)
}

func vhostChanges() []observation {
	all := writes("PUT", "/api/vhosts", "/n1", `{"description":"d","tags":"a,b"}`, "/n1", `{"tracing":true}`, "/n2", `{"tracing":"x"}`)
	all = append(all, reads("/api/vhosts/n1", "/api/aliveness-test/n1", "/api/queues/n1?columns=name,durable", "/api/permissions/n1/guest")...)
	return append(all, writes("DELETE", "/api/vhosts", "/n1", ``, "/n1", ``)...)
}

func userChanges() []observation {
	all := writes("PUT", "/api/users", "/u1", `{"password":"p"}`, "/u1", `{"tags":"management"}`, "/u1", `{"password":"p","tags":["management","x"]}`,
		"/u2", `{"password_hash":"","tags":""}`, "/u2", `{"password":"","tags":""}`, "/u3", `{"password":"p","administrator":true}`)
	all = append(all, reads("/api/users/u1", "/api/users/u3")...)
	all = append(all, writes("PUT", "/api/permissions", "/nosuch/u1", `{"configure":"","write":"","read":""}`, "/%2F/nosuch", `{"configure":"","write":"","read":""}`,
		"/%2F/u1", `{"configure":"","write":""}`, "/%2F/u1", `{"configure":"","write":"","read":""}`, "/%2F/u1", `{"configure":"a","write":"","read":""}`)...)
	all = append(all, reads("/api/permissions/%2F/u1", "/api/permissions/orders/u1")...)
	all = append(all, writes("DELETE", "/api/permissions", "/%2F/u1", ``, "/%2F/u1", ``)...)
	all = append(all, writes("PUT", "/api/topic-permissions", "/orders/u1", `{"exchange":"amq.topic","write":"","read":""}`, "/orders/nosuch", `{"exchange":"amq.topic","write":"","read":""}`)...)
	all = append(all, writes("DELETE", "/api/topic-permissions", "/orders/u1/amq.topic", ``, "/orders/u1", ``)...)
	all = append(all, writes("DELETE", "/api/users", "/u1", ``, "/u1", ``)...)
	return append(all, writes("POST", "/api/users", "/bulk-delete", `{"users":["u2","u3","nosuch"]}`, "/bulk-delete", `{}`)...)
}

func policyChanges() []observation {
	const root = "/api/policies/orders"
	all := writes("PUT", root, "/p1", `{"pattern":"^a","definition":{"max-length":5}}`, "/p1", `{"pattern":"^a","definition":{"max-length":6},"priority":2,"apply-to":"queues"}`,
		"/p2", `{"pattern":"a","definition":{"max-len":5}}`, "/p2", `{"pattern":"a","definition":{"max-length":"x"}}`, "/p2", `{"pattern":"a","definition":{}}`, "/p2", `{"pattern":"a"}`,
		"/p2", `{"pattern":"a","definition":{"max-length":5},"apply-to":"moon"}`, "/p2", `{"pattern":"a","definition":{"max-length":5},"priority":"high"}`,
		"/p2", `{"pattern":"a","definition":{"overflow":"sink"}}`, "/p2", `{"pattern":"a","definition":{"message-ttl":-1}}`, "/p2", `{"pattern":"a","definition":{"delivery-limit":3,"dead-letter-exchange":"x","dead-letter-routing-key":"k","expires":10,"max-length-bytes":5}}`)
	all = append(all, writes("PUT", "/api/policies", "/nosuch/p2", `{"pattern":"a","definition":{"max-length":5}}`)...)
	all = append(all, reads(root+"/p1", root+"/p2", root)...)
	all = append(all, writes("DELETE", root, "/p1", ``, "/p1", ``, "/p2", ``)...)
	for _, u := range []string{"policymaker", "management"} {
		all = append(all, observation{request: request{method: "PUT", path: root + "/p3", user: u, body: `{"pattern":"^b","definition":{"max-length":5}}`}},
			observation{request: request{method: "DELETE", path: root + "/p3", user: u}})
	}
	const operator = "/api/operator-policies/orders/o1"
	json := map[string]string{"Content-Type": "application/json"}
	all = append(all, observation{request: request{method: "PUT", path: operator, body: `{"pattern":"^a","definition":{"max-length":5}}`}})
	for _, body := range []string{`{"pattern":"^a","definition":{"dead-letter-exchange":"5"}}`, `{"pattern":"^a","definition":{"max-length":5}}`} {
		all = append(all, observation{request: request{method: "PUT", path: operator, body: body, header: json}})
	}
	return append(all, writes("DELETE", operator, "", ``, "", ``)...)
}

func limitChanges() []observation {
	json := map[string]string{"Content-Type": "application/json"}
	put := func(path, body string) observation {
		return observation{request: request{method: "PUT", path: path, body: body, header: json}}
	}
	all := []observation{
		put("/api/vhost-limits/orders/max-queues", `{"value":50}`), put("/api/vhost-limits/orders/max-connections", `{"value":100}`),
		put("/api/vhost-limits/nosuch/max-queues", `{"value":50}`), put("/api/vhost-limits/orders/max-queues", `{}`),
		put("/api/user-limits/plain/max-channels", `{"value":5}`),
	}
	all = append(all, reads("/api/vhost-limits", "/api/vhost-limits/orders", "/api/vhost-limits/%2F", "/api/user-limits", "/api/user-limits/plain",
		"/api/user-limits/nosuch", "/api/vhost-limits/orders/max-queues")...)
	return append(all, writes("DELETE", "/api", "/vhost-limits/orders/max-queues", ``, "/vhost-limits/orders/max-queues", ``, "/user-limits/plain/max-channels", ``)...)
}

func connectionChanges() []observation {
	gone := func(user, which string) observation {
		return observation{
			request: request{method: "DELETE", path: "/api/connections/" + which, user: user, header: map[string]string{"X-Reason": "spring cleaning"}},
			find:    func(p *place) string { return "/api/connections/" + url.PathEscape(p.connection(which)) },
		}
	}
	return append(writes("DELETE", "/api/connections", "/nosuch", ``, "/username/nosuch", ``), gone("management", "idle"), gone("", "idle"))
}

// connection is the name of the connection that a client has given another name.
func (p *place) connection(given string) string {
	p.t.Helper()
	var rows []struct {
		Name  string
		Given string `json:"user_provided_name"`
	}
	p.decode("/api/connections", &rows)
	for _, r := range rows {
		if r.Given == given {
			return r.Name
		}
	}
	p.t.Fatalf("there is no connection %s", given)
	return ""
}

func TestObservationsAreMany(t *testing.T) {
	if n := len(fresh()) + len(looks()) + len(refusals()) + len(changes()); n < 300 {
		t.Errorf("only %d observations", n)
	}
	for _, o := range changes() {
		if o.method == http.MethodGet {
			t.Errorf("%s: a look has no method", o.name())
		}
	}
}
