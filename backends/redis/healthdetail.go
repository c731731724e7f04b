package redis

import (
	"context"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bustop/backends"
)

// askEach asks every server the same thing at the same time. It fails when all of them do.
func askEach[T any](ctx context.Context, s *source, ask func(context.Context, *node) (T, error)) ([]backends.OfServer[T], error) {
	nodes, err := s.servers.everyone(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]backends.OfServer[T], len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() {
			out[i].Server = n.at.addr
			out[i].Value, out[i].Err = ask(ctx, n)
		})
	}
	all.Wait()
	for _, o := range out {
		if o.Err == nil {
			return out, nil
		}
	}
	return nil, out[0].Err
}

// Details implements backends.ServerDetails by one INFO for each server.
func (h health) Details(ctx context.Context) ([]backends.OfServer[backends.ServerDetail], error) {
	return askEach(ctx, h.s, func(ctx context.Context, n *node) (d backends.ServerDetail, err error) {
		v, err := n.one(ctx, "INFO")
		if err != nil {
			return d, err
		}
		text, _ := v.(string)
		i := parseInfo(text)
		n.note(i)
		d = detailOf(i, time.Now())
		d.Errors = n.trend.errorRates(d.Errors, d.Sample)
		d.Persistence.Snapshots, d.Persistence.Log = n.savings(ctx, i)
		return d, nil
	})
}

// detailOf reads INFO (redis.io/docs/latest/commands/info).
func detailOf(i info, now time.Time) backends.ServerDetail {
	d := backends.ServerDetail{
		Role: roleName(i["role"]), Sample: sampleOf(i, now), Memory: memoryOf(i),
		Persistence: persistenceOf(i), Replication: replicationOf(i),
	}
	for _, name := range slices.SortedFunc(maps.Keys(i), shorterFirst) {
		switch {
		case strings.HasPrefix(name, "db") && strings.HasPrefix(i[name], "keys="):
			f := pairsOf(i[name])
			d.Keyspace = append(d.Keyspace, backends.DatabaseState{
				Name: name, Keys: infoCount(f, "keys"), Expiring: infoCount(f, "expires"), MeanTTL: infoSpan(f, "avg_ttl", time.Millisecond),
			})
			d.Sample.Keys = backends.ExactCount(d.Sample.Keys.Value + infoCount(f, "keys").Value)
		case strings.HasPrefix(name, "errorstat_"):
			d.Errors = append(d.Errors, backends.ErrorCount{
				Code: strings.TrimPrefix(name, "errorstat_"), Count: infoCount(pairsOf(i[name]), "count"),
			})
		}
	}
	return d
}

