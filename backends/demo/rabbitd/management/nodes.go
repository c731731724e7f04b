package management

import (
	"os"
	"runtime"
	"strconv"
	"time"

	"bustop/backends/demo/rabbitd/broker"
)

// The limits of a node that a broker in a process does not have: those of a RabbitMQ with default
// settings.
const (
	filesTotal     = 20000
	socketsTotal   = 17910
	processesTotal = 1048576
	diskLimit      = 50_000_000 // bytes
)

// listNodes is GET /api/nodes.
func listNodes(c *call) any { return c.list([]object{c.node()}, "vhost", "name") }

func nodeExists(c *call) bool { return c.params["node"] == c.api.node }

// getNode is GET /api/nodes/:node. RabbitMQ stumbles over one that is not there.
func getNode(c *call) any {
	if !nodeExists(c) {
		c.fail(crash())
	}
	o := c.node()
	if c.asks("memory") {
		o["memory"] = c.memory()
	}
	if c.asks("binary") {
		o["binary"] = object{}
	}
	return o
}

func (c *call) node() object {
	n := c.api.broker.NodeInfo()
	o := object{"name": n.Name, "type": "disc", "running": true}
	wanted := c.spans()
	if c.asks("disable_stats") {
		return o
	}
	c.addLimits(o, &n)
	addWork(o, &n, wanted.node)
	addChurn(o, n.Churn, wanted.node)
	o["applications"] = []object{
		{"name": "rabbit", "description": "RabbitMQ", "version": c.api.broker.Overview().Version},
	}
	o["auth_mechanisms"] = []object{
		{"name": "PLAIN", "description": "SASL PLAIN authentication mechanism", "enabled": true},
		{"name": "AMQPLAIN", "description": "QPid AMQPLAIN mechanism", "enabled": true},
		{"name": "RABBIT-CR-DEMO", "description": "RabbitMQ Demo challenge-response authentication mechanism", "enabled": false},
	}
	o["exchange_types"], o["contexts"] = exchangeTypes(), c.contexts("")
	o["enabled_plugins"] = []string{"rabbitmq_management", "rabbitmq_prometheus"}
	o["config_files"], o["log_files"], o["db_dir"] = []string{}, []string{"<stdout>"}, ""
	o["cluster_links"], o["partitions"] = []object{}, []string{}
	o["metrics_gc_queue_length"] = object{
		"connection_closed": 0, "channel_closed": 0, "consumer_deleted": 0, "exchange_deleted": 0,
		"queue_deleted": 0, "vhost_deleted": 0, "node_node_deleted": 0, "channel_consumer_deleted": 0,
	}
	o["ra_open_file_metrics"] = object{"ra_log_wal": 0, "ra_log_segment_writer": 0}
	return o
}

func (c *call) addLimits(o object, n *broker.Node) {
	o["os_pid"], o["uptime"] = strconv.Itoa(os.Getpid()), time.Since(n.Started).Milliseconds()
	o["processors"], o["run_queue"], o["net_ticktime"] = runtime.GOMAXPROCS(0), 0, 60
	o["rates_mode"], o["mem_calculation_strategy"] = c.api.ratesMode(), "rss"
	o["fd_total"], o["sockets_total"], o["proc_total"] = filesTotal, socketsTotal, processesTotal
	o["mem_limit"], o["mem_alarm"] = n.MemoryLimit, n.MemoryAlarm
	o["disk_free_limit"], o["disk_free_alarm"] = diskLimit, n.DiskAlarm
}

// addWork writes what a node does. A broker in memory does nothing with files.
func addWork(o object, n *broker.Node, wanted *span) {
	for name, value := range map[string]any{
		"mem_used": n.MemoryUsed, "fd_used": n.Connections, "sockets_used": n.Connections,
		"proc_used": runtime.NumGoroutine(), "disk_free": diskFree(),
		"gc_num": 0, "gc_bytes_reclaimed": 0, "context_switches": 0,
		"io_read_count": 0, "io_read_bytes": 0, "io_read_avg_time": decimal(0),
		"io_write_count": 0, "io_write_bytes": 0, "io_write_avg_time": decimal(0),
		"io_sync_count": 0, "io_sync_avg_time": decimal(0), "io_seek_count": 0, "io_seek_avg_time": decimal(0),
		"io_reopen_count": 0, "mnesia_ram_tx_count": 0, "mnesia_disk_tx_count": 0,
		"msg_store_read_count": 0, "msg_store_write_count": 0,
		"queue_index_read_count": 0, "queue_index_write_count": 0,
	} {
		o[name], o[name+"_details"] = value, flat(wanted)
	}
}

// nodeMemory is GET /api/nodes/:node/memory.
func nodeMemory(c *call) any { return object{"memory": c.memory()} }

// memory is what a node uses by parts: here messages, and the rest of the process.
func (c *call) memory() object {
	used := c.api.broker.NodeInfo().MemoryUsed
	var process runtime.MemStats
	runtime.ReadMemStats(&process)
	o := object{"strategy": "rss", "total": object{
		"erlang": process.HeapAlloc, "rss": process.Sys, "allocated": process.HeapSys,
	}}
	for _, part := range memoryParts() {
		o[part] = 0
	}
	o["queue_procs"] = used
	o["other_proc"] = max(int64(process.HeapAlloc)-used, 0)
	return o
}

// relativeMemory is GET /api/nodes/:node/memory/relative, in percent.
func relativeMemory(c *call) any {
	absolute := c.memory()
	total := float64(absolute["total"].(object)["rss"].(uint64))
	o := object{"total": 100}
	for _, part := range memoryParts() {
		n, _ := absolute[part].(int64)
		share := int(float64(n)/total*100 + 0.5)
		if share == 0 && n > 0 {
			share = 1
		}
		o[part] = share
	}
	return object{"memory": o}
}

func memoryParts() []string {
	return []string{
		"connection_readers", "connection_writers", "connection_channels", "connection_other",
		"queue_procs", "queue_slave_procs", "quorum_queue_procs", "quorum_queue_dlx_procs",
		"stream_queue_procs", "stream_queue_replica_reader_procs", "stream_queue_coordinator_procs",
		"plugins", "other_proc", "metrics", "mgmt_db", "mnesia", "quorum_ets", "other_ets", "binary",
		"msg_index", "code", "atom", "other_system", "allocated_unused", "reserved_unallocated",
	}
}
