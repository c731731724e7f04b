package redis

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// unackedBytes is the size of what Celery's workers hold up to which it is read to see of which queues it is.
const unackedBytes = 1 << 20

// celeryCrowd counts the mailboxes by which Celery's workers are controlled: each binds a queue of its own
// name to one exchange, and takes it away when it ends in order (docs.celeryq.dev, "Workers Guide"). Which
// queues a worker takes from is not written down. What workers hold and have not acknowledged tells its queue.
func celeryCrowd(ctx context.Context, l queues, _ string) (crowd, error) {
	answers, err := l.s.many(ctx, []command{
		{"SSCAN", "_kombu.binding.celery.pidbox", "0", "COUNT", maxWorkers}, {"HLEN", "unacked"}, {"MEMORY", "USAGE", "unacked"},
	})
	if err != nil {
		return crowd{}, err
	}
	var c crowd
	if parts, _ := answers[0].value.([]any); len(parts) == 2 {
		for _, member := range texts(parts[1]) {
			if strings.HasSuffix(member, ".celery.pidbox") {
				c.anywhere++
			}
		}
	}
	if c.anywhere > 0 {
		c.workers, c.about = map[string]int64{}, true
	}
	held, known := answers[1].value.(int64)
	size, sized := answers[2].value.(int64)
	switch {
	case !known || answers[1].err != nil:
	case held == 0:
		c.busy = map[string]int64{}
	case held <= maxThreads && sized && size <= unackedBytes:
		c.busy, c.atLeast, err = l.celeryHeld(ctx)
	}
	return c, err
}

// celeryHeld counts by queue what workers hold: [message, exchange, routing key]. The routing key is the
// queue's name as Celery declares queues; more says that some are routed otherwise.
func (l queues) celeryHeld(ctx context.Context) (busy map[string]int64, more bool, err error) {
	v, err := l.s.one(ctx, "HSCAN", "unacked", "0", "COUNT", maxThreads)
	if err != nil {
		return nil, false, err
	}
	parts, _ := v.([]any)
	if len(parts) != 2 {
		return nil, false, nil
	}
	busy, more = map[string]int64{}, parts[0] != "0"
	known := l.queuesOf(func(m *profile.Match) bool { return m.Profile.Name == "celery" })
	_, values := hashPart(parts)
	for _, value := range values {
		var held []json.RawMessage
		var route string
		if json.Unmarshal([]byte(value), &held) != nil || len(held) != 3 || json.Unmarshal(held[2], &route) != nil {
			return nil, false, nil // not Celery's
		}
		if known[route] == nil {
			more = true
			continue
		}
		busy[route]++
	}
	return busy, more, nil
}

// queuesOf are the queues of job systems that the walk has found, as far as they pass a test.
func (l queues) queuesOf(is func(*profile.Match) bool) map[string]*profile.Match {
	out := map[string]*profile.Match{}
	found, _ := l.s.walker.catalog.list(backends.KindQueue, "")
	for _, name := range found {
		if m := l.s.walker.catalog.matchOf(backends.KindQueue, name); m != nil && m.Key.Part != profile.Row && is(m) {
			out[name] = m
		}
	}
	return out
}

const (
	// supervisorLife is how long after its last sign a supervisor of Horizon counts as alive; they give one
	// each second.
	supervisorLife = 29 * time.Second
	maxHorizons    = 20
)

// horizonApp is one application's Horizon with the worker processes of its supervisors, by the queues that
// they take from: one, or several by commas.
type horizonApp struct {
	name, app string
	processes map[string]int64
	all       int64
	atLeast   bool
}

// horizons asks the supervisors that live (github.com/laravel/horizon,
// src/Repositories/RedisSupervisorRepository.php): each writes how many processes it has for each
// "connection:queues".
func (l queues) horizons(ctx context.Context) ([]horizonApp, error) {
	var apps []horizonApp
	var cmds []command
	alive := time.Now().Add(-supervisorLife).Unix()
	for name, m := range l.queuesOf(func(m *profile.Match) bool { return m.Profile.Library == "horizon" }) {
		if len(apps) == maxHorizons {
			break
		}
		apps = append(apps, horizonApp{name: name, app: m.Vars["app"], processes: map[string]int64{}})
		cmds = append(cmds, command{"ZRANGEBYSCORE", name + ":supervisors", alive, "+inf", "LIMIT", 0, maxWorkers})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	var supervisors asking
	for i, a := range answers {
		names := texts(a.value)
		apps[i].atLeast = len(names) == maxWorkers
		for _, name := range names {
			supervisors.add(i, command{"HGET", apps[i].name + ":supervisor:" + name, "processes"})
		}
	}
	answers, err = l.s.many(ctx, supervisors.cmds)
	if err != nil {
		return nil, err
	}
	for j, a := range answers {
		text, _ := a.value.(string)
		apps[supervisors.of[j]].add(text)
	}
	return apps, nil
}

// add counts the processes of a supervisor; one that has none writes an empty array.
func (a *horizonApp) add(text string) {
	var processes map[string]int64
	if json.Unmarshal([]byte(text), &processes) != nil {
		return
	}
	for pool, n := range processes {
		if _, queues, ok := strings.Cut(pool, ":"); ok && n > 0 {
			a.processes[queues] += n
			a.all += n
		}
	}
}

// horizonCrowd counts the processes of each application.
func horizonCrowd(ctx context.Context, l queues, _ string) (crowd, error) {
	apps, err := l.horizons(ctx)
	if err != nil {
		return crowd{}, err
	}
	c := crowd{workers: map[string]int64{}}
	for _, a := range apps {
		c.workers[a.name] = a.all
		c.atLeast = c.atLeast || a.atLeast
	}
	return c, nil
}

// laravelCrowd counts the processes that Horizon keeps for each queue. Others work unseen, so it is a lower
// bound.
func laravelCrowd(ctx context.Context, l queues, _ string) (crowd, error) {
	apps, err := l.horizons(ctx)
	if err != nil || len(apps) == 0 {
		return crowd{}, err
	}
	c := crowd{workers: map[string]int64{}, atLeast: true}
	for name := range l.queuesOf(func(m *profile.Match) bool { return m.Profile.Library == "laravel" }) {
		prefix, queue, _ := strings.Cut(name, "queues:")
		queue = strings.TrimSuffix(strings.TrimPrefix(queue, "{"), "}")
		for _, a := range apps {
			if !a.keeps(prefix) && (prefix != "" || len(apps) > 1) {
				continue
			}
			for queues, n := range a.processes {
				if slices.Contains(strings.Split(queues, ","), queue) {
					c.workers[name] += n
				}
			}
		}
	}
	return c, nil
}

// keeps reports whether queues under a prefix are of the same application: Laravel makes prefixes of the
// application's name, "shop_database_" and "shop_horizon:".
func (a *horizonApp) keeps(prefix string) bool {
	const separators = "_-:."
	app := strings.TrimRight(a.app, separators)
	rest, ok := strings.CutPrefix(prefix, app)
	return ok && app != "" && rest != "" && strings.ContainsAny(rest[:1], separators)
}
