package redis

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// facts are what INFO says of a server and what holds until the connection breaks.
type facts struct {
	known   bool
	gen     uint64
	runID   string
	policy  string // maxmemory-policy
	cluster bool
	replica bool
	linked  bool // a replica's link to its master is up
	noTouch bool // reading leaves no mark on keys
	// databases are those that hold keys: "db0", "db3", ….
	databases []string
	shards    bool // it counts the listeners of sharded channels, so it has such
}

// info is INFO's answer by name (redis.io/docs/latest/commands/info).
type info map[string]string

func parseInfo(text string) info {
	out := info{}
	scan := bufio.NewScanner(strings.NewReader(text))
	scan.Buffer(nil, 1<<20)
	for scan.Scan() {
		if name, value, ok := strings.Cut(scan.Text(), ":"); ok {
			out[name] = strings.TrimSpace(value)
		}
	}
	return out
}

func (i info) number(name string) (int64, bool) {
	n, err := strconv.ParseInt(i[name], 10, 64)
	return n, err == nil
}

// learn returns the facts of the source: those of its server, or what holds for all of several.
func (s *source) learn(ctx context.Context) (facts, error) {
	nodes, err := s.masters(ctx)
	if err != nil {
		return facts{}, err
	}
	if len(nodes) == 1 {
		return nodes[0].learn(ctx)
	}
	return s.learnAll(ctx, nodes)
}

// learnAll is what holds for all servers of a cluster, as far as they answer: what each of them can
// do, and a policy by which any of them evicts. It has no run id: what a node forgets when it starts
// anew is found out by looking.
func (s *source) learnAll(ctx context.Context, nodes []*node) (facts, error) {
	all := facts{known: true, cluster: true, gen: s.generation(), noTouch: true, shards: true}
	answered := 0
	var fault error
	for _, n := range nodes {
		f, err := n.learn(ctx)
		if err != nil {
			fault = err
			continue
		}
		answered++
		all.known = all.known && f.known
		all.noTouch, all.shards = all.noTouch && f.noTouch, all.shards && f.shards
		if all.policy == "" || f.evicts() {
			all.policy = f.policy
		}
	}
	if answered == 0 {
		return facts{}, fault
	}
	return all, nil
}

// learn returns the facts, asking the server once for each connection made. Without the right
// to INFO they stay unknown.
func (n *node) learn(ctx context.Context) (facts, error) {
	n.mu.Lock()
	f := n.facts
	n.mu.Unlock()
	if f.known && f.gen == n.generation() {
		return f, nil
	}
	answers, err := n.many(ctx, []command{{"INFO"}})
	if err != nil {
		return f, err
	}
	if answers[0].err == nil {
		text, _ := answers[0].value.(string)
		f = n.note(parseInfo(text))
	}
	return f, nil
}

// note keeps what an INFO said and shows the lasting part of it in the status.
func (n *node) note(i info) facts {
	_, shards := i["pubsubshard_channels"]
	f := facts{
		known: true, gen: n.generation(), runID: i["run_id"], shards: shards,
		policy: i["maxmemory_policy"], cluster: i["cluster_enabled"] == "1",
		replica: i["role"] == "slave", linked: i["master_link_status"] == "up", noTouch: n.dialer.noTouch(),
	}
	for _, name := range slices.SortedFunc(maps.Keys(i), shorterFirst) {
		if strings.HasPrefix(name, "db") && strings.HasPrefix(i[name], "keys=") {
			f.databases = append(f.databases, name)
		}
	}
	var notes []string
	if n.place != nil {
		notes = n.place()
	}
	if note := n.dialer.secret().note(); note != "" {
		notes = append(notes, note)
	}
	if f.replica {
		notes = append(notes, replicaNotes(i, f)...)
	}
	if f.cluster && !n.dialer.member {
		notes = append(notes, "node of a cluster: only this node's keys are shown; redis+cluster://"+n.at.addr+" opens the whole")
	}
	n.vitals.SetNotes(notes...)
	n.dialer.played(i["role"])
	n.mu.Lock()
	n.facts = f
	n.mu.Unlock()
	return f
}

// replicaNotes say how far behind its master a replica is.
func replicaNotes(i info, f facts) []string {
	notes := []string{"replica of " + i["master_host"] + ":" + i["master_port"]}
	if !f.linked {
		down, _ := i.number("master_link_down_since_seconds")
		return append(notes, fmt.Sprintf("its master is away for %d s: data are old", max(down, 0)))
	}
	if heard, ok := i.number("master_last_io_seconds_ago"); ok && heard >= 0 {
		notes = append(notes, fmt.Sprintf("last heard from it %d s before", heard))
	}
	return notes
}

// evicts reports whether the policy evicts by use, so that reading a value keeps it longer. It does
// not where the server lets us read without a mark.
func (f facts) evicts() bool {
	return !f.noTouch && (strings.HasSuffix(f.policy, "-lru") || strings.HasSuffix(f.policy, "-lfu"))
}
