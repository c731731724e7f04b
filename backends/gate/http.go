package gate

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxLook bounds the body of a request to look into a queue.
const maxLook = 4 << 10

// HTTP returns a transport that lets reading requests to RabbitMQ's management API through: GET
// below /api/ and /metrics, and the one POST by which a message is looked at and put back. The
// API may stand behind a path prefix (management.path_prefix).
func HTTP(next http.RoundTripper) http.RoundTripper { return &transport{next: next} }

type transport struct{ next http.RoundTripper }

// RoundTrip sends the request or returns a *Refusal.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	request, refusal := judgeRequest(request)
	if refusal != nil {
		return nil, refusal
	}
	return t.next.RoundTrip(request)
}

// judgeRequest returns the request as it may be sent. As http.RoundTripper demands, the body of
// a refused request is closed and the given request not changed.
func judgeRequest(request *http.Request) (*http.Request, *Refusal) {
	path, ok := apiPath(request.URL)
	switch {
	case !ok:
	case request.Method == http.MethodGet || request.Method == "":
		if (request.Body == nil || request.Body == http.NoBody) && readable(path) {
			return request, nil
		}
	case request.Method == http.MethodPost:
		if len(path) == 5 && path[0] == "api" && path[1] == "queues" && path[4] == "get" {
			return judgeLook(request)
		}
	}
	if request.Body != nil {
		request.Body.Close()
	}
	return nil, &Refusal{What: requestName(request.Method, path)}
}

// apiPath returns the decoded segments of a path from "api" or "metrics" on.
func apiPath(u *url.URL) ([]string, bool) {
	if u == nil || u.Opaque != "" {
		return nil, false
	}
	var segments []string
	for s := range strings.SplitSeq(strings.TrimPrefix(u.EscapedPath(), "/"), "/") {
		decoded, err := url.PathUnescape(s)
		if err != nil || decoded == "." || decoded == ".." {
			return nil, false
		}
		segments = append(segments, decoded)
	}
	start := slices.IndexFunc(segments, func(s string) bool { return s == "api" || s == "metrics" })
	if start < 0 {
		return nil, false
	}
	return segments[start:], true
}

// readable refuses the GETs that do not only read: aliveness-test declares a queue, publishes
// into it and leaves it behind; definitions, users and parameters show password hashes and the
// passwords in shovel and federation URLs. What a user may do is no secret.
func readable(path []string) bool {
	if path[0] == "metrics" {
		return true
	}
	if len(path) == 4 && path[1] == "users" && path[2] != "" {
		return path[3] == "permissions" || path[3] == "topic-permissions"
	}
	secretOrWriting := []string{"aliveness-test", "definitions", "users", "parameters", "global-parameters"}
	return len(path) > 1 && !slices.Contains(secretOrWriting, path[1])
}

// requestName is the method and the first parts of the path, which name no object.
func requestName(method string, path []string) string {
	if !plainWord(strings.ToUpper(method)) {
		method = "request"
	}
	name := strings.ToUpper(method) + " /" + strings.Join(path[:min(len(path), 2)], "/")
	return strings.ToValidUTF8(name[:min(len(name), 64)], "")
}

// look is the body of POST /api/queues/{vhost}/{queue}/get.
type look struct {
	Count    int    `json:"count"`
	AckMode  string `json:"ackmode"`
	Encoding string `json:"encoding"`
	Truncate *int   `json:"truncate,omitempty"`
}

// judgeLook lets a look through whose messages go back into the queue by the channel's end. The
// body is written anew from the fields that were understood, so that the server cannot read it
// in another way (a key that comes twice, say).
func judgeLook(request *http.Request) (*http.Request, *Refusal) {
	const what = "POST /api/queues/…/get"
	if request.Body == nil {
		return nil, &Refusal{What: what, Why: "no body"}
	}
	text, err := io.ReadAll(io.LimitReader(request.Body, maxLook+1))
	request.Body.Close()
	var l look
	if err != nil || len(text) > maxLook || json.Unmarshal(text, &l) != nil {
		return nil, &Refusal{What: what, Why: "the body is not understood"}
	}
	if l.AckMode != "ack_requeue_true" {
		return nil, &Refusal{What: what, Why: "only with ackmode ack_requeue_true, which puts the messages back"}
	}
	body, err := json.Marshal(l)
	if err != nil {
		return nil, &Refusal{What: what, Why: "the body is not understood"}
	}
	clone := request.Clone(request.Context())
	clone.ContentLength = int64(len(body))
	clone.Body = io.NopCloser(bytes.NewReader(body))
	clone.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return clone, nil
}
