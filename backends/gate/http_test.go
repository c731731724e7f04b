package gate

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bustop/backends"
)

// server records requests; every one that reaches it has passed the gate.
func server(t *testing.T) (*httptest.Server, *[]string) {
	t.Helper()
	var seen []string
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, strings.TrimSpace(r.Method+" "+r.RequestURI+" "+string(body)))
	}))
	t.Cleanup(s.Close)
	return s, &seen
}

func ask(t *testing.T, url, method, path, body string) error {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	answer, err := HTTP(http.DefaultTransport).RoundTrip(request)
	if err == nil {
		answer.Body.Close()
	}
	return err
}

const lookBody = `{"count":5,"ackmode":"ack_requeue_true","encoding":"base64"}`

func TestEveryVerbOnEveryPath(t *testing.T) {
	s, seen := server(t)
	verbs := []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PURGE", "get", "Get"}
	paths := map[string]bool{ // whether GET passes
		"/api/overview": true, "/api/queues/%2F/orders": true, "/api/queues/%2F/a%2Fb?columns=name": true,
		"/api/queues/%2F/orders/get": true, "/rabbit/api/nodes": true, "/metrics": true, "/metrics/detailed?family=x": true,
		"/api/exchanges/%2F/x/bindings/source": true, "/api/health/checks/alarms": true,
		"/api/users/guest/permissions": true, "/api/users/a%2Fb/topic-permissions": true, "/api/users/guest/x": false, "/api/users//permissions": false,
		"/api/users/a/b/permissions": false, "/": false, "/api": false, "/cli/rabbitmqadmin": false, "/apis/x": false, "/js/main.js": false,
		"/api/aliveness-test/%2F": false, "/api/%61liveness-test/%2F": false, "/api/definitions": false, "/api/users": false,
		"/api/users/guest": false, "/api/parameters": false, "/api/../x": false, "/api/%2e%2e/x": false, "/api/queues/../definitions": false,
	}
	for path, readable := range paths {
		for _, verb := range verbs {
			*seen = nil
			body := ""
			if verb != "GET" && verb != "HEAD" {
				body = lookBody
			}
			want := verb == "GET" && readable || verb == "POST" && path == "/api/queues/%2F/orders/get"
			err := ask(t, s.URL, verb, path, body)
			if (err == nil) != want || len(*seen) > 0 != want {
				t.Errorf("%s %s: %v, the server saw %q", verb, path, err, *seen)
			}
			if err != nil && !errors.Is(err, backends.ErrRefused) {
				t.Errorf("%s %s: not a refusal: %v", verb, path, err)
			}
		}
	}
}

func TestLookingOnlyPutsBack(t *testing.T) {
	s, seen := server(t)
	const path = "/api/queues/%2F/orders/get"
	cases := map[string]string{ // body sent: body that arrives, "" when it is refused
		lookBody: lookBody,
		`{"truncate":100,"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}`:                `{"count":1,"ackmode":"ack_requeue_true","encoding":"auto","truncate":100}`,
		`{"count":1,"ackmode":"ack_requeue_false","ackmode":"ack_requeue_true","encoding":"auto"}`: `{"count":1,"ackmode":"ack_requeue_true","encoding":"auto"}`,
		`{"count":1,"ackmode":"ack_requeue_true","ackmode":"ack_requeue_false","encoding":"auto"}`: "",
		`{"count":1,"ackmode":"ack_requeue_false","encoding":"auto"}`:                              "",
		`{"count":1,"ackmode":"reject_requeue_true","encoding":"auto"}`:                            "",
		`{"count":1,"ackmode":"reject_requeue_false","encoding":"auto"}`:                           "",
		`{"count":1,"requeue":true,"encoding":"auto"}`:                                             "",
		`{"count":1,"ackmode":"ack_requeue_true"`:                                                  "",
		`[]`:                                    "",
		"":                                      "",
		lookBody + strings.Repeat(" ", maxLook): "",
	}
	for body, want := range cases {
		*seen = nil
		err := ask(t, s.URL, "POST", path, body)
		if want == "" {
			if !errors.Is(err, backends.ErrRefused) || len(*seen) > 0 {
				t.Errorf("%s: %v, the server saw %q", body, err, *seen)
			}
		} else if err != nil || len(*seen) != 1 || (*seen)[0] != "POST "+path+" "+want {
			t.Errorf("%s: %v, the server saw %q", body, err, *seen)
		}
	}
}

// closing tells whether a body was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestRefusedRequestsAreClosedAndNameNoObject(t *testing.T) {
	body := &closing{Reader: strings.NewReader("x")}
	request, err := http.NewRequestWithContext(t.Context(), "DELETE", "http://h/api/queues/%2F/hunter2", body)
	if err != nil {
		t.Fatal(err)
	}
	_, err = HTTP(http.DefaultTransport).RoundTrip(request) //nolint:bodyclose // there is none
	if err == nil || err.Error() != "refused: DELETE /api/queues: not on the list of what only reads" {
		t.Errorf("got %v", err)
	}
	if !body.closed {
		t.Error("the body was left open")
	}
}
