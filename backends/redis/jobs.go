package redis

import (
	"context"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

// lengthBy is the command that counts the elements of a key by its type.
func lengthBy(typ string) string {
	return map[string]string{
		"string": "STRLEN", "list": "LLEN", "hash": "HLEN", "set": "SCARD", "zset": "ZCARD", "stream": "XLEN",
	}[typ]
}

// jobSystem returns what a queue's profile says, nil when the queue is just a list.
func (l queues) jobSystem(name string) *profile.Match {
	m := l.s.walker.catalog.matchOf(backends.KindQueue, name)
	if m == nil || m.Key.Part == profile.Row {
		return nil
	}
	return m
}

// jobRows reads the queues of job systems: one row for each with its states, by the roles of the
// profile's keys. A queue whose keys are all gone is gone, unless a root or a sign still names it.
func (l queues) jobRows(ctx context.Context, names []string, matches []*profile.Match) ([]row[backends.Queue], error) {
	var cmds []command
	var made [][]profile.Made
	for _, m := range matches {
		keys := l.s.profiles.Keys(m.Profile, m.Vars, profile.State, profile.Sign)
		made = append(made, keys)
		for _, k := range keys {
			if count := lengthBy(k.Key.Type); k.Key.Part == profile.State && count != "" {
				cmds = append(cmds, command{count, k.Name})
			} else {
				cmds = append(cmds, command{"EXISTS", k.Name})
			}
		}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	out := make([]row[backends.Queue], len(names))
	for i, m := range matches {
		q, there := jobQueue(names[i], m, made[i], answers[:len(made[i])])
		answers = answers[len(made[i]):]
		if !there && len(m.Profile.Roots) == 0 {
			out[i].state = gone
			continue
		}
		q.NetRate = l.s.slopes.rate("queue/"+q.Name, q.Total.Value, now)
		out[i].item = q
	}
	return out, nil
}

// jobQueue adds up the states of one queue.
func jobQueue(name string, m *profile.Match, keys []profile.Made, answers []answer) (q backends.Queue, there bool) {
	q = backends.Queue{Name: name, Type: "jobs", Framework: m.Profile.Library}
	ready, unacked := backends.ExactCount(0), backends.ExactCount(0)
	for i, k := range keys {
		n, ok := answers[i].value.(int64)
		there = there || n > 0
		if k.Key.Part != profile.State {
			continue
		}
		count := backends.ExactCount(n)
		if !ok || answers[i].err != nil {
			count = backends.Count{}
		}
		if n > 0 || k.Key.Counts != profile.Apart {
			q.States = append(q.States, backends.NamedCount{Name: k.Key.Role, Count: count})
		}
		switch k.Key.Counts {
		case profile.Ready:
			ready = plus(ready, count)
		case profile.Unacked:
			unacked = plus(unacked, count)
		case profile.Apart:
		}
	}
	q.Ready, q.Unacked, q.Total = ready, unacked, plus(ready, unacked)
	return q, there
}

// plus adds counts; what is unknown makes the sum a lower bound.
func plus(a, b backends.Count) backends.Count {
	sum := backends.Count{Value: a.Value + b.Value, Certainty: a.Certainty}
	if !b.Known() && a.Known() {
		sum.Certainty = backends.AtLeast
	}
	return sum
}
