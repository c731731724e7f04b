package redis

import (
	"context"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// rootMembers bounds what is read of a set that names objects.
const rootMembers = 1000

// roots looks at what is known by name before the keyspace is walked: sets in which libraries keep
// the names of their queues, and keys that the table or the person names.
func (w *walker) roots(p *pass) error {
	ctx, span := w.span(w.ctx, p)
	defer span.End()
	for _, prof := range w.s.profiles.Profiles() {
		for _, root := range prof.Roots {
			var err error
			if root.Set != "" {
				err = w.members(ctx, prof, root)
			} else {
				err = w.rootKey(ctx, p, root.Key)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// members lists the objects that a set names. A key that is no set, or that this user may not
// read, names none.
func (w *walker) members(ctx context.Context, prof *profile.Profile, root profile.Root) error {
	cmds := []command{{"TYPE", root.Set}, {"SSCAN", root.Set, "0", "COUNT", rootMembers}}
	if root.Beside != "" {
		cmds = append(cmds, command{"EXISTS", root.Beside})
	}
	answers, err := w.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	if root.Beside != "" && answers[2].value != int64(1) {
		return nil
	}
	parts, _ := answers[1].value.([]any)
	if len(parts) != 2 {
		return nil
	}
	for i, member := range texts(parts[1]) {
		if i >= rootMembers {
			break
		}
		if m, ok := w.s.profiles.FromRoot(prof, root, member); ok {
			w.enter(sighting{typ: m.Key.Type}, m)
		}
	}
	return nil
}

// rootKey looks at a key on the server that has it.
func (w *walker) rootKey(ctx context.Context, p *pass, name string) error {
	node, err := w.s.servers.owner(ctx, name)
	if err != nil {
		return err
	}
	for _, l := range p.lanes {
		if l.node == node {
			hidden := l.hidden
			err := w.examine(ctx, l, []sighting{{name: name, sample: true}})
			l.hidden = hidden // it may not be there at all; the walk counts it if it is
			return err
		}
	}
	return nil
}

// newProfiles makes the table of profiles with those of the person's own. Rules that cannot be used
// were refused when the configuration was read; should one come here, the built-in table is used.
func newProfiles(users []profile.User) *profile.Table {
	table, err := profile.New(users...)
	if err == nil {
		return table
	}
	table, _ = profile.New()
	return table
}

func rulesOf(opt backends.Options) (users []profile.User) {
	for _, r := range opt.Profiles {
		users = append(users, profile.FromRule(r))
	}
	return users
}
