package management

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bustop/backends"
)

// nodesFor is a client of several nodes, each answered by a handler; nil is a port where nobody listens.
func nodesFor(t *testing.T, handlers ...http.HandlerFunc) (c *Client, moves *[]string) {
	t.Helper()
	moves = new([]string)
	opt := Options{
		User: "u", Password: "p", Timeout: time.Second, Dial: (&net.Dialer{}).DialContext, Shown: "amqp://here", Vhost: "v",
		Vitals: &backends.Vitals{}, Span: untraced,
		Moved: func(to, from url.URL, why error) {
			*moves = append(*moves, fmt.Sprintf("%v %v", to.Host != from.Host, backends.ReasonOf(why) == backends.Unreachable))
		},
	}
	for _, h := range handlers {
		server := httptest.NewServer(h)
		u, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if opt.URLs = append(opt.URLs, *u); h == nil {
			server.Close()
		} else {
			t.Cleanup(server.Close)
		}
	}
	c = NewClient(opt)
	t.Cleanup(c.Close)
	return c, moves
}

// TestAnotherNode: reading goes on at the next node that can be reached, and stays there.
func TestAnotherNode(t *testing.T) {
	var asked atomic.Int32
	fine := func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		answer(200, "application/json", `{}`)(w, r)
	}
	c, moves := nodesFor(t, nil, answer(502, "text/html", "bad gateway"), fine)
	for range 3 {
		if err := c.Get(t.Context(), To("/api/overview"), nil, &struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	if asked.Load() != 3 || len(*moves) != 2 || (*moves)[0] != "true true" || (*moves)[1] != "true false" {
		t.Errorf("asked %d times, moved %q", asked.Load(), *moves)
	}
	if present := c.Present(); present.Host != c.opt.URLs[2].Host {
		t.Errorf("present: %v", present.Host)
	}
	c, moves = nodesFor(t, nil, nil)
	if err := c.Get(t.Context(), To("/api/overview"), nil, &struct{}{}); !errors.Is(err, ErrMissing) || len(*moves) != 1 {
		t.Errorf("nobody there: %v, moved %q", err, *moves)
	}
}

// TestALookIsNotRepeated: what marks messages goes to another node only when it reached none.
func TestALookIsNotRepeated(t *testing.T) {
	var asked atomic.Int32
	count := func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		panic(http.ErrAbortHandler)
	}
	look := func(c *Client) error {
		return c.Post(context.Background(), To("/api/queues/{vhost}/{name}/get", "v", "q"), map[string]any{"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto"}, &[]Got{})
	}
	c, moves := nodesFor(t, count, count)
	if err := look(c); err == nil || asked.Load() != 1 || len(*moves) != 0 {
		t.Errorf("%v, asked %d times, moved %q", err, asked.Load(), *moves)
	}
	c, _ = nodesFor(t, nil, answer(200, "application/json", `[]`))
	if err := look(c); err != nil {
		t.Error(err)
	}
}

// TestARightIsMissing: one missing right is named and remembered, and everything else goes on.
func TestARightIsMissing(t *testing.T) {
	for says, want := range map[string]string{
		`401 {"error":"not_authorised","reason":"Not monitor user"}`:                               "lacks the tag monitoring",
		`401 {"error":"not_authorised","reason":"Not administrator user"}`:                         "lacks the tag administrator",
		`401 {"error":"not_authorised","reason":"User not authorised to access virtual host"}`:     "no permission in the vhost v",
		`404 {"error":"Object Not Found","reason":"Not Found"}`:                                    "no permission in the vhost v",
		`401 {"error":"not_authorised","reason":"User not authorised to access object"}`:           "belongs to another user",
		`403 {"error":"access_refused","reason":"Access refused"}`:                                 "not permitted: Access refused",
		`401 {"error":"not_authorised","reason":"something that a later version says in its way"}`: "a later version",
	} {
		var asked atomic.Int32
		status, body := 0, ""
		_, _ = fmt.Sscan(says, &status)
		body = says[4:]
		c, vitals := clientFor(t, time.Second, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/overview" {
				answer(200, "application/json", `{}`)(w, r)
				return
			}
			asked.Add(1)
			answer(status, "application/json", body)(w, r)
		})
		if err := c.Get(t.Context(), To("/api/overview"), nil, &struct{}{}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			err := c.Get(t.Context(), To("/api/queues/{vhost}", "v"), nil, &struct{}{})
			if backends.ReasonOf(err) != backends.Denied || !errors.Is(err, ErrRight) || errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", says, err)
			}
		}
		if err := c.Get(t.Context(), To("/api/overview"), nil, &struct{}{}); err != nil || asked.Load() != 1 || vitals.Status().State != backends.Live {
			t.Errorf("%s: then %v, asked %d times, %+v", says, err, asked.Load(), vitals.Status())
		}
	}
}

// TestDenialsAreBounded: names from a server cannot fill the memory.
func TestDenialsAreBounded(t *testing.T) {
	var d denials
	for i := range 10 * maxDenials {
		d.note(To("/api/connections/{name}", fmt.Sprint(i)), fmt.Errorf("no: %w", ErrRight))
	}
	if len(d.routes) > maxDenials || d.known(To("/api/connections/{name}", fmt.Sprint(10*maxDenials-1))) == nil {
		t.Errorf("%d denials", len(d.routes))
	}
}
