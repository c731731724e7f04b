package redisd

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// version is what the server says it is; it behaves as that one does.
const version = "7.0.15"

// infoSections are the sections of INFO in its order. The first string of each is its title.
func infoSections() []string {
	return []string{
		"server", "clients", "memory", "persistence", "stats", "replication", "cpu", "modules",
		"commandstats", "errorstats", "latencystats", "cluster", "keyspace",
	}
}

func inDefault(section string) bool { return section != "commandstats" && section != "latencystats" }

func (k *call) info() error {
	var wanted []string
	for _, a := range k.args[1:] {
		switch a = strings.ToLower(a); a {
		case "all", "everything":
			wanted = infoSections()
		case "default":
			wanted = append(wanted, slices.DeleteFunc(infoSections(), func(s string) bool { return !inDefault(s) })...)
		default:
			wanted = append(wanted, a)
		}
	}
	if len(k.args) == 1 {
		wanted = slices.DeleteFunc(infoSections(), func(s string) bool { return !inDefault(s) })
	}
	var parts []string
	for _, section := range infoSections() {
		if slices.Contains(wanted, section) {
			parts = append(parts, k.infoSection(section))
		}
	}
	k.w.Verbatim(strings.Join(parts, "\r\n"))
	return nil
}

// fields writes name:value lines below a title.
func fields(title string, pairs ...any) string {
	var b strings.Builder
	b.WriteString("# " + title + "\r\n")
	for i := 0; i+1 < len(pairs); i += 2 {
		switch v := pairs[i+1].(type) {
		case float64:
			fmt.Fprintf(&b, "%s:%.2f\r\n", pairs[i], v)
		default:
			fmt.Fprintf(&b, "%s:%v\r\n", pairs[i], v)
		}
	}
	return b.String()
}

func (k *call) infoSection(section string) string {
	n := k.n
	switch section {
	case "server":
		return n.infoServer(k.now)
	case "clients":
		return n.infoClients()
	case "memory":
		return n.infoMemory()
	case "persistence":
		return n.infoPersistence()
	case "stats":
		return n.infoStats(k.now)
	case "replication":
		return fields("Replication", "role", "master", "connected_slaves", 0, "master_failover_state", "no-failover",
			"master_replid", n.replID, "master_replid2", strings.Repeat("0", 40), "master_repl_offset", 0,
			"second_repl_offset", -1, "repl_backlog_active", 0, "repl_backlog_size", n.conf.number("repl-backlog-size"),
			"repl_backlog_first_byte_offset", 0, "repl_backlog_histlen", 0)
	case "cpu":
		return infoCPU()
	case "modules":
		return fields("Modules")
	case "commandstats":
		return n.infoCommands()
	case "errorstats":
		var pairs []any
		for _, code := range slices.Sorted(maps.Keys(n.stats.errors)) {
			pairs = append(pairs, "errorstat_"+code, fmt.Sprintf("count=%d", n.stats.errors[code]))
		}
		return fields("Errorstats", pairs...)
	case "latencystats":
		return n.infoLatency()
	case "cluster":
		return fields("Cluster", "cluster_enabled", 0)
	default:
		return n.infoKeyspace(k.now)
	}
}

func (n *node) infoServer(now time.Time) string {
	up := int64(now.Sub(n.born) / time.Second)
	return fields("Server", "redis_version", version, "redis_git_sha1", "00000000", "redis_git_dirty", 0,
		"redis_build_id", "0", "redis_mode", "standalone", "os", runtime.GOOS+" "+runtime.GOARCH, "arch_bits", 64,
		"monotonic_clock", "POSIX clock_gettime", "multiplexing_api", "go", "atomicvar_api", "go", "gcc_version", "0.0.0",
		"process_id", os.Getpid(), "process_supervised", "no", "run_id", n.runID, "tcp_port", n.port,
		"server_time_usec", now.UnixMicro(), "uptime_in_seconds", up, "uptime_in_days", up/86400, "hz", n.conf.number("hz"),
		"configured_hz", n.conf.number("hz"), "lru_clock", now.Unix()&(1<<24-1), "executable", "", "config_file", "", "io_threads_active", 0)
}

func (n *node) infoClients() string {
	var in, out, tracking int
	for _, c := range n.clients {
		in, out = max(in, c.lastArgs), max(out, c.out.waiting())
		if c.track.on {
			tracking++
		}
	}
	timed := 0
	for w := range n.waiters.all {
		if w.timer != nil {
			timed++
		}
	}
	return fields("Clients", "connected_clients", len(n.clients), "cluster_connections", 0, "maxclients", n.conf.number("maxclients"),
		"client_recent_max_input_buffer", in, "client_recent_max_output_buffer", out, "blocked_clients", len(n.waiters.all),
		"tracking_clients", tracking, "clients_in_timeout_table", timed)
}

func (n *node) infoPersistence() string {
	aof := 0
	if n.conf.values["appendonly"] == "yes" {
		aof = 1
	}
	return fields("Persistence", "loading", 0, "async_loading", 0, "current_cow_peak", 0, "current_cow_size", 0,
		"current_cow_size_age", 0, "current_fork_perc", "0.00", "current_save_keys_processed", 0, "current_save_keys_total", 0,
		"rdb_changes_since_last_save", n.keys.changes, "rdb_bgsave_in_progress", 0, "rdb_last_save_time", n.saved.Unix(),
		"rdb_last_bgsave_status", "ok", "rdb_last_bgsave_time_sec", -1, "rdb_current_bgsave_time_sec", -1, "rdb_saves", 0,
		"rdb_last_cow_size", 0, "rdb_last_load_keys_expired", 0, "rdb_last_load_keys_loaded", 0, "aof_enabled", aof,
		"aof_rewrite_in_progress", 0, "aof_rewrite_scheduled", 0, "aof_last_rewrite_time_sec", -1,
		"aof_current_rewrite_time_sec", -1, "aof_last_bgrewrite_status", "ok", "aof_rewrites", 0,
		"aof_rewrites_consecutive_failures", 0, "aof_last_write_status", "ok", "aof_last_cow_size", 0,
		"module_fork_in_progress", 0, "module_fork_last_cow_size", 0)
}

