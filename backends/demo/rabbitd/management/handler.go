package management

import (
	"net/http"
	"slices"
	"strings"

	"bustop/backends/demo/rabbitd/broker"
)

// Options tell what the broker cannot know.
type Options struct {
	// Sampler holds the rates; without one all rates are 0 and there are no samples.
	Sampler *Sampler
	// Listeners reports what accepts connections now.
	Listeners func() []Listener
	// Detailed shows what each exchange counted with each channel and queue, as rates_mode detailed does.
	Detailed bool
}

// Listener is an address that accepts connections.
type Listener struct {
	Protocol string // amqp, amqp/ssl, http, https, http/prometheus
	Address  string // without port
	Port     int
}

// Handler serves the API below /api and Prometheus' text below /metrics.
func Handler(b *broker.Broker, opt Options) http.Handler {
	if opt.Listeners == nil {
		opt.Listeners = func() []Listener { return nil }
	}
	return &api{broker: b, opt: opt, routes: routes(), metrics: Metrics(b), node: b.Overview().Node}
}

type api struct {
	broker  *broker.Broker
	opt     Options
	routes  []route
	metrics http.Handler
	node    string // the broker's name, which stays the same
}

// resource is what a path stands for.
type resource struct {
	methods []string // in the order of the header Allow
	allowed rule
	exists  func(*call) bool // nil: always
	get     func(*call) any
	put     func(*call)
	post    func(*call) any // nil for an answer without a body
	delete  func(*call)
	// needsJSON refuses bodies that do not say that they are JSON.
	needsJSON bool
	// onlyJSON says that RabbitMQ has no other format for it, so that answers do not vary by it.
	onlyJSON bool
}

// ServeHTTP answers one request, in the order of checks of RabbitMQ's web server: path, method,
// login, what the client accepts, whether the object is there.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/metrics") {
		a.metrics.ServeHTTP(w, r)
		return
	}
	header := w.Header()
	segments, ok := split(r.URL.EscapedPath())
	switch {
	case !ok:
		w.WriteHeader(http.StatusBadRequest)
		return
	case len(segments) == 1 && segments[0] == "api":
		header.Set("Location", "/api/index.html")
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	header.Set("Content-Security-Policy", "script-src 'self' 'unsafe-eval' 'unsafe-inline'; object-src 'self'")
	header.Set("Vary", "origin")
	found, params := a.find(segments)
	if found == nil {
		writeFault(w, notFound())
		return
	}
	c := &call{api: a, w: w, r: r, params: params, query: parseQuery(r.URL.RawQuery)}
	defer c.recover()
	c.serve(found)
}

func (a *api) find(segments []string) (*resource, map[string]string) {
	for i := range a.routes {
		if params, ok := a.routes[i].match(segments); ok {
			return &a.routes[i].resource, params
		}
	}
	return nil, nil
}

// serve runs the checks and the method of a resource.
func (c *call) serve(res *resource) {
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete,
		http.MethodOptions, http.MethodPatch, http.MethodTrace, http.MethodConnect:
	default:
		c.fail(fault{status: http.StatusNotImplemented})
	}
	if !slices.Contains(res.methods, c.r.Method) {
		c.w.Header().Set("Allow", strings.Join(res.methods, ", "))
		c.fail(fault{status: http.StatusMethodNotAllowed})
	}
	if c.r.Method == http.MethodOptions {
		c.w.Header().Set("Allow", strings.Join(res.methods, ", "))
		c.w.WriteHeader(http.StatusOK)
		return
	}
	c.login(res.allowed)
	if !acceptable(c.r.Header.Get("Accept")) {
		c.fail(fault{status: http.StatusNotAcceptable})
	}
	c.w.Header().Set("Vary", "accept, accept-encoding, origin")
	if res.onlyJSON {
		c.w.Header().Set("Vary", "accept-encoding, origin")
	}
	c.run(res, res.exists == nil || res.exists(c))
}

// run calls the method. A PUT makes what is not there, and a POST finds out itself.
func (c *call) run(res *resource, exists bool) {
	if !exists && c.r.Method != http.MethodPut && c.r.Method != http.MethodPost {
		c.fail(notFound())
	}
	if res.needsJSON && (c.r.Method == http.MethodPut || c.r.Method == http.MethodPost) &&
		!strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/json") {
		c.fail(fault{status: http.StatusUnsupportedMediaType})
	}
	switch c.r.Method {
	case http.MethodPut:
		res.put(c)
		if exists {
			c.w.WriteHeader(http.StatusNoContent)
			return
		}
		c.w.WriteHeader(http.StatusCreated)
	case http.MethodDelete:
		res.delete(c)
		c.w.WriteHeader(http.StatusNoContent)
	case http.MethodPost:
		c.reply(http.StatusOK, res.post(c))
	default:
		c.reply(http.StatusOK, res.get(c))
	}
}

// acceptable reports whether a client takes JSON.
func acceptable(accept string) bool {
	if accept == "" {
		return true
	}
	for part := range strings.SplitSeq(accept, ",") {
		kind, _, _ := strings.Cut(part, ";")
		switch strings.ToLower(strings.TrimSpace(kind)) {
		case "*/*", "application/*", "application/json":
			return true
		}
	}
	return false
}
