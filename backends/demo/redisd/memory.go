package redisd

import (
	"fmt"
	"strconv"
)

const (
	// baseMemory is what a Redis without keys uses, in bytes.
	baseMemory = 980 << 10
	// ceiling is the most that all values may take before commands that add to them are refused,
	// whatever maxmemory says: the server lives in a program that does something else.
	ceiling = 1 << 30
)

// usage estimates the memory of all keys.
func (n *node) usage() int64 {
	sum := int64(0)
	for _, db := range n.keys.dbs {
		for e := range db.stale {
			size := n.estimate(db, e, samples)
			db.size += size - e.size
			e.size, e.sized = size, e.version
			delete(db.stale, e)
		}
		sum += db.size
	}
	used := sum + baseMemory
	n.stats.peak = max(n.stats.peak, used)
	return used
}

// full reports whether commands that add to the data are refused. The estimate is renewed when
// enough was changed that it may matter.
func (n *node) full() bool {
	limit := n.conf.number("maxmemory")
	if limit <= 0 || limit > ceiling {
		limit = ceiling
	}
	n.grown += int64(n.lastWrite)
	if limit == ceiling && n.estimated+n.grown < limit {
		return false
	}
	for {
		n.estimated, n.grown = n.usage(), 0
		if n.estimated <= limit || !n.evict() {
			return n.estimated > limit
		}
	}
}

func (n *node) infoMemory() string {
	used := n.usage()
	clients := int64(0)
	for _, c := range n.clients {
		clients += clientMemory + int64(c.out.waiting())
	}
	data := used - baseMemory
	limit := n.conf.number("maxmemory")
	rss := used + 5<<20
	scripts := 0
	for _, body := range n.scripts.bodies {
		scripts += len(body) + 100
	}
	pairs := []any{
		"used_memory", used, "used_memory_human", human(used), "used_memory_rss", rss, "used_memory_rss_human", human(rss),
		"used_memory_peak", n.stats.peak, "used_memory_peak_human", human(n.stats.peak),
		"used_memory_peak_perc", fmt.Sprintf("%.2f%%", 100*float64(used)/float64(max(1, n.stats.peak))),
		"used_memory_overhead", baseMemory + clients, "used_memory_startup", baseMemory, "used_memory_dataset", data,
		"used_memory_dataset_perc", fmt.Sprintf("%.2f%%", 100*float64(data)/float64(max(1, used-baseMemory+clients))),
		"allocator_allocated", used, "allocator_active", rss, "allocator_resident", rss, "total_system_memory", 0,
		"total_system_memory_human", "0B", "used_memory_lua", 32768, "used_memory_vm_eval", 32768, "used_memory_lua_human", "32.00K",
		"used_memory_scripts_eval", scripts, "number_of_cached_scripts", len(n.scripts.bodies), "number_of_functions", 0,
		"number_of_libraries", 0, "used_memory_vm_functions", 0, "used_memory_vm_total", 32768, "used_memory_vm_total_human", "32.00K",
		"used_memory_functions", 0, "used_memory_scripts", scripts, "used_memory_scripts_human", human(int64(scripts)),
		"maxmemory", limit, "maxmemory_human", human(limit), "maxmemory_policy", n.conf.values["maxmemory-policy"],
		"allocator_frag_ratio", 1.0, "allocator_frag_bytes", 0, "allocator_rss_ratio", 1.0, "allocator_rss_bytes", 0,
		"rss_overhead_ratio", 1.0, "rss_overhead_bytes", 0, "mem_fragmentation_ratio", float64(rss) / float64(used),
		"mem_fragmentation_bytes", rss - used, "mem_not_counted_for_evict", 0, "mem_replication_backlog", 0,
		"mem_total_replication_buffers", 0, "mem_clients_slaves", 0, "mem_clients_normal", clients, "mem_cluster_links", 0,
		"mem_aof_buffer", 0, "mem_allocator", "go", "active_defrag_running", 0, "lazyfree_pending_objects", 0, "lazyfreed_objects", 0,
	}
	return fields("Memory", pairs...)
}

// clientMemory is what a connection takes in Redis, in bytes.
const clientMemory = 1800

// samples is how many elements MEMORY USAGE looks at by default.
const samples = 5

func memoryHandlers() map[string]handler {
	return map[string]handler{
		"memory|usage": (*call).memoryUsage, "memory|stats": (*call).memoryStats, "memory|purge": func(k *call) error { k.w.OK(); return nil },
		"memory|doctor": func(k *call) error {
			k.w.Verbatim("No memory problem was found.\n")
			return nil
		},
		"memory|malloc-stats": func(k *call) error { k.w.Verbatim("Stats not supported for the current allocator"); return nil },
	}
}

func (k *call) memoryUsage() error {
	n := int64(samples)
	o := options{args: k.args[3:]}
	for word, ok := o.next(); ok; word, ok = o.next() {
		if word != "SAMPLES" || o.left() == 0 {
			return errSyntax
		}
		var err error
		if n, err = o.integer(); err != nil {
			return err
		}
		if n < 0 {
			return errSyntax
		}
	}
	e := k.find(k.args[2])
	if e == nil {
		k.w.Null()
		return nil
	}
	k.w.Int(k.n.estimate(k.db, e, int(min(n, 1<<30))))
	return nil
}

func (k *call) memoryStats() error {
	used := k.n.usage()
	keys := k.n.keys.len()
	values := []any{
		"peak.allocated", k.n.stats.peak, "total.allocated", used, "startup.allocated", int64(baseMemory),
		"replication.backlog", 0, "clients.slaves", 0, "clients.normal", int64(len(k.n.clients)) * clientMemory,
		"cluster.links", 0, "aof.buffer", 0, "lua.caches", 0, "functions.caches", 0,
	}
	for i, db := range k.n.keys.dbs {
		if n := int64(db.dict.len()); n > 0 {
			values = append(values, "db."+strconv.Itoa(i), func() {
				k.pairs("overhead.hashtable.main", n*56, "overhead.hashtable.expires", int64(db.expiring)*32, "overhead.hashtable.slot-to-keys", 0)
			})
		}
	}
	double := func(f float64) func() { return func() { k.w.Double(f) } }
	data := used - baseMemory
	values = append(values, "overhead.total", int64(baseMemory), "keys.count", keys, "keys.bytes-per-key", data/int64(max(1, keys)),
		"dataset.bytes", data, "dataset.percentage", double(100), "peak.percentage", double(100*float64(used)/float64(max(1, k.n.stats.peak))),
		"allocator.allocated", used, "allocator.active", used, "allocator.resident", used, "allocator-fragmentation.ratio", double(1),
		"allocator-fragmentation.bytes", 0, "allocator-rss.ratio", double(1), "allocator-rss.bytes", 0, "rss-overhead.ratio", double(1),
		"rss-overhead.bytes", 0, "fragmentation", double(1), "fragmentation.bytes", 0)
	k.pairs(values...)
	return nil
}
