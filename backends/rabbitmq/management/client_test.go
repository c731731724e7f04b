package management

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"bustop/backends"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// clientFor asks a handler as if it were the management API.
func clientFor(t *testing.T, timeout time.Duration, handler http.HandlerFunc) (*Client, *backends.Vitals) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	vitals := &backends.Vitals{}
	c := NewClient(Options{
		URLs: []url.URL{*u}, User: "user", Password: "s3cr3t", Timeout: timeout, Dial: (&net.Dialer{}).DialContext,
		Shown: "amqp://here", Vhost: "v", Vitals: vitals, Span: untraced,
	})
	t.Cleanup(c.Close)
	return c, vitals
}

func untraced(ctx context.Context, _ string, _ ...attribute.KeyValue) (context.Context, func(error)) {
	return ctx, func(error) {}
}

func answer(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// TestASecondTry: one answer 500 is no failure, and there is no third try.
func TestASecondTry(t *testing.T) {
	for bad, want := range map[int]int{1: 2, 2: 2} {
		asked := 0
		c, _ := clientFor(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
			asked++
			if asked <= bad {
				answer(500, "text/plain", "boom")(w, r)
				return
			}
			answer(200, "application/json", "{}")(w, r)
		})
		err := c.Get(t.Context(), To("/api/overview"), nil, &struct{}{})
		if asked != want || (err == nil) != (bad < want) {
			t.Errorf("%d answers 500: asked %d times, %v", bad, asked, err)
		}
	}
}

// TestAnswers: whatever answers at the management port, the error says what it is.
func TestAnswers(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `["`)
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 1<<20)); err != nil {
				return
			}
		}
	}
	slow := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		reason  backends.Reason
		missing bool
		says    string
	}{
		"a web page":    {answer(200, "text/html", "<html>"), backends.Unsupported, true, "is not the management API"},
		"no plugin":     {answer(404, "text/html", "<html>nope"), backends.Unsupported, true, "is not the management API"},
		"redirect":      {answer(302, "text/html", ""), backends.Unsupported, true, "is not the management API"},
		"no object":     {answer(404, "application/json", `{"error":"Object Not Found"}`), backends.NotFound, false, "no such object"},
		"wrong login":   {answer(401, "application/json", `{"error":"not_authorized","reason":"Login failed"}`), backends.Denied, true, "Login failed"},
		"no read":       {answer(401, "application/json", `{"error":"not_authorized","reason":"ACCESS_REFUSED - access to queue 'q' in vhost 'v' refused for user 'u'"}`), backends.Denied, false, "list_user_permissions"},
		"broken server": {answer(500, "text/plain", "boom"), backends.ServerError, false, "500"},
		"odd shape":     {answer(200, "application/json", `{"a":1}`), backends.ServerError, false, "unexpected shape"},
		"endless":       {endless, backends.ServerError, false, "16 MiB"},
		"slow":          {slow, backends.Unreachable, false, "no answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := clientFor(t, 2*time.Second, c.handler)
			var rows []Queue
			err := client.Get(context.Background(), To("/api/queues/{vhost}/{name}/bindings", "v", "q"), nil, &rows)
			if backends.ReasonOf(err) != c.reason || err == nil || errors.Is(err, ErrMissing) != c.missing || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v (reason %d)", err, backends.ReasonOf(err))
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), "s3cr3t") {
				t.Error("the password is in the error")
			}
		})
	}
}

// TestTakingMayTakeLonger: a request that takes messages is still waited for when one that was sent later
// and reads only has run out of time.
func TestTakingMayTakeLonger(t *testing.T) {
	taking, release := make(chan struct{}), make(chan struct{})
	client, _ := clientFor(t, 100*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			<-r.Context().Done()
			return
		}
		close(taking)
		select {
		case <-release:
			answer(200, "application/json", `[]`)(w, r)
		case <-r.Context().Done():
		}
	})
	taken := make(chan error, 1)
	go func() {
		var rows []Got
		taken <- client.Post(context.Background(), To("/api/queues/{vhost}/{name}/get", "v", "q"),
			map[string]any{"count": 1, "ackmode": "ack_requeue_true", "encoding": "base64", "truncate": 9}, &rows)
	}()
	select {
	case <-taking:
	case err := <-taken:
		t.Fatalf("not sent: %v", err)
	}
	if err := client.Get(context.Background(), To("/api/queues/{vhost}", "v"), nil, &[]Queue{}); backends.ReasonOf(err) != backends.Unreachable {
		t.Errorf("reading: %v", err)
	}
	close(release)
	if err := <-taken; err != nil {
		t.Errorf("taking: %v", err)
	}
}