func (n *node) infoStats(now time.Time) string {
	s := &n.stats
	in, out := s.received.Load(), s.sent.Load()
	tracking, prefixes := 0, map[string]struct{}{}
	for _, c := range n.clients {
		if c.track.on {
			tracking++
			maps.Copy(prefixes, c.track.prefixes)
		}
	}
	return fields("Stats", "total_connections_received", s.connections, "total_commands_processed", s.commands,
		"instantaneous_ops_per_sec", s.ops.perSecond(now), "total_net_input_bytes", in, "total_net_output_bytes", out,
		"total_net_repl_input_bytes", 0, "total_net_repl_output_bytes", 0,
		"instantaneous_input_kbps", s.inRate.perSecond(now, in)/1024, "instantaneous_output_kbps", s.outRate.perSecond(now, out)/1024,
		"instantaneous_input_repl_kbps", "0.00", "instantaneous_output_repl_kbps", "0.00", "rejected_connections", s.refused,
		"sync_full", 0, "sync_partial_ok", 0, "sync_partial_err", 0, "expired_keys", s.expired, "expired_stale_perc", "0.00",
		"expired_time_cap_reached_count", 0, "expire_cycle_cpu_milliseconds", 0, "evicted_keys", s.evicted, "evicted_clients", 0,
		"total_eviction_exceeded_time", 0, "current_eviction_exceeded_time", 0, "keyspace_hits", s.hits, "keyspace_misses", s.misses,
		"pubsub_channels", len(n.hub.channels), "pubsub_patterns", len(n.hub.patterns), "pubsubshard_channels", len(n.hub.shards),
		"latest_fork_usec", 0, "total_forks", 0, "migrate_cached_sockets", 0, "slave_expires_tracked_keys", 0,
		"active_defrag_hits", 0, "active_defrag_misses", 0, "active_defrag_key_hits", 0, "active_defrag_key_misses", 0,
		"total_active_defrag_time", 0, "current_active_defrag_time", 0, "tracking_total_keys", 0, "tracking_total_items", 0,
		"tracking_total_prefixes", len(prefixes), "unexpected_error_replies", 0, "total_error_replies", s.errorReplies,
		"dump_payload_sanitizations", 0, "total_reads_processed", s.commands, "total_writes_processed", s.commands,
		"io_threaded_reads_processed", 0, "io_threaded_writes_processed", 0, "reply_buffer_shrinks", 0, "reply_buffer_expands", 0)
}

// infoCPU tells what the whole process has used: there is no telling the server apart.
func infoCPU() string {
	var u syscall.Rusage
	seconds := func(t syscall.Timeval) string { return fmt.Sprintf("%d.%06d", t.Sec, t.Usec) }
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return fields("CPU")
	}
	sys, user := seconds(u.Stime), seconds(u.Utime)
	return fields("CPU", "used_cpu_sys", sys, "used_cpu_user", user, "used_cpu_sys_children", "0.000000",
		"used_cpu_user_children", "0.000000", "used_cpu_sys_main_thread", sys, "used_cpu_user_main_thread", user)
}

// usedCommands lists the commands that were called or refused, sub-commands too, by name.
func (n *node) usedCommands() []*command {
	return slices.DeleteFunc(n.every(), func(c *command) bool { return c.calls == 0 && c.rejected == 0 })
}

func (n *node) infoCommands() string {
	var pairs []any
	for _, c := range n.usedCommands() {
		us, each := c.spent.Microseconds(), 0.0
		if c.calls > 0 {
			each = float64(us) / float64(c.calls)
		}
		pairs = append(pairs, "cmdstat_"+c.name, fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			c.calls, us, each, c.rejected, c.failed))
	}
	return fields("Commandstats", pairs...)
}

func (n *node) infoLatency() string {
	var pairs []any
	for _, c := range n.usedCommands() {
		if c.calls > 0 {
			pairs = append(pairs, "latency_percentiles_usec_"+c.name, fmt.Sprintf("p50=%.3f,p99=%.3f,p99.9=%.3f",
				c.times.percentile(50), c.times.percentile(99), c.times.percentile(99.9)))
		}
	}
	return fields("Latencystats", pairs...)
}

func (n *node) infoKeyspace(now time.Time) string {
	var pairs []any
	for i, db := range n.keys.dbs {
		if db.dict.len() == 0 {
			continue
		}
		pairs = append(pairs, fmt.Sprintf("db%d", i), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=%d", db.dict.len(), db.expiring, n.averageTTL(db, now)))
	}
	return fields("Keyspace", pairs...)
}

// averageTTL is estimated from a sample, in ms.
func (n *node) averageTTL(db *database, now time.Time) int64 {
	sum, met := int64(0), int64(0)
	for _, d := range n.keys.due[:min(len(n.keys.due), 200)] {
		if d.db == db.id && d.e.expire == d.at {
			sum += d.at - now.UnixMilli()
			met++
		}
	}
	if met == 0 {
		return 0
	}
	return max(0, sum/met)
}
