package redis

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// companions fills in what the keys beside locks tell: who waits, the fencing token, permits given out.
func (l locks) companions(ctx context.Context, rows []row[backends.Lock], probes []probe) error {
	var ask asking
	var roles []string
	for i := range probes {
		if rows[i].state != shown {
			continue
		}
		for _, k := range l.beside(&probes[i]) {
			switch count := lengthBy(k.Key.Type); {
			case (k.Key.Role == profile.RoleWaiters || k.Key.Role == profile.RolePermits) && count != "":
				ask.add(i, command{count, k.Name})
			case k.Key.Role == profile.RoleToken:
				ask.add(i, command{"GETRANGE", k.Name, 0, 31})
			default:
				continue
			}
			roles = append(roles, k.Key.Role)
		}
	}
	answers, err := l.s.many(ctx, ask.cmds)
	if err != nil {
		return err
	}
	for j, a := range answers {
		besideSays(&rows[ask.of[j]].item, roles[j], a.value)
	}
	return l.subscribers(ctx, rows)
}

// besideSays takes in what a companion's length or content says.
func besideSays(lock *backends.Lock, role string, v any) {
	n, isNumber := v.(int64)
	switch {
	case role == profile.RoleWaiters && isNumber && n > 0:
		lock.Waiters = backends.ExactCount(lock.Waiters.Value + n)
	case role == profile.RolePermits && isNumber:
		lock.Tells = append(lock.Tells, backends.Field{Name: "permits given out", Value: strconv.AppendInt(nil, n, 10)})
	case role == profile.RoleToken:
		text, _ := v.(string)
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			lock.FencingToken = backends.ExactCount(n)
		}
	}
}

// beside are the companions that a lock may have, by their names. What a library keeps beside one sort of
// its locks may come to stand beside another: a plain lock becomes a fair one when somebody waits.
func (l locks) beside(p *probe) (out []profile.Made) {
	if p.match == nil {
		return nil
	}
	own := p.match.Profile
	for _, prof := range l.s.profiles.Profiles() {
		if prof != own && (own.Object == "" || prof.Kind != own.Kind || prof.Library != own.Library || prof.Object != own.Object) {
			continue
		}
		for _, k := range l.s.profiles.Keys(prof, p.match.Vars, profile.Companion, profile.Sign) {
			if (k.Key.Part == profile.Companion || prof == own) && (k.Key.Named == nil || k.Key.Named(k.Name)) {
				out = append(out, k)
			}
		}
	}
	return out
}

// waitChannel is the channel on which Redisson's waiters listen for the release of a lock, "" for others.
func waitChannel(lock *backends.Lock) string {
	if lock.Library != "redisson" {
		return ""
	}
	tag := lock.Name
	if !strings.Contains(tag, "{") {
		tag = "{" + tag + "}"
	}
	switch lock.Variant {
	case "permit semaphore":
		return "redisson_sc:" + tag
	case "read-write":
		return "redisson_rwlock:" + tag
	}
	return "redisson_lock__channel:" + tag
}

// subscribers estimates waiters of locks that keep no list of them: Redisson's clients listen on a channel
// of the lock's while one of their threads waits for it. A cluster's channels are of one node each, which
// the listing does not go round for.
func (l locks) subscribers(ctx context.Context, rows []row[backends.Lock]) error {
	nodes, err := l.s.masters(ctx)
	if err != nil || len(nodes) != 1 {
		return err
	}
	cmd := command{"PUBSUB", "NUMSUB"}
	for i := range rows {
		lock := &rows[i].item
		if name := waitChannel(lock); rows[i].state == shown && name != "" && !lock.Waiters.Known() {
			cmd = append(cmd, name)
		}
	}
	if len(cmd) == 2 {
		return nil
	}
	v, err := l.s.one(ctx, cmd...)
	if err != nil {
		return ignoreDenied(err)
	}
	counts := fieldsOf(v)
	for i := range rows {
		lock := &rows[i].item
		name := waitChannel(lock)
		if n := countOf(counts, name); rows[i].state == shown && name != "" && !lock.Waiters.Known() && n.Known() {
			lock.Waiters = backends.Count{Value: n.Value, Certainty: backends.About}
			lock.WaitersBy = "clients that listen on " + name
		}
	}
	return nil
}

// ignoreDenied is nil for what the server answered: an estimate less is no reason to show nothing.
func ignoreDenied(err error) error {
	if backends.ReasonOf(err) == backends.Unreachable {
		return err
	}
	return nil
}

