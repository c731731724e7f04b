package management

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"bustop/backends"

	"go.opentelemetry.io/otel/attribute"
)

func TestReadCoarse(t *testing.T) {
	text := `# TYPE rabbitmq_detailed_queue_messages_ready gauge
# HELP rabbitmq_detailed_queue_messages_ready Messages ready to be delivered to consumers
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="orders"} 12
rabbitmq_detailed_queue_messages_ready{vhost="other",queue="orders"} 99
rabbitmq_detailed_queue_messages_unacked{vhost="/",queue="orders"} 3 1700000000000
rabbitmq_detailed_queue_consumers{queue="orders", vhost="/"} 2
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="a \"b\" \\ c\nd,e=\"}"} 1e3
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="undefined"} NaN
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="cut off
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="cut\
rabbitmq_detailed_queue_messages_ready{vhost="/"} 4
rabbitmq_detailed_queue_messages_ready 4
rabbitmq_detailed_queue_process_reductions_total{vhost="/",queue="quiet"} 5
rabbitmq_identity_info{rabbitmq_node="rabbit@a",rabbitmq_cluster="c"} 1
`
	got, err := ReadCoarse(strings.NewReader(text), "/")
	if err != nil || got.Node != "rabbit@a" || got.Cluster != "c" {
		t.Fatalf("%+v, %v", got, err)
	}
	want := map[string]QueueCounts{
		"orders":                {Ready: Num(12), Unacked: Num(3), Consumers: Num(2)},
		"a \"b\" \\ c\nd,e=\"}": {Ready: Num(1000)},
		"undefined":             {},
	}
	if len(got.Queues) != len(want) {
		t.Errorf("%d queues: %+v", len(got.Queues), got.Queues)
	}
	for name, counts := range want {
		if got.Queues[name] != counts {
			t.Errorf("%q: %+v, want %+v", name, got.Queues[name], counts)
		}
	}
	if _, err := ReadCoarse(strings.NewReader(strings.Repeat("x", maxLine+1)), "/"); err == nil {
		t.Error("a line without an end is read")
	}
}

func FuzzReadCoarse(f *testing.F) {
	f.Add(`rabbitmq_detailed_queue_messages_ready{vhost="/",queue="a\"\\\n"} 1`)
	f.Add("rabbitmq_identity_info{a=\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ReadCoarse(strings.NewReader(text), "/")
		if err != nil {
			return
		}
		if most := strings.Count(text, "\n") + 1; len(got.Queues) > most {
			t.Errorf("%d queues in %d lines", len(got.Queues), most)
		}
	})
}

// metrics serves texts by path and notes what was asked.
type metrics struct {
	texts map[string]string
	asked []string
}

func (m *metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.asked = append(m.asked, r.URL.Path+" "+strings.Join(r.URL.Query()["family"], ","))
	text, ok := m.texts[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write([]byte(text))
}

func scraping(t *testing.T, m *metrics) (*Scraper, url.URL) {
	t.Helper()
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := NewScraper(Options{
		Timeout: 5 * time.Second, Dial: (&net.Dialer{}).DialContext, Shown: "amqp://host", Vitals: &backends.Vitals{},
		Span: func(ctx context.Context, _ string, _ ...attribute.KeyValue) (context.Context, func(error)) {
			return ctx, func(error) {}
		},
	})
	t.Cleanup(s.Close)
	return s, *base
}

// TestScrapeOfAnOlderServer: where there is no choice of metrics all are read, and that is remembered.
func TestScrapeOfAnOlderServer(t *testing.T) {
	m := &metrics{texts: map[string]string{"/metrics/per-object": `rabbitmq_queue_messages_ready{vhost="/",queue="a"} 3
rabbitmq_queue_process_memory_bytes{vhost="/",queue="a"} 4096
rabbitmq_queue_messages_ready 9
`}}
	s, base := scraping(t, m)
	for range 2 {
		found, err := s.Read(t.Context(), base, "/", false)
		if want := (QueueCounts{Ready: Num(3), Memory: Num(4096)}); err != nil || len(found.Queues) != 1 || found.Queues["a"] != want {
			t.Fatalf("%+v, %v", found, err)
		}
	}
	want := []string{"/metrics/detailed queue_coarse_metrics,queue_consumer_count", "/metrics/per-object ", "/metrics/per-object "}
	if !slices.Equal(m.asked, want) {
		t.Errorf("asked %q", m.asked)
	}
	m.texts = nil
	if _, err := s.Read(t.Context(), base, "/", false); backends.ReasonOf(err) != backends.NotFound || !strings.Contains(err.Error(), "404") {
		t.Errorf("without either: %v", err)
	}
	m.texts, m.asked = map[string]string{"/metrics/detailed": ""}, nil
	if _, err := s.Read(t.Context(), base, "/", true); err != nil || !slices.Equal(m.asked, []string{"/metrics/detailed queue_coarse_metrics,queue_metrics"}) {
		t.Errorf("after an upgrade: %v, asked %q", err, m.asked)
	}
}

func TestReadNodeFigures(t *testing.T) {
	m := &metrics{texts: map[string]string{"/metrics": `# TYPE rabbitmq_connections gauge
rabbitmq_connections 7
rabbitmq_global_messages_received_total{protocol="amqp091"} 40
rabbitmq_global_messages_received_total{protocol="mqtt"} 2
rabbitmq_queue_messages NaN
rabbitmq_cut
erlang_vm_memory 5
rabbitmq_build_info{rabbitmq_version="3.10.8",erlang_version="25.2.3"} 1
rabbitmq_identity_info{rabbitmq_node="rabbit@a",rabbitmq_cluster="c"} 1
`}}
	s, base := scraping(t, m)
	f, err := s.ReadNode(t.Context(), base)
	if err != nil || f.Node != "rabbit@a" || f.Cluster != "c" || f.Version != "3.10.8" || f.Erlang != "25.2.3" {
		t.Fatalf("%+v, %v", f, err)
	}
	for metric, want := range map[string]Number{"connections": Num(7), "global_messages_received_total": Num(42), "queue_messages": {}, "vm_memory": {}, "cut": {}} {
		if got := f.Of(metric); got != want {
			t.Errorf("%s: %+v, want %+v", metric, got, want)
		}
	}
	if _, err := ReadNodeFigures(strings.NewReader(strings.Repeat("x", maxLine+1))); err == nil {
		t.Error("a line without an end is read")
	}
}
