package rabbitmq

import (
	"context"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// addFigures adds what Prometheus tells of a node, where there is no management API.
func (s *source) addFigures(ctx context.Context, r *backends.HealthReport) {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	f, ok := s.census.node(ctx)
	if !ok {
		return
	}
	if up := f.Of("erlang_uptime_seconds"); up.Known {
		r.Uptime = backends.ExactSpan(time.Duration(up.Value) * time.Second)
	}
	r.Connections = f.Of("connections").Count()
	r.Operations = s.slopes.of("received", f.Of("global_messages_received_total").Count())
	n := management.Node{
		Name:       management.Word(f.Node),
		Running:    true,
		MemoryUsed: f.Of("process_resident_memory_bytes"), MemoryLimit: f.Of("resident_memory_limit_bytes"),
		DiskFree: f.Of("disk_space_available_bytes"), DiskLimit: f.Of("disk_space_available_limit_bytes"),
		FilesUsed: f.Of("process_open_fds"), FilesTotal: f.Of("process_max_fds"),
		SocketsUsed: f.Of("process_open_tcp_sockets"), SocketsTotal: f.Of("process_max_tcp_sockets"),
		MemoryAlarm: management.Truth(f.Of("alarms_memory_used_watermark").Value > 0),
		DiskAlarm:   management.Truth(f.Of("alarms_free_disk_space_watermark").Value > 0),
	}
	addNode(r, &n, true)
	add := func(group, name, value string) {
		if value != "" {
			r.Facts = append(r.Facts, backends.Fact{Group: group, Name: name, Value: value})
		}
	}
	add("cluster", "node", f.Node)
	add("cluster", "erlang", f.Erlang)
	add("cluster", "figures", "Prometheus "+f.host+"; no management API")
	for _, total := range []struct{ name, metric string }{
		{"queues", "queues"},
		{"channels", "channels"},
		{"consumers", "consumers"},
		{"messages", "queue_messages"},
		{"ready", "queue_messages_ready"},
		{"unacked", "queue_messages_unacked"},
	} {
		add("totals", total.name, f.Of(total.metric).Text(0))
	}
}