// sharedOwners recognises Spring's lock registries, whose names are the user's own: one process writes the
// same UUID into all of its locks, under one prefix. No other library does.
func sharedOwners(items []backends.Lock) {
	type registry struct{ prefix, uuid string }
	of := map[registry][]int{}
	for i, lock := range items {
		prefix, _, ok := strings.Cut(lock.Name, ":")
		if ok && profile.IsUUID(lock.Holder) && (lock.Library == "" || lock.Library == "spring-integration") {
			of[registry{prefix, lock.Holder}] = append(of[registry{prefix, lock.Holder}], i)
		}
	}
	for r, all := range of {
		if len(all) < 2 {
			continue
		}
		for _, i := range all {
			lock := &items[i]
			lock.Library, lock.Profile = "spring-integration", profile.SpringRegistry
			lock.Confidence, lock.Owner = max(lock.Confidence, 0.85), r.uuid
			lock.Tells = []backends.Field{{Name: "same client", Value: fmt.Appendf(nil, "holds %d locks of %q", len(all), r.prefix)}}
		}
	}
}

// The bounds of what is read of one lock.
const (
	maxWaiting   = 100
	clientsEvery = 10 * time.Second
)

// ReadLock implements backends.LockReader: everything that can be told of one lock.
func (l locks) ReadLock(ctx context.Context, name string) (backends.Lock, error) {
	probes, asked := []probe{l.probe(name)}, time.Now()
	if probes[0].typ == "" {
		v, err := l.s.one(ctx, "TYPE", name)
		if err != nil {
			return backends.Lock{}, l.s.at.fault(name, err)
		}
		probes[0].typ, _ = v.(string)
	}
	if err := l.read(ctx, probes); err != nil {
		return backends.Lock{}, err
	}
	now := time.Now()
	p := &probes[0]
	rows := make([]row[backends.Lock], 1)
	lock, ok := l.recognise(p)
	if !ok {
		l.s.watches.observe([]string{name}, []row[backends.Lock]{{state: gone}}, asked, now)
		if p.err != nil {
			return lock, l.s.at.fault(name, p.err)
		}
		return lock, &backends.Error{Reason: backends.NotFound, Source: l.s.at.shown, Object: name, What: "no such lock"}
	}
	rows[0].item = lock
	if err := l.companions(ctx, rows, probes); err != nil {
		return lock, err
	}
	l.s.watches.observe([]string{name}, rows, asked, now)
	return rows[0].item, l.details(ctx, &rows[0].item, p)
}

// details reads who waits in what order, and which of the keys beside the lock are there.
func (l locks) details(ctx context.Context, lock *backends.Lock, p *probe) error {
	made := l.beside(p)
	cmds := make([]command, 0, 2*len(made))
	for _, k := range made {
		cmds = append(cmds, command{"EXISTS", k.Name})
	}
	for _, k := range made {
		if k.Key.Role == profile.RoleWaiters && k.Key.Type == "list" {
			cmds = append(cmds, command{"LRANGE", k.Name, 0, maxWaiting - 1})
		}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return err
	}
	signal := false
	for i, k := range made {
		if answers[i].value == int64(1) {
			lock.Companions = append(lock.Companions, backends.LockCompanion{Name: k.Name, Role: k.Key.Role})
		}
		signal = signal || k.Key.Role == profile.RoleSignal
	}
	for _, a := range answers[len(made):] {
		lock.Waiting = append(lock.Waiting, texts(a.value)...)
	}
	if lock.Variant == "" && lock.Library == "redisson" && len(lock.Waiting) > 0 {
		lock.Variant = "fair"
	}
	if signal && !lock.Waiters.Known() {
		return l.blocked(ctx, lock)
	}
	return nil
}

// blocked counts clients that wait in BLPOP, any of which may wait for the lock: the server does not tell
// for which key. It is asked at most each clientsEvery.
func (l locks) blocked(ctx context.Context, lock *backends.Lock) error {
	b := &l.s.blocked
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.at) > clientsEvery {
		v, err := l.s.one(ctx, "CLIENT", "LIST")
		if err != nil {
			return ignoreDenied(err)
		}
		text, _ := v.(string)
		b.at, b.n = time.Now(), blockedIn(text, "blpop")
	}
	lock.Waiters = backends.Count{Value: b.n, Certainty: backends.About}
	lock.WaitersBy = "clients blocked in BLPOP, on whichever key"
	return nil
}

// blockedIn counts the clients of CLIENT LIST that are blocked in a command
// (redis.io/docs/latest/commands/client-list).
func blockedIn(clients, cmd string) (n int64) {
	for line := range strings.Lines(clients) {
		words := strings.Fields(line)
		in := slices.Contains(words, "cmd="+cmd)
		blocked := slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "flags=") && strings.Contains(w, "b") })
		if in && blocked {
			n++
		}
	}
	return n
}