// shorterFirst puts db10 behind db2.
func shorterFirst(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// pairsOf reads a value such as "keys=1,expires=0".
func pairsOf(text string) info {
	out := info{}
	for part := range strings.SplitSeq(text, ",") {
		if name, value, ok := strings.Cut(part, "="); ok {
			out[name] = value
		}
	}
	return out
}

// infoSpan is a number of units as a length of time; what is negative is not known, as the server says -1
// for what has not happened.
func infoSpan(i info, name string, unit time.Duration) backends.Span {
	n, err := strconv.ParseFloat(i[name], 64)
	if err != nil || n < 0 {
		return backends.Span{}
	}
	return backends.ExactSpan(time.Duration(n * float64(unit)))
}

func infoRate(i info, name string) backends.Rate {
	n, err := strconv.ParseFloat(i[name], 64)
	if err != nil {
		return backends.Rate{}
	}
	return backends.ExactRate(n)
}

func sampleOf(i info, now time.Time) backends.ServerSample {
	s := backends.ServerSample{
		At: now, Run: i["run_id"], Operations: infoRate(i, "instantaneous_ops_per_sec"), Memory: infoCount(i, "used_memory"),
		Clients: infoCount(i, "connected_clients"), Blocked: infoCount(i, "blocked_clients"),
		Commands: infoCount(i, "total_commands_processed"), Hits: infoCount(i, "keyspace_hits"), Misses: infoCount(i, "keyspace_misses"),
		Evicted: infoCount(i, "evicted_keys"), Expired: infoCount(i, "expired_keys"), Rejected: infoCount(i, "rejected_connections"),
		BytesIn: infoCount(i, "total_net_input_bytes"), BytesOut: infoCount(i, "total_net_output_bytes"),
	}
	if len(i) > 0 {
		s.Keys = backends.ExactCount(0) // a server without keys has no line for them
	}
	return s
}

func memoryOf(i info) backends.MemoryState {
	m := backends.MemoryState{
		Used: infoCount(i, "used_memory"), Resident: infoCount(i, "used_memory_rss"), Peak: infoCount(i, "used_memory_peak"),
		Dataset: infoCount(i, "used_memory_dataset"), Overhead: infoCount(i, "used_memory_overhead"),
		Clients: infoCount(i, "mem_clients_normal"), Policy: i["maxmemory_policy"], Fragmentation: infoRate(i, "mem_fragmentation_ratio"),
	}
	if limit, ok := i.number("maxmemory"); ok && limit > 0 {
		m.Limit = backends.ExactCount(limit)
	}
	return m
}

func persistenceOf(i info) backends.Persistence {
	p := backends.Persistence{
		Unsaved: infoCount(i, "rdb_changes_since_last_save"), SaveTook: infoSpan(i, "rdb_last_bgsave_time_sec", time.Second),
		ForkTook: infoSpan(i, "latest_fork_usec", time.Microsecond), LogSize: infoCount(i, "aof_current_size"),
		Saving: i["rdb_bgsave_in_progress"] == "1", Rewriting: i["aof_rewrite_in_progress"] == "1", Loading: i["loading"] == "1",
		SaveFailed: i["rdb_last_bgsave_status"] == "err", LogFailed: i["aof_last_write_status"] == "err",
		LogRewriteFailed: i["aof_last_bgrewrite_status"] == "err",
	}
	if p.ForkTook.Value == 0 {
		p.ForkTook = backends.Span{} // it has not forked
	}
	if at, ok := i.number("rdb_last_save_time"); ok && at > 0 {
		p.LastSave = time.Unix(at, 0)
	}
	return p
}

func replicationOf(i info) backends.Replication {
	r := backends.Replication{
		Role: roleName(i["role"]), Offset: infoCount(i, "master_repl_offset"), BacklogSize: infoCount(i, "repl_backlog_size"),
	}
	if r.Role == "replica" {
		r.Master = net.JoinHostPort(i["master_host"], i["master_port"])
		r.Linked, r.Syncing = i["master_link_status"] == "up", i["master_sync_in_progress"] == "1"
		r.LinkDown = infoSpan(i, "master_link_down_since_seconds", time.Second)
		r.LastHeard = infoSpan(i, "master_last_io_seconds_ago", time.Second)
		r.Offset = infoCount(i, "slave_repl_offset")
	}
	for k := range 1000 {
		line, ok := i["slave"+strconv.Itoa(k)]
		if !ok {
			break
		}
		f := pairsOf(line)
		link := backends.ReplicaLink{
			Addr: net.JoinHostPort(f["ip"], f["port"]), State: f["state"], Offset: infoCount(f, "offset"), Silent: infoSpan(f, "lag", time.Second),
		}
		if link.Offset.Known() && r.Offset.Known() {
			link.Behind = backends.ExactCount(max(r.Offset.Value-link.Offset.Value, 0))
		}
		r.Replicas = append(r.Replicas, link)
	}
	return r
}

// savings are how a server's data come to disk. The settings are asked for once on a connection.
func (n *node) savings(ctx context.Context, i info) (snapshots, log string) {
	log = map[string]string{"0": "no", "1": "yes"}[i["aof_enabled"]]
	if fsync := n.setting(ctx, "appendfsync"); log == "yes" && fsync != "" {
		log += ", appendfsync " + fsync
	}
	switch save, known := n.settings(ctx)["save"]; {
	case known && save == "":
		snapshots = "no"
	case known:
		snapshots = save
	}
	return snapshots, log
}

// settingsKept are the settings that explain what is shown.
func settingsKept() []string {
	return []string{"save", "appendfsync", "slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold"}
}

// settingsAge is how long settings are taken to hold: somebody may change them while we look.
const settingsAge = 30 * time.Second

// settings are asked for one by one, as older servers answer CONFIG GET for one name only. Without the
// right to it there are none.
func (n *node) settings(ctx context.Context) map[string]string {
	t := &n.trend
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.settings != nil && t.settingsGen == n.generation() && time.Since(t.settingsAt) < settingsAge {
		return t.settings
	}
	var cmds []command
	for _, name := range settingsKept() {
		cmds = append(cmds, command{"CONFIG", "GET", name})
	}
	// One denial is enough: the others are not sent then.
	first, err := n.many(ctx, cmds[:1])
	if err != nil {
		return nil
	}
	out := map[string]string{}
	keep := func(answers []answer) {
		for _, a := range answers {
			for name, v := range fieldsOf(a.value) {
				if text, ok := v.(string); ok && a.err == nil {
					out[name] = text
				}
			}
		}
	}
	keep(first)
	if first[0].err == nil {
		rest, err := n.many(ctx, cmds[1:])
		if err != nil {
			return nil
		}
		keep(rest)
	}
	t.settings, t.settingsGen, t.settingsAt = out, n.generation(), time.Now()
	return out
}

func (n *node) setting(ctx context.Context, name string) string { return n.settings(ctx)[name] }

// settingSpan is a setting that is a number of units; unknown when it is not told.
func (n *node) settingSpan(ctx context.Context, name string, unit time.Duration) backends.Span {
	v, err := strconv.ParseInt(n.setting(ctx, name), 10, 64)
	if err != nil {
		return backends.Span{}
	}
	return backends.ExactSpan(time.Duration(v) * unit)
}
