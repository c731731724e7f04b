package redis

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

// errMoved ends a pass whose cursors are of a server that is no longer there: another one's keys
// lie in another order (redis.io/docs/latest/commands/scan).
var errMoved = errors.New("it is another server now")

// pass is one walk over the keyspace.
type pass struct {
	lanes []*lane
	full  bool
	asker context.Context // of the listing that waits for it, nil for none
	mu    sync.Mutex
	// absent are the servers that do not answer. What they hold is neither listed nor forgotten.
	absent []string
	// moves is the topology's count when the pass began.
	moves uint64
}

// miss records a server that does not answer and reports whether the others are walked without
// it.
func (p *pass) miss(n *node, err error) bool {
	if err == nil || backends.ReasonOf(err) != backends.Unreachable || !n.dialer.member {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.absent = append(p.absent, n.at.addr)
	return true
}

// servers tells one set of servers from another.
func (p *pass) servers() string {
	var ids []string
	for _, l := range p.lanes {
		ids = append(ids, l.runID)
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func (p *pass) seen() (n int64) {
	for _, l := range p.lanes {
		n += l.seen
	}
	return n
}

// busy is how long the busiest server worked for the pass.
func (p *pass) busy() (most time.Duration) {
	for _, l := range p.lanes {
		most = max(most, l.busy)
	}
	return most
}

// lane is the part of a pass on one server.
type lane struct {
	node     *node
	gen      uint64
	runID    string
	cursor   string
	count    int
	quickest time.Duration // the fastest SCAN: what the network alone takes
	busy     time.Duration // what the server did, as far as can be told
	seen     int64
	hidden   int64     // keys that this user may not look at
	budget   float64   // keys that may be looked at now
	filled   time.Time // when budget was last filled
	started  time.Time
	full     bool
	// thorough asks for the type of every key; other full passes find the rare list among many
	// strings by SCAN's own filter.
	thorough bool
	// evicts: reading a value would keep its key from being evicted.
	evicts bool
}

// newLane starts at the beginning of a server's keyspace.
func newLane(ctx context.Context, n *node, full bool) (*lane, error) {
	f, err := n.learn(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	l := &lane{
		node: n, gen: n.generation(), runID: f.runID, evicts: f.evicts(),
		cursor: "0", count: firstCount, budget: looksBurst, filled: now, started: now, full: full,
	}
	if full {
		l.count = maxCount
	}
	return l, nil
}

// smallKeyspace is how many keys are asked for their types one by one in a full pass.
const smallKeyspace = 20_000

// decide says how a full pass over so many keys finds their types: by SCAN's filter, where the server
// has that (redis.io/docs/latest/commands/scan).
func (l *lane) decide(ctx context.Context, size int64) error {
	l.thorough = l.full && size <= smallKeyspace
	if !l.full || l.thorough {
		return nil
	}
	_, err := l.node.one(ctx, "SCAN", "0", "COUNT", "1", "TYPE", "list")
	if _, said := replyOf(err); said {
		l.thorough, err = true, nil
	}
	return err
}

// size is how many keys the server has, 0 when it does not tell.
func (l *lane) size(ctx context.Context) (int64, error) {
	v, err := l.node.one(ctx, "DBSIZE")
	if err != nil && backends.ReasonOf(err) != backends.Denied {
		return 0, err
	}
	n, _ := v.(int64)
	return n, nil
}

// scan takes one step and adapts the next one's size to how long the server took. extra are
// further arguments of SCAN.
func (l *lane) scan(ctx context.Context, extra ...any) ([]string, error) {
	cmd := append(command{"SCAN", l.cursor, "COUNT", strconv.Itoa(l.count)}, extra...)
	answers, took, err := l.node.timed(ctx, []command{cmd})
	if err == nil {
		err = answers[0].err
	}
	if err == nil {
		err = l.stayed(ctx)
	}
	if err != nil {
		return nil, err
	}
	parts, _ := answers[0].value.([]any)
	if len(parts) != 2 {
		return nil, &backends.Error{Source: l.node.at.shown, What: "SCAN gave an answer of another form"}
	}
	l.cursor, _ = parts[0].(string)
	l.adapt(took)
	return texts(parts[1]), nil
}

// stayed checks after a new connection that it leads to the same server.
func (l *lane) stayed(ctx context.Context) error {
	if l.node.generation() == l.gen {
		return nil
	}
	gen := l.node.generation()
	f, err := l.node.learn(ctx)
	if err != nil {
		return err
	}
	if f.known && f.runID != l.runID {
		return errMoved
	}
	l.gen = gen
	return nil
}

func (l *lane) adapt(took time.Duration) {
	if l.quickest == 0 || took < l.quickest {
		l.quickest = took
	}
	work := took - l.quickest
	l.busy += max(work, time.Duration(l.count)*perKey)
	switch {
	case work > slowScan:
		l.count = max(l.count/2, minCount)
	case work < quickScan:
		l.count = min(l.count*2, maxCount)
	}
}

// pause is how long to leave the server alone so that both the share of its time and the rate
// of looks hold.
func (l *lane) pause() time.Duration {
	elapsed := time.Since(l.started)
	wait := time.Duration(1+dutyShare)*l.busy - elapsed
	if l.budget < 0 {
		wait = max(wait, time.Duration(-l.budget/looksPerSecond*float64(time.Second)))
	}
	return max(wait, 0)
}

// spend takes n looks off the budget.
func (l *lane) spend(n int) {
	now := time.Now()
	l.budget = min(l.budget+now.Sub(l.filled).Seconds()*looksPerSecond, looksBurst) - float64(n)
	l.filled = now
	l.busy += time.Duration(n) * perLook
}
