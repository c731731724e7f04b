package management

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"bustop/backends"
	"bustop/backends/gate"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// maxAnswer bounds the body of an answer.
const maxAnswer = 16 << 20

// refusalTime is how long a refused login is not tried again.
const refusalTime = 30 * time.Second

// ErrMissing is the cause of errors that say that there is no management API to use: nobody
// listens, it is something else, or the user may not use it.
var ErrMissing = errors.New("no management API")

// Options say where and as whom a client asks. They hold the password: never print them.
type Options struct {
	// URLs are of the API without user, password and "/api", one for each node that serves it: the
	// first that answers is asked until it does no longer.
	URLs []url.URL
	// TLS verifies the name of the host that is asked unless it names another.
	TLS            *tls.Config
	User, Password string
	// Timeout bounds one request; one for which the server looks a name up may need LookupTime more.
	Timeout time.Duration
	Dial    backends.DialFunc
	// Shown is what errors call the source, Vhost the one it is of.
	Shown, Vhost string
	Vitals       *backends.Vitals
	// Span begins the span of a request; what it returns ends it with the outcome.
	Span func(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, func(error))
	// Moved, if set, is told that another node is asked from now on, and why not the one before.
	Moved func(to url.URL, from url.URL, why error)
}

// LookupTime is how much longer an answer may take that names the cluster, or for which the server logs in
// to itself: unless the cluster was given a name, RabbitMQ 3.10 to 4.3 makes one of its host's full name
// (rabbit_nodes:cluster_name) and looks that up each time. Where a name server does not answer, the
// resolver asks again after 5 s (resolv.conf(5), timeout).
const LookupTime = 6 * time.Second

// Client speaks to the HTTP API of the management plugin (rabbitmq.com/docs/http-api-reference).
type Client struct {
	opt       Options
	http      *http.Client
	transport *http.Transport

	mu         sync.Mutex
	refused    error
	refusedAt  time.Time
	answeredAt time.Time
	denials    denials
	node       int // of the URLs, the one that is asked
}

