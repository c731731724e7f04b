package redis

import (
	"context"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// lockBytes is how much of a string is read to judge it; a lock's token is shorter.
const lockBytes = 512

// locks is the role of lock lists.
type locks struct{ s *source }

// ListLocks implements backends.Locks.
func (l locks) ListLocks(ctx context.Context, q backends.Query) (backends.Page[backends.Lock], error) {
	return lister[backends.Lock]{
		kind: backends.KindLock, needs: []string{"PTTL", "GETRANGE"}, read: l.rows,
	}.list(ctx, l.s, q)
}

func (l locks) rows(ctx context.Context, names []string) ([]row[backends.Lock], error) {
	probes := make([]probe, len(names))
	for i, name := range names {
		probes[i] = probe{name: name, typ: l.s.walker.catalog.typeOf(backends.KindLock, name)}
	}
	if err := l.s.readLocks(ctx, probes); err != nil {
		return nil, err
	}
	out := make([]row[backends.Lock], len(names))
	matches := make([]*profile.Match, len(names))
	for i, p := range probes {
		var lock backends.Lock
		var ok bool
		if matches[i] = l.s.walker.catalog.matchOf(backends.KindLock, p.name); matches[i] != nil {
			lock, ok = lockOf(matches[i], p)
		} else {
			lock, ok = l.s.lockTable.recognise(p)
		}
		switch {
		case ok:
			out[i].item = lock
		case p.err != nil && absent(p.err) == away:
			out[i].state = away
		case p.left == -2:
			out[i].state = gone
		default:
			out[i].state = other
		}
	}
	return out, l.companions(ctx, out, matches)
}

// readLocks reads life and contents of keys that may be locks.
func (s *source) readLocks(ctx context.Context, probes []probe) error {
	cmds := make([]command, 0, 2*len(probes))
	for _, p := range probes {
		cmds = append(cmds, command{"PTTL", p.name})
		if p.typ == "hash" {
			cmds = append(cmds, command{"HSCAN", p.name, "0", "COUNT", 20})
		} else {
			cmds = append(cmds, command{"GETRANGE", p.name, 0, lockBytes - 1})
		}
	}
	answers, err := s.many(ctx, cmds)
	if err != nil {
		return err
	}
	for i := range probes {
		p, life, content := &probes[i], answers[2*i], answers[2*i+1]
		p.left, _ = life.value.(int64)
		if p.err = life.err; p.err == nil {
			p.err = content.err
		}
		switch v := content.value.(type) {
		case string:
			p.value, p.cut = v, len(v) == lockBytes
		case []any:
			p.fields, p.values = hashPart(v)
		}
	}
	return nil
}

// hashPart is one answer of HSCAN as fields and values.
func hashPart(v []any) (fields, values []string) {
	if len(v) != 2 {
		return nil, nil
	}
	flat := texts(v[1])
	for i := 0; i+1 < len(flat); i += 2 {
		fields, values = append(fields, flat[i]), append(values, flat[i+1])
	}
	return fields, values
}
