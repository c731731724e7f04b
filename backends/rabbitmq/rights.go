package rabbitmq

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// The tags of users that matter here (rabbitmq.com/docs/management#permissions).
const (
	administrator = "administrator"
	monitoring    = "monitoring"
)

// rightsAge is how long it is believed who we are.
const rightsAge = time.Minute

// identityOf is who the management API takes us for.
type identityOf struct {
	name string
	tags []string
}

// sees reports whether the user has a tag, or one that holds it.
func (w identityOf) sees(tag string) bool {
	return slices.Contains(w.tags, tag) || slices.Contains(w.tags, administrator)
}

// whoAmI asks who we are unless it was asked lately.
func (s *source) whoAmI(ctx context.Context) (identityOf, error) {
	s.facts.mu.Lock()
	kept := s.facts.who
	s.facts.mu.Unlock()
	if time.Now().Before(kept.until) {
		return kept.value, nil
	}
	var said management.WhoAmI
	if err := s.client.Get(ctx, management.To("/api/whoami"), nil, &said); err != nil {
		return identityOf{}, err
	}
	who := identityOf{said.Name, said.Tags}
	s.facts.mu.Lock()
	s.facts.who = cached[identityOf]{who, time.Now().Add(rightsAge)}
	s.facts.mu.Unlock()
	return who, nil
}

// ReadAccess tells who we are and what that lets us see. Without the management API it is what the
// AMQP connection tells.
func (s *source) ReadAccess(ctx context.Context) (backends.BrokerRights, error) {
	var (
		who    identityOf
		rights backends.BrokerRights
	)
	err := s.manage(ctx, func(ctx context.Context) error {
		var err error
		if who, err = s.whoAmI(ctx); err != nil {
			return err
		}
		rights.Permissions.Items, rights.Permissions.Err = readPart(ctx, s, management.To("/api/users/{user}/permissions", who.name),
			func(p management.Permission) backends.BrokerPermission {
				return backends.BrokerPermission{Vhost: p.Vhost, Configure: p.Configure, Write: p.Write, Read: p.Read}
			})
		rights.Topics.Items, rights.Topics.Err = readPart(ctx, s, management.To("/api/users/{user}/topic-permissions", who.name),
			func(p management.Permission) backends.BrokerTopicPermission {
				return backends.BrokerTopicPermission{Vhost: p.Vhost, Exchange: p.Exchange, Write: p.Write, Read: p.Read}
			})
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, management.ErrMissing) {
		return rights, err
	}
	rights.User, rights.Tags = who.name, who.tags
	if err != nil {
		if live, _ := s.keeper.state(); live == nil {
			return rights, err
		}
		rights.User = s.address.user
		rights.Permissions.Err, rights.Topics.Err = err, err
	}
	s.tryAMQP(ctx)
	rights.Abilities = s.abilities(ctx, &rights, who, err)
	if err != nil {
		rights.Abilities = append(rights.Abilities, s.countingAbility(ctx))
	}
	return rights, nil
}

// tryAMQP connects once if that was never tried: only the attempt tells a user without the tag administrator
// whether the vhost lets us in. Its outcome is the keeper's state.
func (s *source) tryAMQP(ctx context.Context) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	_ = s.keeper.glance(ctx)
}

// readPart reads a list that takes a right of its own.
func readPart[R, T any](ctx context.Context, s *source, route management.Route, convert func(R) T) ([]T, error) {
	var rows management.List[R]
	if err := s.client.Get(ctx, route, nil, &rows); err != nil {
		return nil, err
	}
	var out []T
	for _, row := range rows {
		out = append(out, convert(row))
	}
	return out, nil
}

// tapNames is what the names of the queues of taps begin with, which the server gives.
const tapNames = "amq.gen-bustop"

