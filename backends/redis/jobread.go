package redis

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

const (
	// jobsMax is the most jobs of one read.
	jobsMax = 500
	// maxJobBody is the length from which a payload is not read, maxJobField from which a field
	// beside it is not: neither can be cut by the server.
	maxJobBody, maxJobField = 1 << 20, 64 << 10
	// jobStringBytes is how much is read of a job that is a string, which can be cut.
	jobStringBytes = 256 << 10
	// unordered bounds what is passed over of a set or a hash, whose elements have no places.
	unordered = 2000
)

// ReadJobs implements backends.JobQueues.
func (l queues) ReadJobs(ctx context.Context, queue, state string, offset, n int) (backends.JobPage, error) {
	m, err := l.find(ctx, queue)
	if err != nil {
		return backends.JobPage{}, err
	}
	if m == nil {
		return backends.JobPage{}, &backends.Error{
			Reason: backends.NotFound, Source: l.s.at.shown, Object: queue, What: "no queue of a job library",
		}
	}
	k, total, err := l.state(ctx, queue, m, state)
	if err != nil {
		return backends.JobPage{}, err
	}
	r := jobReader{l: l, target: backends.Target{Kind: backends.KindQueue, Name: queue}, match: m, state: k, offset: max(offset, 0)}
	page := backends.JobPage{State: k.Key.Role, Total: total}
	page.Jobs, err = r.read(ctx, min(max(n, 1), jobsMax))
	return page, err
}

// state finds the key of a state by its word, and how many jobs it has. "" is the first of the ready
// states that has any.
func (l queues) state(ctx context.Context, queue string, m *profile.Match, word string) (profile.Made, backends.Count, error) {
	var cmds []command
	made := l.s.profiles.Keys(m.Profile, m.Vars, profile.State)
	words := make([]string, len(made))
	for i, k := range made {
		words[i] = k.Key.Role
		cmds = append(cmds, command{lengthBy(k.Key.Type), k.Name})
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return profile.Made{}, backends.Count{}, err
	}
	at := slices.Index(words, word)
	if word == "" {
		at = 0
		for i, k := range made {
			if n, _ := answers[i].value.(int64); n > 0 && k.Key.Counts == profile.Ready {
				at = i
				break
			}
		}
	}
	if at < 0 {
		return profile.Made{}, backends.Count{}, &backends.Error{
			Reason: backends.BadUsage, Source: l.s.at.shown, Object: queue, What: fmt.Sprintf("no state %q", word),
			Advice: fmt.Sprintf("it has %v", words),
		}
	}
	if answers[at].err != nil {
		return profile.Made{}, backends.Count{}, l.s.at.fault(queue, answers[at].err)
	}
	n, _ := answers[at].value.(int64)
	return made[at], backends.ExactCount(n), nil
}

