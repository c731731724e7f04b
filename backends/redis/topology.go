package redis

import (
	"context"
	"sync"
	"time"

	"bustop/backends"
)

// topology knows the servers of a source and which of them has which key.
type topology interface {
	// masters are the servers to ask for what each of them answers for its own part only: SCAN,
	// DBSIZE, INFO, SLOWLOG, CONFIG. There is one for each part of the keyspace, in a stable
	// order; one that is down is among them and says so when asked.
	masters(ctx context.Context) ([]*node, error)
	// everyone is masters and the replicas beside them: a subscriber may be connected to any.
	everyone(ctx context.Context) ([]*node, error)
	// owner is the server that has a key, or sharded channel.
	owner(ctx context.Context, key string) (*node, error)
	// timed sends one pipeline, each command to the server that has its key. Of several servers
	// those that are down are an error of their own commands only.
	timed(ctx context.Context, cmds []command) ([]answer, time.Duration, error)
	// doubt says that a server has sent us elsewhere.
	doubt()
	// moves counts how often keys were found to have got another server: what one server listed
	// before and another one after may lack some.
	moves() uint64
	// settled asks whether keys are on the move between servers right now, or have moved since they
	// were last asked for; moves has grown then.
	settled(ctx context.Context) (moving bool)
	// known are the servers talked to so far, without asking anything.
	known() []*node
	status() backends.Status
	close() error
}

func newTopology(at address, opt backends.Options) topology {
	vitals := &backends.Vitals{}
	switch at.layout {
	case clusters:
		return newCluster(at, opt)
	case guarded:
		return &single{node: newGuarded(at, opt, vitals), vitals: vitals}
	case alone:
	}
	return &single{node: newNode(at, opt, vitals), vitals: vitals}
}

// single is a source of one server.
type single struct {
	node   *node
	vitals *backends.Vitals
}

func (t *single) masters(context.Context) ([]*node, error)  { return []*node{t.node}, nil }
func (t *single) everyone(context.Context) ([]*node, error) { return []*node{t.node}, nil }

func (t *single) owner(context.Context, string) (*node, error) { return t.node, nil }

func (t *single) timed(ctx context.Context, cmds []command) ([]answer, time.Duration, error) {
	return t.node.timed(ctx, cmds)
}

func (t *single) doubt()                       {}
func (t *single) moves() uint64                { return 0 }
func (t *single) settled(context.Context) bool { return false }
func (t *single) known() []*node               { return []*node{t.node} }
func (t *single) status() backends.Status      { return t.vitals.Status() }
func (t *single) close() error                 { return t.node.close() }

// masters are the servers of the source, one for each part of the keyspace: what a command
// without a key tells holds for one of them. They may be asked at the same time.
func (s *source) masters(ctx context.Context) ([]*node, error) { return s.servers.masters(ctx) }

// one sends one command and returns its answer; a missing value is nil.
func (s *source) one(ctx context.Context, words ...any) (any, error) {
	return first(s.many(ctx, []command{words}))
}

// many sends commands in pipelines, each to the server that has its key, and returns an answer
// for each. The error is for all of them: no connection, no answer. A command without a key goes
// to any server.
func (s *source) many(ctx context.Context, cmds []command) ([]answer, error) {
	return inParts(ctx, cmds, s.servers.timed)
}

// said is what one of several servers answered.
type said struct {
	node    *node
	answers []answer
	err     error
}

// askAll asks servers the same at the same time and returns what they said in their order.
func askAll(ctx context.Context, nodes []*node, cmds []command) []said {
	out := make([]said, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			answers, err := n.many(ctx, cmds)
			out[i] = said{n, answers, err}
		})
	}
	all.Wait()
	return out
}

// sharded reports whether the servers have sharded channels. They are asked, as what a version has
// differs between the servers that speak this protocol; whoever may not ask sees whether they count any.
func (s *source) sharded(ctx context.Context) bool {
	_, err := s.one(ctx, "PUBSUB", "SHARDNUMSUB")
	if backends.ReasonOf(err) == backends.Denied {
		f, _ := s.learn(ctx)
		return f.shards
	}
	return err == nil
}

// generation counts connections made: facts learnt of the servers are learnt anew after it grew.
func (s *source) generation() (sum uint64) {
	for _, n := range s.servers.known() {
		sum += n.generation()
	}
	return sum
}

// denied returns the error of the first of the commands that a server is known to deny.
func (s *source) denied(names ...string) error {
	for _, n := range s.servers.known() {
		if err := n.denied(names...); err != nil {
			return err
		}
	}
	return nil
}
