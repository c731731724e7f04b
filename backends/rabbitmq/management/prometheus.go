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

// PrometheusPort is where the plugin rabbitmq_prometheus listens unless it is told otherwise.
const PrometheusPort = 15692

// Scraper reads the counts of all queues from the plugin rabbitmq_prometheus, which has them at hand: with
// many queues that costs the server a small part of what the management API does for the same
// (rabbitmq.com/docs/prometheus, "detailed endpoint").
type Scraper struct {
	opt  Options
	http *http.Client
	idle func()
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
	return &Scraper{opt: opt, idle: transport.CloseIdleConnections, http: &http.Client{
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

// QueueCounts are the counts of one queue.
type QueueCounts struct{ Ready, Unacked, Consumers Number }

// Read scrapes the queues of a vhost from the node that listens at base.
func (s *Scraper) Read(ctx context.Context, base url.URL, vhost string) (Coarse, error) {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Timeout)
	defer cancel()
	ctx, end := s.opt.Span(ctx, "GET /metrics/detailed", semconv.HTTPRequestMethodKey.String(http.MethodGet),
		semconv.URLTemplate("/metrics/detailed"), attribute.String("url.scheme", base.Scheme))
	start := time.Now()
	found, err := s.scrape(ctx, base, vhost)
	end(err)
	if err == nil {
		s.opt.Vitals.Answered(time.Since(start))
	}
	return found, err
}

func (s *Scraper) scrape(ctx context.Context, base url.URL, vhost string) (Coarse, error) {
	user := base.User
	base.User, base.Path = nil, strings.TrimSuffix(base.Path, "/")+"/metrics/detailed"
	base.RawQuery = url.Values{"family": {"queue_coarse_metrics", "queue_consumer_count"}, "vhost": {vhost}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base.String(), http.NoBody)
	if err != nil {
		return Coarse{}, s.fault(backends.BadUsage, base, "the address cannot be used", nil)
	}
	if password, ok := user.Password(); ok {
		request.SetBasicAuth(user.Username(), password)
	}
	request.Header.Set("User-Agent", "bustop")
	answer, err := s.http.Do(request)
	if err != nil {
		what, _ := NetworkFault(err)
		return Coarse{}, s.fault(backends.Unreachable, base, what, plainCause(err))
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, answer.Body, maxLine)
		return Coarse{}, s.fault(backends.Unsupported, base, "answered "+answer.Status, nil)
	}
	found, err := ReadCoarse(io.LimitReader(answer.Body, maxScrape), vhost)
	if err != nil {
		return Coarse{}, s.fault(backends.ServerError, base, "cannot be read", err)
	}
	return found, nil
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
		switch metric {
		case "rabbitmq_identity_info":
			labels, _ := readLabels(rest)
			found.Node, found.Cluster = labels["rabbitmq_node"], labels["rabbitmq_cluster"]
		case metricReady, metricUnacked, metricConsumers:
			labels, value := readLabels(rest)
			if name, ok := labels["queue"]; ok && labels["vhost"] == vhost {
				counts := found.Queues[name]
				counts.set(metric, value)
				found.Queues[name] = counts
			}
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
		return Coarse{}, fmt.Errorf("reading metrics: %w", err)
	}
	return found, nil
}

// The metrics of the families queue_coarse_metrics and queue_consumer_count that are read.
const (
	metricReady     = "rabbitmq_detailed_queue_messages_ready"
	metricUnacked   = "rabbitmq_detailed_queue_messages_unacked"
	metricConsumers = "rabbitmq_detailed_queue_consumers"
)

func (q *QueueCounts) set(metric string, value Number) {
	switch metric {
	case metricReady:
		q.Ready = value
	case metricUnacked:
		q.Unacked = value
	case metricConsumers:
		q.Consumers = value
	}
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
