package management

import (
	"regexp"

	"bustop/backends/demo/rabbitd/broker"
)

func permissionJSON(p *broker.Permission) object {
	return object{"user": p.User, "vhost": p.VHost, "configure": p.Configure, "write": p.Write, "read": p.Read}
}

// listPermissions are GET /api/permissions, /api/users/:user/permissions and
// /api/vhosts/:vhost/permissions.
func listPermissions(c *call) any {
	items := []object{}
	for _, p := range c.api.broker.Permissions() {
		if c.about(p.User, p.VHost) {
			items = append(items, permissionJSON(&p))
		}
	}
	return c.list(items, "vhost", "user")
}

// about reports whether the path leaves a user and a virtual host in.
func (c *call) about(user, vhost string) bool {
	u, byUser := c.params["user"]
	v, byVHost := c.params["vhost"]
	return (!byUser || u == user) && (!byVHost || v == vhost)
}

func (c *call) permission() (broker.Permission, bool) {
	for _, p := range c.api.broker.Permissions() {
		if c.about(p.User, p.VHost) {
			return p, true
		}
	}
	return broker.Permission{}, false
}

func permissionExists(c *call) bool {
	_, ok := c.permission()
	return ok
}

// getPermission is GET /api/permissions/:vhost/:user.
func getPermission(c *call) any {
	p, _ := c.permission()
	return permissionJSON(&p)
}

// putPermission is PUT on the same path.
func putPermission(c *call) {
	c.needAccount()
	b := c.body("configure", "write", "read")
	p := broker.Permission{
		User: c.params["user"], VHost: c.params["vhost"],
		Configure: c.pattern(b["configure"]), Write: c.pattern(b["write"]), Read: c.pattern(b["read"]),
	}
	c.done(c.api.broker.SetPermissions(p))
}

func (c *call) needAccount() {
	if !c.vhostExists() || !userExists(c) {
		c.fail(badRequest("vhost_or_user_not_found"))
	}
}

// pattern reads a regular expression. A fault names it and what is wrong as lists of characters:
// that is how Erlang's texts turn into JSON.
func (c *call) pattern(value any) string {
	text := c.text(value)
	if _, err := regexp.Compile(text); err != nil {
		c.fail(badRequest([]any{"invalid_regexp", characters(text), []any{characters(err.Error()), 0}}))
	}
	return text
}

func characters(text string) []int {
	out := []int{}
	for _, r := range text {
		out = append(out, int(r))
	}
	return out
}

// deletePermission is DELETE /api/permissions/:vhost/:user.
func deletePermission(c *call) {
	c.done(c.api.broker.ClearPermissions(c.params["user"], c.params["vhost"]))
}

// topicPermissions are those that the path is about.
func (c *call) topicPermissions() []object {
	items := []object{}
	for _, p := range c.api.broker.TopicPermissions() {
		if c.about(p.User, p.VHost) {
			items = append(items, object{
				"user": p.User, "vhost": p.VHost, "exchange": p.Exchange, "write": p.Write, "read": p.Read,
			})
		}
	}
	return items
}

// listTopicPermissions are GET /api/topic-permissions and those of a user or a virtual host.
func listTopicPermissions(c *call) any { return c.list(c.topicPermissions(), "vhost", "user") }

// getTopicPermissions is GET /api/topic-permissions/:vhost/:user.
func getTopicPermissions(c *call) any { return c.topicPermissions() }

func topicPermissionsExist(c *call) bool { return len(c.topicPermissions()) > 0 }

// putTopicPermission is PUT on the same path.
func putTopicPermission(c *call) {
	c.needAccount()
	b := c.body("exchange", "write", "read")
	c.done(c.api.broker.SetTopicPermissions(broker.TopicPermission{
		User: c.params["user"], VHost: c.params["vhost"], Exchange: c.text(b["exchange"]),
		Write: c.pattern(b["write"]), Read: c.pattern(b["read"]),
	}))
}

// deleteTopicPermission is DELETE on the same path, and on one with an exchange.
func deleteTopicPermission(c *call) {
	c.done(c.api.broker.ClearTopicPermissions(c.params["user"], c.params["vhost"], c.params["exchange"]))
}
