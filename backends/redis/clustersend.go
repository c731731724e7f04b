package redis

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

func compareText(a, b string) int { return cmp.Compare(a, b) }

func containsFold(s, part string) bool { return strings.Contains(strings.ToLower(s), part) }

// batch is what goes to one node together.
type batch struct {
	node *node
	// at are the places of the commands in the request.
	at []int
	// ask: the slot is on the move and the node answers only who says ASKING.
	ask bool
}

// timed implements topology. The nodes are asked at the same time, each with one request; the
// time is that of the slowest.
func (c *cluster) timed(ctx context.Context, cmds []command) ([]answer, time.Duration, error) {
	out := make([]answer, len(cmds))
	batches, err := c.split(ctx, cmds, out)
	if err != nil {
		return nil, 0, err
	}
	took := c.send(ctx, cmds, out, batches)
	if again := c.redirected(out, batches); len(again) > 0 {
		took += c.send(ctx, cmds, out, again)
	}
	if err := c.failed(ctx, out); err != nil {
		return nil, took, err
	}
	return out, took, nil
}

// split sorts commands by the nodes that answer them. Those of slots that nobody has are answered
// here.
func (c *cluster) split(ctx context.Context, cmds []command, out []answer) ([]*batch, error) {
	m, err := c.layout(ctx)
	if err != nil {
		return nil, err
	}
	var order []*batch
	of := map[*node]*batch{}
	for i, cmd := range cmds {
		n, err := c.route(m, cmd)
		if err != nil {
			out[i].err = err
			continue
		}
		b := of[n]
		if b == nil {
			b = &batch{node: n}
			of[n] = b
			order = append(order, b)
		}
		b.at = append(b.at, i)
	}
	return order, nil
}

// route is the node that answers a command: the one that has its key, or any that is there.
func (c *cluster) route(m *slotMap, cmd command) (*node, error) {
	key, ok := keyOf(cmd)
	if ok {
		s, owned := m.shardOf(slotOf(key))
		if !owned {
			c.doubt()
			return nil, &backends.Error{Reason: backends.Unreachable, Source: c.at.shown, Object: key, What: "no node of the cluster has its slot"}
		}
		return c.server(s)
	}
	var other *node
	for _, s := range m.shards {
		n, err := c.server(s)
		if err != nil {
			return nil, err
		}
		if n.vitals.Status().State == backends.Live {
			return n, nil
		}
		// While none is known to be live, one that was not tried yet is better than one that is down.
		if other == nil || n.vitals.Status().State == backends.Connecting {
			other = n
		}
	}
	return other, nil
}

// send sends the batches and puts the answers in their places.
func (c *cluster) send(ctx context.Context, cmds []command, out []answer, batches []*batch) time.Duration {
	took := make([]time.Duration, len(batches))
	var all sync.WaitGroup
	for i, b := range batches {
		all.Go(func() { took[i] = c.sendOne(ctx, cmds, out, b) })
	}
	all.Wait()
	var longest time.Duration
	for _, t := range took {
		longest = max(longest, t)
	}
	return longest
}

// sendOne sends a batch. No two batches have a place in common.
func (c *cluster) sendOne(ctx context.Context, cmds []command, out []answer, b *batch) time.Duration {
	var part []command
	for _, i := range b.at {
		if b.ask {
			part = append(part, command{"ASKING"})
		}
		part = append(part, cmds[i])
	}
	answers, took, err := b.node.timed(ctx, part)
	if err != nil {
		if ctx.Err() == nil && backends.ReasonOf(err) == backends.Unreachable {
			c.doubt() // a replica may have taken over
		}
		for _, i := range b.at {
			out[i] = answer{err: err}
		}
		return took
	}
	for k, i := range b.at {
		if b.ask {
			k = 2*k + 1
		}
		out[i] = answers[k]
	}
	return took
}

// redirected are the commands that nodes have sent elsewhere, once more. They were not executed.
// That a slot has moved for good makes the map be asked for, at most once in a while: the next
// requests go right, and this one follows what the node said.
func (c *cluster) redirected(out []answer, batches []*batch) []*batch {
	type place struct {
		node *node
		ask  bool
	}
	var order []*batch
	of := map[place]*batch{}
	for _, b := range batches {
		for _, i := range b.at {
			r, ok := replyOf(out[i].err)
			if !ok {
				continue
			}
			to, ok := readRedirect(r, b.node.at.host)
			if !ok {
				continue
			}
			if !to.ask {
				c.doubt()
			}
			n, err := c.node(to.addr)
			if err != nil {
				out[i].err = err
				continue
			}
			p := place{n, to.ask}
			if of[p] == nil {
				of[p] = &batch{node: n, ask: to.ask}
				order = append(order, of[p])
			}
			of[p].at = append(of[p].at, i)
		}
	}
	return order
}

// failed is the error of a request that no node answered when none is there at all. While one is,
// each answer has its own error.
func (c *cluster) failed(ctx context.Context, out []answer) error {
	if err := ctx.Err(); err != nil {
		return c.at.fault("", err)
	}
	var fault error
	for _, a := range out {
		if a.err == nil || backends.ReasonOf(a.err) != backends.Unreachable {
			return nil
		}
		fault = a.err
	}
	if fault != nil && slices.ContainsFunc(c.known(), func(n *node) bool { return n.vitals.Status().State == backends.Live }) {
		return nil
	}
	return fault
}
