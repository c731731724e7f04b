package management

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/gate"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// The bounds of a scrape.
const (
	// maxScrape bounds what is read of an answer: some half a million queues.
	maxScrape = 256 << 20
	maxLine   = 64 << 10
)

// Where the plugin rabbitmq_prometheus listens unless it is told otherwise; its documentation puts TLS on the
// second.
const (
	PrometheusPort    = 15692
	PrometheusPortTLS = 15691
)

// Scraper reads the counts of all queues from the plugin rabbitmq_prometheus, which has them at hand: with
// many queues that costs the server a small part of what the management API does for the same
// (rabbitmq.com/docs/prometheus, "detailed endpoint").
type Scraper struct {
	opt  Options
	http *http.Client
	idle func()

	mu sync.Mutex
	// older are the hosts that are known not to have /metrics/detailed.
	older map[string]bool
}

// NewScraper returns a scraper; of the options it takes those of the network. It sends user and password
// only when the URL that it is given holds them, as the plugin asks for none.
func NewScraper(opt Options) *Scraper {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := opt.Dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return backends.Counted(conn, opt.Vitals), nil
		},
		TLSClientConfig: opt.TLS, TLSHandshakeTimeout: opt.Timeout, MaxConnsPerHost: 1, IdleConnTimeout: time.Minute,
	}
	return &Scraper{opt: opt, idle: transport.CloseIdleConnections, older: map[string]bool{}, http: &http.Client{
		Transport:     gate.HTTP(transport),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close ends the connections that wait for a next request.
func (s *Scraper) Close() { s.idle() }

// Coarse is what one scrape tells.
type Coarse struct {
	// Node and Cluster say who told it.
	Node, Cluster string
	// Queues are those of the vhost by name.
	Queues map[string]QueueCounts
}

// QueueCounts are the counts of one queue. What comes after Consumers is known only where it was asked for.
type QueueCounts struct {
	Ready, Unacked, Consumers Number
	// Memory is what the queue's process takes, Bytes what the bodies have, Head the second of the Unix epoch
	// at which the oldest message was published.
	Memory, Bytes, Capacity, Head Number
}

// The paths of the plugin: a choice of every object's figures, which older servers do not have, all of them,
// and sums.
const (
	pathDetailed  = "/metrics/detailed"
	pathPerObject = "/metrics/per-object"
	pathMetrics   = "/metrics"
)

// Read scrapes the queues of a vhost from the node that listens at base. Wide asks for memory and bodies too,
// which makes the answer some five times as long. An older server answers all that it has, asked or not.
func (s *Scraper) Read(ctx context.Context, base url.URL, vhost string, wide bool) (Coarse, error) {
	query := url.Values{"family": {"queue_coarse_metrics", "queue_consumer_count"}, "vhost": {vhost}}
	if wide {
		query["family"] = []string{"queue_coarse_metrics", "queue_metrics"}
	}
	var found Coarse
	read := func(r io.Reader) (err error) {
		found, err = ReadCoarse(r, vhost)
		return err
	}
	s.mu.Lock()
	older := s.older[base.Host]
	s.mu.Unlock()
	if !older {
		err := s.get(ctx, base, pathDetailed, query, read)
		if !noSuchPath(err) {
			return found, err
		}
	}
	err := s.get(ctx, base, pathPerObject, nil, read)
	s.mu.Lock()
	s.older[base.Host] = err == nil
	s.mu.Unlock()
	return found, err
}

// noSuchPath reports whether a server answered that it has no such path.
func noSuchPath(err error) bool { return backends.ReasonOf(err) == backends.NotFound && err != nil }

// get asks for a path and has the answer read.
func (s *Scraper) get(ctx context.Context, base url.URL, path string, query url.Values, read func(io.Reader) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout+LookupTime) // it names the cluster
	defer cancel()
	ctx, end := s.opt.Span(ctx, "GET "+path, semconv.HTTPRequestMethodKey.String(http.MethodGet),
		semconv.URLTemplate(path), attribute.String("url.scheme", base.Scheme))
	start := time.Now()
	err := s.scrape(ctx, base, path, query, read)
	end(err)
	if err == nil {
		s.opt.Vitals.Answered(time.Since(start))
	}
	return err
}

func (s *Scraper) scrape(ctx context.Context, base url.URL, path string, query url.Values, read func(io.Reader) error) error {
	user := base.User
	base.User, base.Path, base.RawQuery = nil, strings.TrimSuffix(base.Path, "/")+path, query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base.String(), http.NoBody)
	if err != nil {
		return s.fault(backends.BadUsage, base, "the address cannot be used", nil)
	}
	if password, ok := user.Password(); ok {
		request.SetBasicAuth(user.Username(), password)
	}
	request.Header.Set("User-Agent", "bustop")
	answer, err := s.http.Do(request)
	if err != nil {
		what, _ := NetworkFault(err)
		return s.fault(backends.Unreachable, base, what, plainCause(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, answer.Body, maxLine)
		reason := backends.Unsupported
		if answer.StatusCode == http.StatusNotFound {
			reason = backends.NotFound
		}
		return s.fault(reason, base, "answered "+answer.Status, nil)
	}
	if err := read(io.LimitReader(answer.Body, maxScrape)); err != nil {
		return s.fault(backends.ServerError, base, "cannot be read", err)
	}
	return nil
}

func (s *Scraper) fault(reason backends.Reason, base url.URL, what string, err error) error {
	return &backends.Error{Reason: reason, Source: s.opt.Shown, What: "Prometheus at " + base.Host + ": " + what, Err: err}
}

// ReadCoarse reads the text format (prometheus.io/docs/instrumenting/exposition_formats, 0.0.4). What it
// does not know it leaves out.
func ReadCoarse(r io.Reader, vhost string) (Coarse, error) {
	found := Coarse{Queues: map[string]QueueCounts{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	for lines.Scan() {
		line := lines.Text()
		metric, rest, ok := strings.Cut(line, "{")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if metric == metricIdentity {
			labels, _ := readLabels(rest)
			found.Node, found.Cluster = labels["rabbitmq_node"], labels["rabbitmq_cluster"]
			continue
		}
		if !isQueueMetric(metric) {
			continue
		}
		labels, value := readLabels(rest)
		if name, ok := labels["queue"]; ok && labels["vhost"] == vhost {
			counts := found.Queues[name]
			counts.set(metric, value)
			found.Queues[name] = counts
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
		return Coarse{}, fmt.Errorf("reading metrics: %w", err)
	}
	return found, nil
}

// metricIdentity names node and cluster in its labels.
const metricIdentity = "rabbitmq_identity_info"

// isQueueMetric reports whether QueueCounts has a field for a metric.
func isQueueMetric(metric string) bool {
	var none QueueCounts
	return none.field(metric) != nil
}

func (q *QueueCounts) set(metric string, value Number) {
	if field := q.field(metric); field != nil {
		*field = value
	}
}

// field is where a metric belongs, nil for one that is not read. Only /metrics/detailed has "detailed" in
// the names.
func (q *QueueCounts) field(metric string) *Number {
	name, ok := strings.CutPrefix(metric, "rabbitmq_detailed_queue_")
	if !ok {
		if name, ok = strings.CutPrefix(metric, "rabbitmq_queue_"); !ok {
			return nil
		}
	}
	switch name {
	case "messages_ready":
		return &q.Ready
	case "messages_unacked":
		return &q.Unacked
	case "consumers":
		return &q.Consumers
	case "process_memory_bytes":
		return &q.Memory
	case "messages_bytes":
		return &q.Bytes
	case "consumer_capacity":
		return &q.Capacity
	case "head_message_timestamp":
		return &q.Head
	}
	return nil
}

// readLabels reads `name="value",…} number`, in which values escape backslash, quote and line feed.
func readLabels(text string) (map[string]string, Number) {
	labels := make(map[string]string, 3)
	for {
		name, rest, ok := strings.Cut(text, `="`)
		if !ok {
			return labels, Number{}
		}
		value, after, ok := readQuoted(rest)
		if !ok {
			return labels, Number{}
		}
		labels[strings.TrimLeft(name, ", ")] = value
		if end, ok := strings.CutPrefix(after, "}"); ok {
			number, _, _ := strings.Cut(strings.TrimSpace(end), " ") // a time may follow
			v, err := strconv.ParseFloat(number, 64)
			if err != nil || v != v { // NaN
				return labels, Number{}
			}
			return labels, Num(v)
		}
		text = after
	}
}

// readQuoted reads up to the closing quote.
func readQuoted(text string) (value, rest string, ok bool) {
	end := strings.IndexAny(text, `"\`)
	if end < 0 {
		return "", "", false
	}
	if text[end] == '"' {
		return text[:end], text[end+1:], true
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:], true
		case c == '\\' && i+1 < len(text):
			i++
			if text[i] == 'n' {
				b.WriteByte('\n')
			} else {
				b.WriteByte(text[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}