// abilities are what bustop does on a server, and whether these rights let it; missing is why there is
// no management API.
func (s *source) abilities(ctx context.Context, r *backends.BrokerRights, who identityOf, missing error) []backends.BrokerAbility {
	tagged := func(tag string) backends.Verdict {
		switch {
		case missing != nil && backends.ReasonOf(missing) != backends.Unsupported:
			return backends.Undecided
		case missing == nil && who.sees(tag):
			return backends.Granted
		}
		return backends.Missing
	}
	anyTag := backends.Granted
	if missing != nil {
		anyTag = backends.Missing
	}
	enter := s.enters(r)
	grant := management.GrantCommand(s.address.vhost, s.address.user)
	tag := management.Command("rabbitmqctl", "set_user_tags", s.address.managementUser, monitoring)
	list := tag
	if anyTag == backends.Granted {
		list = grant
	}
	able := []backends.BrokerAbility{
		{What: "connect over AMQP", Verdict: enter, Right: "any permission in the vhost", Advice: grant},
		{What: "list queues, exchanges, bindings and their rates", Verdict: both(anyTag, enter), Right: "the management plugin, a tag, and a permission in the vhost", Advice: list},
		{What: "nodes, everybody's connections and channels, shovels", Verdict: tagged(monitoring), Right: "the tag monitoring", Advice: tag},
		{What: "look into queues, read streams", Verdict: s.permits(r, enter, func(p backends.BrokerPermission) []string { return []string{p.Read} }, ""), Right: "read on the queue", Advice: grant},
		{What: "tap exchanges", Verdict: s.permits(r, enter, func(p backends.BrokerPermission) []string { return []string{p.Configure, p.Write} }, tapNames), Right: "configure and write on amq.gen-*, read on the exchange", Advice: grant},
	}
	forAll := "permissions of users, feature flags"
	if s.versionFor(ctx, missing).AtLeast(3, 13) { // rabbit_mgmt_wm_feature_flags
		able = append(able, backends.BrokerAbility{What: "feature flags", Verdict: anyTag, Right: "the management plugin, a tag", Advice: tag})
		forAll = "permissions of users"
	}
	return append(able, backends.BrokerAbility{What: forAll, Verdict: tagged(administrator), Right: "the tag administrator", Advice: "bustop does without"})
}

// countingAbility is what Prometheus tells where there is no management API.
func (s *source) countingAbility(ctx context.Context) backends.BrokerAbility {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	a := backends.BrokerAbility{
		What: "count messages by queue, without the management API", Verdict: backends.Granted, Right: "the plugin rabbitmq_prometheus, no user",
		Advice: "rabbitmq-plugins enable rabbitmq_prometheus; ?prometheus=http://host:15692 says where",
	}
	if _, why := s.census.alone(ctx); why != "" {
		a.Verdict = backends.Missing
	}
	return a
}

// enters reports whether the user may enter the source's vhost.
func (s *source) enters(r *backends.BrokerRights) backends.Verdict {
	live, failure := s.keeper.state()
	switch {
	case live != nil:
		return backends.Granted
	case backends.ReasonOf(failure) == backends.Denied:
		return backends.Missing
	case r.Permissions.Err != nil:
		return backends.Undecided
	case slices.ContainsFunc(r.Permissions.Items, func(p backends.BrokerPermission) bool { return p.Vhost == s.address.vhost }):
		return backends.Granted
	}
	return backends.Missing
}

// permits reports whether the regular expressions of the permission in the source's vhost let the user
// at a name; for the name "" whether they let the user at anything. RabbitMQ's expressions are those of
// PCRE: one that Go does not know stays undecided.
func (s *source) permits(r *backends.BrokerRights, enter backends.Verdict, of func(backends.BrokerPermission) []string, name string) backends.Verdict {
	switch {
	case enter == backends.Missing:
		return backends.Missing
	case r.Permissions.Err != nil:
		return backends.Undecided
	}
	i := slices.IndexFunc(r.Permissions.Items, func(p backends.BrokerPermission) bool { return p.Vhost == s.address.vhost })
	if i < 0 {
		return backends.Missing
	}
	for _, expression := range of(r.Permissions.Items[i]) {
		if expression == "" || expression == "^$" {
			return backends.Missing
		}
		if name == "" {
			continue
		}
		re, err := regexp.Compile(expression)
		if err != nil {
			return backends.Undecided
		}
		if !re.MatchString(name) {
			return backends.Missing
		}
	}
	return backends.Granted
}

// both is granted when both are, and missing when one is.
func both(a, b backends.Verdict) backends.Verdict {
	switch {
	case a == backends.Missing || b == backends.Missing:
		return backends.Missing
	case a == backends.Granted && b == backends.Granted:
		return backends.Granted
	}
	return backends.Undecided
}
