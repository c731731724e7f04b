package rabbitmq

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"bustop/backends"
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
	nodes := s.address.nodes
	if len(nodes) < 2 {
		return
	}
	now := s.dialer.present()
	s.mu.Lock()
	left := s.left
	s.mu.Unlock()
	s.note(noteNode, "node "+now.String()+" (of "+strconv.Itoa(len(nodes))+")"+left.text())
}

// managementMoved is told by the client of the management API.
func (s *source) managementMoved(to, from url.URL, why error) {
	s.note(noteManagementNode, "management API of "+to.Host+failover{from.Host, why, time.Now()}.text())
}
