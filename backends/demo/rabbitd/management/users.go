package management

import (
	"slices"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
)

func userJSON(u *broker.User) object {
	limits := map[string]any{}
	for name, n := range u.Limits {
		limits[name] = n
	}
	return object{
		"name": u.Name, "password_hash": u.PasswordHash, "hashing_algorithm": "rabbit_password_hashing_sha256",
		"tags": tags(u.Tags), "limits": limits,
	}
}

// tags is a list that is never null.
func tags(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// listUsers is GET /api/users.
func listUsers(c *call) any {
	return c.users(func(string) bool { return true })
}

// idleUsers is GET /api/users/without-permissions.
func idleUsers(c *call) any {
	return c.users(func(name string) bool {
		return !slices.ContainsFunc(c.api.broker.Permissions(), func(p broker.Permission) bool { return p.User == name })
	})
}

func (c *call) users(keep func(name string) bool) any {
	items := []object{}
	for _, u := range c.api.broker.Users() {
		if keep(u.Name) {
			items = append(items, userJSON(&u))
		}
	}
	return c.list(items, "vhost", "name")
}

func userExists(c *call) bool {
	_, ok := c.api.user(c.params["user"])
	return ok
}

// getUser is GET /api/users/:user.
func getUser(c *call) any {
	u, _ := c.api.user(c.params["user"])
	return userJSON(&u)
}

// putUser is PUT /api/users/:user. Without a password nobody can log in as the user.
func putUser(c *call) {
	b := c.body()
	value, there := b["tags"]
	if !there {
		if value, there = b["administrator"]; !there {
			c.fail(badRequest("tags_not_present"))
		}
		if c.boolean(value, true) {
			value = "administrator"
		} else {
			value = ""
		}
	}
	password, hash := "", ""
	if p, there := b["password"]; there {
		password = c.text(p)
	}
	if h, there := b["password_hash"]; there {
		hash = c.text(h)
	}
	name := c.params["user"]
	if hash != "" {
		c.done(c.api.broker.SetUser(broker.User{Name: name, PasswordHash: hash, Tags: c.tagList(value)}))
		return
	}
	c.done(c.api.broker.AddUser(name, password, c.tagList(value)...))
}

// tagList reads tags: a text with commas, or a list.
func (c *call) tagList(value any) []string {
	list := []string{}
	switch v := value.(type) {
	case string:
		for tag := range strings.SplitSeq(v, ",") {
			if tag = strings.TrimSpace(tag); tag != "" {
				list = append(list, tag)
			}
		}
	case []any:
		for _, tag := range v {
			list = append(list, c.text(tag))
		}
	default:
		c.fail(crash())
	}
	return list
}

// done ends the call when the broker has refused what was asked.
func (c *call) done(err error) {
	if err != nil {
		c.fail(badRequest(err.Error()))
	}
}

// deleteUser is DELETE /api/users/:user.
func deleteUser(c *call) { c.done(c.api.broker.DeleteUser(c.params["user"])) }

// deleteUsers is POST /api/users/bulk-delete.
func deleteUsers(c *call) any {
	list, _ := c.body("users")["users"].([]any)
	for _, name := range list {
		if c.api.broker.DeleteUser(c.text(name)) != nil {
			c.fail(badRequest([]any{"no_such_user", name}))
		}
	}
	return nil
}

// whoAmI is GET /api/whoami.
func whoAmI(c *call) any { return object{"name": c.user.Name, "tags": tags(c.user.Tags)} }
