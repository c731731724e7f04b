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

// jobRow is one queue of a job library while it is read: the commands for it and where their
// answers stand among those of all.
type jobRow struct {
	name  string
	match *profile.Match
	made  []profile.Made
	more  jobMore
	// counts, extra and head are the places of the first answers; head is -1 without a question.
	counts, extra, head int
	// headKey is the state whose next element was asked for, when the element.
	headKey *profile.Key
	next    string
}

// jobRows reads the queues of job systems: one row for each with its states, by the roles of the
// profile's keys. A queue whose keys are all gone is gone, unless a root or a sign still names it.
// Three rounds: counts and the next job's id; when that job was made; who works, for all at once.
func (l queues) jobRows(ctx context.Context, names []string, matches []*profile.Match) ([]row[backends.Queue], error) {
	rows := make([]*jobRow, len(names))
	var cmds []command
	for i, m := range matches {
		rows[i] = l.plan(names[i], m)
		cmds = rows[i].ask(cmds)
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	out := make([]row[backends.Queue], len(names))
	for i, r := range rows {
		q, there := jobQueue(r.name, r.match, r.made, answers[r.counts:])
		if !there && len(r.match.Profile.Roots) == 0 {
			out[i].state = gone
			continue
		}
		q.NetRate = l.s.slopes.rate("queue/"+q.Name, q.Total.Value, now)
		if r.more.tell != nil {
			r.more.tell(&q, jobTold{answers: answers[r.extra:], rates: &l.s.slopes, now: now})
		}
		if r.head >= 0 && answers[r.head].err == nil {
			r.next = firstText(answers[r.head].value)
		}
		out[i].item = q
	}
	if err := l.headTimes(ctx, rows, out); err != nil {
		return nil, err
	}
	return out, l.workers(ctx, rows, out)
}

func (l queues) plan(name string, m *profile.Match) *jobRow {
	r := &jobRow{name: name, match: m, head: -1, more: jobMores()[m.Profile.Library]}
	r.made = l.s.profiles.Keys(m.Profile, m.Vars, profile.State, profile.Sign)
	if l.s.jobs.heavy.has(name, time.Now()) {
		return r
	}
	for _, k := range r.made {
		if k.Key.Counts == profile.Ready && k.Key.Part == profile.State && (k.Key.Type == "list" || k.Key.Type == "zset") {
			r.headKey = k.Key
			break
		}
	}
	return r
}

// ask appends the commands of the row and remembers where they are.
func (r *jobRow) ask(cmds []command) []command {
	r.counts = len(cmds)
	for _, k := range r.made {
		if count := lengthBy(k.Key.Type); k.Key.Part == profile.State && count != "" {
			cmds = append(cmds, command{count, k.Name})
		} else {
			cmds = append(cmds, command{"EXISTS", k.Name})
		}
	}
	r.extra = len(cmds)
	if r.more.ask != nil {
		cmds = append(cmds, r.more.ask(r.match, r.fill)...)
	}
	if r.headKey == nil || r.match.Profile.Job == nil {
		return cmds
	}
	name := r.fill(r.headKey.Match)
	r.head = len(cmds)
	switch {
	case r.headKey.Type == "zset":
		return append(cmds, command{"ZRANGE", name, 0, 0, "WITHSCORES"})
	case r.match.Profile.Job.Oldest:
		return append(cmds, command{"LINDEX", name, -1})
	}
	return append(cmds, command{"LINDEX", name, 0})
}

// fill makes the name of a key of the row's object.
func (r *jobRow) fill(form string) string {
	name, _ := profile.Fill(form, r.match.Vars)
	return name
}

// firstText is a string answer, or of an element with its score the score.
func firstText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	if pair := texts(v); len(pair) == 2 {
		return pair[1]
	}
	return ""
}

// headTimes fills in when the next job of each queue was made. Jobs of which only the id is in the
// list are asked for it.
func (l queues) headTimes(ctx context.Context, rows []*jobRow, out []row[backends.Queue]) error {
	var asked asking
	now := time.Now()
	for i, r := range rows {
		job := r.match.Profile.Job
		switch {
		case r.next == "" || out[i].state != shown:
		case r.headKey.Type == "zset": // the score is when it is to run
			if at, ok := timeOf(r.next); ok && !at.After(now) {
				out[i].item.HeadTime = at
			}
		case job.Key != "" && job.Time != "":
			asked.add(i, command{"HGET", jobKey(job.Key, r.match.Vars, r.next, ""), job.Time})
		case job.In != "":
			asked.add(i, command{"HGET", jobKey(job.In, r.match.Vars, r.next, r.fill(r.headKey.Match)), r.next})
		default:
			l.s.jobs.heavy.note(r.name, len(r.next), now)
			out[i].item.HeadTime = rawJob{doc: parseDoc(r.next)}.time(job.Time)
		}
	}
	answers, err := l.s.many(ctx, asked.cmds)
	if err != nil {
		return err
	}
	for j, a := range answers {
		i := asked.of[j]
		text, _ := a.value.(string)
		job := rows[i].match.Profile.Job
		if job.In != "" {
			l.s.jobs.heavy.note(rows[i].name, len(text), now)
			out[i].item.HeadTime = rawJob{doc: parseDoc(text)}.time(job.Time)
			continue
		}
		out[i].item.HeadTime, _ = timeOf(text)
	}
	return nil
}

// jobKey fills the form of a job's own key or of the hash that holds it.
func jobKey(form string, vars profile.Vars, id, state string) string {
	all := profile.Vars{"id": id, "state": state}
	for k, v := range vars {
		if k != "id" && k != "state" {
			all[k] = v
		}
	}
	name, _ := profile.Fill(form, all)
	return name
}

// jobQueue adds up the states of one queue.
func jobQueue(name string, m *profile.Match, keys []profile.Made, answers []answer) (q backends.Queue, there bool) {
	q = backends.Queue{Name: name, Type: "jobs", Framework: m.Profile.Library, Profile: m.Profile.Name}
	var ready, unacked, apart tally
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
		if n > 0 || !k.Key.Rare {
			q.States = append(q.States, backends.NamedCount{Name: k.Key.Role, Count: count})
		}
		into := &apart
		switch k.Key.Counts {
		case profile.Ready:
			into = &ready
		case profile.Unacked:
			into = &unacked
		case profile.Apart:
		}
		into.add(count)
	}
	q.Ready, q.Unacked = ready.count(), unacked.count()
	all := tally{n: ready.n + unacked.n, known: ready.known || unacked.known, lacks: ready.lacks || unacked.lacks}
	if !all.known && !all.lacks {
		all = apart // a row of nothing but what is apart
	}
	q.Total = all.count()
	return q, there
}

// tally is a sum of counts. Without any it is unknown; when it lacks one it is a lower bound.
type tally struct {
	n            int64
	known, lacks bool
}

func (t *tally) add(c backends.Count) {
	t.n += c.Value
	t.known = t.known || c.Known()
	t.lacks = t.lacks || !c.Known()
}

func (t *tally) count() backends.Count {
	switch {
	case !t.known:
		return backends.Count{}
	case t.lacks:
		return backends.CountAtLeast(t.n)
	}
	return backends.ExactCount(t.n)
}
