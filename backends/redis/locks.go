package redis

import (
	"context"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// lockBytes is how much of a string is read to judge it; a lock's token is shorter.
const lockBytes = 512

// locks is the role of lock lists.
type locks struct{ s *source }

// ListLocks implements backends.Locks.
func (l locks) ListLocks(ctx context.Context, q backends.Query) (backends.Page[backends.Lock], error) {
	if err := l.strays(ctx, false); err != nil {
		return backends.Page[backends.Lock]{}, err
	}
	page, err := lister[backends.Lock]{
		kind: backends.KindLock, needs: []string{"PTTL", "GETRANGE"}, read: l.rows,
	}.list(ctx, l.s, q)
	if err == nil {
		err = l.strays(ctx, true)
	}
	if !l.s.profiles.Off(profile.SpringRegistry) {
		sharedOwners(page.Items)
	}
	return page, err
}

// probe is what was read of a key that may be a lock.
type probe struct {
	name, typ string
	match     *profile.Match
	left      int64 // PTTL's answer: milliseconds, -1 without expiry, -2 gone
	evidence  profile.Evidence
	err       error
}

func (l locks) rows(ctx context.Context, names []string) ([]row[backends.Lock], error) {
	probes := make([]probe, len(names))
	for i, name := range names {
		probes[i] = l.probe(name)
	}
	asked := time.Now()
	if err := l.read(ctx, probes); err != nil {
		return nil, err
	}
	now := time.Now()
	out := make([]row[backends.Lock], len(names))
	for i := range probes {
		p := &probes[i]
		lock, ok := l.recognise(p)
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
	if err := l.companions(ctx, out, probes); err != nil {
		return nil, err
	}
	l.s.watches.observe(names, out, asked, now)
	return out, nil
}

// probe is a key that the walker has found to be a lock.
func (l locks) probe(name string) probe {
	p := probe{name: name, typ: l.s.walker.catalog.typeOf(backends.KindLock, name), match: l.s.walker.catalog.matchOf(backends.KindLock, name)}
	if key := p.rowKey(); key != nil && key.Type != "" {
		p.typ = key.Type // the row may have been found by another key
	}
	return p
}

// rowKey is the key of the profile that is the lock itself, nil when nothing is known of it.
func (p *probe) rowKey() *profile.Key {
	if p.match == nil || p.match.Key.Part == profile.Row {
		return p.keyOf()
	}
	keys := p.match.Profile.Keys
	for i := range keys {
		if keys[i].Part == profile.Row {
			return &keys[i]
		}
	}
	return p.match.Key
}

func (p *probe) keyOf() *profile.Key {
	if p.match == nil {
		return nil
	}
	return p.match.Key
}

// read reads life and contents of keys that may be locks.
func (l locks) read(ctx context.Context, probes []probe) error {
	cmds := make([]command, 0, 2*len(probes))
	for _, p := range probes {
		cmds = append(cmds, command{"PTTL", p.name})
		if p.typ == "hash" {
			cmds = append(cmds, command{"HSCAN", p.name, "0", "COUNT", 20})
		} else {
			cmds = append(cmds, command{"GETRANGE", p.name, 0, lockBytes - 1})
		}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	now := time.Now()
	for i := range probes {
		p, life, content := &probes[i], answers[2*i], answers[2*i+1]
		p.left, _ = life.value.(int64)
		if p.err = life.err; p.err == nil {
			p.err = content.err
		}
		p.evidence = profile.Evidence{Name: p.name, Type: p.typ, Left: p.left, Now: now, Beside: map[string]string{}}
		if content.err == nil {
			fillEvidence(&p.evidence, content.value)
		}
	}
	return nil
}

// recognise is the lock that the table sees in what was read. What it was before goes first: another
// library may have taken the key meanwhile.
func (l locks) recognise(p *probe) (backends.Lock, bool) {
	if p.left == -2 || p.err != nil {
		return backends.Lock{}, false
	}
	if lock, ok := p.confirm(); ok {
		return lock, true
	}
	m, ok := l.s.profiles.Recognise(p.evidence)
	if !ok || m.Profile.Kind != profile.Lock || m.Key.Part != profile.Row || m.Object != p.name {
		return backends.Lock{}, false
	}
	p.match = &m
	return p.lock(m.Finding, m.Confidence), true
}

// confirm looks with the eyes of the profile that recognised the key before.
func (p *probe) confirm() (backends.Lock, bool) {
	key := p.rowKey()
	if key == nil || !key.Life.Holds(p.left) {
		return backends.Lock{}, false
	}
	if key.Confirm == nil { // a profile of the person's own
		return p.lock(profile.Finding{Lock: backends.Lock{Holder: p.evidence.Value}}, key.Confidence), true
	}
	found, ok := key.Confirm(p.evidence)
	if !ok {
		return backends.Lock{}, false
	}
	if found.Confidence == 0 {
		found.Confidence = key.Confidence
	}
	return p.lock(found, found.Confidence), true
}

// lock is what a profile found with what holds for all.
func (p *probe) lock(found profile.Finding, confidence float64) backends.Lock {
	lock := found.Lock
	lock.Name, lock.NoExpiry, lock.Confidence = p.name, p.left == -1, confidence
	lock.Library, lock.Profile = p.match.Profile.Library, p.match.Profile.Name
	if p.left >= 0 {
		lock.TTL = backends.ExactSpan(time.Duration(p.left) * time.Millisecond)
	}
	return lock
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
