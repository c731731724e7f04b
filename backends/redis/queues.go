package redis

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/redis/profile"
)

const (
	// peekMax is the most messages of one peek, peekBytes where it stops earlier: LRANGE cannot
	// cut an element, so they are read a few at a time.
	peekMax   = 100
	peekBytes = 1 << 20
)

// queues is the role of lists. Which end is taken from next is the clients' affair and cannot
// be seen; elements are shown by their index, the head first.
type queues struct{ s *source }

// ListQueues implements backends.Queues.
func (l queues) ListQueues(ctx context.Context, q backends.Query) (backends.Page[backends.Queue], error) {
	return lister[backends.Queue]{kind: backends.KindQueue, needs: []string{"LLEN"}, read: l.rows}.list(ctx, l.s, q)
}

func (l queues) rows(ctx context.Context, names []string) ([]row[backends.Queue], error) {
	out := make([]row[backends.Queue], len(names))
	var lists, jobs []string
	var ofList, ofJob []int
	var matches []*profile.Match
	for i, name := range names {
		if m := l.jobSystem(name); m != nil {
			jobs, ofJob, matches = append(jobs, name), append(ofJob, i), append(matches, m)
		} else {
			lists, ofList = append(lists, name), append(ofList, i)
		}
	}
	plain, err := l.listRows(ctx, lists)
	if err != nil {
		return nil, err
	}
	for j, r := range plain {
		out[ofList[j]] = r
	}
	systems, err := l.jobRows(ctx, jobs, matches)
	if err != nil {
		return nil, err
	}
	for j, r := range systems {
		out[ofJob[j]] = r
	}
	return out, nil
}

// listRows reads queues that are lists.
func (l queues) listRows(ctx context.Context, names []string) ([]row[backends.Queue], error) {
	cmds := make([]command, len(names))
	for i, name := range names {
		cmds[i] = command{"LLEN", name}
	}
	answers, err := l.s.many(ctx, cmds)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	out := make([]row[backends.Queue], len(names))
	for i, name := range names {
		n, _ := answers[i].value.(int64)
		if answers[i].err != nil || n == 0 {
			out[i].state = absent(answers[i].err)
			continue
		}
		out[i].item = backends.Queue{
			Name: name, Type: "list", Ready: backends.ExactCount(n),
			Total: backends.ExactCount(n), NetRate: l.s.slopes.rate("queue/"+name, n, now),
		}
		if m := l.s.walker.catalog.matchOf(backends.KindQueue, name); m != nil {
			out[i].item.Framework, out[i].item.Profile = m.Profile.Library, m.Profile.Name
		}
	}
	return out, nil
}

// PlanPeek implements backends.Queues.
func (l queues) PlanPeek(ctx context.Context, name string) (backends.Plan, error) {
	plan := backends.Plan{Target: backends.Target{Kind: backends.KindQueue, Name: name}, Consent: backends.Free, Max: peekMax}
	m, err := l.find(ctx, name)
	if err == nil && m == nil {
		err = l.isList(ctx, name)
	}
	if err != nil {
		return backends.Plan{Target: plan.Target}, err
	}
	f, err := l.s.learn(ctx)
	if err != nil {
		return plan, err
	}
	if f.evicts() {
		plan.Effects = append(plan.Effects, fmt.Sprintf("Reading counts as a use of the key: under %s the server keeps it longer.", f.policy))
	}
	return plan, nil
}

// isList returns an error for a name that is no list.
func (l queues) isList(ctx context.Context, name string) error {
	n, err := l.s.one(ctx, "LLEN", name)
	if err != nil {
		return l.s.at.fault(name, err)
	}
	if n == int64(0) {
		return &backends.Error{
			Reason: backends.NotFound, Source: l.s.at.shown, Object: name, What: "no such list (an empty list does not exist)",
		}
	}
	return nil
}

// Peek implements backends.Queues.
func (l queues) Peek(ctx context.Context, look backends.Look) ([]backends.Message, error) {
	plan, err := l.PlanPeek(ctx, look.Target.Name)
	if err != nil {
		return nil, err
	}
	if look.Target.Kind != backends.KindQueue || !plan.Allows(look) {
		return nil, &backends.Error{
			Reason: backends.NotAllowed, Source: l.s.at.shown, Object: look.Target.Name, What: "not a queue", Err: backends.ErrRefused,
		}
	}
	want := min(max(look.N, 1), peekMax)
	if m, err := l.find(ctx, look.Target.Name); err != nil || m != nil {
		page, err := l.ReadJobs(ctx, look.Target.Name, "", 0, want)
		return page.Jobs, err
	}
	var out []backends.Message
	total, step := 0, 1
	for len(out) < want && total < peekBytes {
		first := len(out)
		last := min(first+step, want) - 1
		v, err := l.s.one(ctx, "LRANGE", look.Target.Name, first, last)
		if err != nil {
			return out, l.s.at.fault(look.Target.Name, err)
		}
		bodies := texts(v)
		for i, body := range bodies {
			out = append(out, element(look.Target, first+i, body))
			total += len(body)
		}
		if len(bodies) <= last-first {
			break
		}
		// Elements of a list are mostly alike: take as many as should fit in what is left.
		step = min(max((peekBytes-total)/(total/len(out)+1), 1), 4*step)
	}
	return out, nil
}

func element(target backends.Target, index int, body string) backends.Message {
	return backends.Message{
		Target: target, Position: fmt.Sprint(index), Time: time.Now(), TimeReceived: true,
		Body: []byte(body), Size: len(body),
	}
}

// slopes turns counts read again and again into rates.
type slopes struct {
	mu   sync.Mutex
	last map[string]sample
}

type sample struct {
	n    int64
	at   time.Time
	rate backends.Rate
}

const (
	// minSlope is the shortest time between two counts that make a rate.
	minSlope = 500 * time.Millisecond
	// maxSlope is the age at which a count is too old for one.
	maxSlope = time.Minute
	// maxSlopes bounds the table; it is emptied when it is full.
	maxSlopes = 20_000
)

// rate returns the change of a count in a second since it was last given, unknown at first.
func (s *slopes) rate(name string, n int64, now time.Time) backends.Rate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || len(s.last) > maxSlopes {
		s.last = map[string]sample{}
	}
	old, ok := s.last[name]
	passed := now.Sub(old.at)
	switch {
	case !ok || passed > maxSlope:
		s.last[name] = sample{n: n, at: now}
		return backends.Rate{}
	case passed < minSlope:
		return old.rate
	}
	rate := backends.ExactRate(float64(n-old.n) / passed.Seconds())
	s.last[name] = sample{n: n, at: now, rate: rate}
	return rate
}

var _ backends.JobQueues = queues{}
