package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"bustop/backends"
)

// health is the role of the server's own state.
type health struct{ s *source }

// ReadHealth implements backends.Health.
func (h health) ReadHealth(ctx context.Context) (backends.HealthReport, error) {
	nodes, err := h.s.servers.everyone(ctx)
	if err != nil {
		return backends.HealthReport{}, err
	}
	if len(nodes) == 1 {
		return nodes[0].health(ctx)
	}
	return h.s.healthOfAll(ctx, nodes)
}

// health is the state of one server.
func (n *node) health(ctx context.Context) (backends.HealthReport, error) {
	v, err := n.one(ctx, "INFO")
	if err != nil {
		return backends.HealthReport{}, err
	}
	text, _ := v.(string)
	i := parseInfo(text)
	n.note(i)
	product, version := productOf(i)
	r := backends.HealthReport{
		Product: product, Version: version, Role: roleName(i["role"]),
		Connections: infoCount(i, "connected_clients"), MemoryUsed: infoCount(i, "used_memory"),
	}
	if up, ok := i.number("uptime_in_seconds"); ok {
		r.Uptime = backends.ExactSpan(time.Duration(up) * time.Second)
	}
	if ops, ok := i.number("instantaneous_ops_per_sec"); ok {
		r.Operations = backends.ExactRate(float64(ops))
	}
	if limit, ok := i.number("maxmemory"); ok && limit > 0 {
		r.MemoryLimit = backends.ExactCount(limit)
	}
	r.Alarms = alarms(i, r, n.trend.grown(sampleOf(i, time.Now())))
	r.Alarms = append(r.Alarms, n.dialer.secret().alarms(time.Now())...)
	r.Facts = healthFacts(i)
	return r, nil
}

// productOf is what a server calls itself. Those that took over the protocol state in redis_version which
// Redis they are like: Valkey names itself in server_name, others have a version field of their own.
func productOf(i info) (product, version string) {
	if name := i["server_name"]; name != "" && i[name+"_version"] != "" {
		return name, i[name+"_version"]
	}
	for _, name := range []string{"valkey", "dragonfly", "keydb", "garnet"} {
		if version := i[name+"_version"]; version != "" {
			return name, version
		}
	}
	return "redis", i["redis_version"]
}

// roleName is a role in today's words.
func roleName(role string) string {
	if role == "slave" {
		return "replica"
	}
	return role
}

func infoCount(i info, name string) backends.Count {
	if n, ok := i.number(name); ok {
		return backends.ExactCount(n)
	}
	return backends.Count{}
}

// healthFacts are the lines of INFO that explain a server at a glance.
func healthFacts(i info) []backends.Fact {
	groups := []struct{ group, names string }{
		{"clients", "blocked_clients maxclients"},
		{"memory", "used_memory_human used_memory_peak_human maxmemory_human maxmemory_policy mem_fragmentation_ratio"},
		{"stats", "total_commands_processed total_connections_received rejected_connections expired_keys evicted_keys keyspace_hits keyspace_misses pubsub_channels pubsub_patterns"},
		{"replication", "connected_slaves master_host master_port master_link_status master_last_io_seconds_ago"},
		{"persistence", "rdb_last_bgsave_status rdb_changes_since_last_save aof_enabled aof_last_write_status"},
		{"server", "redis_mode os tcp_port run_id"},
	}
	var out []backends.Fact
	for _, g := range groups {
		for _, name := range strings.Fields(g.names) {
			if v, ok := i[name]; ok {
				out = append(out, backends.Fact{Group: g.group, Name: name, Value: v})
			}
		}
	}
	for _, link := range replicationOf(i).Replicas {
		out = append(out, backends.Fact{Group: "replication", Name: "replica " + link.Addr, Value: linkText(link)})
	}
	for _, name := range slices.Sorted(maps.Keys(i)) {
		if strings.HasPrefix(name, "db") && strings.HasPrefix(i[name], "keys=") {
			out = append(out, backends.Fact{Group: "keyspace", Name: name, Value: i[name]})
		}
	}
	return out
}

// linkText is how a master's replica is, in a line.
func linkText(l backends.ReplicaLink) string {
	text := l.State
	if l.Behind.Known() {
		text += fmt.Sprintf(", %d bytes behind", l.Behind.Value)
	}
	if l.Silent.Known() {
		text += fmt.Sprintf(", confirmed %v ago", l.Silent.Value)
	}
	return text
}

// unserved is the error of a server that answers nobody now. While it loads its data it says
// for how long; INFO is the one command that is answered then.
func (n *node) unserved(ctx context.Context, err error) error {
	out := n.at.fault("", err)
	r, ok := replyOf(err)
	var e *backends.Error
	if !ok || r.code() != "LOADING" || !errors.As(out, &e) {
		return out
	}
	text, err := n.pool().Info(ctx, "persistence").Result()
	if err != nil {
		return out
	}
	i := parseInfo(text)
	e.What = fmt.Sprintf("the server loads its data: %s%% done, %s seconds to go", i["loading_loaded_perc"], i["loading_eta_seconds"])
	n.vitals.Failed(backends.Stale, e) // that INFO was answered does not make it live
	return e
}
