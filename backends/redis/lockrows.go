package redis

import (
	"context"
	"strconv"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// lockOf is the lock that a profile sees in what was read.
func lockOf(m *profile.Match, p probe) (backends.Lock, bool) {
	if p.left == -2 || p.err != nil {
		return backends.Lock{}, false
	}
	lock := backends.Lock{Holder: p.value}
	confidence := m.Key.Confidence
	if m.Key.Confirm != nil {
		found, ok := m.Key.Confirm(evidenceOf(p))
		if !ok {
			return lock, false
		}
		lock = found.Lock
		if found.Confidence > 0 {
			confidence = found.Confidence
		}
	}
	lock.Name, lock.NoExpiry, lock.Library, lock.Confidence = p.name, p.left == -1, m.Profile.Library, confidence
	if p.left >= 0 {
		lock.TTL = backends.ExactSpan(time.Duration(p.left) * time.Millisecond)
	}
	return lock, true
}

// evidenceOf is what was read of a lock as the profiles read it.
func evidenceOf(p probe) profile.Evidence {
	e := profile.Evidence{Name: p.name, Type: p.typ, Left: p.left, Read: true, Value: p.value, Cut: p.cut, Now: time.Now()}
	for i, name := range p.fields {
		e.Fields = append(e.Fields, backends.Field{Name: name, Value: []byte(p.values[i])})
	}
	return e
}

// companions fills in what the keys beside locks tell: who waits, and the fencing token.
func (l locks) companions(ctx context.Context, rows []row[backends.Lock], matches []*profile.Match) error {
	var cmds []command
	type place struct {
		row  int
		role string
	}
	var of []place
	for i, m := range matches {
		if m == nil || rows[i].state != shown {
			continue
		}
		for _, k := range l.s.profiles.Keys(m.Profile, m.Vars, profile.Companion) {
			switch count := lengthBy(k.Key.Type); {
			case k.Key.Role == profile.RoleWaiters && count != "":
				cmds, of = append(cmds, command{count, k.Name}), append(of, place{i, k.Key.Role})
			case k.Key.Role == profile.RoleToken:
				cmds, of = append(cmds, command{"GETRANGE", k.Name, 0, 31}), append(of, place{i, k.Key.Role})
			}
		}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	for i, a := range answers {
		lock := &rows[of[i].row].item
		switch v := a.value.(type) {
		case int64:
			lock.Waiters = backends.ExactCount(lock.Waiters.Value + v)
		case string:
			if n, err := strconv.ParseInt(v, 10, 64); err == nil {
				lock.FencingToken = backends.ExactCount(n)
			}
		}
	}
	return nil
}
