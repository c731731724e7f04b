package redis

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"bustop/backends"

	goredis "github.com/redis/go-redis/v9"
)

// node is one server of a source: its connections, what it lets us do and what is known of it.
// A source has one of them, or as many as its cluster has servers.
//
// A node has at most one request in flight beside its tails; requests to several nodes may run at
// the same time, as each server answers for itself.
type node struct {
	at      address
	timeout time.Duration
	client  *goredis.Client
	dialer  *dialer
	tracer  tracer
	vitals  *backends.Vitals
	rights  rights
	trend   trend

	// place are notes on where the server is found, for the status; nil where the URL says it all.
	place func() []string
	// moved asks whether the server is another one by now than some connection leads to, and which
	// that is; nil where that cannot be.
	moved func(ctx context.Context) (to string, moved bool)

	turn chan struct{} // holds one token: one request in flight

	mu    sync.Mutex
	facts facts
	wires map[*wire]struct{}
	ended bool
	asker context.Context // of the request in flight, Background for none
}

// newNode returns a node that has not been dialled yet. Its requests are counted in vitals.
func newNode(at address, opt backends.Options, vitals *backends.Vitals) *node {
	n := &node{
		at: at, timeout: timeoutOf(opt), vitals: vitals, turn: make(chan struct{}, 1),
		tracer: newTracer(opt, at), asker: context.Background(),
	}
	n.turn <- struct{}{}
	n.dialer = newDialer(at, opt, vitals, n.tracer)
	n.client, n.wires = n.newClient(), map[*wire]struct{}{}
	return n
}

func (n *node) newClient() *goredis.Client {
	client := goredis.NewClient(n.clientOptions())
	client.AddHook(hook{n.tracer, n.vitals, n.at})
	return client
}

func (n *node) close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ended = true
	return n.client.Close()
}

// pool is the client of the present connections.
func (n *node) pool() *goredis.Client {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.client
}

// asks notes whose request is in flight.
func (n *node) asks(ctx context.Context) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asker = ctx
}

// askedBy is the context of the request in flight.
func (n *node) askedBy() context.Context {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asker
}

// follow ends connections, those of tails too, that lead to a server that is no longer the one
// meant. The next request makes new ones. The caller has the turn.
func (n *node) follow(ctx context.Context) {
	if n.moved == nil {
		return
	}
	to, moved := n.moved(ctx)
	if !moved {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended {
		return
	}
	_ = n.client.Close()
	n.client = n.newClient()
	for w := range n.wires {
		if w.conn.RemoteAddr().String() != to {
			_ = w.conn.Close()
		}
	}
}

// keepWire lets follow reach a tail's connection; the function returned ends that.
func (n *node) keepWire(w *wire) (forget func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wires[w] = struct{}{}
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.wires, w)
	}
}

// generation counts the connections made.
func (n *node) generation() uint64 { return n.dialer.generation() }

// denied returns the error of the first of the commands that this server is known to deny.
func (n *node) denied(names ...string) error {
	return n.rights.anyKnown(n.generation(), names...)
}

// one sends one command and returns its answer; a missing value is nil.
func (n *node) one(ctx context.Context, words ...any) (any, error) {
	return first(n.many(ctx, []command{words}))
}

// first is the answer of a request of one command.
func first(answers []answer, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return answers[0].value, answers[0].err
}

// many sends commands in pipelines and returns an answer for each. The error is for all of
// them: no connection, no answer.
func (n *node) many(ctx context.Context, cmds []command) ([]answer, error) {
	return inParts(ctx, cmds, n.timed)
}

// inParts sends commands in pipelines of a size that a server bears.
func inParts(ctx context.Context, cmds []command, send func(context.Context, []command) ([]answer, time.Duration, error)) ([]answer, error) {
	out := make([]answer, 0, len(cmds))
	for part := range slices.Chunk(cmds, maxPipeline) {
		answers, _, err := send(ctx, part)
		if err != nil {
			return nil, err
		}
		out = append(out, answers...)
	}
	return out, nil
}

// timed sends one pipeline and tells how long the server took for it. Commands that the server
// is known to deny are answered without asking it again.
func (n *node) timed(ctx context.Context, cmds []command) ([]answer, time.Duration, error) {
	select {
	case <-n.turn:
		defer func() { n.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, 0, n.at.fault("", ctx.Err())
	}
	if err := ctx.Err(); err != nil {
		return nil, 0, n.at.fault("", err)
	}
	n.asks(ctx)
	defer n.asks(context.Background())
	n.follow(ctx)
	out := make([]answer, len(cmds))
	sent := make([]*goredis.Cmd, len(cmds))
	client := n.pool()
	pipe := client.Pipeline()
	gen := n.generation()
	for i, c := range cmds {
		if out[i].err = n.rights.known(c.name(), gen); out[i].err == nil {
			sent[i] = pipe.Do(ctx, c...)
		}
	}
	start := time.Now()
	err := exec(ctx, client, pipe, sent)
	took := time.Since(start)
	if noAnswer(err) {
		return nil, took, n.at.fault("", err)
	}
	for i, cmd := range sent {
		if cmd == nil {
			continue
		}
		out[i].value, out[i].err = cmd.Val(), cmd.Err()
		if r, ok := replyOf(cmd.Err()); noAnswer(cmd.Err()) || (ok && r.notServing() && !n.ownPart(r)) {
			return nil, took, n.unserved(ctx, cmd.Err())
		}
		n.judge(&out[i], cmds[i].name(), gen)
	}
	return out, took, nil
}

// ownPart reports whether a refusal is one of the slots asked for, not of the whole node.
func (n *node) ownPart(r reply) bool { return n.dialer.member && r.code() == "CLUSTERDOWN" }

// exec sends what is to be sent; a single command goes alone, so that its span has its name.
func exec(ctx context.Context, client *goredis.Client, pipe goredis.Pipeliner, sent []*goredis.Cmd) error {
	switch pipe.Len() {
	case 0:
		return nil
	case 1:
		i := slices.IndexFunc(sent, func(c *goredis.Cmd) bool { return c != nil })
		return client.Process(ctx, sent[i])
	default:
		_, err := pipe.Exec(ctx)
		return err
	}
}

// judge turns one answer's error into ours and remembers commands that are denied as such.
func (n *node) judge(a *answer, name string, gen uint64) {
	if a.err == nil {
		return
	}
	if errors.Is(a.err, goredis.Nil) {
		a.err, a.value = nil, nil
		return
	}
	r, _ := replyOf(a.err)
	a.err = n.at.fault("", a.err)
	switch {
	case deniesCommand(r):
		a.err = n.rights.deny(name, gen, a.err)
	case lacksCommand(r):
		n.rights.keep(name, gen, a.err)
	}
}
