package management

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bustop/backends/demo/rabbitd/broker"
)

// Metrics serves what the rabbitmq_prometheus plugin serves without a login on port 15692: sums at
// /metrics, every object at /metrics/per-object, and at /metrics/detailed the families of metrics
// that the parameter family names, of the virtual hosts that vhost names
// (prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4).
func Metrics(b *broker.Broker) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := scrape{broker: b, prefix: "rabbitmq_"}
		switch strings.Trim(r.URL.Path, "/") {
		case "metrics":
			s.sums = true
			s.families = defaultFamilies()
		case "metrics/per-object":
			s.families = defaultFamilies()
		case "metrics/detailed":
			s.prefix = "rabbitmq_detailed_"
			query := r.URL.Query()
			s.families = query["family"]
			s.vhosts = query["vhost"]
		default:
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "Unknown Registry")
			return
		}
		text := s.text()
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		w.Header().Set("Content-Length", strconv.Itoa(len(text)))
		_, _ = w.Write(text)
	})
}

// scrape is one answer on its way.
type scrape struct {
	broker   *broker.Broker
	out      bytes.Buffer
	prefix   string
	families []string
	vhosts   []string // none: all
	sums     bool
}

// sample is the value of a metric for one object.
type sample struct {
	labels string // as they are written, without braces
	value  float64
}

func (s *scrape) text() []byte {
	if s.sums {
		s.alarms()
	}
	done := map[string]bool{}
	for _, name := range s.families {
		if write := families()[name]; write != nil && !done[name] {
			done[name] = true
			write(s)
		}
	}
	if s.prefix == "rabbitmq_" {
		s.totals()
	}
	s.identity()
	return s.out.Bytes()
}

func defaultFamilies() []string {
	return []string{
		"connection_churn_metrics", "node_coarse_metrics", "node_metrics", "queue_coarse_metrics", "queue_metrics",
		"channel_metrics", "channel_exchange_metrics", "channel_queue_metrics", "connection_coarse_metrics",
		"connection_metrics", "channel_process_metrics", "channel_queue_exchange_metrics",
	}
}

func families() map[string]func(*scrape) {
	return map[string]func(*scrape){
		"connection_churn_metrics":       (*scrape).churn,
		"node_coarse_metrics":            (*scrape).nodeUse,
		"node_metrics":                   (*scrape).nodeLimits,
		"queue_coarse_metrics":           (*scrape).queueLengths,
		"queue_consumer_count":           (*scrape).queueConsumers,
		"queue_metrics":                  (*scrape).queueDetails,
		"channel_metrics":                (*scrape).channelDetails,
		"channel_exchange_metrics":       (*scrape).channelPublishing,
		"channel_queue_metrics":          (*scrape).channelDelivering,
		"channel_process_metrics":        (*scrape).channelWork,
		"channel_queue_exchange_metrics": (*scrape).queuePublishing,
		"connection_coarse_metrics":      (*scrape).connectionBytes,
		"connection_metrics":             (*scrape).connectionPackets,
		"exchange_bindings":              (*scrape).exchangeBindings,
		"exchange_names":                 (*scrape).exchangeNames,
		"vhost_status":                   (*scrape).vhostStatus,
	}
}

// metric writes one metric: the sum of its samples, or each. Without samples it writes its head
// only.
func (s *scrape) metric(name, kind, about string, samples ...sample) {
	fmt.Fprintf(&s.out, "# TYPE %s %s\n# HELP %s %s\n", name, kind, name, about)
	if s.sums {
		samples = sum(samples)
	}
	for _, x := range samples {
		s.out.WriteString(name)
		if x.labels != "" {
			s.out.WriteString("{" + x.labels + "}")
		}
		fmt.Fprintf(&s.out, " %s\n", strconv.FormatFloat(x.value, 'f', -1, 64))
	}
}

// sum adds samples up. Where one is not a number RabbitMQ writes no sum.
func sum(samples []sample) []sample {
	total := sample{}
	for _, x := range samples {
		total.value += x.value
	}
	if math.IsNaN(total.value) {
		return nil
	}
	return []sample{total}
}

func (s *scrape) gauge(name, about string, samples ...sample) {
	s.metric(s.prefix+name, "gauge", about, samples...)
}