// NewClient returns a client. It asks nothing yet.
func NewClient(opt Options) *Client {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := opt.Dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return backends.Counted(conn, opt.Vitals), nil
		},
		TLSClientConfig:     opt.TLS,
		TLSHandshakeTimeout: opt.Timeout,
		MaxConnsPerHost:     2,
		MaxIdleConnsPerHost: 2,
		IdleConnTimeout:     time.Minute,
	}
	return &Client{
		opt: opt, transport: transport,
		http: &http.Client{
			Transport: gate.HTTP(transport),
			// A redirect would carry the password to somewhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Close ends the connections that wait for a next request.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Route is a path of the API: a template for spans and the values of its parameters in order.
type Route struct {
	template string
	values   []string
}

// To returns a route; each {parameter} of the template stands for one value.
func To(template string, values ...string) Route { return Route{template, values} }

// path is the route with every value encoded, so that none can be read as a part of the path.
func (r Route) path() string {
	var path strings.Builder
	rest := r.template
	for _, value := range r.values {
		before, after, _ := strings.Cut(rest, "{")
		_, after, _ = strings.Cut(after, "}")
		path.WriteString(before + Segment(value))
		rest = after
	}
	return path.String() + rest
}

// listsVhost reports whether every server has an answer to the route, if it has the vhost.
func (r Route) listsVhost() bool {
	switch r.template {
	case "/api/queues/{vhost}", "/api/exchanges/{vhost}", "/api/bindings/{vhost}", "/api/consumers/{vhost}":
		return true
	}
	return false
}

// Segment encodes a name as one part of a path. Dots alone are encoded too: "." and ".." would
// be taken as directions.
func Segment(name string) string {
	if strings.Trim(name, ".") == "" {
		return strings.ReplaceAll(name, ".", "%2E")
	}
	return url.PathEscape(name)
}

// object is what an error about the route is about: the last value, unless that is the vhost.
func (r Route) object() string {
	if len(r.values) < 2 {
		return ""
	}
	return r.values[len(r.values)-1]
}

// secondTry is how long get waits before it asks again.
const secondTry = 250 * time.Millisecond

// Get reads a JSON answer. RabbitMQ answers 500 now and then when it comes upon a queue that is just
// being made; it gets a second try.
func (c *Client) Get(ctx context.Context, r Route, query url.Values, into any) error {
	status, err := c.ask(ctx, http.MethodGet, r, query, nil, into)
	if status != http.StatusInternalServerError {
		return err
	}
	again := time.NewTimer(secondTry)
	defer again.Stop()
	select {
	case <-again.C:
		_, err = c.ask(ctx, http.MethodGet, r, query, nil, into)
	case <-ctx.Done():
	}
	return err
}

// Post sends JSON and reads a JSON answer; the gate lets only the peek through.
func (c *Client) Post(ctx context.Context, r Route, body, into any) error {
	_, err := c.ask(ctx, http.MethodPost, r, nil, body, into)
	return err
}

// ask sends a request to the node that is asked at present, or to the next that can be reached, and
// returns the status of the answer, 0 when there was none.
func (c *Client) ask(ctx context.Context, method string, r Route, query url.Values, body, into any) (int, error) {
	if err := c.lastRefusal(r); err != nil {
		return 0, err
	}
	for tries := 1; ; tries++ {
		node := c.present()
		status, err := c.askNode(ctx, node, method, r, query, body, into)
		c.report(r, err)
		if tries == len(c.opt.URLs) || ctx.Err() != nil || !worthAnother(method, status, err) {
			return status, err
		}
		c.move(node, err)
	}
}

// timeout bounds a request. The login that taking messages needs comes before the first is taken.
func (c *Client) timeout(method string, r Route) time.Duration {
	if method == http.MethodPost || r.template == "/api/overview" {
		return c.opt.Timeout + LookupTime
	}
	return c.opt.Timeout
}

// askNode sends a request to a node within a span.
func (c *Client) askNode(ctx context.Context, node int, method string, r Route, query url.Values, body, into any) (int, error) {
	base := c.opt.URLs[node]
	ctx, cancel := context.WithTimeout(ctx, c.timeout(method, r))
	defer cancel()
	ctx, end := c.opt.Span(ctx, method+" "+r.template,
		semconv.HTTPRequestMethodKey.String(method), semconv.URLTemplate(r.template),
		attribute.String("url.scheme", base.Scheme), semconv.ServerAddress(base.Hostname()), semconv.ServerPort(portOf(base)))
	start := time.Now()
	status, err := c.exchange(ctx, base, method, r, query, body, into)
	if status != 0 {
		trace.SpanFromContext(ctx).SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
	end(err)
	if answered(err) {
		c.opt.Vitals.Answered(time.Since(start))
	}
	return status, err
}

// exchange returns the status, 0 when there was no answer, and the error.
func (c *Client) exchange(ctx context.Context, base url.URL, method string, r Route, query url.Values, body, into any) (int, error) {
	request, err := c.request(ctx, base, method, r, query, body)
	if err != nil {
		return 0, c.fault(backends.BadUsage, r, err.Error(), "", err)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return 0, c.unreachable(base, r, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer.StatusCode, c.unreachable(base, r, err)
	case len(text) > maxAnswer:
		return answer.StatusCode, c.fault(backends.ServerError, r,
			"the management API's answer is larger than 16 MiB", "look at a part of it", nil)
	}
	return answer.StatusCode, c.read(base, r, answer, text, into)
}

func (c *Client) request(ctx context.Context, base url.URL, method string, r Route, query url.Values, body any) (*http.Request, error) {
	target := base.String() + r.path()
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var reader io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, target, reader)
	if err != nil {
		return nil, errors.New("the request cannot be made from these names")
	}
	request.SetBasicAuth(c.opt.User, c.opt.Password)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "bustop")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// read turns an answer into a value or an error.
func (c *Client) read(base url.URL, r Route, answer *http.Response, text []byte, into any) error {
	var said struct{ Error, Reason, Status Word }
	isJSON := json.Valid(text)
	if isJSON {
		_ = json.Unmarshal(text, &said)
	}
	reason := fmt.Sprintf("%.200s", said.Reason)
	code := answer.StatusCode
	switch {
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return c.denied(r, code, reason)
	case code == http.StatusNotFound && isJSON:
		return c.notFound(r)
	case said.Error == "page_out_of_range":
		return c.fault(backends.ServerError, r, reason, "", backends.ErrPastEnd)
	case code == http.StatusServiceUnavailable && said.Status == "failed":
		// A health check that found something answers so.
	case code >= 500 || code == http.StatusBadRequest:
		what := "the management API answered " + answer.Status
		if reason != "" {
			what += ": " + reason
		}
		return c.fault(backends.ServerError, r, what, "", nil)
	case code != http.StatusOK, !isJSON:
		return c.fault(backends.Unsupported, r, "what answers at "+base.Host+" is not the management API", "", ErrMissing)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return c.fault(backends.ServerError, r, "the management API's answer has an unexpected shape", "", nil)
	}
	return nil
}

func (c *Client) unreachable(base url.URL, r Route, err error) error {
	var ours *backends.Error
	if errors.As(err, &ours) { // the gate's refusal
		return err
	}
	what, advice := NetworkFault(err)
	cause := errors.Join(ErrMissing, plainCause(err))
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		cause = plainCause(err) // it may be there, and slow
	}
	return c.fault(backends.Unreachable, r, "management API at "+base.Host+": "+what, advice, cause)
}

func (c *Client) fault(reason backends.Reason, r Route, what, advice string, err error) error {
	return &backends.Error{
		Reason: reason, Source: c.opt.Shown, Object: r.object(), What: what, Advice: advice, Err: err,
	}
}

// answered reports whether an outcome shows that the API is there and lets us in: what is not found,
// or takes another right, was answered too.
func answered(err error) bool {
	reason := backends.ReasonOf(err)
	return err == nil || reason == backends.NotFound || errors.Is(err, backends.ErrPastEnd) || errors.Is(err, ErrRight)
}

// report remembers how a request went, and tells the vitals of failures.
func (c *Client) report(r Route, err error) {
	reason := backends.ReasonOf(err)
	c.mu.Lock()
	switch {
	case answered(err):
		c.answeredAt, c.refused = time.Now(), nil
		c.denials.note(r, err)
	case reason == backends.Denied:
		c.refused, c.refusedAt = err, time.Now()
	}
	c.mu.Unlock()
	switch {
	case answered(err):
	case errors.Is(err, ErrMissing), errors.Is(err, context.Canceled), reason == backends.NotAllowed:
		// Whether the source is down is decided by who also knows the AMQP connection.
	default:
		c.opt.Vitals.Failed(backends.Stale, err)
	}
}

// lastRefusal returns the error of a login, or of a route, that was refused lately.
func (c *Client) lastRefusal(r Route) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused != nil && time.Since(c.refusedAt) < refusalTime {
		return c.refused
	}
	return c.denials.known(r)
}

// AnsweredSince reports whether the API has answered after the given time.
func (c *Client) AnsweredSince(t time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answeredAt.After(t)
}
