package redis

import (
	"errors"
	"fmt"
	"time"

	"bustop/backends"
)

// status implements topology: live when all masters are, down when none is, stale in between.
// Nodes that are down are named.
func (c *cluster) status() backends.Status {
	c.mu.Lock()
	m, err, since := c.slots, c.err, c.since
	c.mu.Unlock()
	out := backends.Status{State: backends.Connecting}
	for _, n := range c.known() {
		total(&out, n.vitals.Status())
	}
	if m == nil {
		if err != nil {
			out.State, out.Err, out.Since = backends.Down, err, since
		}
		return out
	}
	replicas, down, live := 0, []backends.Status{}, 0
	var names []string
	for _, s := range m.shards {
		replicas += len(s.replicas)
		n, err := c.server(s)
		if err != nil {
			continue
		}
		st := n.vitals.Status()
		switch st.State {
		case backends.Live:
			live++
		case backends.Down, backends.Stale:
			down, names = append(down, st), append(names, n.at.addr)
		case backends.Connecting:
		}
		out.Since = later(out.Since, st.Since)
	}
	out.Notes = append(out.Notes, fmt.Sprintf("cluster of %s and %s", counted(len(m.shards), "master"), counted(replicas, "replica")))
	if c.at.replica {
		out.Notes = append(out.Notes, "reads from replicas")
	}
	for i, st := range down {
		out.Notes = append(out.Notes, fmt.Sprintf("%s is %s: %s: its part is not shown", names[i], st.State, causeText(st.Err)))
	}
	switch {
	case len(down) == 0 && live > 0:
		out.State = backends.Live
	case len(down) > 0 && live == 0:
		out.State, out.Err = backends.Down, down[0].Err
	case len(down) > 0:
		out.State, out.Err = backends.Stale, c.partly(len(down), len(m.shards), names[0], down[0].Err)
	}
	return out
}

func (c *cluster) partly(down, of int, name string, err error) error {
	what := fmt.Sprintf("%d of %d masters away: %s: %s", down, of, name, causeText(err))
	e := &backends.Error{Reason: backends.Unreachable, Source: c.at.shown, What: what, Err: err}
	var theirs *backends.Error
	if errors.As(err, &theirs) {
		e.Advice = theirs.Advice
	}
	return e
}

// total adds what one node has cost, and how new its data are.
func total(sum *backends.Status, st backends.Status) {
	sum.DataAt = later(sum.DataAt, st.DataAt)
	sum.Cost.Requests += st.Cost.Requests
	sum.Cost.PerSecond += st.Cost.PerSecond
	sum.Cost.BytesIn += st.Cost.BytesIn
	sum.Cost.BytesOut += st.Cost.BytesOut
	sum.Cost.Slowest = max(sum.Cost.Slowest, st.Cost.Slowest)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// counted is a number of things.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
