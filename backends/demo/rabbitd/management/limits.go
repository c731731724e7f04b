package management

import (
	"encoding/json"
	"maps"
	"net/http"
)

// vhostLimits is GET /api/vhost-limits and /api/vhost-limits/:vhost.
func vhostLimits(c *call) any {
	items := []object{}
	for _, v := range c.visibleVHosts() {
		if len(v.Limits) > 0 && (c.scope() == "" || c.scope() == v.Name) {
			items = append(items, object{"vhost": v.Name, "value": v.Limits})
		}
	}
	return c.list(items)
}

// userLimits is GET /api/user-limits and /api/user-limits/:user.
func userLimits(c *call) any {
	items := []object{}
	name, some := c.params["user"]
	for _, u := range c.api.broker.Users() {
		if len(u.Limits) > 0 && (!some || u.Name == name) {
			items = append(items, object{"user": u.Name, "value": u.Limits})
		}
	}
	return c.list(items)
}

// limit is a limit with the path's name from a body.
func (c *call) limit() int {
	number, ok := c.body("value")["value"].(json.Number)
	n, err := number.Int64()
	if !ok || err != nil {
		c.fail(badRequest("Validation failed\n\n" + c.params["name"] + " should be a number"))
	}
	return int(n)
}

// putVHostLimit is PUT /api/vhost-limits/:vhost/:name.
func putVHostLimit(c *call) {
	c.needVHost()
	n := c.limit()
	c.changeVHostLimits(func(limits map[string]int) { limits[c.params["name"]] = n })
}

// deleteVHostLimit is DELETE on the same path.
func deleteVHostLimit(c *call) {
	c.needVHost()
	c.changeVHostLimits(func(limits map[string]int) { delete(limits, c.params["name"]) })
}

func (c *call) changeVHostLimits(change func(map[string]int)) {
	v, _ := c.api.broker.VHost(c.params["vhost"])
	limits := copied(v.Limits)
	change(limits)
	c.done(c.api.broker.SetVHostLimits(v.Name, limits))
}

// putUserLimit is PUT /api/user-limits/:user/:name.
func putUserLimit(c *call) {
	n := c.limit()
	c.changeUserLimits(func(limits map[string]int) { limits[c.params["name"]] = n })
}

// deleteUserLimit is DELETE on the same path.
func deleteUserLimit(c *call) {
	c.changeUserLimits(func(limits map[string]int) { delete(limits, c.params["name"]) })
}

func (c *call) changeUserLimits(change func(map[string]int)) {
	u, ok := c.api.user(c.params["user"])
	if !ok {
		c.fail(fault{http.StatusNotFound, "not_found", "user_not_found"})
	}
	limits := copied(u.Limits)
	change(limits)
	c.done(c.api.broker.SetUserLimits(u.Name, limits))
}

func copied(limits map[string]int) map[string]int {
	if limits == nil {
		return map[string]int{}
	}
	return maps.Clone(limits)
}
