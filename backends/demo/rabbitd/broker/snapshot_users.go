package broker

import (
	"cmp"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
)

func (b *Broker) sortedUsers() []*user {
	list := slices.Collect(maps.Values(b.users))
	slices.SortFunc(list, func(a, c *user) int { return strings.Compare(a.name, c.name) })
	return list
}

// Users lists the users.
func (b *Broker) Users() []User {
	b.lock()
	defer b.unlock()
	list := []User{}
	for _, u := range b.sortedUsers() {
		list = append(list, User{
			Name: u.name, Tags: slices.Clone(u.tags), PasswordHash: base64.StdEncoding.EncodeToString(u.hash),
			Limits: maps.Clone(u.limits),
		})
	}
	return list
}

// Permissions lists the permissions of all users in all hosts.
func (b *Broker) Permissions() []Permission {
	b.lock()
	defer b.unlock()
	list := []Permission{}
	for _, u := range b.sortedUsers() {
		for _, vhost := range slices.Sorted(maps.Keys(u.grants)) {
			g := u.grants[vhost]
			list = append(list, Permission{
				User: u.name, VHost: vhost, Configure: g.configure.text, Write: g.write.text, Read: g.read.text,
			})
		}
	}
	return list
}

// TopicPermissions lists the topic permissions of all users in all hosts.
func (b *Broker) TopicPermissions() []TopicPermission {
	b.lock()
	defer b.unlock()
	list := []TopicPermission{}
	for k, g := range b.topics {
		list = append(list, TopicPermission{User: k.user, VHost: k.vhost, Exchange: k.exchange, Write: g.write, Read: g.read})
	}
	slices.SortFunc(list, func(a, c TopicPermission) int {
		return cmp.Or(strings.Compare(a.User, c.User), strings.Compare(a.VHost, c.VHost), strings.Compare(a.Exchange, c.Exchange))
	})
	return list
}

// Policies lists the policies of a virtual host, or of all when it is empty; those of operators when
// operator is set.
func (b *Broker) Policies(vhost string, operator bool) []Policy {
	b.lock()
	defer b.unlock()
	list := []Policy{}
	for _, v := range b.vhostsNamed(vhost) {
		for key, p := range v.policies {
			if key.operator == operator {
				w := p.Policy
				w.Definition = maps.Clone(w.Definition)
				list = append(list, w)
			}
		}
	}
	slices.SortFunc(list, func(a, c Policy) int {
		return cmp.Or(strings.Compare(a.VHost, c.VHost), strings.Compare(a.Name, c.Name))
	})
	return list
}