func (s *scrape) counter(name, about string, samples ...sample) {
	s.metric(s.prefix+name, "counter", about, samples...)
}

func one[N int | int64 | uint64 | float64](n N) sample { return sample{value: float64(n)} }

func flagged(on bool) sample {
	if on {
		return one(1)
	}
	return one(0)
}

// label writes pairs of names and values.
func label(pairs ...string) string {
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(pairs[i] + `="` + escape.Replace(strings.ToValidUTF8(pairs[i+1], "\uFFFD")) + `"`)
	}
	return b.String()
}

// pid is how Erlang names the process of a channel or connection.
func pid(id uint64) string { return "<0." + strconv.FormatUint(id, 10) + ".0>" }

func (s *scrape) wants(vhost string) bool {
	if len(s.vhosts) == 0 {
		return true
	}
	for _, v := range s.vhosts {
		if v == vhost {
			return true
		}
	}
	return false
}

func (s *scrape) alarms() {
	n := s.broker.NodeInfo()
	for _, a := range []struct {
		name, about string
		on          bool
	}{
		{"alarms_file_descriptor_limit", "1 while files run out", false},
		{"alarms_free_disk_space_watermark", "1 while the disk alarm is on", n.DiskAlarm},
		{"alarms_memory_used_watermark", "1 while the memory alarm is on", n.MemoryAlarm},
	} {
		s.metric(s.prefix+a.name, "untyped", a.about, flagged(a.on))
	}
}

func (s *scrape) churn() {
	churn := s.broker.Overview().Churn
	s.counter("connections_opened_total", "Connections opened", one(churn.ConnectionCreated))
	s.counter("connections_closed_total", "Connections closed", one(churn.ConnectionClosed))
	s.counter("channels_opened_total", "Channels opened", one(churn.ChannelCreated))
	s.counter("channels_closed_total", "Channels closed", one(churn.ChannelClosed))
	s.counter("queues_declared_total", "Declarations of queues", one(churn.QueueDeclared))
	s.counter("queues_created_total", "Queues made", one(churn.QueueCreated))
	s.counter("queues_deleted_total", "Queues deleted", one(churn.QueueDeleted))
}

func (s *scrape) nodeUse() {
	n := s.broker.NodeInfo()
	s.gauge("process_open_fds", "Open files", one(n.Connections))
	s.gauge("process_open_tcp_sockets", "Open sockets", one(n.Connections))
	s.gauge("process_resident_memory_bytes", "Memory in use", one(n.MemoryUsed))
	if free, ok := diskFree().(uint64); ok {
		s.gauge("disk_space_available_bytes", "Free disk space", one(free))
	}
}

func (s *scrape) nodeLimits() {
	n := s.broker.NodeInfo()
	s.gauge("process_max_fds", "Limit of open files", one(filesTotal))
	s.gauge("process_max_tcp_sockets", "Limit of open sockets", one(socketsTotal))
	s.gauge("resident_memory_limit_bytes", "Memory at which the alarm goes on", one(n.MemoryLimit))
	s.gauge("disk_space_available_limit_bytes", "Free disk space at which the alarm goes on", one(diskLimit))
	s.gauge("erlang_uptime_seconds", "Age of the node", one(time.Since(n.Started).Seconds()))
}

func (s *scrape) totals() {
	all := s.broker.Overview()
	s.gauge("connections", "Open connections", one(all.Connections))
	s.gauge("channels", "Open channels", one(all.Channels))
	s.gauge("consumers", "Consumers", one(all.Consumers))
	s.gauge("queues", "Queues", one(all.Queues))
}

func (s *scrape) identity() {
	s.sums = false
	all := s.broker.Overview()
	s.metric("rabbitmq_build_info", "untyped", "Versions", sample{label(
		"rabbitmq_version", all.Version, "prometheus_plugin_version", all.Version,
		"prometheus_client_version", "4.9.1", "erlang_version", erlangRelease,
	), 1})
	s.metric("rabbitmq_identity_info", "untyped", "Names of node and cluster", sample{label(
		"rabbitmq_node", all.Node, "rabbitmq_cluster", all.ClusterName,
		"rabbitmq_cluster_permanent_id", clusterID(all.ClusterName),
	), 1})
}
