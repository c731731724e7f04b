package redis

import (
	"bufio"
	"context"
	"strconv"
	"strings"
)

// facts are what INFO says of a server and what holds until the connection breaks.
type facts struct {
	known   bool
	gen     uint64
	runID   string
	version string
	policy  string // maxmemory-policy
	cluster bool
	replica bool
	linked  bool // a replica's link to its master is up
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
	return nodes[0].learn(ctx)
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
	f := facts{
		known: true, gen: n.generation(), runID: i["run_id"], version: i["redis_version"],
		policy: i["maxmemory_policy"], cluster: i["cluster_enabled"] == "1",
		replica: i["role"] == "slave", linked: i["master_link_status"] == "up",
	}
	var notes []string
	if f.replica {
		notes = append(notes, "replica of "+i["master_host"]+":"+i["master_port"])
		if !f.linked {
			notes = append(notes, "its master is away: data are old")
		}
	}
	if f.cluster {
		notes = append(notes, "node of a cluster: only this node's keys are shown")
	}
	n.vitals.SetNotes(notes...)
	n.mu.Lock()
	n.facts = f
	n.mu.Unlock()
	return f
}

// evicts reports whether the policy evicts by use, so that reading a value keeps it longer.
func (f facts) evicts() bool {
	return strings.HasSuffix(f.policy, "-lru") || strings.HasSuffix(f.policy, "-lfu")
}

// atLeast reports whether the server's major version is known and not lower.
func (f facts) atLeast(major int) bool {
	head, _, _ := strings.Cut(f.version, ".")
	n, err := strconv.Atoi(head)
	return err == nil && n >= major
}
