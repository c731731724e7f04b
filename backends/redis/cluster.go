package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

const (
	// mapEvery is how seldom the slot map is asked for again because a node sent us elsewhere or
	// does not answer, mapAge how old it gets when none does.
	mapEvery = time.Second
	mapAge   = time.Minute
	// maxNodes bounds the servers that we connect to, whatever a cluster tells.
	maxNodes = 1000
)

// cluster is a source of several servers, each of which has a part of the keyspace.
//
// It is a router of our own over node rather than the library's cluster client, because that one
// retries by itself, sends as much at once as it likes, connects to every node to measure it and
// logs in by itself. Here each node has at most one request in flight, nothing is sent twice but
// what a node did not execute (MOVED, ASK), and every connection is gated and counted.
type cluster struct {
	at  address
	opt backends.Options

	asking chan struct{} // holds one token: one question for the map

	mu     sync.Mutex
	nodes  map[string]*node
	slots  *slotMap
	asked  time.Time // when the map was asked for last
	heeded time.Time // when it was read last
	stale  bool      // somebody has learnt that the map is not true any more
	err    error     // why the map cannot be had
	since  time.Time // of err
	moved  uint64
	closed bool
}

func newCluster(at address, opt backends.Options) *cluster {
	c := &cluster{at: at, opt: opt, nodes: map[string]*node{}, asking: make(chan struct{}, 1)}
	c.asking <- struct{}{}
	return c
}

// node returns the node of an address, which may be new.
func (c *cluster) node(addr string) (*node, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, ok := c.nodes[addr]; ok {
		return n, nil
	}
	own, err := c.at.to(addr)
	switch {
	case c.closed:
		return nil, c.at.fault("", errClosed)
	case err != nil:
		return nil, c.at.fault("", fmt.Errorf("the cluster announces an address that is none: %w", err))
	case len(c.nodes) >= maxNodes:
		return nil, &backends.Error{Source: c.at.shown, What: fmt.Sprintf("the cluster has more than %d nodes", maxNodes)}
	}
	n := newNode(own, c.opt, &backends.Vitals{})
	n.dialer.member, n.dialer.readOnly = true, c.at.replica
	c.nodes[addr] = n
	return n, nil
}

// layout returns the slot map, asking for it when there is none or when it is known to be wrong.
func (c *cluster) layout(ctx context.Context) (*slotMap, error) {
	if m, fresh := c.current(); fresh {
		return m, nil
	}
	select {
	case <-c.asking:
		defer func() { c.asking <- struct{}{} }()
	case <-ctx.Done():
		return nil, c.at.fault("", ctx.Err())
	}
	m, fresh := c.current()
	if fresh {
		return m, nil // somebody else has asked meanwhile
	}
	next, err := c.ask(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = time.Now()
	if err != nil {
		if c.err == nil {
			c.since = c.asked
		}
		c.err = err
		if c.slots != nil {
			return c.slots, nil // it may still hold
		}
		return nil, err
	}
	if c.slots != nil && c.slots.owner != next.owner {
		c.moved++
	}
	c.slots, c.heeded, c.stale, c.err = next, c.asked, false, nil
	return next, nil
}

// current is the map, and whether it may be used without asking.
func (c *cluster) current() (m *slotMap, fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.slots == nil {
		return nil, false
	}
	due := c.stale || c.err != nil || time.Since(c.heeded) > mapAge
	return c.slots, !due || time.Since(c.asked) < mapEvery
}

// doubt says that the map is not true any more.
func (c *cluster) doubt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stale = true
}

