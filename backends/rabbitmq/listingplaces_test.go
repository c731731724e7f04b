package rabbitmq

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"bustop/backends"
	"bustop/backends/rabbitmq/management"
)

// places are URLs in one text.
func places(all []url.URL) string {
	var texts []string
	for _, u := range all {
		texts = append(texts, u.String())
	}
	return strings.Join(texts, " ")
}

// TestListening: the ports that the nodes of a cluster listen on for Prometheus, where to reach them.
func TestListening(t *testing.T) {
	type listener = struct {
		node, protocol management.Word
		port           float64
	}
	hosts := []string{"h1", "h2"}
	for name, c := range map[string]struct {
		us        management.Word
		listeners []listener
		want      string
	}{
		"none": {"rabbit@a", []listener{{"rabbit@a", "amqp", 5672}}, ""},
		"one":  {"rabbit@a", []listener{{"rabbit@a", "amqp", 5672}, {"rabbit@a", "http/prometheus", 15692}}, "rabbit@a: http://h1:15692"},
		"ours first": {"rabbit@b", []listener{{"rabbit@a", "http/prometheus", 15692}, {"rabbit@b", "http/prometheus", 15693}}, "rabbit@b: http://h1:15693; " +
			"rabbit@a: http://h1:15692 http://h2:15692 http://a:15692"},
		"with TLS":              {"rabbit@a", []listener{{"rabbit@a", "https/prometheus", 15691}, {"rabbit@a", "http/prometheus", 15692}}, "rabbit@a: https://h1:15691 http://h1:15692"},
		"without names":         {"", []listener{{"", "http/prometheus", 15692}}, ": http://h1:15692"},
		"a name without a host": {"rabbit@a", []listener{{"rabbit", "http/prometheus", 15692}}, "rabbit: http://h1:15692 http://h2:15692"},
	} {
		o := management.Overview{Node: c.us}
		for _, l := range c.listeners {
			o.Listeners = append(o.Listeners, management.Listener{Node: l.node, Protocol: l.protocol, Port: management.Num(l.port)})
		}
		var got []string
		for _, target := range listening(&o, "h1", hosts) {
			got = append(got, target.node+": "+places(target.places))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
	}
}

// nodes are servers that tell of the queues as the nodes of a cluster do: each of a part of the lines that one
// server tells, with the name of its own.
func nodes(t *testing.T, w *world, n int) []*httptest.Server {
	t.Helper()
	answer, err := http.Get(w.server.ManagementURL() + "/metrics/detailed?vhost=/&family=queue_coarse_metrics&family=queue_consumer_count")
	w.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	w.must(err)
	parts := make([]strings.Builder, n)
	part := map[string]int{} // by queue
	for line := range strings.Lines(string(text)) {
		if _, rest, ok := strings.Cut(line, `queue="`); ok {
			name, _, _ := strings.Cut(rest, `"`)
			i, known := part[name]
			if !known {
				i = len(part) % n
				part[name] = i
			}
			parts[i].WriteString(line)
			continue
		}
		for i := range parts {
			own := strings.Replace(line, `rabbitmq_node="`, fmt.Sprintf(`rabbitmq_node="%d-`, i), 1)
			parts[i].WriteString(own)
		}
	}
	var servers []*httptest.Server
	for i := range parts {
		told := parts[i].String()
		servers = append(servers, httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, told)
		})))
		t.Cleanup(servers[i].Close)
	}
	return servers
}

// hostsOf are the addresses of servers, as a URL with several hosts has them.
func hostsOf(servers ...*httptest.Server) string {
	var hosts []string
	for _, s := range servers {
		hosts = append(hosts, strings.TrimPrefix(s.URL, "http://"))
	}
	return "http://" + strings.Join(hosts, ",")
}

// countAnew makes the count stale.
func (c *census) countAnew() {
	c.mu.Lock()
	c.taken.next = time.Time{}
	c.mu.Unlock()
	c.scrapeAfter = time.Time{}
}

// TestCountsOfSeveralNodes: what the nodes tell is put together; one that is gone, or of another cluster, is
// named, and its queues are not listed.
func TestCountsOfSeveralNodes(t *testing.T) {
	w := fewQueues(t)
	w.queue("third", nil, numbered(3)...)
	cluster := nodes(t, w, 3)
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `rabbitmq_identity_info{rabbitmq_node="x",rabbitmq_cluster="elsewhere"} 1
rabbitmq_detailed_queue_messages_ready{vhost="/",queue="not ours"} 1
`)
	}))
	t.Cleanup(foreign.Close)
	s := openURL(t, w.server.URL()+nowhere+hostsOf(append(cluster, foreign)...), backends.Options{})
	page, err := s.ListQueues(ctxFor(t), backends.Query{Survey: true})
	w.must(err)
	var got []string
	for _, q := range page.Items {
		got = append(got, fmt.Sprint(q.Name, " ", q.Ready.Value))
	}
	if text := strings.Join(got, ", "); text != "empty 0, orders 7, third 3" || page.Survey.From != "Prometheus of 3 nodes" {
		t.Errorf("%s by %s", text, page.Survey.From)
	}
	if notes := strings.Join(page.Notes, "\n"); !strings.Contains(notes, "is of another server") {
		t.Errorf("notes: %s", notes)
	}
	cluster[0].Close()
	s.census.countAnew()
	page, err = s.ListQueues(ctxFor(t), backends.Query{Survey: true})
	w.must(err)
	if len(page.Items) != 2 || page.Survey.From != "Prometheus of 2 nodes" {
		t.Errorf("without a node: %d rows by %s", len(page.Items), page.Survey.From)
	}
}

// TestSurveyOfSeveralNodes: the census of very many queues takes the counts of all nodes, and walks through the
// listing where a part of them is missing.
func TestSurveyOfSeveralNodes(t *testing.T) {
	w := manyQueues(t)
	cluster := nodes(t, w, 2)
	for name, c := range map[string]struct {
		places string
		whole  bool
	}{
		"all nodes":        {hostsOf(cluster...), true},
		"one of two":       {hostsOf(cluster[0]), false},
		"one answers":      {hostsOf(cluster[0]) + ",127.0.0.1:1", false},
		"one, named twice": {hostsOf(cluster[0], cluster[0]), false},
	} {
		s := openURL(t, w.url()+"&prometheus="+c.places, backends.Options{})
		page, err := s.ListQueues(ctxFor(t), backends.Query{Survey: true, Limit: 10})
		if err != nil || (page.Survey.From == "Prometheus of 2 nodes") != c.whole || c.whole && len(page.Items) != manyThere+1 {
			t.Errorf("%s: %d rows by %q, %v", name, len(page.Items), page.Survey.From, err)
		}
	}
}
