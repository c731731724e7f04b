package management_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// canon turns an answer into what must be the same on both servers. Names of nodes and of
// connections, and values that no two runs share, give way to their kind.
func canon(p *place, o *observation, a answer) any {
	out := map[string]any{"status": a.status}
	for _, name := range []string{
		"Content-Type", "Www-Authenticate", "Allow", "Location", "Cache-Control", "Vary", "Content-Security-Policy", "Content-Disposition",
	} {
		if value := a.header.Values(name); len(value) > 0 {
			out["header "+name] = strings.Join(value, ", ")
		}
	}
	text := replaced(p, a.body)
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		out["body"] = text
		return out
	}
	out["body"] = masked(value, "", o.unordered)
	return out
}

// replaced puts words for what names a server.
func replaced(p *place, text string) string {
	text = strings.ReplaceAll(text, p.node, "NODE")
	text = regexp.MustCompile(`bustop\d+@[^"]+`).ReplaceAllString(text, "NODE") // the name of the cluster
	text = regexp.MustCompile(`rabbitmq-cluster-id-[\w-]+`).ReplaceAllString(text, "CLUSTER-ID")
	text = regexp.MustCompile(`127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+`).ReplaceAllString(text, "CONNECTION")
	text = strings.ReplaceAll(text, p.amqp[strings.LastIndexByte(p.amqp, ':')+1:], "5672")
	return strings.ReplaceAll(text, p.http[strings.LastIndexByte(p.http, ':')+1:], "15672")
}

// masked replaces values of volatile keys by their kinds. Below a key that ends in a star a list
// gives way to the kinds of its elements.
func masked(value any, key string, unordered bool) any {
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, inner := range v {
			if (strings.HasSuffix(key, "_details") || key == "samples") && k != "samples" && key != "consumer_details" &&
				key != "channel_details" && key != "connection_details" && key != "owner_pid_details" {
				out[k] = kind(inner)
				continue
			}
			out[k] = masked(inner, k, unordered)
		}
		return out
	case []any:
		if key == "listeners" { // a node listens for other nodes too
			v = slices.DeleteFunc(v, func(l any) bool { return l.(map[string]any)["protocol"] == "clustering" })
		}
		if listed()[key] {
			return shapes(v, unordered)
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = masked(v[i], key, unordered)
		}
		if unordered || key == "consumer_details" {
			slices.SortFunc(out, func(a, b any) int { return strings.Compare(written(a), written(b)) })
		}
		return out
	}
	if volatile()[key] {
		return kind(value)
	}
	if n, ok := value.(json.Number); ok && kind(n) == "float" {
		return "float " + n.String()
	}
	return value
}

// shapes are the different kinds of elements of a list whose content differs between any two
// servers.
func shapes(list []any, unordered bool) any {
	seen := map[string]bool{}
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			kinds := map[string]any{}
			for k, inner := range m {
				kinds[k] = kind(inner)
			}
			seen[written(kinds)] = true
			continue
		}
		seen[written(kind(v))] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

func kind(value any) any {
	switch v := value.(type) {
	case json.Number:
		if strings.ContainsAny(v.String(), ".e") {
			return "float"
		}
		return "int"
	case string:
		return "text"
	case bool:
		return "bool"
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = kind(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, inner := range v {
			out[k] = kind(inner)
		}
		return out
	}
	return value
}

func written(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

// listed are the lists of which only the shape is compared.
func listed() map[string]bool {
	return set("applications config_files log_files enabled_plugins")
}

// volatile are the keys whose values differ between any two runs: times, ports, sizes of processes,
// and what counts the work of an Erlang node.
func volatile() map[string]bool {
	return set(`memory reductions fullsweep_after max_heap_size min_bin_vheap_size min_heap_size minor_gcs
		connected_at recv_oct send_oct recv_cnt send_cnt timestamp peer_port consumer_capacity consumer_utilisation idle_since
		avg_ingress_rate avg_egress_rate avg_ack_ingress_rate avg_ack_egress_rate uptime os_pid fd_used fd_total sockets_used sockets_total
		mem_used mem_limit disk_free disk_free_limit proc_used proc_total gc_num gc_bytes_reclaimed context_switches run_queue processors
		io_read_count io_read_bytes io_read_avg_time io_write_count io_write_bytes io_write_avg_time io_sync_count io_sync_avg_time
		io_seek_count io_seek_avg_time io_reopen_count mnesia_ram_tx_count mnesia_disk_tx_count msg_store_read_count msg_store_write_count
		queue_index_read_count queue_index_write_count ra_log_segment_writer ra_log_wal password_hash cluster_name erlang_full_version
		connection_created connection_closed channel_created channel_closed queue_declared queue_created queue_deleted
		disk_writes disk_reads db_dir desc statistics_db_event_queue
		connection_readers connection_writers connection_channels connection_other queue_procs queue_slave_procs quorum_queue_procs
		quorum_queue_dlx_procs stream_queue_procs stream_queue_replica_reader_procs stream_queue_coordinator_procs plugins other_proc
		metrics mgmt_db mnesia quorum_ets other_ets binary msg_index code atom other_system allocated_unused reserved_unallocated
		erlang rss allocated`)
}

func set(names string) map[string]bool {
	out := map[string]bool{}
	for _, n := range strings.Fields(names) {
		out[n] = true
	}
	return out
}

// differences lists where two values are not the same, each with its path.
func differences(path string, want, got any, add func(path, what string)) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		keys := maps.Clone(w)
		maps.Copy(keys, g)
		for _, k := range slices.Sorted(maps.Keys(keys)) {
			inner := path + "." + k
			if _, there := g[k]; !there {
				add(inner, fmt.Sprintf("missing, is %.120s", written(w[k])))
				continue
			}
			if _, there := w[k]; !there {
				add(inner, fmt.Sprintf("additional: %.120s", written(g[k])))
				continue
			}
			differences(inner, w[k], g[k], add)
		}
		return
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			differences(fmt.Sprintf("%s[%d]", path, i), w[i], g[i], add)
		}
		return
	}
	if a, b := written(want), written(got); a != b {
		add(path, fmt.Sprintf("is %.400s, ours %.400s", a, b))
	}
}
