package management_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends/demo/servers"
)

// unknown are the metrics that ours does not have, by what they are about.
func unknown() *regexp.Regexp {
	return regexp.MustCompile(`^(` + strings.Join([]string{
		`erlang_.*`, `rabbitmq_(detailed_)?erlang_.*`, // there is no Erlang, but for the age of the node
		`telemetry_.*`, `process_start_time_seconds`, // the exporter about itself
		`rabbitmq_(detailed_)?(raft|io|schema_db|msg_store|queue_index)_.*`, // nothing is on disk
		`rabbitmq_(detailed_)?auth_attempts.*`,                              // logins are not counted
		`rabbitmq_global_.*`,                                                // sums by protocol, of another collector
		`rabbitmq_(detailed_)?queue_messages_published_total`,               // not counted by channel
	}, "|") + `)$`)
}

// scraped is what an answer in Prometheus' text holds: for each metric its type, and its objects by
// their labels with their values.
type scraped map[string]map[string]string

func (p *place) scrape(root, path string) scraped {
	p.t.Helper()
	saved := p.http
	p.http = root
	a := p.ask(request{path: path, user: "-"})
	p.http = saved
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "text/plain; version=0.0.4" {
		p.t.Fatalf("%s: %d %s", path, a.status, a.header)
	}
	out := scraped{}
	for line := range strings.Lines(a.body) {
		line = strings.TrimSpace(line)
		if kind, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, what, _ := strings.Cut(kind, " ")
			if !unknown().MatchString(name) {
				out[name] = map[string]string{"type": what}
			}
		}
		if line == "" || line[0] == '#' {
			continue
		}
		end := strings.LastIndexByte(line, ' ')
		name, labels, _ := strings.Cut(line[:end], "{")
		if m := out[name]; m != nil {
			m[process().ReplaceAllString(labels, "PROCESS")] = line[end+1:]
		}
	}
	return out
}

func process() *regexp.Regexp { return regexp.MustCompile(`<0\.\d+\.0>`) }

// shape forgets values, and labels but for their names.
func (s scraped) shape() map[string][]string {
	out := map[string][]string{}
	label := regexp.MustCompile(`="(?:[^"\\]|\\.)*"`)
	for name, objects := range s {
		kinds := map[string]bool{"type " + objects["type"]: true}
		for labels := range objects {
			if labels != "type" {
				kinds[label.ReplaceAllString(labels, "")] = true
			}
		}
		out[name] = slices.Sorted(maps.Keys(kinds))
	}
	return out
}

// TestMetrics compares what is told to Prometheus with what RabbitMQ tells.
func TestMetrics(t *testing.T) {
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	theirs := startRabbitMQ(t, servers.RabbitOptions{
		Plugins: []string{"rabbitmq_prometheus"},
		Config:  fmt.Sprintf("prometheus.tcp.ip = 127.0.0.1\nprometheus.tcp.port = %d", port),
	})
	ours := start(t)
	t.Cleanup(func() { theirs.leave(); ours.leave() })
	theirs.fill()
	ours.fill()
	root := fmt.Sprintf("http://127.0.0.1:%d", port)
	paths := []string{"/metrics", "/metrics/per-object", "/metrics/detailed", "/metrics/detailed?family=nosuch", "/metrics/detailed?vhost=orders&family=queue_coarse_metrics&family=queue_metrics"}
	for _, family := range []string{
		"queue_coarse_metrics", "queue_metrics", "queue_consumer_count", "channel_metrics", "channel_exchange_metrics", "channel_queue_metrics",
		"channel_queue_exchange_metrics", "connection_coarse_metrics", "connection_metrics", "connection_churn_metrics", "node_coarse_metrics",
		"node_metrics", "exchange_bindings", "exchange_names", "vhost_status",
	} {
		paths = append(paths, "/metrics/detailed?family="+family)
	}
	for _, path := range paths {
		same(t, path, func() (any, any) {
			return theirs.scrape(root, path).shape(), ours.scrape(ours.http, path).shape()
		})
	}
	for _, path := range []string{"queue_coarse_metrics", "queue_consumer_count", "queue_coarse_metrics&vhost=orders", "exchange_bindings", "exchange_names", "vhost_status"} {
		same(t, path, func() (any, any) {
			return theirs.scrape(root, "/metrics/detailed?family="+path).values(), ours.scrape(ours.http, "/metrics/detailed?family="+path).values()
		})
	}
}

// values are those that two servers can have in common.
func (s scraped) values() scraped {
	for name := range s {
		if strings.HasSuffix(name, "_info") || strings.Contains(name, "reductions") {
			delete(s, name)
		}
	}
	return s
}

// same waits until two servers agree.
func same(t *testing.T, what string, see func() (theirs, ours any)) {
	t.Helper()
	deadline := time.Now().Add(settle)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		theirs, ours := see()
		a, b := written(theirs), written(ours)
		if a == b {
			return
		}
		if time.Now().After(deadline) {
			var want, got any
			if json.Unmarshal([]byte(a), &want) != nil || json.Unmarshal([]byte(b), &got) != nil {
				t.Fatal("what was written cannot be read")
			}
			differences("", want, got, func(path, text string) { t.Errorf("%s: %s: %s", what, path, text) })
			return
		}
		<-tick.C
	}
}