// find returns what a queue is by the walk or, where that has not come to it, by looking at the keys
// that the libraries would have made for it; nil when it is no queue of theirs.
func (l queues) find(ctx context.Context, name string) (*profile.Match, error) {
	if m := l.jobSystem(name); m != nil {
		return m, nil
	}
	var keys []sighting
	var cmds []command
	for _, p := range l.s.profiles.Profiles() {
		vars, ok := profile.Parse(p.Object, name)
		if p.Kind != profile.Queue || p.Object == "" || !ok {
			continue
		}
		for _, k := range l.s.profiles.Keys(p, vars, profile.State, profile.Sign) {
			keys = append(keys, sighting{name: k.Name, left: -1})
			cmds = append(cmds, command{"TYPE", k.Name})
		}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	for i := range keys {
		keys[i].typ, _ = answers[i].value.(string)
	}
	keys = slices.DeleteFunc(keys, func(k sighting) bool { return k.typ == "" || k.typ == "none" })
	evidence, err := l.s.gather(ctx, &lane{}, keys)
	if err != nil {
		return nil, err
	}
	for _, e := range evidence {
		if m, ok := l.s.profiles.Recognise(e); ok && m.Names() && m.Key.Part != profile.Row && m.Object == name {
			return &m, nil
		}
	}
	return l.rooted(ctx, name)
}

// rooted finds a queue without any key that a library's set of names has.
func (l queues) rooted(ctx context.Context, name string) (*profile.Match, error) {
	for _, p := range l.s.profiles.Profiles() {
		vars, ok := profile.Parse(p.Object, name)
		if p.Kind != profile.Queue || p.Object == "" || !ok {
			continue
		}
		for _, root := range p.Roots {
			member, ok := profile.Fill(rootMember(root), vars)
			if root.Set == "" || !ok {
				continue
			}
			v, err := l.s.one(ctx, "SISMEMBER", root.Set, member)
			if backends.ReasonOf(err) == backends.Unreachable && err != nil {
				return nil, err
			}
			if m, ok := l.s.profiles.FromRoot(p, root, member); ok && v == int64(1) && m.Object == name {
				return &m, nil
			}
		}
	}
	return nil, nil
}

func rootMember(r profile.Root) string {
	if r.Member == "" {
		return "<name>"
	}
	return r.Member
}

// jobReader reads a part of a state.
type jobReader struct {
	l      queues
	target backends.Target
	match  *profile.Match
	state  profile.Made
	offset int
}

func (r jobReader) read(ctx context.Context, n int) ([]backends.Message, error) {
	found, err := r.elements(ctx, n)
	if err != nil {
		return nil, err
	}
	if err := r.payloads(ctx, found); err != nil {
		return nil, err
	}
	out := make([]backends.Message, len(found))
	for i, j := range found {
		out[i] = j.message(r.target, r.match.Profile, r.state.Key, r.offset+i)
	}
	return out, nil
}

// whole reports whether the elements are the jobs themselves.
func (r jobReader) whole() bool { return r.match.Profile.Job.Key == "" && r.match.Profile.Job.In == "" }

// elements reads n elements from the offset on, large ones a few at a time.
func (r jobReader) elements(ctx context.Context, n int) ([]rawJob, error) {
	switch r.state.Key.Type {
	case "set", "hash":
		return r.scan(ctx, n)
	}
	var out []rawJob
	step, total := n, 0
	if r.whole() {
		step = 1
	}
	for len(out) < n && total < peekBytes {
		want := min(step, n-len(out))
		v, err := r.l.s.one(ctx, r.command(r.offset+len(out), want)...)
		if err != nil {
			return out, r.l.s.at.fault(r.target.Name, err)
		}
		got := r.took(texts(v))
		for _, j := range got {
			total += len(j.id)
		}
		out = append(out, got...)
		if len(got) < want {
			break
		}
		step = min(max((peekBytes-total)/(total/len(out)+1), 1), 4*step)
	}
	return out, nil
}

// command reads a range of the state in the order in which it is shown.
func (r jobReader) command(first, n int) command {
	last := first + n - 1
	switch k := r.state.Key; {
	case k.Type == "zset" && k.Newest:
		return command{"ZREVRANGE", r.state.Name, first, last, "WITHSCORES"}
	case k.Type == "zset":
		return command{"ZRANGE", r.state.Name, first, last, "WITHSCORES"}
	case r.fromTail():
		return command{"LRANGE", r.state.Name, -1 - last, -1 - first}
	}
	return command{"LRANGE", r.state.Name, first, last}
}

// fromTail: what is next, or newest, is at the list's tail.
func (r jobReader) fromTail() bool { return r.match.Profile.Job.Oldest != r.state.Key.Newest }

// took makes elements of an answer to command.
func (r jobReader) took(flat []string) (out []rawJob) {
	if r.state.Key.Type == "zset" {
		for i := 0; i+1 < len(flat); i += 2 {
			score, err := strconv.ParseFloat(flat[i+1], 64)
			out = append(out, rawJob{id: flat[i], score: score, scored: err == nil && !math.IsInf(score, 0)})
		}
		return out
	}
	for _, s := range flat {
		out = append(out, rawJob{id: s})
	}
	if r.fromTail() {
		slices.Reverse(out)
	}
	return out
}

// scan reads elements that have no places: those that a walk meets from the offset on.
func (r jobReader) scan(ctx context.Context, n int) ([]rawJob, error) {
	name, cursor := "SSCAN", "0"
	if r.state.Key.Type == "hash" {
		name = "HSCAN"
	}
	var out []rawJob
	for {
		v, err := r.l.s.one(ctx, name, r.state.Name, cursor, "COUNT", 100)
		if err != nil {
			return nil, r.l.s.at.fault(r.target.Name, err)
		}
		parts, _ := v.([]any)
		if len(parts) != 2 {
			break
		}
		if name == "HSCAN" {
			_, values := hashPart(parts)
			out = append(out, r.took(values)...)
		} else {
			out = append(out, r.took(texts(parts[1]))...)
		}
		cursor, _ = parts[0].(string)
		if cursor == "0" || len(out) >= min(r.offset+n, unordered) {
			break
		}
	}
	out = out[min(r.offset, len(out)):]
	return out[:min(n, len(out))], nil
}