// ask asks one node after the other for the map until one tells it: those that are known to be
// live first, then those of the URL.
func (c *cluster) ask(ctx context.Context) (*slotMap, error) {
	var live, others []string
	for _, n := range c.known() {
		if n.vitals.Status().State == backends.Live {
			live = append(live, n.at.addr)
		} else {
			others = append(others, n.at.addr)
		}
	}
	var fault error
	tried := map[string]bool{}
	for _, addr := range slices.Concat(live, c.at.hosts, others) {
		if tried[addr] {
			continue
		}
		tried[addr] = true
		m, err := c.askNode(ctx, addr)
		if err == nil {
			return m, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
		if fault == nil || backends.ReasonOf(fault) == backends.Unreachable {
			fault = err
		}
	}
	return nil, fault
}

func (c *cluster) askNode(ctx context.Context, addr string) (*slotMap, error) {
	n, err := c.node(addr)
	if err != nil {
		return nil, err
	}
	v, err := n.one(ctx, "CLUSTER", "SLOTS")
	m := readSlots(v, n.at.host)
	if reason := backends.ReasonOf(err); err != nil && (reason == backends.Denied || reason == backends.Unsupported) {
		// CLUSTER SLOTS may go away one day, or be the one of the two that this user may not ask.
		if v, again := n.one(ctx, "CLUSTER", "SHARDS"); again == nil {
			m, err = readShards(v, n.at.host, n.at.tls != nil), nil
		}
	}
	if err != nil {
		return nil, notCluster(n, err)
	}
	if len(m.shards) == 0 {
		return nil, &backends.Error{
			Source: n.at.shown, What: "no node of the cluster has any slots", Advice: "redis-cli --cluster create joins nodes to a cluster",
		}
	}
	return m, nil
}

// notCluster says so when a server has cluster support disabled.
func notCluster(n *node, err error) error {
	r, ok := replyOf(err)
	if !ok || !containsFold(r.text, "cluster support disabled") {
		return err
	}
	return &backends.Error{
		Reason: backends.BadUsage, Source: n.at.shown, What: "the server is not in a cluster",
		Advice: "open it by redis://" + n.at.addr, Err: err,
	}
}

// server is the node that answers for a shard: its master, or a replica when those are to be
// read and one is there.
func (c *cluster) server(s shard) (*node, error) {
	if c.at.replica {
		for _, addr := range s.replicas {
			n, err := c.node(addr)
			if err == nil && n.vitals.Status().State != backends.Down {
				return n, nil
			}
		}
	}
	return c.node(s.master)
}

// masters implements topology.
func (c *cluster) masters(ctx context.Context) ([]*node, error) {
	m, err := c.layout(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]*node, 0, len(m.shards))
	for _, s := range m.shards {
		n, err := c.server(s)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// everyone implements topology.
func (c *cluster) everyone(ctx context.Context) ([]*node, error) {
	m, err := c.layout(ctx)
	if err != nil {
		return nil, err
	}
	var out []*node
	for _, s := range m.shards {
		for _, addr := range append([]string{s.master}, s.replicas...) {
			n, err := c.node(addr)
			if err != nil {
				return nil, err
			}
			out = append(out, n)
		}
	}
	return out, nil
}

// owner implements topology. A pattern has no owner; any node passes it what is published.
func (c *cluster) owner(ctx context.Context, key string) (*node, error) {
	m, err := c.layout(ctx)
	if err != nil {
		return nil, err
	}
	s, ok := m.shardOf(slotOf(key))
	if !ok {
		return nil, &backends.Error{Source: c.at.shown, Object: key, What: fmt.Sprintf("no node has slot %d", slotOf(key))}
	}
	n, err := c.server(s)
	if err == nil && n.vitals.Status().State == backends.Down {
		c.doubt()
	}
	return n, err
}

// known implements topology.
func (c *cluster) known() []*node {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*node, 0, len(c.nodes))
	for _, n := range c.nodes {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b *node) int { return compareText(a.at.addr, b.at.addr) })
	return out
}

// moves implements topology.
func (c *cluster) moves() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moved
}

// slotsMoving is what a listing says that was walked meanwhile.
const slotsMoving = "slots are on the move between nodes: some keys may be missing until the next walk"

// settled implements topology.
func (c *cluster) settled(ctx context.Context) (moving bool) {
	c.mu.Lock()
	c.stale, c.asked = true, time.Time{}
	c.mu.Unlock()
	nodes, err := c.masters(ctx)
	if err != nil {
		return true
	}
	for _, s := range askAll(ctx, nodes, []command{{"CLUSTER", "NODES"}}) {
		if s.err != nil || s.answers[0].err != nil {
			continue
		}
		text, _ := s.answers[0].value.(string)
		moving = moving || movesSlots(text)
	}
	return moving
}

// movesSlots reads CLUSTER NODES. A node tells only of its own slots that they are on the move, at the end
// of its own line (redis.io/docs/latest/commands/cluster-nodes).
func movesSlots(text string) bool {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) > 8 && strings.Contains(fields[2], "myself") {
			return slices.ContainsFunc(fields[8:], func(f string) bool { return strings.HasPrefix(f, "[") })
		}
	}
	return false
}

// close implements topology.
func (c *cluster) close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	var errs []error
	for _, n := range c.known() {
		errs = append(errs, n.close())
	}
	return errors.Join(errs...)
}

// unreachable is the error of a node at an address that the cluster announced and that is not
// one of the URL's: such addresses are often those of a network of its own.
func (d *dialer) unreachable(err error) error {
	var e *backends.Error
	var dialing *net.OpError
	if !d.member || !errors.As(err, &e) || e.Reason != backends.Unreachable || slices.Contains(d.at.hosts, d.at.addr) ||
		!errors.As(err, &dialing) || dialing.Op != "dial" {
		return err
	}
	return &backends.Error{
		Reason: e.Reason, Source: e.Source, What: e.What,
		Advice: "the cluster announces this address; behind NAT or in containers its nodes need cluster-announce-ip, -port or -hostname that clients reach", Err: err,
	}
}
