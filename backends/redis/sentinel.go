package redis

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/redis/resp"
)

const (
	// askTime bounds the question to one sentinel.
	askTime = time.Second
	// askEvery is how seldom they are asked while the connection stands. Sentinels end a
	// connection to a server that they turn into a replica, but not to one they cannot reach while
	// we can.
	askEvery = 5 * time.Second
)

// sentinels find the server that is the master now, or one of its replicas
// (redis.io/docs/latest/develop/reference/sentinel-clients). They are asked for each connection, so
// whoever reconnects after a failover is at the right server; sentinels close the connections
// to a server that they turn into a replica.
type sentinels struct {
	at      address // of the source
	dialers map[string]*dialer

	mu sync.Mutex
	// order of the sentinels, the one that answered last first.
	order []string
	// last is the server they named, before the one of before, and since when.
	last, before string
	since        time.Time
	// asked is when they were asked last, linked the server that the last connection led to; split
	// says that earlier ones may lead elsewhere.
	asked  time.Time
	linked string
	split  bool
}

// newGuarded returns the one node of a source that sentinels guard.
func newGuarded(at address, opt backends.Options, vitals *backends.Vitals) *node {
	n := newNode(at, opt, vitals)
	s := &sentinels{at: at, order: slices.Clone(at.hosts), dialers: map[string]*dialer{}}
	for _, addr := range at.hosts {
		own, _ := at.to(addr)
		own.user, own.password, own.db = at.sentinel.user, at.sentinel.password, 0
		s.dialers[addr] = newDialer(own, opt, vitals, n.tracer)
		s.dialers[addr].touches = touched // they have no keys
	}
	n.dialer.where, n.dialer.role = s.link, "master"
	n.moved = func(ctx context.Context) (string, bool) { return s.moved(ctx, n.dialer) }
	if at.replica {
		n.dialer.role = "slave"
	}
	n.place = s.notes
	return n
}

// link is where, for a connection that is made now.
func (s *sentinels) link(ctx context.Context) (string, error) {
	found, err := s.where(ctx)
	if err == nil {
		s.mu.Lock()
		s.split = s.split || (s.linked != "" && s.linked != found)
		s.linked = found
		s.mu.Unlock()
	}
	return found, err
}

// moved asks the sentinels again, at most once in a while or when the server's role has changed,
// and reports whether they name another server than some connection leads to.
func (s *sentinels) moved(ctx context.Context, d *dialer) (to string, moved bool) {
	d.mu.Lock()
	miscast := d.miscast
	d.mu.Unlock()
	every := askEvery
	if miscast {
		every = askTime
	}
	s.mu.Lock()
	due := s.linked != "" && time.Since(s.asked) > every
	to, moved = s.linked, s.split
	s.split = false
	s.mu.Unlock()
	if moved || !due {
		return to, moved
	}
	found, err := s.where(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = time.Now()
	if err != nil || found == s.linked {
		return "", false
	}
	s.linked = found
	return found, true
}

// where asks the sentinels, one after the other, for the address of the server to connect to.
func (s *sentinels) where(ctx context.Context) (string, error) {
	s.mu.Lock()
	order := slices.Clone(s.order)
	s.mu.Unlock()
	var fault error
	for _, addr := range order {
		found, err := s.ask(ctx, s.dialers[addr])
		if err == nil {
			s.found(addr, found)
			return found, nil
		}
		if ctx.Err() != nil {
			return "", err
		}
		// What a sentinel that answers says tells more than that another one does not.
		if fault == nil || backends.ReasonOf(fault) == backends.Unreachable {
			fault = err
		}
	}
	return "", s.unanswered(fault, len(order))
}

func (s *sentinels) unanswered(fault error, n int) error {
	var e *backends.Error
	if n == 1 || backends.ReasonOf(fault) != backends.Unreachable || !errors.As(fault, &e) {
		return fault
	}
	return &backends.Error{
		Reason: e.Reason, Source: s.at.shown, What: fmt.Sprintf("none of the %d sentinels answers: %s: %s", n, e.Source, e.What),
		Advice: e.Advice, Err: fault,
	}
}

// found remembers who answered what.
func (s *sentinels) found(sentinel, server string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.order, sentinel); i > 0 {
		s.order = slices.Insert(slices.Delete(s.order, i, i+1), 0, sentinel)
	}
	s.asked = time.Now()
	if server == s.last {
		return
	}
	s.before, s.last, s.since = s.last, server, time.Now()
}

// notes say where the master is, and what it was before.
func (s *sentinels) notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.last == "":
		return nil
	case s.at.replica:
		return []string{"reads from the replica " + s.last}
	case s.before == "":
		return []string{s.at.master + " is " + s.last}
	}
	return []string{fmt.Sprintf("failed over to %s at %s (was %s)", s.last, s.since.Format(time.TimeOnly), s.before)}
}

// ask asks one sentinel on a connection of its own.
func (s *sentinels) ask(ctx context.Context, d *dialer) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := d.connect(ctx)
	if err != nil {
		return "", d.fault(err)
	}
	defer conn.Close()
	w := &wire{conn: conn, in: resp.NewReader(conn, keepBytes), heard: time.Now()}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if s.at.replica {
		return s.askReplica(w, d)
	}
	var v resp.Value
	if err := w.call(&v, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", s.at.master); err != nil {
		return "", d.fault(err)
	}
	if len(v.Items) != 2 {
		return "", s.stranger(w)
	}
	return net.JoinHostPort(string(v.Items[0].Text), string(v.Items[1].Text)), nil
}

// stranger is the error of a name that the sentinel does not know; it tells those that it does.
func (s *sentinels) stranger(w *wire) error {
	e := &backends.Error{Reason: backends.BadUsage, Source: s.at.shown, What: "the sentinels know no master of this name"}
	var v resp.Value
	if w.call(&v, "SENTINEL", "MASTERS") == nil {
		var names []string
		for i := range v.Items {
			names = append(names, textOf(fieldsOf(plain(&v.Items[i])), "name"))
		}
		e.Advice = "known: " + strings.Join(names, ", ")
	}
	return e
}

// replicasUp are the addresses in the answer of SENTINEL REPLICAS of those that the sentinel reaches.
func replicasUp(v *resp.Value) (up []string) {
	for i := range v.Items {
		f := fieldsOf(plain(&v.Items[i]))
		if flags := textOf(f, "flags"); !strings.Contains(flags, "down") && !strings.Contains(flags, "disconnected") && textOf(f, "ip") != "" {
			up = append(up, net.JoinHostPort(textOf(f, "ip"), textOf(f, "port")))
		}
	}
	return up
}

// askReplica chooses one of the replicas that are there, the same as long as it is.
func (s *sentinels) askReplica(w *wire, d *dialer) (string, error) {
	var v resp.Value
	if err := w.call(&v, "SENTINEL", "REPLICAS", s.at.master); err != nil {
		if r, ok := replyOf(err); ok && strings.Contains(r.text, "No such master") {
			return "", s.stranger(w)
		}
		return "", d.fault(err)
	}
	up := replicasUp(&v)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(up) == 0:
		return "", &backends.Error{
			Reason: backends.Unreachable, Source: s.at.shown, What: "no replica of " + s.at.master + " is there",
			Advice: "without ?read=replica its master is read",
		}
	case slices.Contains(up, s.last):
		return s.last, nil
	}
	return up[rand.IntN(len(up))], nil
}