// TestRefusedLoginIsNotRepeated: a wrong password is tried once, not at every poll.
func TestRefusedLoginIsNotRepeated(t *testing.T) {
	asked := 0
	c, _ := clientFor(t, time.Second, func(w http.ResponseWriter, r *http.Request) {
		asked++
		answer(401, "application/json", `{}`)(w, r)
	})
	for range 5 {
		if err := c.Get(context.Background(), To("/api/overview"), nil, &struct{}{}); backends.ReasonOf(err) != backends.Denied {
			t.Error(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// TestPages: a long listing is read in pages, in windows for a pane and whole for a command.
func TestPages(t *testing.T) {
	const total = 1234
	asked := 0
	c, _ := clientFor(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
		asked++
		var page, size int
		_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
		_, _ = fmt.Sscan(r.URL.Query().Get("page_size"), &size)
		if size > PageMost || (page-1)*size >= total {
			answer(400, "application/json", `{"error":"page_out_of_range","reason":"too far"}`)(w, r)
			return
		}
		var items []map[string]any
		for i := (page - 1) * size; i < min(page*size, total); i++ {
			items = append(items, map[string]any{"name": fmt.Sprintf("q%04d", i)})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"items": items, "filtered_count": total, "page_count": (total + size - 1) / size})
	})
	l := &Lister[Queue]{Client: c, Route: To("/api/queues/{vhost}", "v"), Name: func(q Queue) string { return q.Name }}
	whole, err := l.Read(context.Background(), backends.Query{Complete: true})
	if err != nil || len(whole.Items) != total || !whole.Whole || asked != 3 {
		t.Errorf("%d of %d in %d requests, %v", len(whole.Items), total, asked, err)
	}
	for _, q := range []backends.Query{{}, {Offset: 50, Limit: 20}, {Offset: 55, Limit: 20}, {Offset: 1230, Limit: 20}, {Offset: 9999}} {
		asked = 0
		got, err := l.Read(context.Background(), q)
		want := max(min(max(q.Limit, 20+80*boolean(q.Limit == 0)), total-q.Offset), 0)
		if err != nil || len(got.Items) != want || got.Whole || asked > 2 {
			t.Errorf("%+v: %d items in %d requests, %v", q, len(got.Items), asked, err)
		}
		if want > 0 && got.Items[0].Name != fmt.Sprintf("q%04d", q.Offset) {
			t.Errorf("%+v begins with %s", q, got.Items[0].Name)
		}
	}
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestRequestSpans: spans name the route, never the object.
func TestRequestSpans(t *testing.T) {
	c, _ := clientFor(t, time.Second, answer(200, "application/json", `{}`))
	recorder := tracetest.NewSpanRecorder()
	tracer := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)).Tracer("test")
	c.opt.Span = func(ctx context.Context, name string, attrs ...attribute.KeyValue) (context.Context, func(error)) {
		ctx, span := tracer.Start(ctx, name, trace.WithAttributes(attrs...))
		return ctx, func(error) { span.End() }
	}
	if err := c.Get(context.Background(), To("/api/queues/{vhost}/{name}", "v", "n/a.me"), nil, &Queue{}); err != nil {
		t.Fatal(err)
	}
	span := recorder.Ended()[0]
	text := fmt.Sprint(span.Attributes())
	if span.Name() != "GET /api/queues/{vhost}/{name}" || strings.Contains(text, "a.me") || !strings.Contains(text, "200") {
		t.Errorf("%s %s", span.Name(), text)
	}
}

func TestPaths(t *testing.T) {
	for want, r := range map[string]Route{
		"/api/overview":              To("/api/overview"),
		"/api/queues/%2F":            To("/api/queues/{vhost}", "/"),
		"/api/queues/v/a%2Fb%25%20?": To("/api/queues/{vhost}/{name}", "v", "a/b% ?"),
		"/api/queues/v/%2E%2E/get":   To("/api/queues/{vhost}/{name}/get", "v", ".."),
		"/api/queues/%7Bname%7D/x":   To("/api/queues/{vhost}/{name}", "{name}", "x"),
	} {
		if got := r.path(); got != strings.ReplaceAll(want, "?", "%3F") {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
