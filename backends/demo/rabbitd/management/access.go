package management

import (
	"net/http"
	"slices"

	"bustop/backends/demo/rabbitd/broker"
)

// rule decides whether a user may use a resource; it returns the reason for which not.
type rule func(*call) string

func anybody(*call) string { return "" }

func administrators(c *call) string {
	if c.isAdministrator() {
		return ""
	}
	return "Not administrator user"
}

func monitors(c *call) string {
	if c.isMonitor() {
		return ""
	}
	return "Not monitor user"
}

// ofVHost lets in who may enter the path's virtual host. One that does not exist is found missing
// later.
func ofVHost(c *call) string {
	if c.isAdministrator() || c.entersVHost() {
		return ""
	}
	return "User not authorised to access virtual host"
}

func policymakers(c *call) string {
	if c.isAdministrator() || c.has("policymaker") && c.entersVHost() {
		return ""
	}
	return "User not authorised to access object"
}

func globalPolicymakers(c *call) string {
	if c.has("administrator", "policymaker") {
		return ""
	}
	return "User not authorised to access object"
}

// ofOwner lets in monitors, to look, administrators, and the user whom the object belongs to.
func ofOwner(owner func(*call) string) rule {
	return func(c *call) string {
		if c.isAdministrator() || c.isMonitor() && c.r.Method != http.MethodDelete || owner(c) == c.user.Name {
			return ""
		}
		return "User not authorised to access object"
	}
}

// login finds out who asks and whether the rule lets the user in.
func (c *call) login(allowed rule) {
	name, password, ok := c.r.BasicAuth()
	if !ok {
		c.w.Header().Set("Www-Authenticate", `Basic realm="RabbitMQ Management"`)
		c.fail(fault{status: http.StatusUnauthorized})
	}
	user, known := c.api.user(name)
	if !c.api.broker.Authenticate(name, password) || !known {
		c.w.Header().Set("Www-Authenticate", `Basic realm="RabbitMQ Management"`)
		c.fail(fault{http.StatusUnauthorized, "not_authorized", "Login failed"})
	}
	c.user, c.pass = user, password
	if !c.has("administrator", "monitoring", "policymaker", "management") {
		c.fail(notAuthorised("Not management user"))
	}
	if reason := allowed(c); reason != "" {
		c.fail(notAuthorised(reason))
	}
}

func (a *api) user(name string) (broker.User, bool) {
	for _, u := range a.broker.Users() {
		if u.Name == name {
			return u, true
		}
	}
	return broker.User{}, false
}

func (c *call) has(tags ...string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(c.user.Tags, t) })
}

func (c *call) isAdministrator() bool { return c.has("administrator") }

func (c *call) isMonitor() bool { return c.has("administrator", "monitoring") }

// enters reports whether the user has a permission in a virtual host.
func (c *call) enters(vhost string) bool {
	return slices.ContainsFunc(c.api.broker.Permissions(), func(p broker.Permission) bool {
		return p.User == c.user.Name && p.VHost == vhost
	})
}

// entersVHost is enters for the path's virtual host, and true when there is none.
func (c *call) entersVHost() bool {
	name, there := c.vhost()
	return !there || !c.vhostExists() || c.enters(name)
}

// vhost is the virtual host of the path, or of the header that some clients send instead.
func (c *call) vhost() (string, bool) {
	if name, ok := c.params["vhost"]; ok {
		return name, true
	}
	name := c.r.Header.Get("X-Vhost")
	return name, name != ""
}

// vhostExists reports whether the path's virtual host is there, or none is named.
func (c *call) vhostExists() bool {
	name, there := c.params["vhost"]
	if !there {
		return true
	}
	_, ok := c.api.broker.VHost(name)
	return ok
}

// sees returns which virtual hosts' objects a user is shown: administrators see all, everybody
// else those that they may enter.
func (c *call) sees() func(vhost string) bool {
	if c.isAdministrator() {
		return func(string) bool { return true }
	}
	mine := map[string]bool{}
	for _, p := range c.api.broker.Permissions() {
		if p.User == c.user.Name {
			mine[p.VHost] = true
		}
	}
	return func(vhost string) bool { return mine[vhost] }
}

// visibleVHosts are the virtual hosts that a user is shown themselves: monitors see all.
func (c *call) visibleVHosts() []broker.VHost {
	sees := c.sees()
	return slices.DeleteFunc(c.api.broker.VHosts(), func(v broker.VHost) bool {
		return !c.isMonitor() && !sees(v.Name)
	})
}

// scope is the virtual host that a listing is about; "" is all.
func (c *call) scope() string {
	name, _ := c.vhost()
	return name
}
