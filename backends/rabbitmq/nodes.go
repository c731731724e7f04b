package rabbitmq

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// present is the node that is connected to.
func (d *dialer) present() endpoint {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.address.nodes[d.node]
}

// anyNode logs in to the node that worked last or, when that cannot be reached, to the next. A node
// that answers and refuses is believed: the users of a cluster are the same on all nodes.
func (d *dialer) anyNode(ctx context.Context) (*session, error) {
	d.mu.Lock()
	first := d.node
	d.mu.Unlock()
	nodes := d.address.nodes
	var why error
	for i := range nodes {
		n := (first + i) % len(nodes)
		sess, err := d.login(ctx, nodes[n])
		if err == nil {
			d.stay(n, first, why)
			return sess, nil
		}
		if why == nil {
			why = err
		}
		if ctx.Err() != nil || backends.ReasonOf(err) != backends.Unreachable {
			return nil, err
		}
	}
	return nil, why
}

// stay makes the node that worked the first to be tried from now on.
func (d *dialer) stay(now, before int, why error) {
	d.mu.Lock()
	d.node = now
	d.mu.Unlock()
	if now != before && d.moved != nil {
		d.moved(d.address.nodes[before], why)
	}
}

// failover is what is said of a node that was left for another.
type failover struct {
	from string
	why  error
	at   time.Time
}

func (f failover) text() string {
	if f.from == "" {
		return ""
	}
	what := "does not answer"
	var ours *backends.Error
	if errors.As(f.why, &ours) {
		what = ours.What
	}
	return "; left " + f.from + " at " + f.at.Format(time.TimeOnly) + ": " + what
}

// nodeMoved is told by the dialer.
func (s *source) nodeMoved(from endpoint, why error) {
	s.mu.Lock()
	s.left = failover{from.String(), why, time.Now()}
	s.mu.Unlock()
	s.noteNode()
}

// noteNode says which of several nodes the standing connection is to.
func (s *source) noteNode() {
	s.mu.Lock()
	left := s.left
	s.mu.Unlock()
	if n := len(s.address.nodes); n > 1 {
		s.note(noteNode, "node "+s.dialer.present().String()+" (of "+strconv.Itoa(n)+")"+left.text())
	}
}

// managementMoved is told by the client of the management API.
func (s *source) managementMoved(to, from url.URL, why error) {
	s.noteManagement(to, failover{from.Host, why, time.Now()})
}

// noteManagement says which of several nodes serves the management API.
func (s *source) noteManagement(now url.URL, left failover) {
	if n := len(s.address.management); n > 1 {
		s.note(noteManagementNode, "management API of "+now.Host+" (of "+strconv.Itoa(n)+")"+left.text())
	}
}

// ReadNodes reads the nodes of the cluster, those in trouble first.
func (s *source) ReadNodes(ctx context.Context) ([]backends.BrokerNode, error) {
	var out []backends.BrokerNode
	err := s.manage(ctx, func(ctx context.Context) error {
		overview, err := s.overview(ctx)
		if err != nil {
			return err
		}
		var rows management.List[management.Node]
		if err := s.client.Get(ctx, management.To("/api/nodes"), url.Values{"columns": {management.NodeColumns}}, &rows); err != nil {
			return err
		}
		for i := range rows {
			out = append(out, s.nodeFrom(&rows[i], rows[i].Name == overview.Node || len(rows) == 1))
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b backends.BrokerNode) int {
		ill := func(n backends.BrokerNode) int {
			switch {
			case n.Down:
				return 0
			case n.MemoryAlarm.Known() || n.DiskAlarm.Known() || len(n.Partitions) > 0:
				return 1
			case n.Draining:
				return 2
			}
			return 3
		}
		return cmp.Or(cmp.Compare(ill(a), ill(b)), cmp.Compare(a.Name, b.Name))
	})
	return out, err
}

func (s *source) nodeFrom(n *management.Node, ours bool) backends.BrokerNode {
	usage := func(used, limit management.Number) backends.Usage {
		return backends.Usage{Used: used.Count(), Limit: limit.Count()}
	}
	out := backends.BrokerNode{
		Name: string(n.Name), Ours: ours, Down: n.Running == false, Draining: bool(n.Draining), Kind: string(n.Kind),
		Memory: usage(n.MemoryUsed, n.MemoryLimit), DiskFree: n.DiskFree.Count(), DiskLimit: n.DiskLimit.Count(),
		Files: usage(n.FilesUsed, n.FilesTotal), Sockets: usage(n.SocketsUsed, n.SocketsTotal), Processes: usage(n.ProcessesUsed, n.ProcessesMax),
		RunQueue: n.RunQueue.Count(), Partitions: partitions(n),
	}
	if n.Uptime.Known {
		out.Uptime = backends.ExactSpan(time.Duration(n.Uptime.Value) * time.Millisecond)
	}
	if n.MemoryAlarm {
		out.MemoryAlarm = s.alarms.since(blocking("memory", out.Name), time.Now())
	}
	if n.DiskAlarm {
		out.DiskAlarm = s.alarms.since(blocking("disk", out.Name), time.Now())
	}
	return out
}

// partitions are the nodes that one has lost sight of.
func partitions(n *management.Node) []string {
	all, _ := n.Partitions.([]any)
	var out []string
	for _, one := range all {
		if name, ok := one.(string); ok {
			out = append(out, name)
		}
	}
	return out
}

// sinceBook remembers since when alarms are on, which the server does not tell.
type sinceBook struct {
	mu     sync.Mutex
	dated  bool // there was a reading before
	alarms map[string]dated
}

// dated is when something was seen first; begun: the reading before did not have it.
type dated struct {
	at    time.Time
	begun bool
}

// date takes in all alarms that are on and says for how long.
func (b *sinceBook) date(alarms []backends.Alarm, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := make(map[string]dated, len(alarms))
	for i := range alarms {
		text := alarms[i].Text
		d, known := b.alarms[text]
		if !known {
			d = dated{now, b.dated}
		}
		next[text] = d
		alarms[i].For = d.span(now)
	}
	b.alarms, b.dated = next, true
}

// since is how long an alarm has been on, which is on now.
func (b *sinceBook) since(text string, now time.Time) backends.Span {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d, known := b.alarms[text]; known {
		return d.span(now)
	}
	return dated{now, b.dated}.span(now)
}

// span is a lower bound, unless the beginning was seen, to within a reading.
func (d dated) span(now time.Time) backends.Span {
	certainty := backends.AtLeast
	if d.begun {
		certainty = backends.About
	}
	return backends.Span{Value: now.Sub(d.at), Certainty: certainty}
}
